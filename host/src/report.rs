//! The result of a run: what the summary, the JSON output and reporters show.

use std::time::Duration;

use crate::exit::ExitCode;

/// The result of a run, as everybody shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunReport {
    /// Task ARN or process id; empty when no task was created.
    pub id: String,
    /// What sortie ends with.
    pub exit_code: ExitCode,
    /// In one word.
    pub verdict: Verdict,
    /// In plain words.
    pub reason: String,
    /// What to do next; may be empty.
    pub hint: String,
    /// The container whose exit code counted.
    pub main_container: String,
    /// How every container ended.
    pub containers: Vec<ContainerEnd>,
    /// What became of every container's log.
    pub logs: Vec<ContainerLog>,
    /// Durations.
    pub phases: Vec<Phase>,
    /// From the start of the command to its end.
    pub elapsed: Duration,
    /// Pages for a person: name and URL.
    pub links: Vec<(String, String)>,
    /// Failures of plugins, one line each.
    pub plugin_failures: Vec<String>,
}

/// How a run ended, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerEnd {
    /// Its name.
    pub name: String,
    /// Absent when it never ran, or the platform does not know.
    pub exit_code: Option<i32>,
    /// The platform's words; empty when there are none.
    pub reason: String,
    /// The kernel killed it for its memory.
    pub out_of_memory: bool,
}

/// One phase of a task's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phase {
    /// One word.
    pub name: &'static str,
    /// How long it took.
    pub duration: Duration,
}

/// What became of one container's log.
#[derive(Debug, Clone, PartialEq, Eq)]
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
