//! The addresses where an engine may be.
//!
//! An address that somebody gave (`--engine`, `DOCKER_HOST`, the current docker context) is taken
//! and no other is tried: a run must not land in another engine than the one that was meant. With
//! none given, `--backend docker` tries docker's usual sockets, and `--backend auto` podman's too.

use std::path::PathBuf;

use super::docker_config::DockerConfig;
use super::local_socket;
use crate::environment::Environment;
use crate::error::Error;
use crate::secrecy::without_credentials;
use crate::settings::DockerSettings;
use crate::settings::quantity::quoted;

/// An address to try, and what gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) address: String,
    /// `--engine`, `DOCKER_HOST`, …; `None`: a usual place.
    pub(super) given_by: Option<String>,
}

/// What a process's environment says about engines.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    docker_host: Option<String>,
    /// `DOCKER_TLS_VERIFY`: the engine at `docker_host` speaks TLS.
    tls: bool,
    docker_context: Option<String>,
    config: DockerConfig,
    runtime_dir: Option<PathBuf>,
    home: Option<PathBuf>,
}

impl Surroundings {
    pub(super) fn of(environment: &Environment) -> Self {
        Self {
            docker_host: environment.var("DOCKER_HOST"),
            tls: environment.is_set("DOCKER_TLS_VERIFY"),
            docker_context: environment.var("DOCKER_CONTEXT"),
            config: DockerConfig::of(environment),
            runtime_dir: environment.path("XDG_RUNTIME_DIR"),
            home: environment.path("HOME"),
        }
    }

    /// The address of the context that docker's command line would use, and whether it speaks TLS.
    fn context(&self) -> Result<Option<(String, String, bool)>, Error> {
        let context = self.config.context(self.docker_context.as_deref())?;
        Ok(context.map(|context| (context.host, format!("docker context `{}`", context.name), context.tls)))
    }

    fn docker_sockets(&self) -> Vec<PathBuf> {
        if cfg!(windows) {
            return vec![PathBuf::from("//./pipe/docker_engine")];
        }
        let mut sockets = vec![PathBuf::from("/var/run/docker.sock")];
        sockets.extend(self.runtime_dir.as_ref().map(|directory| directory.join("docker.sock")));
        sockets.extend(self.home.as_ref().map(|home| home.join(".docker/run/docker.sock")));
        sockets
    }

    fn podman_sockets(&self) -> Vec<PathBuf> {
        if cfg!(windows) {
            return vec![PathBuf::from("//./pipe/podman-machine-default")];
        }
        let mut sockets = Vec::new();
        sockets.extend(self.runtime_dir.as_ref().map(|directory| directory.join("podman/podman.sock")));
        sockets.push(PathBuf::from("/run/podman/podman.sock"));
        sockets
    }
}

/// The addresses to try, in order.
///
/// # Errors
///
/// An address was given that sortie cannot use, or a docker context that does not exist.
pub(super) fn candidates(
    settings: &DockerSettings,
    surroundings: &Surroundings,
) -> Result<Vec<Candidate>, Error> {
    let given =
        settings.engine.clone().map(|address| (address, "--engine".to_owned(), false)).or_else(|| {
            Some((surroundings.docker_host.clone()?, "DOCKER_HOST".to_owned(), surroundings.tls))
        });
    let given = match given {
        Some(given) => Some(given),
        None => surroundings.context()?,
    };
    if let Some((address, given_by, wants_tls)) = given {
        return Ok(vec![Candidate {
            address: normalized(&address, &given_by, wants_tls).map_err(|error| match settings.engine {
                Some(_) => error.about("engine"),
                None => error,
            })?,
            given_by: Some(given_by),
        }]);
    }
    let mut sockets = surroundings.docker_sockets();
    if settings.any_engine {
        sockets.extend(surroundings.podman_sockets());
    }
    let usual = |path: PathBuf| Candidate {
        address: format!("{}{}", local_socket::SCHEME, path.display()),
        given_by: None,
    };
    Ok(sockets.into_iter().map(usual).collect())
}

