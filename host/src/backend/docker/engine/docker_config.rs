//! Docker's own configuration, which its command line keeps in a directory: the current context, proxies for
//! containers, and credentials for registries ([`super::credential`]).

use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use serde_json::json;
use sha2::Digest as _;
use sha2::Sha256;

use crate::environment::Environment;
use crate::error::Error;

/// What docker's command line would find in its directory.
#[derive(Debug, Clone, Default)]
pub(crate) struct DockerConfig {
    /// The directory, if there can be one.
    directory: Option<PathBuf>,
    /// `config.json`; absent, it is empty.
    pub(super) content: Content,
}

/// A configuration, or why it cannot be understood.
#[derive(Clone)]
pub(super) enum Content {
    Read(Arc<Value>),
    Broken(String),
}

impl Default for Content {
    fn default() -> Self {
        Self::Read(Arc::new(json!({})))
    }
}

impl std::fmt::Debug for Content {
    /// It may hold passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Read(_) => f.write_str("Read"),
            Self::Broken(why) => f.debug_tuple("Broken").field(why).finish(),
        }
    }
}

/// A docker context: a name for an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Context {
    pub(super) name: String,
    /// The engine's address.
    pub(super) host: String,
    /// The engine wants TLS: the context has keys for it.
    pub(super) tls: bool,
}

/// What a container is told of proxies: configuration's member, and the variable.
/// Source: github.com/docker/cli, cli/config/configfile, `ParseProxyConfig`.
const PROXIES: [(&str, &str); 5] = [
    ("httpProxy", "HTTP_PROXY"),
    ("httpsProxy", "HTTPS_PROXY"),
    ("ftpProxy", "FTP_PROXY"),
    ("noProxy", "NO_PROXY"),
    ("allProxy", "ALL_PROXY"),
];

impl DockerConfig {
    /// The one that docker's command line would use in this environment.
    pub(super) fn of(environment: &Environment) -> Self {
        let directory = environment.path("DOCKER_CONFIG");
        let directory = directory.or_else(|| Some(environment.path("HOME")?.join(".docker")));
        let content = directory.as_deref().map_or_else(Content::default, |directory| {
            match std::fs::read(directory.join("config.json")) {
                Ok(bytes) => match serde_json::from_slice(&bytes) {
                    Ok(value) => Content::Read(Arc::new(value)),
                    Err(_) if bytes.trim_ascii().is_empty() => Content::default(),
                    // Where it breaks off, and nothing of what stands there.
                    Err(error) => Content::Broken(format!("no JSON at line {}", error.line())),
                },
                Err(error) if error.kind() == ErrorKind::NotFound => Content::default(),
                Err(error) => Content::Broken(format!("it cannot be read: {error}")),
            }
        });
        Self { directory, content }
    }

    /// Where `config.json` is, for a person.
    pub(crate) fn file(&self) -> String {
        let directory = self.directory.as_deref().unwrap_or_else(|| Path::new(""));
        directory.join("config.json").display().to_string()
    }

    /// Why it cannot be understood, if it cannot.
    pub(crate) fn broken(&self) -> Option<&str> {
        match &self.content {
            Content::Read(_) => None,
            Content::Broken(why) => Some(why),
        }
    }

    fn value(&self) -> &Value {
        match &self.content {
            Content::Read(value) => value,
            Content::Broken(_) => &Value::Null,
        }
    }

