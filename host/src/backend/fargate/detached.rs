//! Tasks that were launched before, by this sortie or another.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::Fargate;
use super::NAME;
use super::aws::arn;
use super::aws::retry;
use super::definition::source;
use super::guard::sidecar;
use super::handle::FargateHandle;
use super::handle::Life;
use super::launch::own_tags;
use super::list;
use super::logs::streams::LogSource;
use super::stop;
use super::task::FargateTask;
use super::watch::describe;
use crate::backend::Detached;
use crate::backend::Handle;
use crate::backend::ListedTask;
use crate::backend::StopAnswer;
use crate::backend::StopError;
use crate::backend::Task;
use crate::backend::task::StopAgain;
use crate::error::Error;
use crate::settings::Settings;
use crate::spec::EnvVar;

/// How long an id that ECS does not know is asked for again: `sortie wait` may follow `sortie
/// launch` at once, and DescribeTasks is eventually consistent.
const ATTACH_TOLERANCE: Duration = Duration::from_secs(15);
const ATTACH_PAUSE: Duration = Duration::from_secs(1);

#[async_trait]
impl Detached for Fargate {
    async fn attach(&self, id: &str, request: &Settings) -> Result<Arc<dyn Task>, Error> {
        let (cluster, region) = self.place_of(id, request)?;
        let start = Instant::now();
        let task = loop {
            let describe = || describe::describe_with_tags(&self.clients, &cluster, id);
            let found = retry::with_retries(source::READ_BUDGET, describe)
                .await
                .map_err(|failure| failure.error(&format!("of {id}")))?;
            match found {
                Some(task) => break task,
                None if start.elapsed() < ATTACH_TOLERANCE => tokio::time::sleep(ATTACH_PAUSE).await,
                None => return Err(describe::unknown(id)),
            }
        };
        let mut containers = Vec::new();
        let mut essential = Vec::new();
        let mut sources = Vec::new();
        // Whoever prints its log masks what of these is secret.
        let mut environment: Vec<EnvVar> =
            task.environment().map(|(name, value)| EnvVar::hidden(name, value)).collect();
        if let Some(name) = task.task_definition_arn() {
            let definition = source::describe(&self.clients.ecs, name).await?;
            let own = definition.spec.containers.iter().filter(|container| !sidecar::is_one(container));
            for container in own {
                containers.push(container.name.clone());
                if container.essential {
                    essential.push(container.name.clone());
                }
                sources.push(LogSource::of(container, &region));
                environment.extend(container.env.iter().cloned());
            }
        }
        let guard = task.tags().find_map(|(key, value)| own_tags::guard(key, value));
        let known = FargateHandle {
            id: task.task_arn().unwrap_or(id).to_owned(),
            cluster,
            region,
            containers,
            essential,
            sources,
            guard,
            life: Life::new(0),
        };
        let task = FargateTask::new(self.clients.clone(), known, request.run.log_settle);
        Ok(Arc::new(task.in_environment(environment)))
    }

    fn resume(&self, handle: Handle, request: &Settings) -> Result<Arc<dyn Task>, Error> {
        let known = FargateHandle::read(&handle).ok_or_else(|| {
            Error::usage(format!("the handle of {} was not written by the {NAME} back end", handle.id))
                .hint("attach to the task by its id")
        })?;
        Ok(Arc::new(FargateTask::new(self.clients.clone(), known, request.run.log_settle)))
    }

    async fn started_by(&self, started_by: &str, request: &Settings) -> Result<Vec<ListedTask>, Error> {
        let cluster = cluster(request);
        let listed = list::started_by(&self.clients, cluster, started_by).await;
        listed.map_err(|failure| failure.error(&format!("in cluster `{cluster}`")))
    }

    async fn list(&self, request: &Settings) -> Result<Vec<ListedTask>, Error> {
        let cluster = cluster(request);
        arn::check_region("the cluster", cluster, &self.clients.region)?;
        let listed = list::list(&self.clients, cluster, request.task.started_by.as_deref()).await;
        listed.map_err(|failure| failure.error(&format!("in cluster `{cluster}`")))
    }

    /// Nothing is asked about the task first: permission to stop it is enough.
    async fn stop_by_id(&self, id: &str, reason: &str, request: &Settings) -> Result<StopAnswer, StopError> {
        let place = self.place_of(id, request);
        let (cluster, _) = place.map_err(|error| StopError { error, again: StopAgain::Never })?;
        let answer = stop::stop_task(&self.clients.ecs, &cluster, id, reason).await?;
        answer.ok_or_else(|| StopError { error: describe::unknown(id), again: StopAgain::IfNotKnownYet })
    }
}

impl Fargate {
    /// Cluster and region of a task, by its id.
    fn place_of(&self, id: &str, request: &Settings) -> Result<(String, String), Error> {
        let asked = &self.clients.region;
        arn::check_region("the task", id, asked)?;
        let cluster = arn::cluster_of_task(id).unwrap_or_else(|| cluster(request));
        arn::check_region("the cluster", cluster, asked)?;
        Ok((cluster.to_owned(), asked.clone()))
    }
}

/// The cluster of the settings; `default` is what ECS takes when none is named.
fn cluster(request: &Settings) -> &str {
    request.fargate.cluster.as_deref().unwrap_or("default")
}
