//! What a task definition asks for and a machine cannot give, said once before the launch.

use std::collections::BTreeSet;

use super::create::ADDABLE;
use crate::spec::ContainerSpec;
use crate::spec::TaskSpec;

/// Members of a task definition that mean something on Fargate only. `networkMode` and its like
/// are not here: what they ask for is what a task gets.
const TASK: &[(&str, &str)] = &[
    ("pidMode", "a process namespace for all containers"),
    ("proxyConfiguration", "the App Mesh proxy"),
    ("inferenceAccelerators", "inference accelerators"),
    ("enableFaultInjection", "fault injection"),
];

/// The same of a container definition.
const CONTAINER: &[(&str, &str)] = &[
    ("environmentFiles", "environment files from S3 (--env-file takes a local one)"),
    ("firelensConfiguration", "FireLens"),
    ("repositoryCredentials", "registry credentials from a store (docker's own configuration is used)"),
    ("credentialSpecs", "credential specs"),
    ("resourceRequirements", "GPUs and accelerators"),
    ("restartPolicy", "the restart policy"),
    ("volumesFrom", "volumes from another container"),
];

/// One line for each kind of thing that is left out.
pub(crate) fn warnings(task: &TaskSpec) -> Vec<String> {
    let mut warnings = Vec::new();
    let secrets: BTreeSet<&str> = task
        .containers
        .iter()
        .flat_map(|container| &container.secrets)
        .map(|secret| secret.name.as_str())
        .collect();
    if !secrets.is_empty() {
        let names: Vec<&str> = secrets.into_iter().collect();
        let flags: Vec<String> = names.iter().map(|name| format!("--secret-from-env {name}")).collect();
        warnings.push(format!(
            "secrets are not read from their stores here, so {} {} not set; from this environment: {}",
            names.join(", "),
            if names.len() == 1 { "is" } else { "are" },
            flags.join(" "),
        ));
    }
    if task.task_role.is_some() {
        warnings.push(
            "the task role is not taken on here: the task has no AWS credentials but those you give it with \
             --env"
                .to_owned(),
        );
    }
    let mut ignored: BTreeSet<&str> = BTreeSet::new();
    ignored.extend(TASK.iter().filter(|(member, _)| task.extra.contains_key(*member)).map(|(_, what)| *what));
    if task.execution_role.is_some() {
        ignored.insert("the execution role (images are pulled with docker's own credentials)");
    }
    let unlimited = task.containers.iter().filter(|container| container.memory.is_none()).count();
    if task.memory.is_some() && unlimited > 0 && task.containers.len() > 1 {
        ignored.insert("one limit of memory for all containers together (each has all of it)");
    }
    for container in &task.containers {
        ignored.extend(container_members(container));
        if container.extra.get("privileged").is_some_and(|value| value == true) {
            ignored.insert("privileged containers (Fargate has none)");
        }
        let added =
            container.extra.get("linuxParameters").and_then(|value| value.pointer("/capabilities/add"));
        let added = added.and_then(|added| added.as_array()).into_iter().flatten();
        if added.into_iter().any(|name| name.as_str().is_none_or(|name| !ADDABLE.contains(&name))) {
            ignored.insert("added capabilities (Fargate has SYS_PTRACE alone)");
        }
        if container.log.as_ref().is_some_and(|log| log.driver == "awsfirelens") {
            ignored.insert("log routing (the log is shown here)");
        }
    }
    let remote = task.extra.get("volumes").and_then(|volumes| volumes.as_array()).is_some_and(|volumes| {
        volumes.iter().any(|volume| {
            ["efsVolumeConfiguration", "fsxWindowsFileServerVolumeConfiguration", "configuredAtLaunch"]
                .iter()
                .any(|member| volume.get(member).is_some_and(|value| !value.is_null() && value != false))
        })
    });
    let paths = task.extra.get("volumes").and_then(|volumes| volumes.as_array()).is_some_and(|volumes| {
        volumes.iter().any(|volume| volume.pointer("/host/sourcePath").is_some_and(|path| !path.is_null()))
    });
    if paths {
        ignored.insert("volumes of a host's paths (they are empty volumes; --volume mounts a directory)");
    }
    if remote {
        ignored.insert("volumes of AWS (they are empty volumes here)");
    }
    let family = task.extra.get("runtimePlatform").and_then(|platform| platform.get("operatingSystemFamily"));
    if family.and_then(|family| family.as_str()).is_some_and(|family| family.starts_with("WINDOWS")) {
        ignored.insert("Windows (containers are Linux here)");
    }
    if !ignored.is_empty() {
        let list: Vec<&str> = ignored.into_iter().collect();
        warnings.push(format!("not on this machine: {}", list.join("; ")));
    }
    warnings
}

fn container_members(container: &ContainerSpec) -> impl Iterator<Item = &'static str> {
    let has = |member: &str| {
        container.extra.get(member).is_some_and(|value| match value.as_array() {
            Some(list) => !list.is_empty(),
            None => !value.is_null(),
        })
    };
    CONTAINER.iter().filter(move |(member, _)| has(member)).map(|(_, what)| *what)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ecs_definition::mapping;

    #[test]
    fn each_thing_is_said_once() {
        let definition = json!({
            "family": "f",
            "taskRoleArn": "arn:aws:iam::1:role/r",
            "executionRoleArn": "arn:aws:iam::1:role/e",
            "volumes": [
                { "name": "v", "efsVolumeConfiguration": { "fileSystemId": "fs-1" } },
                { "name": "w", "host": { "sourcePath": "/etc" } },
            ],
            "containerDefinitions": [
                { "name": "a", "secrets": [{ "name": "PW", "valueFrom": "arn" }], "environmentFiles": [{}],
                  "privileged": true, "linuxParameters": { "capabilities": { "add": ["SYS_ADMIN"] } } },
                { "name": "b", "secrets": [{ "name": "PW", "valueFrom": "arn" }], "environmentFiles": [{}] },
            ],
        });
        let task = mapping::task_spec(definition.as_object().expect("an object")).expect("a task");
        insta::assert_snapshot!(warnings(&task).join("\n"), @r"
        secrets are not read from their stores here, so PW is not set; from this environment: --secret-from-env PW
        the task role is not taken on here: the task has no AWS credentials but those you give it with --env
        not on this machine: added capabilities (Fargate has SYS_PTRACE alone); environment files from S3 (--env-file takes a local one); privileged containers (Fargate has none); the execution role (images are pulled with docker's own credentials); volumes of AWS (they are empty volumes here); volumes of a host's paths (they are empty volumes; --volume mounts a directory)
        ");
    }

    #[test]
    fn a_plain_task_has_no_warnings() {
        let definition =
            json!({ "family": "f", "containerDefinitions": [{ "name": "a", "environmentFiles": [] }] });
        let task = mapping::task_spec(definition.as_object().expect("an object")).expect("a task");
        assert_eq!(warnings(&task), Vec::<String>::new());
    }
}
