//! Windows on Fargate, which has fewer sizes and members than Linux.
//!
//! Source: Amazon ECS developer guide, "Task size" and "Windows platform versions for Fargate"; Amazon ECS API
//! reference, wherever it says "not supported for Windows containers".

use serde_json::Value;

use crate::ecs_definition::rules::Finding;
use crate::ecs_definition::rules::items;
use crate::ecs_definition::rules::pointed;
use crate::ecs_definition::rules::says_something;
use crate::spec::TaskSpec;

/// Operating systems of ECS that Fargate does not have.
const NO_SYSTEMS: &[&str] =
    &["WINDOWS_SERVER_2016_FULL", "WINDOWS_SERVER_2004_CORE", "WINDOWS_SERVER_20H2_CORE"];

/// CPU sizes of tasks with Windows.
const SIZES: std::ops::RangeInclusive<u32> = 1024..=4096;

pub(super) fn check(task: &TaskSpec, found: &mut Vec<Finding>) {
    let text = |pointer: &str| pointed(&task.extra, pointer).and_then(Value::as_str).unwrap_or_default();
    let system = text("runtimePlatform/operatingSystemFamily");
    if !system.starts_with("WINDOWS") {
        return;
    }
    if NO_SYSTEMS.contains(&system) {
        found.push(Finding::refused(format!("Fargate has no {system}"), "WINDOWS_SERVER_2022_CORE, for one"));
    }
    if text("runtimePlatform/cpuArchitecture") == "ARM64" {
        found.push(Finding::refused("Windows on Fargate is X86_64 alone", "set `cpuArchitecture` to X86_64"));
    }
    if task.cpu.is_some_and(|cpu| !SIZES.contains(&cpu)) {
        found.push(Finding::refused("a Windows task on Fargate has 1 to 4 vCPU", "--cpu 1024 --memory 2048"));
    }
    if pointed(&task.extra, "pidMode").is_some_and(says_something) {
        found.push(Finding::refused("Windows containers have no `pidMode`", "leave it out"));
    }
    if items(&task.extra, "volumes")
        .any(|volume| volume.get("efsVolumeConfiguration").is_some_and(says_something))
    {
        found.push(Finding::refused("Windows containers cannot mount EFS volumes", ""));
    }
    for container in &task.containers {
        let name = &container.name;
        if pointed(&container.extra, "linuxParameters").is_some_and(says_something) {
            let message =
                format!("container `{name}` has `linuxParameters`, which Windows containers do not take");
            found.push(Finding::refused(message, "leave them out"));
        }
        for member in ["readonlyRootFilesystem", "ulimits"] {
            if pointed(&container.extra, member).is_some_and(says_something) {
                let message =
                    format!("container `{name}` has `{member}`, which Windows containers do not know");
                found.push(Finding::doubtful(message, "leave it out"));
            }
        }
    }
}
