//! Transforms: a task in, a changed task or a refusal out.

use serde::de::DeserializeOwned;

use crate::About;
use crate::Diagnostic;
use crate::Setup;

/// Changes a task before it is launched, or refuses it.
pub trait Transform: Sized {
    /// The configuration; [`crate::NoConfig`] when there is none.
    type Config: DeserializeOwned + Default;

    /// Name, version and needs.
    fn about() -> About;

    /// Makes the plugin from its configuration. Called once, before anything is launched.
    ///
    /// # Errors
    /// What is wrong with the configuration; the run does not start.
    fn configure(config: Self::Config, setup: &mut Setup<'_>) -> Result<Self, Diagnostic>;

    /// Changes the task. By default nothing is changed.
    ///
    /// # Errors
    /// Why the task must not run.
    fn transform(&mut self, task: &mut TaskSpec) -> Result<(), Refusal> {
        let _ = task;
        Ok(())
    }
}

/// Why a task must not run, in plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub String);

impl<T: Into<String>> From<T> for Refusal {
    fn from(reason: T) -> Self {
        Self(reason.into())
    }
}

/// Name and value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pair {
    /// Name or key.
    pub name: String,
    /// Value.
    pub value: String,
}

impl Pair {
    /// A pair of the two.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

/// What a container must have reached before another starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It runs.
    Start,
    /// It has ended.
    Complete,
    /// It has ended with 0.
    Success,
    /// Its health check passes.
    Healthy,
}

/// A container that must reach a condition first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// Name of the container waited for.
    pub container: String,
    /// What it must reach.
    pub condition: Condition,
}

/// Where a container's output goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogConfig {
    /// `awslogs`, `awsfirelens`, …
    pub driver: String,
    /// The driver's options.
    pub options: Vec<Pair>,
}

/// One container of a task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Container {
    /// Unique in the task.
    pub name: String,
    /// Image reference.
    pub image: String,
    /// Empty: the image's own.
    pub entry_point: Vec<String>,
    /// Empty: the image's own.
    pub command: Vec<String>,
    /// Plain values; values that sortie holds as secret are not in this list.
    pub env: Vec<Pair>,
    /// Values that the platform injects: environment name, and where it reads the value.
    pub secrets: Vec<Pair>,
    /// The task ends when an essential container ends.
    pub essential: bool,
    /// 1/1024 of a vCPU.
    pub cpu: Option<u32>,
    /// MiB, the hard limit.
    pub memory: Option<u32>,
    /// MiB, the soft limit.
    pub memory_reservation: Option<u32>,
    /// User (and group) in the container.
    pub user: Option<String>,
    /// Working directory in the container.
    pub working_directory: Option<String>,
    /// Seconds between the stop signal and the kill.
    pub stop_timeout: Option<u32>,
    /// Containers that must reach a condition first.
    pub depends_on: Vec<Dependency>,
    /// Where the output goes.
    pub log: Option<LogConfig>,
    /// A JSON object: what the platform's container definition has beyond the above.
    pub extra: String,
}

/// Where a task is attached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Network {
    /// Subnets.
    pub subnets: Vec<String>,
    /// Security groups.
    pub security_groups: Vec<String>,
    /// Whether the task gets a public address.
    pub assign_public_ip: bool,
}

/// The task as sortie sees it, whatever cloud runs it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskSpec {
    /// Family of the task definition, or the name given with `--name`.
    pub name: String,
    /// At least one.
    pub containers: Vec<Container>,
    /// 1/1024 of a vCPU.
    pub cpu: Option<u32>,
    /// MiB.
    pub memory: Option<u32>,
    /// GiB.
    pub ephemeral_storage: Option<u32>,
    /// Role of the task's own code.
    pub task_role: Option<String>,
    /// Role with which the platform pulls images, reads secrets and writes logs.
    pub execution_role: Option<String>,
    /// Where the task is attached.
    pub network: Network,
    /// Tags of the task.
    pub tags: Vec<Pair>,
    /// Who started it; the platform's index for finding it again.
    pub started_by: Option<String>,
    /// A JSON object: what the platform's task definition has beyond the above.
    pub extra: String,
}

impl TaskSpec {
    /// The value of a tag.
    pub fn tag(&self, name: &str) -> Option<&str> {
        self.tags.iter().find(|tag| tag.name == name).map(|tag| tag.value.as_str())
    }
}
