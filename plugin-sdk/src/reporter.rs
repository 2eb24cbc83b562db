//! Reporters: events in, effects out.

use serde::de::DeserializeOwned;

use crate::About;
use crate::Batch;
use crate::Diagnostic;
use crate::Setup;
use crate::transform::Pair;

/// Tells a CI system (or anything else) what happened.
pub trait Reporter: Sized {
    /// The configuration; [`crate::NoConfig`] when there is none.
    type Config: DeserializeOwned + Default;

    /// Name, version and needs.
    fn about() -> About;

    /// Makes the plugin from its configuration. Called once, before anything is launched.
    ///
    /// # Errors
    /// What is wrong with the configuration; the run does not start.
    fn configure(config: Self::Config, setup: &mut Setup<'_>) -> Result<Self, Diagnostic>;

    /// Text that the CI system would take for a command if a log line held it.
    fn markers(&self) -> Vec<Marker> {
        Vec::new()
    }

    /// Something happened. By default each event goes to the method named after it.
    fn report(&mut self, event: &Event, effects: &mut dyn Effects) {
        match event {
            Event::Planned(planned) => self.planned(planned, effects),
            Event::Launched(launched) => self.launched(launched, effects),
            Event::StateChanged(change) => self.state_changed(change, effects),
            Event::LogLines(lines) => self.log_lines(lines, effects),
            Event::Finished(finished) => self.finished(finished, effects),
        }
    }

    /// The task is known and checked; nothing is launched yet.
    fn planned(&mut self, planned: &Planned, effects: &mut dyn Effects) {
        let _ = (planned, effects);
    }

    /// The task exists.
    fn launched(&mut self, launched: &Launched, effects: &mut dyn Effects) {
        let _ = (launched, effects);
    }

    /// The platform reports another state.
    fn state_changed(&mut self, change: &StateChanged, effects: &mut dyn Effects) {
        let _ = (change, effects);
    }

    /// Log lines, after all filters; only with [`crate::Need::LogLines`].
    fn log_lines(&mut self, lines: &LogLines, effects: &mut dyn Effects) {
        let _ = (lines, effects);
    }

    /// The run has ended; nothing follows.
    fn finished(&mut self, finished: &Finished, effects: &mut dyn Effects) {
        let _ = (finished, effects);
    }
}

/// What a reporter may do, each only when it was granted.
pub trait Effects {
    /// Writes one line to the CI system's command channel, between log lines.
    ///
    /// # Errors
    /// Not granted, more than the host's limit, or not one line.
    fn command(&mut self, line: &str) -> Result<(), EffectError>;

    /// Appends to the file granted under this name.
    ///
    /// # Errors
    /// Not granted, more than the host's limit, or the file cannot be written.
    fn append(&mut self, file: &str, bytes: &[u8]) -> Result<(), EffectError>;
}

/// Why an effect did not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EffectError {
    /// Not granted to this plugin.
    Denied,
    /// More than the host's limit for one call or for the run.
    TooLarge,
    /// A command line with a line break in it.
    NotOneLine,
    /// The file could not be opened or written; the reason.
    Io(String),
}

impl std::fmt::Display for EffectError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Denied => f.write_str("it is not granted"),
            Self::TooLarge => f.write_str("it is larger than the limit"),
            Self::NotOneLine => f.write_str("it is not one line"),
            Self::Io(reason) => f.write_str(reason),
        }
    }
}

/// Text that the CI system would take for a command. The host breaks it, with a backslash after
/// its first byte, in every log line it prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// The text.
    pub text: String,
    /// Only where nothing but white space stands before it, on a line or after a carriage return;
    /// otherwise anywhere.
    pub line_start: bool,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The task is known and checked.
    Planned(Planned),
    /// The task exists.
    Launched(Launched),
    /// The platform reports another state.
    StateChanged(StateChanged),
    /// Log lines.
    LogLines(LogLines),
    /// The run has ended.
    Finished(Finished),
}

/// See [`Event::Planned`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Planned {
    /// Family or name of the task.
    pub name: String,
    /// `fargate`, `process`, …
    pub backend: String,
    /// Names of all containers.
    pub containers: Vec<String>,
    /// The container whose exit code counts.
    pub main_container: String,
    /// One line each.
    pub warnings: Vec<String>,
}

/// See [`Event::Launched`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Launched {
    /// The run's id: a task ARN on Fargate.
    pub id: String,
    /// Console page of the task; empty when there is none.
    pub url: String,
}

/// See [`Event::StateChanged`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StateChanged {
    /// The platform's own word, in lower case.
    pub state: String,
    /// Milliseconds since the run began.
    pub elapsed: u64,
}

/// See [`Event::LogLines`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogLines {
    /// Whose lines.
    pub container: String,
    /// The lines, a newline between.
    pub bytes: Vec<u8>,
    /// End of each line.
    pub ends: Vec<u32>,
}

impl LogLines {
    /// The lines as a batch.
    pub fn batch(&self) -> Batch<'_> {
        Batch::new(&self.bytes, &self.ends, false)
    }
}

/// How one container ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContainerResult {
    /// Its name.
    pub name: String,
    /// `None`: it has none (it never started, or the platform does not know).
    pub exit_code: Option<i32>,
    /// In the platform's words; may be empty.
    pub reason: String,
}

/// A part of the run's time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Phase {
    /// What went on.
    pub name: String,
    /// Milliseconds.
    pub duration: u64,
}

/// See [`Event::Finished`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finished {
    /// The run's id; empty when no task was created.
    pub id: String,
    /// The exit code that sortie will end with.
    pub exit_code: u8,
    /// `succeeded`, `failed`, `out-of-memory`, `never-started`, `no-capacity`, `interrupted`,
    /// `timed-out`, `cancelled`, `plugin-failed`, `logs-incomplete`, `error`.
    pub verdict: String,
    /// In plain words.
    pub reason: String,
    /// What to do next; may be empty.
    pub hint: String,
    /// How every container ended.
    pub containers: Vec<ContainerResult>,
    /// Durations, in order.
    pub phases: Vec<Phase>,
    /// Lines printed.
    pub log_lines: u64,
    /// Their bytes.
    pub log_bytes: u64,
    /// Whether no line is missing.
    pub logs_complete: bool,
    /// Pages for a person: name and URL.
    pub links: Vec<Pair>,
}
