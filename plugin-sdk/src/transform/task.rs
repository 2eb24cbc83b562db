//! The task as sortie sees it, whatever platform runs it.

use crate::Error;
use crate::Pair;

/// A variable of a container's environment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnvVar {
    /// Its name.
    pub name: String,
    /// What a plugin sees of its value.
    pub value: EnvValue,
}

impl EnvVar {
    /// A variable that is set to a text.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: EnvValue::Plain(value.into()) }
    }

    /// A variable whose value sortie holds as secret; for tests, since a transform cannot add one.
    pub fn secret(name: impl Into<String>) -> Self {
        Self { name: name.into(), value: EnvValue::Secret }
    }
}

/// What a plugin sees of a variable's value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnvValue {
    /// This.
    Plain(String),
    /// A value that sortie holds as secret. It is never shown. A transform hands it back where it was; it
    /// can neither set one nor remove one.
    Secret,
}

/// A variable whose value the platform injects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Secret {
    /// The variable's name.
    pub name: String,
    /// Where the platform reads the value.
    pub value_from: String,
}

impl Secret {
    /// A variable that the platform reads there.
    pub fn new(name: impl Into<String>, value_from: impl Into<String>) -> Self {
        Self { name: name.into(), value_from: value_from.into() }
    }
}

/// What a container must have reached before another starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// It has started.
    Start,
    /// It has ended.
    Complete,
    /// It has ended with 0.
    Success,
    /// Its health check passes.
    Healthy,
}

/// For the bindings, which count the cases in the order of `wit/transform.wit`.
#[cfg(all(target_arch = "wasm32", feature = "transform"))]
impl Condition {
    pub(crate) fn _lift(case: u8) -> Self {
        match case {
            0 => Self::Start,
            1 => Self::Complete,
            2 => Self::Success,
            // The component model has checked that there is no other.
            _ => Self::Healthy,
        }
    }
}

/// A container that must reach a condition first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dependency {
    /// Name of the container waited for.
    pub container: String,
    /// What it must reach.
    pub condition: Condition,
}

impl Dependency {
    /// On this container, once it has reached this.
    pub fn new(container: impl Into<String>, condition: Condition) -> Self {
        Self { container: container.into(), condition }
    }
}

/// Where a container's output goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogConfig {
    /// `awslogs`, `awsfirelens`, …
    pub driver: String,
    /// The driver's options.
    pub options: Vec<Pair>,
}

impl LogConfig {
    /// A driver without options.
    pub fn new(driver: impl Into<String>) -> Self {
        Self { driver: driver.into(), options: Vec::new() }
    }
}

/// One container of a task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Container {
    /// Unique in the task.
    pub name: String,
    /// Image reference.
    pub image: String,
    /// Empty: the image's own.
    pub entry_point: Vec<String>,
    /// Empty: the image's own.
    pub command: Vec<String>,
    /// Variables; see [`Container::env`] and [`Container::set_env`].
    pub env: Vec<EnvVar>,
    /// Variables whose values the platform injects.
    pub secrets: Vec<Secret>,
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
    /// What it waits for before it starts.
    pub depends_on: Vec<Dependency>,
    /// Where the output goes.
    pub log: Option<LogConfig>,
    /// A JSON object: what the platform's definition of a container has beyond the above (ports, mounts,
    /// health check), in the platform's own words. [`TaskSpec::platform`] says whose.
    pub extra: String,
}

impl Container {
    /// An essential container.
    pub fn new(name: impl Into<String>, image: impl Into<String>) -> Self {
        Self { name: name.into(), image: image.into(), essential: true, ..Self::default() }
    }

    /// What is to be seen of a variable's value; `None` when it is not set here.
    pub fn env(&self, name: &str) -> Option<&EnvValue> {
        self.env.iter().find(|variable| variable.name == name).map(|variable| &variable.value)
    }

    /// Sets a variable, whether it was set or not.
    ///
    /// # Errors
    /// `invalid` when sortie holds its value as secret: a transform cannot replace one.
    pub fn set_env(&mut self, name: &str, value: impl Into<String>) -> Result<(), Error> {
        match self.env.iter_mut().find(|variable| variable.name == name) {
            Some(EnvVar { value: EnvValue::Secret, .. }) => {
                let why = format!("{name} in the container {:?} holds a secret, which stays", self.name);
                return Err(Error::new("invalid", why));
            }
            Some(variable) => variable.value = EnvValue::Plain(value.into()),
            None => self.env.push(EnvVar::new(name, value)),
        }
        Ok(())
    }
}

/// Where a task is attached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Network {
    /// Subnets.
    pub subnets: Vec<String>,
    /// Security groups.
    pub security_groups: Vec<String>,
    /// Whether the task gets a public address.
    pub assign_public_ip: bool,
}

/// The task as sortie sees it, whatever platform runs it. A test begins with the default, and sets what it is
/// about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskSpec {
    /// Family of the task definition, or the name given with `--name`.
    pub name: String,
    /// Whose words `extra` is in: `ecs` (Amazon ECS, RegisterTaskDefinition), or empty where it has to be
    /// empty. What comes back is not looked at. The set may grow.
    pub platform: String,
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
    /// Tags of the task; see [`TaskSpec::tag`] and [`TaskSpec::set_tag`].
    pub tags: Vec<Pair>,
    /// Who started it; the platform's index for finding it again.
    pub started_by: Option<String>,
    /// A JSON object: what the platform's definition of a task has beyond the above (volumes, placement,
    /// runtime platform).
    pub extra: String,
}

impl TaskSpec {
    /// A task of these containers.
    pub fn new(name: impl Into<String>, containers: impl IntoIterator<Item = Container>) -> Self {
        Self { name: name.into(), containers: containers.into_iter().collect(), ..Self::default() }
    }

    /// A container by its name.
    pub fn container(&self, name: &str) -> Option<&Container> {
        self.containers.iter().find(|container| container.name == name)
    }

    /// A container by its name, to change it.
    pub fn container_mut(&mut self, name: &str) -> Option<&mut Container> {
        self.containers.iter_mut().find(|container| container.name == name)
    }

    /// The value of a tag.
    pub fn tag(&self, name: &str) -> Option<&str> {
        self.tags.iter().find(|tag| tag.name == name).map(|tag| tag.value.as_str())
    }

    /// Sets a tag, whether it was set or not.
    pub fn set_tag(&mut self, name: &str, value: impl Into<String>) {
        match self.tags.iter_mut().find(|tag| tag.name == name) {
            Some(tag) => tag.value = value.into(),
            None => self.tags.push(Pair::new(name, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_stays_where_it_is() {
        let mut container = Container::new("app", "busybox");
        container.env = vec![EnvVar::secret("TOKEN"), EnvVar::new("MODE", "a")];
        assert_eq!(container.set_env("TOKEN", "x").expect_err("refused").code(), "invalid");
        assert_eq!(container.set_env("MODE", "b"), Ok(()));
        assert_eq!(container.set_env("NEW", "c"), Ok(()));
        assert_eq!(container.env("TOKEN"), Some(&EnvValue::Secret));
        assert_eq!(container.env("MODE"), Some(&EnvValue::Plain("b".to_owned())));
        assert_eq!(container.env("NEW"), Some(&EnvValue::Plain("c".to_owned())));
        assert_eq!(container.env.len(), 3);
    }
}
