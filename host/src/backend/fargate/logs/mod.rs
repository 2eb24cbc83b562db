//! The containers' lines, from CloudWatch Logs.
//!
//! | file | what it knows |
//! |---|---|
//! | [`streams`] | where a container's lines are |
//! | [`reader`] | GetLogEvents, from the first event to the last |
//! | [`rejoin`] | events to lines, undoing what the driver has split |
//! | [`settle`] | when a log is complete |

pub(super) mod reader;
mod rejoin;
mod settle;
pub(super) mod streams;
