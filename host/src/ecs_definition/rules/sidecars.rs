//! Containers that others' log or traffic goes through: the FireLens router and the App Mesh proxy.

use serde_json::Value;

use super::Finding;
use super::items;
use super::member;
use super::pointed;
use crate::spec::TaskSpec;

pub(super) fn check(task: &TaskSpec, found: &mut Vec<Finding>) {
    router(task, found);
    proxy(task, found);
}

/// What ECS says is quoted.
fn router(task: &TaskSpec, found: &mut Vec<Finding>) {
    let routers: Vec<&str> = task
        .containers
        .iter()
        .filter(|container| member(container, "firelensConfiguration").is_some())
        .map(|container| container.name.as_str())
        .collect();
    let mut sending = task
        .containers
        .iter()
        .filter(|container| container.log.as_ref().is_some_and(|log| log.driver == "awsfirelens"));
    match (routers.as_slice(), sending.next()) {
        // "When awsfirelens log driver is specified in log configuration, a firelens configuration object must
        // be configured in one of the containers."
        ([], Some(container)) => found.push(Finding::refused(
            format!(
                "container `{}` logs through awsfirelens, and no container has a `firelensConfiguration`",
                container.name
            ),
            "add the log router's container, or use awslogs",
        )),
        // "When a firelensConfiguration object is specified, at least one container has to be configured with
        // the awsfirelens log driver."
        ([router, ..], None) => found.push(Finding::refused(
            format!(
                "container `{router}` has a `firelensConfiguration`, and no container logs through awsfirelens"
            ),
            "give a container the log driver awsfirelens, or leave `firelensConfiguration` out",
        )),
        ([_, _, ..], _) => found.push(Finding::refused(
            format!("several containers have a `firelensConfiguration`: {}", routers.join(", ")),
            "a task has one log router",
        )),
        _ => {}
    }
}

/// Source: Amazon ECS API reference, ProxyConfiguration.
fn proxy(task: &TaskSpec, found: &mut Vec<Finding>) {
    let Some(proxy) = pointed(&task.extra, "proxyConfiguration") else { return };
    let name = proxy.get("containerName").and_then(Value::as_str).unwrap_or_default();
    if task.containers.iter().all(|container| container.name != name) {
        found.push(Finding::refused(
            format!("`proxyConfiguration.containerName` is `{name}`, which the task does not have"),
            "name the proxy's container",
        ));
    }
    let is_set = |wanted: &str| {
        items(&task.extra, "proxyConfiguration/properties").any(|property| {
            let text = |member: &str| property.get(member).and_then(Value::as_str).unwrap_or_default();
            text("name") == wanted && !text("value").is_empty()
        })
    };
    for property in ["AppPorts", "ProxyIngressPort", "ProxyEgressPort"] {
        if !is_set(property) {
            let message = format!("`proxyConfiguration.properties` has no `{property}`, which it must have");
            found.push(Finding::refused(message, ""));
        }
    }
    if !is_set("IgnoredUID") && !is_set("IgnoredGID") {
        found.push(Finding::refused(
            "`proxyConfiguration.properties` has neither `IgnoredUID` nor `IgnoredGID`",
            "one of them says whose traffic is the proxy's own",
        ));
    }
}
