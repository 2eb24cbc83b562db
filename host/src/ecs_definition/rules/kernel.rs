//! What containers ask of the kernel: limits and parameters.

use serde_json::Value;

use super::Finding;
use super::items;
use crate::spec::ContainerSpec;

/// Parameters that a container has for itself, beside all that begin with one of [`PREFIXES`].
/// Source: Amazon ECS API reference, SystemControl, `value`.
const PARAMETERS: &[&str] = &[
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.sem",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
    "kernel.shm_rmid_forced",
];

/// Beginnings of the names of others.
const PREFIXES: &[&str] = &["net.", "fs.mqueue."];

pub(super) fn check(container: &ContainerSpec, found: &mut Vec<Finding>) {
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
    for control in items(&container.extra, "systemControls") {
        let parameter = control.get("namespace").and_then(Value::as_str).unwrap_or_default();
        let is_known =
            PARAMETERS.contains(&parameter) || PREFIXES.iter().any(|prefix| parameter.starts_with(prefix));
        if !is_known {
            let message = format!(
                "container `{}`: `systemControls` has `{parameter}`, which a container cannot set",
                container.name
            );
            found.push(Finding::refused(
                message,
                "net.*, fs.mqueue.*, kernel.msg*, kernel.sem and kernel.shm* are the container's own",
            ));
        }
    }
}
