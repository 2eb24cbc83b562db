//! Watching a launched task: its end, its log, signals and deadlines, all at once.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::super::outcome::StoppedBy;
use super::super::stopping::STOP_GRACE;
use super::super::stopping::at;
use super::super::stopping::not_stopped;
use super::super::stopping::stop_with_tries;
use super::Run;
use crate::backend::Backend;
use crate::backend::READER_FAILED;
use crate::backend::RunHandle as _;
use crate::backend::TaskEnd;
use crate::error::Error;
use crate::event::RunEvent;
use crate::report::ContainerLog;
use crate::signal::Signal;

/// How the watching ended.
pub(super) enum Watched {
    /// There is nothing more to watch.
    Over(Box<Seen>),
    /// A second signal came.
    Left { signal: Signal, ended: bool },
}

/// What happens next to a launched task.
enum Step {
    Signal(Signal),
    /// sortie itself ends the task.
    Stop(Option<StoppedBy>, &'static str),
    /// The platform answered the stop.
    Stopped(Result<(), Error>),
    Ended(Result<TaskEnd, Error>),
    /// `None`: the reader failed.
    Logged(Option<Vec<ContainerLog>>),
    GraceOver,
}

/// What has been seen of a launched task.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) end: Option<TaskEnd>,
    pub(super) error: Option<Error>,
    pub(super) ended_at: Option<Instant>,
    /// The platform did not accept the stop.
    pub(super) stop_refused: bool,
    pub(super) logs: Option<Vec<ContainerLog>>,
}

