//! Credentials, looked at before the SDK signs with them.
//!
//! A key that was pasted with a line break at its end, as happens with secrets of CI systems, cannot be put
//! into a header: the SDK panics at it, or signs what no server accepts, and says neither which value nor why.
//! A profile that does not exist and half a pair of keys it steps over, and takes the next identity that it
//! finds: this may be somebody else's. The AWS CLI refuses both, and so does sortie.

use aws_config::profile;
use aws_config::profile::ProfileSet;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future;
use aws_types::os_shim_internal::Env;
use aws_types::os_shim_internal::Fs;

use crate::environment::Environment;
use crate::error::Error;
use crate::nearest::nearest;
use crate::settings::quantity::quoted;

/// Max profiles that a hint names.
const MAX_PROFILES_SHOWN: usize = 10;

/// Refuses variables that name credentials which are not there.
pub(super) async fn check_environment(environment: &Environment) -> Result<(), Error> {
    check_pair(environment)?;
    let Some(name) = environment.var("AWS_PROFILE") else { return Ok(()) };
    // Files that cannot be read or parsed the SDK tells of itself.
    match profile::load(&Fs::real(), &Env::real(), &Default::default(), None).await {
        Ok(profiles) => check_profile(&name, &profiles),
        Err(_) => Ok(()),
    }
}

/// An access key is an id and a secret.
fn check_pair(environment: &Environment) -> Result<(), Error> {
    // The SDK takes what is blank for not set, and both names of the secret.
    let has = |name: &str| environment.var(name).is_some_and(|value| !value.trim().is_empty());
    let secret = has("AWS_SECRET_ACCESS_KEY") || has("SECRET_ACCESS_KEY");
    let (set, missing) = match (has("AWS_ACCESS_KEY_ID"), secret) {
        (true, false) => ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        (false, true) => ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"),
        _ => return Ok(()),
    };
    Err(Error::usage(format!("{set} is set and {missing} is not: they are a pair")).hint(format!(
        "set {missing} (a CI system's secret that does not exist, or that this job may not see, is empty), \
         or unset {set}"
    )))
}

fn check_profile(name: &str, profiles: &ProfileSet) -> Result<(), Error> {
    if profiles.get_profile(name).is_some() {
        return Ok(());
    }
    let mut known: Vec<&str> = profiles.profiles().collect();
    known.sort_unstable();
    let shown =
        || known.iter().take(MAX_PROFILES_SHOWN).map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    let hint = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean {}?", quoted(near)),
        None if known.is_empty() => {
            "~/.aws/config and ~/.aws/credentials, or the files of AWS_CONFIG_FILE and \
             AWS_SHARED_CREDENTIALS_FILE, hold no profile"
                .to_owned()
        }
        None if known.len() > MAX_PROFILES_SHOWN => {
            format!("there are {} profiles, among them {}", known.len(), shown())
        }
        None => format!("the profiles are {}", shown()),
    };
    Err(Error::usage(format!("AWS_PROFILE is {}, and there is no such profile", quoted(name))).hint(hint))
}

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

    fn pair(variables: &[(&str, &str)]) -> Result<(), Error> {
        check_pair(&variables.iter().copied().collect())
    }

    #[test]
    fn half_a_pair_is_refused() {
        let (id, secret) = (("AWS_ACCESS_KEY_ID", "AKIAX"), ("AWS_SECRET_ACCESS_KEY", "s"));
        for whole in
            [&[][..], &[id, secret], &[id, ("SECRET_ACCESS_KEY", "s")], &[("AWS_ACCESS_KEY_ID", " ")]]
        {
            assert!(pair(whole).is_ok(), "{whole:?}");
        }
        for (half, missing) in [
            (&[id][..], "AWS_SECRET_ACCESS_KEY is not"),
            (&[id, ("AWS_SECRET_ACCESS_KEY", "")], "AWS_SECRET_ACCESS_KEY is not"),
            (&[id, ("AWS_SECRET_ACCESS_KEY", "\n")], "AWS_SECRET_ACCESS_KEY is not"),
            (&[secret], "AWS_ACCESS_KEY_ID is not"),
            (&[secret, ("AWS_ACCESS_KEY_ID", "")], "AWS_ACCESS_KEY_ID is not"),
        ] {
            let error = pair(half).expect_err(missing);
            assert!(error.is_usage() && error.to_string().contains(missing), "{error}");
        }
    }

    #[tokio::test]
    async fn profile_that_does_not_exist_is_refused_with_those_that_do() {
        let files =
            Fs::from_slice(&[("/home/me/.aws/config", "[default]\n[profile staging]\n[profile prod]\n")]);
        let home = Env::from_slice(&[("HOME", "/home/me")]);
        let profiles = profile::load(&files, &home, &Default::default(), None).await.unwrap();
        let none = profile::load(&Fs::from_slice(&[]), &home, &Default::default(), None).await.unwrap();
        for name in ["default", "staging", "prod"] {
            assert!(check_profile(name, &profiles).is_ok(), "{name}");
        }
        for (name, profiles, hint) in [
            ("stagnig", &profiles, "did you mean `staging`?"),
            ("Prod", &profiles, "did you mean `prod`?"),
            ("profile x", &profiles, "the profiles are `default`, `prod`, `staging`"),
            ("staging", &none, "hold no profile"),
        ] {
            let error = check_profile(name, profiles).expect_err(name);
            assert!(error.is_usage() && error.to_string().contains(name), "{error}");
            assert!(error.advice().contains(hint), "{}", error.advice());
        }
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
