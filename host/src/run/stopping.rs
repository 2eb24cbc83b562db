//! Stopping a task for sure.

use std::fmt;
use std::time::Duration;

use crate::backend::Backend;
use crate::backend::RunHandle;
use crate::error::Error;
use crate::event::RunEvent;

/// How often the API call that stops a task is tried before a person is asked to do it.
const STOP_TRIES: u32 = 5;

/// After a stop was asked for, how much longer than the stop timeout sortie waits for the task's
/// end and the rest of its log. A second signal cuts it short.
pub(super) const STOP_GRACE: Duration = Duration::from_secs(10);

/// The longest stop timeout there is on Fargate. Source: Amazon ECS API reference,
/// ContainerDefinition, `stopTimeout`.
pub(super) const LONGEST_STOP_TIMEOUT: Duration = Duration::from_secs(120);

/// Asks the platform to stop the task, several times if need be.
pub(super) async fn stop_with_tries<B: Backend>(
    backend: &B,
    handle: &B::Handle,
    reason: &str,
) -> Result<(), Error> {
    let mut pause = Duration::from_millis(100);
    let mut tries = 1;
    loop {
        match backend.stop(handle, reason).await {
            Err(_) if tries < STOP_TRIES => {
                tries += 1;
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            result => return result,
        }
    }
}

/// The platform did not accept the stop.
pub(super) fn not_stopped(handle: &impl RunHandle, why: &impl fmt::Display) -> RunEvent {
    let (id, command) = (handle.id(), handle.stop_command());
    RunEvent::Warning { message: format!("{id} could not be stopped: {why}; stop it by hand: {command}") }
}

/// What to do when sortie leaves before a task that it wanted to stop has ended.
pub(super) fn left_behind(handle: &impl RunHandle, refused: bool) -> String {
    let (id, command) = (handle.id(), handle.stop_command());
    match refused {
        true => format!("{id} could not be stopped and goes on; stop it by hand: {command}"),
        false => format!(
            "sortie asked for the stop and left before {id} had ended; check with the platform, or: {command}"
        ),
    }
}

/// Returns at that moment; never without one.
pub(super) async fn at(instant: Option<tokio::time::Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
