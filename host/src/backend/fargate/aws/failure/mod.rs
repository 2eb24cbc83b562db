//! A call that failed: what the SDK returned, read once ([`Failure`]), and what it means
//! ([`table`], the one place for that).

mod table;

use std::fmt;

use aws_sdk_ecs::error::DisplayErrorContext;
use aws_sdk_ecs::error::ProvideErrorMetadata;
use aws_sdk_ecs::error::SdkError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use self::table::API_ERRORS;
pub(crate) use self::table::Class;
use self::table::RUN_TASK_FAILURES;
use self::table::classify;
use super::clients::CREDENTIALS_HINT;
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
    pub(crate) code: String,
    /// The service's words, or what happened on the way.
    pub(crate) message: String,
    /// What a person can do; may be empty.
    pub(crate) hint: &'static str,
    /// The service may have done what it was asked: the request may have arrived, and no answer
    /// of the service says otherwise.
    pub(crate) ambiguous: bool,
    /// It stands in an answer's list of failures: the API itself worked.
    pub(crate) listed: bool,
}

impl Failure {
    /// Understands what the SDK returned.
    pub(crate) fn new<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let metadata = error.as_service_error().map(ProvideErrorMetadata::meta);
        let code = metadata.and_then(|metadata| metadata.code()).unwrap_or_default();
        let message = metadata.and_then(|metadata| metadata.message()).unwrap_or_default();
        if !code.is_empty() {
            let (mut class, hint) = classify(API_ERRORS, code, message);
            let broken = status.is_some_and(|status| status >= 500);
            if class == Class::Other && broken {
                class = Class::Transient;
            }
            return Self {
                class,
                operation,
                code: code.to_owned(),
                message: message.to_owned(),
                hint,
                ambiguous: broken,
                listed: false,
            };
        }
        // No error that the service wrote: a broken answer, a connection that failed, a time limit.
        let text = DisplayErrorContext(error).to_string();
        let failed = |class, hint, ambiguous, message: String| Self {
            class,
            operation,
            code: String::new(),
            message,
            hint,
            ambiguous,
            listed: false,
        };
        match error {
            SdkError::ServiceError(_) | SdkError::ResponseError(_) => match status {
                Some(429) => failed(Class::Throttled, "", false, "HTTP status 429".to_owned()),
                // A success whose body came whole and makes no sense: the call has worked.
                Some(status) if status < 300 && has_body(error) => {
                    Self::unreadable(operation, &innermost(error))
                }
                // The body broke off, whatever the status line before it said.
                Some(status) if status < 300 || matches!(error, SdkError::ResponseError(_)) => {
                    failed(Class::Transient, "", true, "the answer could not be read".to_owned())
                }
                Some(status) if status >= 500 => {
                    failed(Class::Transient, "", true, format!("HTTP status {status}"))
                }
                Some(status) => failed(Class::Other, "", false, format!("HTTP status {status}")),
                None => failed(Class::Other, "", true, text),
            },
            _ if mentions_credentials(&text) => failed(
                if refresh_may_pass(error) { Class::Transient } else { Class::Denied },
                CREDENTIALS_HINT,
                false,
                format!("no AWS credentials could be loaded: {}", innermost(error)),
            ),
            SdkError::TimeoutError(_) => {
                failed(Class::Transient, "", true, "no answer within the time limit".to_owned())
            }
            SdkError::DispatchFailure(_) if let Some(why) = refused_certificate(error) => {
                failed(Class::Other, CERTIFICATE_HINT, false, why)
            }
            SdkError::DispatchFailure(_) => failed(
                Class::Transient,
                "check the network, proxies, VPC endpoints, and AWS_ENDPOINT_URL if it is set",
                true,
                innermost(error),
            ),
            _ => failed(Class::Other, "", false, innermost(error)),
        }
    }

    /// A failure that an answer holds in its `failures` list.
    pub(crate) fn of_run_task(reason: &str, detail: &str) -> Self {
        let message = if detail.is_empty() { reason.to_owned() } else { format!("{reason}: {detail}") };
        let (class, hint) = classify(RUN_TASK_FAILURES, reason, &message);
        Self {
            class,
            operation: "RunTask",
            code: String::new(),
            message,
            hint,
            ambiguous: false,
            listed: true,
        }
    }

    /// An answer of the service that was taken for a success, and whose body is not what it should be.
    pub(crate) fn unreadable(operation: &'static str, why: &str) -> Self {
        Self {
            class: Class::Unreadable,
            operation,
            code: String::new(),
            message: format!("the answer could not be read: {why}"),
            hint: "",
            ambiguous: true,
            listed: false,
        }
    }

    /// Whether the same call may be made again at once.
    pub(crate) fn is_retryable(&self) -> bool {
        matches!(self.class, Class::Throttled | Class::Transient | Class::Unreadable)
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
        match (self.code.is_empty(), self.message.is_empty()) {
            (true, _) => f.write_str(&self.message),
            (false, true) => f.write_str(&self.code),
            (false, false) => write!(f, "{} ({})", self.message, self.code),
        }
    }
}

/// Whether the answer's body came whole.
fn has_body<E>(error: &SdkError<E, HttpResponse>) -> bool {
    error.raw_response().is_some_and(|response| response.body().bytes().is_some())
}

/// Whether credentials may load the next time. A provider that was asked and not reached may answer
/// then; one that is absent never will. Only causes below the provider's own error count, since
/// the outermost one is a "dispatch failure" in any case.
fn refresh_may_pass(error: &dyn std::error::Error) -> bool {
    let mut below = false;
    let mut cause = Some(error);
    while let Some(error) = cause {
        let text = error.to_string().to_lowercase();
        let unreachable = ["dispatch failure", "timed out", "timeout", "throttl"];
        if text.contains("credentials provider timed out")
            || below && unreachable.iter().any(|word| text.contains(word))
        {
            return true;
        }
        below |= text.contains("loading credentials");
        cause = error.source();
    }
    false
}

/// The SDK reports missing credentials as a failure to construct or to send the request, and
/// keeps the type of the cause private.
fn mentions_credentials(text: &str) -> bool {
    let text = text.to_lowercase();
    text.contains("credential") || text.contains("no providers in chain")
}

/// Why the other side's certificate was not taken, if that is what the connection failed for. It will not
/// be taken the next time either.
fn refused_certificate(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    causes.find_map(|cause| {
        // An error within an error of input and output is not its source.
        let within = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let tls = within.and_then(|within| within.downcast_ref::<rustls::Error>()).or(cause.downcast_ref());
        tls.filter(|error| matches!(error, rustls::Error::InvalidCertificate(_))).map(ToString::to_string)
    })
}

/// What to do about a certificate.
const CERTIFICATE_HINT: &str = "check AWS_ENDPOINT_URL and HTTPS_PROXY if they are set; a certificate that this machine does not \
     know, such as a proxy's, is named with SSL_CERT_FILE";

/// The last cause of an error: the SDK's outer layers say only "dispatch failure".
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
