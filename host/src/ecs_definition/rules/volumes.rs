//! A task's volumes, and what the containers mount of them and of each other.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Finding;
use super::containers::is_name;
use super::items;
use super::says_something;
use crate::nearest::nearest;
use crate::spec::ContainerSpec;
use crate::spec::TaskSpec;

/// Members of a volume that say what it is; it has one of them at most.
const KINDS: &[&str] = &[
    "host",
    "dockerVolumeConfiguration",
    "efsVolumeConfiguration",
    "s3filesVolumeConfiguration",
    "fsxWindowsFileServerVolumeConfiguration",
    "configuredAtLaunch",
];

pub(super) fn check(task: &TaskSpec, found: &mut Vec<Finding>) {
    let volumes = volumes(task, found);
    for container in &task.containers {
        mounts(container, &volumes, found);
        volumes_from(task, container, found);
    }
}

/// Names of the task's volumes.
fn volumes(task: &TaskSpec, found: &mut Vec<Finding>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for volume in items(&task.extra, "volumes") {
        let name = volume.get("name").and_then(Value::as_str).unwrap_or_default();
        if name.is_empty() {
            found.push(Finding::refused(
                "a volume of the task has no name",
                "set `name`, which mount points name",
            ));
        } else if !is_name(name) {
            found.push(Finding::refused(
                format!("the volume name `{name}` is none that ECS takes"),
                "a name has up to 255 letters, digits, hyphens and underscores",
            ));
        } else if !names.insert(name.to_owned()) {
            found.push(Finding::refused(format!("two volumes are named `{name}`"), ""));
        }
        let kinds: Vec<&str> =
            KINDS.iter().copied().filter(|kind| volume.get(kind).is_some_and(says_something)).collect();
        if kinds.len() > 1 {
            let message = format!("the volume `{name}` is of several kinds: {}", kinds.join(", "));
            found.push(Finding::refused(message, "leave one of them"));
        }
    }
    names
}

fn mounts(container: &ContainerSpec, volumes: &BTreeSet<String>, found: &mut Vec<Finding>) {
    for mount in items(&container.extra, "mountPoints") {
        let name = &container.name;
        let text = |member: &str| mount.get(member).and_then(Value::as_str).unwrap_or_default();
        let volume = text("sourceVolume");
        if text("containerPath").is_empty() {
            found.push(Finding::refused(
                format!("container `{name}`: a mount point has no `containerPath`"),
                "",
            ));
        }
        if volume.is_empty() {
            found.push(Finding::refused(
                format!("container `{name}`: a mount point has no `sourceVolume`"),
                "",
            ));
        } else if !volumes.contains(volume) {
            let near = nearest(volume, volumes.iter().map(String::as_str));
            let hint = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "add it to the task's `volumes`: {\"name\": …}".to_owned(),
            };
            let message =
                format!("container `{name}` mounts the volume `{volume}`, which the task does not have");
            found.push(Finding::refused(message, hint));
        }
    }
}

fn volumes_from(task: &TaskSpec, container: &ContainerSpec, found: &mut Vec<Finding>) {
    for source in
        items(&container.extra, "volumesFrom").filter_map(|from| from.get("sourceContainer")?.as_str())
    {
        if task.containers.iter().all(|other| other.name != source) {
            let message = format!(
                "container `{}`: `volumesFrom` names `{source}`, which the task does not have",
                container.name
            );
            found.push(Finding::refused(message, ""));
        }
    }
}
