//! A plain process on this machine: the back end that needs no cloud.
//!
//! The same run as on Fargate, with one container that is a child process. It keeps the exit
//! contract, the plugins and the output; it cannot have images, roles, limits and networks,
//! and says so. It is never chosen by itself: a forgotten `--cluster` must not run a deployment
//! on the CI machine.
//!
//! - [`mod@spawn`]: the child, in a process group of its own ([`group`]).
//! - [`refusal`]: why a command could not be started.
//! - [`keeper`]: what ends it when sortie was killed.
//! - [`orphans`]: what sortie owes to orphans where it is the first process.
//! - [`stat`]: what the kernel tells of a process.
//! - [`output`]: one pipe for both of its streams.
//! - [`unsupported`]: what a transform asks for and a process cannot have, said once.

mod group;
pub(crate) mod keeper;
mod orphans;
mod output;
mod refusal;
mod spawn;
mod stat;
mod unsupported;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

use async_trait::async_trait;
use serde_json::json;
use tokio::sync::Mutex;
use tokio::sync::watch;

use super::Backend;
use super::EndCause;
use super::Handle;
use super::LaunchError;
use super::Local;
use super::LogPart;
use super::Memory;
use super::Placement;
use super::Plan;
use super::Resolved;
use super::StopError;
use super::Task;
use super::TaskEnd;
use super::Until;
use super::handle::HandleContainer;
use super::stop_wait::StopWait;
use crate::error::Error;
use crate::event::EventKind;
use crate::event::Stage;
use crate::report::ContainerEnd;
use crate::report::ContainerLog;
use crate::report::Phase;
use crate::report::PhaseName;
use crate::settings::Settings;
use crate::spec::ContainerSpec;
use crate::spec::EnvVar;
use crate::spec::TaskSpec;
use crate::stream::EventSender;
use crate::stream::LineSender;
use spawn::Child;
use spawn::Spawned;

/// The word for this back end.
const NAME: &str = "process";

/// Name of the one container when the user gives none.
const DEFAULT_CONTAINER: &str = "process";

/// The process back end.
#[derive(Debug)]
pub struct Process;

/// The task that the command line asks for.
struct ProcessRequest {
    task: TaskSpec,
    /// `--stop-timeout`.
    stop_timeout: Option<Duration>,
}

/// The command to spawn.
#[derive(Debug, Clone)]
struct ProcessPlan {
    container: String,
    program: String,
    args: Vec<String>,
    env: Vec<EnvVar>,
    directory: Option<String>,
    stop_timeout: Duration,
    warnings: Vec<String>,
}

#[async_trait]
impl Plan for ProcessPlan {
    fn requests(&self) -> Vec<(String, serde_json::Value)> {
        let env: serde_json::Map<String, serde_json::Value> =
            self.env.iter().map(|var| (var.name.clone(), var.shown().into())).collect();
        let body = json!({
            "program": self.program,
            "args": self.args,
            "environment": env,
            "workingDirectory": self.directory,
        });
        vec![("spawn".into(), body)]
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    fn time_to_stop(&self) -> Duration {
        self.stop_timeout
    }

    async fn launch(
        &self,
        _: &Placement,
        events: &EventSender,
        cancelled: watch::Receiver<bool>,
    ) -> Result<Arc<dyn Task>, LaunchError> {
        if *cancelled.borrow() {
            return Err(LaunchError::Cancelled);
        }
        let Spawned { child, output, not_kept } =
            spawn::spawn(self).map_err(|error| LaunchError::Failed(refusal::not_started(self, &error)))?;
        if let Some(error) = not_kept {
            let message = format!("should sortie be killed, the process goes on: its keeper failed: {error}");
            events.send(EventKind::detail(message));
        }
        let handle = Handle {
            backend: NAME.to_owned(),
            id: format!("process/{}", child.pid()),
            containers: vec![HandleContainer { name: self.container.clone(), essential: true }],
            main: None,
            links: Vec::new(),
            stop_command: format!("kill -- -{}", child.pid()),
            platform: serde_json::Value::Null,
        };
        Ok(Arc::new(ProcessTask {
            handle,
            started: Instant::now(),
            stop_timeout: self.stop_timeout,
            child,
            output: Mutex::new(Some(output)),
        }))
    }
}

#[async_trait]
impl Backend for Process {
    fn name(&self) -> &'static str {
        NAME
    }

    fn place(&self) -> String {
        "on this machine, as this user".to_owned()
    }

