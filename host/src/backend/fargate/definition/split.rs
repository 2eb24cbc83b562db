//! What RunTask can carry as overrides, and what needs a task definition of its own.
//!
//! RunTask overrides can set a container's command, environment, CPU and memory, and the task's
//! CPU, memory, roles and ephemeral storage (Amazon ECS API reference, ContainerOverride and
//! TaskOverride). They cannot take anything away, and nothing else can be overridden.

use serde_json::Value;
use serde_json::json;

use crate::error::Error;
use crate::spec::ContainerSpec;
use crate::spec::EnvVar;
use crate::spec::Extra;
use crate::spec::NetworkSpec;
use crate::spec::TaskSpec;

/// Most characters of a request's overrides, JSON punctuation included.
/// Source: Amazon ECS API reference, RunTask, parameter `overrides`.
const MAX_CHARACTERS: usize = 8192;

/// A task taken apart.
#[derive(Debug)]
pub(crate) struct Split {
    /// What the task definition must be. Network, tags and `startedBy` are empty: they are
    /// RunTask's.
    pub(crate) definition: TaskSpec,
    /// What changes with it, container by container. Containers without a change are absent.
    pub(crate) containers: Vec<ContainerChange>,
    /// CPU, memory, roles and storage that change at task level.
    pub(crate) task: TaskChange,
}

/// Overrides of one container.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ContainerChange {
    name: String,
    command: Vec<String>,
    env: Vec<EnvVar>,
    cpu: Option<u32>,
    memory: Option<u32>,
    memory_reservation: Option<u32>,
}

/// Overrides at task level.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct TaskChange {
    cpu: Option<u32>,
    memory: Option<u32>,
    task_role: Option<String>,
    execution_role: Option<String>,
    ephemeral_storage: Option<u32>,
}

/// Takes `task` apart against the definition that exists (or that sortie would register anyway).
pub(crate) fn split(existing: &TaskSpec, task: &TaskSpec) -> Split {
    let mut definition = definition_part(task);
    let change = TaskChange {
        cpu: take(&existing.cpu, &mut definition.cpu),
        memory: take(&existing.memory, &mut definition.memory),
        task_role: take(&existing.task_role, &mut definition.task_role),
        execution_role: take(&existing.execution_role, &mut definition.execution_role),
        ephemeral_storage: take(&existing.ephemeral_storage, &mut definition.ephemeral_storage),
    };
    let containers = definition
        .containers
        .iter_mut()
        .map(|container| {
            let before = existing.containers.iter().find(|before| before.name == container.name);
            split_container(before, container)
        })
        .filter(ContainerChange::says_something)
        .collect();
    Split { definition, containers, task: change }
}

/// The part of a task that a task definition holds.
pub(crate) fn definition_part(task: &TaskSpec) -> TaskSpec {
    TaskSpec { network: NetworkSpec::default(), tags: Vec::new(), started_by: None, ..task.clone() }
}

/// Takes what overrides can carry out of `wanted`, which becomes the definition's container.
fn split_container(existing: Option<&ContainerSpec>, wanted: &mut ContainerSpec) -> ContainerChange {
    let nothing = ContainerSpec::default();
    // A container that is new goes into the definition, except for its secrets.
    let before = existing.unwrap_or(&nothing);
    let mut change = ContainerChange {
        name: wanted.name.clone(),
        command: Vec::new(),
        env: Vec::new(),
        cpu: None,
        memory: None,
        memory_reservation: None,
    };
    if existing.is_some() {
        if !wanted.command.is_empty() && wanted.command != before.command {
            change.command = std::mem::replace(&mut wanted.command, before.command.clone());
        }
        change.cpu = take(&before.cpu, &mut wanted.cpu);
        change.memory = take(&before.memory, &mut wanted.memory);
        change.memory_reservation = take(&before.memory_reservation, &mut wanted.memory_reservation);
    }
    let value_before = |name: &str| before.env.iter().rev().find(|variable| variable.name == name);
    change.env = wanted
        .env
        .iter()
        .filter(|variable| {
            variable.value.is_secret()
                || (existing.is_some()
                    && value_before(&variable.name).is_none_or(|old| old.value != variable.value))
        })
        .cloned()
        .collect();
    if existing.is_some() {
        // Variables that are gone must go from the definition; the others stay as they are there.
        let kept: Vec<EnvVar> = before
            .env
            .iter()
            .filter(|old| wanted.env.iter().any(|variable| variable.name == old.name))
            .cloned()
            .collect();
        wanted.env = kept;
    } else {
        wanted.env.retain(|variable| !variable.value.is_secret());
    }
    change
}