/// The address in one of the forms that can be opened.
fn normalized(address: &str, given_by: &str, wants_tls: bool) -> Result<String, Error> {
    if address.starts_with('/') {
        return Ok(format!("{}{address}", local_socket::SCHEME));
    }
    let tls = address.starts_with("tcp://") && wants_tls;
    let local = format!("{}/", local_socket::SCHEME);
    if !tls && [&local, "tcp://", "http://"].iter().any(|scheme| address.starts_with(scheme)) {
        return Ok(address.to_owned());
    }
    let forward = "forward the engine's socket to this machine (ssh -L /tmp/engine.sock:/var/run/docker.sock \
                   HOST) and give --engine unix:///tmp/engine.sock";
    let (what, hint) = match address.split_once("://") {
        Some(("ssh", _)) => ("sortie does not reach engines over ssh", forward),
        Some(("https" | "tcp", _)) => ("sortie does not speak TLS to engines", forward),
        _ => (
            "that is not an engine's address",
            "write unix:///var/run/docker.sock, or tcp://HOST:PORT for an engine that listens unprotected",
        ),
    };
    // What has no scheme may be anything, and a secret too.
    let address = match address.contains("://") {
        true => format!("`{}`", without_credentials(address)),
        false => quoted(address),
    };
    Err(Error::usage(format!("{given_by} is {address}: {what}")).hint(hint.to_owned()))
}

#[cfg(test)]
mod tests {
    use sha2::Digest as _;
    use sha2::Sha256;

    use super::*;

    fn addresses(settings: &DockerSettings, surroundings: &Surroundings) -> Vec<String> {
        let found = candidates(settings, surroundings).expect("good addresses");
        found.into_iter().map(|candidate| candidate.address).collect()
    }

    fn engine(address: &str) -> DockerSettings {
        DockerSettings { engine: Some(address.into()), ..DockerSettings::default() }
    }

    #[test]
    fn an_address_that_was_given_is_the_only_one() {
        let surroundings =
            Surroundings { docker_host: Some("tcp://10.0.0.1:2375".into()), ..Surroundings::default() };
        assert_eq!(addresses(&engine("/run/p.sock"), &surroundings), ["unix:///run/p.sock"]);
        assert_eq!(addresses(&DockerSettings::default(), &surroundings), ["tcp://10.0.0.1:2375"]);
    }

    #[test]
    fn auto_tries_podman_after_docker() {
        let surroundings =
            Surroundings { runtime_dir: Some("/run/user/7".into()), ..Surroundings::default() };
        let docker = ["unix:///var/run/docker.sock", "unix:///run/user/7/docker.sock"];
        assert_eq!(addresses(&DockerSettings::default(), &surroundings), docker);
        let auto = DockerSettings { any_engine: true, ..DockerSettings::default() };
        assert_eq!(
            addresses(&auto, &surroundings)[2..],
            ["unix:///run/user/7/podman/podman.sock", "unix:///run/podman/podman.sock"]
        );
    }

    #[test]
    fn the_docker_context_counts() {
        let directory = tempfile::tempdir().expect("a directory");
        let digest: String = Sha256::digest("colima").iter().map(|byte| format!("{byte:02x}")).collect();
        let meta = directory.path().join("contexts/meta").join(digest);
        std::fs::create_dir_all(&meta).expect("made");
        let host = r#"{"Endpoints":{"docker":{"Host":"unix:///colima.sock"}}}"#;
        std::fs::write(meta.join("meta.json"), host).expect("written");
        std::fs::write(directory.path().join("config.json"), r#"{"currentContext":"colima"}"#)
            .expect("written");
        let environment: Environment = [("DOCKER_CONFIG", directory.path())].into_iter().collect();
        let surroundings = Surroundings::of(&environment);
        assert_eq!(addresses(&DockerSettings::default(), &surroundings), ["unix:///colima.sock"]);
        let other = Surroundings { docker_context: Some("default".into()), ..surroundings };
        assert_eq!(addresses(&DockerSettings::default(), &other), ["unix:///var/run/docker.sock"]);
    }

    #[test]
    fn addresses_that_cannot_be_used_say_what_to_do() {
        for (address, said) in
            [("ssh://host", "ssh -L"), ("https://h:2376", "forward"), ("x", "unix:///var/run")]
        {
            let error = candidates(&engine(address), &Surroundings::default()).expect_err("bad");
            assert!(error.is_usage() && error.advice().contains(said), "{error:?} {}", error.advice());
        }
    }

    #[test]
    fn an_engine_that_wants_tls_is_not_spoken_to_without() {
        let host = Some("tcp://docker:2376".to_owned());
        let surroundings = Surroundings { docker_host: host, tls: true, ..Surroundings::default() };
        let error = candidates(&DockerSettings::default(), &surroundings).expect_err("TLS");
        assert!(
            error.is_usage() && error.to_string().contains("TLS") && error.advice().contains("ssh -L"),
            "{error:?}"
        );
    }
}
