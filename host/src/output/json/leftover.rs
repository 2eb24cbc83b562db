//! The object of what a run has left: containers on this machine, or a task in a cluster.

use serde::Serialize;

use super::Stamp;
use crate::backend::capability::Leftover;

/// What a run has left on this machine, or in a cluster.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LeftoverObject<'a> {
    #[serde(flatten)]
    stamp: Stamp,
    /// The run's name; of a task in a cluster, its id.
    run: &'a str,
    /// Where it is.
    place: &'a str,
    /// Its containers.
    containers: Vec<Container<'a>>,
    /// What was done.
    result: Fate,
    /// Why it was stopped or kept, or could not be removed.
    reason: Option<&'a str>,
}

/// A container that is left.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Container<'a> {
    /// Its name in the task.
    name: &'a str,
    /// Its state in the engine's words.
    state: &'a str,
}

/// What becomes of what is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Fate {
    /// It is removed.
    Removed,
    /// It would be removed, without `--dry-run`.
    WouldRemove,
    /// It is told to stop.
    Stopping,
    /// It would be, without `--dry-run`.
    WouldStop,
    /// It is none of ours to remove.
    Kept,
    /// It could not be removed.
    Left,
}

impl<'a> LeftoverObject<'a> {
    /// The object of what was done about this task, in this cluster.
    pub fn of_task(id: &'a str, place: &'a str, result: Fate, reason: &'a str, stamp: Stamp) -> Self {
        Self { stamp, run: id, place, containers: Vec::new(), result, reason: Some(reason) }
    }

    /// The object of what was done about this, at this place.
    pub fn new(
        leftover: &'a Leftover,
        place: &'a str,
        result: Fate,
        reason: Option<&'a str>,
        stamp: Stamp,
    ) -> Self {
        let containers = leftover.containers.iter().map(|(name, state)| Container { name, state });
        Self { stamp, run: &leftover.run, place, containers: containers.collect(), result, reason }
    }
}
