//! Stopping a container for sure.

use std::time::Duration;

use bollard::errors::Error as EngineError;
use bollard::query_parameters::KillContainerOptions;
use bollard::query_parameters::StopContainerOptions;

use super::super::engine::Engine;

/// How much longer than the stop timeout an engine may take to stop a container.
const STOP_PATIENCE: Duration = Duration::from_secs(15);

/// How often the kill after that is tried, and the pause between two tries.
const KILL_TRIES: u32 = 60;
const KILL_PAUSE: Duration = Duration::from_millis(500);

/// Has the engine stop a container within `timeout`, and kill it if that fails.
pub(crate) async fn stop(engine: &Engine, id: &str, timeout: Duration) {
    let seconds = i32::try_from(timeout.as_secs()).unwrap_or(i32::MAX);
    let options = StopContainerOptions { t: Some(seconds), ..Default::default() };
    let stop = engine.lasting.stop_container(id, Some(options));
    if let Ok(Ok(())) = tokio::time::timeout(timeout + STOP_PATIENCE, stop).await {
        return;
    }
    for _ in 0..KILL_TRIES {
        match engine.api.kill_container(id, None::<KillContainerOptions>).await {
            // An answer: it is killed, or there is nothing left to kill.
            Ok(()) | Err(EngineError::DockerResponseServerError { status_code: 404 | 409, .. }) => return,
            Err(_) => tokio::time::sleep(KILL_PAUSE).await,
        }
    }
}