    async fn resolve(&self, settings: &Settings) -> Result<Box<dyn Resolved>, Error> {
        let request = &settings.task;
        let Some(program) = request.command.first() else {
            return Err(Error::usage("the process back end has no command to run")
                .hint("put it after `--`: sortie run --backend process -- ./deploy.sh"));
        };
        let base = program.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(program);
        let container = ContainerSpec {
            name: request.container.clone().unwrap_or_else(|| DEFAULT_CONTAINER.into()),
            command: request.command.clone(),
            env: request.env.clone(),
            essential: true,
            ..ContainerSpec::default()
        };
        let task = TaskSpec {
            name: request.name.clone().unwrap_or_else(|| base.into()),
            containers: vec![container],
            tags: request.tags.clone(),
            started_by: request.started_by.clone(),
            ..TaskSpec::default()
        };
        Ok(Box::new(ProcessRequest { task, stop_timeout: settings.run.stop_timeout }))
    }
}

impl Resolved for ProcessRequest {
    fn task(&self) -> &TaskSpec {
        &self.task
    }

    fn plan(&self, task: &TaskSpec, main: &str) -> Result<Arc<dyn Plan>, Error> {
        let [container] = task.containers.as_slice() else {
            let message =
                format!("the process back end runs one container, the task has {}", task.containers.len());
            return Err(Error::usage(message).hint("a transform may not add containers here"));
        };
        if container.name != main {
            let message = format!("the task has no container `{main}`, only `{}`", container.name);
            return Err(Error::usage(message));
        }
        let mut words = container.entry_point.iter().chain(&container.command).cloned();
        let Some(program) = words.next() else {
            return Err(Error::usage("the command is empty").hint("a transform removed it"));
        };
        Ok(Arc::new(ProcessPlan {
            container: container.name.clone(),
            program,
            args: words.collect(),
            env: container.env.clone(),
            directory: container.working_directory.clone(),
            stop_timeout: self.stop_timeout.unwrap_or_else(|| container.time_to_stop()),
            warnings: unsupported::warnings(task, container),
        }))
    }
}

/// A spawned process.
#[derive(Debug)]
struct ProcessTask {
    handle: Handle,
    started: Instant,
    stop_timeout: Duration,
    child: Child,
    output: Mutex<Option<output::Output>>,
}

impl ProcessTask {
    /// Tells of the stop while it is waited for.
    async fn tell_of_the_stop(&self, events: &EventSender) -> Infallible {
        let killed_at = self.child.stopping().await;
        events.send(EventKind::StateChanged { stage: Stage::Stopping, state: "stopping".into() });
        let mut wait = StopWait::begun();
        loop {
            wait.due().await;
            wait.say(vec![(self.handle.containers[0].name.clone(), killed_at)], events);
        }
    }
}

#[async_trait]
impl Task for ProcessTask {
    fn handle(&self) -> &Handle {
        &self.handle
    }

    async fn watch(&self, events: &EventSender) -> Result<TaskEnd, Error> {
        events.send(EventKind::StateChanged { stage: Stage::Running, state: "running".into() });
        let ended = tokio::select! {
            biased;
            ended = self.child.wait() => ended,
            never = self.tell_of_the_stop(events) => match never {},
        };
        let ended = ended.map_err(|error| {
            Error::platform(format!("{}: its end cannot be waited for", self.handle.id)).caused_by(error)
        })?;
        events.send(EventKind::StateChanged { stage: Stage::Stopped, state: "stopped".into() });
        Ok(TaskEnd {
            transient: false,
            cause: if self.child.stop_asked() { EndCause::Stopped } else { EndCause::Exited },
            reason: ended.reason.clone(),
            hint: String::new(),
            containers: vec![ContainerEnd {
                name: self.handle.containers[0].name.clone(),
                exit_code: Some(ended.code),
                reason: ended.reason,
                out_of_memory: false,
            }],
            // The limits are those of whoever runs sortie.
            memory: vec![Memory::OfMachine],
            execution_stopped_at: Some(SystemTime::now()),
            phases: vec![
                Phase::lasting(PhaseName::Run, self.started.elapsed()).begun(self.started.elapsed()),
            ],
        })
    }

    /// A pipe can be read once, from its beginning; nobody else has read it.
    async fn read_logs(&self, lines: &LineSender, _: &LogPart, until: Until) -> Vec<ContainerLog> {
        let container = self.handle.containers[0].name.clone();
        let output = self.output.lock().await.take();
        let log = match output {
            Some(output) => output.stream(container, lines, until).await,
            None => lines.log(0, &container, Some("the output is already being read".into())),
        };
        vec![log]
    }

    async fn stop(&self, _: &str) -> Result<(), StopError> {
        self.child.stop(self.stop_timeout);
        Ok(())
    }

    fn local(&self) -> Option<&dyn Local> {
        Some(self)
    }
}

#[async_trait]
impl Local for ProcessTask {
    /// An ended process leaves nothing.
    async fn release(&self) -> Result<(), Error> {
        Ok(())
    }

    async fn abandon(&self) {
        self.child.kill();
    }
}
