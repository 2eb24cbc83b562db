//! `sortie launch`.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::bare;
use super::detached;
use crate::backend::Backend;
use crate::backend::LogPart;
use crate::error::Error;
use crate::error::Kind;
use crate::exit::ExitCode;
use crate::plugin;
use crate::run::Job;
use crate::run::last_words;
use crate::run::last_words::fail;
use crate::run::outcome::StoppedBy;
use crate::run::output_handle::OutputHandle;
use crate::run::plugins::Filters;
use crate::run::prepare;
use crate::run::signals::Signals;
use crate::run::supervise::Limits;
use crate::run::supervise::Mode;
use crate::run::supervise::Over;
use crate::run::supervise::Start;
use crate::run::supervise::Supervision;
use crate::run::supervise::supervise;
use crate::settings::OutputFormat;

/// Launches a task, prints its id on standard output, and returns. A signal that comes while the
/// platform has not answered stops the task that the answer names.
///
/// `asked` are the plugins that were asked for with this command: one that acts on nothing here is said so.
pub async fn launch(backend: &dyn Backend, job: Job<'_>, asked: &[String]) -> ExitCode {
    match launch_inner(backend, job, asked).await {
        Ok(exit) => exit,
        Err(error) => fail(job, &error),
    }
}

async fn launch_inner(backend: &dyn Backend, job: Job<'_>, asked: &[String]) -> Result<ExitCode, Error> {
    let settings = job.settings;
    detached(backend, "launch")?;
    let started = job.started;
    let mut signals = Signals::install()?;
    let notice = |message: &str| last_words::patience(job, message);
    let preparing = prepare::prepare("launch", backend, job, &[plugin::Kind::Transform], notice);
    let prepared = match signals.or(preparing).await {
        Ok(prepared) => prepared?,
        Err(signal) => return Ok(last_words::cancelled_before_launch(job, signal)),
    };
    let output = OutputHandle::start(bare(job, started), started)?;
    job.announcer.hand_over(output.events(crate::stream::Attempt::FIRST));
    let events = output.events(crate::stream::Attempt::FIRST);
    let transforms: Vec<&str> = prepared.plugins.lines.iter().map(|line| line.name.as_str()).collect();
    let idle = asked.iter().filter(|asked| !transforms.contains(&asked.as_str()));
    let idle = idle.map(|name| {
        format!("plugin `{name}` does nothing in `launch`, which uses transforms alone: give a filter to `sortie logs`")
    });
    for message in prepared.warnings.iter().cloned().chain(idle) {
        events.send(crate::event::EventKind::caution(message));
    }
    let limits = Limits {
        timeout: None,
        stop_on_timeout: true,
        stop_timeout: Duration::ZERO,
        capacity_budget: settings.run.capacity_budget,
        stop_on_filter_failure: false,
    };
    let supervision = Supervision {
        mode: Mode::LAUNCH,
        limits,
        part: LogPart::default(),
        start: Start::Launch(Arc::clone(&prepared.plan)),
        filters: Filters::default(),
        job,
        output: &output,
        filter_failed: watch::channel(false).1,
        signals: &mut signals,
    };
    let over = match supervise(supervision).await {
        Ok(over) => over,
        Err(left) => return Ok(left),
    };
    drop(events);
    if let Err(signal) = signals.or(output.finish()).await {
        return Ok(ExitCode::of_signal(signal));
    }
    let (seen, stopped_by, pipeline) = match over {
        Over::Seen { seen, stopped_by, pipeline } => (seen, stopped_by, pipeline),
        Over::NotLaunched { error, signal } => {
            let error = Error::from(error);
            return Err(match signal {
                Some(signal) => error.of_kind(Kind::Cancelled(signal)),
                None => error,
            });
        }
    };
    // A task that may cost money is never without its name, however quiet sortie was told to be.
    let id = &seen.handle.id;
    let unsaid = |error: String| {
        Error::internal(format!("{id} was launched, but standard output cannot be written: {error}"))
            .hint(format!("to stop it: {}", seen.handle.stop_command))
    };
    if let Some(error) = pipeline.output {
        return Err(unsaid(error));
    }
    if settings.output.format == OutputFormat::Text {
        job.streams().print_id(id).map_err(|error| unsaid(error.to_string()))?;
    }
    match stopped_by {
        Some(StoppedBy::Signal(signal)) => {
            let message = format!("cancelled by {}; {id} was told to stop", signal.name());
            Err(Error::new(Kind::Cancelled(signal), message))
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}
