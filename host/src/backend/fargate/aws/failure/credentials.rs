//! Credentials that could not be had.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;

use super::Class;
use super::Failure;
use super::transport::causes;
use super::transport::innermost;

/// What to do when AWS does not know who is calling.
pub(in crate::backend::fargate) const CREDENTIALS_HINT: &str = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the CI job a role \
     (web identity or container credentials)";

/// What to do when AWS knew once who is calling.
pub(in crate::backend::fargate) const RENEW_HINT: &str = "get new ones: aws sso login, assume the role again, or run the CI step again that issues them; a role for as \
     long as the job lasts (its maximum session duration) does not end in the middle";

/// Understands why no credentials were loaded.
pub(super) fn understand(operation: &'static str, error: &CredentialsError) -> Failure {
    let failed = |class, hint, message: String| Failure { class, hint, ..Failure::of(operation, message) };
    match error {
        // Its source lists all places where none were.
        CredentialsError::CredentialsNotLoaded(_) => {
            failed(Class::Denied, CREDENTIALS_HINT, "no AWS credentials were found".to_owned())
        }
        CredentialsError::ProviderTimedOut(_) => failed(
            Class::Transient,
            CREDENTIALS_HINT,
            "no AWS credentials were given in time by whoever gives them here".to_owned(),
        ),
        error => {
            let why = innermost(error);
            let message = format!("no AWS credentials could be loaded: {why}");
            match () {
                () if is_expired(&why) => failed(Class::Denied, RENEW_HINT, message),
                () if may_pass(error) => failed(Class::Transient, CREDENTIALS_HINT, message),
                () => failed(Class::Denied, CREDENTIALS_HINT, message),
            }
        }
    }
}

/// The words of SSO, STS and the SDK for a session that has ended.
fn is_expired(text: &str) -> bool {
    let text = text.to_lowercase();
    ["expired", "session token not found or invalid", "token is invalid or", "aws sso login"]
        .iter()
        .any(|word| text.contains(word))
}

/// Whoever gives credentials was asked and not reached: the next time may be better. One that refuses, or
/// is not there, does not change.
fn may_pass(error: &(dyn StdError + 'static)) -> bool {
    const UNREACHABLE: [&str; 4] = ["dispatch failure", "timed out", "timeout", "throttl"];
    causes(error).any(|cause| {
        let text = cause.to_string().to_lowercase();
        UNREACHABLE.iter().any(|word| text.contains(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_none_were_found_is_not_listed() {
        let places = "no providers in chain provided credentials: Environment: x, Profile: y, IMDS: z";
        let failure = understand("RunTask", &CredentialsError::not_loaded(places));
        assert_eq!(failure.message, "no AWS credentials were found");
        assert!(!failure.is_retryable() && failure.hint.contains("AWS_PROFILE"));
    }

    #[test]
    fn a_session_that_has_ended_is_to_be_renewed_and_an_endpoint_asked_again() {
        for (error, retryable, hint) in [
            ("the SSO session has expired", false, "aws sso login"),
            (
                "ExpiredTokenException: Token expired: current date/time must be before",
                false,
                "aws sso login",
            ),
            ("dispatch failure", true, "AWS_PROFILE"),
            ("Not authorized to perform sts:AssumeRoleWithWebIdentity", false, "AWS_PROFILE"),
        ] {
            let failure = understand("RunTask", &CredentialsError::provider_error(error));
            assert_eq!(failure.is_retryable(), retryable, "{error}");
            assert!(
                failure.hint.contains(hint) && failure.message.contains(error),
                "{error}: {}",
                failure.hint
            );
        }
    }
}
