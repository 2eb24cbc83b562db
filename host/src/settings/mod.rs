//! What the user asked for, whatever the place it was said in.
//!
//! Flags win over the environment (`SORTIE_*`), which wins over `sortie.toml`. The result is one
//! [`Settings`] value plus, for every key, its [`Origin`], which `sortie plan` shows.
//!
//! - [`reference`]: every setting there is, once.
//! - [`layer`]: what one place says, as text; made by the command line's parser,
//!   [`environment`] and [`file`](mod@file).
//! - [`merge`]: which place wins.
//! - [`resolve`]: from text to checked values, with [`quantity`], [`env_file`], [`volume`],
//!   [`plugins`].
//! - [`shown`]: the settings for `sortie plan`.

pub mod env_file;
pub mod environment;
pub mod file;
pub mod layer;
pub mod merge;
pub mod plugins;
pub mod quantity;
pub mod reference;
pub mod resolve;
pub mod shown;
pub mod volume;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::spec::EnvVar;
use crate::spec::Pair;

/// Everything a run needs to know, checked and complete.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the task runs. Always asked for by name.
    pub backend: BackendKind,
    /// What runs.
    pub task: TaskRequest,
    /// Where it runs, on Fargate.
    pub fargate: FargateSettings,
    /// Where and how it runs, in a container engine on this machine.
    pub docker: DockerSettings,
    /// How sortie waits, stops and ends.
    pub run: RunSettings,
    /// What a person or a program sees.
    pub output: OutputSettings,
    /// Plugins in the order in which they act.
    pub plugins: Vec<PluginSettings>,
    /// Where each value came from, by key as written in `sortie.toml`.
    pub origins: BTreeMap<String, Origin>,
}

/// A back end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackendKind {
    /// AWS Fargate, asked for with `--cluster` or `--backend fargate`.
    Fargate,
    /// Containers of an engine that speaks Docker's API, asked for with `--backend docker`,
    /// `--backend auto` or `--local`.
    Docker,
    /// A plain process on this machine.
    Process,
}

impl BackendKind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fargate => "fargate",
            Self::Docker => "docker",
            Self::Process => "process",
        }
    }
}

/// The place where a value was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A command-line flag, as written.
    Flag(String),
    /// An environment variable.
    Environment(String),
    /// A key of the configuration file.
    File(PathBuf),
    /// sortie's default.
    Default,
}

/// What runs: the task as the user named it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskRequest {
    /// Task definition to run.
    pub task_definition: Option<TaskDefinitionRef>,
    /// Image to run in a task definition that sortie registers.
    pub image: Option<String>,
    /// Name of the run; family of a task definition that sortie registers.
    pub name: Option<String>,
    /// Container that the command, the environment and the exit code are about.
    pub container: Option<String>,
    /// Command after `--`; empty: the image's own.
    pub command: Vec<String>,
    /// Environment, `--env-file` first, then `--env`.
    pub env: Vec<EnvVar>,
    /// 1/1024 of a vCPU.
    pub cpu: Option<u32>,
    /// MiB.
    pub memory: Option<u32>,
    /// GiB.
    pub ephemeral_storage: Option<u32>,
    /// ARN or name.
    pub task_role: Option<String>,
    /// ARN or name.
    pub execution_role: Option<String>,
    /// Subnets.
    pub subnets: Vec<String>,
    /// Security groups.
    pub security_groups: Vec<String>,
    /// Public address.
    pub assign_public_ip: bool,
    /// Tags.
    pub tags: Vec<Pair>,
    /// Who started it.
    pub started_by: Option<String>,
}

/// How the user names a task definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskDefinitionRef {
    /// `family`, `family:revision` or an ARN.
    Registered(String),
    /// `file:PATH`: JSON as `aws ecs register-task-definition --cli-input-json` takes it (or as
    /// `describe-task-definition` prints it), to be registered.
    File(PathBuf),
}

