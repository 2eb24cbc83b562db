//! `sortie logs`.

use std::sync::Arc;

use tokio::sync::watch;

use super::super::plugins;
use super::super::plugins::Loaded;
use super::super::say::fail;
use super::left;
use super::output;
use super::signals;
use crate::backend::Backend;
use crate::backend::RunHandle as _;
use crate::backend::TaskEnd;
use crate::error::Error;
use crate::event::RunEvent;
use crate::exit::ExitCode;
use crate::settings::Settings;

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
) -> Result<ExitCode, Error> {
    let mut signals = signals()?;
    let wanted = settings.plugins.clone();
    let loading = tokio::task::spawn_blocking(move || plugins::load(&wanted));
    let handle = tokio::select! {
        biased;
        signal = signals.next() => return Ok(left(settings, signal, id)),
        handle = backend.attach(id) => handle,
    };
    let loaded: Loaded =
        loading.await.map_err(|error| Error::internal(format!("loading plugins: {error}")))??;
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
                            break Err(error);
                        }
                    }
                }
                logs = &mut logging => {
                    break logs.map_err(|error| Error::internal(format!("reading the log: {error}")));
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
        return Err(Error::plugin(message));
    }
    if let Some(error) = failures.output {
        return Err(Error::internal(format!("standard output can not be written: {error}")));
    }
    Ok(match incomplete && settings.run.require_complete_logs {
        true => ExitCode::LOGS_INCOMPLETE,
        false => ExitCode::SUCCESS,
    })
}
