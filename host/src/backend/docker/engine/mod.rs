//! Which engine, and how to reach it.
//!
//! An address that somebody gave (`--engine`, `DOCKER_HOST`, the current docker context) is taken
//! and no other is tried: a run must not land in another engine than the one that was meant. With
//! none given, `--backend docker` tries docker's usual sockets, and `--backend auto` podman's too.
//!
//! - [`http_get`]: an answer that the client's own types are too narrow for.

pub(crate) mod http_get;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::time::SystemTime;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use bollard::API_DEFAULT_VERSION;
use bollard::errors::Error as EngineError;
use serde_json::Value;
use sha2::Digest as _;
use sha2::Sha256;
use tokio::sync::OnceCell;

use crate::error::Error;
use crate::settings::DockerSettings;

/// How long an engine may take for an ordinary call. A loaded laptop can take many seconds to
/// create a container.
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(120);

/// How long an engine may take to say that it is there.
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// For calls that answer when something happens: a year.
const FOREVER: u64 = 365 * 24 * 3600;

/// An engine that has answered.
#[derive(Debug, Clone)]
pub(crate) struct Engine {
    /// For ordinary calls.
    pub(crate) api: bollard::Docker,
    /// For calls that last: waiting for an end, following a log, pulling an image.
    pub(crate) lasting: bollard::Docker,
    /// Where it was reached.
    pub(crate) address: String,
    /// Asked only when something depends on it: podman takes half a second to answer.
    facts: Arc<OnceCell<Facts>>,
    /// As `facts`.
    machine: Arc<OnceCell<Machine>>,
}

/// What an engine says of its machine.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    /// The engine's own name, which no other engine has; empty where it tells none.
    pub(crate) id: String,
    /// Number of CPUs.
    pub(crate) cpus: i64,
    /// The engine may limit the CPU time of containers.
    pub(crate) limits_cpus: bool,
}

/// What an engine says of itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    /// It is podman, whose answers differ in places.
    pub(crate) podman: bool,
    /// Its machine's architecture, in Go's words: `amd64`, `arm64`.
    pub(crate) architecture: String,
}

/// An address to try, and who said it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    address: String,
    /// `--engine`, `DOCKER_HOST`, …; `None`: a usual place.
    said_by: Option<String>,
}

impl Engine {
    /// Reaches the engine that the settings and the environment ask for.
    pub(crate) async fn connect(settings: &DockerSettings) -> Result<Self, Error> {
        let places = Places::of_process();
        let candidates = candidates(settings, &places)?;
        let mut failures = Vec::new();
        for candidate in &candidates {
            match Self::reach(&candidate.address).await {
                Ok(engine) => return Ok(engine),
                Err(why) => failures.push((candidate.clone(), why)),
            }
        }
        Err(unreachable(&failures, settings.any_engine))
    }

