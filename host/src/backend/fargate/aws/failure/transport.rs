//! A call that led to no error which the service wrote: the connection failed, or the answer made no sense.
//!
//! The SDK's outer layers say only "dispatch failure"; what matters stands below, and is found by its type
//! where that is public.

use std::error::Error as StdError;
use std::iter::successors;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_ecs::error::SdkError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::Class;
use super::Failure;
use super::credentials;

/// What to do when nobody answers.
const NETWORK_HINT: &str =
    "check the network, proxies (HTTPS_PROXY, NO_PROXY), VPC endpoints, and AWS_ENDPOINT_URL if it is set";

/// What to do about a certificate.
const CERTIFICATE_HINT: &str = "a certificate that this machine does not know, such as a company proxy's, is named with AWS_CA_BUNDLE or \
     SSL_CERT_FILE (a PEM file); check AWS_ENDPOINT_URL and HTTPS_PROXY if they are set";

/// What to do when TLS meets something else.
const NO_TLS_HINT: &str =
    "write http:// in AWS_ENDPOINT_URL if that is what listens there, or give the port that speaks TLS";

/// What to do when a proxy asks for a password.
const PROXY_HINT: &str = "give user and password in the proxy's address, HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT, or except the host with \
     NO_PROXY";

/// The words of hyper-util's tunnel, whose type is private, for a proxy that answers 407.
const PROXY_ASKS: &str = "proxy authorization required";

/// Understands an error without a service's code. `status` is that of the answer, if one came.
pub(super) fn understand<E>(
    operation: &'static str,
    error: &SdkError<E, HttpResponse>,
    status: Option<u16>,
) -> Failure
where
    E: StdError + 'static,
{
    let failed = |class, hint, ambiguous, message: String| Failure {
        class,
        hint,
        ambiguous,
        ..Failure::of(operation, message)
    };
    match (error, status) {
        (SdkError::ServiceError(_) | SdkError::ResponseError(_), Some(status)) => match status {
            407 => failed(
                Class::Other,
                PROXY_HINT,
                false,
                "a proxy wants to know who asks (HTTP status 407)".to_owned(),
            ),
            429 => failed(Class::Throttled, "", false, "HTTP status 429".to_owned()),
            // A success whose body came whole and makes no sense: the call has worked.
            ..300 if has_body(error) => Failure::unreadable(operation, &innermost(error)),
            // The body broke off, whatever the status line before it said.
            ..300 => failed(Class::Transient, "", true, "the answer broke off".to_owned()),
            _ if matches!(error, SdkError::ResponseError(_)) && !has_body(error) => {
                failed(Class::Transient, "", true, "the answer broke off".to_owned())
            }
            500.. => failed(Class::Transient, "", true, format!("HTTP status {status}")),
            // A proxy, a captive portal, something that is not AWS.
            _ => failed(
                Class::Other,
                NETWORK_HINT,
                false,
                format!("HTTP status {status}, without a word of AWS"),
            ),
        },
        _ => match causes(error).find_map(|cause| cause.downcast_ref::<CredentialsError>()) {
            Some(credentials) => credentials::understand(operation, credentials),
            None => unsent(operation, error),
        },
    }
}

/// Nothing came back.
fn unsent<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: StdError + 'static,
{
    let unreached = |message: &str| Failure { hint: NETWORK_HINT, ..Failure::unreached(operation, message) };
    let refused = |hint, message: String| Failure { hint, ..Failure::of(operation, message) };
    if let Some(error) = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        return match error {
            rustls::Error::InvalidCertificate(why) => {
                refused(CERTIFICATE_HINT, format!("its certificate is not trusted: {why:?}"))
            }
            rustls::Error::InvalidMessage(_) => {
                refused(NO_TLS_HINT, "it does not speak TLS, and the address says https".to_owned())
            }
            // Neither side changes its mind by being asked again.
            error => refused(CERTIFICATE_HINT, format!("no TLS connection: {error}")),
        };
    }
    let text = innermost(error);
    match error {
        SdkError::TimeoutError(_) => unreached("no answer within 30 s"),
        SdkError::DispatchFailure(_) if text.contains(PROXY_ASKS) => {
            refused(PROXY_HINT, "the proxy wants to know who asks (HTTP status 407)".to_owned())
        }
        // The request could not be made: it will not be better the next time.
        SdkError::DispatchFailure(failure) if failure.is_user() => refused("", text),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => unreached("no connection within 5 s"),
        SdkError::DispatchFailure(_) => unreached(&text),
        _ => Failure::of(operation, text),
    }
}

/// Whether the answer's body came whole.
fn has_body<E>(error: &SdkError<E, HttpResponse>) -> bool {
    error.raw_response().is_some_and(|response| response.body().bytes().is_some())
}

/// An error and its causes. What an error of input and output holds is not its source.
pub(super) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    successors(Some(error), |&error| {
        let within = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        within.map(|within| within as &(dyn StdError + 'static)).or_else(|| error.source())
    })
}

/// The last cause of an error.
pub(super) fn innermost(error: &(dyn StdError + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}
