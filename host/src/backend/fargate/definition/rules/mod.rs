//! What Fargate refuses of a task definition: at its registration, or at RunTask.
//!
//! - [`members`]: members that Fargate does not have, or has with some values only.
//! - [`ports`], [`volumes`]: what Fargate's network and storage make of these.
//! - [`windows`]: Windows containers.
//! - [`logs`]: log drivers and their options.
//! - [`roles`]: the execution role, and what names roles, secrets and environment files.
//!
//! Source of every rule, where no other is named: Amazon ECS API reference, RegisterTaskDefinition and the
//! data types below it; Amazon ECS developer guide, "Task definition differences for Fargate". What ECS
//! says is quoted where a rule is known from its error only.

mod logs;
mod members;
mod ports;
mod roles;
mod volumes;
mod windows;

use serde_json::Value;

use crate::ecs_definition::rules;
use crate::ecs_definition::rules::Finding;
use crate::ecs_definition::rules::items;
use crate::ecs_definition::rules::pointed;
use crate::ecs_definition::rules::says_something;
use crate::spec::TaskSpec;

/// Largest definition. Source: Amazon ECS developer guide, service quotas, "Task definition size": 64 KB.
const MAX_BYTES: usize = 64 * 1024;

/// What RunTask on Fargate refuses of any definition, registered or not.
pub(crate) fn launch(task: &TaskSpec) -> Vec<Finding> {
    let mut found = Vec::new();
    match pointed(&task.extra, "networkMode").and_then(Value::as_str) {
        None | Some("awsvpc" | "") => {}
        Some(mode) => found.push(Finding::refused(
            format!("the task definition's network mode is `{mode}`; Fargate has awsvpc alone"),
            "set \"networkMode\": \"awsvpc\", and take `links` and host ports away",
        )),
    }
    let list: Vec<&str> = items(&task.extra, "requiresCompatibilities").filter_map(Value::as_str).collect();
    if !list.is_empty() && !list.contains(&"FARGATE") {
        found.push(Finding::refused(
            format!("the task definition is for {} alone (`requiresCompatibilities`)", list.join(", ")),
            "add FARGATE to `requiresCompatibilities`",
        ));
    }
    // Source: Amazon ECS developer guide, "Amazon ECS clusters for external instances".
    if list.contains(&"EXTERNAL") {
        found.push(Finding::refused(
            "the task definition is for EXTERNAL too (`requiresCompatibilities`), which has no network mode awsvpc",
            "take EXTERNAL away: Fargate demands awsvpc",
        ));
    }
    let at_launch = |volume: &&Value| volume.get("configuredAtLaunch").is_some_and(says_something);
    if let Some(volume) = items(&task.extra, "volumes").find(at_launch) {
        let name = volume.get("name").and_then(Value::as_str).unwrap_or_default();
        found.push(Finding::refused(
            format!("the volume `{name}` is configured at launch, which sortie has no setting for"),
            "use an EFS volume, or the task's ephemeral storage",
        ));
    }
    found
}

/// What the registration of a definition for Fargate refuses.
pub(crate) fn registration(task: &TaskSpec, body: &Value) -> Vec<Finding> {
    let mut found = rules::check(task);
    members::check(task, &mut found);
    ports::check(task, &mut found);
    volumes::check(task, &mut found);
    windows::check(task, &mut found);
    logs::check(task, &mut found);
    roles::check(task, &mut found);
    sums(task, &mut found);
    let size = body.to_string().len();
    if size > MAX_BYTES {
        let message = format!("the task definition has {size} bytes as JSON; ECS takes {MAX_BYTES}");
        found.push(Finding::refused(message, "move variables into `environmentFiles` (a file in S3)"));
    }
    found
}

/// The containers' shares of CPU against the task's.
fn sums(task: &TaskSpec, found: &mut Vec<Finding>) {
    let shares: u64 = task.containers.iter().filter_map(|container| container.cpu).map(u64::from).sum();
    if let Some(cpu) = task.cpu.filter(|cpu| shares > u64::from(*cpu)) {
        found.push(Finding::refused(
            format!("the containers ask for {shares} CPU units in total, the task has {cpu} (--cpu)"),
            "raise --cpu, or lower the containers' `cpu`",
        ));
    }
    // Docker's own minimum. Source: Amazon ECS API reference, ContainerDefinition, `memory`.
    for container in &task.containers {
        if container.memory.into_iter().chain(container.memory_reservation).any(|mib| mib < 6) {
            let message = format!("container `{}` has less than 6 MiB of memory", container.name);
            found.push(Finding::doubtful(message, "docker gives no container less; the unit is MiB"));
        }
    }
}
