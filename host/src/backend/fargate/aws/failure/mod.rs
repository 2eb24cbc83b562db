//! A call that failed: what the SDK returned, read once ([`Failure`]), and what it means.
//!
//! - [`table`]: what the services' own words mean; the one place for that.
//! - [`transport`]: calls without an answer, or with one that makes no sense.
//! - [`credentials`]: credentials that could not be had.

pub(super) mod credentials;
mod table;
mod transport;

#[cfg(test)]
mod corpus;

use std::fmt;
use std::time::SystemTime;

use aws_sdk_ecs::error::ProvideErrorMetadata;
use aws_sdk_ecs::error::SdkError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use self::table::API_ERRORS;
pub(crate) use self::table::Class;
use self::table::RUN_TASK_FAILURES;
use self::table::classify;
use crate::error::Error;
use crate::error::Kind;

/// A call that failed.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    /// What it means.
    pub(crate) class: Class,
    /// The operation.
    pub(crate) operation: &'static str,
    /// The service's error code; empty when it never answered.
    pub(crate) code: Box<str>,
    /// The service's words, or what happened on the way.
    pub(crate) message: String,
    /// What a person can do; may be empty.
    pub(crate) hint: &'static str,
    /// The service may have done what it was asked: the request may have arrived, and no answer
    /// of the service says otherwise.
    pub(crate) ambiguous: bool,
    /// It stands in an answer's list of failures: the API itself worked.
    pub(crate) listed: bool,
    /// Nothing came back.
    pub(crate) unreached: bool,
    /// Where the call went, once it was on its way: host and port.
    pub(crate) route: Box<str>,
    /// When the service answered, by its own clock.
    pub(crate) answered_at: Option<SystemTime>,
    /// How often, and for how many seconds, the call has failed in a row; where that is known.
    pub(crate) tried: Option<(u32, u32)>,
}

impl Failure {
    /// A failure that is final, and of which nothing else is known.
    fn of(operation: &'static str, message: String) -> Self {
        Self {
            class: Class::Other,
            operation,
            code: Box::default(),
            message,
            hint: "",
            ambiguous: false,
            listed: false,
            unreached: false,
            route: Box::default(),
            answered_at: None,
            tried: None,
        }
    }

    /// Understands what the SDK returned.
    pub(crate) fn new<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let response = error.raw_response();
        let status = response.map(|response| response.status().as_u16());
        let metadata = error.as_service_error().map(ProvideErrorMetadata::meta);
        let code = metadata.and_then(|metadata| metadata.code()).unwrap_or_default();
        let message = metadata.and_then(|metadata| metadata.message()).unwrap_or_default();
        let failure = if code.is_empty() {
            transport::understand(operation, error, status)
        } else {
            let (mut class, hint) = classify(API_ERRORS, operation, code, message);
            let broken = status.is_some_and(|status| status >= 500);
            if class == Class::Other && broken {
                class = Class::Transient;
            }
            let code = code.into();
            Self { class, code, hint, ambiguous: broken, ..Self::of(operation, message.to_owned()) }
        };
        let date = response.and_then(|response| response.headers().get("date"));
        Self { answered_at: date.and_then(http_date), ..failure }
    }

    /// A call to which nothing came back.
    pub(crate) fn unreached(operation: &'static str, why: &str) -> Self {
        let failure = Self::of(operation, why.to_owned());
        Self { class: Class::Transient, ambiguous: true, unreached: true, ..failure }
    }

    /// A failure that an answer holds in its `failures` list.
    pub(crate) fn of_run_task(reason: &str, detail: &str) -> Self {
        let message = if detail.is_empty() { reason.to_owned() } else { format!("{reason}: {detail}") };
        let (class, hint) = classify(RUN_TASK_FAILURES, "RunTask", reason, &message);
        Self { class, hint, listed: true, ..Self::of("RunTask", message) }
    }

    /// An answer of the service that was taken for a success, and whose body is not what it should be.
    pub(crate) fn unreadable(operation: &'static str, why: &str) -> Self {
        let failure = Self::of(operation, format!("the answer could not be read: {why}"));
        Self { class: Class::Unreadable, ambiguous: true, ..failure }
    }

    /// Whether the same call may be made again at once.
    pub(crate) fn is_retryable(&self) -> bool {
        matches!(self.class, Class::Throttled | Class::Transient | Class::Unreadable | Class::Clock)
    }

    /// The same, when it came again though the clock was corrected.
    pub(crate) fn not_by_the_clock(self) -> Self {
        Self { class: Class::Denied, ..self }
    }

    /// The failure as the back end's error. `about` is the thing it happened on.
    pub(crate) fn error(&self, about: &str) -> Error {
        let kind = match self.class {
            Class::Invalid | Class::Missing => Kind::Usage,
            Class::Capacity => Kind::NoCapacity,
            _ => Kind::Platform,
        };
        Error::new(kind, format!("{} {about}: {self}", self.operation)).hint(self.hint)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.unreached, self.route.is_empty()) {
            (true, false) => write!(f, "{} does not answer: ", self.route)?,
            (false, false) if self.code.is_empty() && !self.listed => write!(f, "{}: ", self.route)?,
            _ => {}
        }
        match (self.code.is_empty(), self.message.is_empty()) {
            (true, _) => f.write_str(&self.message)?,
            (false, true) => f.write_str(&self.code)?,
            (false, false) => write!(f, "{} ({})", self.message, self.code)?,
        }
        match self.tried {
            Some((times, since)) if times > 1 => write!(f, "; tried {times} times in {since} s"),
            _ => Ok(()),
        }
    }
}

/// The time of a `Date` header. Source: RFC 9110, 5.6.7, the one format that is still sent.
fn http_date(text: &str) -> Option<SystemTime> {
    let date = time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc2822);
    date.ok().map(SystemTime::from)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_date_of_an_answer_is_read() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(at));
        assert_eq!(http_date("soon"), None);
    }
}
