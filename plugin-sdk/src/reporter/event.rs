//! What happens in a run.
//!
//! A test makes an event of what happened (`Event::new(Launched::new("id"))`) and sets the fields that it is
//! about.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::Counter;
use crate::Lines;
use crate::Pair;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// When, by the clock of the machine that runs sortie. Milliseconds since the Unix epoch.
    pub at_ms: f64,
    /// Milliseconds since the run began, by a clock that never jumps.
    pub elapsed_ms: f64,
    /// Index of the task in the run; 0 where there is one.
    pub task: u32,
    /// Which attempt at it, from 1. A task that could not be placed, or was taken away, may be launched again
    /// as the next attempt.
    pub attempt: u32,
    /// What happened.
    pub what: Happening,
}

impl Event {
    /// Something that happened at the very start, in the first attempt at the only task.
    pub fn new(what: impl Into<Happening>) -> Self {
        Self { at_ms: 0.0, elapsed_ms: 0.0, task: 0, attempt: 1, what: what.into() }
    }

    /// The same, so long after the run began.
    #[must_use]
    pub fn after(mut self, elapsed: Duration) -> Self {
        self.elapsed_ms = elapsed.as_secs_f64() * 1e3;
        self
    }

    /// The same in another attempt.
    #[must_use]
    pub fn in_attempt(mut self, attempt: u32) -> Self {
        self.attempt = attempt;
        self
    }

    /// Time since the run began.
    pub fn elapsed(&self) -> Duration {
        duration(self.elapsed_ms)
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Happening {
    /// The task is known and checked; nothing is launched yet.
    Planned(Planned),
    /// The task exists. Once for each attempt.
    Launched(Launched),
    /// The platform reports another state.
    StateChanged(StateChanged),
    /// Something a person should know, that stops nothing.
    Warning(String),
    /// Something did not succeed and is tried again.
    Retrying(Retrying),
    /// sortie asks the platform to stop the task; why.
    Stopping(String),
    /// Lines of one container, as the filters left them.
    LogLines(LogLines),
    /// A container's log has ended, and a filter said something of it.
    Filtered(Filtered),
    /// Time has passed.
    Tick,
    /// The run has ended; nothing follows.
    Finished(Finished),
    /// Something that this version has no case for.
    Other(Other),
}

impl Happening {
    /// The name by which a reporter asks for it, which is also its `type` in JSON output: `planned`,
    /// `launched`, `state`, `warning`, `retrying`, `stopping`, `log`, `filtered`, `tick`, `finished`, or the
    /// name that [`Other`] has.
    pub fn name(&self) -> &str {
        match self {
            Self::Planned(_) => "planned",
            Self::Launched(_) => "launched",
            Self::StateChanged(_) => "state",
            Self::Warning(_) => "warning",
            Self::Retrying(_) => "retrying",
            Self::Stopping(_) => "stopping",
            Self::LogLines(_) => "log",
            Self::Filtered(_) => "filtered",
            Self::Tick => "tick",
            Self::Finished(_) => "finished",
            Self::Other(other) => &other.name,
        }
    }
}

/// Lets what happened stand for an event of it.
macro_rules! happening {
    ($($case:ident),*) => {$(
        impl From<$case> for Happening {
            fn from(what: $case) -> Self {
                Self::$case(what)
            }
        }
    )*};
}

happening!(Planned, Launched, StateChanged, Retrying, LogLines, Filtered, Finished, Other);

/// The task is known and checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Planned {
    /// Family or name of the task.
    pub name: String,
    /// As [`crate::Context::backend`].
    pub backend: String,
    /// Names of the containers that will run. Other events count containers by this list.
    pub containers: Vec<String>,
    /// Index of the container whose exit code counts.
    pub main_container: u32,
    /// One line each.
    pub warnings: Vec<String>,
}

impl Planned {
    /// A task of these containers, of which the first one's exit code counts.
    pub fn new<S: Into<String>>(name: impl Into<String>, containers: impl IntoIterator<Item = S>) -> Self {
        let containers = containers.into_iter().map(Into::into).collect();
        Self { name: name.into(), containers, ..Self::default() }
    }

    /// Name of the container whose exit code counts.
    pub fn main_container_name(&self) -> Option<&str> {
        self.containers.get(self.main_container as usize).map(String::as_str)
    }
}

/// The task exists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Launched {
    /// A task ARN on Fargate.
    pub id: String,
    /// Console page of the task.
    pub url: Option<String>,
}

