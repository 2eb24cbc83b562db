//! The one error that a person reads: what failed, on which thing, why, and what to do next.
//!
//! Everything that ends a command ends as an [`Error`]. Its [`Kind`] says who can fix it, and decides
//! the exit code ([`ExitCode::of`](crate::exit::ExitCode::of), the only place that does). Code decides
//! on kinds and types, never on an error's text. No error holds a secret value.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use crate::signal::Signal;

/// What failed, for a person.
#[derive(Debug, Clone)]
pub struct Error(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    kind: Kind,
    on: Option<String>,
    setting: Option<&'static str>,
    message: String,
    hints: Vec<String>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// Who can fix it, and so what the exit code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The user's input is wrong; nothing was launched.
    Usage,
    /// A plugin refused the task, or failed.
    Plugin,
    /// The task never started.
    NeverStarted,
    /// The platform has no capacity for the task.
    NoCapacity,
    /// The platform or its API failed.
    Platform,
    /// sortie itself failed.
    Internal,
    /// The logs are incomplete, and that was to be an error.
    LogsIncomplete,
    /// A signal ended it.
    Cancelled(Signal),
}

impl Kind {
    /// The words for them.
    pub const WORDS: [&str; 8] = [
        "usage",
        "plugin",
        "never-started",
        "no-capacity",
        "platform",
        "internal",
        "logs-incomplete",
        "cancelled",
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        Self::WORDS[match self {
            Self::Usage => 0,
            Self::Plugin => 1,
            Self::NeverStarted => 2,
            Self::NoCapacity => 3,
            Self::Platform => 4,
            Self::Internal => 5,
            Self::LogsIncomplete => 6,
            Self::Cancelled(_) => 7,
        }]
    }
}

impl Error {
    /// An error of this kind. `message` says what failed and why, without a full stop.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            kind,
            on: None,
            setting: None,
            message: message.into(),
            hints: Vec::new(),
            source: None,
        }))
    }

    /// The user's input is wrong; nothing was launched.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// A plugin refused the task, or failed.
    pub fn plugin(message: impl Into<String>) -> Self {
        Self::new(Kind::Plugin, message)
    }

    /// The task never started.
    pub fn never_started(message: impl Into<String>) -> Self {
        Self::new(Kind::NeverStarted, message)
    }

    /// The platform has no capacity for the task.
    pub fn no_capacity(message: impl Into<String>) -> Self {
        Self::new(Kind::NoCapacity, message)
    }

    /// The platform or its API failed.
    pub fn platform(message: impl Into<String>) -> Self {
        Self::new(Kind::Platform, message)
    }

    /// sortie itself failed.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Kind::Internal, message)
    }

    /// The same with advice: what to do next. An empty text adds nothing.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        if !hint.is_empty() {
            self.0.hints.push(hint);
        }
        self
    }

    /// The same, said about a thing: a place in a file (`sortie.toml:3`), a flag, a task.
    #[must_use]
    pub fn on(mut self, thing: &str) -> Self {
        self.0.on = Some(match self.0.on.take() {
            Some(inner) => format!("{thing}: {inner}"),
            None => thing.to_owned(),
        });
        self
    }

    /// The same, about the value of this setting. What it is said about is then the place where the value
    /// was set ([`Settings::place`](crate::settings::Settings::place)).
    #[must_use]
    pub fn about(mut self, key: &'static str) -> Self {
        self.0.setting = Some(key);
        self
    }

    /// The setting whose value it is about, where no place was said yet.
    pub fn setting(&self) -> Option<&'static str> {
        self.0.setting.filter(|_| self.0.on.is_none())
    }

    /// The same, caused by another error, whose text (and its causes') is shown after this one's.
    #[must_use]
    pub fn caused_by(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// The same as another kind of error.
    #[must_use]
    pub fn of_kind(mut self, kind: Kind) -> Self {
        self.0.kind = kind;
        self
    }

    /// The same with its message changed. What was known of the cause stays.
    #[must_use]
    pub fn reworded(mut self, reword: impl FnOnce(String) -> String) -> Self {
        self.0.message = reword(self.0.message);
        self
    }

    /// The same with this advice in place of what there was.
    #[must_use]
    pub fn hinted_anew(mut self, hints: impl IntoIterator<Item = String>) -> Self {
        self.0.hints = hints.into_iter().filter(|hint| !hint.is_empty()).collect();
        self
    }

    /// The same in other texts: what `change` makes of each. What was known of the cause is told in the
    /// message, and else lost.
    #[must_use]
    pub fn with_texts(&self, change: impl Fn(&str) -> String) -> Self {
        let hints = self.0.hints.iter().map(|hint| change(hint)).collect();
        let (on, message) = (self.0.on.as_deref().map(&change), change(&self.told()));
        Self(Box::new(Parts { on, message, hints, source: None, ..(*self.0).clone() }))
    }

    /// What and why, on one line.
    fn told(&self) -> String {
        let mut text = self.0.message.clone();
        let mut cause = self.source();
        while let Some(error) = cause {
            add_cause(&mut text, &error.to_string());
            cause = error.source();
        }
        text
    }

    /// Who can fix it.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The thing that it is about, if one was named.
    pub fn thing(&self) -> Option<&str> {
        self.0.on.as_deref()
    }

    /// Whether the user's input is wrong.
    pub fn is_usage(&self) -> bool {
        self.0.kind == Kind::Usage
    }

    /// What to do next, most useful first; each may be several lines.
    pub fn hints(&self) -> &[String] {
        &self.0.hints
    }

    /// All advice as one text; empty when nothing is known.
    pub fn advice(&self) -> String {
        self.0.hints.join("\n")
    }
}

impl fmt::Display for Error {
    /// On which thing, what, and why, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.on {
            Some(on) => write!(f, "{on}: {}", self.told()),
            None => f.write_str(&self.told()),
        }
    }
}

impl PartialEq for Error {
    /// Whether a person reads the same.
    fn eq(&self, other: &Self) -> bool {
        self.kind() == other.kind() && self.hints() == other.hints() && self.to_string() == other.to_string()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// An error's text with those of its causes, each said once: outer layers often repeat inner ones.
pub fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        add_cause(&mut text, &error.to_string());
        cause = error.source();
    }
    text
}

fn add_cause(text: &mut String, cause: &str) {
    if !cause.is_empty() && !text.contains(cause) {
        text.push_str(": ");
        text.push_str(cause);
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn an_error_says_on_what_what_and_why() {
        let error = Error::usage("cannot read it")
            .caused_by(io::Error::other("no such file"))
            .on("task.json")
            .on("--task-definition")
            .hint("check the path")
            .hint("");
        assert_eq!(error.to_string(), "--task-definition: task.json: cannot read it: no such file");
        assert_eq!((error.kind(), error.hints()), (Kind::Usage, &["check the path".to_owned()][..]));
        assert_eq!(error.source().expect("a cause").to_string(), "no such file");
    }

    #[test]
    fn a_cause_that_is_told_already_is_not_told_again() {
        let refused = || io::Error::other("connection refused");
        let error = Error::internal("connection refused by ECS").caused_by(refused());
        assert_eq!(error.to_string(), "connection refused by ECS");
        let outer = Error::internal("RunTask").caused_by(Error::platform("no answer").caused_by(refused()));
        assert_eq!(outer.to_string(), "RunTask: no answer: connection refused");
    }
}
