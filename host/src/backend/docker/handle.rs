//! What a launched run is known by.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

use tokio::sync::watch;

use super::launch::reap::Parts;
use super::logs::attach::Output;
use super::plan::PlannedContainer;
use crate::backend::RunHandle;
use crate::report::Phase;

/// A task whose containers are created.
#[derive(Debug, Clone)]
pub struct DockerHandle(Arc<Inner>);

/// What is known of a created task.
#[derive(Debug)]
pub struct Inner {
    /// `docker/RUN`.
    pub(super) id: String,
    pub(super) names: Vec<String>,
    pub(super) essential: Vec<String>,
    /// In the task's order.
    pub(super) containers: Vec<Created>,
    /// What must be removed in the end.
    pub(super) parts: Parts,
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
    /// Where it is in its life, for whoever reads its log.
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

impl DockerHandle {
    pub(super) fn new(
        run: &str,
        containers: Vec<(PlannedContainer, String)>,
        parts: Parts,
        phases: Vec<(&'static str, Duration)>,
    ) -> Self {
        let names = containers.iter().map(|(planned, _)| planned.name.clone()).collect();
        let essential = containers.iter().filter(|(planned, _)| planned.essential);
        let essential = essential.map(|(planned, _)| planned.name.clone()).collect();
        let created = |(planned, id)| Created {
            planned,
            id,
            stage: watch::channel(Stage::Created).0,
            output: Output::default(),
            cut_off: Arc::default(),
        };
        Self(Arc::new(Inner {
            id: format!("docker/{run}"),
            names,
            essential,
            containers: containers.into_iter().map(created).collect(),
            parts,
            stop: watch::channel(false).0,
            phases: phases.into_iter().map(|(name, duration)| Phase { name, duration }).collect(),
        }))
    }
}

impl std::ops::Deref for DockerHandle {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl RunHandle for DockerHandle {
    fn id(&self) -> &str {
        &self.0.id
    }

    fn containers(&self) -> &[String] {
        &self.0.names
    }

    fn essential_containers(&self) -> &[String] {
        &self.0.essential
    }

    fn stop_command(&self) -> String {
        "sortie reap --local".to_owned()
    }
}
