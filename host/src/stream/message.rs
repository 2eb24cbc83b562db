//! What reaches the output thread.

use std::collections::BTreeMap;

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::oneshot;

use super::address::Address;
use super::cursor::Cursor;
use crate::event::Event;
use crate::lines::LineBatch;

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
    /// What failed.
    pub failures: PipelineFailures,
    /// How far each log has been written.
    pub written: BTreeMap<Address, Cursor>,
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
