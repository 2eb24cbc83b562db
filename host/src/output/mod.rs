//! What a person or a program sees.
//!
//! - [`sink`]: log lines to standard output, as text or JSON.
//! - [`markers`]: breaks what a CI system would take for a command.
//! - [`notices`]: sortie's own lines on standard error.
//! - [`status`]: the live line on a terminal.
//! - [`summary`]: the last lines of a run.
//! - [`json`]: events as JSON.
//! - [`streams`]: what standard output and standard error are.
//! - [`style`]: colours, and when to use them.
//! - [`text`]: numbers, durations and hostile text as a person reads them.

pub mod json;
pub mod markers;
pub mod notices;
pub mod sink;
pub mod status;
pub mod streams;
pub mod style;
pub mod summary;
pub mod text;
