//! `sortie launch`.

use tokio::sync::watch;

use super::super::prepare;
use super::super::say::cancelled_before_launch;
use super::super::say::fail;
use super::super::say::say_left_while_launching;
use super::super::stopping::not_stopped;
use super::super::stopping::stop_with_tries;
use super::output;
use super::signals;
use crate::backend::Backend;
use crate::backend::LaunchError;
use crate::backend::RunHandle as _;
use crate::error::Error;
use crate::error::Kind;
use crate::event::RunEvent;
use crate::exit::ExitCode;
use crate::output::streams::Streams;
use crate::output::surroundings::Surroundings;
use crate::settings::OutputFormat;
use crate::settings::Settings;
use crate::signal::Signal;

/// Launches a task, prints its id on standard output, and returns. A signal that comes while the
/// platform has not answered stops the task that the answer names.
pub async fn launch<B: Backend>(backend: B, settings: &Settings) -> ExitCode {
    match launch_inner(backend, settings).await {
        Ok(exit) => exit,
        Err(error) => fail(settings, &error),
    }
}

async fn launch_inner<B: Backend>(backend: B, settings: &Settings) -> Result<ExitCode, Error> {
    if !backend.keeps_tasks() {
        return Err(Error::usage(format!(
            "the {} back end keeps no task after sortie has ended",
            backend.name()
        ))
        .hint("use sortie run"));
    }
    let mut signals = signals()?;
    let prepared = tokio::select! {
        biased;
        signal = signals.next() => return Ok(cancelled_before_launch(settings, signal)),
        prepared = prepare::prepare(&backend, settings) => prepared?,
    };
    let output = output(settings, Vec::new(), Vec::new(), Vec::new())?;
    let events = output.events();
    for message in &prepared.warnings {
        events.send(RunEvent::Warning { message: message.clone() });
    }
    let (cancel, cancelled) = watch::channel(false);
    let mut signalled: Option<Signal> = None;
    let launched = {
        let mut launching = std::pin::pin!(backend.launch(&prepared.plan, &events, cancelled));
        loop {
            tokio::select! {
                biased;
                signal = signals.next() => {
                    if signalled.replace(signal).is_some() {
                        say_left_while_launching(settings, &prepared.plan);
                        return Ok(ExitCode::of_signal(signal));
                    }
                    cancel.send_replace(true);
                }
                launched = &mut launching => break launched,
            }
        }
    };
    let handle = match launched {
        Ok(handle) => handle,
        Err(error) => {
            drop(events);
            output.finish().await;
            let error = match error {
                LaunchError::Failed(error) => error,
                LaunchError::Cancelled => Error::internal(error.to_string()),
            };
            return Err(match signalled {
                Some(signal) => error.of_kind(Kind::Cancelled(signal)),
                None => error,
            });
        }
    };
    let id = handle.id().to_owned();
    let url = handle.links().into_iter().next().map(|(_, url)| url);
    events.send(RunEvent::Launched { id: id.clone(), url });
    let mut exit = ExitCode::SUCCESS;
    if let Some(signal) = signalled {
        let reason = format!("{id}: cancelled by {} while launching", signal.name());
        events.send(RunEvent::Stopping { reason });
        let stopped = tokio::select! {
            biased;
            _ = signals.next() => Err("left before the stop was accepted".to_owned()),
            stopped = stop_with_tries(&backend, &handle, "sortie: cancelled while launching") => {
                stopped.map_err(|error| error.to_string())
            }
        };
        if let Err(why) = stopped {
            events.send(not_stopped(&handle, &why));
        }
        exit = ExitCode::of_signal(signal);
    }
    let failures = output.sync().await;
    output.finish().await;
    // A task that may cost money is never without its name, however quiet sortie was told to be.
    let unsaid = |error: String| {
        Error::internal(format!("{id} was launched, but standard output can not be written: {error}"))
            .hint(format!("to stop it: {}", handle.stop_command()))
    };
    if let Some(error) = failures.output {
        return Err(unsaid(error));
    }
    if settings.output.format == OutputFormat::Text {
        let mut streams = Streams::of_process(Surroundings::of_process());
        streams.print(&format!("{id}\n")).map_err(|error| unsaid(error.to_string()))?;
    }
    Ok(exit)
}
