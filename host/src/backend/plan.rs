//! From the request to what is sent to the platform.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;

use super::capability::LocalLaunch;
use super::task::Task;
use crate::error::Error;
use crate::report::examination::Check;
use crate::report::plan::Comparison;
use crate::spec::TaskSpec;
use crate::stream::EventSender;

/// The task that a request asks for, with what planning needs to know of where it came from.
pub trait Resolved: Send + Sync {
    /// The task, before transforms.
    fn task(&self) -> &TaskSpec;

    /// Makes the platform's requests from the task after transforms, and checks them. `main` is the
    /// container whose exit code counts. Changes nothing anywhere.
    ///
    /// # Errors
    ///
    /// The platform would refuse the task: a usage error.
    fn plan(&self, task: &TaskSpec, main: &str) -> Result<Arc<dyn Plan>, Error>;
}

/// What will be sent to the platform. It can be launched any number of times.
#[async_trait]
pub trait Plan: Send + Sync {
    /// The requests as JSON, in the order in which they will be sent: operation name and body.
    /// Secret values are `***`.
    fn requests(&self) -> Vec<(String, serde_json::Value)>;

    /// Things a person should know before the launch.
    fn warnings(&self) -> Vec<String>;

    /// What is registered with the platform for the launch, in a sentence's words.
    fn registers(&self) -> Option<String> {
        None
    }

    /// What ends the task at its time when sortie is gone, in a sentence's words.
    fn guard(&self) -> Option<String> {
        None
    }

    /// What is registered already, beside what would be. It asks the platform, and changes nothing there.
    async fn compare(&self) -> Comparison {
        Comparison {
            revision: None,
            reused: None,
            said: "nothing is registered with this back end".to_owned(),
            differences: Vec::new(),
        }
    }

    /// What whoever runs sortie must be allowed for this run, in the platform's own language of policies.
    fn policy(&self) -> Option<serde_json::Value> {
        None
    }

    /// Whether the platform would take the run, as far as that can be found out without changing anything.
    async fn examine(&self) -> Vec<Check> {
        Vec::new()
    }

    /// What is sent, in a form that can be compared: the same for the same request, whoever sends it and when.
    fn fingerprint(&self) -> Option<&str> {
        None
    }

    /// How long the task has between its stop signal and the kill of the last of its containers.
    fn time_to_stop(&self) -> Duration;

    /// Whether sortie can read this container's log. Where it cannot, a warning says so.
    fn reads_log_of(&self, container: &str) -> bool {
        let _ = container;
        true
    }

    /// The command with which a person looks for what a launch without an answer may have left.
    fn find_command(&self) -> Option<String> {
        None
    }

    /// Makes one attempt to launch. Repeats calls that may be repeated within the attempt; stops doing
    /// so (and returns [`LaunchError::Cancelled`]) as soon as `cancelled` is true, but never drops a
    /// call in flight: once the platform may have created the task, this returns the task.
    ///
    /// # Errors
    ///
    /// See [`LaunchError`]. Whether another attempt is made is not decided here.
    async fn launch(
        &self,
        placement: &Placement,
        events: &EventSender,
        cancelled: watch::Receiver<bool>,
    ) -> Result<Arc<dyn Task>, LaunchError>;

    /// For a launch on this machine that sortie leaves before its end.
    fn local(&self) -> Option<&dyn LocalLaunch> {
        None
    }
}

/// Where one attempt places the task. Empty fields leave it to the plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placement {
    /// Capacity providers in the grammar of `--capacity-provider`, in place of the plan's.
    pub capacity_providers: Vec<String>,
    /// Subnets, in place of the plan's.
    pub subnets: Vec<String>,
}

/// A launch did not lead to a task.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LaunchError {
    /// It cannot be launched, or it is not known whether it was. The error's kind says whose fault it
    /// is: the input's, a want of capacity ([`Kind::NoCapacity`](crate::error::Kind::NoCapacity), which
    /// another attempt may find), the task's start, the platform's.
    #[error("{0}")]
    Failed(#[source] Error),
    /// The run was cancelled before the platform created a task.
    #[error("cancelled before a task was created")]
    Cancelled,
}

impl From<LaunchError> for Error {
    fn from(error: LaunchError) -> Self {
        match error {
            LaunchError::Failed(error) => error,
            LaunchError::Cancelled => Self::internal(LaunchError::Cancelled.to_string()),
        }
    }
}
