//! Tasks that outlive the sortie that launched them, in a container engine.
//!
//! There is no process of sortie that stays: the engine itself keeps the containers, their log and their
//! ends, and everything else that a later step must know stands in labels.
//!
//! - `launch` creates everything and stays until each container has been started, whatever that waits for.
//! - Whoever watches the task (`wait`, `logs --follow`) ends it when an essential container has ended, as
//!   ECS would: the others are stopped then, and not before somebody watches.
//! - How it ended is read from the containers. What they do not tell, that it was stopped and that it
//!   could not be started, is kept beside them as a mark.
//! - A task that has ended stays, with its log, until `sortie reap` or `sortie wait --rm` removes it.
//!
//! | file | what it knows |
//! |---|---|
//! | [`label`] | what each container's label says to later steps |
//! | [`found`] | a task as the engine has it |
//! | [`mark`] | how a task ended, where its containers do not tell |
//! | [`stop`] | stopping one, and what that came to |
//! | [`list`] | all that are there |

pub(crate) mod found;
pub(crate) mod label;
pub(crate) mod list;
pub(crate) mod mark;
pub(crate) mod stop;

use std::sync::Arc;

use async_trait::async_trait;

use super::Docker;
use super::NAME;
use super::launch::reap;
use super::task::DockerTask;
use crate::backend::Detached;
use crate::backend::Handle;
use crate::backend::ListedTask;
use crate::backend::StopAnswer;
use crate::backend::StopError;
use crate::backend::Task;
use crate::backend::capability::Alive;
use crate::backend::task::StopAgain;
use crate::error::Error;
use crate::settings::Settings;
use found::Found;

#[async_trait]
impl Detached for Docker {
    async fn attach(&self, id: &str, _: &Settings) -> Result<Arc<dyn Task>, Error> {
        let found = self.detached(id).await?;
        Ok(Arc::new(DockerTask::of_found(self.engine.clone(), &self.id_of(id), found)))
    }

    fn resume(&self, handle: Handle, _: &Settings) -> Result<Arc<dyn Task>, Error> {
        Err(Error::usage(format!(
            "the {NAME} back end does not go on with {} from what was written",
            handle.id
        ))
        .hint("attach to the task by its id"))
    }

    async fn list(&self, request: &Settings) -> Result<Vec<ListedTask>, Error> {
        let found = found::all(&self.engine, None).await?;
        let started_by = request.task.started_by.as_deref();
        Ok(found.iter().map(|found| list::listed(found, &self.id_of(&found.run), started_by)).collect())
    }

    async fn stop_by_id(&self, id: &str, reason: &str, _: &Settings) -> Result<StopAnswer, StopError> {
        let found = self.detached(id).await.map_err(|error| StopError { error, again: StopAgain::Never })?;
        stop::stop(&self.engine, &found, reason).await
    }

    async fn remove(&self, id: &str, _: &Settings) -> Result<(), Error> {
        reap::remove_run(&self.engine, id).await.map(drop)
    }
}

impl Docker {
    /// The detached task of this name.
    async fn detached(&self, run: &str) -> Result<Found, Error> {
        let found =
            found::one(&self.engine, run).await?.ok_or_else(|| not_there(run, &[&self.engine.address]))?;
        match (found.is_detached(), found.owner) {
            (true, _) => Ok(found),
            (false, Alive::No) => Err(Error::usage(format!("the sortie that ran {run} was killed, and its log with it"))
                .hint("`sortie reap` removes what it left")),
            (false, _) => Err(Error::usage(format!("{run} belongs to a `sortie run` that still goes on"))
                .hint("its log goes there, and a signal to that sortie stops it; `sortie launch` makes tasks for wait, \
                       logs and stop")),
        }
    }

    /// The id by which a later step finds a run.
    pub(super) fn id_of(&self, run: &str) -> String {
        crate::settings::task_id::of_run(run, self.engine.given.then_some(self.engine.address.as_str()))
    }
}

/// No engine has a task of this name.
pub(super) fn not_there(run: &str, addresses: &[&str]) -> Error {
    let engines = match addresses {
        [one] => format!("the container engine at {one} has"),
        several => format!("none of the container engines at {} has", several.join(", ")),
    };
    Error::usage(format!("{engines} no task {run}"))
        .hint("`sortie ps --all` lists those there are; one that was removed (sortie reap) is gone; another engine is \
               named with --engine")
}
