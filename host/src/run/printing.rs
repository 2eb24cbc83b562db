//! The output thread, as a run uses it: where events and lines go, and how its end is waited for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Instant;

use tokio::sync::Semaphore;
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio::sync::watch;

use super::prepare::Prepared;
use crate::backend::EventSender;
use crate::backend::LineSender;
use crate::backend::Message;
use crate::backend::PipelineFailures;
use crate::backend::Sent;
use crate::error::Error;
use crate::lines::ContainerIndex;
use crate::output::reporters::Limits;
use crate::output::streams::Streams;
use crate::output::surroundings::Surroundings;
use crate::pipeline::thread;
use crate::report::ContainerLog;
use crate::settings::Settings;

/// The output thread and the ways to it.
#[derive(Debug)]
pub(super) struct Printing {
    sender: mpsc::UnboundedSender<Message>,
    room: Arc<Semaphore>,
    sent: Arc<Mutex<BTreeMap<ContainerIndex, Sent>>>,
    thread: std::thread::JoinHandle<()>,
}

impl Printing {
    /// Starts the thread with the plugins of a run.
    pub(super) async fn start<P>(
        prepared: &mut Prepared<P>,
        containers: &[String],
        settings: &Settings,
        started: Instant,
        filter_failed: watch::Sender<bool>,
    ) -> Result<Self, Error> {
        let (mut plugins, chains) = std::mem::take(&mut prepared.plugins).open(containers).await?;
        let parts = thread::Parts {
            containers: containers.to_vec(),
            chains,
            markers: plugins.markers(),
            reporters: plugins.take_reporters(),
            limits: Limits::default(),
            streams: Streams::of_process(Surroundings::of_process()),
            settings: settings.output,
            started,
            filter_failed,
        };
        Self::spawn(parts)
    }

    /// Starts the thread with these parts.
    pub(super) fn spawn(parts: thread::Parts) -> Result<Self, Error> {
        let (sender, thread) =
            thread::spawn(parts).map_err(|error| Error::internal(format!("the output thread: {error}")))?;
        let room = Arc::new(Semaphore::new(thread::CHANNEL));
        Ok(Self { sender, room, sent: Arc::default(), thread })
    }

    /// For events.
    pub(super) fn events(&self) -> EventSender {
        EventSender(self.sender.clone())
    }

    /// For lines.
    pub(super) fn lines(&self) -> LineSender {
        LineSender { sender: self.sender.clone(), room: Arc::clone(&self.room), sent: Arc::clone(&self.sent) }
    }

    /// The logs of readers that were ended before their streams: as far as they were sent, and
    /// incomplete for this reason. Filters are told that nothing follows, so that what they still
    /// hold is printed.
    pub(super) fn broken_off(&self, containers: &[String], why: &str) -> Vec<ContainerLog> {
        self.end_all(containers);
        let lines = self.lines();
        let log =
            |(container, name): (ContainerIndex, &String)| lines.log(container, name, Some(why.to_owned()));
        containers.iter().enumerate().map(log).collect()
    }

    /// Tells that nothing follows from any container. It may have been told before.
    pub(super) fn end_all(&self, containers: &[String]) {
        let lines = self.lines();
        (0..containers.len()).for_each(|container| lines.ended(container));
    }

    /// Waits until everything sent so far is handled.
    pub(super) async fn sync(&self) -> PipelineFailures {
        let (answer, failures) = oneshot::channel();
        let gone = || PipelineFailures {
            output: Some("the output thread ended early".into()),
            ..Default::default()
        };
        if self.sender.send(Message::Sync(answer)).is_err() {
            return gone();
        }
        failures.await.unwrap_or_else(|_| gone())
    }

    /// Ends the thread after everything sent is handled.
    pub(super) async fn finish(self) {
        // A thread that is gone already needs no telling.
        let _ = self.sender.send(Message::Close);
        let thread = self.thread;
        // A panic of the thread has been printed by itself.
        let _ = tokio::task::spawn_blocking(move || thread.join()).await;
    }
}
