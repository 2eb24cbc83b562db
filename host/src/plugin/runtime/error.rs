//! What went wrong with a plugin, in words for a person.

use std::fmt;
use std::time::Duration;

use wasmtime::Trap;

use super::text::clean;
use super::words::Message;

/// A plugin could not be loaded, or failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginError {
    /// Name and version (`redact 0.1.0`), or what the user called it as long as that is all
    /// that is known.
    pub plugin: String,
    /// What it was asked: `load`, `describe`, `configure`, `process`, …
    pub during: &'static str,
    /// How it failed.
    pub failure: Failure,
    /// What to do next; empty when nothing is known. May be several lines.
    pub hint: String,
    /// What the plugin itself said.
    pub said: Box<Said>,
}

/// What a plugin said in the call in which it failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// What explains its end; empty when it said nothing. A filter's may quote log lines.
    pub last_words: String,
    /// Its messages; of a filter none that may quote log lines.
    pub messages: Vec<Message>,
}

/// How a plugin failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// There is no such plugin, or it cannot be read or compiled.
    NotLoaded(String),
    /// It was made for another version of the interface, or for none.
    Misfit(String),
    /// Its configuration has errors.
    Configuration(Vec<String>),
    /// The user's grants do not fit it.
    Grants(String),
    /// It crashed; the reason.
    Trap(String),
    /// It took longer than this and was stopped.
    Timeout(Duration),
    /// It wanted more of something than its limit; what and how much.
    Limit(String),
    /// This process may not reserve the address space that its sandbox takes.
    AddressSpace,
    /// It answered something that the protocol does not allow.
    Protocol(String),
    /// It said itself that it failed; its own words, safe to print. A filter's may quote log lines.
    Said(String),
    /// It has failed before, and is not asked again.
    FailedBefore,
    /// A bug in sortie or in wasmtime.
    Internal(String),
}

impl PluginError {
    pub(crate) fn new(plugin: impl Into<String>, during: &'static str, failure: Failure) -> Self {
        Self { plugin: plugin.into(), during, failure, hint: String::new(), said: Box::default() }
    }

    pub(crate) fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Whether the user's input is at fault (exit code 2) and not the plugin (exit code 120).
    pub fn is_usage(&self) -> bool {
        use Failure::Configuration;
        use Failure::Grants;
        use Failure::Misfit;
        use Failure::NotLoaded;
        matches!(self.failure, NotLoaded(_) | Misfit(_) | Configuration(_) | Grants(_))
    }
}

impl fmt::Display for PluginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "plugin {}: ", self.plugin)?;
        if !self.is_usage() {
            write!(f, "{}: ", self.during)?;
        }
        write!(f, "{}", self.failure)
    }
}

impl std::error::Error for PluginError {}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLoaded(reason) | Self::Misfit(reason) | Self::Grants(reason) => f.write_str(reason),
            Self::Configuration(findings) => {
                write!(f, "its configuration is not valid: {}", findings.join("; "))
            }
            Self::Trap(reason) => write!(f, "it crashed: {reason}"),
            Self::Timeout(limit) => {
                write!(f, "it took longer than {} and was stopped", humantime::format_duration(*limit))
            }
            Self::Limit(what) => write!(f, "it exceeded a limit: {what}"),
            Self::AddressSpace => f.write_str(
                "this process may not reserve the 4 GiB of address space that a plugin's sandbox takes",
            ),
            Self::Protocol(what) => write!(f, "it answered out of protocol: {what}"),
            Self::Said(words) => write!(f, "it failed: {words}"),
            Self::FailedBefore => f.write_str("it has failed before and is not asked again"),
            Self::Internal(reason) => write!(f, "internal error: {reason}"),
        }
    }
}

/// A limit was hit inside a call; host functions and the resource limiter raise it as a trap.
#[derive(Debug, Clone)]
pub(crate) struct LimitHit(pub(crate) String);

impl fmt::Display for LimitHit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LimitHit {}

/// What wasmtime's error says about the guest. `time` is the limit of the call that failed.
pub(crate) fn failure_of(error: &wasmtime::Error, time: Duration, bytes: usize) -> Failure {
    if let Some(hit) = error.downcast_ref::<LimitHit>() {
        return Failure::Limit(hit.0.clone());
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => return Failure::Timeout(time),
        Some(Trap::StackOverflow) => return Failure::Limit("its stack (it recursed too deeply)".to_owned()),
        Some(Trap::UnreachableCodeReached) => return Failure::Trap("it panicked or aborted".to_owned()),
        Some(trap) => return Failure::Trap(trap.to_string()),
        None => {}
    }
    let text = format!("{error:#}");
    // Two errors of wasmtime's have no type: this one, and `HostcallFuelExhausted`.
    if text.contains("mmap failed to reserve") {
        return Failure::AddressSpace;
    }
    if text.contains("fuel allocated for hostcalls has been exhausted") {
        return Failure::Limit(format!("{bytes} bytes handed over in one call"));
    }
    Failure::Trap(clean(&text, 300))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_which_plugin_what_it_did_and_how_it_failed() {
        let error = PluginError::new("redact 0.1.0", "process", Failure::Timeout(Duration::from_millis(500)));
        assert_eq!(
            error.to_string(),
            "plugin redact 0.1.0: process: it took longer than 500ms and was stopped"
        );
    }

    #[test]
    fn an_interrupt_is_a_timeout_whatever_wraps_it() {
        let error = wasmtime::Error::from(Trap::Interrupt).context("while calling");
        assert_eq!(failure_of(&error, Duration::from_secs(1), 1), Failure::Timeout(Duration::from_secs(1)));
    }
}
