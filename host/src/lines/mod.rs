//! Log lines on their way from a back end to the filters.
//!
//! A back end hands over bytes (`process`) or events (`fargate`); a [`Framer`](framing::Framer)
//! makes whole lines of them, and lines travel in [`LineBatch`]es, never one by one.
//!
//! - [`framing`]: bytes to whole lines, with a limit on a line's length.
//! - [`batch`]: the batch itself.
//! - [`edits`]: what a filter does to a batch.

pub mod batch;
pub mod edits;
pub mod framing;

pub use batch::LineBatch;

/// Index of a container in the task's order.
pub type ContainerIndex = usize;

/// Something a back end says about a container's output.
#[derive(Debug)]
pub enum LogMessage {
    /// Lines, in order.
    Lines {
        /// Whose lines.
        container: ContainerIndex,
        /// The lines.
        batch: LineBatch,
    },
    /// The container's stream has ended; no lines follow.
    End {
        /// Whose stream.
        container: ContainerIndex,
    },
}
