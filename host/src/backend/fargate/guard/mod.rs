//! Deadline guards: what ends a task at `--timeout` when nobody is left who would. Each is a part of the task or of
//! the platform, so that it outlives sortie and the machine that it runs on.
//!
//! - [`sidecar`]: an essential container that ends.
//! - [`command`]: a shell around the task's own command, which ends it.
//! - [`schedule`]: a schedule that stops the task.

pub(super) mod command;
pub(super) mod schedule;
pub(super) mod sidecar;

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use crate::spec::TaskSpec;

/// What must be known of the guard of a launched task, also by another sortie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Guard {
    /// The command of a container ends by itself.
    Command(command::Limit),
    /// A schedule stops the task, unless it is moved forward.
    Schedule(schedule::Lease),
}

impl Guard {
    /// The limit of a container's command, where that is the guard.
    pub(super) fn limit(&self) -> Option<&command::Limit> {
        match self {
            Self::Command(limit) => Some(limit),
            Self::Schedule(_) => None,
        }
    }

    /// What stands in the task's tag.
    pub(super) fn tag(&self) -> String {
        match self {
            Self::Command(limit) => limit.tag(),
            Self::Schedule(lease) => lease.tag(),
        }
    }

    /// From what stands in the tag.
    pub(super) fn of_tag(value: &str) -> Option<Self> {
        let limit = command::Limit::of_tag(value).map(Self::Command);
        limit.or_else(|| schedule::Lease::of_tag(value).map(Self::Schedule))
    }
}

/// Whether a task's containers are of Windows.
fn is_windows(task: &TaskSpec) -> bool {
    let platform = task.extra.get("runtimePlatform");
    let system = platform.and_then(|platform| platform.get("operatingSystemFamily")).and_then(Value::as_str);
    system.is_some_and(|system| system.starts_with("WINDOWS"))
}

/// Whole seconds, and not none.
fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}
