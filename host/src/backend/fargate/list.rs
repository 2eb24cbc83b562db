//! The tasks of a cluster that have not stopped: ListTasks, and DescribeTasks for what they are.

use super::aws::arn;
use super::aws::clients::Clients;
use super::aws::failure::Failure;
use super::aws::retry;
use super::definition::source;
use super::launch::own_tags;
use super::launch::run_task::list_started_by;
use super::watch::describe::Tags;
use super::watch::describe::describe_tasks;
use super::watch::task::Task;
use crate::backend::ListedTask;

/// How many tasks DescribeTasks tells of at once. Source: Amazon ECS API reference, DescribeTasks.
const AT_ONCE: usize = 100;

/// The tasks of a cluster. Those that `started_by` has started are marked; without that, all are.
pub(super) async fn list(
    clients: &Clients,
    cluster: &str,
    started_by: Option<&str>,
) -> Result<Vec<ListedTask>, Failure> {
    let ids = retry::with_retries(source::READ_BUDGET, || ids(clients, cluster)).await?;
    let mut tasks = Vec::new();
    for ids in ids.chunks(AT_ONCE) {
        let describe = || describe_tasks(clients, cluster, ids, Tags::Asked);
        let described = retry::with_retries(source::READ_BUDGET, describe).await?;
        tasks.extend(described.iter().map(|task| listed(task, started_by)));
    }
    Ok(tasks)
}

/// The tasks of a cluster that this one has started.
pub(super) async fn started_by(
    clients: &Clients,
    cluster: &str,
    started_by: &str,
) -> Result<Vec<ListedTask>, Failure> {
    let ids = || list_started_by(&clients.ecs, cluster, started_by);
    let ids = retry::with_retries(source::READ_BUDGET, ids).await?;
    let mut tasks = Vec::new();
    for ids in ids.chunks(AT_ONCE) {
        let describe = || describe_tasks(clients, cluster, ids, Tags::Asked);
        let described = retry::with_retries(source::READ_BUDGET, describe).await?;
        tasks.extend(described.iter().map(|task| listed(task, Some(started_by))));
    }
    Ok(tasks)
}

async fn ids(clients: &Clients, cluster: &str) -> Result<Vec<String>, Failure> {
    const OPERATION: &str = "ListTasks";
    let mut ids = Vec::new();
    let mut pages = clients.ecs.client.list_tasks().cluster(cluster).into_paginator().send();
    let mut page = async || pages.next().await.transpose().map_err(|error| Failure::new(OPERATION, &error));
    while let Some(page) = clients.ecs.calls.ask(OPERATION, page()).await? {
        ids.extend(page.task_arns.unwrap_or_default());
    }
    Ok(ids)
}

fn listed(task: &Task, started_by: Option<&str>) -> ListedTask {
    let definition = task.task_definition_arn().unwrap_or_default();
    let told_to_stop = task.desired_status.eq_ignore_ascii_case("STOPPED") && !task.is_stopped();
    ListedTask {
        id: task.task_arn().unwrap_or_default().to_owned(),
        name: arn::last_part(definition).to_owned(),
        state: if told_to_stop { "stopping".to_owned() } else { task.last_status.to_lowercase() },
        created_at: task.created_at,
        started_by: task.started_by.clone(),
        deadline: task.tags().find_map(|(key, value)| own_tags::deadline(key, value)),
        request: task.tags().find_map(|(key, value)| own_tags::request(key, value)),
        mine: started_by.is_none_or(|wanted| task.started_by == wanted),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;
    use std::time::SystemTime;

    use serde_json::json;

    use super::*;

    fn row(task: serde_json::Value, started_by: Option<&str>) -> ListedTask {
        listed(&serde_json::from_value(task).expect("a task"), started_by)
    }

    #[test]
    fn a_row_says_what_ecs_says() {
        let task = json!({
            "taskArn": "arn:aws:ecs:eu-west-1:1:task/ci/0123",
            "taskDefinitionArn": "arn:aws:ecs:eu-west-1:1:task-definition/deploy:7",
            "lastStatus": "RUNNING", "desiredStatus": "RUNNING", "startedBy": "github/42",
        });
        let running = row(task.clone(), Some("github/42"));
        assert_eq!(
            (running.name.as_str(), running.state.as_str(), running.mine),
            ("deploy:7", "running", true)
        );
        assert!(!row(task.clone(), Some("github/4")).mine && row(task.clone(), None).mine);
        let mut tagged = task.clone();
        tagged["tags"] = json!([{ "key": "sortie:deadline", "value": "2026-01-02T03:04:05Z" }]);
        let deadline = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045);
        assert_eq!((row(tagged, None).deadline, running.deadline), (Some(deadline), None));
        let mut told = task;
        told["desiredStatus"] = "STOPPED".into();
        assert_eq!(row(told, None).state, "stopping");
    }
}
