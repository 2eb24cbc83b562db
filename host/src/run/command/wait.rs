//! `sortie wait`.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::watch;

use super::bare;
use super::detached;
use super::task_id;
use crate::backend::Backend;
use crate::backend::Handle;
use crate::backend::LogPart;
use crate::error::Error;
use crate::event::EventKind;
use crate::exit::ExitCode;
use crate::report::RunReport;
use crate::run::Job;
use crate::run::last_words;
use crate::run::last_words::fail;
use crate::run::outcome;
use crate::run::outcome::Facts;
use crate::run::outcome::StoppedBy;
use crate::run::output_handle::OutputHandle;
use crate::run::plugins::Filters;
use crate::run::signals::Signals;
use crate::run::supervise::Limits;
use crate::run::supervise::Mode;
use crate::run::supervise::Over;
use crate::run::supervise::Start;
use crate::run::supervise::Supervision;
use crate::run::supervise::stop::left_behind;
use crate::run::supervise::supervise;
use crate::settings::Settings;
use crate::spec::main_container::choose;
use crate::stream::Attempt;

/// The longest stop timeout there is on Fargate. The task's own is not known without its definition.
/// Source: Amazon ECS API reference, ContainerDefinition, `stopTimeout`.
pub(super) const MAX_STOP_TIMEOUT: Duration = Duration::from_secs(120);

/// What `sortie wait` does besides waiting.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WaitOptions {
    /// `--timeout` stops the task, too.
    pub stop_on_timeout: bool,
    /// What the task has left, its log too, is removed when it has ended.
    pub remove: bool,
}

/// Waits for a task that was launched before, and ends with its exit code. A signal and `--timeout` end the
/// waiting, not the task.
pub async fn wait(backend: &dyn Backend, job: Job<'_>, options: WaitOptions) -> ExitCode {
    match wait_inner(backend, job, options).await {
        Ok(exit) => exit,
        Err(error) => fail(job, &error),
    }
}

async fn wait_inner(backend: &dyn Backend, job: Job<'_>, options: WaitOptions) -> Result<ExitCode, Error> {
    let settings = job.settings;
    let id = task_id(job)?;
    let detached = detached(backend, "wait for")?;
    let started = job.started;
    let mut signals = Signals::install()?;
    let task = match signals.or(detached.attach(id.name(), settings)).await {
        Ok(task) => task?,
        Err(signal) => return Ok(last_words::cancelled_before_attach(job, signal, &id.to_string())),
    };
    let main = main_container(task.handle(), settings)?;
    let output = OutputHandle::start(bare(job, started), started)?;
    job.announcer.hand_over(output.events(Attempt::FIRST));
    let limits = Limits {
        timeout: settings.run.timeout,
        stop_on_timeout: options.stop_on_timeout,
        stop_timeout: MAX_STOP_TIMEOUT,
        capacity_budget: Duration::ZERO,
        stop_on_filter_failure: false,
    };
    let supervision = Supervision {
        mode: Mode::WAIT,
        limits,
        part: LogPart::default(),
        start: Start::Attach { task, started },
        filters: Filters::default(),
        job,
        output: &output,
        filter_failed: watch::channel(false).1,
        signals: &mut signals,
    };
    let (seen, stopped_by) = match supervise(supervision).await {
        Err(left) => return Ok(left),
        Ok(Over::NotLaunched { error, .. }) => return Err(error.into()),
        Ok(Over::Seen { seen, stopped_by, .. }) => (seen, stopped_by),
    };
    // Losing sight of a task that was told to stop is not what this ends with.
    if let (Some(error), None) = (seen.error, stopped_by) {
        let finished = signals.or(output.finish()).await;
        return finished.map_or_else(|signal| Ok(ExitCode::of_signal(signal)), |()| Err(error));
    }
    let mut outcome = outcome::judge(Facts {
        end: seen.end.as_ref(),
        stopped_by,
        main_container: &main,
        logs: &[],
        require_complete_logs: false,
        log_file: None,
        plugin_failed: false,
    });
    match stopped_by {
        Some(StoppedBy::Waiting(_)) => {
            let id = &seen.handle.id;
            outcome.hint = format!(
                "sortie wait {id} waits again, sortie stop {id} ends it; --stop-on-timeout stops it by itself"
            );
        }
        _ if seen.end.is_none() => outcome.hint = left_behind(&seen.handle, seen.stop_refused.is_some()),
        _ => {}
    }
    let ended = seen.end.is_some();
    let (containers, phases) = seen.end.map(|end| (end.containers, end.phases)).unwrap_or_default();
    let report = RunReport {
        id: seen.handle.id,
        exit_code: outcome.exit_code,
        verdict: outcome.verdict,
        reason: outcome.reason,
        hint: outcome.hint,
        main_container: main,
        containers,
        logs: Vec::new(),
        phases,
        steps: Vec::new(),
        outputs: BTreeMap::new(),
        links: seen.handle.links,
        plugin_failures: Vec::new(),
        counters: Vec::new(),
        tails: Vec::new(),
    };
    output.events(Attempt::FIRST).send(EventKind::Finished(Box::new(report)));
    if let Err(signal) = signals.or(output.finish()).await {
        return Ok(ExitCode::of_signal(signal));
    }
    if options.remove && ended {
        detached.remove(id.name(), settings).await?;
    }
    Ok(outcome.exit_code)
}

/// The container whose exit code counts: the one that was named, now or at the launch, or the only essential
/// one.
pub(super) fn main_container(handle: &Handle, settings: &Settings) -> Result<String, Error> {
    let containers = handle.containers.iter();
    let containers = containers.map(|container| (container.name.as_str(), container.essential));
    choose(&handle.id, containers, settings.task.container.as_deref().or(handle.main.as_deref()))
}
