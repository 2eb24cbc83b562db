//! Members that Fargate does not have, or has with some values only.

use serde_json::Value;

use crate::ecs_definition::rules::Finding;
use crate::ecs_definition::rules::items;
use crate::ecs_definition::rules::pointed;
use crate::ecs_definition::rules::says_something;
use crate::spec::ContainerSpec;
use crate::spec::TaskSpec;

/// Members of the whole that tasks on Fargate cannot have, and what to do.
const TASK: &[(&str, &str)] = &[
    ("ipcMode", "leave it out"),
    ("placementConstraints", "Fargate chooses where a task runs: leave them out"),
    ("inferenceAccelerators", "leave them out"),
    ("trustedExecutionConfiguration", "leave it out: only managed instances have it"),
];

/// The same of a container.
const CONTAINER: &[(&str, &str)] = &[
    ("privileged", "leave it out: Fargate has no privileged containers"),
    ("links", "the containers of a task reach each other on localhost: leave them out"),
    ("hostname", "leave it out: with awsvpc the name is the task's"),
    ("extraHosts", "leave them out: the network mode awsvpc has none"),
    ("dnsServers", "leave them out: names are resolved as the VPC says"),
    ("dnsSearchDomains", "leave them out: names are resolved as the VPC says"),
    ("disableNetworking", "leave it out"),
    ("dockerSecurityOptions", "leave them out"),
    ("linuxParameters/devices", "leave them out"),
    ("linuxParameters/sharedMemorySize", "leave it out; /dev/shm has 64 MiB there"),
    ("linuxParameters/maxSwap", "leave it out"),
    ("linuxParameters/swappiness", "leave it out"),
];

/// Bounds of a container's `startTimeout` on Fargate, in seconds.
const START_TIMEOUT: std::ops::RangeInclusive<i64> = 2..=120;

pub(super) fn check(task: &TaskSpec, found: &mut Vec<Finding>) {
    for (member, hint) in TASK {
        if pointed(&task.extra, member).is_some_and(says_something) {
            found.push(Finding::refused(
                format!("the task definition has `{member}`, which Fargate does not take"),
                *hint,
            ));
        }
    }
    if pointed(&task.extra, "pidMode").is_some_and(|mode| says_something(mode) && mode != "task") {
        found.push(Finding::refused(
            "`pidMode` can only be `task` on Fargate",
            "set it to `task`, or leave it out",
        ));
    }
    for container in &task.containers {
        check_container(container, found);
    }
    tags(task, found);
}

fn check_container(container: &ContainerSpec, found: &mut Vec<Finding>) {
    let name = &container.name;
    for (member, hint) in CONTAINER {
        if pointed(&container.extra, member).is_some_and(says_something) {
            let member = member.replace('/', ".");
            let message = format!("container `{name}` has `{member}`, which Fargate does not take");
            found.push(Finding::refused(message, *hint));
        }
    }
    let gpu = |value: &&Value| value.get("type").is_some();
    if items(&container.extra, "resourceRequirements").any(|value| gpu(&value)) {
        let message =
            format!("container `{name}` asks for a GPU or an accelerator, which Fargate does not have");
        found.push(Finding::refused(message, "leave `resourceRequirements` out"));
    }
    let added = items(&container.extra, "linuxParameters/capabilities/add").filter_map(Value::as_str);
    for capability in added.filter(|capability| *capability != "SYS_PTRACE") {
        let message =
            format!("container `{name}` adds the capability `{capability}`; Fargate has SYS_PTRACE alone");
        found.push(Finding::refused(message, "leave it out"));
    }
    // "Tasks hosted on Fargate only support the file configuration file type."
    let kind = pointed(&container.extra, "firelensConfiguration/options/config-file-type");
    if kind.and_then(Value::as_str) == Some("s3") {
        let message = format!(
            "container `{name}`: the log router's `config-file-type` is s3; Fargate takes `file` alone"
        );
        found.push(Finding::refused(message, "put the file into the router's image"));
    }
    if pointed(&container.extra, "startTimeout")
        .and_then(Value::as_i64)
        .is_some_and(|seconds| !START_TIMEOUT.contains(&seconds))
    {
        found.push(Finding::refused(
            format!("container `{name}`: `startTimeout` must be 2 to 120 s on Fargate"),
            "",
        ));
    }
    for limit in items(&container.extra, "ulimits").filter_map(|limit| limit.get("name")?.as_str()) {
        if limit != "nofile" {
            let message = format!("container `{name}`: Fargate has its own limit `{limit}`");
            found.push(Finding::doubtful(message, "only `nofile` can be set there"));
        }
    }
}

/// The definition's own tags; sortie adds one. Source: Amazon ECS API reference, RegisterTaskDefinition,
/// `tags`, and Tag.
fn tags(task: &TaskSpec, found: &mut Vec<Finding>) {
    let text =
        |tag: &Value, member: &str| tag.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
    let keys: Vec<String> = items(&task.extra, "tags").map(|tag| text(tag, "key")).collect();
    if keys.len() > 49 {
        found.push(Finding::refused(
            "the task definition has more than 49 tags",
            "ECS takes 50, and sortie adds one",
        ));
    }
    let values = items(&task.extra, "tags").map(|tag| text(tag, "value"));
    for (index, _) in values.enumerate().filter(|(_, value)| value.chars().count() > 256) {
        let message = format!("the value of the task definition's tag {index} has more than 256 characters");
        found.push(Finding::refused(message, ""));
    }
    for (index, key) in keys.iter().enumerate() {
        let problem = if key.to_ascii_lowercase().starts_with("aws:") {
            "begins with `aws:`, which AWS keeps for itself"
        } else if key.is_empty() || key.chars().count() > 128 {
            "has not 1 to 128 characters"
        } else if keys[..index].contains(key) {
            "is there twice"
        } else {
            continue;
        };
        found.push(Finding::refused(format!("the key of the task definition's tag {index} {problem}"), ""));
    }
}
