//! Credentials, looked at before the SDK signs with them.
//!
//! A key that was pasted with a line break at its end, as happens with secrets of CI systems, cannot be put
//! into a header: the SDK panics at it, or signs what no server accepts, and says neither which value nor why.
//! A profile that does not exist and half a pair of keys it steps over, and takes the next identity that it
//! finds: this may be somebody else's. The AWS CLI refuses both, and so does sortie.

use std::iter::successors;

use aws_config::profile;
use aws_config::profile::Profile;
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
use crate::secrecy::Secret;
use crate::secrecy::Secrets;
use crate::secrecy::sources;
use crate::settings::quantity::quoted;

/// Max profiles that a hint names.
const MAX_PROFILES_SHOWN: usize = 10;

/// Refuses variables that name credentials which are not there. Gives the profiles that there are, unless
/// they cannot be read, which the SDK tells of itself.
pub(super) async fn check_environment(environment: &Environment) -> Result<Option<ProfileSet>, Error> {
    let has_key = check_pair(environment)?;
    let Ok(profiles) = profile::load(&Fs::real(), &Env::real(), &Default::default(), None).await else {
        return Ok(None);
    };
    if let Some(name) = environment.var("AWS_PROFILE") {
        check_profile(&name, &profiles)?;
    }
    // Keys in the environment come first.
    if !has_key {
        check_login(&profiles)?;
    }
    Ok(Some(profiles))
}

/// Refuses a profile that gets its credentials from `aws login`, or from a profile that does.
/// Source: AWS CLI User Guide, `aws login` (`login_session`).
fn check_login(profiles: &ProfileSet) -> Result<(), Error> {
    let signs_in = |profile: &&Profile| {
        profile.get("login_session").is_some() && profile.get("aws_access_key_id").is_none()
    };
    let Some(profile) = chain(profiles).find(signs_in) else { return Ok(()) };
    let name = profile.name();
    Err(Error::usage(format!(
        "the profile {} signs in with `aws login` (login_session), which sortie does not know",
        quoted(name)
    ))
    .hint(format!(
        "hand its credentials over: eval \"$(aws configure export-credentials --profile {name} --format env)\""
    )))
}

/// The selected profile, and those that it gets its credentials from.
fn chain(profiles: &ProfileSet) -> impl Iterator<Item = &Profile> {
    /// Chains of source profiles are short; one in a circle the SDK tells of.
    const MAX_CHAIN: usize = 10;
    let source =
        |profile: &&Profile| profile.get("source_profile").and_then(|name| profiles.get_profile(name));
    successors(profiles.get_profile(profiles.selected_profile()), source).take(MAX_CHAIN)
}

/// What the selected profile, and those that it gets its credentials from, hold of secrets.
pub(super) fn of_profiles(profiles: &ProfileSet) -> Vec<Secret> {
    let of = |profile: &Profile| {
        let member =
            |name| sources::of_credential(name, &format!("profile {}", profile.name()), profile.get(name)?);
        ["aws_secret_access_key", "aws_session_token"].map(member)
    };
    chain(profiles).flat_map(of).flatten().collect()
}

/// An access key is an id and a secret. Whether there is one.
fn check_pair(environment: &Environment) -> Result<bool, Error> {
    // The SDK takes what is blank for not set, and both names of the secret.
    let has = |name: &str| environment.var(name).is_some_and(|value| !value.trim().is_empty());
    let secret = has("AWS_SECRET_ACCESS_KEY") || has("SECRET_ACCESS_KEY");
    let (set, missing) = match (has("AWS_ACCESS_KEY_ID"), secret) {
        (true, false) => ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        (false, true) => ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"),
        (set, _) => return Ok(set),
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

/// Credentials of another provider, known to be secret, and refused where they cannot be anybody's. The SDK
/// asks for them again before they end.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) provider: SharedCredentialsProvider,
    pub(super) secrets: Secrets,
}

impl ProvideCredentials for Checked {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            let credentials = self.provider.provide_credentials().await?;
            self.secrets.learn(known(&credentials));
            check(&credentials).map_err(CredentialsError::invalid_configuration)?;
            Ok(credentials)
        })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.provider.fallback_on_interrupt()
    }
}