/// Where a task runs on Fargate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FargateSettings {
    /// Cluster name or ARN.
    pub cluster: Option<String>,
    /// Region; else the SDK's own chain.
    pub region: Option<String>,
    /// `FARGATE` or `FARGATE_SPOT` (or a named provider), optionally `NAME=WEIGHT[,BASE]`.
    pub capacity_providers: Vec<String>,
    /// Platform version; else the platform's default (`LATEST`).
    pub platform_version: Option<String>,
    /// Log group of a task definition that sortie registers.
    pub log_group: Option<String>,
}

/// Where and how a task runs in a container engine on this machine.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DockerSettings {
    /// Any engine that answers will do (`--backend auto`), not only docker's.
    pub any_engine: bool,
    /// Address of the engine.
    pub engine: Option<String>,
    /// Network of the task; else the engine's default.
    pub network: Option<String>,
    /// When images are pulled.
    pub pull: Pull,
    /// Mounted into the main container.
    pub volumes: Vec<Volume>,
    /// Values for secrets of the task definition: always [`crate::spec::EnvValue::Secret`].
    pub secrets: Vec<EnvVar>,
}

/// `--pull`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Pull {
    /// When the engine does not have the image.
    #[default]
    Missing,
    /// Before every run.
    Always,
    /// Never.
    Never,
}

/// `--volume`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// An absolute path of this machine, or the name of a volume.
    pub source: String,
    /// Absolute path in the container.
    pub target: String,
    /// The container may not write.
    pub read_only: bool,
    /// SELinux: `z`, shared by containers; `Z`, of this one alone.
    pub label: Option<char>,
}

/// How sortie waits, stops and ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSettings {
    /// The task is stopped when it has run longer than this, counted from the launch.
    pub timeout: Option<Duration>,
    /// Time between the stop signal and the kill. On Fargate 2 s to 120 s.
    pub stop_timeout: Option<Duration>,
    /// When a log counts as complete after the task's end.
    pub log_settle: LogSettle,
    /// Whether incomplete logs are an error.
    pub require_complete_logs: bool,
    /// How long launch attempts go on while the platform has no capacity.
    pub capacity_budget: Duration,
    /// What a plugin that fails during the run does to the task.
    pub stop_on_plugin_failure: bool,
}

/// `--log-settle`: the time between the end of the task's execution and the end of its logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogSettle {
    /// [`DEFAULT_LOG_SETTLE`], or less for a stream that has proven to be prompt or silent.
    Auto,
    /// Never less than this; 0 turns the wait off.
    AtLeast(Duration),
}

/// The settle time of [`LogSettle::Auto`].
///
/// CloudWatch Logs gives no bound for the time between a line's acceptance and its showing up;
/// commonly it is well below a second. The time counts from the end of the task's execution, which
/// Fargate tells about 10 s later, so there 5 s cost nothing. Where the end is told at once, a stream
/// that has shown its lines promptly while the task ran, or none for long, is given less
/// (`backend::fargate::logs::settle` has the rule). An account with a lagging region raises it:
/// `--log-settle 30s`.
pub const DEFAULT_LOG_SETTLE: Duration = Duration::from_secs(5);

/// What a person or a program sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputSettings {
    /// Colour on standard error and in container prefixes.
    pub color: ColorChoice,
    /// Text, or one JSON object a line.
    pub format: OutputFormat,
    /// −1 quiet, 0 normal, 1 and more verbose.
    pub verbosity: i8,
}

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ColorChoice {
    /// When the stream is a terminal and `NO_COLOR` is not set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// `--output`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum OutputFormat {
    /// For a person.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// One plugin as the user asked for it.
#[derive(Debug, Clone, PartialEq)]
pub struct PluginSettings {
    /// A first-party name (`redact`) or a path (`./my.wasm`).
    pub source: String,
    /// Configuration for the plugin's `configure`.
    pub config: serde_json::Value,
    /// What the plugin may do, in the grammar of [`crate::plugin::grant`]. `None`: nothing was
    /// said, so a first-party plugin gets its standard grants and any other plugin nothing.
    pub grants: Option<Vec<String>>,
    /// `sha256:HEX` of the component. Required with grants for a plugin that is a file.
    pub digest: Option<String>,
}
