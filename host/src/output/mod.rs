//! What a person or a program sees.
//!
//! - [`terminal`]: the only writer of a run: log lines, notices, commands, JSON, the live line.
//! - [`sink`]: log lines to standard output, as text or JSON.
//! - [`log_limit`]: how much of a log is printed.
//! - [`log_file`]: the whole log in a file.
//! - [`named_file`]: a file that the user names to be written.
//! - [`streams`]: standard output and standard error themselves.
//! - [`json`]: what `--output json` prints.
//! - [`neutralise`]: breaks what a CI system would take for a command.
//! - [`render`]: events, summaries and plans as text.
//! - [`failure`]: the error that ends a command.
//! - [`reporters`]: those who are told what happens, beside the log.
//! - [`surroundings`]: who reads all this.

pub mod failure;
pub mod json;
pub mod log_file;
mod log_limit;
pub mod named_file;
pub mod neutralise;
pub mod render;
pub mod reporters;
pub mod sink;
pub mod streams;
pub mod surroundings;
pub mod terminal;
