//! A launched task: what is done with it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

use async_trait::async_trait;
use tokio::sync::watch;

use super::ABANDON_PATIENCE;
use super::NAME;
use super::detached::found;
use super::detached::found::Found;
use super::detached::found::FoundContainer;
use super::detached::mark;
use super::detached::stop;
use super::engine::Engine;
use super::launch::pause_container;
use super::launch::reap;
use super::logs;
use super::logs::attach::Output;
use super::plan::PlannedContainer;
use super::supervise::task_life;
use super::supervise::task_life::Started;
use crate::backend::EndCause;
use crate::backend::Handle;
use crate::backend::LaunchError;
use crate::backend::Local;
use crate::backend::LogPart;
use crate::backend::StopError;
use crate::backend::Task;
use crate::backend::TaskEnd;
use crate::backend::Until;
use crate::backend::capability::LeftoverParts;
use crate::backend::handle::HandleContainer;
use crate::backend::task::StopAgain;
use crate::error::Error;
use crate::event;
use crate::event::EventKind;
use crate::report::ContainerLog;
use crate::report::Phase;
use crate::spec::EnvVar;
use crate::stream::EventSender;
use crate::stream::LineSender;

/// A task whose containers are created, and the engine that has them.
#[derive(Debug)]
pub(super) struct DockerTask {
    engine: Engine,
    handle: Handle,
    created: Arc<CreatedTask>,
}

/// What the supervisor of the task and the readers of its logs share.
#[derive(Debug)]
pub(super) struct CreatedTask {
    /// The run's id.
    pub(super) run: String,
    /// It outlives this sortie.
    pub(super) detached: bool,
    pub(super) names: Vec<String>,
    /// In the task's order.
    pub(super) containers: Vec<Created>,
    /// What must be removed in the end.
    parts: LeftoverParts,
    /// Set when the task is to be stopped.
    pub(super) stop: watch::Sender<bool>,
    /// What the launch took.
    pub(super) phases: Vec<Phase>,
}

/// One container of a created task.
#[derive(Debug)]
pub(super) struct Created {
    pub(super) planned: PlannedContainer,
    /// The engine's id.
    pub(super) id: String,
    /// Where it is in its life, for the reader of its log.
    pub(super) stage: watch::Sender<Stage>,
    /// What it writes, from the moment before its start.
    pub(super) output: Output,
    /// The engine could not be reached for a while in which the container ran.
    pub(super) cut_off: Arc<AtomicBool>,
}

/// Where a container is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Not started yet.
    Created,
    /// Started, and perhaps ended.
    Started,
    /// Started and ended: nothing more is written.
    Ended {
        /// When the engine told it.
        told: Instant,
        /// When it ended by the engine's clock.
        finished: Option<SystemTime>,
    },
    /// It will not be started.
    Never,
}

impl DockerTask {
    /// The task of the run `run`, whose containers are created.
    pub(super) fn new(engine: Engine, run: Run, containers: Vec<(PlannedContainer, String)>) -> Self {
        let Run { run, id, detached, main, parts, phases } = run;
        let named = |(planned, _): &(PlannedContainer, String)| HandleContainer {
            name: planned.name.clone(),
            essential: planned.essential,
        };
        let handle = Handle {
            backend: NAME.to_owned(),
            containers: containers.iter().map(named).collect(),
            main,
            links: Vec::new(),
            stop_command: match detached {
                true => format!("sortie stop {id}"),
                false => "sortie reap --local".to_owned(),
            },
            id,
            platform: serde_json::Value::Null,
        };
        let created = |(planned, id)| Created {
            planned,
            id,
            stage: watch::channel(Stage::Created).0,
            output: Output::default(),
            cut_off: Arc::default(),
        };
        let created = CreatedTask {
            run,
            detached,
            names: handle.container_names(),
            containers: containers.into_iter().map(created).collect(),
            parts,
            stop: watch::channel(false).0,
            phases,
        };
        Self { engine, handle, created: Arc::new(created) }
    }

    /// A detached task as the engine has it.
    pub(super) fn of_found(engine: Engine, id: &str, found: Found) -> Self {
        let main = |container: &&FoundContainer| container.label.as_ref().is_some_and(|label| label.main);
        let run = Run {
            run: found.run.clone(),
            id: id.to_owned(),
            detached: true,
            main: found.containers.iter().find(main).map(|container| container.name.clone()),
            parts: LeftoverParts::default(),
            phases: Vec::new(),
        };
        let containers = found.containers.into_iter().map(|container| {
            let planned = PlannedContainer::of_found(&container);
            (planned, container.id)
        });
        Self::new(engine, run, containers.collect())
    }

