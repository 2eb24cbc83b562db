//! How events and lines are sent to the output thread.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

use sortie_lines::LineBatch;
use tokio::sync::Semaphore;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::address::Address;
use super::address::Attempt;
use super::cursor::Cursor;
use super::message::Message;
use crate::event::Event;
use crate::event::EventKind;
use crate::report::ContainerLog;
use crate::stream::ContainerIndex;

/// Why the log of a reader that panicked is not complete.
pub(crate) const READER_FAILED: &str = "its reader failed; this is a defect of sortie";

/// When something happened, and in which attempt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// By this machine's clock.
    pub at: SystemTime,
    /// Since the run began.
    pub elapsed: Duration,
    /// Which attempt of which task.
    pub attempt: Attempt,
}

/// When the run began: where every event's `elapsed` counts from.
#[derive(Debug, Clone, Copy)]
pub struct Clock(Instant);

impl Clock {
    /// A clock that counts from this moment.
    pub fn since(started: Instant) -> Self {
        Self(started)
    }

    /// Now, in this attempt.
    pub fn moment(self, attempt: Attempt) -> Moment {
        Moment { at: SystemTime::now(), elapsed: self.0.elapsed(), attempt }
    }

    /// Stamps an event.
    pub fn stamp(self, attempt: Attempt, kind: EventKind) -> Event {
        let Moment { at, elapsed, attempt } = self.moment(attempt);
        Event { kind, at, elapsed, attempt }
    }
}

/// Where events of one attempt are sent. Sending never waits: a reader of standard output that has
/// stopped must not hold up the watching and stopping of a task. Events are few.
#[derive(Debug, Clone)]
pub struct EventSender {
    sender: mpsc::UnboundedSender<Message>,
    clock: Clock,
    attempt: Attempt,
}

impl EventSender {
    /// For the events of one attempt.
    pub fn new(sender: mpsc::UnboundedSender<Message>, clock: Clock, attempt: Attempt) -> Self {
        Self { sender, clock, attempt }
    }

    /// Stamps and sends at once. An output thread that is gone is not the sender's concern.
    pub fn send(&self, kind: EventKind) {
        let _ = self.sender.send(Message::Event(self.clock.stamp(self.attempt, kind)));
    }
}

/// How much of each container's log was sent, for all senders of a run.
pub type SentLines = Arc<Mutex<BTreeMap<Address, Sent>>>;

/// How much of one container's log was sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    /// Lines; the pieces of an overlong line count as one.
    pub lines: u64,
    /// Bytes, newlines excluded.
    pub bytes: u64,
}

/// Where lines of one attempt are sent. Sending waits for room, so that a slow reader holds up the
/// source.
#[derive(Debug, Clone)]
pub struct LineSender {
    /// The same channel as that of events, so that one order is kept.
    sender: mpsc::UnboundedSender<Message>,
    /// One permit a message under way.
    room: Arc<Semaphore>,
    sent: SentLines,
    clock: Clock,
    attempt: Attempt,
}

impl LineSender {
    /// For the lines of one attempt. `room` has one permit for each message that may be under way.
    pub fn new(
        sender: mpsc::UnboundedSender<Message>,
        room: Arc<Semaphore>,
        sent: SentLines,
        clock: Clock,
        attempt: Attempt,
    ) -> Self {
        Self { sender, room, sent, clock, attempt }
    }

    /// Sends lines, waiting for room; back-pressure reaches the source. `cursor` is the place in the
    /// container's log right after them.
    pub async fn send(&self, container: ContainerIndex, batch: LineBatch, cursor: Option<Cursor>) {
        // The semaphore is never closed.
        let Ok(room) = Arc::clone(&self.room).acquire_owned().await else { return };
        let address = self.attempt.container(container);
        {
            let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
            let sent = sent.entry(address).or_default();
            let count = batch.len() as u64;
            sent.lines += count - u64::from(batch.partial);
            sent.bytes += batch.bytes.len() as u64 - count;
        }
        let _ = self.sender.send(Message::Lines { address, batch, cursor, room });
    }

    /// Tells that what a container had written already has been sent. Waits for nothing.
    pub fn caught_up(&self, container: ContainerIndex) {
        let _ = self.sender.send(Message::CaughtUp(self.attempt.container(container)));
    }

    /// Tells that no lines follow from a container. Waits for nothing.
    pub fn ended(&self, container: ContainerIndex) {
        let _ = self.sender.send(Message::Ended(self.attempt.container(container)));
    }

    /// For what is to be said between the lines.
    pub fn events(&self) -> EventSender {
        EventSender::new(self.sender.clone(), self.clock, self.attempt)
    }

    /// The container's log as far as it was sent, and why it is not complete, if it is not.
    pub fn log(&self, container: ContainerIndex, name: &str, incomplete: Option<String>) -> ContainerLog {
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let Sent { lines, bytes } = sent.get(&self.attempt.container(container)).copied().unwrap_or_default();
        ContainerLog { incomplete, ..ContainerLog::complete(name, lines, bytes) }
    }

    /// The logs of the containers with these names, when all readers have ended.
    pub async fn logs(
        &self,
        mut readers: JoinSet<(ContainerIndex, ContainerLog)>,
        names: &[String],
    ) -> Vec<ContainerLog> {
        let mut read = BTreeMap::new();
        while let Some(log) = readers.join_next().await {
            read.extend(log.ok());
        }
        let failed = || Some(READER_FAILED.to_owned());
        let names = names.iter().enumerate();
        names
            .map(|(index, name)| read.remove(&index).unwrap_or_else(|| self.log(index, name, failed())))
            .collect()
    }
}
