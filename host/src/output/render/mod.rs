//! What is shown, as text.
//!
//! - [`notices`]: sortie's own lines, one an event.
//! - [`summary`]: the last lines of a run.
//! - [`plan`]: what `sortie plan` shows.
//! - [`examination`]: what `sortie doctor` found.
//! - [`status`]: the live line on a terminal.
//! - [`style`]: what is coloured, and how.
//! - [`tasks`]: a list of tasks.
//! - [`text`]: numbers, durations and hostile text as a person reads them.

pub mod examination;
pub mod notices;
pub mod plan;
pub mod status;
pub mod style;
pub mod summary;
pub mod tasks;
pub mod text;
