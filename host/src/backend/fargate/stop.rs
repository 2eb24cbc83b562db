//! StopTask.

use std::time::Duration;

use aws_sdk_ecs::Client;
use tokio::time::Instant;

use super::aws::failure::Class;
use super::aws::failure::Failure;
use super::aws::retry::with_retries;
use super::handle::FargateHandle;
use crate::error::Error;
use crate::error::Kind;

/// Longest reason. Source: Amazon ECS API reference, StopTask, `reason`: 255 characters.
const LONGEST_REASON: usize = 255;

/// How long a stop is tried. It is the last thing that a cancelled run does, and a task that
/// goes on costs money: longer than anybody likes to wait, shorter than a job's hard limit.
const BUDGET: Duration = Duration::from_secs(60);

/// ECS is eventually consistent: so long after its launch an unknown task may only be unknown yet.
const YOUNG: Duration = Duration::from_secs(30);

/// Asks ECS to stop the task, and tells those who wait for it. A task that is gone is no error.
pub(super) async fn stop(ecs: &Client, handle: &FargateHandle, reason: &str) -> Result<(), Error> {
    let young = handle.life.since + YOUNG;
    let stopped = stop_task(ecs, &handle.cluster, &handle.id, reason, young).await;
    handle.life.hurry.notify_one();
    stopped.map(|_| ())
}

/// Asks ECS to stop a task; answers whether ECS knows it. Until `young` an unknown task may only be
/// unknown yet.
pub(super) async fn stop_task(
    ecs: &Client,
    cluster: &str,
    id: &str,
    reason: &str,
    young: Instant,
) -> Result<bool, Error> {
    let reason: String = reason.chars().take(LONGEST_REASON).collect();
    let result = with_retries(BUDGET, || async {
        let call = ecs.stop_task().cluster(cluster).task(id).reason(&reason);
        let Err(error) = call.send().await else { return Ok(()) };
        let mut failure = Failure::new("StopTask", &error);
        match failure.class {
            // A success that holds a task which the SDK cannot read: the stop is accepted.
            Class::Unreadable => return Ok(()),
            _ if is_gone(&failure) && Instant::now() < young => failure.class = Class::Transient,
            _ => {}
        }
        Err(failure)
    })
    .await;
    match result {
        Ok(()) => Ok(true),
        // It stopped long ago and is forgotten.
        Err(failure) if failure.class == Class::Missing || is_gone(&failure) => Ok(false),
        Err(failure) => {
            let hint = match failure.hint {
                "" => "the task may still run; stop it by hand".to_owned(),
                hint => format!("the task may still run; {hint}"),
            };
            Err(failure.error(&format!("of {id}")).of_kind(Kind::Platform).hinted_anew([hint]))
        }
    }
}

/// ECS answers InvalidParameterException "The referenced task was not found." for a task that is
/// not known any more.
fn is_gone(failure: &Failure) -> bool {
    failure.message.to_lowercase().contains("task was not found")
}
