//! `sortie ps`: the tasks that there are.

use super::connect;
use super::flags::Flags;
use super::flags::ListFlags;
use super::print_document;
use super::print_object;
use super::process::Process;
use super::unwritable;
use crate::backend::ListedTask;
use crate::backend::registry;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::output::json;
use crate::output::json::Object;
use crate::output::json::Stamp;
use crate::output::json::task::TaskObject;
use crate::output::render::notices;
use crate::output::render::tasks;
use crate::run::Job;
use crate::settings::OutputFormat;

/// List the tasks that run, with the ids that wait, logs and stop take
///
/// Lists this machine's container engines, where tasks that have ended are kept until `sortie reap` removes
/// them, and the cluster that is configured; with --cluster the cluster alone, with --local this machine alone.
/// Yours are those that --started-by has started. Where that is not set, they are those of this user in a
/// container engine, and all of a cluster.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Ps {
    /// List everybody's tasks
    #[arg(long, conflicts_with = "mine")]
    all: bool,
    /// List your own tasks only (the default)
    #[arg(long)]
    mine: bool,
    #[command(flatten)]
    flags: Flags<ListFlags>,
}

const EXAMPLES: &str = "\
Examples:
  sortie ps

  sortie ps --all --cluster ci --output json";

impl Ps {
    pub(super) fn execute(self, process: Process) -> ExitCode {
        connect::with_settings(self.flags, None, process, async |job| ps(job, self.all).await)
    }
}

async fn ps(job: Job<'_>, all: bool) -> Result<ExitCode, Error> {
    let Job { settings, environment, secrets, announcer, .. } = job;
    let mut listed: Vec<ListedTask> = Vec::new();
    // One place that cannot be asked hides nothing of the others.
    let mut failure = None;
    for backend in registry::connect_to_list(settings, environment, secrets, announcer).await? {
        let Some(detached) = backend.detached() else { continue };
        match detached.list(settings).await {
            Ok(tasks) => listed.extend(tasks),
            Err(error) => drop(failure.get_or_insert(error)),
        }
    }
    let hidden = listed.len();
    listed.retain(|task| all || task.mine);
    let hidden = hidden - listed.len();
    // The newest first.
    listed.sort_by_key(|task| std::cmp::Reverse(task.created_at));
    let written = match settings.output.format {
        OutputFormat::Json => listed.iter().try_for_each(|task| {
            let object = Object::Task(TaskObject::new(task, Stamp::since(job.started)));
            print_object(&json::text(&object), job.streams())
        }),
        OutputFormat::Text => print_document(&tasks::render(&listed), job.streams()),
    };
    written.map_err(|error| unwritable(&error))?;
    if let Some(error) = failure {
        return Err(error);
    }
    if listed.is_empty() && settings.output.format == OutputFormat::Text && settings.output.verbosity >= 0 {
        let others = match hidden {
            0 => String::new(),
            _ => format!(" of yours ({hidden} of others: --all)"),
        };
        job.streams().say(&format!("{} there is no task{others}", notices::PREFIX));
    }
    Ok(ExitCode::SUCCESS)
}
