//! AWS Fargate: a task of ECS, and its lines from CloudWatch Logs.
//!
//! | folder or file | what it knows |
//! |---|---|
//! | [`definition`] | where the task definition comes from, what the command line makes of it, what Fargate demands |
//! | [`launch`] | the requests of a launch, and RunTask |
//! | [`watch`] | DescribeTasks until the task has ended, and why it ended |
//! | [`logs`] | lines from CloudWatch Logs, and when a log is complete |
//! | [`stop`] | StopTask |
//! | [`handle`] | a launched task, and what its parts tell each other |
//! | [`aws`] | the SDK's clients, calls that failed, and the names and times that AWS uses |

mod aws;
mod definition;
mod handle;
mod launch;
mod logs;
mod stop;
mod watch;

use std::time::Duration;

use std::sync::OnceLock;

use tokio::sync::watch::Receiver;
use tokio::time::Instant;

pub use handle::FargateHandle;
pub use launch::plan::FargatePlan;

use aws::arn;
use aws::clients::Clients;
use aws::retry;
use definition::command_line;
use definition::source;
use definition::source::Definition;
use handle::Life;
use launch::run_task;
use logs::follow;
use logs::follow::Until;
use logs::streams::LogSource;
use watch::describe;
use watch::wait;

use super::Backend;
use super::EventSender;
use super::LaunchError;
use super::LineSender;
use super::TaskEnd;
use crate::error::Error;
use crate::report::ContainerLog;
use crate::settings::Settings;
use crate::spec::TaskSpec;

/// Runs tasks on AWS Fargate.
#[derive(Debug)]
pub struct Fargate {
    clients: Clients,
    settings: Settings,
    /// The task definition as [`Backend::resolve`] read it, before the command line.
    definition: OnceLock<Definition>,
    /// When a task was launched first; all launches have one budget for capacity.
    first_launch: OnceLock<Instant>,
    /// Start of the run, from which events count.
    started: Instant,
}

impl Fargate {
    /// Reads the SDK's configuration: region from the settings or the SDK's own chain;
    /// credentials, `AWS_ENDPOINT_URL` and all else as every AWS tool does.
    ///
    /// # Errors
    ///
    /// No region or no source of credentials is configured.
    pub async fn connect(settings: &Settings) -> Result<Self, Error> {
        let started = Instant::now();
        let clients = Clients::connect(settings).await?;
        Ok(Self {
            clients,
            settings: settings.clone(),
            definition: OnceLock::new(),
            first_launch: OnceLock::new(),
            started,
        })
    }

    /// ARNs of the cluster's tasks that `started_by` started and that have not stopped.
    ///
    /// # Errors
    ///
    /// The API's.
    pub async fn list_started_by(&self, started_by: &str) -> Result<Vec<String>, Error> {
        let cluster = self.cluster();
        run_task::list_started_by(&self.clients.ecs, cluster, started_by)
            .await
            .map_err(|failure| failure.error(&format!("in cluster `{cluster}`")))
    }

    /// Cluster and region of a task, by its id.
    fn place_of(&self, id: &str) -> Result<(String, String), Error> {
        let cluster = arn::cluster_of_task(id).unwrap_or_else(|| self.cluster()).to_owned();
        let region = arn::region(id).unwrap_or(&self.clients.region).to_owned();
        if region == self.clients.region {
            return Ok((cluster, region));
        }
        Err(Error::usage(format!("the task {id} is in {region}, and sortie asks in {}", self.clients.region))
            .hint(format!("give --region {region}")))
    }

    /// The cluster of the settings; `default` is what ECS takes when none is named.
    fn cluster(&self) -> &str {
        self.settings.fargate.cluster.as_deref().unwrap_or("default")
    }
}

/// How long an id that ECS does not know is asked for again: `sortie wait` may follow `sortie
/// launch` at once, and DescribeTasks is eventually consistent.
const ATTACH_TOLERANCE: Duration = Duration::from_secs(15);
const ATTACH_PAUSE: Duration = Duration::from_secs(1);

