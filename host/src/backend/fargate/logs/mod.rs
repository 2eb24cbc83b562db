//! The containers' lines, from CloudWatch Logs.
//!
//! | file | what it knows |
//! |---|---|
//! | [`streams`] | where a container's lines are |
//! | [`follow`] | reading all containers' logs at once |
//! | [`reader`] | reading one stream to its end |
//! | [`get_log_events`] | the pages of a stream |
//! | [`unpack`] | pages to batches of lines, each with the cursor behind it |
//! | [`cursor`] | how far a stream has been read |
//! | [`rejoin`] | events to lines, undoing what the driver has split |
//! | [`settle`] | when a log is complete |

mod cursor;
pub(super) mod follow;
mod get_log_events;
mod reader;
mod rejoin;
mod settle;
pub(super) mod streams;
mod unpack;
