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
use tokio::time::Instant;

use super::super::engine::Engine;
use super::super::plan::health_check::HealthCheck;

/// While a container is not healthy yet it is asked at least this often, whatever its interval:
/// somebody waits.
const EAGER: Duration = Duration::from_secs(1);

/// Asks until the container is healthy. `unhealthy` is called once, when the checks have failed
/// as often as the definition allows; they go on, as the agent's do. `false`: the container does
/// not run any more.
pub(super) async fn watch(check: &HealthCheck, engine: &Engine, id: &str, unhealthy: impl FnOnce()) -> bool {
    let Some(words) = check.words() else { return true };
    let mut unhealthy = Some(unhealthy);
    let (interval, started) = (Duration::from_secs(check.interval.into()), Instant::now());
    let mut counting_from = started + Duration::from_secs(check.start_period.into());
    let mut failures = 0;
    let mut pause = interval.min(EAGER);
    loop {
        tokio::time::sleep(pause).await;
        let answer = run(engine, id, &words);
        pause = match tokio::time::timeout(Duration::from_secs(check.timeout.into()), answer).await {
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
            if failures >= check.retries.max(1)
                && let Some(unhealthy) = unhealthy.take()
            {
                unhealthy();
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