/// What of credentials is secret: the id of an access key is none.
fn known(credentials: &Credentials) -> impl Iterator<Item = Secret> {
    let secret = ("secret access key", Some(credentials.secret_access_key()));
    let token = ("session token", credentials.session_token());
    [secret, token]
        .into_iter()
        .filter_map(|(part, value)| sources::of_credential(part, "AWS credentials", value?))
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

    fn pair(variables: &[(&str, &str)]) -> Result<bool, Error> {
        check_pair(&variables.iter().copied().collect())
    }

    #[test]
    fn half_a_pair_is_refused() {
        let (id, secret) = (("AWS_ACCESS_KEY_ID", "AKIAX"), ("AWS_SECRET_ACCESS_KEY", "s"));
        for whole in
            [&[][..], &[id, secret], &[id, ("SECRET_ACCESS_KEY", "s")], &[("AWS_ACCESS_KEY_ID", " ")]]
        {
            assert_eq!(pair(whole).expect("a pair, or none"), whole.contains(&id), "{whole:?}");
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

    #[tokio::test]
    async fn profile_that_signs_in_with_aws_login_is_named_with_the_way_round() {
        let config = "[profile me]\nlogin_session = arn:aws:sts::1:x\n\
                      [profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = me\n\
                      [profile both]\nlogin_session = x\naws_access_key_id = a\naws_secret_access_key = b\n\
                      [profile circle]\nsource_profile = circle\n[profile keys]\naws_access_key_id = a\n";
        let files = Fs::from_slice(&[("/home/me/.aws/config", config)]);
        for (name, refused) in [
            ("me", true),
            ("role", true),
            ("both", false),
            ("circle", false),
            ("keys", false),
            ("none", false),
        ] {
            let environment = Env::from_slice(&[("HOME", "/home/me"), ("AWS_PROFILE", name)]);
            let profiles = profile::load(&files, &environment, &Default::default(), None).await.unwrap();
            let checked = check_login(&profiles);
            assert_eq!(checked.is_err(), refused, "{name}");
            if let Err(error) = checked {
                assert!(error.to_string().contains("`me` signs in with `aws login`"), "{error}");
                assert!(error.advice().contains("export-credentials --profile me "), "{}", error.advice());
            }
        }
    }

    #[tokio::test]
    async fn credentials_are_known_to_be_secret_when_they_are_resolved() {
        let secrets = Secrets::new();
        let given =
            Credentials::new("AKIAX", "s3cr3t-of-the-chain", Some("t0ken-of-it".into()), None, "test");
        let provider = SharedCredentialsProvider::new(given);
        let checked = Checked { provider, secrets: secrets.clone() };
        assert_eq!(secrets.text("s3cr3t-of-the-chain t0ken-of-it"), "s3cr3t-of-the-chain t0ken-of-it");
        checked.provide_credentials().await.expect("good ones");
        assert_eq!(secrets.text("s3cr3t-of-the-chain t0ken-of-it AKIAX"), "*** *** AKIAX");
        let emulators = Secrets::new();
        emulators.learn(known(&Credentials::new("test", "test", None, None, "test")));
        assert_eq!(emulators.text("a test"), "a test");
    }

    #[tokio::test]
    async fn keys_of_the_profile_and_of_its_sources_are_secret() {
        let config = "[profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\n\
                      [profile base]\naws_access_key_id = a\naws_secret_access_key = hunter2-base\n\
                      [profile other]\naws_access_key_id = a\naws_secret_access_key = hunter2-other\n";
        let files = Fs::from_slice(&[("/home/me/.aws/config", config)]);
        let environment = Env::from_slice(&[("HOME", "/home/me"), ("AWS_PROFILE", "role")]);
        let profiles = profile::load(&files, &environment, &Default::default(), None).await.unwrap();
        let secrets = Secrets::new();
        secrets.learn(of_profiles(&profiles));
        assert_eq!(secrets.text("hunter2-base hunter2-other"), "*** hunter2-other");
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
