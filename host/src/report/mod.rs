//! The result of a run: what the summary, the JSON output and reporters show.
//!
//! - [`plan`]: what a run would do, which `sortie plan` shows.

pub mod examination;
pub mod plan;

use std::collections::BTreeMap;
use std::time::Duration;
use std::time::SystemTime;

use serde::Deserialize;
use serde::Serialize;

use crate::event::change_id;
use crate::event::millis;
use crate::event::number;
use crate::event::optional_rfc3339;
use crate::event::text_as_list;
use crate::event::text_or_null;
use crate::exit::ExitCode;
#[cfg(test)]
use crate::output::json::schema::Timestamp;

/// The result of a run, as everybody shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RunReport {
    /// Task ARN or process id; none when no task was created.
    #[serde(with = "text_or_null")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub id: String,
    /// What sortie ends with.
    pub exit_code: ExitCode,
    /// In one word.
    pub verdict: Verdict,
    /// In plain words.
    #[serde(with = "text_or_null")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub reason: String,
    /// What to do next, if anything is known.
    #[serde(rename = "hints", with = "text_as_list")]
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub hint: String,
    /// The container whose exit code counted.
    pub main_container: String,
    /// How every container ended.
    pub containers: Vec<ContainerEnd>,
    /// What became of every container's log.
    pub logs: Vec<ContainerLog>,
    /// Durations.
    pub phases: Vec<Phase>,
    /// The steps of the task's own work that filters found in its logs, in their order.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// What the task has printed for later steps (`sortie:output NAME=VALUE`), where that was asked for.
    #[serde(default)]
    pub outputs: BTreeMap<String, String>,
    /// Pages for a person. The first is the task's.
    pub links: Vec<Link>,
    /// Failures of plugins, one line each.
    pub plugin_failures: Vec<String>,
    /// What filters counted in the logs, and sortie itself (as plugin `sortie`).
    #[serde(default)]
    pub counters: Vec<PluginCounter>,
    /// The last lines of each log, for reporters. A reader of JSON has all lines.
    #[serde(skip)]
    pub tails: Vec<LogTail>,
}

impl RunReport {
    /// Gives each text of it to `change`; see [`EventKind::change_texts`](crate::event::EventKind::change_texts).
    pub fn change_texts(&mut self, change: &mut dyn FnMut(&mut String)) {
        let Self {
            id,
            exit_code: _,
            verdict: _,
            reason,
            hint,
            main_container,
            containers,
            logs,
            phases: _,
            steps,
            outputs,
            links,
            plugin_failures,
            counters,
            tails,
        } = self;
        change_id(id, change);
        [reason, hint, main_container].into_iter().for_each(&mut *change);
        for ContainerEnd { name, exit_code: _, reason, out_of_memory: _ } in containers {
            change(name);
            change(reason);
        }
        for ContainerLog { container, lines: _, bytes: _, incomplete, waited: _ } in logs {
            change(container);
            incomplete.iter_mut().for_each(&mut *change);
        }
        for Step { container, index: _, title, started_at: _, duration: _, last: _ } in steps {
            change(container);
            change(title);
        }
        outputs.values_mut().for_each(&mut *change);
        for Link { name, url, container: _ } in links {
            change(name);
            change(url);
        }
        plugin_failures.iter_mut().for_each(&mut *change);
        counters.iter_mut().for_each(|counter| change(&mut counter.container));
        for LogTail { container, lines, before: _ } in tails {
            change(container);
            lines.iter_mut().for_each(&mut *change);
        }
    }
}

/// The last lines of one container's log, as the filters left them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogTail {
    /// The container's name.
    pub container: String,
    /// Text, of which the last one may be unfinished. Long ones are cut.
    pub lines: Vec<String>,
    /// Lines before them.
    pub before: u64,
}

/// A number that a filter counted in one container's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PluginCounter {
    /// The filter's name.
    pub plugin: String,
    /// The container's name.
    pub container: String,
    /// Its index.
    #[serde(rename = "containerIndex")]
    pub index: usize,
    /// Lower-case letters, digits and hyphens.
    pub name: String,
    /// A finite number.
    #[serde(serialize_with = "number")]
    pub value: f64,
}

/// How a run ended, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Exit code 0.
    Succeeded,
    /// The container's own code.
    Failed,
    /// Killed for its memory.
    OutOfMemory,
    /// Never started.
    NeverStarted,
    /// No capacity.
    NoCapacity,
    /// Taken away by the platform.
    Interrupted,
    /// `--timeout`.
    TimedOut,
    /// A signal to sortie.
    Cancelled,
    /// A plugin refused or failed closed.
    PluginFailed,
    /// `--require-complete-logs`.
    LogsIncomplete,
    /// sortie or the API.
    Error,
}

impl Verdict {
    /// The word that JSON output and reporters use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::OutOfMemory => "out-of-memory",
            Self::NeverStarted => "never-started",
            Self::NoCapacity => "no-capacity",
            Self::Interrupted => "interrupted",
            Self::TimedOut => "timed-out",
            Self::Cancelled => "cancelled",
            Self::PluginFailed => "plugin-failed",
            Self::LogsIncomplete => "logs-incomplete",
            Self::Error => "error",
        }
    }
}

