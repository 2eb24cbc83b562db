//! The task as sortie sees it: cloud-neutral, and what transforms change.
//!
//! A back end makes a [`TaskSpec`] from the user's request (and, on Fargate, from the task
//! definition it names); transforms change it; the back end turns the result into what the
//! platform wants.
//!
//! - [`check`]: rules that hold on every platform.
//! - [`diff`]: what a transform changed, for `sortie plan`.
//! - [`image_name`]: taking an image reference apart.
//! - [`main_container`](mod@main_container): which container's exit code counts, and which gets the
//!   command.
//! - [`one_word`]: a whole command line given as one word.

pub mod check;
pub mod diff;
pub mod image_name;
pub mod main_container;
pub mod one_word;

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::secrecy::names::says_secret;
use crate::secrecy::shown::MASK;

/// Time between the stop signal and the kill of a container that says nothing about it.
/// Source: Amazon ECS API reference, ContainerDefinition, `stopTimeout`: 30 s on Fargate.
pub const DEFAULT_STOP_TIMEOUT: Duration = Duration::from_secs(30);

/// Name of the one container of an image when the user gives none.
pub const DEFAULT_CONTAINER: &str = "main";

/// A JSON object: what a platform's own model has beyond ours.
pub type Extra = serde_json::Map<String, serde_json::Value>;

/// One task: containers that run together and end together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaskSpec {
    /// Family of the task definition, or the name given with `--name`.
    pub name: String,
    /// At least one.
    pub containers: Vec<ContainerSpec>,
    /// 1/1024 of a vCPU.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cpu: Option<u32>,
    /// MiB.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub memory: Option<u32>,
    /// GiB.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ephemeral_storage: Option<u32>,
    /// Role of the task's own code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub task_role: Option<String>,
    /// Role with which the platform pulls images, reads secrets and writes logs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub execution_role: Option<String>,
    /// Where the task is attached.
    #[serde(default)]
    pub network: NetworkSpec,
    /// Tags of the task.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub tags: Vec<Pair>,
    /// Who started it; the platform's index for finding it again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub started_by: Option<String>,
    /// The platform's task definition, beyond the above.
    #[serde(skip_serializing_if = "Extra::is_empty", default)]
    pub extra: Extra,
}

/// One container of a task.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContainerSpec {
    /// Unique in the task.
    pub name: String,
    /// Image reference; empty on the process back end.
    pub image: String,
    /// Empty: the image's own.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub entry_point: Vec<String>,
    /// Empty: the image's own.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub command: Vec<String>,
    /// Environment.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub env: Vec<EnvVar>,
    /// Environment that the platform fills from its stores: name, and where it reads the value.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub secrets: Vec<Pair>,
    /// The task ends when an essential container ends.
    pub essential: bool,
    /// 1/1024 of a vCPU.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cpu: Option<u32>,
    /// MiB, the hard limit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub memory: Option<u32>,
    /// MiB, the soft limit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub memory_reservation: Option<u32>,
    /// User (and group) in the container.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user: Option<String>,
    /// Working directory in the container.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub working_directory: Option<String>,
    /// Seconds between the stop signal and the kill.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stop_timeout: Option<u32>,
    /// Containers that must reach a condition first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub depends_on: Vec<Dependency>,
    /// Where the container's output goes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub log: Option<LogConfig>,
    /// The platform's container definition, beyond the above.
    #[serde(skip_serializing_if = "Extra::is_empty", default)]
    pub extra: Extra,
}

impl ContainerSpec {
    /// Time between the stop signal and the kill.
    pub fn time_to_stop(&self) -> Duration {
        self.stop_timeout.map_or(DEFAULT_STOP_TIMEOUT, |seconds| Duration::from_secs(seconds.into()))
    }
}

/// The time that containers have between the stop signal and the kill of the last of them, each with what
/// it depends on. Those that wait for each other are stopped one after the other.
pub fn time_to_stop<'a>(containers: impl Iterator<Item = (&'a [Dependency], Duration)>) -> Duration {
    let containers: Vec<_> = containers.collect();
    let timeouts = containers.iter().map(|(_, timeout)| *timeout);
    match containers.iter().all(|(depends_on, _)| depends_on.is_empty()) {
        true => timeouts.max().unwrap_or(DEFAULT_STOP_TIMEOUT),
        false => timeouts.sum(),
    }
}

/// Name and value.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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

/// One environment variable of a container.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EnvVar {
    /// Name.
    pub name: String,
    /// Value, which prints itself only when it is not a secret.
    #[cfg_attr(test, schemars(with = "String"))]
    pub value: EnvValue,
}

