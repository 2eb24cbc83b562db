//! What reaches the output thread.

use std::collections::BTreeMap;

use sortie_lines::LineBatch;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::oneshot;

use super::address::Address;
use super::address::ContainerIndex;
use super::cursor::Cursor;
use crate::event::Event;
use crate::report::LogTail;
use crate::report::PluginCounter;

/// What reaches the output thread, in one order.
#[derive(Debug)]
pub enum Message {
    /// Something happened.
    Event(Event),
    /// A container wrote these.
    Lines {
        /// Which container.
        address: Address,
        /// Its lines.
        batch: LineBatch,
        /// The place in its log right after them, where the back end knows one.
        cursor: Option<Cursor>,
        /// Makes room for the next when this is received.
        room: OwnedSemaphorePermit,
    },
    /// Everything has been sent that the container had written when its log was asked for.
    CaughtUp(Address),
    /// The container's stream has ended; no lines follow.
    Ended(Address),
    /// Everything sent before this has been handled; answers with what came of it.
    Sync(oneshot::Sender<Handled>),
    /// Nothing that matters follows: the output thread ends.
    Close,
}

/// What came of everything that was sent so far.
#[derive(Debug, Clone, Default)]
pub struct Handled {
    /// What there is to say of the pipeline.
    pub pipeline: PipelineReport,
    /// How far each log has been written.
    pub written: BTreeMap<Address, Cursor>,
}

/// What there is to say of the pipeline so far: what failed, one line each, and what was counted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PipelineReport {
    /// Filters that failed closed: lines are withheld.
    pub filters: Vec<String>,
    /// Reporters that failed: something is not reported.
    pub reporters: Vec<String>,
    /// Standard output could not be written; the reason.
    pub output: Option<String>,
    /// The file for the whole log does not hold it; the reason.
    pub log_file: Option<String>,
    /// What filters counted, and sortie itself.
    pub counters: Vec<PluginCounter>,
    /// The last lines of each log, where a reporter is told of them.
    pub tails: Vec<LogTail>,
    /// The steps of the task's own work that filters found in its logs, in their order.
    pub steps: Vec<StepSeen>,
    /// What the task has printed for later steps.
    pub outputs: OutputsSeen,
}

/// What a task has printed for later steps, where that was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutputsSeen {
    /// As the filters left them.
    pub values: BTreeMap<String, String>,
    /// Names of those of which the task has printed another value.
    pub changed: Vec<String>,
    /// How many were printed that did not come through the filters.
    pub dropped: u64,
    /// Lines that begin like an output and are none, or one too many.
    pub refused: u64,
}

/// A step of the task's own work, as far as the log tells. Times are in milliseconds since the Unix epoch, by
/// the platform's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepSeen {
    /// The container's index.
    pub container: ContainerIndex,
    /// The step, in one line.
    pub title: String,
    /// When its first line was written.
    pub began_ms: i64,
    /// When the step after it began, or its last line was written.
    pub until_ms: i64,
    /// Another step of the container has followed.
    pub is_over: bool,
}