    /// Starts every container of a detached task, each when what it waits for has happened.
    ///
    /// # Errors
    ///
    /// It was cancelled meanwhile, or the engine can no longer be asked: nothing of it may stay.
    pub(super) async fn start(
        &self,
        events: &EventSender,
        mut cancelled: watch::Receiver<bool>,
    ) -> Result<(), LaunchError> {
        let run = &self.created.run;
        let started = tokio::select! {
            biased;
            _ = cancelled.wait_for(|cancelled| *cancelled) => return Err(LaunchError::Cancelled),
            started = task_life::start(&self.engine, &self.created, events) => started,
        };
        let marked = match started.map_err(LaunchError::Failed)? {
            Started::All => Ok(()),
            Started::Some => mark::launched(&self.engine, run).await,
            Started::Ended(end) => {
                let never = end.cause == EndCause::NeverStarted;
                let marked = match never {
                    true => mark::end(&self.engine, run, end.cause, &end.reason).await,
                    false => mark::launched(&self.engine, run).await,
                };
                let pause = pause_container::name(run);
                stop::release_network(&self.engine, Some(&pause)).await;
                marked
            }
        };
        marked.map_err(LaunchError::Failed)
    }

    /// The task as the engine has it now.
    async fn found(&self) -> Result<Found, Error> {
        let run = &self.created.run;
        let found = found::one(&self.engine, run).await?;
        found.ok_or_else(|| {
            Error::platform(format!("the containers of {run} were removed"))
                .hint("somebody else removed them (docker rm), or `sortie reap` did")
        })
    }

    /// Watches a detached task to its end: once its launch is over, ends it when its time has come.
    async fn watch_detached(&self, events: &EventSender) -> Result<TaskEnd, Error> {
        let mut told = false;
        loop {
            let found = self.found().await?;
            if !found.is_starting() {
                return task_life::resume(&self.engine, &self.created, events, found).await;
            }
            if !std::mem::replace(&mut told, true) {
                let state = "pending".to_owned();
                events.send(EventKind::StateChanged { stage: event::Stage::Starting, state });
            }
            tokio::time::sleep(LAUNCH_PAUSE).await;
        }
    }
}

/// What a task is made of besides its containers.
#[derive(Debug)]
pub(super) struct Run {
    /// The run's id in the engine.
    pub(super) run: String,
    /// The task's id.
    pub(super) id: String,
    /// It outlives this sortie.
    pub(super) detached: bool,
    /// The container whose exit code counts, where that is known.
    pub(super) main: Option<String>,
    /// What must be removed in the end.
    pub(super) parts: LeftoverParts,
    /// What the launch took.
    pub(super) phases: Vec<Phase>,
}

/// How often it is looked whether the launch by another sortie is over.
const LAUNCH_PAUSE: Duration = Duration::from_millis(500);

#[async_trait]
impl Task for DockerTask {
    fn handle(&self) -> &Handle {
        &self.handle
    }

    async fn watch(&self, events: &EventSender) -> Result<TaskEnd, Error> {
        match self.created.detached {
            true => self.watch_detached(events).await,
            false => task_life::live(&self.engine, &self.created, events).await,
        }
    }

    /// Attached streams have no place to go on from: they are read from the containers' start to their
    /// end.
    async fn read_logs(&self, lines: &LineSender, part: &LogPart, until: Until) -> Vec<ContainerLog> {
        match self.created.detached {
            true => logs::stored::read(&self.engine, &self.created, lines, part, until).await,
            false => logs::follow::follow(&self.engine, &self.created, lines).await,
        }
    }

    fn environment(&self) -> Vec<EnvVar> {
        let bodies = self.created.containers.iter().map(|container| &container.planned.body);
        let variables = bodies.flat_map(|body| body.env.iter().flatten());
        variables.filter_map(|variable| variable.split_once('=')).map(|(n, v)| EnvVar::hidden(n, v)).collect()
    }

    async fn stop(&self, reason: &str) -> Result<(), StopError> {
        if self.created.detached {
            let found = self.found().await;
            let found = found.map_err(|error| StopError { error, again: StopAgain::Soon })?;
            return stop::stop(&self.engine, &found, reason).await.map(drop);
        }
        self.created.stop.send_replace(true);
        Ok(())
    }

    fn local(&self) -> Option<&dyn Local> {
        (!self.created.detached).then_some(self)
    }
}

#[async_trait]
impl Local for DockerTask {
    async fn release(&self) -> Result<(), Error> {
        reap::remove(&self.engine, &self.created.parts).await
    }

    async fn abandon(&self) {
        // What could not be removed is found by `sortie reap`, which the last words name.
        let removed = reap::remove(&self.engine, &self.created.parts);
        let _ = tokio::time::timeout(ABANDON_PATIENCE, removed).await;
    }
}