    /// The context with this name (`DOCKER_CONTEXT`), or else the current one; `None`: the default context.
    ///
    /// # Errors
    ///
    /// It does not exist, or nobody can tell which one is meant. Another engine than that is never taken.
    pub(super) fn context(&self, name: Option<&str>) -> Result<Option<Context>, Error> {
        let (name, given_by) = match name {
            Some(name) => (name.to_owned(), "DOCKER_CONTEXT".to_owned()),
            None => {
                if let Some(why) = self.broken() {
                    let message =
                        format!("docker's configuration {} cannot be understood: {why}", self.file());
                    let hint = "it says which engine is the current one: mend it, or name the engine with --engine, \
                                DOCKER_HOST or DOCKER_CONTEXT";
                    return Err(Error::usage(message).hint(hint));
                }
                let current = self.value().get("currentContext").and_then(Value::as_str).unwrap_or_default();
                (current.to_owned(), format!("currentContext in {}", self.file()))
            }
        };
        if name.is_empty() || name == "default" {
            return Ok(None);
        }
        let wrong = |what: &str| {
            Error::usage(format!("docker context `{name}` ({given_by}) {what}")).hint(
                "docker context ls lists those there are, docker context use default goes back to the default; or \
                 name the engine with --engine",
            )
        };
        let directory = self.directory.as_deref().ok_or_else(|| wrong("does not exist"))?;
        // A context lies under the digest of its name. Source: github.com/docker/cli, cli/context/store.
        let digest: String =
            Sha256::digest(name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let meta = directory.join("contexts/meta").join(&digest).join("meta.json");
        let meta = std::fs::read(meta).map_err(|error| match error.kind() {
            ErrorKind::NotFound => wrong("does not exist"),
            _ => wrong(&format!("cannot be read: {error}")),
        })?;
        let meta: Value = serde_json::from_slice(&meta).map_err(|_| wrong("cannot be understood"))?;
        let host = meta.pointer("/Endpoints/docker/Host").and_then(Value::as_str);
        let host = host.filter(|host| !host.is_empty()).ok_or_else(|| wrong("names no engine"))?.to_owned();
        let tls = directory.join("contexts/tls").join(digest).join("docker").is_dir();
        Ok(Some(Context { name, host, tls }))
    }

    /// The variables that docker's command line gives to containers of the engine at `address`, in both
    /// cases of letters.
    pub(crate) fn proxies(&self, address: &str) -> Vec<(String, String)> {
        let proxies = self.value().get("proxies");
        let of = |host: &str| proxies.and_then(|proxies| proxies.get(host));
        let Some(proxies) = of(address).or_else(|| of("default")) else { return Vec::new() };
        let mut variables = Vec::new();
        for (member, name) in PROXIES {
            let value = proxies.get(member).and_then(Value::as_str).unwrap_or_default();
            if !value.is_empty() {
                variables.push((name.to_owned(), value.to_owned()));
                variables.push((name.to_lowercase(), value.to_owned()));
            }
        }
        variables
    }

    /// The program that keeps a registry's credentials, and its words for itself, if one does.
    /// Source: github.com/docker/cli, cli/config/configfile, `getConfiguredCredentialStore`.
    pub(super) fn helper(&self, registry: &str) -> Option<String> {
        let config = self.value();
        let own = config.get("credHelpers").and_then(|helpers| helpers.get(registry)).and_then(Value::as_str);
        let helper = own.or_else(|| config.get("credsStore").and_then(Value::as_str));
        helper.filter(|helper| !helper.is_empty()).map(|helper| format!("docker-credential-{helper}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn config(directory: &Path, content: &str) -> DockerConfig {
        std::fs::write(directory.join("config.json"), content).expect("written");
        DockerConfig::of(
            &[("DOCKER_CONFIG", directory), ("HOME", Path::new("/nowhere"))].into_iter().collect(),
        )
    }

    /// Makes a context; answers its digest.
    fn make(directory: &Path, name: &str, meta: &str) -> String {
        let digest: String = Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect();
        let at = directory.join("contexts/meta").join(&digest);
        std::fs::create_dir_all(&at).expect("made");
        std::fs::write(at.join("meta.json"), meta).expect("written");
        digest
    }

    #[test]
    fn the_current_context_is_found_unless_another_is_named() {
        let directory = tempfile::tempdir().expect("a directory");
        let digest =
            make(directory.path(), "colima", r#"{"Endpoints":{"docker":{"Host":"unix:///colima.sock"}}}"#);
        let config = config(directory.path(), r#"{"currentContext":"colima"}"#);
        let mut colima = Context { name: "colima".into(), host: "unix:///colima.sock".into(), tls: false };
        assert_eq!(config.context(None), Ok(Some(colima.clone())));
        assert_eq!(config.context(Some("default")), Ok(None));
        std::fs::create_dir_all(directory.path().join("contexts/tls").join(digest).join("docker"))
            .expect("made");
        colima.tls = true;
        assert_eq!(config.context(Some("colima")), Ok(Some(colima)));
    }

    #[test]
    fn a_context_that_is_not_there_is_no_other_engine() {
        let directory = tempfile::tempdir().expect("a directory");
        make(directory.path(), "empty", "{}");
        make(directory.path(), "broken", "{");
        let current = config(directory.path(), r#"{"currentContext":"gone"}"#);
        for (name, what, by) in [
            (None, "`gone`", "currentContext in "),
            (Some("nope"), "does not exist", "DOCKER_CONTEXT"),
            (Some("empty"), "names no engine", "DOCKER_CONTEXT"),
            (Some("broken"), "cannot be understood", "DOCKER_CONTEXT"),
        ] {
            let error = current.context(name).expect_err(what);
            assert!(error.is_usage() && error.advice().contains("docker context ls"), "{error}");
            assert!(error.to_string().contains(what) && error.to_string().contains(by), "{error}");
        }
        let broken = config(directory.path(), "{\"auths\":\n hunter2");
        let error = broken.context(None).expect_err("nobody can tell");
        assert!(error.is_usage() && error.to_string().contains("no JSON at line 2"), "{error}");
        assert!(!error.to_string().contains("hunter2"));
        assert_eq!(broken.context(Some("default")), Ok(None), "it was told");
        for nothing in ["", " \n", "{}", r#"{"currentContext":null}"#] {
            assert_eq!(config(directory.path(), nothing).context(None), Ok(None), "{nothing:?}");
        }
    }

    #[test]
    fn proxies_are_those_of_the_engine_or_the_default_ones() {
        let directory = tempfile::tempdir().expect("a directory");
        let config = config(
            directory.path(),
            r#"{"proxies":{"default":{"httpProxy":"http://p:1","noProxy":"a,b","ftpProxy":""},
                "tcp://h:2375":{"allProxy":"socks5://q"}}}"#,
        );
        let shown = |address: &str| -> String {
            config.proxies(address).iter().map(|(name, value)| format!("{name}={value} ")).collect()
        };
        assert_eq!(
            shown("unix:///x"),
            "HTTP_PROXY=http://p:1 http_proxy=http://p:1 NO_PROXY=a,b no_proxy=a,b "
        );
        assert_eq!(shown("tcp://h:2375"), "ALL_PROXY=socks5://q all_proxy=socks5://q ");
        assert!(DockerConfig::default().proxies("unix:///x").is_empty());
    }

    #[test]
    fn a_registrys_own_helper_comes_before_the_one_for_all() {
        let directory = tempfile::tempdir().expect("a directory");
        let content =
            r#"{"credsStore":"desktop","credHelpers":{"1.dkr.ecr.eu-west-1.amazonaws.com":"ecr-login"}}"#;
        let given = config(directory.path(), content);
        assert_eq!(given.helper("ghcr.io").as_deref(), Some("docker-credential-desktop"));
        assert_eq!(
            given.helper("1.dkr.ecr.eu-west-1.amazonaws.com").as_deref(),
            Some("docker-credential-ecr-login")
        );
        assert_eq!(config(directory.path(), r#"{"credsStore":""}"#).helper("ghcr.io"), None);
    }
}
