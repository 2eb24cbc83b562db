//! A launched task: what is done with it.

use async_trait::async_trait;

use super::aws::clients::Clients;
use super::guard::Guard;
use super::handle::FargateHandle;
use super::logs::follow;
use super::stop;
use super::watch::wait;
use crate::backend::Handle;
use crate::backend::LogPart;
use crate::backend::StopError;
use crate::backend::Task;
use crate::backend::TaskEnd;
use crate::backend::Until;
use crate::error::Error;
use crate::report::ContainerLog;
use crate::settings::LogSettle;
use crate::spec::EnvVar;
use crate::stream::EventSender;
use crate::stream::LineSender;

/// A task of ECS.
pub(super) struct FargateTask {
    clients: Clients,
    known: FargateHandle,
    handle: Handle,
    log_settle: LogSettle,
    environment: Vec<EnvVar>,
}

impl FargateTask {
    /// A task that runs, or has run.
    pub(super) fn new(clients: Clients, known: FargateHandle, log_settle: LogSettle) -> Self {
        Self { clients, handle: known.write(), known, log_settle, environment: Vec::new() }
    }

    /// The same, with the environment that ECS tells of it.
    pub(super) fn in_environment(self, environment: Vec<EnvVar>) -> Self {
        Self { environment, ..self }
    }
}

#[async_trait]
impl Task for FargateTask {
    fn handle(&self) -> &Handle {
        &self.handle
    }

    async fn watch(&self, events: &EventSender) -> Result<TaskEnd, Error> {
        let watching = wait::wait(&self.clients, &self.known, events);
        match &self.known.guard {
            Some(Guard::Schedule(lease)) => {
                let FargateHandle { cluster, id, .. } = &self.known;
                lease.while_watched(&self.clients, cluster, id, events, watching).await
            }
            _ => watching.await,
        }
    }

    async fn read_logs(&self, lines: &LineSender, part: &LogPart, until: Until) -> Vec<ContainerLog> {
        follow::follow(&self.clients, &self.known, self.log_settle, lines, part, until).await
    }

    fn environment(&self) -> Vec<EnvVar> {
        self.environment.clone()
    }

    async fn stop(&self, reason: &str) -> Result<(), StopError> {
        stop::stop(&self.clients.ecs, &self.known, reason).await
    }
}
