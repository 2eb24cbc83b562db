//! Launch, wait, logs and stop on their own, for pipelines that do them in several steps.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;

use super::RunError;
use super::outcome;
use super::outcome::Facts;
use super::outcome::Signal;
use super::plugins;
use super::plugins::Loaded;
use super::prepare;
use super::printing::Printing;
use super::say::cancelled_before_launch;
use super::say::fail;
use super::say::say_error;
use super::say::say_left_while_launching;
use super::signals::Signals;
use super::stopping::stop_with_tries;
use crate::backend::Backend;
use crate::backend::BackendError;
use crate::backend::RunHandle as _;
use crate::backend::TaskEnd;
use crate::event::RunEvent;
use crate::exit::ExitCode;
use crate::output::markers::MarkerBreaker;
use crate::pipeline::chain::Chain;
use crate::pipeline::thread;
use crate::report::RunReport;
use crate::settings::OutputFormat;
use crate::settings::Settings;

/// Launches a task, prints its id on standard output, and returns. A signal that comes while the
/// platform has not answered stops the task that the answer names.
pub async fn launch<B: Backend>(backend: B, settings: &Settings) -> ExitCode {
    match launch_inner(backend, settings).await {
        Ok(exit) => exit,
        Err(error) => fail(settings, &error),
    }
}

async fn launch_inner<B: Backend>(backend: B, settings: &Settings) -> Result<ExitCode, RunError> {
    if !backend.keeps_tasks() {
        return Err(RunError {
            exit: ExitCode::USAGE,
            message: format!("the {} back end keeps no task after sortie has ended", backend.name()),
            hint: "use sortie run".into(),
        });
    }
    let mut signals = signals()?;
    let prepared = tokio::select! {
        biased;
        signal = signals.next() => return Ok(cancelled_before_launch(settings, signal)),
        prepared = prepare::prepare(&backend, settings) => prepared?,
    };
    let output = output(settings, Vec::new(), Vec::new(), None)?;
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
                        return Ok(signal.exit_code());
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
            let mut error = RunError::from(error);
            if let Some(signal) = signalled {
                error.exit = signal.exit_code();
            }
            return Err(error);
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
            let message =
                format!("{id} could not be stopped: {why}; stop it by hand: {}", handle.stop_command());
            events.send(RunEvent::Warning { message });
        }
        exit = signal.exit_code();
    }
    let failures = output.sync().await;
    output.finish().await;
    // A task that may cost money is never without its name, however quiet sortie was told to be.
    let unsaid = |error: String| RunError {
        exit: ExitCode::INTERNAL,
        message: format!("{id} was launched, but standard output can not be written: {error}"),
        hint: format!("to stop it: {}", handle.stop_command()),
    };
    if let Some(error) = failures.output {
        return Err(unsaid(error));
    }
    if settings.output.format == OutputFormat::Text {
        writeln!(std::io::stdout().lock(), "{id}").map_err(|error| unsaid(error.to_string()))?;
    }
    Ok(exit)
}

/// Waits for a task that was launched before, and ends with its exit code. A signal ends the
/// waiting, not the task.
pub async fn wait<B: Backend>(backend: B, settings: &Settings, id: &str) -> ExitCode {
    match wait_inner(backend, settings, id).await {
        Ok(exit) => exit,
        Err(error) => fail(settings, &error),
    }
}

async fn wait_inner<B: Backend>(backend: B, settings: &Settings, id: &str) -> Result<ExitCode, RunError> {
    let started = Instant::now();
    let mut signals = signals()?;
    let handle = tokio::select! {
        biased;
        signal = signals.next() => return Ok(left(settings, signal, id)),
        handle = backend.attach(id) => handle?,
    };
    let main = main_container::<B>(&handle, settings)?;
    let output = output(settings, Vec::new(), Vec::new(), None)?;
    let events = output.events();
    let end = tokio::select! {
        biased;
        signal = signals.next() => return Ok(left(settings, signal, id)),
        end = backend.wait(&handle, &events) => end,
    };
    let end = match end {
        Ok(end) => end,
        Err(error) => {
            output.finish().await;
            return Err(error.into());
        }
    };
    let outcome = outcome::judge(Facts {
        end: Some(&end),
        stopped_by: None,
        main_container: &main,
        logs: &[],
        require_complete_logs: false,
        plugin_failed: false,
    });
    let report = RunReport {
        id: id.to_owned(),
        exit_code: outcome.exit_code,
        verdict: outcome.verdict,
        reason: outcome.reason,
        hint: outcome.hint,
        main_container: main,
        containers: end.containers,
        logs: Vec::new(),
        phases: end.phases,
        elapsed: started.elapsed(),
        links: handle.links(),
        plugin_failures: Vec::new(),
    };
    events.send(RunEvent::Finished(Box::new(report)));
    drop(events);
    output.finish().await;
    Ok(outcome.exit_code)
}

/// Prints the log of a task that was launched before; with `follow`, until the task has ended.
/// Filters act on it as they do in a run.
pub async fn logs<B: Backend>(backend: B, settings: &Settings, id: &str, follow: bool) -> ExitCode {
    match logs_inner(backend, settings, id, follow).await {
        Ok(exit) => exit,
        Err(error) => fail(settings, &error),
    }
}

