//! What only some back ends can do. A command that wants it asks for it, and gets nothing from a back end
//! that cannot: no method fails because its back end has no such thing.

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;

use super::handle::Handle;
use super::task::StopError;
use super::task::Task;
use crate::error::Error;
use crate::settings::Settings;

/// Tasks that outlive the sortie that launched them.
#[async_trait]
pub trait Detached: Send + Sync {
    /// Finds a task that was launched before, by its id.
    ///
    /// # Errors
    ///
    /// The platform does not know the task, or cannot be asked.
    async fn attach(&self, id: &str, request: &Settings) -> Result<Arc<dyn Task>, Error>;

    /// Goes on with a task that another sortie has launched and written down. Asks nobody.
    ///
    /// # Errors
    ///
    /// Another back end (or another version of this one) made the handle.
    fn resume(&self, handle: Handle, request: &Settings) -> Result<Arc<dyn Task>, Error>;

    /// The tasks that this one has started, and that go on.
    ///
    /// # Errors
    ///
    /// The platform cannot be asked.
    async fn started_by(&self, started_by: &str, request: &Settings) -> Result<Vec<ListedTask>, Error> {
        let tasks = self.list(request).await?;
        Ok(tasks.into_iter().filter(|task| task.started_by == started_by).collect())
    }

    /// The tasks that are there, and which of them `--started-by` (or else this user) has started.
    ///
    /// # Errors
    ///
    /// The platform cannot be asked.
    async fn list(&self, request: &Settings) -> Result<Vec<ListedTask>, Error>;

    /// Asks once for the stop of a task, by its id. Needs no more of the platform than the stop itself.
    ///
    /// # Errors
    ///
    /// The platform did not accept; the error says whether asking again may help.
    async fn stop_by_id(&self, id: &str, reason: &str, request: &Settings) -> Result<StopAnswer, StopError>;

    /// Takes away what a task that has ended has left, with its log. Platforms that forget tasks by
    /// themselves leave nothing.
    ///
    /// # Errors
    ///
    /// Something could not be taken away.
    async fn remove(&self, _id: &str, _request: &Settings) -> Result<(), Error> {
        Ok(())
    }
}

/// Tells what an account has that a run could use.
#[async_trait]
pub trait Surveyor: Send + Sync {
    /// What there is; networks of this cluster alone, if one is named.
    ///
    /// # Errors
    ///
    /// The platform cannot be asked.
    async fn survey(&self, cluster: Option<&str>) -> Result<Survey, Error>;
}

/// What an account has that a run could use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// Where it was looked.
    pub region: String,
    /// Names of clusters.
    pub clusters: Vec<String>,
    /// Families of task definitions that can be run.
    pub families: Vec<String>,
    /// Networks that services run in.
    pub networks: Vec<Network>,
}

/// A network that a service runs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// The service's name.
    pub service: String,
    /// Its subnets.
    pub subnets: Vec<String>,
    /// Its security groups.
    pub security_groups: Vec<String>,
}

impl Network {
    /// In a person's words.
    pub fn said(&self) -> String {
        format!("{}, of the service {}", self.subnets.join(" "), self.service)
    }
}

/// What a stop has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopAnswer {
    /// The platform was told, and stops the task.
    Stopping,
    /// It was being stopped before.
    WasStopping,
    /// It is stopped, and its containers have ended with these codes.
    Stopped(Vec<(String, Option<i32>)>),
    /// It had ended before, and its containers with these codes.
    HadEnded(Vec<(String, Option<i32>)>),
}

/// A task, as a list of tasks has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedTask {
    /// What wait, logs and stop take.
    pub id: String,
    /// The task's name, or its definition's.
    pub name: String,
    /// In one or two words.
    pub state: String,
    /// When it was made, by the platform's clock.
    pub created_at: Option<SystemTime>,
    /// Who started it; may be empty.
    pub started_by: String,
    /// When it is to be over, if that was said at its launch.
    pub deadline: Option<SystemTime>,
    /// What it was launched with, in a form that can be compared, if that was said.
    pub request: Option<String>,
    /// Whether it is the asker's.
    pub mine: bool,
}

/// A task on this machine, which cannot outlive sortie.
#[async_trait]
pub trait Local: Send + Sync {
    /// Everything that is wanted of the ended task has been read: takes away what it left.
    ///
    /// # Errors
    ///
    /// Something could not be taken away.
    async fn release(&self) -> Result<(), Error>;

    /// sortie leaves before the end: ends the task at once.
    async fn abandon(&self);
}

/// A launch on this machine.
#[async_trait]
pub trait LocalLaunch: Send + Sync {
    /// sortie leaves while a launch of this plan is under way: takes away what it has made so far, and
    /// nothing of any other launch.
    async fn abandon(&self);
}

/// What killed runs have left on this machine.
#[async_trait]
pub trait Leftovers: Send + Sync {
    /// Where they are, for a person.
    fn place(&self) -> String;

    /// What runs have left, and what belongs to runs that still go on.
    ///
    /// # Errors
    ///
    /// The place cannot be searched.
    async fn find(&self) -> Result<Vec<Leftover>, Error>;

    /// Removes what one run left.
    ///
    /// # Errors
    ///
    /// Something could not be removed.
    async fn remove(&self, leftover: &Leftover) -> Result<(), Error>;
}

/// What one run has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// The run's id.
    pub run: String,
    /// Whether its sortie still runs.
    pub alive: Alive,
    /// Names of its containers in the task, and each one's state in the engine's words.
    pub containers: Vec<(String, String)>,
    /// Ids of what is to be removed, in the order in which it is.
    pub parts: LeftoverParts,
}

/// What must be removed of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftoverParts {
    /// Ids or names of containers, in the order in which they are removed: those that share another's
    /// network namespace before the one that holds it.
    pub containers: Vec<String>,
    /// Names of volumes.
    pub volumes: Vec<String>,
}

/// Whether the sortie that made something still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alive {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It ran on another machine, which cannot be asked.
    Elsewhere,
    /// It need not: the task was launched to outlive it, and goes on.
    Detached,
}
