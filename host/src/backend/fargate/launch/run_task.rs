//! The launch: RunTask, again and again where that can help, and never twice for one task.
//!
//! An *attempt* has one fresh client token. Within an attempt the same request, with the same
//! token, is sent again after throttling, a server error or a broken connection, so that the
//! platform sees one launch however often the request arrives. A failure for want of capacity
//! ends the attempt; the next one has another token, because nothing says that a token that
//! failed may be used again.
//!
//! `cancelled` ends every pause at once. A call in flight is awaited (it has a time limit of its
//! own): dropping it could leave a task that nobody knows of.

use std::time::Duration;
use std::time::SystemTime;

use aws_sdk_ecs::operation::run_task::RunTaskError;
use aws_sdk_ecs::operation::run_task::RunTaskOutput;
use aws_sdk_ecs::types::Task;
use tokio::sync::watch;
use tokio::time::Instant;

use super::client_token;
use super::own_tags;
use super::plan::FargatePlan;
use crate::backend::LaunchError;
use crate::backend::Placement;
use crate::backend::Plan as _;
use crate::backend::backoff::Backoff;
use crate::backend::fargate::aws::arn;
use crate::backend::fargate::aws::clients::Clients;
use crate::backend::fargate::aws::clients::Ecs;
use crate::backend::fargate::aws::clock;
use crate::backend::fargate::aws::failure::Class;
use crate::backend::fargate::aws::failure::Failure;
use crate::backend::fargate::aws::retry::InARow;
use crate::backend::fargate::aws::wire::with_body;
use crate::backend::fargate::guard::Guard;
use crate::backend::fargate::handle::FargateHandle;
use crate::backend::fargate::handle::Life;
use crate::backend::fargate::watch::describe::Tags;
use crate::backend::fargate::watch::describe::describe_tasks;
use crate::backend::fargate::watch::task::Task as Described;
use crate::error::Error;
use crate::error::Kind;
use crate::event::EventKind;
use crate::stream::EventSender;

/// How long one attempt is sent again after throttling, server errors and broken connections.
/// Regional incidents of ECS last longer; a person had better hear of them.
const RESEND_BUDGET: Duration = Duration::from_secs(120);

/// How long ECS may not know a task definition that is known to be registered: it is eventually consistent.
/// Source: hashicorp/terraform-provider-aws PR 45553.
const YOUNG_DEFINITION: Duration = Duration::from_secs(15);

/// How often, and how long after one another, a lost answer's task is looked for.
/// Source: Amazon ECS API reference, RunTask: the API is eventually consistent, start with a
/// couple of seconds.
const LOOK_FOR_LOST: u32 = 3;
const LOOK_PAUSE: Duration = Duration::from_secs(1);

/// How long a cancelled launch whose answer was lost is sent again after failures that pass. CI
/// systems kill what has not ended some seconds after the signal.
const DOUBT_BUDGET: Duration = Duration::from_secs(5);

/// Makes one attempt to launch a plan.
pub(crate) async fn attempt(
    clients: &Clients,
    plan: &FargatePlan,
    placement: &Placement,
    guard: Option<&Guard>,
    events: &EventSender,
    mut cancelled: watch::Receiver<bool>,
) -> Result<FargateHandle, LaunchError> {
    let registered = plan.registered(&clients.ecs, events, &mut cancelled).await?;
    let mut own_tags = plan.has_own_tags();
    loop {
        let client_token = client_token::fresh();
        let body = plan.run_task(registered.as_deref(), placement, &client_token, guard, own_tags)?;
        let attempt = Attempt {
            clients,
            ecs: &clients.ecs,
            region: &clients.region,
            plan,
            guard,
            client_token,
            events,
            registered: registered.is_some(),
            own_tags,
        };
        match attempt.make(&body, &mut cancelled).await {
            Ok(handle) => return Ok(handle),
            Err(NotMade::For(error)) => return Err(error),
            Err(NotMade::MayNotTag(failure)) => {
                own_tags = false;
                events.send(EventKind::warning(format!(
                    "the task is not tagged with its CI run and its deadline, which needs ecs:TagResource: {failure}"
                )));
            }
        }
    }
}

/// Why an attempt did not lead to a task.
enum NotMade {
    /// The tags are not permitted that nobody asked for.
    MayNotTag(Failure),
    /// Another reason.
    For(LaunchError),
}

impl From<LaunchError> for NotMade {
    fn from(error: LaunchError) -> Self {
        Self::For(error)
    }
}

/// One attempt: one client token.
struct Attempt<'a> {
    clients: &'a Clients,
    ecs: &'a Ecs,
    region: &'a str,
    plan: &'a FargatePlan,
    guard: Option<&'a Guard>,
    client_token: String,
    events: &'a EventSender,
    /// The task definition was registered, or found, by this sortie a moment ago.
    registered: bool,
    /// The request has tags that nobody asked for.
    own_tags: bool,
}

