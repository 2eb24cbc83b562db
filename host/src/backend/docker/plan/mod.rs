//! What to run, and the requests of a launch, made from the task after transforms.
//!
//! - [`source`]: what runs: a task definition's file, or an image.
//! - [`create`]: a container of the task to the engine's request.
//! - [`health_check`]: a container's health check, as its definition has it.
//! - [`unsupported`]: what a machine cannot give, said once.

pub(crate) mod create;
pub(crate) mod health_check;
pub(crate) mod source;

mod unsupported;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use async_trait::async_trait;
use bollard::models::ContainerCreateBody;
use bollard::models::HostConfig;
use serde_json::Value;
use serde_json::json;
use tokio::sync::watch;

use self::create::Definition;
use self::create::MountPoint;
use self::health_check::HealthCheck;
use super::ABANDON_PATIENCE;
use super::LATE_ANSWER;
use super::detached::found::FoundContainer;
use super::engine::Engine;
use super::launch;
use super::launch::reap;
use crate::backend::LaunchError;
use crate::backend::Placement;
use crate::backend::Plan;
use crate::backend::Task;
use crate::backend::capability::LocalLaunch;
use crate::ecs_definition::rules;
use crate::ecs_definition::rules::judge;
use crate::error::Error;
use crate::settings::Pull;
use crate::settings::Settings;
use crate::spec::Condition;
use crate::spec::ContainerSpec;
use crate::spec::Dependency;
use crate::spec::EnvValue;
use crate::spec::EnvVar;
use crate::spec::TaskSpec;
use crate::spec::time_to_stop;
use crate::stream::EventSender;

/// What will be asked of the engine.
#[derive(Debug)]
pub(super) struct DockerPlan {
    engine: Engine,
    /// Runs of which something may be there, for a sortie that leaves before it has their task.
    launching: Mutex<BTreeSet<String>>,
    /// Name of the task.
    pub(crate) name: String,
    /// In the task's order.
    pub(crate) containers: Vec<PlannedContainer>,
    /// Volumes of the task that are made for the run.
    pub(crate) volumes: BTreeSet<String>,
    /// Network of the task; `None`: the engine's default.
    pub(crate) network: Option<String>,
    pub(crate) pull: Pull,
    /// The task outlives this sortie; who started it, as far as that was said.
    pub(crate) detached: Option<String>,
    /// The container whose exit code counts.
    pub(crate) main: String,
    /// The CPU architecture that the task is for, in Go's words, where it says so.
    pub(crate) architecture: Option<&'static str>,
    /// The requests for a person.
    shown: Vec<(String, Value)>,
    warnings: Vec<String>,
}

/// One container to be.
#[derive(Clone)]
pub(crate) struct PlannedContainer {
    pub(crate) name: String,
    pub(crate) image: String,
    pub(crate) essential: bool,
    /// With secret values.
    pub(crate) body: ContainerCreateBody,
    pub(crate) mounts: Vec<MountPoint>,
    pub(crate) depends_on: Vec<Dependency>,
    /// How long others wait for it; `None`: as long as it takes.
    pub(crate) start_timeout: Option<Duration>,
    pub(crate) stop_timeout: Duration,
    /// Asked only where another container waits for it.
    pub(crate) health: Option<HealthCheck>,
}

impl std::fmt::Debug for PlannedContainer {
    /// Without the request, which holds secret values.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlannedContainer")
            .field("name", &self.name)
            .field("image", &self.image)
            .finish_non_exhaustive()
    }
}

impl PlannedContainer {
    /// What is known of a container that was started before, for whoever watches and stops it.
    pub(crate) fn of_found(found: &FoundContainer) -> Self {
        let label = found.label.clone().unwrap_or_default();
        let on = |container: String| Dependency { container, condition: Condition::Start };
        let host_config = HostConfig { memory: found.memory, ..Default::default() };
        Self {
            name: found.name.clone(),
            image: String::new(),
            essential: label.essential,
            body: ContainerCreateBody {
                host_config: Some(host_config),
                env: Some(found.env.clone()),
                ..Default::default()
            },
            mounts: Vec::new(),
            depends_on: label.depends_on.into_iter().map(on).collect(),
            start_timeout: None,
            stop_timeout: Duration::from_secs(label.stop_timeout),
            health: None,
        }
    }
}

