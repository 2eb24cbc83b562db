//! What becomes of lines that CloudWatch Logs does not take fast enough: the awslogs driver's mode.
//!
//! In `non-blocking` mode lines that do not fit into a buffer are lost, in `blocking` mode the container waits.
//! Where a definition names none, the account's `defaultLogDriverMode` counts, and where that is not set,
//! `non-blocking`. Source: Amazon ECS API reference, LogConfiguration (since 2025-06-25) and
//! ListAccountSettings.

use std::time::Duration;

use aws_sdk_ecs::types::SettingName;

use crate::backend::fargate::aws::clients::Ecs;
use crate::backend::fargate::aws::failure::Failure;
use crate::spec::ContainerSpec;
use crate::spec::TaskSpec;

/// The answer makes a warning exact, and is worth no longer a wait.
const PATIENCE: Duration = Duration::from_millis(1500);

/// A container's mode, and the size of its buffer; `None`: it does not log so. `default` is the account's.
pub(super) fn of<'a>(container: &'a ContainerSpec, default: Option<&'a str>) -> Option<(&'a str, &'a str)> {
    let log = container.log.as_ref().filter(|log| log.driver == "awslogs")?;
    let mode = log.option("mode").or(default).unwrap_or("non-blocking");
    Some((mode, log.option("max-buffer-size").unwrap_or("10m")))
}

/// Whether the account's default matters to the task.
pub(crate) fn is_left_to_the_account(task: &TaskSpec) -> bool {
    let leaves = |container: &ContainerSpec| {
        container.log.as_ref().is_some_and(|log| log.driver == "awslogs" && log.option("mode").is_none())
    };
    task.containers.iter().any(leaves)
}

/// The account's default in the connection's region, where this caller may know it.
pub(crate) async fn of_the_account(ecs: &Ecs) -> Option<String> {
    const OPERATION: &str = "ListAccountSettings";
    let call =
        ecs.client.list_account_settings().name(SettingName::DefaultLogDriverMode).effective_settings(true);
    let asked = async { call.send().await.map_err(|error| Failure::new(OPERATION, &error)) };
    let answer = tokio::time::timeout(PATIENCE, ecs.calls.ask_once(OPERATION, asked)).await.ok()?.ok()?;
    let setting =
        answer.settings().iter().find(|one| one.name() == Some(&SettingName::DefaultLogDriverMode))?;
    setting.value().filter(|value| !value.is_empty()).map(str::to_owned)
}
