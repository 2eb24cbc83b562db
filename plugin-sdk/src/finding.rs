//! What a person should know of a configuration, a task or a log.

use crate::Error;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Severity {
    /// The run does not start.
    Error,
    /// Something is probably not as meant.
    Warning,
    /// Good to know.
    Note,
}

/// Something that a person should know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// JSON pointer (RFC 6901) into the configuration; empty when it is about no part of it.
    pub path: String,
    /// One line for a person. Never the value of a secret.
    pub message: String,
}

impl Finding {
    /// An error at `path`.
    pub fn error(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, path: path.into(), message: message.into() }
    }

    /// A warning at `path`.
    pub fn warning(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, path: path.into(), message: message.into() }
    }

    /// A note at `path`.
    pub fn note(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Note, path: path.into(), message: message.into() }
    }
}

/// An error about no part of the configuration, so that `?` does where a variable cannot be read.
impl From<Error> for Finding {
    fn from(error: Error) -> Self {
        Self::error("", error.to_string())
    }
}