impl DockerPlan {
    /// Makes and checks the requests.
    pub(crate) fn new(
        engine: Engine,
        task: &TaskSpec,
        main: &str,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let mut plan = Self {
            engine,
            launching: Mutex::default(),
            name: task.name.clone(),
            containers: Vec::new(),
            volumes: BTreeSet::new(),
            network: settings.docker.network.clone(),
            pull: settings.docker.pull,
            detached: settings.run.detached.then(|| {
                task.started_by.clone().or_else(|| settings.task.started_by_ci()).unwrap_or_default()
            }),
            main: main.to_owned(),
            architecture: architecture(task),
            shown: Vec::new(),
            warnings: judge(rules::check(task))?,
        };
        plan.warnings.extend(unsupported::warnings(task));
        let proxies = plan.engine.config.proxies(&plan.engine.address);
        if let Some(why) = plan.engine.config.broken() {
            let file = plan.engine.config.file();
            plan.warnings.push(format!(
                "{file} cannot be understood ({why}): docker's proxies and credentials in it are not used"
            ));
        }
        for container in &task.containers {
            let container = &with_proxies(container, &proxies);
            let usage = |what: String| Error::usage(format!("container `{}`: {what}", container.name));
            if container.image.is_empty() {
                return Err(usage("it has no image".to_owned()));
            }
            let definition = Definition::of(container)?;
            let health = definition.health_check();
            let waits_for_health = |dependency: &Dependency| {
                dependency.container == container.name && dependency.condition == Condition::Healthy
            };
            if health.is_none() && task.containers.iter().flat_map(|c| &c.depends_on).any(waits_for_health) {
                return Err(usage(
                    "another container waits for its health, and it has no health check".into(),
                ));
            }
            let binds = || {
                let volumes = settings.docker.volumes.iter().map(ToString::to_string).collect::<Vec<_>>();
                (container.name == main && !volumes.is_empty()).then_some(volumes)
            };
            let body = |value: fn(&EnvVar) -> &str| {
                let mut body = create::body(container, &definition, task, value);
                if let Some(host) = &mut body.host_config {
                    host.binds = binds();
                }
                body
            };
            let shown = serde_json::to_value(body(EnvVar::shown)).unwrap_or(Value::Null);
            plan.shown.push(("ContainerCreate".to_owned(), json!({ "Name": container.name, "Body": shown })));
            plan.volumes.extend(definition.mount_points().iter().map(|mount| mount.source_volume.clone()));
            plan.containers.push(PlannedContainer {
                name: container.name.clone(),
                image: container.image.clone(),
                essential: container.essential,
                body: body(EnvVar::reveal),
                mounts: definition.mount_points().to_vec(),
                depends_on: container.depends_on.clone(),
                start_timeout: definition.start_timeout(),
                stop_timeout: match settings.run.stop_timeout {
                    // What is on this machine is waited for by a person, sidecars and all.
                    Some(asked) if container.name != main => asked,
                    _ => container.time_to_stop(),
                },
                health,
            });
        }
        Ok(plan)
    }
}

/// The CPU architecture of `runtimePlatform`, in Go's words.
/// Source: Amazon ECS API reference, RuntimePlatform.
fn architecture(task: &TaskSpec) -> Option<&'static str> {
    match task.extra.get("runtimePlatform")?.get("cpuArchitecture")?.as_str()? {
        "ARM64" => Some("arm64"),
        "X86_64" => Some("amd64"),
        _ => None,
    }
}

/// The container with the proxies that docker's command line would give it. What it has already stays.
fn with_proxies(container: &ContainerSpec, proxies: &[(String, String)]) -> ContainerSpec {
    let mut container = container.clone();
    let missing: Vec<EnvVar> = proxies
        .iter()
        .filter(|(name, _)| container.env.iter().all(|variable| variable.name != *name))
        .map(|(name, value)| EnvVar {
            name: name.clone(),
            value: match value.contains('@') {
                // A proxy's user and password stand before it.
                true => EnvValue::Secret(value.clone()),
                false => EnvValue::Plain(value.clone()),
            },
        })
        .collect();
    container.env.extend(missing);
    container
}

#[async_trait]
impl Plan for DockerPlan {
    fn requests(&self) -> Vec<(String, Value)> {
        self.shown.clone()
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    fn time_to_stop(&self) -> Duration {
        let containers = self.containers.iter();
        time_to_stop(containers.map(|container| (container.depends_on.as_slice(), container.stop_timeout)))
    }

    fn find_command(&self) -> Option<String> {
        Some("sortie reap --local --dry-run".to_owned())
    }

    async fn launch(
        &self,
        _: &Placement,
        events: &EventSender,
        cancelled: watch::Receiver<bool>,
    ) -> Result<Arc<dyn Task>, LaunchError> {
        let run = launch::run_id(&self.name);
        self.launching().insert(run.clone());
        match launch::launch(&self.engine, self, &run, events, cancelled).await {
            // It stays among those that are abandoned: sortie may leave before it has taken the task.
            Ok(task) => Ok(Arc::new(task)),
            Err(error) => {
                self.launching().remove(&run);
                Err(error)
            }
        }
    }

    fn local(&self) -> Option<&dyn LocalLaunch> {
        Some(self)
    }
}

impl DockerPlan {
    fn launching(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.launching.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl LocalLaunch for DockerPlan {
    async fn abandon(&self) {
        let runs = self.launching().clone();
        let removed = async {
            for run in &runs {
                reap::remove_until_quiet(&self.engine, run, LATE_ANSWER).await;
            }
        };
        // What could not be removed is found by `sortie reap`, which the last words name.
        let _ = tokio::time::timeout(ABANDON_PATIENCE, removed).await;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn proxies_are_added_and_passwords_in_them_not_shown() {
        let plain =
            |name: &str, value: &str| EnvVar { name: name.into(), value: EnvValue::Plain(value.into()) };
        let container = ContainerSpec { env: vec![plain("http_proxy", "mine")], ..ContainerSpec::default() };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let proxies = [
            pair("HTTP_PROXY", "http://me:hunter2@p:1"),
            pair("http_proxy", "http://me:hunter2@p:1"),
            pair("NO_PROXY", "a"),
        ];
        let env = with_proxies(&container, &proxies).env;
        let shown: Vec<_> = env.iter().map(|one| (one.name.as_str(), one.value.shown())).collect();
        assert_eq!(shown, [("http_proxy", "mine"), ("HTTP_PROXY", "***"), ("NO_PROXY", "a")]);
        assert_eq!(env[1].value.reveal(), "http://me:hunter2@p:1");
    }

    #[test]
    fn the_architecture_of_a_task_is_in_the_words_of_engines() {
        for (platform, expected) in [
            (json!({ "cpuArchitecture": "ARM64" }), Some("arm64")),
            (json!({ "cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX" }), Some("amd64")),
            (json!({ "operatingSystemFamily": "LINUX" }), None),
            (json!(null), None),
        ] {
            let extra = [("runtimePlatform".to_owned(), platform)].into_iter().collect();
            let task = TaskSpec { extra, ..TaskSpec::default() };
            assert_eq!(architecture(&task), expected);
        }
    }
}
