//! Docker's own configuration, which its command line keeps in a directory: the current context,
//! and credentials for registries.

use std::fs::File;
use std::io::BufReader;
use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;

use docker_credential::CredentialRetrievalError;
use docker_credential::DockerCredential;
use serde_json::Value;
use sha2::Digest as _;
use sha2::Sha256;

use crate::environment::Environment;

/// The configuration's directory, if there can be one.
#[derive(Debug, Clone, Default)]
pub(crate) struct DockerConfig(Option<PathBuf>);

/// A docker context: a name for an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Context {
    pub(super) name: String,
    /// The engine's address.
    pub(super) host: String,
}

impl DockerConfig {
    /// The one that docker's command line would use in this environment.
    pub(super) fn of(environment: &Environment) -> Self {
        let directory = environment.path("DOCKER_CONFIG");
        Self(directory.or_else(|| Some(environment.path("HOME")?.join(".docker"))))
    }

    /// The context with this name, or else the current one; `None`: the default context.
    pub(super) fn context(&self, name: Option<&str>) -> Option<Context> {
        let directory = self.0.as_ref()?;
        let name = match name {
            Some(name) => name.to_owned(),
            None => json(&directory.join("config.json"))?.get("currentContext")?.as_str()?.to_owned(),
        };
        if name.is_empty() || name == "default" {
            return None;
        }
        // A context lies under the digest of its name. Source: github.com/docker/cli, cli/context/store.
        let digest: String =
            Sha256::digest(name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let meta = json(&directory.join("contexts/meta").join(digest).join("meta.json"))?;
        let host = meta.pointer("/Endpoints/docker/Host")?.as_str()?.to_owned();
        Some(Context { name, host })
    }

    /// The credential for a registry's key: from the file, or from a helper, which is a process that
    /// may ask a keychain, so this blocks. `None`: there is no configuration.
    ///
    /// # Errors
    ///
    /// The file cannot be read, it has nothing for this key, or the helper failed.
    pub(crate) fn credential(&self, key: &str) -> Option<Result<DockerCredential, CredentialRetrievalError>> {
        match File::open(self.0.as_ref()?.join("config.json")) {
            Ok(file) => Some(docker_credential::get_credential_from_reader(BufReader::new(file), key)),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(_) => Some(Err(CredentialRetrievalError::ConfigReadError)),
        }
    }
}

fn json(path: &Path) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(directory: &Path, content: &str) -> DockerConfig {
        std::fs::write(directory.join("config.json"), content).expect("written");
        DockerConfig::of(
            &[("DOCKER_CONFIG", directory), ("HOME", Path::new("/nowhere"))].into_iter().collect(),
        )
    }

    #[test]
    fn the_current_context_is_found_unless_another_is_named() {
        let directory = tempfile::tempdir().expect("a directory");
        let config = config(directory.path(), r#"{"currentContext":"colima"}"#);
        assert_eq!(config.context(None), None, "nothing is known of it");
        let digest: String = Sha256::digest("colima").iter().map(|byte| format!("{byte:02x}")).collect();
        let meta = directory.path().join("contexts/meta").join(digest);
        std::fs::create_dir_all(&meta).expect("made");
        let host = r#"{"Endpoints":{"docker":{"Host":"unix:///colima.sock"}}}"#;
        std::fs::write(meta.join("meta.json"), host).expect("written");
        let colima = Context { name: "colima".into(), host: "unix:///colima.sock".into() };
        assert_eq!(config.context(None), Some(colima));
        assert_eq!(config.context(Some("default")), None);
    }

    #[test]
    fn credentials_come_from_the_environment_that_was_handed_in() {
        let directory = tempfile::tempdir().expect("a directory");
        // `user:secret`.
        let given = config(directory.path(), r#"{"auths":{"ghcr.io":{"auth":"dXNlcjpzZWNyZXQ="}}}"#);
        let found = given.credential("ghcr.io").expect("a configuration").expect("a credential");
        assert_eq!(found, DockerCredential::UsernamePassword("user".into(), "secret".into()));
        let other = given.credential("docker.io").expect("a configuration");
        assert_eq!(other, Err(CredentialRetrievalError::NoCredentialConfigured));
        let home = DockerConfig::of(&[("HOME", "/nowhere"), ("DOCKER_CONFIG", "")].into_iter().collect());
        assert_eq!(home.credential("ghcr.io"), None, "no configuration is not a failure");
    }
}