async fn logs_inner<B: Backend>(
    backend: B,
    settings: &Settings,
    id: &str,
    follow: bool,
) -> Result<ExitCode, RunError> {
    let mut signals = signals()?;
    let wanted = settings.plugins.clone();
    let loading = tokio::task::spawn_blocking(move || plugins::load(&wanted));
    let handle = tokio::select! {
        biased;
        signal = signals.next() => return Ok(left(settings, signal, id)),
        handle = backend.attach(id) => handle,
    };
    let loaded: Loaded =
        loading.await.map_err(|error| RunError::internal(format!("loading plugins: {error}")))??;
    let handle = handle?;
    let backend = Arc::new(backend);
    let names = handle.containers().to_vec();
    let (loaded, chains) = loaded.open(&names).await?;
    let output = output(settings, names, chains, loaded.markers())?;
    let lines = output.lines();
    let (end_sender, end_watch) = watch::channel(None);
    let mut logging = {
        let (backend, handle) = (Arc::clone(&backend), handle.clone());
        tokio::spawn(async move { backend.follow_logs(&handle, &lines, end_watch).await })
    };
    if !follow {
        end_sender.send_replace(Some(TaskEnd::unknown()));
    }
    let events = output.events();
    let logs = {
        let mut waiting = std::pin::pin!(backend.wait(&handle, &events));
        let mut waited = !follow;
        loop {
            tokio::select! {
                biased;
                signal = signals.next() => {
                    logging.abort();
                    return Ok(left(settings, signal, id));
                }
                end = &mut waiting, if !waited => {
                    waited = true;
                    match end {
                        Ok(end) => { end_sender.send_replace(Some(end)); }
                        Err(error) => {
                            logging.abort();
                            break Err(error.into());
                        }
                    }
                }
                logs = &mut logging => {
                    break logs.map_err(|error| RunError::internal(format!("reading the log: {error}")));
                }
            }
        }
    };
    let logs = match logs {
        Ok(logs) => logs,
        Err(error) => {
            // What was read is printed all the same.
            output.finish().await;
            return Err(error);
        }
    };
    let failures = output.sync().await;
    let mut incomplete = false;
    for log in &logs {
        if let Some(why) = &log.incomplete {
            incomplete = true;
            let message = format!("the log of container `{}` is incomplete: {why}", log.container);
            events.send(RunEvent::Warning { message });
        }
    }
    drop(events);
    output.finish().await;
    if let Some(failure) = failures.filters.first() {
        let message = format!("{failure}; lines were withheld");
        return Err(RunError { exit: ExitCode::PLUGIN, message, hint: String::new() });
    }
    if let Some(error) = failures.output {
        return Err(RunError::internal(format!("standard output can not be written: {error}")));
    }
    Ok(match incomplete && settings.run.require_complete_logs {
        true => ExitCode::LOGS_INCOMPLETE,
        false => ExitCode::SUCCESS,
    })
}

/// Stops a task that was launched before.
pub async fn stop<B: Backend>(backend: B, settings: &Settings, id: &str, reason: &str) -> ExitCode {
    let stopped: Result<(), BackendError> = async {
        let handle = backend.attach(id).await?;
        backend.stop(&handle, reason).await
    }
    .await;
    match stopped {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(settings, &error.into()),
    }
}

fn signals() -> Result<Signals, RunError> {
    Signals::install().map_err(|error| RunError::internal(format!("signals can not be handled: {error}")))
}

fn output(
    settings: &Settings,
    containers: Vec<String>,
    chains: Vec<Chain>,
    markers: Option<MarkerBreaker>,
) -> Result<Printing, RunError> {
    Printing::spawn(thread::Parts {
        containers,
        chains,
        reporters: Vec::new(),
        markers,
        settings: settings.output,
        started: Instant::now(),
        filter_failed: watch::channel(false).0,
    })
}

/// A signal ends the watching; the task goes on.
fn left(settings: &Settings, signal: Signal, id: &str) -> ExitCode {
    let message = format!("{}: no longer watching {id}, which goes on", signal.name());
    say_error(settings, &message, "sortie stop ends it");
    signal.exit_code()
}

/// The container whose exit code counts: the one that was named, or the only essential one.
fn main_container<B: Backend>(handle: &B::Handle, settings: &Settings) -> Result<String, RunError> {
    let containers = handle.containers();
    if let Some(name) = &settings.task.container {
        if containers.contains(name) {
            return Ok(name.clone());
        }
        return Err(RunError {
            exit: ExitCode::USAGE,
            message: format!("the task has no container `{name}`"),
            hint: format!("it has: {}", containers.join(", ")),
        });
    }
    match handle.essential_containers() {
        [only] => Ok(only.clone()),
        several => Err(RunError {
            exit: ExitCode::USAGE,
            message: "the task has several essential containers, and none was named".into(),
            hint: format!("say whose exit code counts with --container: {}", several.join(", ")),
        }),
    }
}
