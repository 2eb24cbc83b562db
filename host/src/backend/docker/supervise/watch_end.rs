//! Waiting for a container's end, through an engine that may go away meanwhile.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use bollard::errors::Error as EngineError;
use bollard::models::ContainerState;
use bollard::query_parameters::InspectContainerOptions;
use bollard::query_parameters::WaitContainerOptions;
use futures_util::StreamExt as _;

use super::super::engine;
use super::super::engine::Engine;
use crate::error::Error;

/// How soon an engine that failed to tell of an end is asked again.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// How long an engine may fail to tell before it is given up.
const RETRY_BUDGET: Duration = Duration::from_secs(60);

/// Waits for a container's end, and tells how it ended. Notes in `cut_off` that the engine could
/// not be reached while the container ran.
pub(super) async fn watch_end(
    engine: &Engine,
    id: &str,
    name: &str,
    cut_off: &AtomicBool,
) -> Result<ContainerState, Error> {
    // Containers are never removed by the engine itself, so that this condition is true for one
    // that has ended already, and the code is there to be read (podman tells 0 after a removal).
    let options = WaitContainerOptions { condition: "not-running".to_owned() };
    let mut failing_since: Option<Instant> = None;
    loop {
        // A code other than 0 comes as an error; the inspection tells either way.
        let waited = engine.lasting.wait_container(id, Some(options.clone())).next().await;
        let broke = !matches!(waited, Some(Ok(_) | Err(EngineError::DockerContainerWaitError { .. })));
        let inspected = engine.api.inspect_container(id, None::<InspectContainerOptions>).await;
        match inspected.map(|container| container.state) {
            Ok(Some(state)) if state.running != Some(true) => return Ok(state),
            Ok(_) => {
                failing_since = None;
                cut_off.fetch_or(broke, Ordering::Relaxed);
            }
            Err(error) if engine::is_missing(&error) => {
                return Err(Error::platform(format!("container `{name}` was removed while it ran"))
                    .hint("somebody else removed it (docker rm), or another sortie reaped it"));
            }
            Err(error) => {
                // An answer that cannot be understood comes from an engine that was reached.
                let reached =
                    matches!(error, EngineError::JsonDataError { .. } | EngineError::JsonSerdeError { .. });
                cut_off.fetch_or(!reached, Ordering::Relaxed);
                if failing_since.get_or_insert_with(Instant::now).elapsed() >= RETRY_BUDGET {
                    return Err(engine.error(&format!("container `{name}`"), &error));
                }
            }
        }
        tokio::time::sleep(RETRY_PAUSE).await;
    }
}
