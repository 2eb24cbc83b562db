//! Tasks, to and from guests.

use super::bindings::task as wit;
use super::bindings::types::PairParam;
use super::bindings::types::PairResult;
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

/// Whose words `extra` is in.
const PLATFORM: &str = "ecs";

fn pairs_to_wit(pairs: &[Pair]) -> Vec<PairParam<'_>> {
    pairs.iter().map(|pair| PairParam { name: &pair.name, value: &pair.value }).collect()
}

fn texts(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

fn extra_to_wit(extra: &Extra) -> String {
    serde_json::Value::Object(extra.clone()).to_string()
}

/// Calls `with` with the task in the form that the bindings take, which borrows from it. Of secret values
/// it says only that there is one.
pub(super) fn send<R>(task: &TaskSpec, with: impl FnOnce(wit::TaskSpecParam<'_>) -> R) -> R {
    let lists: Vec<Lists<'_>> = task.containers.iter().map(Lists::of).collect();
    let containers: Vec<wit::ContainerParam<'_>> =
        task.containers.iter().zip(&lists).map(|(container, lists)| lists.to_wit(container)).collect();
    with(wit::TaskSpecParam {
        name: &task.name,
        platform: PLATFORM,
        containers: &containers,
        cpu: task.cpu,
        memory: task.memory,
        ephemeral_storage: task.ephemeral_storage,
        task_role: task.task_role.as_deref(),
        execution_role: task.execution_role.as_deref(),
        network: wit::NetworkParam {
            subnets: &texts(&task.network.subnets),
            security_groups: &texts(&task.network.security_groups),
            assign_public_ip: task.network.assign_public_ip,
        },
        tags: &pairs_to_wit(&task.tags),
        started_by: task.started_by.as_deref(),
        extra: &extra_to_wit(&task.extra),
    })
}

/// The lists of a container.
struct Lists<'a> {
    entry_point: Vec<&'a str>,
    command: Vec<&'a str>,
    env: Vec<wit::EnvVarParam<'a>>,
    secrets: Vec<wit::SecretParam<'a>>,
    depends_on: Vec<wit::DependencyParam<'a>>,
    log_options: Vec<PairParam<'a>>,
    extra: String,
}

impl<'a> Lists<'a> {
    fn of(container: &'a ContainerSpec) -> Self {
        let value = |value: &'a EnvValue| match value {
            EnvValue::Plain(value) => wit::EnvValueParam::Plain(value),
            EnvValue::Secret(_) => wit::EnvValueParam::Secret,
        };
        let env = container.env.iter();
        let secrets = container.secrets.iter();
        let depends_on = container.depends_on.iter();
        Self {
            entry_point: texts(&container.entry_point),
            command: texts(&container.command),
            env: env.map(|var| wit::EnvVarParam { name: &var.name, value: value(&var.value) }).collect(),
            secrets: secrets
                .map(|pair| wit::SecretParam { name: &pair.name, value_from: &pair.value })
                .collect(),
            depends_on: depends_on
                .map(|dependency| wit::DependencyParam {
                    container: &dependency.container,
                    condition: match dependency.condition {
                        Condition::Start => wit::Condition::Start,
                        Condition::Complete => wit::Condition::Complete,
                        Condition::Success => wit::Condition::Success,
                        Condition::Healthy => wit::Condition::Healthy,
                    },
                })
                .collect(),
            log_options: container.log.as_ref().map(|log| pairs_to_wit(&log.options)).unwrap_or_default(),
            extra: extra_to_wit(&container.extra),
        }
    }

    fn to_wit(&'a self, container: &'a ContainerSpec) -> wit::ContainerParam<'a> {
        wit::ContainerParam {
            name: &container.name,
            image: &container.image,
            entry_point: &self.entry_point,
            command: &self.command,
            env: &self.env,
            secrets: &self.secrets,
            essential: container.essential,
            cpu: container.cpu,
            memory: container.memory,
            memory_reservation: container.memory_reservation,
            user: container.user.as_deref(),
            working_directory: container.working_directory.as_deref(),
            stop_timeout: container.stop_timeout,
            depends_on: &self.depends_on,
            log: container
                .log
                .as_ref()
                .map(|log| wit::LogConfigParam { driver: &log.driver, options: &self.log_options }),
            extra: &self.extra,
        }
    }
}

