//! Lines through the filters to the sink, in one order with the events.
//!
//! - [`gate`]: the native search that shows a filter only the lines it cares about.
//! - [`stage`]: one filter on one stream, gated, failing closed.
//! - [`chain`]: the stages of one container's stream.
//! - [`apply`]: edits onto a batch.
//! - [`thread`]: the output thread, which owns filters, sink and reporters.

pub mod apply;
pub mod chain;
pub mod gate;
pub mod stage;
pub mod thread;