impl Launched {
    /// A task of this id.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), url: None }
    }
}

/// The platform reports another state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StateChanged {
    /// How far the task has come, the same words on every platform: `starting`, `running`, `stopping`,
    /// `stopped`. The set may grow.
    pub stage: String,
    /// The platform's own word, in lower case.
    pub state: String,
}

impl StateChanged {
    /// This stage, which the platform calls so.
    pub fn new(stage: impl Into<String>, state: impl Into<String>) -> Self {
        Self { stage: stage.into(), state: state.into() }
    }
}

/// Something did not succeed and is tried again.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Retrying {
    /// What the platform said.
    pub reason: String,
    /// Milliseconds until it is tried again.
    pub delay_ms: f64,
}

impl Retrying {
    /// Tried again at once.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), delay_ms: 0.0 }
    }

    /// Time until it is tried again.
    pub fn delay(&self) -> Duration {
        duration(self.delay_ms)
    }
}

/// Lines of one container.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct LogLines {
    /// Index of the container.
    pub container: u32,
    /// Its name.
    pub name: String,
    /// The lines, before anything is made harmless for the CI system's log: escape what you write.
    pub lines: Lines,
}

impl LogLines {
    /// Lines of the first container.
    pub fn new(name: impl Into<String>, lines: Lines) -> Self {
        Self { container: 0, name: name.into(), lines }
    }
}

/// A container's log has ended, and a filter said something of it.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Filtered {
    /// The filter's name.
    pub filter: String,
    /// Index of the container.
    pub container: u32,
    /// One line each.
    pub notes: Vec<String>,
    /// What it counted.
    pub counters: Vec<Counter>,
}

impl Filtered {
    /// By this filter, of the first container's log.
    pub fn new(filter: impl Into<String>) -> Self {
        Self { filter: filter.into(), ..Self::default() }
    }
}

/// How one container ended.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ContainerEnd {
    /// Its name.
    pub name: String,
    /// `None`: it has none (it never ran, or the platform does not know).
    pub exit_code: Option<i32>,
    /// In the platform's words; may be empty.
    pub reason: String,
    /// The kernel killed it for its memory.
    pub out_of_memory: bool,
    /// Lines of its log, before filters.
    pub log_lines: f64,
    /// Their bytes, newlines excluded.
    pub log_bytes: f64,
    /// `None`: its log is complete. Else why not.
    pub log_incomplete: Option<String>,
}

impl ContainerEnd {
    /// A container that ended with this code.
    pub fn new(name: impl Into<String>, exit_code: Option<i32>) -> Self {
        Self { name: name.into(), exit_code, ..Self::default() }
    }
}

/// A part of the run's time.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Phase {
    /// `launch`, `provisioning`, `pull`, `run`, `stop`, `drain`. The set may grow.
    pub name: String,
    /// When it began, where that is known, by the platform's clock. Milliseconds since the Unix epoch.
    pub started_at_ms: Option<f64>,
    /// How long it took.
    pub duration_ms: f64,
}

impl Phase {
    /// A phase that took so long.
    pub fn new(name: impl Into<String>, duration_ms: f64) -> Self {
        Self { name: name.into(), started_at_ms: None, duration_ms }
    }

    /// How long it took.
    pub fn duration(&self) -> Duration {
        duration(self.duration_ms)
    }
}

/// A page for a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Link {
    /// What is there.
    pub name: String,
    /// Where it is.
    pub url: String,
}

impl Link {
    /// A page by its name.
    pub fn new(name: impl Into<String>, url: impl Into<String>) -> Self {
        Self { name: name.into(), url: url.into() }
    }
}

/// What a plugin counted in one container's log.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct PluginCounter {
    /// The plugin's name.
    pub plugin: String,
    /// Index of the container.
    pub container: u32,
    /// What it counted.
    pub counter: Counter,
}

impl PluginCounter {
    /// Of the first container's log.
    pub fn new(plugin: impl Into<String>, counter: Counter) -> Self {
        Self { plugin: plugin.into(), container: 0, counter }
    }
}

