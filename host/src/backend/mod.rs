//! Where a task runs. A back end launches, waits, streams logs and stops; it decides nothing
//! about filters, reporters or exit codes.
//!
//! - [`fargate`]: AWS Fargate, through ECS and CloudWatch Logs.
//! - [`docker`]: a container engine on this machine, Docker or Podman.
//! - [`process`]: a plain process on this machine.
//!
//! The driver in [`crate::run`] calls a back end in this order: [`Backend::resolve`],
//! (transforms), [`Backend::plan`], [`Backend::launch`], then [`Backend::wait`] and
//! [`Backend::follow_logs`] side by side, and [`Backend::stop`] at any time after the
//! launch, and [`Backend::release`] last.

pub(crate) mod backoff;
pub mod docker;
pub mod fargate;
pub mod process;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::SystemTime;

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::error::Error;
use crate::event::RunEvent;
use crate::lines::ContainerIndex;
use crate::lines::LineBatch;
use crate::report::ContainerEnd;
use crate::report::ContainerLog;
use crate::report::Phase;
use crate::spec::TaskSpec;

/// Why the log of a reader that panicked is not complete.
pub(crate) const READER_FAILED: &str = "its reader failed; this is a defect of sortie";

/// A place where tasks run.
pub trait Backend: Send + Sync + 'static {
    /// What a launched run is known by.
    type Handle: RunHandle;
    /// What will be sent to the platform.
    type Plan: Plan;

    /// The word for it: `fargate`, `docker`, `process`.
    fn name(&self) -> &'static str;

    /// Reads what the task is. Changes nothing anywhere.
    fn resolve(&self) -> impl Future<Output = Result<TaskSpec, Error>> + Send;

    /// Makes the platform's request from the task, after transforms, and checks it. `base` is
    /// what [`Backend::resolve`] gave. Changes nothing anywhere.
    fn plan(&self, base: &TaskSpec, task: &TaskSpec, main: &str) -> Result<Self::Plan, Error>;

    /// Launches. Retries what may be retried; stops retrying (and returns
    /// [`LaunchError::Cancelled`]) as soon as `cancelled` is true, but never drops a call in
    /// flight: once the platform may have created the task, this returns its handle.
    fn launch(
        &self,
        plan: &Self::Plan,
        events: &EventSender,
        cancelled: watch::Receiver<bool>,
    ) -> impl Future<Output = Result<Self::Handle, LaunchError>> + Send;

    /// Finds a run that was launched before, by its id.
    fn attach(&self, id: &str) -> impl Future<Output = Result<Self::Handle, Error>> + Send;

    /// Watches the task to its end, sending [`RunEvent::StateChanged`] on the way.
    fn wait(
        &self,
        handle: &Self::Handle,
        events: &EventSender,
    ) -> impl Future<Output = Result<TaskEnd, Error>> + Send;

    /// Streams every container's lines until the streams have ended, which `ended` helps to
    /// tell: it holds the task's end as soon as [`Backend::wait`] has seen it. Sends a
    /// [`Message::Ended`] for each container in all cases.
    fn follow_logs(
        &self,
        handle: &Self::Handle,
        lines: &LineSender,
        ended: watch::Receiver<Option<TaskEnd>>,
    ) -> impl Future<Output = Vec<ContainerLog>> + Send;

    /// Asks the platform to stop the task, and returns when it has accepted. Stopping a task
    /// that has already stopped is no error.
    fn stop(&self, handle: &Self::Handle, reason: &str) -> impl Future<Output = Result<(), Error>> + Send;

    /// Stops a run that was launched before, by its id. Needs no more of the platform than the
    /// stop itself, where that can be had.
    fn stop_by_id(&self, id: &str, reason: &str) -> impl Future<Output = Result<(), Error>> + Send {
        async move { self.stop(&self.attach(id).await?, reason).await }
    }

    /// Whether a task outlives the sortie that launched it.
    fn keeps_tasks(&self) -> bool {
        true
    }

    /// Everything that is wanted of an ended run has been read: takes away what it left on this
    /// machine. On a cloud there is nothing to do.
    fn release(&self, _handle: &Self::Handle) -> impl Future<Output = Result<(), Error>> + Send {
        std::future::ready(Ok(()))
    }

    /// sortie leaves before the end: what can not outlive it is ended at once. A task on a cloud
    /// goes on by itself, so there is nothing to do.
    fn abandon(&self, _handle: &Self::Handle) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }

    /// The same while the launch is under way: there is no handle yet.
    fn abandon_launch(&self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
}

/// What a launched run is known by.
pub trait RunHandle: Clone + Send + Sync + fmt::Debug + 'static {
    /// Task ARN, or the process's id.
    fn id(&self) -> &str;
    /// Names of the containers, in the task's order.
    fn containers(&self) -> &[String];
    /// Names of the containers whose end ends the task.
    fn essential_containers(&self) -> &[String];
    /// Pages for a person: name and URL. The first is the task's.
    fn links(&self) -> Vec<(String, String)> {
        Vec::new()
    }
    /// The command with which a person stops the run by hand.
    fn stop_command(&self) -> String;
}

