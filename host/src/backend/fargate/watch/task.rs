//! A task as ECS describes it.
//!
//! sortie reads the answer of DescribeTasks itself. The API's model calls an exit code an integer of
//! 32 bits, and the SDK refuses a whole answer that holds a larger one; but Windows containers end
//! with 32 unsigned bits (an access violation is 3221225477), and the platform passes that on.

use std::time::Duration;
use std::time::SystemTime;

use serde::Deserialize;
use serde::Deserializer;
use serde_json::Value;

/// The body of an answer to DescribeTasks.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Answer {
    /// The tasks that ECS knows.
    #[serde(deserialize_with = "or_default")]
    pub(super) tasks: Vec<Task>,
}

/// A task. Source of the members: Amazon ECS API reference, Task. What is absent is empty.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Task {
    task_arn: Option<String>,
    task_definition_arn: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(in crate::backend::fargate) last_status: String,
    #[serde(deserialize_with = "or_default")]
    pub(in crate::backend::fargate) desired_status: String,
    #[serde(deserialize_with = "or_default")]
    pub(in crate::backend::fargate) started_by: String,
    #[serde(deserialize_with = "or_default")]
    overrides: Overrides,
    #[serde(deserialize_with = "or_default")]
    tags: Vec<Tag>,
    #[serde(deserialize_with = "or_default")]
    pub(super) stop_code: String,
    /// MiB.
    #[serde(deserialize_with = "mib")]
    pub(super) memory: Option<u64>,
    #[serde(deserialize_with = "or_default")]
    pub(super) stopped_reason: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) containers: Vec<Container>,
    #[serde(deserialize_with = "time")]
    pub(in crate::backend::fargate) created_at: Option<SystemTime>,
    #[serde(deserialize_with = "time")]
    pub(super) pull_started_at: Option<SystemTime>,
    #[serde(deserialize_with = "time")]
    pub(super) pull_stopped_at: Option<SystemTime>,
    #[serde(deserialize_with = "time")]
    pub(super) started_at: Option<SystemTime>,
    #[serde(deserialize_with = "time")]
    pub(super) execution_stopped_at: Option<SystemTime>,
    #[serde(deserialize_with = "time")]
    pub(super) stopping_at: Option<SystemTime>,
    #[serde(deserialize_with = "time")]
    pub(super) stopped_at: Option<SystemTime>,
}

/// A tag. Source: Amazon ECS API reference, Tag.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Tag {
    #[serde(deserialize_with = "or_default")]
    key: String,
    #[serde(deserialize_with = "or_default")]
    value: String,
}

/// What RunTask has set. Source: Amazon ECS API reference, TaskOverride and ContainerOverride.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Overrides {
    #[serde(deserialize_with = "or_default")]
    container_overrides: Vec<ContainerOverride>,
}

impl std::fmt::Debug for Overrides {
    /// Without the values, which may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Overrides")
    }
}

#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ContainerOverride {
    #[serde(deserialize_with = "or_default")]
    environment: Vec<KeyValue>,
}

#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
struct KeyValue {
    #[serde(deserialize_with = "or_default")]
    name: String,
    #[serde(deserialize_with = "or_default")]
    value: String,
}

/// A container. Source of the members: Amazon ECS API reference, Container.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Container {
    #[serde(deserialize_with = "or_default")]
    pub(super) name: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) last_status: String,
    /// As it was sent; [`Container::code`] is what the rest of sortie works with.
    pub(super) exit_code: Option<i64>,
    #[serde(deserialize_with = "or_default")]
    pub(super) reason: String,
    /// Its hard limit, MiB.
    #[serde(deserialize_with = "mib")]
    pub(super) memory: Option<u64>,
}

impl Task {
    /// Its ARN.
    pub(crate) fn task_arn(&self) -> Option<&str> {
        self.task_arn.as_deref()
    }

    /// ARN of its task definition.
    pub(crate) fn task_definition_arn(&self) -> Option<&str> {
        self.task_definition_arn.as_deref()
    }

    /// Its tags, where they were asked for.
    pub(in crate::backend::fargate) fn tags(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str()))
    }

    /// The variables that RunTask has set.
    pub(in crate::backend::fargate) fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        let variables =
            self.overrides.container_overrides.iter().flat_map(|container| &container.environment);
        variables.map(|variable| (variable.name.as_str(), variable.value.as_str()))
    }

    /// Its container of this name.
    pub(super) fn container(&self, name: &str) -> Option<&Container> {
        self.containers.iter().find(|container| container.name == name)
    }

    /// Whether its state is one that nothing follows.
    /// Source: Amazon ECS Developer Guide, task life cycle.
    pub(in crate::backend::fargate) fn is_stopped(&self) -> bool {
        ["STOPPED", "DELETED"].iter().any(|state| self.last_status.eq_ignore_ascii_case(state))
    }

    /// Whether any of its code has run.
    pub(super) fn has_run(&self) -> bool {
        self.started_at.is_some() || self.containers.iter().any(|container| container.exit_code.is_some())
    }
}

impl Container {
    /// The exit code in 32 bits. A number of 32 unsigned bits keeps its bits, as Windows shows it;
    /// one that is larger still becomes the largest, and never a success.
    pub(super) fn code(&self) -> Option<i32> {
        let code = self.exit_code?;
        let unsigned = || u32::try_from(code).ok().map(u32::cast_signed);
        Some(i32::try_from(code).ok().or_else(unsigned).unwrap_or(i32::MAX))
    }

    /// Whether it has stopped.
    pub(super) fn is_stopped(&self) -> bool {
        self.last_status.eq_ignore_ascii_case("STOPPED")
    }
}

/// A member that may be `null`.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// An amount in digits. Anything else, and 0, is none.
fn mib<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let amount = match Value::deserialize(deserializer)? {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    };
    Ok(amount.filter(|mib| *mib > 0))
}

/// Seconds since the Unix epoch, with a fraction. Anything else is not worth losing the answer for.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SystemTime>, D::Error> {
    let seconds = Value::deserialize(deserializer)?.as_f64();
    let since_epoch = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    Ok(since_epoch.and_then(|since_epoch| SystemTime::UNIX_EPOCH.checked_add(since_epoch)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_exit_code_of_any_size_is_read() {
        for (sent, read) in [
            (json!(0), Some(0)),
            (json!(137), Some(137)),
            (json!(-1), Some(-1)),
            (json!(3_221_225_477_u32), Some(-1_073_741_819)),
            (json!(4_294_967_296_i64), Some(i32::MAX)),
            (json!(null), None),
        ] {
            let body = json!({ "tasks": [{ "containers": [{ "name": "app", "exitCode": sent }] }] });
            let answer: Answer = serde_json::from_value(body).unwrap();
            assert_eq!(answer.tasks[0].container("app").unwrap().code(), read, "{sent}");
        }
    }

    #[test]
    fn members_that_are_missing_null_or_unknown_do_no_harm() {
        let body = json!({ "failures": [], "tasks": [{
            "lastStatus": null, "containers": null, "memory": "much", "startedAt": "today", "createdAt": 1_700_000_000.25,
            "somethingNew": { "x": 1 },
        }]});
        let answer: Answer = serde_json::from_value(body).unwrap();
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_250);
        assert_eq!(answer.tasks, [Task { created_at: Some(at), ..Task::default() }]);
        assert!(serde_json::from_value::<Answer>(json!({})).unwrap().tasks.is_empty());
    }
}
