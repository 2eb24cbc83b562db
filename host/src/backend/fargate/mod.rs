//! AWS Fargate: a task of ECS, and its lines from CloudWatch Logs.
//!
//! | folder or file | what it knows |
//! |---|---|
//! | [`definition`] | where the task definition comes from, what the command line makes of it, what Fargate demands |
//! | [`guard`] | what ends a task at its time when sortie is gone |
//! | [`launch`] | the requests of a launch, and RunTask |
//! | [`watch`] | DescribeTasks until the task has ended, and why it ended |
//! | [`logs`] | lines from CloudWatch Logs, and when a log is complete |
//! | [`task`] | a launched task: what is done with it |
//! | [`handle`] | what is known of it, and what its parts tell each other |
//! | [`examine`] | whether a run would be taken, without one |
//! | [`network`] | whether a task would reach its images, its log and its secrets |
//! | [`detached`] | tasks that were launched before |
//! | [`list`] | all tasks of a cluster |
//! | [`stop`] | StopTask |
//! | [`survey`] | what the account has |
//! | [`aws`] | the SDK's clients, calls that failed, and the names and times that AWS uses |

mod aws;
mod definition;
mod detached;
mod examine;
mod guard;
mod handle;
mod launch;
mod list;
mod logs;
mod network;
mod stop;
mod survey;
mod task;
mod watch;

use std::sync::Arc;

use async_trait::async_trait;

use aws::arn;
use aws::clients::Clients;
use definition::command_line;
use definition::log_mode;
use definition::source;
use definition::source::Definition;
use launch::plan::FargatePlan;

use super::Backend;
use super::Detached;
use super::Plan;
use super::Resolved;
use super::Surveyor;
use crate::environment::Environment;
use crate::error::Error;
use crate::secrecy::Secrets;
use crate::settings::Settings;
use crate::settings::TaskDefinitionRef;
use crate::spec::TaskSpec;
use crate::stream::Announcer;

/// The word for this back end.
const NAME: &str = "fargate";

/// Runs tasks on AWS Fargate, in one region.
#[derive(Debug)]
pub struct Fargate {
    clients: Clients,
}

impl Fargate {
    /// Reads the SDK's configuration: region from the settings or the SDK's own chain;
    /// credentials, `AWS_ENDPOINT_URL` and all else as every AWS tool does. Of endpoints that do not answer
    /// is said on `announcer`. `secrets` learn the credentials as they are resolved.
    ///
    /// # Errors
    ///
    /// No region or no source of credentials is configured, or one that is not there.
    pub async fn connect(
        settings: &Settings,
        environment: &Environment,
        secrets: &Secrets,
        announcer: Announcer,
    ) -> Result<Self, Error> {
        Ok(Self { clients: Clients::connect(settings, environment, secrets, announcer).await? })
    }
}

#[async_trait]
impl Backend for Fargate {
    fn name(&self) -> &'static str {
        NAME
    }

    fn place(&self) -> String {
        format!("in {}", self.clients.region)
    }

    async fn resolve(&self, request: &Settings) -> Result<Box<dyn Resolved>, Error> {
        let (asked, fargate) = (&self.clients.region, &request.fargate);
        arn::check_region("the cluster", fargate.cluster.as_deref().unwrap_or_default(), asked)?;
        if let Some(TaskDefinitionRef::Registered(name)) = &request.task.task_definition {
            arn::check_region("the task definition", name, asked)?;
        }
        let definition = source::read(&self.clients.ecs, request).await?;
        let task = command_line::apply(&definition, request, &self.clients.region)?;
        let default_log_mode = match log_mode::is_left_to_the_account(&task) {
            true => log_mode::of_the_account(&self.clients.ecs).await,
            false => None,
        };
        let (clients, request) = (self.clients.clone(), request.clone());
        Ok(Box::new(FargateRequest { clients, definition, task, request, default_log_mode }))
    }

    fn detached(&self) -> Option<&dyn Detached> {
        Some(self)
    }

    fn surveyor(&self) -> Option<&dyn Surveyor> {
        Some(self)
    }
}

/// The task that the settings ask for.
struct FargateRequest {
    clients: Clients,
    /// The task definition as ECS has it, before the command line: what differs from it must be sent.
    definition: Definition,
    task: TaskSpec,
    request: Settings,
    /// What the account says of log drivers that name no mode, where that matters and is known.
    default_log_mode: Option<String>,
}

impl Resolved for FargateRequest {
    fn task(&self) -> &TaskSpec {
        &self.task
    }

    fn plan(&self, task: &TaskSpec, main: &str) -> Result<Arc<dyn Plan>, Error> {
        let default_log_mode = self.default_log_mode.as_deref();
        let (clients, request) = (self.clients.clone(), &self.request);
        Ok(Arc::new(FargatePlan::new(clients, &self.definition, task, main, request, default_log_mode)?))
    }
}