/// What will be sent to the platform.
pub trait Plan: Send + Sync + 'static {
    /// The requests as JSON, in the order in which they will be sent: operation name and body.
    /// Secret values are `***`.
    fn requests(&self) -> Vec<(String, serde_json::Value)>;
    /// Things a person should know before the launch.
    fn warnings(&self) -> Vec<String>;
    /// The command with which a person looks for what a launch without an answer may have left.
    fn find_command(&self) -> Option<String> {
        None
    }
}

/// Where a back end sends events. Sending never waits: a reader of standard output that has
/// stopped must not hold up the watching and stopping of a task. Events are few.
#[derive(Debug, Clone)]
pub struct EventSender(pub mpsc::UnboundedSender<Message>);

/// Where a back end sends lines. Sending waits for room, so that a slow reader holds up the source.
#[derive(Debug, Clone)]
pub struct LineSender {
    /// The same channel as that of events, so that one order is kept.
    pub sender: mpsc::UnboundedSender<Message>,
    /// One permit a message under way.
    pub room: Arc<Semaphore>,
    /// What was sent, container by container.
    pub sent: Arc<Mutex<BTreeMap<ContainerIndex, Sent>>>,
}

/// How much of one container's log was sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    /// Lines; the pieces of an overlong line count as one.
    pub lines: u64,
    /// Bytes, newlines excluded.
    pub bytes: u64,
}

/// What reaches the output thread, in one order.
#[derive(Debug)]
pub enum Message {
    /// Something happened.
    Event(RunEvent),
    /// A container wrote these. The permit makes room for the next when this is received.
    Lines(ContainerIndex, LineBatch, OwnedSemaphorePermit),
    /// The container's stream has ended; no lines follow.
    Ended(ContainerIndex),
    /// Everything sent before this has been handled; answers with what failed on the way.
    Sync(oneshot::Sender<PipelineFailures>),
    /// Nothing that matters follows: the output thread ends.
    Close,
}

/// What failed in the output thread so far, one line each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PipelineFailures {
    /// Filters that failed closed: lines are withheld.
    pub filters: Vec<String>,
    /// Reporters that failed: something is not reported.
    pub reporters: Vec<String>,
    /// Standard output could not be written; the reason.
    pub output: Option<String>,
}

impl EventSender {
    /// Sends at once. An output thread that is gone is not the back end's concern.
    pub fn send(&self, event: RunEvent) {
        let _ = self.0.send(Message::Event(event));
    }
}

impl LineSender {
    /// Sends lines, waiting for room; back-pressure reaches the source.
    pub async fn send(&self, container: ContainerIndex, batch: LineBatch) {
        // The semaphore is never closed.
        let Ok(room) = Arc::clone(&self.room).acquire_owned().await else { return };
        {
            let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
            let sent = sent.entry(container).or_default();
            let count = batch.len() as u64;
            sent.lines += count - u64::from(batch.partial);
            sent.bytes += batch.bytes.len() as u64 - count;
        }
        let _ = self.sender.send(Message::Lines(container, batch, room));
    }

    /// Tells that no lines follow from a container. Waits for nothing.
    pub fn ended(&self, container: ContainerIndex) {
        let _ = self.sender.send(Message::Ended(container));
    }

    /// For what is to be said between the lines.
    pub fn events(&self) -> EventSender {
        EventSender(self.sender.clone())
    }

    /// The container's log as far as it was sent, and why it is not complete, if it is not.
    pub fn log(&self, container: ContainerIndex, name: &str, incomplete: Option<String>) -> ContainerLog {
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let Sent { lines, bytes } = sent.get(&container).copied().unwrap_or_default();
        ContainerLog { container: name.to_owned(), lines, bytes, incomplete, waited: None }
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

/// How a task ended.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskEnd {
    /// What ended it.
    pub cause: EndCause,
    /// Nothing of it has run, and launched again it may well start.
    pub passing: bool,
    /// The platform's words about it.
    pub reason: String,
    /// What a person can do about it; empty when nothing is known.
    pub hint: String,
    /// Every container of the task, in the task's order.
    pub containers: Vec<ContainerEnd>,
    /// When the task's own code stopped, by the platform's clock.
    pub execution_stopped_at: Option<SystemTime>,
    /// Durations of the phases that the platform tells (`provisioning`, `pull`, `run`, `stop`).
    pub phases: Vec<Phase>,
}

impl TaskEnd {
    /// An end of which nothing is known: used to read a log up to now, whatever the task does.
    pub fn unknown() -> Self {
        Self {
            passing: false,
            cause: EndCause::Exited,
            reason: String::new(),
            hint: String::new(),
            containers: Vec::new(),
            execution_stopped_at: None,
            phases: Vec::new(),
        }
    }
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
    /// Somebody asked for the stop (sortie itself or another).
    Stopped,
}

/// A launch did not lead to a task.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LaunchError {
    /// It cannot be launched, or it is not known whether it was. The kind says whose fault it is: the
    /// input's ([`Kind::Usage`](crate::error::Kind)), a want of capacity, the task's start, the platform's.
    #[error("{0}")]
    Failed(#[source] Error),
    /// The run was cancelled before the platform created a task.
    #[error("cancelled before a task was created")]
    Cancelled,
}