/// The run has ended.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Finished {
    /// The task's id; empty when none was created.
    pub id: String,
    /// What sortie will end with, 0 to 255.
    pub exit_code: u32,
    /// `succeeded`, `failed`, `out-of-memory`, `never-started`, `no-capacity`, `interrupted`, `timed-out`,
    /// `cancelled`, `plugin-failed`, `logs-incomplete`, `error`. The set may grow; what is not `succeeded`
    /// did not succeed.
    pub verdict: String,
    /// In plain words.
    pub reason: String,
    /// What to do next; may be empty.
    pub hint: String,
    /// Name of the container whose exit code counted.
    pub main_container: String,
    /// How every container ended, in the task's order.
    pub containers: Vec<ContainerEnd>,
    /// Where the time went, in order.
    pub phases: Vec<Phase>,
    /// Milliseconds of the whole run.
    pub elapsed_ms: f64,
    /// Console pages of the task, of each container's log.
    pub links: Vec<Link>,
    /// Plugins that failed, one line each.
    pub plugin_failures: Vec<String>,
    /// What filters counted.
    pub counters: Vec<PluginCounter>,
    /// What later versions tell; [`Finished::log_tails`] reads one of them.
    pub more: Vec<Pair>,
}

/// The last lines of one container's log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct LogTail {
    /// The container's name.
    pub container: String,
    /// The lines, as the filters left them and before anything is made harmless: escape what you write. Long
    /// ones are cut.
    pub lines: Vec<String>,
    /// Lines of the log before them.
    pub before: u64,
}

impl LogTail {
    /// A whole log.
    pub fn new<S: Into<String>>(container: impl Into<String>, lines: impl IntoIterator<Item = S>) -> Self {
        let lines = lines.into_iter().map(Into::into).collect();
        Self { container: container.into(), lines, before: 0 }
    }
}

impl Finished {
    /// A run with this verdict that sortie ends with this code.
    pub fn new(verdict: impl Into<String>, exit_code: u32) -> Self {
        Self { verdict: verdict.into(), exit_code, ..Self::default() }
    }

    /// Whether the run succeeded.
    pub fn succeeded(&self) -> bool {
        self.verdict == "succeeded"
    }

    /// Time of the whole run.
    pub fn elapsed(&self) -> Duration {
        duration(self.elapsed_ms)
    }

    /// Lines of all logs, before filters.
    pub fn log_lines(&self) -> f64 {
        self.containers.iter().map(|container| container.log_lines).sum()
    }

    /// Their bytes, newlines excluded.
    pub fn log_bytes(&self) -> f64 {
        self.containers.iter().map(|container| container.log_bytes).sum()
    }

    /// Whether no line of any log is missing.
    pub fn logs_complete(&self) -> bool {
        self.containers.iter().all(|container| container.log_incomplete.is_none())
    }

    /// The last lines of each container's log, at most 50 each, in the task's order. Empty where sortie tells
    /// none. No [log lines](crate::Need::log_lines) have to be granted for them.
    pub fn log_tails(&self) -> Vec<LogTail> {
        self.more("log-tails").and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }

    /// The same with these last lines, for tests.
    #[must_use]
    pub fn with_log_tails(mut self, tails: &[LogTail]) -> Self {
        // Texts and numbers can always be written.
        self.more.push(Pair::new("log-tails", serde_json::to_string(tails).unwrap_or_default()));
        self
    }

    /// What later versions tell, by name.
    pub fn more(&self, name: &str) -> Option<&str> {
        self.more.iter().find(|pair| pair.name == name).map(|pair| pair.value.as_str())
    }
}

/// Something that this version has no case for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Other {
    /// The name by which a reporter asks for it.
    pub name: String,
    /// A JSON object: what JSON output has for it.
    pub json: String,
}

impl Other {
    /// An event of this name.
    pub fn new(name: impl Into<String>, json: impl Into<String>) -> Self {
        Self { name: name.into(), json: json.into() }
    }
}

/// Milliseconds as a duration. What is no duration (negative, not a number) is none.
fn duration(milliseconds: f64) -> Duration {
    Duration::try_from_secs_f64(milliseconds / 1e3).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_read_as_the_host_writes_them() {
        let mut finished = Finished::new("failed", 1);
        assert_eq!(finished.log_tails(), []);
        let json = r#"[{"container":"app","lines":["a\u001b[0m",""],"before":7,"later":{}},{"lines":[]}]"#;
        finished.more = vec![Pair::new("log-tails", json)];
        let tails = finished.log_tails();
        let app = LogTail { before: 7, ..LogTail::new("app", ["a\u{1b}[0m", ""]) };
        assert_eq!(tails, [app, LogTail::default()]);
        assert_eq!(Finished::default().with_log_tails(&tails).log_tails(), tails);
        finished.more = vec![Pair::new("log-tails", "[{]")];
        assert_eq!(finished.log_tails(), []);
    }
}
