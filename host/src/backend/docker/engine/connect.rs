//! Reaching an engine, and saying why none answers.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use bollard::API_DEFAULT_VERSION;
use bollard::errors::Error as EngineError;

use super::CALL_TIMEOUT;
use super::Engine;
use super::candidates::Candidate;
use super::candidates::Surroundings;
use super::candidates::candidates;
use super::docker_config::DockerConfig;
use super::local_socket;
use super::words;
use crate::environment::Environment;
use crate::error::Error;
use crate::event::EventKind;
use crate::secrecy::Secrets;
use crate::secrecy::sources;
use crate::secrecy::without_credentials;
use crate::settings::DockerSettings;
use crate::stream::Announcer;

/// How long an engine may take to say that it is there.
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// A person who has seen nothing for so long wonders.
const SLOW: Duration = Duration::from_secs(2);

/// For calls that answer when something happens: a year.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

impl Engine {
    /// Reaches the engine that the settings and the environment ask for.
    /// One that is slow is said on `announcer`.
    pub(crate) async fn connect(
        settings: &DockerSettings,
        environment: &Environment,
        secrets: &Secrets,
        announcer: &Announcer,
    ) -> Result<Self, Error> {
        let candidates = candidates(settings, &Surroundings::of(environment))?;
        let mut failures = Vec::new();
        for candidate in &candidates {
            match Self::reach(&candidate.address, environment, secrets, announcer).await {
                Ok(engine) => return Ok(Self { given: settings.engine.is_some(), ..engine }),
                Err(why) => failures.push((candidate.clone(), why)),
            }
        }
        Err(unreachable(&failures, settings.any_engine))
    }

    /// Reaches every engine that [`Engine::connect`] would try.
    pub(crate) async fn connect_all(
        settings: &DockerSettings,
        environment: &Environment,
        secrets: &Secrets,
        announcer: &Announcer,
    ) -> Result<Vec<Self>, Error> {
        let candidates = candidates(settings, &Surroundings::of(environment))?;
        let (mut engines, mut failures) = (Vec::new(), Vec::new());
        let mut sockets = BTreeSet::new();
        for candidate in candidates {
            // One socket may have several names (podman-docker's is a link).
            let path = candidate.address.strip_prefix(local_socket::SCHEME).map(std::fs::canonicalize);
            if let Some(Ok(path)) = path
                && !sockets.insert(path)
            {
                continue;
            }
            match Self::reach(&candidate.address, environment, secrets, announcer).await {
                Ok(engine) => engines.push(Self { given: settings.engine.is_some(), ..engine }),
                Err(why) => failures.push((candidate, why)),
            }
        }
        if engines.is_empty() {
            return Err(unreachable(&failures, settings.any_engine));
        }
        // Two sockets may lead to one engine (Docker Desktop's).
        let (mut once, mut ids) = (Vec::new(), BTreeSet::new());
        for engine in engines {
            let id = engine.machine().await.map(|machine| machine.id.clone()).unwrap_or_default();
            if id.is_empty() || ids.insert(id) {
                once.push(engine);
            }
        }
        Ok(once)
    }

    async fn reach(
        address: &str,
        environment: &Environment,
        secrets: &Secrets,
        announcer: &Announcer,
    ) -> Result<Self, Failure> {
        secrets.learn(sources::of_address("the engine's address", "container engine", address));
        let api = open(address, CALL_TIMEOUT)?;
        let slow = async {
            tokio::time::sleep(SLOW).await;
            let (address, seconds) = (without_credentials(address), SLOW.as_secs());
            announcer.send(EventKind::warning(format!(
                "the container engine at {address} does not answer, since {seconds} s"
            )));
            std::future::pending::<()>().await;
        };
        let ping = async {
            tokio::select! {
                pong = api.ping() => pong,
                () = slow => std::future::pending().await,
            }
        };
        match tokio::time::timeout(PING_TIMEOUT, ping).await {
            Ok(pong) => pong.map_err(|error| Failure::of(&error, address))?,
            Err(_) => return Err(Failure::Other(format!("it does not answer within {PING_TIMEOUT:?}"))),
        };
        let lasting = open(address, FOREVER)?;
        let config = DockerConfig::of(environment);
        for (name, proxy) in config.proxies(address) {
            secrets.learn(sources::of_address(&name, "docker's configuration", &proxy));
        }
        Ok(Self {
            api,
            lasting,
            address: address.to_owned(),
            given: false,
            config,
            secrets: secrets.clone(),
            facts: Arc::default(),
            machine: Arc::default(),
        })
    }
}

