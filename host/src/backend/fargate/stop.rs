//! StopTask. One call; whether it is made again is the supervisor's business.

use std::time::Duration;
use std::time::SystemTime;

use aws_sdk_ecs::types::Container;
use aws_sdk_ecs::types::Task;

use super::aws::clients::Ecs;
use super::aws::clock;
use super::aws::failure::Class;
use super::aws::failure::Failure;
use super::handle::FargateHandle;
use crate::backend::StopAnswer;
use crate::backend::StopError;
use crate::backend::task::StopAgain;
use crate::error::Kind;

/// Longest reason. Source: Amazon ECS API reference, StopTask, `reason`: 255 characters.
const MAX_REASON: usize = 255;

/// ECS is eventually consistent: so long after its launch an unknown task may only be unknown yet.
const YOUNG: Duration = Duration::from_secs(30);

/// Clocks of this machine and of the platform differ by less, or a stop is told as one that was asked for now.
const CLOCKS: Duration = Duration::from_secs(2);

/// Asks ECS to stop the task, and tells those who watch it. A task that is gone is not an error.
pub(super) async fn stop(ecs: &Ecs, handle: &FargateHandle, reason: &str) -> Result<(), StopError> {
    let stopped = stop_task(ecs, &handle.cluster, &handle.id, reason).await;
    handle.life.hurry.notify_one();
    match stopped? {
        None if handle.life.since.elapsed() < YOUNG => Err(StopError {
            error: super::watch::describe::forgotten(&handle.id),
            again: StopAgain::IfNotKnownYet,
        }),
        _ => Ok(()),
    }
}

/// Asks ECS to stop a task; answers what that came to, or nothing if ECS does not know the task.
pub(super) async fn stop_task(
    ecs: &Ecs,
    cluster: &str,
    id: &str,
    reason: &str,
) -> Result<Option<StopAnswer>, StopError> {
    let reason: String = reason.chars().take(MAX_REASON).collect();
    let sent = SystemTime::now();
    const OPERATION: &str = "StopTask";
    let call = ecs.client.stop_task().cluster(cluster).task(id).reason(&reason).send();
    let asked = async {
        match call.await.map_err(|error| Failure::new(OPERATION, &error)) {
            Ok(answer) => Ok(answer.task.map_or(StopAnswer::Stopping, |task| came_to(&task, &reason, sent))),
            // A success that holds a task which the SDK cannot read (an exit code beyond 32 bits).
            Err(failure) if failure.class == Class::Unreadable => Ok(StopAnswer::Stopping),
            Err(failure) => Err(failure),
        }
    };
    let failure = match ecs.calls.ask(OPERATION, asked).await {
        Ok(answer) => return Ok(Some(answer)),
        Err(failure) => failure,
    };
    // It stopped long ago and is forgotten.
    if failure.class == Class::Missing || is_gone(&failure) {
        return Ok(None);
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

/// What a stop for this reason, sent at this moment, has come to. ECS keeps what was said first of a stop.
fn came_to(task: &Task, reason: &str, sent: SystemTime) -> StopAnswer {
    let before = |at: Option<SystemTime>| at.is_some_and(|at| at + CLOCKS < sent);
    let for_another_reason =
        task.stopped_reason().is_some_and(|told| !told.is_empty() && !told.contains(reason));
    let stopped = task.last_status().is_some_and(|status| status.eq_ignore_ascii_case("STOPPED"));
    if stopped && (for_another_reason || before(clock::time(task.stopped_at()))) {
        let code =
            |container: &Container| (container.name().unwrap_or_default().to_owned(), container.exit_code());
        return StopAnswer::HadEnded(task.containers().iter().map(code).collect());
    }
    match for_another_reason || before(clock::time(task.stopping_at())) {
        true => StopAnswer::WasStopping,
        false => StopAnswer::Stopping,
    }
}

/// ECS answers InvalidParameterException "The referenced task was not found." for a task that is
/// not known any more.
fn is_gone(failure: &Failure) -> bool {
    failure.message.to_lowercase().contains("task was not found")
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;

    use super::*;

    #[test]
    fn what_a_stop_came_to_is_read_from_the_answer() {
        let sent = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
        let at = |seconds| DateTime::from_secs(seconds);
        let task = |status: &str| Task::builder().last_status(status);
        let told = task("RUNNING").stopped_reason("mine").stopping_at(at(1001)).build();
        assert_eq!(came_to(&told, "mine", sent), StopAnswer::Stopping);
        assert_eq!(came_to(&task("RUNNING").build(), "mine", sent), StopAnswer::Stopping);
        for before in [
            task("DEACTIVATING").stopped_reason("Essential container in task exited"),
            task("RUNNING").stopped_reason("mine").stopping_at(at(900)),
        ] {
            assert_eq!(came_to(&before.build(), "mine", sent), StopAnswer::WasStopping);
        }
        let app = Container::builder().name("app").exit_code(7).build();
        let ended = task("STOPPED").stopped_reason("Essential container in task exited").containers(app);
        assert_eq!(
            came_to(&ended.build(), "mine", sent),
            StopAnswer::HadEnded(vec![("app".into(), Some(7))])
        );
        let again = task("STOPPED").stopped_reason("mine").stopped_at(at(900));
        assert_eq!(came_to(&again.build(), "mine", sent), StopAnswer::HadEnded(Vec::new()));
        // An answer that was given after the end: it was this stop.
        let quick = task("STOPPED").stopped_reason("mine").stopped_at(at(1001));
        assert_eq!(came_to(&quick.build(), "mine", sent), StopAnswer::Stopping);
    }
}