/// Takes a task over from a guest, within the limits. Its secrets have no value yet.
pub(super) fn from_wit(task: wit::TaskSpecResult, limits: &Limits) -> Result<TaskSpec, Failure> {
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

    fn pairs(&self, pairs: Vec<PairResult>) -> Result<Vec<Pair>, Failure> {
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

    fn container(&self, container: wit::ContainerResult) -> Result<ContainerSpec, Failure> {
        Ok(ContainerSpec {
            name: self.text(container.name)?,
            image: self.text(container.image)?,
            entry_point: self.texts(container.entry_point)?,
            command: self.texts(container.command)?,
            env: self.list(container.env, |var| {
                let value = match var.value {
                    wit::EnvValueResult::Plain(value) => EnvValue::Plain(self.text(value)?),
                    wit::EnvValueResult::Secret => EnvValue::Secret(String::new()),
                };
                Ok(EnvVar { name: self.text(var.name)?, value })
            })?,
            secrets: self.list(container.secrets, |secret| {
                Ok(Pair { name: self.text(secret.name)?, value: self.text(secret.value_from)? })
            })?,
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

    /// What a transform makes of it that changes nothing.
    fn echo(task: &TaskSpec) -> TaskSpec {
        let text = |text: &str| text.to_owned();
        let texts = |texts: &[&str]| texts.iter().map(|&each| each.to_owned()).collect::<Vec<_>>();
        let pairs = |pairs: &[PairParam<'_>]| {
            pairs.iter().map(|pair| PairResult { name: text(pair.name), value: text(pair.value) }).collect()
        };
        let container = |container: &wit::ContainerParam<'_>| wit::ContainerResult {
            name: text(container.name),
            image: text(container.image),
            entry_point: texts(container.entry_point),
            command: texts(container.command),
            env: container
                .env
                .iter()
                .map(|var| wit::EnvVarResult {
                    name: text(var.name),
                    value: match var.value {
                        wit::EnvValueParam::Plain(value) => wit::EnvValueResult::Plain(text(value)),
                        wit::EnvValueParam::Secret => wit::EnvValueResult::Secret,
                    },
                })
                .collect(),
            secrets: container
                .secrets
                .iter()
                .map(|secret| wit::SecretResult {
                    name: text(secret.name),
                    value_from: text(secret.value_from),
                })
                .collect(),
            essential: container.essential,
            cpu: container.cpu,
            memory: container.memory,
            memory_reservation: container.memory_reservation,
            user: container.user.map(text),
            working_directory: container.working_directory.map(text),
            stop_timeout: container.stop_timeout,
            depends_on: container
                .depends_on
                .iter()
                .map(|dependency| wit::DependencyResult {
                    container: text(dependency.container),
                    condition: dependency.condition,
                })
                .collect(),
            log: container
                .log
                .as_ref()
                .map(|log| wit::LogConfigResult { driver: text(log.driver), options: pairs(log.options) }),
            extra: text(container.extra),
        };
        let echoed = send(task, |task| wit::TaskSpecResult {
            name: text(task.name),
            platform: String::new(),
            containers: task.containers.iter().map(container).collect(),
            cpu: task.cpu,
            memory: task.memory,
            ephemeral_storage: task.ephemeral_storage,
            task_role: task.task_role.map(text),
            execution_role: task.execution_role.map(text),
            network: wit::NetworkResult {
                subnets: texts(task.network.subnets),
                security_groups: texts(task.network.security_groups),
                assign_public_ip: task.network.assign_public_ip,
            },
            tags: pairs(task.tags),
            started_by: task.started_by.map(text),
            extra: text(task.extra),
        });
        from_wit(echoed, &Limits::default()).expect("within limits")
    }

    #[test]
    fn an_unchanged_task_comes_back_equal_secrets_included() {
        let task = task();
        assert_eq!(with_secrets(echo(&task), &task), Ok(task));
    }

    #[test]
    fn no_secret_value_is_in_what_a_transform_is_sent() {
        let sent = send(&task(), |task| format!("{task:?}"));
        assert!(sent.contains("TOKEN") && !sent.contains("hunter2"), "{sent}");
    }

    #[test]
    fn a_secret_cannot_be_set_lost_or_made() {
        let original = task();
        let changed = |change: fn(&mut TaskSpec)| {
            let mut changed = echo(&original);
            change(&mut changed);
            with_secrets(changed, &original)
        };
        let refused = [
            changed(|task| task.containers[0].env[1].value = EnvValue::Plain("mine".to_owned())),
            changed(|task| task.containers[0].env.push(var("TOKEN", EnvValue::Plain("mine".to_owned())))),
            changed(|task| drop(task.containers[0].env.remove(1))),
            changed(|task| task.containers[0].env.push(var("OTHER", EnvValue::Secret(String::new())))),
            changed(|task| task.containers[0].env[0].value = EnvValue::Secret(String::new())),
            changed(|task| task.containers[0].name = "other".to_owned()),
            changed(|task| task.containers.push(task.containers[0].clone())),
        ];
        for refused in refused {
            assert!(matches!(refused, Err(Failure::Protocol(_))), "{refused:?}");
        }
        let moved = changed(|task| task.containers[0].env.swap(0, 1)).expect("its place does not matter");
        assert_eq!(moved.containers[0].env[0], original.containers[0].env[1]);
    }
}
