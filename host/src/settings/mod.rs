//! What the user asked for, wherever it was set.
//!
//! Flags win over the environment (`SORTIE_*`), which wins over `sortie.toml`. The result is one
//! [`Settings`] value with the [`Origin`] of every key, which `sortie plan` shows.
//!
//! - [`reference`]: every setting there is, once.
//! - [`choice`]: values that are one of a few words.
//! - [`layer`]: what one source sets, as text. The command line's parser, [`environment`] and
//!   [`file`](mod@file) make one each.
//! - [`config_file`]: which file is read.
//! - [`merge`]: which source wins.
//! - [`resolve`]: from text to checked values, with [`quantity`], [`env_file`], [`volume`], [`words`],
//!   [`capacity_provider`], [`definition_ref`] and [`plugins`] ([`plugin_ref`], [`places`], [`reporters`]).
//! - [`task_id`]: the id of a launched task, which says where that is.
//! - [`shown`]: the settings for `sortie plan`.

pub mod capacity_provider;
pub mod choice;
pub mod config_file;
pub mod definition_ref;
pub mod env_file;
pub mod environment;
pub mod file;
pub mod layer;
pub mod merge;
pub mod places;
pub mod plugin_ref;
pub mod plugins;
pub mod quantity;
pub mod reference;
pub mod reporters;
pub mod resolve;
pub mod shown;
pub mod task_id;
pub mod volume;
pub mod words;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::ci::Ci;
use crate::ci::CiRun;
use crate::environment::Environment;
use crate::error::Error;
use crate::spec::EnvVar;
use crate::spec::Pair;
use places::ConfigPlaces;
use plugin_ref::PluginRef;
use task_id::TaskId;

/// Everything a run needs to know, checked and complete.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the task runs. Always asked for by name.
    pub backend: BackendKind,
    /// The task that the command is about, where there is one already.
    pub id: Option<TaskId>,
    /// What runs.
    pub task: TaskRequest,
    /// What only Fargate takes.
    pub fargate: FargateSettings,
    /// What only a container engine on this machine takes.
    pub docker: DockerSettings,
    /// How sortie waits, stops and ends.
    pub run: RunSettings,
    /// What a person or a program sees.
    pub output: OutputSettings,
    /// What is masked of it.
    pub secrecy: SecrecySettings,
    /// Which reporters are asked for, in the words of `--reporter`.
    pub reporters: Vec<String>,
    /// Plugins in the order in which they act, reporters that are taken by themselves among them.
    pub plugins: Vec<PluginSettings>,
    /// The configuration file that was read, if one was.
    pub config_file: Option<PathBuf>,
    /// Where each value came from, by its key in `sortie.toml`.
    pub origins: BTreeMap<String, Origin>,
    /// The same as an error names it: `SORTIE_MEMORY`, `sortie.toml:12`.
    pub places: BTreeMap<String, String>,
}

impl Settings {
    /// The error with the place where the setting that it is about was set: in an environment variable or
    /// in the file. A flag is named by the error itself.
    #[must_use]
    pub fn place(&self, error: Error) -> Error {
        let set = error.setting().and_then(|key| Some((self.origins.get(key)?, self.places.get(key)?)));
        match set {
            Some((Origin::Environment(_) | Origin::File(_), place)) => error.on(place),
            _ => error,
        }
    }
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

/// Where a value was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A command-line flag, as written.
    Flag(String),
    /// An environment variable.
    Environment(String),
    /// A key of this configuration file.
    File(PathBuf),
    /// Nowhere; it is sortie's default.
    Default,
}

/// What runs, on whatever back end.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskRequest {
    /// Task definition to run.
    pub task_definition: Option<TaskDefinitionRef>,
    /// Image to run in a task definition that sortie makes; `None` with a task definition.
    pub image: Option<String>,
    /// Images in place of the task definition's own; each container at most once.
    pub images: Vec<ImageChange>,
    /// Family under which sortie registers a task definition; if none, one of sortie's own.
    pub register_as: Option<String>,
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
    /// Tags.
    pub tags: Vec<Pair>,
    /// Who started it.
    pub started_by: Option<String>,
    /// The run of the CI system that starts it, where there is one: who started it, if nobody says otherwise.
    pub ci_run: Option<CiRun>,
}

