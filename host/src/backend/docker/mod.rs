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
//! | [`handle`] | what a launched run is known by |

mod engine;
mod handle;
mod launch;
mod logs;
mod plan;
mod supervise;

use std::sync::OnceLock;
use std::time::Duration;
use std::time::Instant;

use tokio::sync::watch;

pub use handle::DockerHandle;
pub use launch::labels::Alive;
pub use launch::reap::Leftover;
pub use plan::DockerPlan;

use engine::Engine;
use launch::reap;
use plan::source;
use supervise::task_life;

use super::Backend;
use super::EventSender;
use super::LaunchError;
use super::LineSender;
use super::TaskEnd;
use crate::error::Error;
use crate::report::ContainerLog;
use crate::settings::Settings;
use crate::settings::environment::Environment;
use crate::spec::TaskSpec;

/// How long an engine may take to force a run's containers away when sortie leaves at once.
const ABANDON_PATIENCE: Duration = Duration::from_secs(5);

/// How long a request that sortie no longer waits for may still take effect in the engine.
const LATE_ANSWER: Duration = Duration::from_millis(500);

/// Runs tasks in a container engine on this machine.
#[derive(Debug)]
pub struct Docker {
    engine: Engine,
    settings: Settings,
    /// Start of the run, from which events count.
    started: Instant,
    /// The run that is being launched.
    run: OnceLock<String>,
}

impl Docker {
    /// Finds the engine that the settings ask for, and asks whether it answers.
    ///
    /// # Errors
    ///
    /// No engine answers; the error says which addresses were tried, why each failed, and what to
    /// do.
    pub async fn connect(settings: &Settings) -> Result<Self, Error> {
        let engine = Engine::connect(&settings.docker, &Environment::of_process()).await?;
        Ok(Self { engine, settings: settings.clone(), started: Instant::now(), run: OnceLock::new() })
    }

    /// Every engine that the settings allow and that answers, for cleaning up.
    ///
    /// # Errors
    ///
    /// None answers.
    pub async fn connect_all(settings: &Settings) -> Result<Vec<Self>, Error> {
        let engines = Engine::connect_all(&settings.docker, &Environment::of_process()).await?;
        let started = Instant::now();
        Ok(engines
            .into_iter()
            .map(|engine| Self { engine, settings: settings.clone(), started, run: OnceLock::new() })
            .collect())
    }

    /// Where the engine was reached.
    pub fn address(&self) -> &str {
        &self.engine.address
    }

    /// What runs of sortie that are gone have left in this engine, and what belongs to runs that
    /// still go on.
    ///
    /// # Errors
    ///
    /// The engine's.
    pub async fn leftovers(&self) -> Result<Vec<Leftover>, Error> {
        reap::find(&self.engine).await
    }

    /// Removes what one run left.
    ///
    /// # Errors
    ///
    /// The engine's.
    pub async fn remove(&self, leftover: &Leftover) -> Result<(), Error> {
        reap::remove(&self.engine, &leftover.parts).await
    }
}

impl Backend for Docker {
    type Handle = DockerHandle;
    type Plan = DockerPlan;

    fn name(&self) -> &'static str {
        "docker"
    }

    async fn resolve(&self) -> Result<TaskSpec, Error> {
        source::read(&self.settings)
    }

    fn plan(&self, _: &TaskSpec, task: &TaskSpec, main: &str) -> Result<Self::Plan, Error> {
        DockerPlan::new(task, main, &self.settings)
    }

    async fn launch(
        &self,
        plan: &Self::Plan,
        events: &EventSender,
        cancelled: watch::Receiver<bool>,
    ) -> Result<Self::Handle, LaunchError> {
        let run = self.run.get_or_init(|| launch::run_id(&plan.name));
        launch::launch(&self.engine, plan, run, events, cancelled, self.started).await
    }

    async fn attach(&self, id: &str) -> Result<Self::Handle, Error> {
        Err(Error::usage(format!(
            "`{id}` can not be attached to: its sortie alone starts and ends its containers"
        ))
        .hint(
            "use `sortie run`; launch, wait, logs and stop need a back end that keeps tasks, such as \
                   fargate",
        ))
    }

    async fn wait(&self, handle: &Self::Handle, events: &EventSender) -> Result<TaskEnd, Error> {
        task_life::live(&self.engine, handle, events, self.started).await
    }

    async fn follow_logs(
        &self,
        handle: &Self::Handle,
        lines: &LineSender,
        _ended: watch::Receiver<Option<TaskEnd>>,
    ) -> Vec<ContainerLog> {
        logs::follow::follow(&self.engine, handle, lines).await
    }

    async fn stop(&self, handle: &Self::Handle, _reason: &str) -> Result<(), Error> {
        handle.stop.send_replace(true);
        Ok(())
    }

    fn keeps_tasks(&self) -> bool {
        false
    }

    async fn release(&self, handle: &Self::Handle) -> Result<(), Error> {
        reap::remove(&self.engine, &handle.parts).await
    }

    async fn abandon_launch(&self) {
        let Some(run) = self.run.get() else { return };
        let twice = async {
            let _ = reap::remove_run(&self.engine, run).await;
            // A request that was under way may have made one more.
            tokio::time::sleep(LATE_ANSWER).await;
            let _ = reap::remove_run(&self.engine, run).await;
        };
        let _ = tokio::time::timeout(ABANDON_PATIENCE, twice).await;
    }

    async fn abandon(&self, handle: &Self::Handle) {
        // What could not be removed is found by `sortie reap`, which the driver's last words name.
        let _ = tokio::time::timeout(ABANDON_PATIENCE, reap::remove(&self.engine, &handle.parts)).await;
    }
}