/// The new value if it can be an override; `wanted` becomes the definition's.
fn take<T: Clone + PartialEq>(existing: &Option<T>, wanted: &mut Option<T>) -> Option<T> {
    if wanted.is_none() || wanted == existing {
        return None;
    }
    std::mem::replace(wanted, existing.clone())
}

impl ContainerChange {
    fn says_something(&self) -> bool {
        !self.command.is_empty()
            || !self.env.is_empty()
            || self.cpu.is_some()
            || self.memory.is_some()
            || self.memory_reservation.is_some()
    }
}

impl Split {
    /// Adds a container that is none of the task's, with the command that it gets at the launch.
    pub(crate) fn add(&mut self, container: ContainerSpec, command: Vec<String>) {
        self.containers.push(ContainerChange {
            name: container.name.clone(),
            command,
            env: Vec::new(),
            cpu: None,
            memory: None,
            memory_reservation: None,
        });
        self.definition.containers.push(container);
    }

    /// The `overrides` member of RunTask. `value` gives the text of an environment variable: the
    /// value itself for the platform, `***` in place of a secret for a person.
    pub(crate) fn overrides(&self, value: fn(&EnvVar) -> &str) -> Option<Value> {
        let mut body = Extra::new();
        if !self.containers.is_empty() {
            let list = self.containers.iter().map(|change| change.json(value)).collect();
            body.insert("containerOverrides".to_owned(), Value::Array(list));
        }
        let mut put = |member: &str, value: Option<Value>| {
            if let Some(value) = value {
                body.insert(member.to_owned(), value);
            }
        };
        put("cpu", self.task.cpu.map(|cpu| json!(cpu.to_string())));
        put("memory", self.task.memory.map(|memory| json!(memory.to_string())));
        put("taskRoleArn", self.task.task_role.as_ref().map(|role| json!(role)));
        put("executionRoleArn", self.task.execution_role.as_ref().map(|role| json!(role)));
        put("ephemeralStorage", self.task.ephemeral_storage.map(|size| json!({ "sizeInGiB": size })));
        (!body.is_empty()).then_some(Value::Object(body))
    }
}

impl ContainerChange {
    fn json(&self, value: fn(&EnvVar) -> &str) -> Value {
        let mut body = Extra::new();
        body.insert("name".to_owned(), json!(self.name));
        if !self.command.is_empty() {
            body.insert("command".to_owned(), json!(self.command));
        }
        if !self.env.is_empty() {
            let list: Vec<Value> = self
                .env
                .iter()
                .map(|variable| json!({ "name": variable.name, "value": value(variable) }))
                .collect();
            body.insert("environment".to_owned(), json!(list));
        }
        for (member, value) in
            [("cpu", self.cpu), ("memory", self.memory), ("memoryReservation", self.memory_reservation)]
        {
            if let Some(value) = value {
                body.insert(member.to_owned(), json!(value));
            }
        }
        Value::Object(body)
    }
}