impl TaskRequest {
    /// `startedBy` where neither the user nor a transform has set one: the step of the CI run.
    pub fn started_by_ci(&self) -> Option<String> {
        Some(self.ci_run.as_ref()?.started_by(self.name.as_deref()))
    }
}

/// An image in place of the one that a container of the task definition has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageChange {
    /// The container; `None`: the main one.
    pub container: Option<String>,
    /// Its image.
    pub image: String,
}

/// How the user names a task definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskDefinitionRef {
    /// `family`, `family:revision` or an ARN.
    Registered(String),
    /// `file:PATH`.
    File(DefinitionFile),
}

/// A task definition in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionFile {
    /// Where it is.
    pub path: PathBuf,
    /// The environment from which `${NAME}` in the file is taken; `None`: it stays as it is.
    pub variables: Option<Environment>,
}

/// Where a task runs on Fargate, and what it is made of there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FargateSettings {
    /// Cluster name or ARN.
    pub cluster: Option<String>,
    /// Region; if none, the one that the SDK finds (environment, profile, instance).
    pub region: Option<String>,
    /// Subnets that the task is attached to.
    pub subnets: Vec<String>,
    /// Security groups of its network interface.
    pub security_groups: Vec<String>,
    /// Whether it gets a public address.
    pub assign_public_ip: bool,
    /// `FARGATE` or `FARGATE_SPOT` (or a named provider), optionally `NAME=WEIGHT[,BASE]`.
    pub capacity_providers: Vec<String>,
    /// Platform version; if none, the platform's default (`LATEST`).
    pub platform_version: Option<String>,
    /// Disk of the task, GiB.
    pub ephemeral_storage: Option<u32>,
    /// Role of the task's own code, name or ARN.
    pub task_role: Option<String>,
    /// Role that pulls the image, reads secrets and writes logs; name or ARN.
    pub execution_role: Option<String>,
    /// Log group of a task definition that sortie registers.
    pub log_group: Option<String>,
    /// What ends the task at its time when sortie is gone.
    pub deadline_guard: DeadlineGuard,
    /// Image of the guard that is a container; if none, a public one.
    pub deadline_guard_image: Option<String>,
    /// ARN of the role of the guard that is a schedule.
    pub deadline_guard_role: Option<String>,
}

/// `--deadline-guard`: what ends a task at `--timeout` when nobody is left who would.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeadlineGuard {
    /// Nothing: the task goes on.
    #[default]
    None,
    /// An essential container that ends.
    Sidecar,
    /// A shell around the task's command.
    Shell,
    /// A schedule of EventBridge Scheduler that stops the task.
    Schedule,
}

/// Where and how a task runs in a container engine on this machine.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DockerSettings {
    /// Whether any engine that answers will do (`--backend auto`), not only Docker's.
    pub any_engine: bool,
    /// Address of the engine.
    pub engine: Option<String>,
    /// Network of the task; if none, the engine's default.
    pub network: Option<String>,
    /// When images are pulled.
    pub pull: Pull,
    /// Mounted into the main container.
    pub volumes: Vec<Volume>,
    /// Values for secrets of the task definition: always [`crate::spec::EnvValue::Secret`].
    pub secrets: Vec<EnvVar>,
}

/// `--pull`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
    /// The container cannot write to it.
    pub read_only: bool,
    /// SELinux label: `z`, shared by containers; `Z`, private to this one.
    pub label: Option<char>,
}

