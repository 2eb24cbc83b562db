//! Lines through the filters to the sink, in one order with the events.
//!
//! What lines are, and what one filter may do to them, is in the crate `sortie_lines`.
//!
//! - [`chain`]: the filters of one container's stream, failing closed.
//! - [`thread`]: the output thread, which owns filters, sink and reporters.

pub mod chain;
pub mod excerpt;
pub mod thread;
