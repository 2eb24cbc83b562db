//! A plain process on this machine: the back end that needs no cloud.
//!
//! The same run as on Fargate, with one container that is a child process. It keeps the exit
//! contract, the plugins and the output; it can not honour images, roles, limits and networks,
//! and says so. It is never chosen by itself: a forgotten `--cluster` must not run a deployment
//! on the CI machine.
//!
//! - [`mod@spawn`]: the child, in a process group of its own.
//! - [`output`]: one pipe for both of its streams.

mod output;
mod spawn;

use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

use serde_json::json;
use tokio::sync::Mutex;
use tokio::sync::watch;

use super::Backend;
use super::EndCause;
use super::EventSender;
use super::LaunchError;
use super::LineSender;
use super::Plan;
use super::RunHandle;
use super::TaskEnd;
use crate::error::Error;
use crate::event::RunEvent;
use crate::report::ContainerEnd;
use crate::report::ContainerLog;
use crate::report::Phase;
use crate::settings::Settings;
use crate::settings::TaskRequest;
use crate::spec::ContainerSpec;
use crate::spec::EnvVar;
use crate::spec::TaskSpec;
use spawn::Child;

/// Time between SIGTERM and SIGKILL when `--stop-timeout` is not given: the same 30 s that ECS
/// gives a container.
const DEFAULT_STOP_TIMEOUT: Duration = Duration::from_secs(30);

/// Name of the one container when the user gives none.
const DEFAULT_CONTAINER: &str = "process";

/// The process back end.
#[derive(Debug)]
pub struct Process {
    request: TaskRequest,
    stop_timeout: Duration,
}

impl Process {
    /// A back end for these settings.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        Ok(Self {
            request: settings.task.clone(),
            stop_timeout: settings.run.stop_timeout.unwrap_or(DEFAULT_STOP_TIMEOUT),
        })
    }
}

/// The command to spawn.
#[derive(Debug, Clone)]
pub struct ProcessPlan {
    container: String,
    program: String,
    args: Vec<String>,
    env: Vec<EnvVar>,
    directory: Option<String>,
    warnings: Vec<String>,
}

impl Plan for ProcessPlan {
    fn requests(&self) -> Vec<(String, serde_json::Value)> {
        let env: serde_json::Map<String, serde_json::Value> =
            self.env.iter().map(|var| (var.name.clone(), var.value.shown().into())).collect();
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
}

/// A spawned process.
#[derive(Debug, Clone)]
pub struct ProcessHandle {
    id: String,
    containers: Vec<String>,
    started: Instant,
    child: Arc<Child>,
    output: Arc<Mutex<Option<output::Output>>>,
}

impl RunHandle for ProcessHandle {
    fn id(&self) -> &str {
        &self.id
    }

    fn containers(&self) -> &[String] {
        &self.containers
    }

    fn essential_containers(&self) -> &[String] {
        &self.containers
    }

    fn stop_command(&self) -> String {
        format!("kill -- -{}", self.child.pid())
    }
}

impl Backend for Process {
    type Handle = ProcessHandle;
    type Plan = ProcessPlan;

    fn name(&self) -> &'static str {
        "process"
    }

    async fn resolve(&self) -> Result<TaskSpec, Error> {
        let request = &self.request;
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
        Ok(TaskSpec {
            name: request.name.clone().unwrap_or_else(|| base.into()),
            containers: vec![container],
            tags: request.tags.clone(),
            started_by: request.started_by.clone(),
            ..TaskSpec::default()
        })
    }

    fn plan(&self, _base: &TaskSpec, task: &TaskSpec, main: &str) -> Result<ProcessPlan, Error> {
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
        Ok(ProcessPlan {
            container: container.name.clone(),
            program,
            args: words.collect(),
            env: container.env.clone(),
            directory: container.working_directory.clone(),
            warnings: self.warnings(container, task),
        })
    }

