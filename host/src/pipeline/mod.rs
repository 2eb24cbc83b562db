//! Lines through the filters to the sink, in one order with the events.
//!
//! What lines are, and what one filter may do to them, is in the crate `sortie_lines`.
//!
//! - [`chain`]: the filters of one container's stream, failing closed.
//! - [`excerpt`]: what is printed of a log that is there already.
//! - `marks`: labels that become events, at the place of their line.
//! - `outputs`: values that the task prints for later steps.
//! - [`pass_over`]: what another sortie has printed of them.
//! - `tails`: the last lines of each log, for reporters.
//! - [`thread`]: the output thread, which owns filters, sink and reporters.

pub mod chain;
pub mod excerpt;
mod marks;
mod outputs;
pub mod pass_over;
mod tails;
pub mod thread;