/// How sortie waits, stops and ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSettings {
    /// The task is stopped when it has run longer than this, counted from the launch.
    pub timeout: Option<Duration>,
    /// Time between the stop signal and the kill; bounded by the back end.
    pub stop_timeout: Option<Duration>,
    /// When a log counts as complete after the task's end.
    pub log_settle: LogSettle,
    /// Whether incomplete logs are an error.
    pub require_complete_logs: bool,
    /// A file that holds the whole log, as the filters left it.
    pub log_file: Option<PathBuf>,
    /// Whether values that the task prints (`sortie:output NAME=VALUE`) are passed on.
    pub outputs: bool,
    /// A file that holds the id of the task while it runs.
    pub id_file: Option<PathBuf>,
    /// How long to keep trying to launch while the platform has no capacity.
    pub capacity_budget: Duration,
    /// Whether a plugin that fails during the run stops the task.
    pub stop_on_plugin_failure: bool,
    /// Whether the task outlives the command that launches it.
    pub detached: bool,
    /// Whether a task that the same step has launched before, and that still runs, is attached to instead.
    pub reattach: bool,
}

/// `--log-settle`: the time between the end of the task's execution and the end of its logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogSettle {
    /// [`DEFAULT_LOG_SETTLE`], or less for a stream that has proven to be prompt or silent.
    Auto,
    /// At least this; 0 turns the wait off.
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OutputSettings {
    /// Colour on standard error and in container prefixes.
    pub color: ColorChoice,
    /// Text, or one JSON object per line.
    pub format: OutputFormat,
    /// The time before each log line, in text.
    pub timestamps: bool,
    /// −1 quiet, 0 normal, 1 and above verbose.
    pub verbosity: i8,
    /// How much of the log is printed, in text.
    pub log_limit: LogLimit,
    /// How long nothing may be printed before a line says that sortie still waits; zero: for ever. `None`:
    /// what suits the CI system.
    pub heartbeat: Option<Duration>,
    /// The CI system whose readers are guarded against; `None`: the one that the environment tells.
    pub ci: Option<Ci>,
}

/// `--log-limit`: how much of a log is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogLimit {
    /// What the CI system keeps.
    #[default]
    Auto,
    /// All of it.
    None,
    /// So many bytes.
    Bytes(u64),
}

/// What is masked besides what sortie knows by itself to be secret.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SecrecySettings {
    /// `--mask`: variables of this environment, always [`crate::spec::EnvValue::Secret`].
    pub mask: Vec<EnvVar>,
    /// `--no-redact`: nothing is masked.
    pub off: bool,
}

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OutputFormat {
    /// For a person.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// One plugin as the user asked for it.
#[derive(Clone, PartialEq)]
pub struct PluginSettings {
    /// What the user calls it, if not as it calls itself: one component can be several plugins.
    pub name: Option<String>,
    /// What it is loaded from: a first-party name (`redact`) or a path (`./my.wasm`).
    pub source: PluginRef,
    /// Where it was asked for, as an error names it; empty where it was not a user who did.
    pub at: String,
    /// Why it is taken, where it was not asked for by its name as a plugin; else empty.
    pub why: String,
    /// Configuration for the plugin's `configure`. It may hold secrets, such as the values that
    /// `redact` masks.
    pub config: serde_json::Value,
    /// Where the parts of the configuration were set.
    pub places: ConfigPlaces,
    /// What the plugin may do, in the grammar of [`crate::plugin::Grant`]. `None`: nothing was
    /// granted or refused, so a first-party plugin gets its standard grants and any other plugin nothing.
    pub grants: Option<Vec<String>>,
    /// `sha256:HEX` of the component. Required with grants for a plugin that is a file.
    pub digest: Option<String>,
}

impl PluginSettings {
    /// A plugin of which nothing but its source was said.
    pub fn new(source: PluginRef) -> Self {
        Self {
            name: None,
            source,
            at: String::new(),
            why: String::new(),
            config: serde_json::Value::Object(serde_json::Map::new()),
            places: ConfigPlaces::default(),
            grants: None,
            digest: None,
        }
    }

    /// What the user knows it by: the name, else what it is loaded from. No other plugin of a run has the
    /// same.
    pub fn handle(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.source.to_string())
    }
}

impl std::fmt::Debug for PluginSettings {
    /// Without the configuration, which may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, source, at: _, why: _, config: _, places: _, grants, digest } = self;
        f.debug_struct("PluginSettings")
            .field("name", name)
            .field("source", source)
            .field("grants", grants)
            .field("digest", digest)
            .finish_non_exhaustive()
    }
}
