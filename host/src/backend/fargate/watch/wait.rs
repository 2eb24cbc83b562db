//! Watching a task to its end: asks, waits, and says what [`Watcher`] makes of the answers.

use tokio::time::Instant;

use super::describe::describe_task;
use super::task::Task;
use super::watcher::News;
use super::watcher::Next;
use super::watcher::Watcher;
use crate::backend::TaskEnd;
use crate::backend::fargate::aws::clients::Clients;
use crate::backend::fargate::guard::Guard;
use crate::backend::fargate::handle::FargateHandle;
use crate::backend::fargate::handle::Stage;
use crate::backend::stop_wait::StopWait;
use crate::error::Error;
use crate::event;
use crate::event::EventKind;
use crate::stream::EventSender;

/// Watches the task.
pub(crate) async fn wait(
    clients: &Clients,
    handle: &FargateHandle,
    events: &EventSender,
) -> Result<TaskEnd, Error> {
    let stage = &handle.life.stage;
    stage.send_if_modified(|stage| {
        let unknown = *stage == Stage::Unknown;
        if unknown {
            *stage = Stage::Starting;
        }
        unknown
    });
    let watcher = Watcher::new(&handle.id, &handle.containers, handle.life.since, Instant::now());
    let limit = handle.guard.as_ref().and_then(Guard::limit);
    let mut watcher = watcher.telling_first(&handle.essential).limited(limit);
    let mut stop = None;
    loop {
        let answer = describe_task(clients, &handle.cluster, &handle.id).await;
        if let Ok(Some(task)) = &answer {
            stop = waited_for(task, &handle.containers)
                .map(|names| (stop.map_or_else(StopWait::begun, |(wait, _)| wait), names));
        }
        let step = watcher.take(Instant::now(), answer);
        for news in step.news {
            events.send(match news {
                News::State(state) => EventKind::StateChanged { stage: event_stage(&state), state },
                News::Detail(message) => EventKind::Detail { message },
                News::Warning(message) => EventKind::warning(message),
            });
        }
        if watcher.has_started() {
            // Only the change wakes those who read the logs.
            stage.send_if_modified(|stage| std::mem::replace(stage, Stage::Running) != Stage::Running);
        }
        let pause = match step.next {
            Next::AskIn(pause) => pause,
            Next::Ended(end) => return Ok(end),
            Next::Lost(error) => return Err(error),
        };
        let next = Instant::now() + pause;
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(next) => break,
                // A stop was accepted: look now, and as often as at the beginning.
                () = handle.life.hurry.notified() => {
                    watcher.hurry(Instant::now());
                    break;
                }
                () = due(&stop), if stop.is_some() => {
                    if let Some((wait, names)) = &mut stop {
                        wait.say(names.iter().map(|name| (name.clone(), None)).collect(), events);
                    }
                }
            }
        }
    }
}

/// Containers of a task that is being stopped which have not stopped.
fn waited_for(task: &Task, names: &[String]) -> Option<Vec<String>> {
    if event_stage(&task.last_status.to_ascii_lowercase()) != event::Stage::Stopping {
        return None;
    }
    let is_up = |name: &&String| task.container(name).is_some_and(|container| !container.is_stopped());
    let up: Vec<String> = names.iter().filter(is_up).cloned().collect();
    (!up.is_empty()).then_some(up)
}

/// Returns when it is to be said what a stop waits for.
async fn due(stop: &Option<(StopWait, Vec<String>)>) {
    match stop {
        Some((wait, _)) => wait.due().await,
        None => std::future::pending().await,
    }
}

/// ECS's word in the words that all platforms share.
/// Source: Amazon ECS Developer Guide, task life cycle.
fn event_stage(state: &str) -> event::Stage {
    match state {
        "provisioning" | "pending" | "activating" => event::Stage::Starting,
        "running" => event::Stage::Running,
        "stopped" | "deleted" => event::Stage::Stopped,
        _ => event::Stage::Stopping,
    }
}
