//! The end of `run` and `attach`: what was seen becomes a report, which is told to all and to the journal.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::backend::Handle;
use crate::backend::LaunchError;
use crate::error::Error;
use crate::error::Kind;
use crate::event::EventKind;
use crate::exit::ExitCode;
use crate::report::Phase;
use crate::report::PhaseName;
use crate::report::RunReport;
use crate::report::Verdict;
use crate::run::Job;
use crate::run::lost_logs;
use crate::run::outcome;
use crate::run::outcome::Facts;
use crate::run::outcome::Outcome;
use crate::run::outcome::StoppedBy;
use crate::run::output_handle::OutputHandle;
use crate::run::outputs;
use crate::run::signals::Signals;
use crate::run::steps;
use crate::run::supervise::Seen;
use crate::run::supervise::stop::left_behind;
use crate::settings::Settings;
use crate::signal::Signal;
use crate::stream::EventSender;
use crate::stream::PipelineReport;
use crate::stream::message::OutputsSeen;

/// How a task has come to its end, or to the end of what is known of it.
pub(super) struct Ending {
    pub(super) report: RunReport,
    /// Whether it has ended: otherwise its journal is kept for whoever takes the task up again.
    pub(super) ended: bool,
    /// What it has printed as outputs.
    pub(super) printed: OutputsSeen,
}

impl Ending {
    /// Tells everybody, waits until all is printed and reported, and returns what sortie ends with.
    ///
    /// A log that is missing is said for the containers of which `reads_log_of` is true.
    pub(super) async fn conclude(
        self,
        reads_log_of: impl Fn(&str) -> bool,
        job: Job<'_>,
        output: OutputHandle,
        events: EventSender,
        mut signals: Signals,
    ) -> ExitCode {
        let Self { mut report, ended, printed } = self;
        let (outputs, warnings) = outputs::outputs(printed, job.secrets);
        report.outputs = outputs;
        warnings.into_iter().for_each(|message| events.send(EventKind::warning(message)));
        report.links = lost_logs::living_links(&report);
        for message in lost_logs::warnings(&report, reads_log_of) {
            events.send(EventKind::warning(message));
        }
        let exit = report.exit_code;
        events.send(EventKind::Finished(Box::new(report)));
        drop(events);
        let journal = output.journal().clone();
        let finished = signals.or(output.finish()).await;
        if ended && finished.is_ok() {
            journal.finished();
        }
        finished.map_or_else(ExitCode::of_signal, |()| exit)
    }
}

/// The report of a task that was seen; of one that was launched since `started`.
pub(super) fn report(
    seen: Seen,
    stopped_by: Option<StoppedBy>,
    pipeline: PipelineReport,
    main: String,
    settings: &Settings,
    started: Option<Instant>,
) -> RunReport {
    let logs = seen.logs.unwrap_or_default();
    let mut outcome = match (&seen.error, stopped_by) {
        (Some(error), None) => lost(&seen.handle, error),
        _ => outcome::judge(Facts {
            end: seen.end.as_ref(),
            stopped_by,
            main_container: &main,
            logs: &logs,
            require_complete_logs: settings.run.require_complete_logs,
            log_file: pipeline.log_file.as_deref(),
            plugin_failed: !pipeline.filters.is_empty(),
        }),
    };
    if seen.end.is_none() && stopped_by.is_some() {
        outcome.hint = left_behind(&seen.handle, seen.stop_refused.is_some());
    }
    let ended_at = seen.end.as_ref().and_then(steps::ended_at);
    let steps = steps::steps(&pipeline.steps, &seen.handle.container_names(), ended_at);
    steps::tell_last(&mut outcome, &steps, &main);
    if let Some(error) = &pipeline.output {
        if outcome.verdict == Verdict::Succeeded {
            outcome.exit_code = ExitCode::INTERNAL;
            outcome.verdict = Verdict::Error;
            outcome.reason = format!("the task succeeded, but standard output cannot be written: {error}");
        } else {
            outcome.reason.push_str(&format!("; and standard output could not be written: {error}"));
        }
    }
    let launch = started.map(|started| {
        let launch = seen.launched_at.into_std().saturating_duration_since(started);
        Phase::lasting(PhaseName::Launch, launch).begun(started.elapsed())
    });
    let mut phases: Vec<Phase> = launch.into_iter().collect();
    phases.extend(seen.end.iter().flat_map(|end| end.phases.iter().cloned()));
    if let Some(ended_at) = seen.ended_at {
        phases.push(Phase::lasting(PhaseName::Drain, ended_at.elapsed()).begun(ended_at.elapsed()));
    }
    RunReport {
        id: seen.handle.id,
        exit_code: outcome.exit_code,
        verdict: outcome.verdict,
        reason: outcome.reason,
        hint: outcome.hint,
        main_container: main,
        containers: seen.end.map(|end| end.containers).unwrap_or_default(),
        logs,
        phases,
        steps,
        outputs: BTreeMap::new(),
        links: seen.handle.links,
        plugin_failures: pipeline.filters.into_iter().chain(pipeline.reporters).collect(),
        counters: pipeline.counters,
        tails: pipeline.tails,
    }
}

/// The report of a launch that did not lead to a task.
pub(super) fn not_launched(error: LaunchError, signal: Option<Signal>, main: String) -> RunReport {
    let outcome = match (signal, error) {
        (Some(signal), LaunchError::Cancelled) => Outcome {
            exit_code: ExitCode::of_signal(signal),
            verdict: Verdict::Cancelled,
            reason: format!("cancelled by {}; no task runs", signal.name()),
            hint: String::new(),
        },
        (_, error) => {
            let error = Error::from(error);
            let verdict = match error.kind() {
                Kind::NoCapacity => Verdict::NoCapacity,
                Kind::NeverStarted => Verdict::NeverStarted,
                _ => Verdict::Error,
            };
            Outcome {
                exit_code: ExitCode::of(error.kind()),
                verdict,
                reason: error.to_string(),
                hint: error.advice(),
            }
        }
    };
    RunReport {
        id: String::new(),
        exit_code: outcome.exit_code,
        verdict: outcome.verdict,
        reason: outcome.reason,
        hint: outcome.hint,
        main_container: main,
        containers: Vec::new(),
        logs: Vec::new(),
        phases: Vec::new(),
        steps: Vec::new(),
        outputs: BTreeMap::new(),
        links: Vec::new(),
        plugin_failures: Vec::new(),
        counters: Vec::new(),
        tails: Vec::new(),
    }
}

/// The task was launched, and the platform can no longer be asked about it.
fn lost(handle: &Handle, error: &Error) -> Outcome {
    let mut hint = format!("{} may still be running; to stop it: {}", handle.id, handle.stop_command);
    if !error.hints().is_empty() {
        hint = format!("{}; {hint}", error.hints().join("; "));
    }
    Outcome { exit_code: ExitCode::INTERNAL, verdict: Verdict::Error, reason: error.to_string(), hint }
}
