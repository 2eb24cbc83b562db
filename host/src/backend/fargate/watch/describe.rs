//! DescribeTasks.

use aws_sdk_ecs::types::TaskField;

use super::task::Answer;
use super::task::Task;
use crate::backend::fargate::aws::clients::Clients;
use crate::backend::fargate::aws::failure::Class;
use crate::backend::fargate::aws::failure::Failure;
use crate::backend::fargate::aws::wire::ResponseBody;
use crate::error::Error;
use crate::error::Kind;

/// The task, or nothing if ECS does not know it.
pub(crate) async fn describe_task(
    clients: &Clients,
    cluster: &str,
    id: &str,
) -> Result<Option<Task>, Failure> {
    let tasks = describe_tasks(clients, cluster, &[id.to_owned()], Tags::Unasked).await?;
    Ok(tasks.into_iter().next())
}

/// The same with its tags.
pub(crate) async fn describe_with_tags(
    clients: &Clients,
    cluster: &str,
    id: &str,
) -> Result<Option<Task>, Failure> {
    let tasks = describe_tasks(clients, cluster, &[id.to_owned()], Tags::Asked).await?;
    Ok(tasks.into_iter().next())
}

/// Whether the tags of tasks are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tags {
    /// They are.
    Asked,
    /// They are not.
    Unasked,
}

/// Those of the tasks that ECS knows; at most 100 are asked for.
pub(crate) async fn describe_tasks(
    clients: &Clients,
    cluster: &str,
    ids: &[String],
    tags: Tags,
) -> Result<Vec<Task>, Failure> {
    const OPERATION: &str = "DescribeTasks";
    clients.describe_tasks.ready().await;
    let body = ResponseBody::default();
    let call = clients.ecs.client.describe_tasks().cluster(cluster).set_tasks(Some(ids.to_vec()));
    let call = call.set_include((tags == Tags::Asked).then(|| vec![TaskField::Tags]));
    let call = call.customize().interceptor(body.clone()).send();
    let asked = async {
        if let Err(error) = call.await {
            let failure = Failure::new(OPERATION, &error);
            // What the SDK cannot read may still be what is asked for; see `Task`.
            if failure.class != Class::Unreadable {
                return Err(failure);
            }
        }
        match body.parse::<Answer>() {
            Ok(answer) => Ok(answer.tasks),
            Err(why) => Err(Failure::unreadable(OPERATION, &why)),
        }
    };
    clients.ecs.calls.ask(OPERATION, asked).await
}

/// What is said when ECS does not know a task (any more) that was there.
pub(crate) fn forgotten(id: &str) -> Error {
    Error::platform(format!("ECS does not know the task {id}"))
        .hint("check the cluster and the region; stopped tasks can be described for about one hour only")
}

/// The same of a task that somebody names: perhaps the id is wrong.
pub(crate) fn unknown(id: &str) -> Error {
    forgotten(id).of_kind(Kind::Usage)
}
