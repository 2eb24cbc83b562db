//! Lines of both streams of every container, complete or known not to be.
//!
//! - [`attach`]: a container's streams, from the moment before its start.
//! - [`follow`]: reads them to their end, and tells whether that was all.
//! - [`stored`]: what the engine keeps of a detached task's containers.
//! - [`stored_place`]: how far that has been read.
//! - [`merge`]: two streams to one sequence of whole lines.
//! - [`read_ahead`]: what is held for a reader that is slower than the containers.
//! - [`dropped_output`]: whether the engine has dropped output that nobody took in time.

pub(crate) mod attach;
pub(crate) mod follow;
pub(crate) mod stored;

mod dropped_output;
mod merge;
mod read_ahead;
mod stored_place;
