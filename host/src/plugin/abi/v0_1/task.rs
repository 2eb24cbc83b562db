//! Tasks, to and from guests.

use super::bindings::task as wit;
use crate::plugin::runtime::error::Failure;
use crate::plugin::runtime::limits::Limits;
use crate::spec::Condition;
use crate::spec::ContainerSpec;
use crate::spec::Dependency;
use crate::spec::EnvValue;
use crate::spec::EnvVar;
use crate::spec::Extra;
use crate::spec::LogConfig;
use crate::spec::NetworkSpec;
use crate::spec::Pair;
use crate::spec::TaskSpec;

fn pairs_to_wit(pairs: &[Pair]) -> Vec<wit::Pair> {
    pairs.iter().map(|pair| wit::Pair { name: pair.name.clone(), value: pair.value.clone() }).collect()
}

fn extra_to_wit(extra: &Extra) -> String {
    serde_json::Value::Object(extra.clone()).to_string()
}

/// The task without its secret values.
pub(super) fn to_wit(task: &TaskSpec) -> wit::TaskSpec {
    wit::TaskSpec {
        name: task.name.clone(),
        containers: task.containers.iter().map(container_to_wit).collect(),
        cpu: task.cpu,
        memory: task.memory,
        ephemeral_storage: task.ephemeral_storage,
        task_role: task.task_role.clone(),
        execution_role: task.execution_role.clone(),
        network: wit::Network {
            subnets: task.network.subnets.clone(),
            security_groups: task.network.security_groups.clone(),
            assign_public_ip: task.network.assign_public_ip,
        },
        tags: pairs_to_wit(&task.tags),
        started_by: task.started_by.clone(),
        extra: extra_to_wit(&task.extra),
    }
}

fn container_to_wit(container: &ContainerSpec) -> wit::Container {
    let plain = |var: &EnvVar| match &var.value {
        EnvValue::Plain(value) => Some(wit::Pair { name: var.name.clone(), value: value.clone() }),
        EnvValue::Secret(_) => None,
    };
    wit::Container {
        name: container.name.clone(),
        image: container.image.clone(),
        entry_point: container.entry_point.clone(),
        command: container.command.clone(),
        env: container.env.iter().filter_map(plain).collect(),
        secrets: pairs_to_wit(&container.secrets),
        essential: container.essential,
        cpu: container.cpu,
        memory: container.memory,
        memory_reservation: container.memory_reservation,
        user: container.user.clone(),
        working_directory: container.working_directory.clone(),
        stop_timeout: container.stop_timeout,
        depends_on: container
            .depends_on
            .iter()
            .map(|dependency| wit::Dependency {
                container: dependency.container.clone(),
                condition: match dependency.condition {
                    Condition::Start => wit::Condition::Start,
                    Condition::Complete => wit::Condition::Complete,
                    Condition::Success => wit::Condition::Success,
                    Condition::Healthy => wit::Condition::Healthy,
                },
            })
            .collect(),
        log: container
            .log
            .as_ref()
            .map(|log| wit::LogConfig { driver: log.driver.clone(), options: pairs_to_wit(&log.options) }),
        extra: extra_to_wit(&container.extra),
    }
}

/// Takes a task over from a guest, within the limits.
pub(super) fn from_wit(task: wit::TaskSpec, limits: &Limits) -> Result<TaskSpec, Failure> {
    let check = Check { limits };
    if task.containers.len() > limits.containers {
        let (count, max) = (task.containers.len(), limits.containers);
        return Err(Failure::Limit(format!("a task of {count} containers, {max} allowed")));
    }
    Ok(TaskSpec {
        name: check.text(task.name)?,
        containers: task
            .containers
            .into_iter()
            .map(|container| check.container(container))
            .collect::<Result<_, _>>()?,
        cpu: task.cpu,
        memory: task.memory,
        ephemeral_storage: task.ephemeral_storage,
        task_role: check.optional(task.task_role)?,
        execution_role: check.optional(task.execution_role)?,
        network: NetworkSpec {
            subnets: check.texts(task.network.subnets)?,
            security_groups: check.texts(task.network.security_groups)?,
            assign_public_ip: task.network.assign_public_ip,
        },
        tags: check.pairs(task.tags)?,
        started_by: check.optional(task.started_by)?,
        extra: check.extra(&task.extra)?,
    })
}

/// The step from a guest's values to ours.
struct Check<'a> {
    limits: &'a Limits,
}

