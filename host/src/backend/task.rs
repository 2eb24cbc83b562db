//! A launched task, and how it ends.

use std::time::SystemTime;

use async_trait::async_trait;
use tokio::sync::watch;

use super::capability::Local;
use super::handle::Handle;
use crate::error::Error;
use crate::report::ContainerEnd;
use crate::report::ContainerLog;
use crate::report::Phase;
use crate::spec::EnvVar;
use crate::stream::Cursors;
use crate::stream::EventSender;
use crate::stream::LineSender;

/// A launched task. All methods can be called side by side.
#[async_trait]
pub trait Task: Send + Sync {
    /// What it is known by.
    fn handle(&self) -> &Handle;

    /// Watches the task to its end, sending [`EventKind::StateChanged`](crate::event::EventKind) on
    /// the way. May be dropped at any time.
    ///
    /// # Errors
    ///
    /// The platform can no longer be asked about the task, which may still run.
    async fn watch(&self, events: &EventSender) -> Result<TaskEnd, Error>;

    /// Reads the containers' lines, the part that is asked for, until `until`. Tells the end of each
    /// container's stream in all cases, and where only a part is asked for, when everything that there is
    /// already has been sent. May be dropped at any time; what was sent is sent.
    async fn read_logs(&self, lines: &LineSender, part: &LogPart, until: Until) -> Vec<ContainerLog>;

    /// Asks the platform once to stop the task, and returns when it has accepted. Stopping a task that
    /// has already stopped is not an error.
    ///
    /// # Errors
    ///
    /// The platform did not accept; the error says whether asking again may help.
    async fn stop(&self, reason: &str) -> Result<(), StopError>;

    /// The environment of its containers, as far as the platform has told it: of a task that was found. It may
    /// hold secrets.
    fn environment(&self) -> Vec<EnvVar> {
        Vec::new()
    }

    /// For a task on this machine, which sortie must clean up after.
    fn local(&self) -> Option<&dyn Local> {
        None
    }
}

/// Which part of a log is read. More than the part may be sent: whoever shows it leaves the rest out.
#[derive(Debug, Clone, Default)]
pub struct LogPart {
    /// From where on; a container that is not named: from the beginning.
    pub from: Cursors,
    /// So many lines of those that there are, the last ones.
    pub last: Option<usize>,
    /// What was written since.
    pub since: Option<SystemTime>,
    /// Names of the containers; empty: all.
    pub containers: Vec<String>,
}

impl LogPart {
    /// Whether the lines of this container are asked for.
    pub fn wants(&self, container: &str) -> bool {
        self.containers.is_empty() || self.containers.iter().any(|name| name == container)
    }
}

/// How long a log is read.
#[derive(Debug, Clone)]
pub enum Until {
    /// Up to what there is now.
    Now,
    /// To the task's end, which the channel holds as soon as [`Task::watch`] has seen it. A channel
    /// that closes without one means that nobody will tell: what is there is read.
    End(watch::Receiver<Option<TaskEnd>>),
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskEnd {
    /// What ended it.
    pub cause: EndCause,
    /// Nothing of it has run, and launched again it may well start.
    pub transient: bool,
    /// The platform's words about it.
    pub reason: String,
    /// What a person can do about it; empty when nothing is known.
    pub hint: String,
    /// Every container of the task, in the task's order.
    pub containers: Vec<ContainerEnd>,
    /// The memory that each of them may use; parallel to `containers`.
    pub memory: Vec<Memory>,
    /// When the task's own code stopped, by the platform's clock.
    pub execution_stopped_at: Option<SystemTime>,
    /// Durations of the phases that the platform tells.
    pub phases: Vec<Phase>,
}

/// The memory that a container may use. Of several limits the lowest, which is reached first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Memory {
    /// A limit of its own, in MiB.
    OfContainer(u64),
    /// That of all containers of the task together, in MiB.
    OfTask(u64),
    /// What this machine has.
    OfMachine,
    /// The platform does not tell.
    #[default]
    Unknown,
}

/// What ended a task. Reasons come before codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndCause {
    /// An essential container ended by itself.
    Exited,
    /// The task never started.
    NeverStarted,
    /// There was no capacity for it.
    NoCapacity,
    /// The platform took it away.
    Interrupted,
    /// Its deadline guard ended it, because its time was over.
    Overdue,
    /// Somebody asked for the stop (sortie itself or another).
    Stopped,
}

/// The platform did not accept a stop.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{error}")]
pub struct StopError {
    /// Why.
    #[source]
    pub error: Error,
    /// Whether the same call may be accepted later.
    pub again: StopAgain,
}

/// Whether a stop that was not accepted may be accepted later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopAgain {
    /// It is refused, whenever it is asked.
    Never,
    /// Throttling, a broken connection: it may be accepted soon.
    Soon,
    /// The platform does not know the task; perhaps it does not know it yet.
    IfNotKnownYet,
}
