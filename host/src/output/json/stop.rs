//! The object of a stop.

use serde::Serialize;

use super::Stamp;
use crate::backend::StopAnswer;

/// What a stop has come to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StopObject<'a> {
    #[serde(flatten)]
    stamp: Stamp,
    /// The task's id.
    id: &'a str,
    /// What was done.
    result: Result,
    /// The containers that have ended, as far as that is known.
    containers: Vec<Ended<'a>>,
}

/// What was done.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
enum Result {
    /// The platform was told, and stops the task.
    Stopping,
    /// It was being stopped before.
    WasStopping,
    /// It is stopped.
    Stopped,
    /// It had ended before.
    HadEnded,
}

/// A container that has ended.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Ended<'a> {
    /// Its name.
    name: &'a str,
    /// Null when it never ran, or the platform does not know.
    exit_code: Option<i32>,
}

impl<'a> StopObject<'a> {
    /// The object of this answer.
    pub fn new(id: &'a str, answer: &'a StopAnswer, stamp: Stamp) -> Self {
        let (result, ended) = match answer {
            StopAnswer::Stopping => (Result::Stopping, &[][..]),
            StopAnswer::WasStopping => (Result::WasStopping, &[][..]),
            StopAnswer::Stopped(ended) => (Result::Stopped, ended.as_slice()),
            StopAnswer::HadEnded(ended) => (Result::HadEnded, ended.as_slice()),
        };
        let containers = ended.iter().map(|(name, exit_code)| Ended { name, exit_code: *exit_code });
        Self { stamp, id, result, containers: containers.collect() }
    }
}
