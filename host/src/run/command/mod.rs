//! What each command does: it prepares or attaches, lets the task be supervised, and concludes.

pub mod attach;
mod conclude;
pub mod doctor;
pub mod launch;
pub mod logs;
pub mod plan;
mod reattach;
pub mod run;
pub mod stop;
pub mod wait;

use crate::backend::Backend;
use crate::backend::Detached;
use crate::error::Error;
use crate::run::Job;
use crate::settings::task_id::TaskId;

/// What only a back end can do whose tasks outlive sortie.
fn detached<'a>(backend: &'a dyn Backend, command: &str) -> Result<&'a dyn Detached, Error> {
    backend.detached().ok_or_else(|| {
        Error::usage(format!(
            "the {} back end keeps no task after sortie has ended, so there is nothing to {command}",
            backend.name()
        ))
        .hint("use sortie run; launch, wait, logs and stop need a back end that keeps tasks, such as fargate")
    })
}

/// The id of the task that the command is about.
fn task_id<'a>(job: Job<'a>) -> Result<&'a TaskId, Error> {
    job.settings.id.as_ref().ok_or_else(|| Error::internal("the command needs the id of a task"))
}

/// What the output thread works with where there is neither a filter nor a reporter.
fn bare(job: Job<'_>, started: std::time::Instant) -> crate::pipeline::thread::Parts {
    crate::pipeline::thread::Parts {
        containers: Vec::new(),
        opened: std::sync::Arc::default(),
        excerpt: crate::pipeline::excerpt::Excerpt::default(),
        pass_over: crate::pipeline::pass_over::PassOver::default(),
        journal: crate::journal::Journal::default(),
        prefixes: true,
        outputs_of: None,
        reporters: Vec::new(),
        limits: crate::output::reporters::Limits::default(),
        streams: job.streams(),
        log_file: None,
        settings: job.settings.output,
        started,
        filter_failed: tokio::sync::watch::channel(false).0,
    }
}