/// Why an address does not serve.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Failure {
    /// No socket, or nobody listens.
    NotThere,
    /// The socket is there, and this user may not use it.
    Denied,
    Other(String),
}

impl Failure {
    fn of(error: &EngineError, address: &str) -> Self {
        // The client hides the kind of the I/O error, so the socket itself is asked.
        if let Some(path) = address.strip_prefix(local_socket::SCHEME) {
            match local_socket::probe(path).map_err(|error| error.kind()) {
                Err(ErrorKind::PermissionDenied) => return Self::Denied,
                Err(ErrorKind::NotFound | ErrorKind::ConnectionRefused) => {
                    return Self::NotThere;
                }
                _ => {}
            }
        }
        Self::Other(words(error))
    }

    fn text(&self) -> &str {
        match self {
            Self::NotThere => "no engine listens there",
            Self::Denied => "permission denied",
            Self::Other(why) => why,
        }
    }
}

fn open(address: &str, timeout: Duration) -> Result<bollard::Docker, Failure> {
    let timeout = timeout.as_secs();
    let opened = match address.strip_prefix(local_socket::SCHEME) {
        Some(path) => local_socket::open(path, timeout),
        None => bollard::Docker::connect_with_http(address, timeout, API_DEFAULT_VERSION),
    };
    opened.map_err(|error| match error {
        EngineError::SocketNotFoundError(_) => Failure::NotThere,
        other => Failure::Other(words(&other)),
    })
}

/// The error for all addresses together, with the one remedy that fits.
fn unreachable(failures: &[(Candidate, Failure)], any: bool) -> Error {
    let list: Vec<String> = failures
        .iter()
        .map(|(candidate, why)| {
            let by = candidate.given_by.as_ref().map(|by| format!(" ({by})")).unwrap_or_default();
            format!("{}{by}: {}", without_credentials(&candidate.address), why.text())
        })
        .collect();
    let denied = failures.iter().find(|(_, why)| *why == Failure::Denied);
    let said = failures.iter().find_map(|(candidate, _)| candidate.given_by.as_deref());
    let hint = match (denied, said) {
        (Some((candidate, _)), _) => format!(
            "let this user use {}: add it to the socket's group (for docker: sudo usermod -aG docker $USER, \
             then log in again), or use rootless podman",
            without_credentials(&candidate.address),
        ),
        (None, Some(by)) => format!("start that engine, or change {by}"),
        (None, None) if any => {
            "install and start one: docker, or podman (systemctl --user start podman.socket); \
                                without a container: --backend process"
                .to_owned()
        }
        (None, None) => "start docker; for podman: --backend auto, or --engine \
                         unix://$XDG_RUNTIME_DIR/podman/podman.sock; without a container: --backend process"
            .to_owned(),
    };
    Error::usage(format!("no container engine answers: {}", list.join("; "))).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_fits_the_failure() {
        let at = |address: &str, given_by: Option<&str>| Candidate {
            address: address.into(),
            given_by: given_by.map(str::to_owned),
        };
        let docker = at("unix:///var/run/docker.sock", None);
        let denied = unreachable(&[(docker.clone(), Failure::Denied)], true);
        assert!(denied.advice().contains("usermod"), "{}", denied.advice());
        let missing = unreachable(&[(docker, Failure::NotThere)], false);
        assert!(missing.advice().contains("--backend auto"), "{}", missing.advice());
        let said = unreachable(&[(at("tcp://h:1", Some("DOCKER_HOST")), Failure::NotThere)], true);
        assert!(
            said.advice().contains("DOCKER_HOST") && said.to_string().contains("no engine listens"),
            "{said:?}"
        );
    }
}
