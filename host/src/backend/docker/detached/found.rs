//! A task as the engine has it: its containers, their states, and what their labels say.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::time::Duration;
use std::time::SystemTime;

use bollard::models::ContainerState;
use percent_encoding::NON_ALPHANUMERIC;
use percent_encoding::utf8_percent_encode;
use serde::Deserialize as _;
use serde_json::Value;
use serde_json::json;

use super::super::engine;
use super::super::engine::Engine;
use super::super::engine::http_get;
use super::super::launch::labels;
use super::super::launch::labels::Owner;
use super::label::ContainerLabel;
use super::mark;
use super::mark::EndMark;
use crate::backend::capability::Alive;
use crate::error::Error;

/// A task.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) run: String,
    /// In the task's order.
    pub(crate) containers: Vec<FoundContainer>,
    /// Id of the container that holds the network namespace of several.
    pub(crate) pause: Option<String>,
    /// Whether the sortie that made it still runs.
    pub(crate) owner: Alive,
    /// Its launch was over although not every container had been started.
    pub(crate) launched: bool,
    /// How it ended, where the containers do not tell.
    pub(crate) end: Option<EndMark>,
}

/// A container of it.
#[derive(Debug)]
pub(crate) struct FoundContainer {
    pub(crate) name: String,
    /// The engine's.
    pub(crate) id: String,
    /// `None`: its task is not detached.
    pub(crate) label: Option<ContainerLabel>,
    pub(crate) state: FoundState,
    pub(crate) created: Option<SystemTime>,
    /// The limit of its memory, in bytes.
    pub(crate) memory: Option<i64>,
    /// Its environment, NAME=VALUE each.
    pub(crate) env: Vec<String>,
}

/// Where a container is in its life.
#[derive(Debug)]
pub(crate) enum FoundState {
    /// Not started, perhaps because that failed: then the engine's words.
    Created(String),
    Running,
    Ended(ContainerState),
}

impl Found {
    /// Whether it outlives its sortie.
    pub(crate) fn is_detached(&self) -> bool {
        self.containers.iter().any(|container| container.label.is_some())
    }

    /// Whether its launch is under way.
    pub(crate) fn is_starting(&self) -> bool {
        let waits = |container: &FoundContainer| matches!(container.state, FoundState::Created(_));
        self.containers.iter().any(waits)
            && !self.launched
            && self.end.is_none()
            && self.owner != Alive::No
            && !self.essential_has_ended()
    }

    /// Whether an essential container has ended, and the task with it.
    pub(crate) fn essential_has_ended(&self) -> bool {
        self.essential().any(|container| matches!(container.state, FoundState::Ended(_)))
    }

    /// Whether none of its containers runs or is to be started.
    pub(crate) fn is_over(&self) -> bool {
        let runs = |container: &FoundContainer| matches!(container.state, FoundState::Running);
        !self.is_starting() && !self.containers.iter().any(runs)
    }

    /// Whether the task goes on by itself: it is detached, and nothing has ended it.
    pub(crate) fn goes_on(&self) -> bool {
        let never = |container: &FoundContainer| matches!(container.state, FoundState::Created(_));
        self.is_detached()
            && self.end.is_none()
            && (self.is_starting() || !self.essential().any(never) && !self.essential_has_ended())
    }

    /// What the mark says of the end, unless the task had ended by itself before the mark was made.
    pub(crate) fn marked_end(&self) -> Option<&EndMark> {
        self.end.as_ref().filter(|mark| {
            let before = |container: &FoundContainer| match &container.state {
                FoundState::Ended(state) => !mark.ended(state),
                _ => false,
            };
            !self.essential().any(before)
        })
    }

    fn essential(&self) -> impl Iterator<Item = &FoundContainer> {
        self.containers
            .iter()
            .filter(|container| container.label.as_ref().is_some_and(|label| label.essential))
    }
}

/// When a container ended, by the engine's clock.
pub(crate) fn finished(state: &ContainerState) -> Option<SystemTime> {
    engine::time(state.finished_at.as_deref()?)
}

/// When it was started.
pub(crate) fn started(state: &ContainerState) -> Option<SystemTime> {
    engine::time(state.started_at.as_deref()?)
}

/// The task of this name.
pub(crate) async fn one(engine: &Engine, run: &str) -> Result<Option<Found>, Error> {
    Ok(all(engine, Some(run)).await?.into_iter().next())
}

