//! Those who are told what happens: beside the log, never on its path.
//!
//! Each reporter has a thread and a bounded queue of its own. A reporter that is slow, or hangs, holds
//! up neither the log nor another one: it misses log lines, but no event, and what it does comes back
//! to the writer as a message, in order.
//!
//! - [`queue`]: what one reporter is still to be told.
//! - [`group`]: all reporters of a run.

pub mod group;
mod queue;

use std::time::Duration;

use crate::event::Event;
use sortie_lines::LineBatch;

/// Somebody who is told what happens.
pub trait Reporter: Send {
    /// For messages.
    fn name(&self) -> &str;
    /// Whether log lines are told too.
    fn wants_log_lines(&self) -> bool;
    /// Tells an event; answers with what is to be done about it, or why the reporter failed.
    fn event(&mut self, event: &Event) -> Result<Effects, String>;
    /// Tells lines of one container, after all filters.
    fn log_lines(&mut self, container: &str, batch: &LineBatch) -> Result<Effects, String>;
}

/// What a reporter wants done, besides what it did itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// Lines for the CI system, in order.
    pub commands: Vec<Command>,
}

/// A line that the CI system is meant to obey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command(String);

/// A command that is not one line of visible text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a command with a control character or a line break")]
pub struct NotOneLine;

impl Command {
    /// A command of one line. A CI system may take a carriage return for the end of a line, so that no
    /// control character is let in, nor a line break of Unicode's.
    pub fn new(line: String) -> Result<Self, NotOneLine> {
        match line.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
            true => Err(NotOneLine),
            false => Ok(Self(line)),
        }
    }

    /// The line.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How long reporters are waited for, and how much is kept for one that is slow.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of log lines that wait for one reporter. Beyond that the oldest are dropped.
    pub queue_bytes: usize,
    /// How long a log line waits for the answer to the event before it, from the moment when the
    /// reporter began: a group that folds the log must be open before the first line. Once a reporter
    /// has taken longer, nothing waits for it until it has caught up.
    pub patience: Duration,
    /// The same for a reporter that has not begun: the machine is busy, the reporter has done nothing
    /// wrong yet.
    pub start_patience: Duration,
    /// How long reporters may take, when the task has ended, for what is left to tell them; and then for
    /// how the run has ended. One that takes longer is left.
    pub at_end: Duration,
    /// The same when sortie was told to stop the task: a CI system that cancels gives 10 s for
    /// everything (GitHub and Azure: 7.5 s to the second signal).
    pub at_end_when_stopping: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            queue_bytes: 8 << 20,
            patience: Duration::from_millis(30),
            start_patience: Duration::from_secs(1),
            at_end: Duration::from_secs(10),
            at_end_when_stopping: Duration::from_secs(3),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_one_line() {
        assert_eq!(Command::new("::error title=Ü::x%0Ay".into()).unwrap().as_str(), "::error title=Ü::x%0Ay");
        for text in ["a\nb", "a\rb", "a\u{85}b", "a\u{2028}b", "a\u{1b}[0m", "a\0"] {
            assert_eq!(Command::new(text.into()), Err(NotOneLine), "{text:?}");
        }
    }
}