/// What one call of RunTask led to.
enum Answer {
    Task(Box<Task>, i64),
    Failed(Failure),
}

impl Attempt<'_> {
    async fn make(
        &self,
        body: &serde_json::Value,
        cancelled: &mut watch::Receiver<bool>,
    ) -> Result<FargateHandle, NotMade> {
        let start = Instant::now();
        let (mut backoff, mut in_a_row) = (Backoff::for_calls(), InARow::default());
        // A request of this attempt may have arrived without our hearing of it.
        let mut in_doubt: Option<Failure> = None;
        let mut said = false;
        loop {
            if *cancelled.borrow() {
                let Some(doubt) = &in_doubt else { return Err(LaunchError::Cancelled.into()) };
                // The same token names the same task: the one sure way to its ARN. A task that is
                // only now created is stopped at once by the caller.
                return match self.send_until_answered(body).await {
                    Answer::Task(task, skew) => Ok(self.handle(&task, skew)),
                    Answer::Failed(failure) if failure.class == Class::Capacity => {
                        Err(LaunchError::Cancelled.into())
                    }
                    Answer::Failed(_) => Ok(self.lost(doubt).await?),
                };
            }
            let failure = match self.send(body).await {
                Answer::Task(task, skew) => return Ok(self.handle(&task, skew)),
                Answer::Failed(failure) => failure,
            };
            if failure.class == Class::Missing && self.registered && start.elapsed() < YOUNG_DEFINITION {
                // It is there, but not everywhere yet.
                let _ = pause(backoff.pause(), cancelled).await;
                continue;
            }
            if failure.class == Class::Capacity {
                let cluster = &self.plan.cluster;
                let error = Error::no_capacity(format!("no capacity in cluster `{cluster}`: {failure}"));
                return Err(LaunchError::Failed(error.hint(failure.hint)).into());
            }
            if self.own_tags && failure.class == Class::Denied && failure.message.contains("TagResource") {
                return Err(NotMade::MayNotTag(failure));
            }
            let again = in_a_row.allows(&failure);
            if !failure.is_retryable() {
                return match &in_doubt {
                    None => Err(refusal(&failure, &self.plan.cluster).into()),
                    Some(doubt) => Ok(self.lost(doubt).await?),
                };
            }
            let delay = backoff.pause();
            if failure.ambiguous {
                in_doubt = Some(failure.clone());
            }
            if !again || start.elapsed() + delay > RESEND_BUDGET {
                return match &in_doubt {
                    None => {
                        let error = failure.error(&format!("in cluster `{}`", self.plan.cluster));
                        Err(LaunchError::Failed(error).into())
                    }
                    Some(doubt) => Ok(self.lost(doubt).await?),
                };
            }
            // What goes on failing is said as every call's failing is.
            if !std::mem::replace(&mut said, true) {
                let reason = failure.to_string();
                self.events.send(EventKind::Retrying { reason, delay });
            }
            // On cancellation the loop's head decides.
            let _ = pause(delay, cancelled).await;
        }
    }

    /// Sends the request again while that fails in a way that passes, for [`DOUBT_BUDGET`]: one
    /// throttled call must not cost the only sure way to the task.
    async fn send_until_answered(&self, body: &serde_json::Value) -> Answer {
        let start = Instant::now();
        let mut backoff = Backoff::for_calls();
        loop {
            match self.send(body).await {
                Answer::Failed(failure) if failure.is_retryable() => {
                    let delay = backoff.pause();
                    if start.elapsed() + delay > DOUBT_BUDGET {
                        return Answer::Failed(failure);
                    }
                    tokio::time::sleep(delay).await;
                }
                answer => return answer,
            }
        }
    }

    async fn send(&self, body: &serde_json::Value) -> Answer {
        const OPERATION: &str = "RunTask";
        let sent = SystemTime::now();
        let call = self.ecs.client.run_task().customize().mutate_request(with_body(body)).send();
        let asked = async {
            let error = match call.await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            // The token is ours alone, so a task that has it is this attempt's.
            if let Some(RunTaskError::ConflictException(conflict)) = error.as_service_error()
                && let Some(arn) = conflict.resource_ids().first()
            {
                let existing = Task::builder().task_arn(arn).build();
                return Ok(RunTaskOutput::builder().tasks(existing).build());
            }
            Err(Failure::new(OPERATION, &error))
        };
        let answer = match self.ecs.calls.ask(OPERATION, asked).await {
            Ok(answer) => answer,
            Err(failure) => return Answer::Failed(failure),
        };
        if let Some(task) = answer.tasks().first().filter(|task| task.task_arn().is_some()) {
            let skew = clock::skew(sent, SystemTime::now(), clock::time(task.created_at()));
            return Answer::Task(Box::new(task.clone()), skew);
        }
        let Some(failure) = answer.failures().first() else {
            let nothing = "the answer holds neither a task nor a failure";
            return Answer::Failed(Failure::of_run_task(nothing, ""));
        };
        let reason = failure.reason().unwrap_or("no reason given");
        Answer::Failed(Failure::of_run_task(reason, failure.detail().unwrap_or_default()))
    }

    /// The task that this launch has made, if there is one.
    async fn find(&self) -> Result<Option<String>, Failure> {
        let cluster = &self.plan.cluster;
        let arns = list_started_by(self.ecs, cluster, &self.plan.started_by).await?;
        if self.plan.started_by_is_unique {
            return Ok(arns.into_iter().next());
        }
        for arns in arns.chunks(AT_ONCE) {
            let tasks = describe_tasks(self.clients, cluster, arns, Tags::Asked).await?;
            let is_ours = |task: &&Described| {
                task.tags().any(|(key, value)| own_tags::is_of_launch(key, value, &self.client_token))
            };
            if let Some(task) = tasks.iter().find(is_ours) {
                return Ok(task.task_arn().map(str::to_owned));
            }
        }
        Ok(None)
    }

    fn handle(&self, task: &Task, skew: i64) -> FargateHandle {
        self.handle_of(task.task_arn().unwrap_or_default().to_owned(), skew)
    }

    fn handle_of(&self, id: String, skew: i64) -> FargateHandle {
        let (containers, sources) = self.plan.sources.iter().cloned().unzip();
        FargateHandle {
            region: arn::region(&id).unwrap_or(self.region).to_owned(),
            id,
            cluster: self.plan.cluster.clone(),
            containers,
            essential: self.plan.essential.clone(),
            sources,
            guard: self.guard.cloned(),
            life: Life::new(skew),
        }
    }

    /// The answer never came: looks for the task by its `startedBy`, where that is ours alone, or by the tag of
    /// this launch (adopting another's task, and perhaps stopping it, would be worse than an error).
    async fn lost(&self, failure: &Failure) -> Result<FargateHandle, LaunchError> {
        if self.plan.started_by_is_unique || self.own_tags {
            for _ in 0..LOOK_FOR_LOST {
                tokio::time::sleep(LOOK_PAUSE).await;
                if let Ok(Some(arn)) = self.find().await {
                    return Ok(self.handle_of(arn, 0));
                }
            }
        }
        let (cluster, started_by) = (&self.plan.cluster, &self.plan.started_by);
        Err(LaunchError::Failed(Error::platform(format!(
                "RunTask in cluster `{cluster}`: no answer came ({failure}); a task MAY have been started by `{started_by}` \
                 (client token {})",
                self.client_token
            )).hint(self
                .plan
                .find_command()
                .map(|command| format!("look for it with `{command}`"))
                .unwrap_or_default())))
    }
}

