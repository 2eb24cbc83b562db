//! A task whose containers are created.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;
use std::time::SystemTime;

use async_trait::async_trait;
use tokio::sync::watch;

use super::ABANDON_PATIENCE;
use super::NAME;
use super::engine::Engine;
use super::launch::reap;
use super::logs;
use super::logs::attach::Output;
use super::plan::PlannedContainer;
use super::supervise::task_life;
use crate::backend::Handle;
use crate::backend::Local;
use crate::backend::StopError;
use crate::backend::Task;
use crate::backend::TaskEnd;
use crate::backend::Until;
use crate::backend::capability::LeftoverParts;
use crate::backend::handle::HandleContainer;
use crate::error::Error;
use crate::report::ContainerLog;
use crate::report::Phase;
use crate::stream::Cursors;
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
    /// The task of the run `run`.
    pub(super) fn new(
        engine: Engine,
        run: &str,
        containers: Vec<(PlannedContainer, String)>,
        parts: LeftoverParts,
        phases: Vec<Phase>,
    ) -> Self {
        let named = |(planned, _): &(PlannedContainer, String)| HandleContainer {
            name: planned.name.clone(),
            essential: planned.essential,
        };
        let handle = Handle {
            backend: NAME.to_owned(),
            id: format!("docker/{run}"),
            containers: containers.iter().map(named).collect(),
            links: Vec::new(),
            stop_command: "sortie reap --local".to_owned(),
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
            names: handle.container_names(),
            containers: containers.into_iter().map(created).collect(),
            parts,
            stop: watch::channel(false).0,
            phases,
        };
        Self { engine, handle, created: Arc::new(created) }
    }
}

#[async_trait]
impl Task for DockerTask {
    fn handle(&self) -> &Handle {
        &self.handle
    }

    async fn watch(&self, events: &EventSender) -> Result<TaskEnd, Error> {
        task_life::live(&self.engine, &self.created, events).await
    }

    /// Attached streams have no place to go on from: they are read from the containers' start to their
    /// end.
    async fn read_logs(&self, lines: &LineSender, _: &Cursors, _: Until) -> Vec<ContainerLog> {
        logs::follow::follow(&self.engine, &self.created, lines).await
    }

    async fn stop(&self, _: &str) -> Result<(), StopError> {
        self.created.stop.send_replace(true);
        Ok(())
    }

    fn local(&self) -> Option<&dyn Local> {
        Some(self)
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
