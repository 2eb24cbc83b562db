//! What `--output json` prints: one object a line on standard output.
//!
//! [`SCHEMA`] describes all of them. It is made from the types that are written (a test compares the
//! two), and `sortie help json` is made from it. The rules that hold for every object:
//!
//! - `type` says what it is, and stands first.
//! - `at` says when, RFC 3339 in UTC with milliseconds; `elapsedMs` says how long after sortie's start.
//! - A member is always there. One that has no value is null, never an empty text or zero.
//!
//! Events are written as they are ([`Event`]); the other objects are the variants of [`Object`]:
//!
//! - [`error`]: why a command failed.
//! - [`log`]: a line of a container's log.
//! - [`command`]: a reporter's command to the CI system.
//! - [`plan`]: what `sortie plan` shows.
//! - [`examination`]: what `sortie doctor` found.
//! - [`stop`]: what a stop has come to.
//! - [`task`]: a task that `sortie ps` lists.
//! - [`leftover`]: what `sortie reap` finds of a run.
//! - [`version`]: what this sortie is.

pub mod command;
pub mod error;
pub mod examination;
pub mod leftover;
pub mod log;
pub mod plan;
#[cfg(test)]
pub(crate) mod schema;
pub mod stop;
pub mod task;
pub mod version;

use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

use serde::Serialize;

use crate::event::Event;
use command::CommandObject;
use error::ErrorObject;
use examination::CheckObject;
use leftover::LeftoverObject;
use log::LogObject;
use plan::PlanObject;
use stop::StopObject;
use task::TaskObject;
use version::VersionObject;

/// The JSON Schema (draft 2020-12) of one line.
pub const SCHEMA: &str = include_str!("../../../schema/output.schema.json");

/// When an object that is no event was made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Stamp {
    /// When, by this machine's clock.
    #[serde(with = "crate::event::rfc3339")]
    #[cfg_attr(test, schemars(with = "schema::Timestamp"))]
    at: SystemTime,
    /// Milliseconds since sortie began.
    #[serde(rename = "elapsedMs", with = "crate::event::millis")]
    #[cfg_attr(test, schemars(with = "u64"))]
    elapsed: Duration,
}

impl Stamp {
    /// Now, in a process that began at this moment.
    pub fn since(started: Instant) -> Self {
        Self { at: SystemTime::now(), elapsed: started.elapsed() }
    }
}

/// An object that is no event.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Object<'a> {
    /// A line of a container's log, as the filters left it.
    Log(LogObject<'a>),
    /// A reporter wants the CI system to obey a command. Where a program reads, it decides for itself.
    Command(CommandObject<'a>),
    /// The command failed, and nothing follows. What a task that was launched has ended with is told by
    /// `finished` instead.
    Error(ErrorObject<'a>),
    /// What a run would do. In the task, what is not set is left out.
    Plan(PlanObject<'a>),
    /// Something that `sortie doctor` has looked at.
    Check(CheckObject<'a>),
    /// `sortie stop` has done this.
    Stop(StopObject<'a>),
    /// A task that there is.
    Task(TaskObject<'a>),
    /// What a run has left on this machine, and what `sortie reap` did about it.
    Leftover(LeftoverObject<'a>),
    /// What this sortie is.
    Version(VersionObject<'a>),
}

/// The text of an object, without a newline.
pub fn text(object: &Object<'_>) -> String {
    // They hold texts, numbers and lists of those only, which can always be written.
    serde_json::to_string(object).unwrap_or_default()
}

/// The text of an event's object.
pub fn event(event: &Event) -> String {
    serde_json::to_string(event).unwrap_or_default()
}
