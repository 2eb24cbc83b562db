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
];

/// The same of a container.
const CONTAINER: &[(&str, &str)] = &[
    ("privileged", "leave it out: Fargate has no privileged containers"),
    ("links", "the containers of a task reach each other on localhost: leave them out"),
    ("hostname", "leave it out: with awsvpc the name is the task's"),
    ("extraHosts", "leave them out: the network mode awsvpc has none"),
    ("disableNetworking", "leave it out"),
    ("dockerSecurityOptions", "leave them out"),
    ("linuxParameters/devices", "leave them out"),
    ("linuxParameters/sharedMemorySize", "leave it out; /dev/shm has 64 MiB there"),
    ("linuxParameters/maxSwap", "leave it out"),
    ("linuxParameters/swappiness", "leave it out"),
];

/// The same of a volume.
const VOLUME: &[(&str, &str)] = &[
    ("host/sourcePath", "leave `sourcePath` out: there is no host to mount from; an EFS volume keeps data"),
    ("dockerVolumeConfiguration", "use an EFS volume, or one with a name alone"),
    ("fsxWindowsFileServerVolumeConfiguration", "use an EFS volume"),
];

/// Bounds of a container's `startTimeout` on Fargate, in seconds.
const START_TIMEOUT: std::ops::RangeInclusive<i64> = 2..=120;

/// Operating systems of ECS that Fargate does not have.
/// Source: Amazon ECS developer guide, "Windows platform versions for Fargate".
const NO_SYSTEMS: &[&str] =
    &["WINDOWS_SERVER_2016_FULL", "WINDOWS_SERVER_2004_CORE", "WINDOWS_SERVER_20H2_CORE"];

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
    platform(task, found);
    for volume in items(&task.extra, "volumes") {
        let name = volume.get("name").and_then(Value::as_str).unwrap_or_default();
        for (member, hint) in VOLUME {
            if volume.pointer(&format!("/{member}")).is_some_and(says_something) {
                let member = member.replace('/', ".");
                let message = format!("the volume `{name}` has `{member}`, which Fargate does not take");
                found.push(Finding::refused(message, *hint));
            }
        }
        efs(volume, name, found);
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
    for port in items(&container.extra, "portMappings") {
        let number = |member: &str| port.get(member).and_then(Value::as_i64);
        let (inner, outer) = (number("containerPort"), number("hostPort"));
        if inner.into_iter().chain(outer).any(|port| !(0..=65_535).contains(&port)) {
            found.push(Finding::refused(format!("container `{name}`: a port is none (0 to 65535)"), ""));
        } else if let (Some(inner), Some(outer)) = (inner, outer)
            && outer != 0
            && outer != inner
        {
            let message = format!("container `{name}`: `hostPort` {outer} is not `containerPort` {inner}");
            found.push(Finding::refused(message, "with awsvpc they are the same: leave `hostPort` out"));
        }
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

fn platform(task: &TaskSpec, found: &mut Vec<Finding>) {
    let text = |pointer: &str| pointed(&task.extra, pointer).and_then(Value::as_str).unwrap_or_default();
    let system = text("runtimePlatform/operatingSystemFamily");
    if NO_SYSTEMS.contains(&system) {
        found.push(Finding::refused(format!("Fargate has no {system}"), "WINDOWS_SERVER_2022_CORE, for one"));
    }
    if system.starts_with("WINDOWS") && text("runtimePlatform/cpuArchitecture") == "ARM64" {
        found.push(Finding::refused("Windows on Fargate is X86_64 alone", "set `cpuArchitecture` to X86_64"));
    }
    if system.starts_with("WINDOWS") && task.cpu.is_some_and(|cpu| cpu < 1024) {
        found.push(Finding::refused(
            "a Windows task on Fargate needs 1 vCPU at least",
            "--cpu 1024 --memory 2048",
        ));
    }
}

/// Source: Amazon ECS API reference, EFSVolumeConfiguration and EFSAuthorizationConfig.
fn efs(volume: &Value, name: &str, found: &mut Vec<Finding>) {
    let text = |pointer: &str| {
        volume
            .pointer(&format!("/efsVolumeConfiguration/{pointer}"))
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let access_point = !text("authorizationConfig/accessPointId").is_empty();
    let iam = text("authorizationConfig/iam") == "ENABLED";
    if (access_point || iam) && text("transitEncryption") != "ENABLED" {
        let what = if iam { "IAM" } else { "an access point" };
        found.push(Finding::refused(
            format!("the volume `{name}` uses {what} of EFS without encryption in transit"),
            "set \"transitEncryption\": \"ENABLED\"",
        ));
    }
    if access_point && !matches!(text("rootDirectory"), "" | "/") {
        found.push(Finding::refused(
            format!("the volume `{name}` has an access point and a `rootDirectory`"),
            "leave `rootDirectory` out: the access point has its own",
        ));
    }
}

/// The definition's own tags; sortie adds one. Source: Amazon ECS API reference, RegisterTaskDefinition,
/// `tags`, and Tag.
fn tags(task: &TaskSpec, found: &mut Vec<Finding>) {
    let keys: Vec<&str> =
        items(&task.extra, "tags").filter_map(|tag| tag.get("key").and_then(Value::as_str)).collect();
    if keys.len() > 49 {
        found.push(Finding::refused(
            "the task definition has more than 49 tags",
            "ECS takes 50, and sortie adds one",
        ));
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
