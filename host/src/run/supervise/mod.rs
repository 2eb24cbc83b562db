//! A task from its launch to its end: one supervisor for every command.
//!
//! - [`mode`]: which parts of it a command has.
//! - [`step`]: what may happen, and what may be to do.
//! - [`state`]: what to do next, decided without I/O: `on(Step) -> Vec<Do>`.
//! - [`drive`]: the loop that waits for steps and does what it is told.
//! - [`relaunch`]: whether, when and where a task is launched again. Nobody else decides that.
//! - [`stop`]: whether a stop is asked for again. Nobody else decides that.

mod drive;
pub(super) mod mode;
mod relaunch;
mod state;
mod step;
pub(super) mod stop;

pub(super) use drive::Start;
pub(super) use drive::Supervision;
pub(super) use drive::supervise;
pub(super) use mode::Mode;
pub(super) use state::Limits;
pub(super) use step::Over;
pub(super) use step::Seen;
