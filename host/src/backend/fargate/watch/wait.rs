//! Watching a task to its end.
//!
//! No state is waited for except STOPPED: a task may pass through RUNNING between two looks, or
//! never reach it.

use std::time::Duration;

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::Task;
use tokio::time::Instant;

use super::diagnose;
use crate::backend::TaskEnd;
use crate::backend::backoff::Backoff;
use crate::backend::fargate::aws::failure::Failure;
use crate::backend::fargate::aws::pace;
use crate::backend::fargate::handle::FargateHandle;
use crate::backend::fargate::handle::Stage;
use crate::error::Error;
use crate::error::Kind;
use crate::event;
use crate::event::EventKind;
use crate::stream::EventSender;

/// How long a task may be unknown after its launch, or after it was last seen: DescribeTasks is
/// eventually consistent. Source: Amazon ECS API reference, RunTask; Dagster allows 51 s
/// (issue 4448).
const MISSING_TOLERANCE: Duration = Duration::from_secs(60);

/// How long calls may fail one after the other (throttling, server errors, connections) before
/// sortie loses sight of the task. The task goes on meanwhile, so patience costs nothing.
const FAILURE_TOLERANCE: Duration = Duration::from_secs(600);

/// Watches the task.
pub(crate) async fn wait(
    ecs: &Client,
    handle: &FargateHandle,
    events: &EventSender,
) -> Result<TaskEnd, Error> {
    let mut state = String::new();
    let mut changed = Instant::now();
    let mut last_seen = handle.life.since;
    let mut last_answer = Instant::now();
    let mut backoff = Backoff::for_calls();
    handle.life.stage.send_if_modified(|stage| {
        let unknown = *stage == Stage::Unknown;
        if unknown {
            *stage = Stage::Starting;
        }
        unknown
    });
    loop {
        let pause = match describe(ecs, handle).await {
            Ok(Some(task)) => {
                last_seen = Instant::now();
                last_answer = last_seen;
                backoff = Backoff::for_calls();
                let now = task.last_status().unwrap_or_default().to_lowercase();
                if !now.is_empty() && now != state {
                    state = now;
                    changed = Instant::now();
                    events.send(EventKind::StateChanged { stage: stage(&state), state: state.clone() });
                }
                if !is_starting(&state) {
                    // Only the change wakes those who read the logs.
                    handle
                        .life
                        .stage
                        .send_if_modified(|stage| std::mem::replace(stage, Stage::Running) != Stage::Running);
                }
                if has_ended(&state) {
                    return Ok(diagnose::end(&task, &handle.containers));
                }
                pace::task_pause(changed.elapsed(), state == "running")
            }
            Ok(None) => {
                last_answer = Instant::now();
                if last_seen.elapsed() > MISSING_TOLERANCE {
                    return Err(forgotten(&handle.id));
                }
                pace::task_pause(last_seen.elapsed(), false)
            }
            Err(failure) if failure.is_passing() && last_answer.elapsed() < FAILURE_TOLERANCE => {
                // A time without answers says nothing about whether the task is known.
                last_seen = Instant::now();
                let pause = backoff.pause();
                let message = format!("DescribeTasks: {failure}; again in {:.1} s", pause.as_secs_f64());
                events.send(EventKind::Detail { message });
                pause
            }
            Err(failure) => {
                let error = failure.error(&format!("of {}", handle.id)).of_kind(Kind::Platform);
                return Err(
                    error.reworded(|what| format!("{what}; the task was not stopped and may still run"))
                );
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = handle.life.hurry.notified() => {
                // A stop was accepted: look now, and as often as at the beginning.
                changed = Instant::now();
            }
        }
    }
}

/// Source: Amazon ECS Developer Guide, task life cycle.
fn is_starting(state: &str) -> bool {
    matches!(state, "" | "provisioning" | "pending" | "activating")
}

/// ECS's word in the words that all platforms share.
/// Source: Amazon ECS Developer Guide, task life cycle.
fn stage(state: &str) -> event::Stage {
    match state {
        _ if is_starting(state) => event::Stage::Starting,
        "running" => event::Stage::Running,
        _ if has_ended(state) => event::Stage::Stopped,
        _ => event::Stage::Stopping,
    }
}

fn has_ended(state: &str) -> bool {
    matches!(state, "stopped" | "deleted")
}

/// The task, or nothing if ECS does not know it.
pub(crate) async fn describe(ecs: &Client, handle: &FargateHandle) -> Result<Option<Task>, Failure> {
    describe_task(ecs, &handle.cluster, &handle.id).await
}

/// See [`describe`].
pub(crate) async fn describe_task(ecs: &Client, cluster: &str, id: &str) -> Result<Option<Task>, Failure> {
    let call = ecs.describe_tasks().cluster(cluster).tasks(id);
    let answer = call.send().await.map_err(|error| Failure::new("DescribeTasks", &error))?;
    Ok(answer.tasks.unwrap_or_default().into_iter().next())
}

/// What is said when ECS does not know a task (any more).
pub(crate) fn forgotten(id: &str) -> Error {
    Error::platform(format!("ECS does not know the task {id}"))
        .hint("check the cluster and the region; stopped tasks can be described for about one hour only")
}