/// Checks the length of an `overrides` member as it will be sent.
pub(crate) fn check_length(overrides: &Value) -> Result<(), Error> {
    let characters = overrides.to_string().chars().count();
    if characters <= MAX_CHARACTERS {
        return Ok(());
    }
    Err(Error::usage(format!(
        "the command and environment overrides (command after --, --env, --env-file) take {characters} \
             characters as JSON; ECS accepts {MAX_CHARACTERS}"
    ))
    .hint(
        "move variables into the task definition: `environment`, `secrets`, or `environmentFiles` (a \
               file in S3)",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::EnvValue;

    fn env(name: &str, value: &str) -> EnvVar {
        EnvVar { name: name.to_owned(), value: EnvValue::Plain(value.to_owned()) }
    }

    fn task() -> TaskSpec {
        TaskSpec {
            name: "deploy".to_owned(),
            cpu: Some(256),
            memory: Some(512),
            containers: vec![
                ContainerSpec {
                    name: "app".to_owned(),
                    image: "a:1".to_owned(),
                    command: vec!["serve".to_owned()],
                    env: vec![env("A", "1"), env("B", "2")],
                    essential: true,
                    ..ContainerSpec::default()
                },
                ContainerSpec {
                    name: "side".to_owned(),
                    image: "s:1".to_owned(),
                    essential: false,
                    ..ContainerSpec::default()
                },
            ],
            ..TaskSpec::default()
        }
    }

    #[test]
    fn nothing_changed_needs_nothing() {
        let split = split(&task(), &task());
        assert_eq!(split.definition, task());
        assert_eq!(split.overrides(EnvVar::reveal), None);
    }

    #[test]
    fn what_overrides_can_carry_leaves_the_definition_alone() {
        let mut wanted = task();
        wanted.containers[0].command = vec!["./deploy.sh".to_owned()];
        wanted.containers[0].env[1] = env("B", "3");
        wanted.containers[0]
            .env
            .push(EnvVar { name: "T".to_owned(), value: EnvValue::Secret("hunter2".to_owned()) });
        wanted.containers[1].memory_reservation = Some(64);
        wanted.cpu = Some(1024);
        wanted.task_role = Some("r".to_owned());
        wanted.ephemeral_storage = Some(40);
        wanted.started_by = Some("me".to_owned());
        let split = split(&task(), &wanted);
        assert_eq!(split.definition, task());
        assert_eq!(
            split.overrides(EnvVar::shown),
            Some(json!({
                "containerOverrides": [
                    {
                        "name": "app",
                        "command": ["./deploy.sh"],
                        "environment": [{ "name": "B", "value": "3" }, { "name": "T", "value": "***" }],
                    },
                    { "name": "side", "memoryReservation": 64 },
                ],
                "cpu": "1024",
                "taskRoleArn": "r",
                "ephemeralStorage": { "sizeInGiB": 40 },
            }))
        );
        assert!(split.overrides(EnvVar::reveal).is_some_and(|body| body.to_string().contains("hunter2")));
    }

    #[test]
    fn what_overrides_cannot_carry_changes_the_definition() {
        let changes: [fn(&mut TaskSpec); 6] = [
            |task| task.containers[0].image = "a:2".to_owned(),
            |task| task.containers[0].env.truncate(1),
            |task| task.containers[0].command.clear(),
            |task| task.cpu = None,
            |task| drop(task.containers.pop()),
            |task| drop(task.extra.insert("volumes".to_owned(), json!([]))),
        ];
        for (index, change) in changes.iter().enumerate() {
            let mut wanted = task();
            change(&mut wanted);
            let split = split(&task(), &wanted);
            assert_eq!(split.definition, wanted, "change {index}");
            assert_eq!(split.overrides(EnvVar::reveal), None, "change {index}");
        }
    }

    #[test]
    fn a_new_container_is_defined_but_its_secret_is_an_override() {
        let mut wanted = task();
        wanted.containers.push(ContainerSpec {
            name: "new".to_owned(),
            command: vec!["x".to_owned()],
            env: vec![
                env("A", "1"),
                EnvVar { name: "T".to_owned(), value: EnvValue::Secret("hunter2".to_owned()) },
            ],
            ..ContainerSpec::default()
        });
        let split = split(&task(), &wanted);
        assert_eq!(split.definition.containers[2].env, vec![env("A", "1")]);
        assert_eq!(
            split.overrides(EnvVar::shown),
            Some(json!({ "containerOverrides": [
                { "name": "new", "environment": [{ "name": "T", "value": "***" }] },
            ] }))
        );
    }

    #[test]
    fn the_limit_counts_characters_of_the_json() {
        let body = |length: usize| json!({ "x": "é".repeat(length) });
        // {"x":""} is 8 characters.
        assert!(check_length(&body(8184)).is_ok());
        let error = check_length(&body(8185)).expect_err("one too many");
        assert!(
            error.is_usage() && error.to_string().contains("8193") && error.to_string().contains("--env"),
            "{error}"
        );
    }
}
