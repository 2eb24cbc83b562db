//! `sortie wait`.

use std::time::Duration;
use std::time::Instant;

use super::super::outcome;
use super::super::outcome::Facts;
use super::super::outcome::StoppedBy;
use super::super::say::fail;
use super::super::say::say_error;
use super::super::stopping::LONGEST_STOP_TIMEOUT;
use super::super::stopping::STOP_GRACE;
use super::super::stopping::at;
use super::super::stopping::left_behind;
use super::super::stopping::not_stopped;
use super::super::stopping::stop_with_tries;
use super::left;
use super::output;
use super::signals;
use crate::backend::Backend;
use crate::backend::RunHandle;
use crate::error::Error;
use crate::event::RunEvent;
use crate::exit::ExitCode;
use crate::report::RunReport;
use crate::settings::Settings;
use crate::signal::Signal;

/// Waits for a task that was launched before, and ends with its exit code. A signal ends the
/// waiting, not the task; `--timeout` ends the task.
pub async fn wait<B: Backend>(backend: B, settings: &Settings, id: &str) -> ExitCode {
    match wait_inner(backend, settings, id).await {
        Ok(exit) => exit,
        Err(error) => fail(settings, &error),
    }
}

async fn wait_inner<B: Backend>(backend: B, settings: &Settings, id: &str) -> Result<ExitCode, Error> {
    let started = Instant::now();
    let mut signals = signals()?;
    let handle = tokio::select! {
        biased;
        signal = signals.next() => return Ok(left(settings, signal, id)),
        handle = backend.attach(id) => handle?,
    };
    let main = main_container::<B>(&handle, settings)?;
    let output = output(settings, Vec::new(), Vec::new(), Vec::new())?;
    let events = output.events();
    let limit = settings.run.timeout;
    let deadline = limit.map(|limit| tokio::time::Instant::from_std(started) + limit);
    let (mut stopped_by, mut stop_refused) = (None, false);
    let end = {
        let mut waiting = std::pin::pin!(backend.wait(&handle, &events));
        let end = tokio::select! {
            biased;
            signal = signals.next() => return Ok(left(settings, signal, id)),
            end = &mut waiting => Some(end),
            () = at(deadline) => None,
        };
        match end {
            Some(end) => Some(end),
            None => {
                stopped_by = limit.map(StoppedBy::Timeout);
                events.send(RunEvent::Stopping { reason: format!("{id}: timed out") });
                let stopped = tokio::select! {
                    biased;
                    signal = signals.next() => return Ok(left_stopping(settings, signal, &handle)),
                    stopped = stop_with_tries(&backend, &handle, "sortie: timed out") => stopped,
                };
                stop_refused = stopped.is_err();
                if let Err(error) = &stopped {
                    events.send(not_stopped(&handle, error));
                }
                let grace = match stop_refused {
                    true => Duration::ZERO,
                    false => LONGEST_STOP_TIMEOUT + STOP_GRACE,
                };
                tokio::select! {
                    biased;
                    signal = signals.next() => return Ok(left_stopping(settings, signal, &handle)),
                    // Losing sight of a task that was told to stop is not what this ends with.
                    end = &mut waiting => end.ok().map(Ok),
                    () = tokio::time::sleep(grace) => None,
                }
            }
        }
    };
    let end = match end.transpose() {
        Ok(end) => end,
        Err(error) => {
            output.finish().await;
            return Err(error);
        }
    };
    let mut outcome = outcome::judge(Facts {
        end: end.as_ref(),
        stopped_by,
        main_container: &main,
        logs: &[],
        require_complete_logs: false,
        plugin_failed: false,
    });
    if end.is_none() {
        outcome.hint = left_behind(&handle, stop_refused);
    }
    let (containers, phases) = end.map(|end| (end.containers, end.phases)).unwrap_or_default();
    let report = RunReport {
        id: id.to_owned(),
        exit_code: outcome.exit_code,
        verdict: outcome.verdict,
        reason: outcome.reason,
        hint: outcome.hint,
        main_container: main,
        containers,
        logs: Vec::new(),
        phases,
        elapsed: started.elapsed(),
        links: handle.links(),
        plugin_failures: Vec::new(),
    };
    events.send(RunEvent::Finished(Box::new(report)));
    drop(events);
    output.finish().await;
    Ok(outcome.exit_code)
}

/// A signal after the timeout: the task is being stopped.
fn left_stopping(settings: &Settings, signal: Signal, handle: &impl RunHandle) -> ExitCode {
    let message = format!("{}: leaving {} while it stops", signal.name(), handle.id());
    say_error(settings, &message, &format!("if it should still run: {}", handle.stop_command()));
    ExitCode::of_signal(signal)
}

/// The container whose exit code counts: the one that was named, or the only essential one.
fn main_container<B: Backend>(handle: &B::Handle, settings: &Settings) -> Result<String, Error> {
    let containers = handle.containers();
    if let Some(name) = &settings.task.container {
        if containers.contains(name) {
            return Ok(name.clone());
        }
        return Err(Error::usage(format!("the task has no container `{name}`"))
            .hint(format!("it has: {}", containers.join(", "))));
    }
    match handle.essential_containers() {
        [only] => Ok(only.clone()),
        several => Err(Error::usage("the task has several essential containers, and none was named")
            .hint(format!("say whose exit code counts with --container: {}", several.join(", ")))),
    }
}