    /// Reaches every engine that [`Engine::connect`] would try.
    pub(crate) async fn connect_all(settings: &DockerSettings) -> Result<Vec<Self>, Error> {
        let candidates = candidates(settings, &Places::of_process())?;
        let (mut engines, mut failures) = (Vec::new(), Vec::new());
        let mut places = BTreeSet::new();
        for candidate in candidates {
            // One socket may have several names (podman-docker's is a link).
            let path = candidate.address.strip_prefix("unix://").map(std::fs::canonicalize);
            if let Some(Ok(path)) = path
                && !places.insert(path)
            {
                continue;
            }
            match Self::reach(&candidate.address).await {
                Ok(engine) => engines.push(engine),
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

    async fn reach(address: &str) -> Result<Self, Failure> {
        let api = open(address, CALL_TIMEOUT.as_secs())?;
        match tokio::time::timeout(PING_TIMEOUT, api.ping()).await {
            Ok(pong) => pong.map_err(|error| Failure::of(&error, address))?,
            Err(_) => return Err(Failure::Other(format!("it does not answer within {PING_TIMEOUT:?}"))),
        };
        let lasting = open(address, FOREVER)?;
        Ok(Self { api, lasting, address: address.to_owned(), facts: Arc::default(), machine: Arc::default() })
    }

    /// What the engine says of itself.
    pub(crate) async fn facts(&self) -> Result<&Facts, EngineError> {
        let ask = || async {
            let version = self.api.version().await?;
            let mut names = version.components.iter().flatten().map(|component| component.name.as_str());
            Ok(Facts {
                podman: names.any(|name| name.contains("Podman")),
                architecture: version.arch.unwrap_or_default(),
            })
        };
        self.facts.get_or_try_init(ask).await
    }

    /// What the engine says of its machine.
    pub(crate) async fn machine(&self) -> Result<&Machine, EngineError> {
        let ask = || async {
            let info = self.api.info().await?;
            Ok(Machine {
                id: info.id.unwrap_or_default(),
                cpus: info.ncpu.unwrap_or(i64::MAX),
                limits_cpus: info.cpu_cfs_quota.unwrap_or(true),
            })
        };
        self.machine.get_or_try_init(ask).await
    }

    /// The time by its clock; by this machine's, where the engine does not tell.
    pub(crate) async fn now(&self) -> SystemTime {
        let told = self.api.info().await.ok().and_then(|info| info.system_time);
        told.as_deref().and_then(time).unwrap_or_else(SystemTime::now)
    }

    /// An error of a call.
    pub(crate) fn error(&self, what: &str, error: &EngineError) -> Error {
        Error::platform(format!("{what}: {}", words(error))).hint(match is_connection(error) {
            true => format!("the container engine at {} no longer answers", self.address),
            false => String::new(),
        })
    }
}

/// An engine's own words, without the client's around them.
pub(crate) fn words(error: &EngineError) -> String {
    match error {
        EngineError::DockerResponseServerError { message, .. } => message.trim().to_owned(),
        EngineError::DockerStreamError { error } => error.trim().to_owned(),
        other => chain(other),
    }
}

/// A time in an engine's answers.
pub(crate) fn time(text: &str) -> Option<SystemTime> {
    SystemTime::try_from(DateTime::from_str(text, Format::DateTimeWithOffset).ok()?).ok()
}

/// Whether the engine says that a thing is not there.
pub(crate) fn is_missing(error: &EngineError) -> bool {
    matches!(error, EngineError::DockerResponseServerError { status_code: 404, .. })
}

fn is_connection(error: &EngineError) -> bool {
    !matches!(error, EngineError::DockerResponseServerError { .. } | EngineError::DockerStreamError { .. })
}

/// An error with its causes: the client's own text often hides why.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
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
        if let Some(path) = address.strip_prefix("unix://") {
            match std::os::unix::net::UnixStream::connect(path).map_err(|error| error.kind()) {
                Err(std::io::ErrorKind::PermissionDenied) => return Self::Denied,
                Err(std::io::ErrorKind::NotFound | std::io::ErrorKind::ConnectionRefused) => {
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

fn open(address: &str, timeout: u64) -> Result<bollard::Docker, Failure> {
    let opened = match address.strip_prefix("unix://") {
        Some(path) => bollard::Docker::connect_with_unix(path, timeout, API_DEFAULT_VERSION),
        None => bollard::Docker::connect_with_http(address, timeout, API_DEFAULT_VERSION),
    };
    opened.map_err(|error| match error {
        EngineError::SocketNotFoundError(_) => Failure::NotThere,
        other => Failure::Other(words(&other)),
    })
}

/// The directory of docker's own configuration.
pub(crate) fn docker_config() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("DOCKER_CONFIG").or_else(|| Some(set("HOME")?.join(".docker")))
}

/// What the process's surroundings say about engines.
#[derive(Debug, Default)]
struct Places {
    docker_host: Option<String>,
    /// `DOCKER_TLS_VERIFY`: the engine at `docker_host` speaks TLS.
    tls: bool,
    docker_context: Option<String>,
    docker_config: Option<PathBuf>,
    runtime_dir: Option<PathBuf>,
    home: Option<PathBuf>,
}

impl Places {
    fn of_process() -> Self {
        let path = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            docker_host: text("DOCKER_HOST"),
            tls: text("DOCKER_TLS_VERIFY").is_some(),
            docker_context: text("DOCKER_CONTEXT"),
            docker_config: docker_config(),
            runtime_dir: path("XDG_RUNTIME_DIR"),
            home: path("HOME"),
        }
    }

    /// The address of the context that the docker command line would use.
    fn context(&self) -> Option<(String, String)> {
        let directory = self.docker_config.as_ref()?;
        let read =
            |path: PathBuf| -> Option<Value> { serde_json::from_slice(&std::fs::read(path).ok()?).ok() };
        let name = match &self.docker_context {
            Some(name) => name.clone(),
            None => read(directory.join("config.json"))?.get("currentContext")?.as_str()?.to_owned(),
        };
        if name.is_empty() || name == "default" {
            return None;
        }
        // A context lies under the digest of its name. Source: github.com/docker/cli, cli/context/store.
        let digest: String =
            Sha256::digest(name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let meta = read(directory.join("contexts/meta").join(digest).join("meta.json"))?;
        let host = meta.pointer("/Endpoints/docker/Host")?.as_str()?.to_owned();
        Some((host, format!("docker context `{name}`")))
    }

    fn docker_sockets(&self) -> Vec<PathBuf> {
        let mut sockets = vec![PathBuf::from("/var/run/docker.sock")];
        sockets.extend(self.runtime_dir.as_ref().map(|directory| directory.join("docker.sock")));
        sockets.extend(self.home.as_ref().map(|home| home.join(".docker/run/docker.sock")));
        sockets
    }

    fn podman_sockets(&self) -> Vec<PathBuf> {
        let mut sockets = Vec::new();
        sockets.extend(self.runtime_dir.as_ref().map(|directory| directory.join("podman/podman.sock")));
        sockets.push(PathBuf::from("/run/podman/podman.sock"));
        sockets
    }
}

fn candidates(settings: &DockerSettings, places: &Places) -> Result<Vec<Candidate>, Error> {
    let said = settings
        .engine
        .clone()
        .map(|address| (address, "--engine".to_owned()))
        .or_else(|| Some((places.docker_host.clone()?, "DOCKER_HOST".to_owned())))
        .or_else(|| places.context());
    if let Some((address, said_by)) = said {
        return Ok(vec![Candidate {
            address: normal(&address, &said_by, places.tls)?,
            said_by: Some(said_by),
        }]);
    }
    let mut sockets = places.docker_sockets();
    if settings.any_engine {
        sockets.extend(places.podman_sockets());
    }
    let usual = |path: PathBuf| Candidate { address: format!("unix://{}", path.display()), said_by: None };
    Ok(sockets.into_iter().map(usual).collect())
}

/// The address in one of the forms that can be opened.
fn normal(address: &str, said_by: &str, wants_tls: bool) -> Result<String, Error> {
    if address.starts_with('/') {
        return Ok(format!("unix://{address}"));
    }
    let tls = address.starts_with("tcp://") && said_by == "DOCKER_HOST" && wants_tls;
    if !tls && ["unix:///", "tcp://", "http://"].iter().any(|scheme| address.starts_with(scheme)) {
        return Ok(address.to_owned());
    }
    let forward = "forward the engine's socket to this machine (ssh -L /tmp/engine.sock:/var/run/docker.sock \
                   HOST) and give --engine unix:///tmp/engine.sock";
    let (what, hint) = match address.split_once("://") {
        Some(("ssh", _)) => ("sortie does not reach engines over ssh", forward),
        Some(("https" | "tcp", _)) => ("sortie does not speak TLS to engines", forward),
        _ => (
            "that is no engine's address",
            "write unix:///var/run/docker.sock, or tcp://HOST:PORT for an engine that listens unprotected",
        ),
    };
    Err(Error::usage(format!("{said_by} is `{address}`: {what}")).hint(hint.to_owned()))
}

/// The error for all addresses together, with the one remedy that fits.
fn unreachable(failures: &[(Candidate, Failure)], any: bool) -> Error {
    let list: Vec<String> = failures
        .iter()
        .map(|(candidate, why)| {
            let by = candidate.said_by.as_ref().map(|by| format!(" ({by})")).unwrap_or_default();
            format!("{}{by}: {}", candidate.address, why.text())
        })
        .collect();
    let denied = failures.iter().find(|(_, why)| *why == Failure::Denied);
    let said = failures.iter().find_map(|(candidate, _)| candidate.said_by.as_deref());
    let hint = match (denied, said) {
        (Some((candidate, _)), _) => format!(
            "let this user use {}: add it to the socket's group (for docker: sudo usermod -aG docker $USER, \
             then log in again), or use rootless podman",
            candidate.address,
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

    fn addresses(settings: &DockerSettings, places: &Places) -> Vec<String> {
        let found = candidates(settings, places).expect("good addresses");
        found.into_iter().map(|candidate| candidate.address).collect()
    }

    fn engine(address: &str) -> DockerSettings {
        DockerSettings { engine: Some(address.into()), ..DockerSettings::default() }
    }

    #[test]
    fn an_address_that_was_said_is_the_only_one() {
        let places = Places { docker_host: Some("tcp://10.0.0.1:2375".into()), ..Places::default() };
        assert_eq!(addresses(&engine("/run/p.sock"), &places), ["unix:///run/p.sock"]);
        assert_eq!(addresses(&DockerSettings::default(), &places), ["tcp://10.0.0.1:2375"]);
    }

    #[test]
    fn times_of_any_zone_are_understood() {
        let seconds = |text: &str| {
            time(text).map(|at| at.duration_since(SystemTime::UNIX_EPOCH).expect("later").as_secs())
        };
        assert_eq!(seconds("2026-01-02T03:04:05.123456789Z"), Some(1_767_323_045));
        assert_eq!(seconds("2026-01-02T04:04:05.123456789+01:00"), Some(1_767_323_045));
        assert_eq!(seconds("soon"), None);
    }

    #[test]
    fn auto_tries_podman_after_docker() {
        let places = Places { runtime_dir: Some("/run/user/7".into()), ..Places::default() };
        let docker = ["unix:///var/run/docker.sock", "unix:///run/user/7/docker.sock"];
        assert_eq!(addresses(&DockerSettings::default(), &places), docker);
        let auto = DockerSettings { any_engine: true, ..DockerSettings::default() };
        assert_eq!(
            addresses(&auto, &places)[2..],
            ["unix:///run/user/7/podman/podman.sock", "unix:///run/podman/podman.sock"]
        );
    }

    #[test]
    fn the_docker_context_counts() {
        let directory = tempfile::tempdir().expect("a directory");
        let name = "colima";
        let digest: String = Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect();
        let meta = directory.path().join("contexts/meta").join(digest);
        std::fs::create_dir_all(&meta).expect("made");
        let host = r#"{"Endpoints":{"docker":{"Host":"unix:///colima.sock"}}}"#;
        std::fs::write(meta.join("meta.json"), host).expect("written");
        std::fs::write(directory.path().join("config.json"), r#"{"currentContext":"colima"}"#)
            .expect("written");
        let places = Places { docker_config: Some(directory.path().into()), ..Places::default() };
        assert_eq!(addresses(&DockerSettings::default(), &places), ["unix:///colima.sock"]);
        let other = Places { docker_context: Some("default".into()), ..places };
        assert_eq!(addresses(&DockerSettings::default(), &other), ["unix:///var/run/docker.sock"]);
    }

    #[test]
    fn addresses_that_can_not_be_used_say_what_to_do() {
        for (address, said) in
            [("ssh://host", "ssh -L"), ("https://h:2376", "forward"), ("x", "unix:///var/run")]
        {
            let error = candidates(&engine(address), &Places::default()).expect_err("bad");
            assert!(error.is_usage() && error.advice().contains(said), "{error:?} {}", error.advice());
        }
    }

    #[test]
    fn an_engine_that_wants_tls_is_not_spoken_to_without() {
        let host = Some("tcp://docker:2376".to_owned());
        let places = Places { docker_host: host, tls: true, ..Places::default() };
        let error = candidates(&DockerSettings::default(), &places).expect_err("TLS");
        assert!(
            error.is_usage() && error.to_string().contains("TLS") && error.advice().contains("ssh -L"),
            "{error:?}"
        );
    }

    #[test]
    fn the_remedy_fits_the_failure() {
        let at = |address: &str, said_by: Option<&str>| Candidate {
            address: address.into(),
            said_by: said_by.map(str::to_owned),
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
