//! What a reporter may do.

use std::time::Duration;

use crate::Error;
use crate::Pair;

/// What a reporter may do, each only when [`crate::About::needs`] lists it and the user granted it. An effect
/// that fails is also told to the user, once for each kind.
pub trait Effects {
    /// Writes one line to the CI system's command channel, between log lines, in the place of the event that
    /// is being reported. No control characters but those that GitLab's sections need: carriage return, and
    /// escape sequences for colour (`ESC [ … m`) and for erasing the line (`ESC [ … K`).
    ///
    /// # Errors
    /// `denied`, `too-large` (beyond the host's limit), `invalid` (not one line).
    fn command(&mut self, line: &str) -> Result<(), Error>;

    /// Appends to the file granted under this name, creating it if need be.
    ///
    /// # Errors
    /// `denied`, `too-large`, `io`.
    fn append(&mut self, file: &str, bytes: &[u8]) -> Result<(), Error>;

    /// Replaces the file granted under this name by these bytes, at once: whoever reads it sees the old one
    /// or the new one. For formats that are one document (JUnit, JSON).
    ///
    /// # Errors
    /// `denied`, `too-large`, `io`.
    fn write(&mut self, file: &str, bytes: &[u8]) -> Result<(), Error>;

    /// Sends an HTTP request and waits for the answer; any status is an answer. It goes only where a grant
    /// lets it go: same method, scheme, host and port, and a path below the granted one.
    ///
    /// # Errors
    /// `denied`, `invalid`, `too-large`, `io`, `timeout`.
    fn http(&mut self, request: &HttpRequest) -> Result<HttpResponse, Error>;
}

/// An HTTP request, which the host sends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpRequest {
    /// `GET`, `HEAD`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    /// `https://…` or `http://…`; or `$NAME`, the address in that variable, which the user granted as
    /// `http:METHOD:$NAME` and keeps to himself; or `$NAME/PATH`, granted in the same way, the address that
    /// has this path behind it.
    pub url: String,
    /// Names and values. The host adds those that a grant holds; the plugin never sees them.
    pub headers: Vec<Pair>,
    /// What is sent.
    pub body: Vec<u8>,
    /// Milliseconds for all of it, at most 10,000; 0 is that.
    pub timeout_ms: u32,
}

impl HttpRequest {
    /// A request without a body.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self { method: method.into(), url: url.into(), ..Self::default() }
    }

    /// `GET`.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    /// `POST`.
    pub fn post(url: impl Into<String>) -> Self {
        Self::new("POST", url)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push(Pair::new(name, value));
        self
    }

    /// What is sent.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// What is sent, as JSON: the text of `value`, with the header that says so.
    #[must_use]
    pub fn json(self, value: &serde_json::Value) -> Self {
        self.header("content-type", "application/json").body(value.to_string())
    }

    /// Time for all of it; the host knows a longest one (10 s).
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout_ms = crate::milliseconds(timeout);
        self
    }
}

/// The answer to a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpResponse {
    /// 200 and its like.
    pub status: u16,
    /// Some of them: what describes the content, and limits of rate.
    pub headers: Vec<Pair>,
    /// What was received.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// An answer of this status.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    /// Whether the status is one of success (2xx).
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        header.map(|header| header.value.as_str())
    }
}
