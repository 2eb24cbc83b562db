//! Credentials, looked at before the SDK signs with them.
//!
//! A key that was pasted with a line break at its end, as happens with secrets of CI systems, cannot be put
//! into a header: the SDK panics at it, or signs what no server accepts, and says neither which value nor why.

use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future;

/// Credentials of another provider, refused where they cannot be anybody's.
#[derive(Debug)]
pub(super) struct Checked(pub(super) SharedCredentialsProvider);

impl ProvideCredentials for Checked {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            let credentials = self.0.provide_credentials().await?;
            check(&credentials).map_err(CredentialsError::invalid_configuration)?;
            Ok(credentials)
        })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.0.fallback_on_interrupt()
    }
}

/// Says which part is wrong and how, and nothing of its value.
fn check(credentials: &Credentials) -> Result<(), String> {
    let parts = [
        ("access key id", "AWS_ACCESS_KEY_ID", Some(credentials.access_key_id())),
        ("secret access key", "AWS_SECRET_ACCESS_KEY", Some(credentials.secret_access_key())),
        ("session token", "AWS_SESSION_TOKEN", credentials.session_token()),
    ];
    for (part, variable, value) in parts {
        let Some(value) = value else { continue };
        let problem = match value {
            "" => "is empty",
            _ if value.contains(['\n', '\r']) => "has a line break in it",
            _ if value.contains(char::is_whitespace) => "has a blank in it",
            _ if !value.chars().all(|c| c.is_ascii_graphic()) => "has a character in it that no key has",
            _ => continue,
        };
        let place = format!("{variable}, or the profile's {}", variable.to_lowercase());
        return Err(format!("the {part} {problem}: set it again without ({place})"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(id: &str, secret: &str, token: Option<&str>) -> Result<(), String> {
        check(&Credentials::new(id, secret, token.map(str::to_owned), None, "test"))
    }

    #[test]
    fn what_can_be_no_key_is_named_and_not_shown() {
        assert_eq!(checked("AKIAIOSFODNN7EXAMPLE", "wJalr/+=", Some("t/+=")), Ok(()));
        assert_eq!(checked("AKIAIOSFODNN7EXAMPLE", "wJalr/+=", None), Ok(()));
        for (id, secret, token, why) in [
            ("AKIAX\n", "s", None, "the access key id has a line break in it"),
            ("AKIAX", "hunter2\r\n", None, "the secret access key has a line break in it"),
            ("AKIAX", "s", Some("hunter2\nx"), "the session token has a line break in it"),
            (" AKIAX", "s", None, "the access key id has a blank in it"),
            ("AKIAX", "hunter2\u{7}", None, "the secret access key has a character in it that no key has"),
            ("AKIAX", "“hunter2”", None, "the secret access key has a character in it that no key has"),
            ("AKIAX", "", None, "the secret access key is empty"),
        ] {
            let error = checked(id, secret, token).expect_err(why);
            assert!(error.starts_with(why) && error.contains("AWS_"), "{error}");
            assert!(!error.contains("hunter2") && !error.contains("AKIAX"), "{error}");
        }
    }
}