impl EnvVar {
    /// A variable whose value is never shown.
    pub fn hidden(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: EnvValue::Secret(value.to_owned()) }
    }

    /// The value itself, for the platform only.
    pub fn reveal(&self) -> &str {
        self.value.reveal()
    }

    /// The value for a person: `***` where it is a secret, or the name says that it is one.
    pub fn shown(&self) -> &str {
        match self.value.is_secret() || says_secret(&self.name) {
            true => MASK,
            false => self.value.reveal(),
        }
    }
}

impl std::fmt::Debug for EnvVar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnvVar").field("name", &self.name).field("value", &self.shown()).finish()
    }
}

impl Serialize for EnvVar {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut written = serializer.serialize_struct("EnvVar", 2)?;
        written.serialize_field("name", &self.name)?;
        written.serialize_field("value", self.shown())?;
        written.end()
    }
}

/// The value of an environment variable. A secret one (copied from sortie's own environment with
/// `--env K`) is `***` in every rendering, and no transform sees it.
#[derive(Clone, PartialEq, Eq)]
pub enum EnvValue {
    /// Written in plain sight.
    Plain(String),
    /// Copied from the environment.
    Secret(String),
}

impl EnvValue {
    /// The value itself, for the platform only.
    pub fn reveal(&self) -> &str {
        match self {
            Self::Plain(value) | Self::Secret(value) => value,
        }
    }

    /// Whether the value must not be shown.
    pub fn is_secret(&self) -> bool {
        matches!(self, Self::Secret(_))
    }

    /// The value for a person: `***` for a secret.
    pub fn shown(&self) -> &str {
        match self {
            Self::Plain(value) => value,
            Self::Secret(_) => MASK,
        }
    }
}

impl std::fmt::Debug for EnvValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.shown())
    }
}

impl Serialize for EnvValue {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.shown())
    }
}

impl<'de> Deserialize<'de> for EnvValue {
    /// A plain value. What was written as `***` is an error: a masked secret cannot be read back, and a
    /// task must not be launched with these three characters in its place.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text == MASK {
            true => Err(serde::de::Error::custom("a secret that was written as `***` cannot be read back")),
            false => Ok(Self::Plain(text)),
        }
    }
}

/// Where a task is attached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NetworkSpec {
    /// Subnets, at most 16 on Fargate.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub subnets: Vec<String>,
    /// Security groups, at most 5 on Fargate.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub security_groups: Vec<String>,
    /// Whether the task gets a public address.
    #[serde(default)]
    pub assign_public_ip: bool,
}

/// A container that must reach a condition before another starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Dependency {
    /// Name of the container waited for.
    pub container: String,
    /// What it must reach.
    pub condition: Condition,
}

/// See [`Dependency`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
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

/// Log driver and its options.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogConfig {
    /// `awslogs`, `awsfirelens`, `splunk`, …
    pub driver: String,
    /// The driver's options, of which some may be secret (`splunk-token`): these are written as `***`.
    #[serde(skip_serializing_if = "Vec::is_empty", default, serialize_with = "shown_options")]
    #[cfg_attr(test, schemars(with = "Vec<Pair>"))]
    pub options: Vec<Pair>,
}

fn shown_options<S: serde::Serializer>(options: &[Pair], serializer: S) -> Result<S::Ok, S::Error> {
    let shown = |option: &Pair| match says_secret(&option.name) {
        true => Pair::new(&option.name, MASK),
        false => option.clone(),
    };
    serializer.collect_seq(options.iter().map(shown))
}

impl LogConfig {
    /// The value of one option.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|pair| pair.name == name).map(|pair| pair.value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(name: &str, value: EnvValue) -> TaskSpec {
        let env = vec![EnvVar { name: name.to_owned(), value }];
        let app = ContainerSpec { name: "app".to_owned(), env, ..ContainerSpec::default() };
        TaskSpec { name: "deploy".to_owned(), containers: vec![app], ..TaskSpec::default() }
    }

    #[test]
    fn a_task_is_read_back_as_it_was_written_and_a_masked_secret_not_at_all() {
        let plain = task("STAGE", EnvValue::Plain("1".to_owned()));
        let text = serde_json::to_string(&plain).unwrap();
        assert_eq!(serde_json::from_str::<TaskSpec>(&text).unwrap(), plain);

        for (name, value) in
            [("STAGE", EnvValue::Secret("hunter2".into())), ("TOKEN", EnvValue::Plain("hunter2".into()))]
        {
            let task = task(name, value);
            let text = serde_json::to_string(&task).unwrap();
            assert!(!text.contains("hunter2") && !format!("{task:?}").contains("hunter2"), "{text}");
            let error = serde_json::from_str::<TaskSpec>(&text).unwrap_err();
            assert!(error.to_string().contains("cannot be read back"), "{error}");
        }
    }
}
