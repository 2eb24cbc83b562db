//! Names, health checks and dependencies of a task's containers.

use std::ops::RangeInclusive;

use serde_json::Value;

use super::Finding;
use super::image;
use super::items;
use super::member;
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
    for container in &task.containers {
        names(container, &mut found);
        health(container, &mut found);
        dependencies(task, container, &mut found);
        restarts(container, &mut found);
        if items(&container.extra, "credentialSpecs").count() > 1 {
            let message = format!("container `{}` has several `credentialSpecs`", container.name);
            found.push(Finding::refused(message, "ECS takes one"));
        }
    }
    found
}

/// A name as ECS takes it: the rule is that of a family.
pub(super) fn is_name(name: &str) -> bool {
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
