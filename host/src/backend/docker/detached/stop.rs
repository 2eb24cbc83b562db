//! Stopping a detached task, and what that came to.

use std::time::Duration;

use bollard::query_parameters::KillContainerOptions;

use super::super::engine::Engine;
use super::super::supervise::stop::stop as stop_container;
use super::super::supervise::waves::stop_in_waves;
use super::super::supervise::waves::waves;
use super::found;
use super::found::Found;
use super::found::FoundContainer;
use super::found::FoundState;
use super::mark;
use crate::backend::EndCause;
use crate::backend::StopAnswer;
use crate::backend::StopError;
use crate::backend::task::StopAgain;
use crate::error::Error;

/// Stops a task, and returns when nothing of it runs any more. Later steps know that it was stopped.
pub(crate) async fn stop(engine: &Engine, found: &Found, reason: &str) -> Result<StopAnswer, StopError> {
    let failed = |error: Error| StopError { error, again: StopAgain::Soon };
    let ended = !found.goes_on();
    let stopped_before = found.marked_end().is_some_and(|mark| mark.cause == EndCause::Stopped);
    if !ended {
        mark::end(engine, &found.run, EndCause::Stopped, reason).await.map_err(failed)?;
    }
    let over = found.is_over();
    if !over {
        let containers = found.containers.iter();
        let planned: Vec<(&str, Vec<String>)> =
            containers.map(|container| (container.name.as_str(), depends_on(container))).collect();
        let order = waves(&planned, |index| {
            let container = &found.containers[index];
            let timeout = container.label.as_ref().map_or(0, |label| label.stop_timeout);
            let runs = !matches!(container.state, FoundState::Ended(_));
            runs.then(|| (container.id.clone(), Duration::from_secs(timeout)))
        });
        stop_in_waves(order, |(id, timeout)| async move {
            stop_container(engine, &id, timeout).await;
        })
        .await;
    }
    release_network(engine, found.pause.as_deref()).await;
    let now = match over {
        true => None,
        false => found::one(engine, &found.run).await.map_err(failed)?,
    };
    let codes = exit_codes(now.as_ref().unwrap_or(found));
    Ok(match (ended, stopped_before, over) {
        (false, ..) => StopAnswer::Stopped(codes),
        (true, true, false) => StopAnswer::WasStopping,
        (true, ..) => StopAnswer::HadEnded(codes),
    })
}

/// Ends the container that holds the network namespace of a task that is over. Nothing of it is lost.
pub(crate) async fn release_network(engine: &Engine, pause: Option<&str>) {
    if let Some(pause) = pause {
        // One that has ended cannot be killed.
        let _ = engine.api.kill_container(pause, None::<KillContainerOptions>).await;
    }
}

fn depends_on(container: &FoundContainer) -> Vec<String> {
    container.label.as_ref().map(|label| label.depends_on.clone()).unwrap_or_default()
}

/// The containers' exit codes: of the main one, where it is known.
fn exit_codes(found: &Found) -> Vec<(String, Option<i32>)> {
    let code = |container: &found::FoundContainer| match &container.state {
        FoundState::Ended(state) => state.exit_code.and_then(|code| i32::try_from(code).ok()),
        _ => None,
    };
    let main =
        found.containers.iter().find(|container| container.label.as_ref().is_some_and(|label| label.main));
    match main {
        Some(main) => vec![(main.name.clone(), code(main))],
        None => found.containers.iter().map(|container| (container.name.clone(), code(container))).collect(),
    }
}
