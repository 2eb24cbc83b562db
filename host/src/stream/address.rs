//! Whose a line or an event is.

use serde::Deserialize;
use serde::Serialize;

/// Index of a container in the task's order.
pub type ContainerIndex = usize;

/// One attempt at running one task of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Attempt {
    /// Index of the task in the run; 0 where a run has one.
    pub task: u32,
    /// Number of the attempt, from 1. A task that could not be placed or failed to start is launched
    /// again as the next attempt.
    pub attempt: u32,
}

impl Attempt {
    /// The first attempt at a run's only task.
    pub const FIRST: Self = Self { task: 0, attempt: 1 };

    /// The attempt after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self { attempt: self.attempt.saturating_add(1), ..self }
    }

    /// A container of this attempt.
    pub fn container(self, container: ContainerIndex) -> Address {
        Address { attempt: self, container }
    }
}

/// One container's stream of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Address {
    /// Which attempt of which task.
    #[serde(flatten)]
    pub attempt: Attempt,
    /// Index of the container in the task's order.
    pub container: ContainerIndex,
}
