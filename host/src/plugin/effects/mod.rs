//! What a plugin may do beyond answering, one file for each effect. Each is checked against the
//! plugin's grants and limits when it is asked for.
//!
//! - [`command`]: lines on the CI system's command channel.
//! - [`file`]: appending to files that were granted by name, and replacing them.
//! - [`http`]: requests to URLs that were granted.

mod command;
mod file;
mod http;

use std::fmt;
use std::time::Duration;
use std::time::Instant;

use super::runtime::limits::Limits;
use super::runtime::text::clean;
use super::trust::grant::GrantSet;

pub(crate) use http::HttpRequest;
pub(crate) use http::HttpResponse;

/// The effects of one instance so far.
#[derive(Default)]
pub(crate) struct Effects {
    commands: command::Commands,
    files: file::Files,
    http: http::Http,
    /// Time that calls took which wait for others, since it was last asked for.
    host_time: Duration,
}

/// An effect that was not had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EffectError {
    /// Why, for a program.
    pub(crate) code: EffectCode,
    /// What was tried and why it failed, for a person: "append to `summary` (out/x.md): no such
    /// directory". Safe to print; the guest sees it too, so it holds nothing that the guest may not know.
    pub(crate) message: String,
}

/// Why an effect was not had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EffectCode {
    /// It is not granted.
    Denied,
    /// It, or what came of it, is beyond a limit.
    TooLarge,
    /// It is malformed.
    Invalid,
    /// The outer world failed.
    Io,
    /// It took too long.
    Timeout,
    /// It is nothing that the host can do.
    Unsupported,
}

impl EffectCode {
    /// The word for it, as guests know it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::TooLarge => "too-large",
            Self::Invalid => "invalid",
            Self::Io => "io",
            Self::Timeout => "timeout",
            Self::Unsupported => "unsupported",
        }
    }
}

impl EffectError {
    /// `tried` and `reason` as in [`message`](Self::message).
    pub(super) fn new(code: EffectCode, tried: &str, reason: impl fmt::Display) -> Self {
        Self { code, message: clean(&format!("{tried}: {reason}"), MESSAGE_CHARS) }
    }
}

impl fmt::Display for EffectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Characters of an error's message; the rest is cut.
const MESSAGE_CHARS: usize = 500;

impl Effects {
    /// Keeps a command line until the report is over.
    pub(crate) fn command(
        &mut self,
        grants: &GrantSet,
        limits: &Limits,
        line: String,
    ) -> Result<(), EffectError> {
        self.commands.add(grants, limits, line)
    }

    /// Command lines since the last time.
    pub(crate) fn take_commands(&mut self) -> Vec<String> {
        self.commands.take()
    }

    /// Appends to a granted file at once; `file` is the plugin's name for it.
    pub(crate) fn append(
        &mut self,
        grants: &GrantSet,
        limits: &Limits,
        file: String,
        bytes: &[u8],
    ) -> Result<(), EffectError> {
        self.files.append(grants, limits, file, bytes)
    }

    /// Replaces a granted file at once; `file` is the plugin's name for it.
    pub(crate) fn write(
        &mut self,
        grants: &GrantSet,
        limits: &Limits,
        file: &str,
        bytes: &[u8],
    ) -> Result<(), EffectError> {
        self.files.write(grants, limits, file, bytes)
    }

    /// What the plugin is called, for the servers that it sends requests to.
    pub(crate) fn set_plugin(&mut self, name: &str) {
        self.http.set_plugin(name);
    }

    /// Sends an HTTP request and waits for the answer, which takes at most as long as the limits say.
    /// To be called on a thread that may block, as all calls of plugins are.
    pub(crate) fn http(
        &mut self,
        grants: &GrantSet,
        limits: &Limits,
        request: HttpRequest,
    ) -> Result<HttpResponse, EffectError> {
        let began = Instant::now();
        let answer = self.http.send(grants, limits, request);
        self.host_time += began.elapsed();
        answer
    }

    /// How long the plugin has waited for others since the last time, which is none of its own time.
    pub(crate) fn take_host_time(&mut self) -> Duration {
        std::mem::take(&mut self.host_time)
    }
}
