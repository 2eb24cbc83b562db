//! A container engine that has answered, and what it says of itself.
//!
//! - [`candidates`]: the addresses where an engine may be.
//! - [`connect`]: reaching one of them, or all, and saying why none answers.
//! - [`docker_config`]: docker's own configuration: its current context, its proxies.
//! - [`credential`]: credentials for a registry, from there or from a helper.
//! - [`http_get`]: an answer that the client's own types are too narrow for.
//! - [`local_socket`]: what a local engine listens at.

pub(crate) mod docker_config;
pub(crate) mod http_get;

mod candidates;
mod connect;
mod credential;
mod local_socket;

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use std::time::SystemTime;

use bollard::errors::Error as EngineError;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::OnceCell;

use self::docker_config::DockerConfig;
use crate::error::Error;
use crate::secrecy::Secrets;
use crate::secrecy::without_credentials;

/// How long an engine may take for an ordinary call. A loaded laptop can take many seconds to
/// create a container.
const CALL_TIMEOUT: Duration = Duration::from_secs(120);

/// An engine that has answered.
#[derive(Debug, Clone)]
pub(crate) struct Engine {
    /// For ordinary calls.
    pub(crate) api: bollard::Docker,
    /// For calls that last: waiting for an end, following a log, pulling an image.
    pub(crate) lasting: bollard::Docker,
    /// Where it was reached.
    pub(crate) address: String,
    /// A setting named it: whoever lacks that setting does not find it.
    pub(crate) given: bool,
    /// What docker's command line would use beside it.
    pub(crate) config: DockerConfig,
    /// Learn the credentials that are handed to it.
    pub(crate) secrets: Secrets,
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

impl Engine {
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
            true => {
                format!("the container engine at {} no longer answers", without_credentials(&self.address))
            }
            false => String::new(),
        })
    }
}

/// An engine's own words, without the client's around them.
pub(crate) fn words(error: &EngineError) -> String {
    match error {
        EngineError::DockerResponseServerError { message, .. } => message.trim().to_owned(),
        EngineError::DockerStreamError { error } => error.trim().to_owned(),
        other => innermost(other),
    }
}

/// The last cause of an error: the layers around it are the client's own.
fn innermost(error: &EngineError) -> String {
    let mut cause: &(dyn StdError + 'static) = error;
    loop {
        let within = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let Some(next) = within.map(|within| within as &(dyn StdError + 'static)).or_else(|| cause.source())
        else {
            return match error {
                EngineError::RequestTimeoutError => "no answer in time".to_owned(),
                _ => cause.to_string(),
            };
        };
        cause = next;
    }
}

/// A time in an engine's answers, which may be of any zone.
pub(crate) fn time(text: &str) -> Option<SystemTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok().map(SystemTime::from)
}

/// Whether the engine says that a thing is not there.
pub(crate) fn is_missing(error: &EngineError) -> bool {
    matches!(error, EngineError::DockerResponseServerError { status_code: 404, .. })
}

fn is_connection(error: &EngineError) -> bool {
    !matches!(error, EngineError::DockerResponseServerError { .. } | EngineError::DockerStreamError { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_any_zone_are_understood() {
        let seconds = |text: &str| {
            time(text).map(|at| at.duration_since(SystemTime::UNIX_EPOCH).expect("later").as_secs())
        };
        assert_eq!(seconds("2026-01-02T03:04:05.123456789Z"), Some(1_767_323_045));
        assert_eq!(seconds("2026-01-02T04:04:05.123456789+01:00"), Some(1_767_323_045));
        assert_eq!(seconds("soon"), None);
    }
}
