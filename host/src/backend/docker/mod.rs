//! A container engine on this machine: Docker, or Podman through its Docker-compatible API.
//!
//! The same task that runs on Fargate runs here: several containers with dependencies, one
//! network namespace for all of them, the same exit contract. sortie itself does what the ECS
//! agent does there: it starts containers when what they wait for has happened, ends the task when
//! an essential container has ended, and takes everything away at the end.
//!
//! | folder | what it knows |
//! |---|---|
//! | [`engine`] | which engine, and how to reach it |
//! | [`plan`] | what runs, and the requests of a launch |
//! | [`launch`] | creating everything, or nothing; taking it away again |
//! | [`supervise`] | starting, dependencies, health, the end |
//! | [`logs`] | lines of both streams, complete or known not to be |
//! | [`detached`] | tasks that outlive the sortie that launched them |
//! | [`task`] | a launched task: what is done with it |

mod detached;
mod engine;
mod launch;
mod logs;
mod plan;
mod supervise;
mod task;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use engine::Engine;
use launch::reap;
use plan::DockerPlan;
use plan::source;

use super::Backend;
use super::Detached;
use super::Leftovers;
use super::Plan;
use super::Resolved;
use super::capability::Leftover;
use crate::environment::Environment;
use crate::error::Error;
use crate::secrecy::Secrets;
use crate::settings::Settings;
use crate::spec::TaskSpec;
use crate::stream::Announcer;

/// The word for this back end.
const NAME: &str = "docker";

/// How long an engine may take to force a run's containers away when sortie leaves at once.
const ABANDON_PATIENCE: Duration = Duration::from_secs(10);

/// How long a request that sortie no longer waits for may still take effect in the engine.
const LATE_ANSWER: Duration = Duration::from_millis(500);

/// Runs tasks in a container engine on this machine.
#[derive(Debug)]
pub struct Docker {
    engine: Engine,
}

impl Docker {
    /// Finds the engine that the settings and the environment ask for, and asks whether it answers.
    ///
    /// # Errors
    ///
    /// No engine answers; the error says which addresses were tried, why each failed, and what to
    /// do.
    pub async fn connect(
        settings: &Settings,
        environment: &Environment,
        secrets: &Secrets,
        announcer: &Announcer,
    ) -> Result<Self, Error> {
        Ok(Self { engine: Engine::connect(&settings.docker, environment, secrets, announcer).await? })
    }

    /// Finds the engine that has the task of this name, among those that the settings allow.
    ///
    /// # Errors
    ///
    /// No engine answers, or none of those that do has the task.
    pub async fn with_task(
        settings: &Settings,
        environment: &Environment,
        secrets: &Secrets,
        announcer: &Announcer,
        run: &str,
    ) -> Result<Self, Error> {
        let engines = Engine::connect_all(&settings.docker, environment, secrets, announcer).await?;
        let mut failure = None;
        for engine in &engines {
            match detached::found::one(engine, run).await {
                Ok(Some(_)) => return Ok(Self { engine: engine.clone() }),
                Ok(None) => {}
                Err(error) => drop(failure.get_or_insert(error)),
            }
        }
        let addresses: Vec<&str> = engines.iter().map(|engine| engine.address.as_str()).collect();
        Err(failure.unwrap_or_else(|| detached::not_there(run, &addresses)))
    }

    /// Every engine that the settings allow and that answers, for cleaning up.
    ///
    /// # Errors
    ///
    /// None answers.
    pub async fn connect_all(
        settings: &Settings,
        environment: &Environment,
        secrets: &Secrets,
        announcer: &Announcer,
    ) -> Result<Vec<Self>, Error> {
        let engines = Engine::connect_all(&settings.docker, environment, secrets, announcer).await?;
        Ok(engines.into_iter().map(|engine| Self { engine }).collect())
    }
}

#[async_trait]
impl Backend for Docker {
    fn name(&self) -> &'static str {
        NAME
    }

    fn place(&self) -> String {
        format!("an engine answers at {}", self.engine.address)
    }

    async fn resolve(&self, request: &Settings) -> Result<Box<dyn Resolved>, Error> {
        let task = source::read(request).await?;
        Ok(Box::new(DockerRequest { engine: self.engine.clone(), task, request: request.clone() }))
    }

    fn detached(&self) -> Option<&dyn Detached> {
        Some(self)
    }

    fn leftovers(&self) -> Option<&dyn Leftovers> {
        Some(self)
    }
}

#[async_trait]
impl Leftovers for Docker {
    fn place(&self) -> String {
        self.engine.address.clone()
    }

    async fn find(&self) -> Result<Vec<Leftover>, Error> {
        reap::find(&self.engine).await
    }

    async fn remove(&self, leftover: &Leftover) -> Result<(), Error> {
        reap::remove(&self.engine, &leftover.parts).await
    }
}

/// The task that the settings ask for.
struct DockerRequest {
    engine: Engine,
    task: TaskSpec,
    request: Settings,
}

impl Resolved for DockerRequest {
    fn task(&self) -> &TaskSpec {
        &self.task
    }

    fn plan(&self, task: &TaskSpec, main: &str) -> Result<Arc<dyn Plan>, Error> {
        Ok(Arc::new(DockerPlan::new(self.engine.clone(), task, main, &self.request)?))
    }
}
