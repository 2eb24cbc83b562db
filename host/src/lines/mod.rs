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

/// Longest line that travels whole, in bytes. A longer one travels in pieces
/// ([`LineBatch::partial`]). CloudWatch Logs takes events of up to 1 MB, so that what one event
/// holds stays one line.
pub const MAX_LINE: usize = 1 << 20;

/// Size at which a batch is full, in bytes. Filters gain nothing from larger ones (measured: no
/// gain beyond 64 KiB a call), and memory stays flat.
pub const MAX_BATCH: usize = 256 * 1024;

/// Lines at which a batch is full. What a filter does takes time by line as well as by byte: an
/// interpreter (Python) takes about 10 µs a line, and a batch of 256 KiB could hold 262,144 empty
/// ones, more than it can answer for within the time limit of a call.
pub const MAX_BATCH_LINES: usize = 4096;

/// Index of a container in the task's order.
pub type ContainerIndex = usize;
