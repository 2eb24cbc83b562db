//! Names, volumes, health checks and dependencies of a task's containers.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use serde_json::Value;

use super::Finding;
use super::image;
use super::items;
use super::member;
use crate::nearest::nearest;
use crate::settings::definition_ref::is_family;
use crate::spec::Condition;
use crate::spec::ContainerSpec;
use crate::spec::TaskSpec;

/// Most containers. Source: Amazon ECS developer guide, service quotas, "Containers per task definition".
const MAX_CONTAINERS: usize = 10;

/// Bounds of a health check's members.
const HEALTH: &[(&str, RangeInclusive<i64>, &str)] = &[
    ("interval", 5..=300, "5 to 300 s"),
    ("timeout", 2..=60, "2 to 60 s"),
    ("retries", 1..=10, "1 to 10"),
    ("startPeriod", 0..=300, "0 to 300 s"),
];

pub(super) fn check(task: &TaskSpec) -> Vec<Finding> {
    let mut found = Vec::new();
    if task.containers.len() > MAX_CONTAINERS {
        let message =
            format!("the task has {} containers; ECS takes at most {MAX_CONTAINERS}", task.containers.len());
        found.push(Finding::refused(message, ""));
    }
    let volumes = volumes(task, &mut found);
    for container in &task.containers {
        names(container, &mut found);
        mounts(container, &volumes, &mut found);
        health(container, &mut found);
        dependencies(task, container, &mut found);
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
        for limit in items(&container.extra, "ulimits") {
            let number = |name: &str| limit.get(name).and_then(Value::as_i64);
            if let (Some(soft), Some(hard)) = (number("softLimit"), number("hardLimit"))
                && soft > hard
                && hard >= 0
            {
                let name = limit.get("name").and_then(Value::as_str).unwrap_or_default();
                let message =
                    format!("container `{}`: the soft limit `{name}` is above the hard one", container.name);
                found.push(Finding::refused(message, ""));
            }
        }
        restarts(container, &mut found);
    }
    found
}

/// A name as ECS takes it: the rule is that of a family.
fn is_name(name: &str) -> bool {
    is_family(name)
}

fn names(container: &ContainerSpec, found: &mut Vec<Finding>) {
    let name = &container.name;
    if !is_name(name) {
        found.push(Finding::refused(
            format!("the container name `{name}` is none that ECS takes"),
            "a name has up to 255 letters, digits, hyphens and underscores",
        ));
    }
    if container.image.is_empty() {
        found.push(Finding::refused(
            format!("container `{name}` has no image"),
            "set `image`, or give --image",
        ));
    } else if let Some((what, hint)) = image::problem(&container.image) {
        let message = format!("container `{name}`: `{}` is no image: {what}", container.image);
        found.push(Finding::refused(message, hint));
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

fn health(container: &ContainerSpec, found: &mut Vec<Finding>) {
    let Some(check) = member(container, "healthCheck") else { return };
    let name = &container.name;
    for (member, bounds, words) in HEALTH {
        if check.get(member).and_then(Value::as_i64).is_some_and(|number| !bounds.contains(&number)) {
            let message = format!("container `{name}`: `healthCheck.{member}` must be {words}");
            found.push(Finding::refused(message, ""));
        }
    }
    let words: Vec<&str> = check
        .get("command")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    match words.as_slice() {
        [] => found.push(Finding::refused(format!("container `{name}`: `healthCheck.command` is empty"), "")),
        ["CMD" | "CMD-SHELL" | "NONE", ..] => {}
        _ => found.push(Finding::doubtful(
            format!("container `{name}`: `healthCheck.command` begins with neither CMD nor CMD-SHELL"),
            "[\"CMD-SHELL\", \"curl -f http://localhost/ || exit 1\"]",
        )),
    }
}

fn dependencies(task: &TaskSpec, container: &ContainerSpec, found: &mut Vec<Finding>) {
    for dependency in &container.depends_on {
        let Some(target) = task.containers.iter().find(|other| other.name == dependency.container) else {
            continue;
        };
        let (name, waited) = (&container.name, &target.name);
        match dependency.condition {
            Condition::Healthy if member(target, "healthCheck").is_none() => found.push(Finding::refused(
                format!("container `{name}` waits for the health of `{waited}`, which has no health check"),
                "the image's own HEALTHCHECK does not count: add `healthCheck`, or wait for START",
            )),
            condition @ (Condition::Complete | Condition::Success) if target.essential => {
                let condition = if condition == Condition::Success { "SUCCESS" } else { "COMPLETE" };
                found.push(Finding::refused(
                    format!("container `{name}` waits for the {condition} of `{waited}`, which is essential: its end ends the task"),
                    format!("set `essential` of `{waited}` to false"),
                ));
            }
            _ => {}
        }
    }
}

fn restarts(container: &ContainerSpec, found: &mut Vec<Finding>) {
    let name = &container.name;
    let period = member(container, "restartPolicy/restartAttemptPeriod").and_then(Value::as_i64);
    if period.is_some_and(|seconds| !(60..=1800).contains(&seconds)) {
        let message =
            format!("container `{name}`: `restartPolicy.restartAttemptPeriod` must be 60 to 1800 s");
        found.push(Finding::refused(message, ""));
    }
    if items(&container.extra, "restartPolicy/ignoredExitCodes").count() > 50 {
        let message = format!("container `{name}`: `restartPolicy.ignoredExitCodes` takes at most 50 codes");
        found.push(Finding::refused(message, ""));
    }
}
