//! How a task ended, where its containers do not tell.
//!
//! A mark is an empty volume of the engine with labels: made once (the first one stays, whoever makes it
//! again), seen by every later step, and removed with the rest of the run.

use std::collections::HashMap;
use std::time::SystemTime;

use bollard::models::ContainerState;
use bollard::models::VolumeCreateRequest;

use super::super::engine;
use super::super::engine::Engine;
use super::super::launch::labels::labels;
use super::found::finished;
use crate::backend::EndCause;
use crate::error::Error;

/// What ended the task.
const CAUSE: &str = "dev.sortie.end-cause";
/// In plain words.
const REASON: &str = "dev.sortie.end-reason";

/// Longest reason that is kept, in characters.
const MAX_REASON: usize = 1000;

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EndMark {
    pub(crate) cause: EndCause,
    /// In plain words.
    pub(crate) reason: String,
    /// When it was made, by the engine's clock, in whole seconds.
    pub(crate) made: Option<SystemTime>,
}

impl EndMark {
    /// Whether a container that ended so did it after the mark was made, and so because of it.
    pub(crate) fn ended(&self, state: &ContainerState) -> bool {
        self.cause != EndCause::Stopped
            || finished(state).zip(self.made).is_none_or(|(finished, made)| finished >= made)
    }
}

/// Says that a task was stopped, or that it cannot be started.
pub(crate) async fn end(engine: &Engine, run: &str, cause: EndCause, reason: &str) -> Result<(), Error> {
    let cause = if cause == EndCause::NeverStarted { "never-started" } else { "stopped" };
    let reason = reason.chars().take(MAX_REASON).collect();
    make(engine, run, "end", [(CAUSE.to_owned(), cause.to_owned()), (REASON.to_owned(), reason)].into()).await
}

/// The mark of a task's end, if there is one.
pub(crate) async fn find_end(engine: &Engine, run: &str) -> Result<Option<EndMark>, Error> {
    let volume = match engine.api.inspect_volume(&name(run, "end")).await {
        Ok(volume) => volume,
        Err(error) if engine::is_missing(&error) => return Ok(None),
        Err(error) => return Err(engine.error(&format!("the end of {run}"), &error)),
    };
    Ok(Some(EndMark {
        cause: match volume.labels.get(CAUSE).map(String::as_str) {
            Some("never-started") => EndCause::NeverStarted,
            _ => EndCause::Stopped,
        },
        reason: volume.labels.get(REASON).cloned().unwrap_or_default(),
        made: volume.created_at.as_ref().and_then(|at| engine::time(&at.to_string())),
    }))
}

/// Says that a launch is over although some container was not started.
pub(crate) async fn launched(engine: &Engine, run: &str) -> Result<(), Error> {
    make(engine, run, "launched", HashMap::new()).await
}

/// Whether that was said.
pub(crate) async fn is_launched(engine: &Engine, run: &str) -> Result<bool, Error> {
    match engine.api.inspect_volume(&name(run, "launched")).await {
        Ok(_) => Ok(true),
        Err(error) if engine::is_missing(&error) => Ok(false),
        Err(error) => Err(engine.error(&format!("the launch of {run}"), &error)),
    }
}

async fn make(engine: &Engine, run: &str, kind: &str, said: HashMap<String, String>) -> Result<(), Error> {
    let mut labels = labels(run, None);
    labels.extend(said);
    let request =
        VolumeCreateRequest { name: Some(name(run, kind)), labels: Some(labels), ..Default::default() };
    let made = engine.api.create_volume(request).await;
    made.map(drop).map_err(|error| engine.error(&format!("a mark beside {run} cannot be made"), &error))
}

/// No volume of a task can have a dot in its name.
fn name(run: &str, kind: &str) -> String {
    format!("sortie-{run}.{kind}")
}