    async fn launch(
        &self,
        plan: &ProcessPlan,
        _events: &EventSender,
        cancelled: watch::Receiver<bool>,
    ) -> Result<ProcessHandle, LaunchError> {
        if *cancelled.borrow() {
            return Err(LaunchError::Cancelled);
        }
        let (child, output) = spawn::spawn(plan).map_err(|error| {
            LaunchError::Failed(
                Error::never_started(format!("`{}` can not be started: {error}", plan.program)).hint(
                    match error.kind() {
                        std::io::ErrorKind::NotFound => "is the path right, and the program on PATH?".into(),
                        std::io::ErrorKind::PermissionDenied => "is the file executable?".into(),
                        _ => String::new(),
                    },
                ),
            )
        })?;
        Ok(ProcessHandle {
            id: format!("process/{}", child.pid()),
            containers: vec![plan.container.clone()],
            started: Instant::now(),
            child: Arc::new(child),
            output: Arc::new(Mutex::new(Some(output))),
        })
    }

    async fn attach(&self, id: &str) -> Result<ProcessHandle, Error> {
        Err(Error::usage(format!(
            "`{id}` can not be attached to: a process lives and ends with the sortie that started it"
        ))
        .hint(
            "use `sortie run`; launch, wait, logs and stop need a back end that keeps tasks, such as fargate",
        ))
    }

    async fn wait(&self, handle: &ProcessHandle, events: &EventSender) -> Result<TaskEnd, Error> {
        let elapsed = handle.started.elapsed();
        events.send(RunEvent::StateChanged { state: "running".into(), elapsed });
        let ended = handle.child.wait().await.map_err(|error| {
            Error::platform(format!("{}: its end can not be waited for: {error}", handle.id))
        })?;
        let elapsed = handle.started.elapsed();
        events.send(RunEvent::StateChanged { state: "stopped".into(), elapsed });
        Ok(TaskEnd {
            passing: false,
            cause: if handle.child.stop_asked() { EndCause::Stopped } else { EndCause::Exited },
            reason: ended.reason.clone(),
            hint: String::new(),
            containers: vec![ContainerEnd {
                name: handle.containers[0].clone(),
                exit_code: Some(ended.code),
                reason: ended.reason,
                out_of_memory: false,
            }],
            execution_stopped_at: Some(SystemTime::now()),
            phases: vec![Phase { name: "run", duration: elapsed }],
        })
    }

    async fn follow_logs(
        &self,
        handle: &ProcessHandle,
        lines: &LineSender,
        ended: watch::Receiver<Option<TaskEnd>>,
    ) -> Vec<ContainerLog> {
        let container = handle.containers[0].clone();
        let output = handle.output.lock().await.take();
        let log = match output {
            Some(output) => output.stream(container, lines, ended).await,
            None => ContainerLog {
                container,
                lines: 0,
                bytes: 0,
                incomplete: Some("the output is already being read".into()),
                waited: None,
            },
        };
        vec![log]
    }

    async fn stop(&self, handle: &ProcessHandle, _reason: &str) -> Result<(), Error> {
        handle.child.stop(self.stop_timeout);
        Ok(())
    }

    fn keeps_tasks(&self) -> bool {
        false
    }

    async fn abandon(&self, handle: &ProcessHandle) {
        handle.child.kill();
    }
}

impl Process {
    /// What a process can not have. Said once, before the launch.
    fn warnings(&self, container: &ContainerSpec, task: &TaskSpec) -> Vec<String> {
        let request = &self.request;
        let ignored = [
            ("--image", request.image.is_some() || !container.image.is_empty()),
            ("--task-definition", request.task_definition.is_some()),
            ("--cpu", request.cpu.is_some()),
            ("--memory", request.memory.is_some()),
            ("--ephemeral-storage", request.ephemeral_storage.is_some()),
            ("--task-role", request.task_role.is_some() || task.task_role.is_some()),
            ("--execution-role", request.execution_role.is_some() || task.execution_role.is_some()),
            ("--subnet", !request.subnets.is_empty()),
            ("--security-group", !request.security_groups.is_empty()),
        ];
        let ignored: Vec<&str> = ignored.iter().filter(|(_, given)| *given).map(|(flag, _)| *flag).collect();
        if ignored.is_empty() {
            return Vec::new();
        }
        vec![format!("a plain process can not honour {}", ignored.join(", "))]
    }
}
