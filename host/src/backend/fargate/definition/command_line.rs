//! The command line, applied to a task definition: what [`crate::backend::Backend::resolve`]
//! answers.

use super::source::Definition;
use super::source::Origin;
use crate::ecs_definition::command_line;
use crate::error::Error;
use crate::settings::Settings;
use crate::spec::ContainerSpec;
use crate::spec::LogConfig;
use crate::spec::NetworkSpec;
use crate::spec::Pair;
use crate::spec::TaskSpec;

/// Prefix of the log streams of containers to which sortie gave a log configuration. A stream
/// is `PREFIX/CONTAINER/TASK-ID`.
const STREAM_PREFIX: &str = "sortie";

/// The task that the settings ask for.
pub(crate) fn apply(definition: &Definition, settings: &Settings, region: &str) -> Result<TaskSpec, Error> {
    let request = &settings.task;
    let mut task = definition.spec.clone();
    if let (Some(name), Origin::Registered { .. }) = (&request.name, &definition.origin) {
        task.name.clone_from(name);
    }
    command_line::apply(&mut task, settings)?;
    let fargate = &settings.fargate;
    task.ephemeral_storage = fargate.ephemeral_storage.or(task.ephemeral_storage);
    task.task_role = fargate.task_role.clone().or(task.task_role);
    task.execution_role = fargate.execution_role.clone().or(task.execution_role);
    task.network = NetworkSpec {
        subnets: fargate.subnets.clone(),
        security_groups: fargate.security_groups.clone(),
        assign_public_ip: fargate.assign_public_ip,
    };
    set_logs(&mut task, settings, region);
    Ok(task)
}

/// `--log-group` sends every container's output to the group, whatever kind of definition it is.
/// An image has no log configuration of its own, so it gets one in any case.
fn set_logs(task: &mut TaskSpec, settings: &Settings, region: &str) {
    let group = match (&settings.fargate.log_group, &settings.task.image) {
        (Some(group), _) => group.clone(),
        (None, Some(_)) => format!("/sortie/{}", task.name.strip_prefix("sortie-").unwrap_or(&task.name)),
        (None, None) => return,
    };
    for container in &mut task.containers {
        send_to(container, &group, region);
    }
}

/// Gives a container a log group. A configuration that is there keeps its other options.
///
/// One that sortie writes is `mode: blocking`: since 2025-06-25 the default is `non-blocking`,
/// which throws lines away when its buffer is full, and a step of a pipeline had better wait.
/// The group is created when it is missing (`awslogs-create-group`, which needs
/// `logs:CreateLogGroup` in the execution role then, and nothing when the group exists).
fn send_to(container: &mut ContainerSpec, group: &str, region: &str) {
    if let Some(log) = container.log.as_mut().filter(|log| log.driver == "awslogs") {
        log.options.retain(|option| option.name != "awslogs-group" && option.name != "awslogs-region");
        log.options.push(Pair::new("awslogs-group", group));
        log.options.push(Pair::new("awslogs-region", region));
        log.options.sort();
        return;
    }
    if container.log.is_some() {
        // Splunk or FireLens: taking the output away from there is not ours to decide.
        return;
    }
    container.log = Some(LogConfig {
        driver: "awslogs".to_owned(),
        options: vec![
            Pair::new("awslogs-create-group", "true"),
            Pair::new("awslogs-group", group),
            Pair::new("awslogs-region", region),
            Pair::new("awslogs-stream-prefix", STREAM_PREFIX),
            Pair::new("mode", "blocking"),
        ],
    });
}
