//! StopTask. One call; whether it is made again is the supervisor's business.

use std::time::Duration;

use super::aws::clients::Ecs;
use super::aws::failure::Class;
use super::aws::failure::Failure;
use super::handle::FargateHandle;
use crate::backend::StopError;
use crate::backend::task::StopAgain;
use crate::error::Kind;

/// Longest reason. Source: Amazon ECS API reference, StopTask, `reason`: 255 characters.
const MAX_REASON: usize = 255;

/// ECS is eventually consistent: so long after its launch an unknown task may only be unknown yet.
const YOUNG: Duration = Duration::from_secs(30);

/// Asks ECS to stop the task, and tells those who watch it. A task that is gone is not an error.
pub(super) async fn stop(ecs: &Ecs, handle: &FargateHandle, reason: &str) -> Result<(), StopError> {
    let stopped = stop_task(ecs, &handle.cluster, &handle.id, reason).await;
    handle.life.hurry.notify_one();
    match stopped? {
        false if handle.life.since.elapsed() < YOUNG => Err(StopError {
            error: super::watch::describe::forgotten(&handle.id),
            again: StopAgain::IfNotKnownYet,
        }),
        _ => Ok(()),
    }
}

/// Asks ECS to stop a task; answers whether ECS knows it.
pub(super) async fn stop_task(ecs: &Ecs, cluster: &str, id: &str, reason: &str) -> Result<bool, StopError> {
    let reason: String = reason.chars().take(MAX_REASON).collect();
    const OPERATION: &str = "StopTask";
    let call = ecs.client.stop_task().cluster(cluster).task(id).reason(reason).send();
    let asked = async {
        match call.await.map_err(|error| Failure::new(OPERATION, &error)) {
            // A success that holds a task which the SDK cannot read (an exit code beyond 32 bits).
            Err(failure) if failure.class == Class::Unreadable => Ok(()),
            answer => answer.map(drop),
        }
    };
    let failure = match ecs.calls.ask(OPERATION, asked).await {
        Ok(()) => return Ok(true),
        Err(failure) => failure,
    };
    // It stopped long ago and is forgotten.
    if failure.class == Class::Missing || is_gone(&failure) {
        return Ok(false);
    }
    let hint = match failure.hint {
        "" => "the task may still run; stop it by hand".to_owned(),
        hint => format!("the task may still run; {hint}"),
    };
    let error = match failure.class {
        // There is no such cluster: nothing was there to stop.
        Class::Invalid => failure.error(&format!("of {id}")),
        _ => failure.error(&format!("of {id}")).of_kind(Kind::Platform).hinted_anew([hint]),
    };
    let again = if failure.is_retryable() { StopAgain::Soon } else { StopAgain::Never };
    Err(StopError { error, again })
}

/// ECS answers InvalidParameterException "The referenced task was not found." for a task that is
/// not known any more.
fn is_gone(failure: &Failure) -> bool {
    failure.message.to_lowercase().contains("task was not found")
}
