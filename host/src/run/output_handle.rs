//! The ways to the output thread: where events and lines go, and how its end is waited for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Instant;

use tokio::sync::Semaphore;
use tokio::sync::mpsc;
use tokio::sync::oneshot;

use crate::error::Error;
use crate::journal::Journal;
use crate::pipeline::chain::Chain;
use crate::pipeline::thread;
use crate::pipeline::thread::Opened;
use crate::report::ContainerLog;
use crate::stream::Attempt;
use crate::stream::Clock;
use crate::stream::EventSender;
use crate::stream::Handled;
use crate::stream::LineSender;
use crate::stream::Message;
use crate::stream::PipelineReport;
use crate::stream::sender::SentLines;

/// The output thread, and the ways to it.
#[derive(Debug)]
pub(super) struct OutputHandle {
    sender: mpsc::UnboundedSender<Message>,
    room: Arc<Semaphore>,
    sent: SentLines,
    clock: Clock,
    opener: Opener,
    journal: Journal,
    thread: std::thread::JoinHandle<()>,
}

/// Where the filters of an attempt are put before its first line comes.
#[derive(Debug, Clone)]
pub(super) struct Opener(Opened);

impl Opener {
    /// The filters of an attempt, container by container. Lines of an attempt without are withheld.
    pub(super) fn open(&self, attempt: Attempt, chains: Vec<Chain>) {
        self.opened().insert(attempt, chains);
    }

    /// The filters of an attempt that led to no task serve the one after it: they have seen nothing.
    pub(super) fn pass_on(&self, attempt: Attempt) {
        let mut opened = self.opened();
        if let Some(chains) = opened.remove(&attempt) {
            opened.insert(attempt.next(), chains);
        }
    }

    fn opened(&self) -> MutexGuard<'_, BTreeMap<Attempt, Vec<Chain>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OutputHandle {
    /// Starts the thread. Events count from `started`.
    pub(super) fn start(parts: thread::Parts, started: Instant) -> Result<Self, Error> {
        let (opener, journal) = (Opener(Arc::clone(&parts.opened)), parts.journal.clone());
        let (sender, thread) =
            thread::spawn(parts).map_err(|error| Error::internal("the output thread").caused_by(error))?;
        let room = Arc::new(Semaphore::new(thread::CHANNEL));
        Ok(Self {
            sender,
            room,
            sent: SentLines::default(),
            clock: Clock::since(started),
            opener,
            journal,
            thread,
        })
    }

    /// For the events of an attempt.
    pub(super) fn events(&self, attempt: Attempt) -> EventSender {
        EventSender::new(self.sender.clone(), self.clock, attempt)
    }

    /// For the lines of an attempt.
    pub(super) fn lines(&self, attempt: Attempt) -> LineSender {
        let (sender, room, sent) = (self.sender.clone(), Arc::clone(&self.room), Arc::clone(&self.sent));
        LineSender::new(sender, room, sent, self.clock, attempt)
    }

    /// What takes note of what is printed.
    pub(super) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// For the filters of an attempt.
    pub(super) fn opener(&self) -> Opener {
        self.opener.clone()
    }

    /// The logs of readers that were ended before their streams: as far as they were sent, and
    /// incomplete for this reason. Filters are told that nothing follows, so that what they still
    /// hold is printed.
    pub(super) fn broken_off(&self, attempt: Attempt, containers: &[String], why: &str) -> Vec<ContainerLog> {
        self.end_all(attempt, containers.len());
        let lines = self.lines(attempt);
        let logs = containers.iter().enumerate();
        logs.map(|(container, name)| lines.log(container, name, Some(why.to_owned()))).collect()
    }

    /// Tells that nothing follows from any container. It may have been told before.
    pub(super) fn end_all(&self, attempt: Attempt, containers: usize) {
        let lines = self.lines(attempt);
        (0..containers).for_each(|container| lines.ended(container));
    }

    /// Waits until everything sent so far is handled.
    pub(super) fn sync(&self) -> impl Future<Output = Handled> + Send + 'static {
        let (answer, handled) = oneshot::channel();
        let sent = self.sender.send(Message::Sync(answer)).is_ok();
        async move {
            match sent {
                true => handled.await.unwrap_or_else(|_| gone()),
                false => gone(),
            }
        }
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

fn gone() -> Handled {
    let pipeline =
        PipelineReport { output: Some("the output thread ended early".into()), ..Default::default() };
    Handled { pipeline, written: BTreeMap::new() }
}