impl<B: Backend> Run<'_, B> {
    /// Watches a launched task to its end.
    pub(super) async fn watch(&mut self, handle: &B::Handle, launched: Instant) -> Watched {
        let events = self.output.events();
        let url = handle.links().into_iter().next().map(|(_, url)| url);
        events.send(RunEvent::Launched { id: handle.id().to_owned(), url });

        let (end_sender, end_watch) = watch::channel(None);
        let mut end_sender = Some(end_sender);
        let mut waiting = self.spawn_wait(handle);
        let mut logging = self.spawn_logs(handle, end_watch);
        let mut stopping: Option<JoinHandle<Result<(), Error>>> = None;
        let mut grace: Option<tokio::time::Instant> = None;
        let mut seen = Seen::default();
        let timeout = self.settings.run.timeout;
        let deadline = timeout.map(|timeout| tokio::time::Instant::from_std(launched) + timeout);

        if self.stopped_by.is_some() {
            stopping = Some(self.stop(handle, "cancelled while launching"));
            grace = Some(self.grace());
        }
        while seen.end.is_none() && seen.error.is_none() || seen.logs.is_none() {
            let watched = seen.end.is_none() && seen.error.is_none();
            let may_stop = self.stopped_by.is_none() && seen.end.is_none();
            let on_failure = may_stop && self.settings.run.stop_on_plugin_failure;
            let step = tokio::select! {
                biased;
                signal = self.signals.next() => Step::Signal(signal),
                () = at(deadline), if may_stop => Step::Stop(timeout.map(StoppedBy::Timeout), "timed out"),
                () = failed(&mut self.filter_failed), if on_failure => {
                    Step::Stop(Some(StoppedBy::PluginFailure), "a filter failed")
                }
                stopped = joined(&mut stopping) => Step::Stopped(stopped),
                ended = &mut waiting, if watched => Step::Ended(flatten(ended)),
                logs = &mut logging, if seen.logs.is_none() => Step::Logged(logs.ok()),
                () = at(grace) => Step::GraceOver,
            };
            match step {
                Step::Signal(signal) => {
                    if matches!(self.stopped_by, Some(StoppedBy::Signal(_))) {
                        waiting.abort();
                        logging.abort();
                        return Watched::Left { signal, ended: seen.end.is_some() };
                    }
                    let stopping_already = self.stopped_by.is_some();
                    self.stopped_by = Some(StoppedBy::Signal(signal));
                    if seen.end.is_none() && !stopping_already {
                        stopping = Some(self.stop(handle, &format!("cancelled by {}", signal.name())));
                    }
                    grace = Some(self.grace());
                }
                Step::Stop(by, reason) => {
                    self.stopped_by = by;
                    stopping = Some(self.stop(handle, reason));
                    grace = Some(self.grace());
                }
                Step::Stopped(stopped) => {
                    stopping = None;
                    self.stopped(handle, stopped, &mut seen);
                    if seen.stop_refused {
                        // Nothing ends the task now, so there is nothing to wait for.
                        grace = Some(tokio::time::Instant::now());
                    }
                }
                Step::Ended(ended) => {
                    seen.ended_at = Some(Instant::now());
                    match ended {
                        Ok(end) => {
                            if let Some(sender) = &end_sender {
                                sender.send_replace(Some(end.clone()));
                            }
                            seen.end = Some(end);
                        }
                        Err(error) => {
                            seen.error = Some(error);
                            // Nobody will say any more when the logs end; what is there is read.
                            end_sender = None;
                            let soon = tokio::time::Instant::now() + STOP_GRACE;
                            grace = Some(grace.map_or(soon, |grace| grace.min(soon)));
                        }
                    }
                }
                Step::Logged(logs) => {
                    seen.logs = Some(match logs {
                        Some(logs) => logs,
                        None => self.broken_off(handle, READER_FAILED),
                    });
                }
                Step::GraceOver => {
                    waiting.abort();
                    logging.abort();
                    if seen.logs.is_none() {
                        // It must send nothing more; a panic of it tells nothing more either.
                        let _ = (&mut logging).await;
                        seen.logs = Some(self.broken_off(handle, "sortie left before its end"));
                    }
                    self.backend.abandon(handle).await;
                    break;
                }
            }
        }
        if stopping.is_some() {
            // The stop must have been accepted before sortie may leave, unless it is told to.
            let stopped = tokio::select! {
                biased;
                signal = self.signals.next() => {
                    waiting.abort();
                    logging.abort();
                    return Watched::Left { signal, ended: seen.end.is_some() };
                }
                stopped = joined(&mut stopping) => stopped,
            };
            self.stopped(handle, stopped, &mut seen);
        }
        Watched::Over(Box::new(seen))
    }

    fn spawn_wait(&self, handle: &B::Handle) -> JoinHandle<Result<TaskEnd, Error>> {
        let (backend, handle, events) = (Arc::clone(&self.backend), handle.clone(), self.output.events());
        tokio::spawn(async move { backend.wait(&handle, &events).await })
    }

    fn spawn_logs(
        &self,
        handle: &B::Handle,
        ended: watch::Receiver<Option<TaskEnd>>,
    ) -> JoinHandle<Vec<ContainerLog>> {
        let (backend, handle, lines) = (Arc::clone(&self.backend), handle.clone(), self.output.lines());
        tokio::spawn(async move { backend.follow_logs(&handle, &lines, ended).await })
    }

    /// Notes, and says, that the platform did not accept a stop. A task that has ended needs none.
    fn stopped(&self, handle: &B::Handle, stopped: Result<(), Error>, seen: &mut Seen) {
        if let (Err(error), None) = (stopped, &seen.end) {
            self.output.events().send(not_stopped(handle, &error));
            seen.stop_refused = true;
        }
    }

    /// What was read of the logs before their reader ended.
    fn broken_off(&self, handle: &B::Handle, why: &str) -> Vec<ContainerLog> {
        self.output.broken_off(handle.containers(), why)
    }

    /// Asks the platform to stop the task, at once and beside everything else.
    fn stop(&self, handle: &B::Handle, reason: &str) -> JoinHandle<Result<(), Error>> {
        let (backend, owned, why) = (Arc::clone(&self.backend), handle.clone(), format!("sortie: {reason}"));
        let stopping = tokio::spawn(async move { stop_with_tries(backend.as_ref(), &owned, &why).await });
        let reason = format!("{}: {reason}", handle.id());
        // The call is under way already; the notice must not hold it up.
        self.output.events().send(RunEvent::Stopping { reason });
        stopping
    }

    fn grace(&self) -> tokio::time::Instant {
        tokio::time::Instant::now() + self.stop_timeout + STOP_GRACE
    }
}

fn flatten(ended: Result<Result<TaskEnd, Error>, tokio::task::JoinError>) -> Result<TaskEnd, Error> {
    ended.unwrap_or_else(|error| Err(Error::platform(format!("waiting for the task: {error}"))))
}

/// A channel whose sender is gone means that no filter will fail any more.
async fn failed(filter_failed: &mut watch::Receiver<bool>) {
    if filter_failed.wait_for(|failed| *failed).await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn joined(stopping: &mut Option<JoinHandle<Result<(), Error>>>) -> Result<(), Error> {
    match stopping {
        Some(stopping) => stopping.await.unwrap_or(Ok(())),
        None => std::future::pending().await,
    }
}
