//! The object of a reporter's command.

use serde::Serialize;

use super::Stamp;

/// A command of a reporter.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CommandObject<'a> {
    #[serde(flatten)]
    stamp: Stamp,
    /// The reporter.
    reporter: &'a str,
    /// The command, as it would stand in the log.
    line: &'a str,
}

impl<'a> CommandObject<'a> {
    /// The object of this command.
    pub fn new(reporter: &'a str, line: &'a str, stamp: Stamp) -> Self {
        Self { stamp, reporter, line }
    }
}