/// All tasks in the engine, or those of this name. Detached ones are looked at closely.
pub(crate) async fn all(engine: &Engine, run: Option<&str>) -> Result<Vec<Found>, Error> {
    let label = run.map_or_else(|| labels::RUN.to_owned(), |run| format!("{}={run}", labels::RUN));
    let filter = json!({ "label": [label] }).to_string();
    let filter = utf8_percent_encode(&filter, NON_ALPHANUMERIC);
    let path = format!("/v1.40/containers/json?all=true&filters={filter}");
    let listed = get(engine, &path).await?.unwrap_or_default();
    let mut runs: BTreeMap<String, Found> = BTreeMap::new();
    for container in listed.as_array().into_iter().flatten() {
        let Some(id) = container["Id"].as_str() else { continue };
        let Ok(labels) = HashMap::<String, String>::deserialize(&container["Labels"]) else { continue };
        let Some(run) = labels.get(labels::RUN) else { continue };
        let found = runs.entry(run.clone()).or_insert_with(|| Found {
            run: run.clone(),
            containers: Vec::new(),
            pause: None,
            owner: Owner::alive(labels.get(labels::OWNER).map_or("", String::as_str)),
            launched: false,
            end: None,
        });
        let Some(name) = labels.get(labels::CONTAINER) else {
            found.pause = Some(id.to_owned());
            continue;
        };
        let label = ContainerLabel::of(&labels);
        if label.is_none() {
            found.containers.push(FoundContainer {
                name: name.clone(),
                id: id.to_owned(),
                label,
                state: state(&json!({ "Status": container["State"] })),
                created: container["Created"]
                    .as_u64()
                    .map(|at| SystemTime::UNIX_EPOCH + Duration::from_secs(at)),
                memory: None,
                env: Vec::new(),
            });
            continue;
        }
        // One that is gone meanwhile is gone.
        let Some(inspected) = get(engine, &format!("/v1.40/containers/{id}/json")).await? else { continue };
        found.containers.push(FoundContainer {
            name: name.clone(),
            id: id.to_owned(),
            label,
            state: state(&inspected["State"]),
            created: inspected["Created"].as_str().and_then(engine::time),
            memory: inspected["HostConfig"]["Memory"].as_i64().filter(|bytes| *bytes > 0),
            env: Vec::deserialize(&inspected["Config"]["Env"]).unwrap_or_default(),
        });
    }
    let mut all: Vec<Found> = runs.into_values().filter(|found| !found.containers.is_empty()).collect();
    for found in &mut all {
        found.containers.sort_by_key(|container| container.label.as_ref().map(|label| label.index));
        if found.is_detached() {
            found.end = mark::find_end(engine, &found.run).await?;
            found.launched = mark::is_launched(engine, &found.run).await?;
        }
    }
    Ok(all)
}

async fn get(engine: &Engine, path: &str) -> Result<Option<Value>, Error> {
    http_get::get(&engine.address, path).await.map_err(|error| {
        Error::platform(format!("the containers of tasks: {error}"))
            .hint(format!("the container engine at {} could not be asked", engine.address))
    })
}

/// A container's state in the engine's words; Podman has some that Docker has not.
fn state(told: &Value) -> FoundState {
    let text = |key: &str| told[key].as_str().map(str::to_owned);
    match told["Status"].as_str().unwrap_or_default() {
        "created" | "configured" | "initialized" => FoundState::Created(text("Error").unwrap_or_default()),
        "exited" | "stopped" | "dead" => FoundState::Ended(ContainerState {
            exit_code: told["ExitCode"].as_i64(),
            oom_killed: told["OOMKilled"].as_bool(),
            error: text("Error"),
            started_at: text("StartedAt"),
            finished_at: text("FinishedAt"),
            ..Default::default()
        }),
        _ => FoundState::Running,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::EndCause;

    fn container(essential: bool, state: FoundState) -> FoundContainer {
        let label = ContainerLabel { essential, ..ContainerLabel::default() };
        FoundContainer {
            name: "app".into(),
            id: "1".into(),
            label: Some(label),
            state,
            created: None,
            memory: None,
            env: Vec::new(),
        }
    }

    fn found(owner: Alive, containers: Vec<FoundContainer>) -> Found {
        Found { run: "r".into(), containers, pause: None, owner, launched: false, end: None }
    }

    fn ended_at(finished: &str) -> FoundState {
        state(&json!({ "Status": "exited", "ExitCode": 0, "FinishedAt": finished }))
    }

    #[test]
    fn a_task_goes_on_until_an_essential_container_has_ended() {
        let created = || FoundState::Created(String::new());
        let running = found(Alive::No, vec![container(true, FoundState::Running)]);
        assert!(running.goes_on() && !running.is_over() && !running.is_starting());
        let ending =
            found(Alive::No, vec![container(true, ended_at("")), container(false, FoundState::Running)]);
        assert!(!ending.goes_on() && !ending.is_over());
        let side =
            found(Alive::No, vec![container(true, FoundState::Running), container(false, ended_at(""))]);
        assert!(side.goes_on());
        let launching = found(Alive::Yes, vec![container(true, created())]);
        assert!(launching.is_starting() && launching.goes_on() && !launching.is_over());
        let killed = found(Alive::No, vec![container(true, created())]);
        assert!(!killed.is_starting() && !killed.goes_on() && killed.is_over());
        let launched = Found { launched: true, ..found(Alive::Elsewhere, vec![container(false, created())]) };
        assert!(!launched.is_starting() && launched.is_over());
        let mark = EndMark { cause: EndCause::Stopped, reason: String::new(), made: None };
        let stopped = Found { end: Some(mark), ..running };
        assert!(!stopped.goes_on());
    }

    #[test]
    fn a_stop_that_came_after_the_end_did_not_end_the_task() {
        let made = engine::time("2026-01-01T00:00:10Z");
        let mark = EndMark { cause: EndCause::Stopped, reason: String::new(), made };
        let task = |finished: &str| Found {
            end: Some(mark.clone()),
            ..found(Alive::No, vec![container(true, ended_at(finished))])
        };
        assert!(task("2026-01-01T00:00:09.5Z").marked_end().is_none());
        assert!(task("2026-01-01T00:00:10.5Z").marked_end().is_some());
        assert!(made.is_some_and(|made| made > SystemTime::UNIX_EPOCH + Duration::from_secs(1)));
    }

    #[test]
    fn states_of_both_engines_are_known() {
        let of = |status: &str| state(&json!({ "Status": status, "Error": "why" }));
        assert!(matches!(of("created"), FoundState::Created(why) if why == "why"));
        for status in ["exited", "stopped", "dead"] {
            assert!(matches!(of(status), FoundState::Ended(_)), "{status}");
        }
        for status in ["running", "paused", "restarting", "stopping", "removing"] {
            assert!(matches!(of(status), FoundState::Running), "{status}");
        }
    }
}