/// Tasks that DescribeTasks tells of at once. Source: Amazon ECS API reference, DescribeTasks.
const AT_ONCE: usize = 100;

/// Tasks of a cluster that were started by `started_by` and are not stopped, page by page.
/// `startedBy` must be the only filter (Amazon ECS API reference, ListTasks; 100 ARNs a page).
pub(crate) async fn list_started_by(
    ecs: &Ecs,
    cluster: &str,
    started_by: &str,
) -> Result<Vec<String>, Failure> {
    let mut arns = Vec::new();
    let mut pages = ecs.client.list_tasks().cluster(cluster).started_by(started_by).into_paginator().send();
    const OPERATION: &str = "ListTasks";
    let page = async || pages.next().await.transpose().map_err(|error| Failure::new(OPERATION, &error));
    let mut page = page;
    while let Some(page) = ecs.calls.ask(OPERATION, page()).await? {
        arns.extend(page.task_arns.unwrap_or_default());
    }
    Ok(arns)
}

/// A failure that ends the launch, by what it means for whoever reads the exit code.
pub(super) fn refusal(failure: &Failure, cluster: &str) -> LaunchError {
    let error = failure.error(&format!("in cluster `{cluster}`"));
    match failure.class {
        Class::Quota => LaunchError::Failed(error.of_kind(Kind::NeverStarted)),
        // The `failures` of an answer speak of placement; errors of the API speak of the API.
        Class::Other if failure.listed => LaunchError::Failed(error.of_kind(Kind::NeverStarted)),
        _ => LaunchError::Failed(error),
    }
}

async fn pause(delay: Duration, cancelled: &mut watch::Receiver<bool>) -> Result<(), LaunchError> {
    tokio::select! {
        () = tokio::time::sleep(delay) => Ok(()),
        () = is_cancelled(cancelled) => Err(LaunchError::Cancelled),
    }
}

/// Returns when the run is cancelled; never if nobody can cancel it any more.
pub(super) async fn is_cancelled(cancelled: &mut watch::Receiver<bool>) {
    if cancelled.wait_for(|cancelled| *cancelled).await.is_err() {
        std::future::pending::<()>().await;
    }
}