/// How one container ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ContainerEnd {
    /// Its name.
    pub name: String,
    /// None when it never ran, or the platform does not know.
    pub exit_code: Option<i32>,
    /// The platform's words, if there are any.
    #[serde(with = "text_or_null")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub reason: String,
    /// The kernel killed it for its memory.
    pub out_of_memory: bool,
}

/// One phase of a task's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Phase {
    /// Which.
    pub name: PhaseName,
    /// When it began, by the platform's clock.
    #[serde(rename = "startedAt", default, with = "optional_rfc3339")]
    #[cfg_attr(test, schemars(with = "Option<Timestamp>"))]
    pub started_at: Option<SystemTime>,
    /// How long it took; whole milliseconds in JSON.
    #[serde(rename = "durationMs", with = "millis")]
    #[cfg_attr(test, schemars(with = "u64"))]
    pub duration: Duration,
}

impl Phase {
    /// A phase of which only the duration is known.
    pub fn lasting(name: PhaseName, duration: Duration) -> Self {
        Self { name, started_at: None, duration }
    }

    /// A phase that began so long ago, by this machine's clock.
    #[must_use]
    pub fn begun(mut self, ago: Duration) -> Self {
        self.started_at = SystemTime::now().checked_sub(ago);
        self
    }
}

/// A step of the task's own work, as its log tells it: from a line that a filter has labelled `phase` to the
/// next one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The container's name.
    pub container: String,
    /// Its index.
    #[serde(rename = "containerIndex")]
    pub index: usize,
    /// The step, in one line.
    pub title: String,
    /// When its first line was written, by the platform's clock.
    #[serde(with = "optional_rfc3339")]
    #[cfg_attr(test, schemars(with = "Option<Timestamp>"))]
    pub started_at: Option<SystemTime>,
    /// How long it took; whole milliseconds in JSON.
    #[serde(rename = "durationMs", with = "millis")]
    #[cfg_attr(test, schemars(with = "u64"))]
    pub duration: Duration,
    /// No other step of the container has followed: the container ended in this one.
    pub last: bool,
}

/// The phases that back ends and sortie itself tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PhaseName {
    /// From the start of the command to the platform's answer.
    Launch,
    /// The platform finds a place for the task.
    Provisioning,
    /// Images are pulled.
    Pull,
    /// The task's own code runs.
    Run,
    /// The platform takes the task down.
    Stop,
    /// The rest of the log is read.
    Drain,
}

impl PhaseName {
    /// The word that the summary and JSON output use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Launch => "launch",
            Self::Provisioning => "provisioning",
            Self::Pull => "pull",
            Self::Run => "run",
            Self::Stop => "stop",
            Self::Drain => "drain",
        }
    }
}

/// A page for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Link {
    /// What it shows.
    pub name: String,
    /// Its address.
    pub url: String,
    /// The container whose log it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
}

/// What became of one container's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(with = "WrittenLog"))]
#[serde(from = "WrittenLog", into = "WrittenLog")]
pub struct ContainerLog {
    /// Its name.
    pub container: String,
    /// Lines received from the platform.
    pub lines: u64,
    /// Bytes of these lines, newlines excluded.
    pub bytes: u64,
    /// `None`: complete. Else why not, in plain words with what to do.
    pub incomplete: Option<String>,
    /// How long after the end of the task's execution the log was still read, where a platform never
    /// says that a log has ended: the longer, the surer. `None`: it says so, or the end was not seen.
    pub waited: Option<Duration>,
}

impl ContainerLog {
    /// A log of which everything was read.
    pub fn complete(container: impl Into<String>, lines: u64, bytes: u64) -> Self {
        Self { container: container.into(), lines, bytes, incomplete: None, waited: None }
    }
}

/// A [`ContainerLog`] in JSON: completeness is a field of its own there.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct WrittenLog {
    /// The container's name.
    container: String,
    /// Lines received from the platform.
    lines: u64,
    /// Bytes of these lines, newlines excluded.
    bytes: u64,
    /// Whether everything was read.
    complete: bool,
    /// Why not, in plain words with what to do.
    incomplete_reason: Option<String>,
    /// How long after the end of the task's execution the log was still read, where a platform never says
    /// that a log has ended.
    waited_ms: Option<u64>,
}

impl From<ContainerLog> for WrittenLog {
    fn from(log: ContainerLog) -> Self {
        Self {
            container: log.container,
            lines: log.lines,
            bytes: log.bytes,
            complete: log.incomplete.is_none(),
            incomplete_reason: log.incomplete,
            waited_ms: log.waited.map(|waited| u64::try_from(waited.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

impl From<WrittenLog> for ContainerLog {
    fn from(written: WrittenLog) -> Self {
        let incomplete = written.incomplete_reason.or((!written.complete).then(String::new));
        Self {
            container: written.container,
            lines: written.lines,
            bytes: written.bytes,
            incomplete,
            waited: written.waited_ms.map(Duration::from_millis),
        }
    }
}