impl Backend for Fargate {
    type Handle = FargateHandle;
    type Plan = FargatePlan;

    fn name(&self) -> &'static str {
        "fargate"
    }

    async fn resolve(&self) -> Result<TaskSpec, Error> {
        let definition = source::read(&self.clients.ecs, &self.settings).await?;
        let definition = self.definition.get_or_init(|| definition);
        command_line::apply(definition, &self.settings, &self.clients.region)
    }

    fn plan(&self, _: &TaskSpec, task: &TaskSpec, _: &str) -> Result<Self::Plan, Error> {
        // Not `base`: it holds the command line's command and environment already, and the
        // question is what differs from the definition that ECS has.
        let definition = self.definition.get().ok_or_else(|| {
            Error::platform("the task was planned before it was resolved; this is a defect of sortie")
        })?;
        FargatePlan::new(definition, task, &self.settings, &self.clients.region)
    }

    async fn launch(
        &self,
        plan: &Self::Plan,
        events: &EventSender,
        cancelled: Receiver<bool>,
    ) -> Result<Self::Handle, LaunchError> {
        let (ecs, region) = (&self.clients.ecs, &self.clients.region);
        // One budget for all attempts, also when a task that failed to start is launched again.
        let first = self.first_launch.get_or_init(Instant::now);
        let budget = self.settings.run.capacity_budget.saturating_sub(first.elapsed());
        run_task::launch(ecs, region, plan, budget, events, cancelled).await
    }

    async fn attach(&self, id: &str) -> Result<Self::Handle, Error> {
        let (cluster, region) = self.place_of(id)?;
        let start = Instant::now();
        let task = loop {
            let describe = || describe::describe_task(&self.clients, &cluster, id);
            let found = retry::with_retries(source::READ_BUDGET, describe)
                .await
                .map_err(|failure| failure.error(&format!("of {id}")))?;
            match found {
                Some(task) => break task,
                None if start.elapsed() < ATTACH_TOLERANCE => tokio::time::sleep(ATTACH_PAUSE).await,
                None => return Err(describe::forgotten(id)),
            }
        };
        let mut containers = Vec::new();
        let mut essential = Vec::new();
        let mut sources = Vec::new();
        if let Some(name) = task.task_definition_arn() {
            let definition = source::describe(&self.clients.ecs, name).await?;
            for container in &definition.spec.containers {
                containers.push(container.name.clone());
                if container.essential {
                    essential.push(container.name.clone());
                }
                sources.push(LogSource::of(container, &region));
            }
        }
        Ok(FargateHandle {
            id: task.task_arn().unwrap_or(id).to_owned(),
            cluster,
            region,
            containers,
            essential,
            sources,
            life: Life::new(0),
        })
    }

    async fn wait(&self, handle: &Self::Handle, events: &EventSender) -> Result<TaskEnd, Error> {
        wait::wait(&self.clients, handle, events, self.started).await
    }

    async fn follow_logs(
        &self,
        handle: &Self::Handle,
        lines: &LineSender,
        ended: Receiver<Option<TaskEnd>>,
    ) -> Vec<ContainerLog> {
        follow::follow(&self.clients, handle, self.settings.run.log_settle, lines, Until::End(ended)).await
    }

    async fn stop(&self, handle: &Self::Handle, reason: &str) -> Result<(), Error> {
        stop::stop(&self.clients.ecs, handle, reason).await
    }

    /// Nothing is asked about the task first: whoever may do no more than stop it can do so.
    async fn stop_by_id(&self, id: &str, reason: &str) -> Result<(), Error> {
        let (cluster, _) = self.place_of(id)?;
        let young = Instant::now() + ATTACH_TOLERANCE;
        match stop::stop_task(&self.clients.ecs, &cluster, id, reason, young).await? {
            true => Ok(()),
            false => Err(describe::forgotten(id)),
        }
    }
}
