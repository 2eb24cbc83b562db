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

use std::collections::BTreeSet;
use std::time::Duration;

use sortie_lines::LineBatch;
use sortie_lines::is_one_line;

use crate::event::Event;
use crate::event::EventKind;
use crate::stream::ContainerIndex;
use crate::stream::Moment;

/// Somebody who is told what happens.
pub trait Reporter: Send {
    /// For messages.
    fn name(&self) -> &str;
    /// What it wants to be told.
    fn subscription(&self) -> Subscription;
    /// Tells an event; answers with what is to be done about it, or why the reporter failed.
    fn event(&mut self, event: &Event) -> Result<Effects, Failed>;
    /// Tells lines of one container, as the filters left them.
    fn log_lines(
        &mut self,
        moment: Moment,
        container: ContainerIndex,
        name: &str,
        batch: &LineBatch,
    ) -> Result<Effects, Failed>;
    /// Tells that time has passed.
    fn tick(&mut self, moment: Moment) -> Result<Effects, Failed>;
}

/// What a reporter wants to be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subscription {
    /// Names of events; `None`: all but those that the interface has no case for, and `awaiting-stop`.
    pub events: Option<BTreeSet<String>>,
    /// Log lines too.
    pub log_lines: bool,
    /// How often that time has passed.
    pub tick: Option<Duration>,
}

impl Subscription {
    /// Whether an event is among them.
    pub fn wants(&self, event: &EventKind) -> bool {
        match &self.events {
            Some(names) => names.contains(event.name()),
            None => !matches!(
                event,
                EventKind::Recovered { .. }
                    | EventKind::Registered { .. }
                    | EventKind::Progress { .. }
                    | EventKind::StillWaiting { .. }
                    | EventKind::Phase(_)
                    | EventKind::Annotation(_)
                    | EventKind::Detail { .. }
            ),
        }
    }
}

/// What a reporter wants done, besides what it did itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// Lines for the CI system, in order.
    pub commands: Vec<Command>,
    /// What it has to say to whoever runs it.
    pub remarks: Vec<Remark>,
}

/// A reporter failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// One line.
    pub reason: String,
    /// What it said before.
    pub remarks: Vec<Remark>,
}

impl From<String> for Failed {
    fn from(reason: String) -> Self {
        Self { reason, remarks: Vec::new() }
    }
}

/// Something that is said of a reporter, or by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// At which verbosity it is shown; 0: always.
    pub verbosity: i8,
    /// One line.
    pub text: String,
}

/// A line that the CI system is meant to obey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command(String);

/// A command that is not one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a command with a line break, or a control character that no CI system needs")]
pub struct NotOneLine;

impl Command {
    /// A command of one line, as [`is_one_line`] says.
    pub fn new(line: String) -> Result<Self, NotOneLine> {
        match is_one_line(&line) {
            true => Ok(Self(line)),
            false => Err(NotOneLine),
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
        for text in ["a\nb", "a\u{85}b", "a\u{2028}b", "a\u{1b}]0;x\u{7}", "a\0"] {
            assert_eq!(Command::new(text.into()), Err(NotOneLine), "{text:?}");
        }
    }

    #[test]
    fn what_was_not_asked_for_is_not_told() {
        let detail = EventKind::detail("x");
        let warning = EventKind::warning("x");
        let all = Subscription::default();
        assert!(all.wants(&warning) && !all.wants(&detail));
        let some = Subscription { events: Some(BTreeSet::from(["detail".to_owned()])), ..all };
        assert!(some.wants(&detail) && !some.wants(&warning));
    }
}
