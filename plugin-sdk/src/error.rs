//! Why something did not work.

use std::fmt;

/// Why something did not work: what the host answers to what a plugin tries, and what a plugin answers to
/// what it is asked.
///
/// A text is one, with the code `failed`, so `?` and `.into()` do for most plugins:
///
/// ```
/// use sortie_plugin_sdk::Error;
///
/// fn number(text: &str) -> Result<u32, Error> {
///     Ok(text.parse().map_err(|_| format!("{text:?} is no number"))?)
/// }
/// assert_eq!(number("x").unwrap_err(), Error::failed("\"x\" is no number"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Error {
    /// One of any code. The message is for a person: on what, and why.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }

    /// It did not work.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new("failed", message)
    }

    /// A transform's answer: the task must not run, and why.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::new("refused", reason)
    }

    /// In one word. The host's: `denied`, `too-large`, `invalid`, `unsupported`, `io`, `timeout`; a
    /// plugin's: `refused`, `failed` or its own. The set may grow.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// For a person: on what, and why.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether what was tried is not granted. A plugin should survive that where it can.
    pub fn is_denied(&self) -> bool {
        self.code == "denied"
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.message.is_empty() { &self.code } else { &self.message })
    }
}

impl std::error::Error for Error {}

impl From<String> for Error {
    fn from(message: String) -> Self {
        Self::failed(message)
    }
}

impl From<&str> for Error {
    fn from(message: &str) -> Self {
        Self::failed(message)
    }
}