impl Check<'_> {
    fn text(&self, text: String) -> Result<String, Failure> {
        let max = self.limits.text_bytes;
        if text.len() > max {
            return Err(Failure::Limit(format!("a text of {} bytes in the task, {max} allowed", text.len())));
        }
        if text.contains('\0') {
            return Err(Failure::Protocol("a text with a NUL in the task".to_owned()));
        }
        Ok(text)
    }

    fn optional(&self, text: Option<String>) -> Result<Option<String>, Failure> {
        text.map(|text| self.text(text)).transpose()
    }

    fn list<T, U>(&self, list: Vec<T>, each: impl Fn(T) -> Result<U, Failure>) -> Result<Vec<U>, Failure> {
        let max = self.limits.list_entries;
        if list.len() > max {
            return Err(Failure::Limit(format!(
                "a list of {} entries in the task, {max} allowed",
                list.len()
            )));
        }
        list.into_iter().map(each).collect()
    }

    fn texts(&self, texts: Vec<String>) -> Result<Vec<String>, Failure> {
        self.list(texts, |text| self.text(text))
    }

    fn pairs(&self, pairs: Vec<wit::Pair>) -> Result<Vec<Pair>, Failure> {
        self.list(pairs, |pair| Ok(Pair { name: self.text(pair.name)?, value: self.text(pair.value)? }))
    }

    /// Nesting is bounded by the JSON parser's own limit of 128.
    fn extra(&self, text: &str) -> Result<Extra, Failure> {
        let max = self.limits.text_bytes;
        if text.len() > max {
            return Err(Failure::Limit(format!("`extra` of {} bytes, {max} allowed", text.len())));
        }
        serde_json::from_str(text)
            .map_err(|error| Failure::Protocol(format!("`extra` is not a JSON object: {error}")))
    }

    fn container(&self, container: wit::Container) -> Result<ContainerSpec, Failure> {
        Ok(ContainerSpec {
            name: self.text(container.name)?,
            image: self.text(container.image)?,
            entry_point: self.texts(container.entry_point)?,
            command: self.texts(container.command)?,
            env: self
                .pairs(container.env)?
                .into_iter()
                .map(|pair| EnvVar { name: pair.name, value: EnvValue::Plain(pair.value) })
                .collect(),
            secrets: self.pairs(container.secrets)?,
            essential: container.essential,
            cpu: container.cpu,
            memory: container.memory,
            memory_reservation: container.memory_reservation,
            user: self.optional(container.user)?,
            working_directory: self.optional(container.working_directory)?,
            stop_timeout: container.stop_timeout,
            depends_on: self.list(container.depends_on, |dependency| {
                Ok(Dependency {
                    container: self.text(dependency.container)?,
                    condition: match dependency.condition {
                        wit::Condition::Start => Condition::Start,
                        wit::Condition::Complete => Condition::Complete,
                        wit::Condition::Success => Condition::Success,
                        wit::Condition::Healthy => Condition::Healthy,
                    },
                })
            })?,
            log: container
                .log
                .map(|log| {
                    Ok(LogConfig { driver: self.text(log.driver)?, options: self.pairs(log.options)? })
                })
                .transpose()?,
            extra: self.extra(&container.extra)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::kind::transform::with_secrets;

    fn var(name: &str, value: EnvValue) -> EnvVar {
        EnvVar { name: name.to_owned(), value }
    }

    fn task() -> TaskSpec {
        let plain = |value: &str| EnvValue::Plain(value.to_owned());
        TaskSpec {
            name: "deploy".to_owned(),
            containers: vec![ContainerSpec {
                name: "main".to_owned(),
                image: "alpine".to_owned(),
                command: vec!["sh".to_owned(), "-c".to_owned()],
                env: vec![
                    var("A", plain("1")),
                    var("TOKEN", EnvValue::Secret("hunter2".to_owned())),
                    var("B", plain("2")),
                ],
                secrets: vec![Pair::new("S", "arn")],
                essential: true,
                cpu: Some(256),
                memory: Some(512),
                memory_reservation: Some(128),
                user: Some("1000".to_owned()),
                working_directory: Some("/work".to_owned()),
                stop_timeout: Some(30),
                depends_on: vec![Dependency { container: "db".to_owned(), condition: Condition::Healthy }],
                log: Some(LogConfig { driver: "awslogs".to_owned(), options: vec![Pair::new("k", "v")] }),
                extra: serde_json::from_str(r#"{"privileged":false}"#).expect("an object"),
                entry_point: vec!["/entry".to_owned()],
            }],
            cpu: Some(256),
            memory: Some(512),
            ephemeral_storage: Some(30),
            task_role: Some("role".to_owned()),
            execution_role: Some("execution".to_owned()),
            network: NetworkSpec {
                subnets: vec!["subnet-1".to_owned()],
                security_groups: vec!["sg-1".to_owned()],
                assign_public_ip: true,
            },
            tags: vec![Pair::new("team", "x")],
            started_by: Some("ci".to_owned()),
            extra: serde_json::from_str(r#"{"runtimePlatform":{"cpuArchitecture":"ARM64"}}"#)
                .expect("an object"),
        }
    }

    #[test]
    fn an_unchanged_task_comes_back_equal_secrets_included() {
        let task = task();
        let back = from_wit(to_wit(&task), &Limits::default()).expect("within limits");
        assert_eq!(with_secrets(back, &task), Ok(task));
    }

    #[test]
    fn no_secret_value_is_in_what_a_transform_is_sent() {
        assert!(!format!("{:?}", to_wit(&task())).contains("hunter2"));
    }

    #[test]
    fn a_secret_cannot_be_set_or_lost() {
        let original = task();
        let back = || from_wit(to_wit(&original), &Limits::default()).expect("within limits");
        let mut set = back();
        set.containers[0].env.push(var("TOKEN", EnvValue::Plain("mine".to_owned())));
        let mut renamed = back();
        renamed.containers[0].name = "other".to_owned();
        let mut doubled = back();
        doubled.containers.push(doubled.containers[0].clone());
        for changed in [set, renamed, doubled] {
            assert!(matches!(with_secrets(changed, &original), Err(Failure::Protocol(_))));
        }
    }
}
