//! Reporters: events go in, effects come out through host calls.

use std::sync::Arc;

use super::describe::Diagnostic;
use crate::event::Event;
use crate::event::EventKind;
use crate::plugin::About;
use crate::plugin::abi::ReporterGuest;
use crate::plugin::runtime::error::Failure;
use crate::plugin::runtime::error::PluginError;
use crate::plugin::runtime::limits::Limits;
use crate::report::RunReport;

/// A loaded and configured reporter.
pub struct Reporter {
    pub(crate) about: Arc<About>,
    guest: Box<dyn ReporterGuest>,
    markers: Vec<Marker>,
    log_lines: bool,
}

/// Text that the CI system would take for a command if a log line held it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// The text; never empty.
    pub text: String,
    /// Only where nothing but white space stands before it, on a line or after a carriage
    /// return; otherwise anywhere.
    pub line_start: bool,
}

/// What a reporter is told; `wit/reporter.wit` says more about each field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReporterEvent {
    /// The task is known and checked; nothing is launched yet.
    Planned {
        /// Family or name of the task.
        name: String,
        /// `fargate`, `process`.
        backend: String,
        /// Names of all containers.
        containers: Vec<String>,
        /// The container whose exit code counts.
        main_container: String,
        /// One line each.
        warnings: Vec<String>,
    },
    /// The task exists.
    Launched {
        /// The run's id.
        id: String,
        /// Console page; empty when there is none.
        url: String,
    },
    /// The platform reports another state.
    StateChanged {
        /// The platform's word in lower case.
        state: String,
        /// Milliseconds since the run began.
        elapsed: u64,
    },
    /// Lines of one container after all filters, in the shape of a
    /// [`LineBatch`](sortie_lines::LineBatch). Only for reporters that want them.
    LogLines {
        /// Whose lines.
        container: String,
        /// The lines, each followed by one newline.
        bytes: Vec<u8>,
        /// End of each line in `bytes`, newline excluded.
        ends: Vec<u32>,
    },
    /// The run has ended.
    Finished(Box<Finished>),
}

/// The result of a run, as reporters see it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finished {
    /// The run's id; empty when no task was created.
    pub id: String,
    /// What sortie ends with.
    pub exit_code: u8,
    /// [`Verdict::as_str`](crate::report::Verdict::as_str).
    pub verdict: String,
    /// In plain words.
    pub reason: String,
    /// What to do next; may be empty.
    pub hint: String,
    /// Name, exit code and reason of each container.
    pub containers: Vec<(String, Option<i32>, String)>,
    /// Name and milliseconds of each phase.
    pub phases: Vec<(String, u64)>,
    /// Lines of all logs.
    pub log_lines: u64,
    /// Bytes of all logs, newlines excluded.
    pub log_bytes: u64,
    /// Whether all logs are complete.
    pub logs_complete: bool,
    /// Name and address of pages for a person.
    pub links: Vec<(String, String)>,
}

impl ReporterEvent {
    /// The event for reporters, of those that concern them.
    pub fn from_event(event: &Event) -> Option<Self> {
        Some(match &event.kind {
            EventKind::Planned(planned) => Self::Planned {
                name: planned.name.clone(),
                backend: planned.backend.clone(),
                containers: planned.containers.clone(),
                main_container: planned.main_container.clone(),
                warnings: planned.warnings.clone(),
            },
            EventKind::Launched { id, url } => {
                Self::Launched { id: id.clone(), url: url.clone().unwrap_or_default() }
            }
            EventKind::StateChanged { state, .. } => {
                Self::StateChanged { state: state.clone(), elapsed: millis(event.elapsed) }
            }
            EventKind::Finished(report) => Self::Finished(Box::new(Finished::from(&**report))),
            EventKind::Warning { .. }
            | EventKind::Retrying { .. }
            | EventKind::Progress { .. }
            | EventKind::Detail { .. }
            | EventKind::Stopping { .. } => return None,
        })
    }
}

impl From<&RunReport> for Finished {
    fn from(report: &RunReport) -> Self {
        Self {
            id: report.id.clone(),
            exit_code: report.exit_code.0,
            verdict: report.verdict.as_str().to_owned(),
            reason: report.reason.clone(),
            hint: report.hint.clone(),
            containers: report
                .containers
                .iter()
                .map(|end| (end.name.clone(), end.exit_code, end.reason.clone()))
                .collect(),
            phases: report
                .phases
                .iter()
                .map(|phase| (phase.name.as_str().to_owned(), millis(phase.duration)))
                .collect(),
            log_lines: report.logs.iter().map(|log| log.lines).sum(),
            log_bytes: report.logs.iter().map(|log| log.bytes).sum(),
            logs_complete: report.logs.iter().all(|log| log.incomplete.is_none()),
            links: report.links.iter().map(|link| (link.name.clone(), link.url.clone())).collect(),
        }
    }
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl std::fmt::Debug for Reporter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reporter").field("name", &self.name()).finish_non_exhaustive()
    }
}

impl Reporter {
    /// What the user calls it, else what it calls itself.
    pub fn name(&self) -> &str {
        &self.about.name
    }

    /// Takes over the instance that described itself, and configures it.
    pub(crate) fn configure(
        mut guest: Box<dyn ReporterGuest>,
        config: &str,
        log_lines: bool,
        about: impl FnOnce(Vec<Diagnostic>) -> About,
    ) -> Result<Self, PluginError> {
        let (findings, markers) = guest.configure(config)?;
        Ok(Self { about: Arc::new(about(findings)), guest, markers, log_lines })
    }

    /// Text that must be broken in every log line.
    pub fn markers(&self) -> &[Marker] {
        &self.markers
    }

    /// Whether it asked for log lines and was granted them.
    pub fn wants_log_lines(&self) -> bool {
        self.log_lines
    }

    /// Tells the reporter, and returns the command lines that it wrote, in order: each is one
    /// line without control characters. Appends to files have been done when this returns.
    pub fn report(&mut self, event: &ReporterEvent) -> Result<Vec<String>, PluginError> {
        if matches!(event, ReporterEvent::LogLines { .. }) && !self.log_lines {
            return Ok(Vec::new());
        }
        self.guest.report(event)
    }
}

/// Refuses markers that are too many, or that would break more than commands.
pub(crate) fn check_markers(markers: &[Marker], limits: &Limits) -> Result<(), Failure> {
    if markers.len() > limits.markers {
        return Err(Failure::Limit(format!("{} markers, {} allowed", markers.len(), limits.markers)));
    }
    for marker in markers {
        // A marker of one byte would break half of every log.
        if marker.text.len() < 2 || marker.text.len() > limits.marker_bytes {
            let max = limits.marker_bytes;
            return Err(Failure::Protocol(format!("a marker that is not of 2 to {max} bytes")));
        }
        if marker.text.chars().any(char::is_control) {
            return Err(Failure::Protocol("a marker with a control character".to_owned()));
        }
    }
    Ok(())
}
