//! Health checks, which other containers may wait for.
//!
//! sortie runs the checks itself, with an exec in the container, as the engine would: Docker
//! answers only after a whole interval, and Podman not at all on a machine without systemd.

use std::time::Duration;

use bollard::errors::Error as EngineError;
use bollard::exec::StartExecOptions;
use bollard::exec::StartExecResults;
use bollard::models::ExecConfig;
use futures_util::StreamExt as _;
use serde::Deserialize;
use tokio::time::Instant;

use super::super::engine::Engine;

/// While a container is not healthy yet it is asked at least this often, whatever its interval:
/// somebody waits.
const EAGER: Duration = Duration::from_secs(1);

/// A health check. Source of the defaults: Amazon ECS API reference, HealthCheck.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HealthCheck {
    /// `CMD` and words, or `CMD-SHELL` and a script.
    command: Vec<String>,
    /// Seconds between two checks.
    #[serde(default = "thirty")]
    interval: u64,
    /// Seconds until a check counts as failed.
    #[serde(default = "five")]
    timeout: u64,
    /// Failures in a row that make a container unhealthy.
    #[serde(default = "three")]
    retries: u32,
    /// Seconds after the start in which failures do not count.
    #[serde(default)]
    start_period: u64,
}

fn thirty() -> u64 {
    30
}

fn five() -> u64 {
    5
}

fn three() -> u32 {
    3
}

impl HealthCheck {
    /// The words to run in the container; `None`: no check at all (`NONE`).
    fn words(&self) -> Option<Vec<String>> {
        match self.command.split_first() {
            Some((first, script)) if first == "CMD-SHELL" => Some(
                ["/bin/sh".to_owned(), "-c".to_owned()].into_iter().chain(script.iter().cloned()).collect(),
            ),
            Some((first, words)) if first == "CMD" && !words.is_empty() => Some(words.to_vec()),
            _ => None,
        }
    }

    /// Asks until the container is healthy. `unhealthy` is called once, when the checks have failed
    /// as often as the definition allows; they go on, as the agent's do. `false`: the container does
    /// not run any more.
    pub(crate) async fn watch(&self, engine: &Engine, id: &str, unhealthy: impl FnOnce()) -> bool {
        let Some(words) = self.words() else { return true };
        let mut unhealthy = Some(unhealthy);
        let (interval, started) = (Duration::from_secs(self.interval), Instant::now());
        let mut counting_from = started + Duration::from_secs(self.start_period);
        let mut failures = 0;
        let mut pause = interval.min(EAGER);
        loop {
            tokio::time::sleep(pause).await;
            let check = run(engine, id, &words);
            pause = match tokio::time::timeout(Duration::from_secs(self.timeout), check).await {
                Ok(Some(true)) => return true,
                Ok(Some(false)) => interval.min(EAGER),
                Ok(None) => return false,
                // It may still run, and cannot be ended: not one more on top each second.
                Err(_) => interval,
            };
            // Between two checks that count lies an interval, as it would in the engine.
            if counting_from + interval <= Instant::now() {
                counting_from = Instant::now();
                failures += 1;
                if failures >= self.retries.max(1)
                    && let Some(unhealthy) = unhealthy.take()
                {
                    unhealthy();
                }
            }
        }
    }
}

/// Runs the words in the container; whether they ended with 0, or `None` when it does not run.
async fn run(engine: &Engine, id: &str, words: &[String]) -> Option<bool> {
    let config = ExecConfig {
        cmd: Some(words.to_vec()),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        ..Default::default()
    };
    let exec = match engine.api.create_exec(id, config).await {
        Ok(exec) => exec,
        Err(EngineError::DockerResponseServerError { status_code: 404 | 409, .. }) => return None,
        Err(_) => return Some(false),
    };
    let started = engine.api.start_exec(&exec.id, None::<StartExecOptions>).await;
    let Ok(StartExecResults::Attached { mut output, .. }) = started else { return Some(false) };
    // Its end is the check's end.
    while let Some(Ok(_)) = output.next().await {}
    Some(engine.api.inspect_exec(&exec.id).await.is_ok_and(|exec| exec.exit_code == Some(0)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(command: &[&str]) -> HealthCheck {
        serde_json::from_value(json!({ "command": command })).expect("a check")
    }

    #[test]
    fn both_forms_of_a_command_and_the_defaults() {
        let shell = check(&["CMD-SHELL", "test -e /ready"]);
        assert_eq!(shell.words().expect("words"), ["/bin/sh", "-c", "test -e /ready"]);
        assert_eq!((shell.interval, shell.timeout, shell.retries, shell.start_period), (30, 5, 3, 0));
        assert_eq!(check(&["CMD", "ready", "-q"]).words().expect("words"), ["ready", "-q"]);
        assert_eq!(check(&["NONE"]).words(), None);
    }
}
