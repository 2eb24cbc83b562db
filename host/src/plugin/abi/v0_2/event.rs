//! Events, to reporters.

use std::collections::BTreeSet;
use std::time::Duration;
use std::time::SystemTime;

use sortie_lines::LineBatch;

use super::bindings::events as wit;
use super::bindings::lines;
use super::bindings::types::CounterParam;
use super::bindings::types::PairParam;
use crate::event::EventKind;
use crate::event::FilterCounter;
use crate::event::Filtered;
use crate::event::Planned;
use crate::plugin::kind::Happening;
use crate::report::LogTail;
use crate::report::PluginCounter;
use crate::report::RunReport;
use crate::report::Step;
use crate::stream::Moment;
use crate::unix_time;

/// Calls `with` with the event in the form that the bindings take, which borrows from it. `None` where there
/// is nothing to tell: the interface has no case for it, and its name is not among those asked for.
pub(super) fn send<R>(
    happening: Happening<'_>,
    asked: Option<&BTreeSet<String>>,
    with: impl FnOnce(wit::Event<'_>) -> R,
) -> Option<R> {
    let event = match happening {
        Happening::Event(event) => event,
        Happening::Tick(moment) => return Some(with(stamped(moment, wit::Happening::Tick))),
        Happening::LogLines { moment, container, name, lines } => {
            return Some(send_lines(moment, container, name, lines, with));
        }
    };
    let moment = event.moment();
    let with = |what: wit::Happening<'_>| with(stamped(moment, what));
    Some(match &event.kind {
        EventKind::Planned(planned) => send_planned(planned, with),
        EventKind::Launched { id, url } => {
            with(wit::Happening::Launched(wit::Launched { id, url: url.as_deref() }))
        }
        EventKind::StateChanged { stage, state } => {
            with(wit::Happening::StateChanged(wit::StateChanged { stage: stage.as_str(), state }))
        }
        EventKind::Warning { message, .. } => with(wit::Happening::Warning(message)),
        EventKind::Retrying { reason, delay } => {
            with(wit::Happening::Retrying(wit::Retrying { reason, delay_ms: millis(*delay) }))
        }
        EventKind::Stopping { reason, .. } => with(wit::Happening::Stopping(reason)),
        EventKind::Filtered(filtered) => send_filtered(filtered, with),
        EventKind::Finished(report) => send_finished(report, event.elapsed, with),
        EventKind::Recovered { .. }
        | EventKind::Registered { .. }
        | EventKind::Progress { .. }
        | EventKind::Detail { .. }
        | EventKind::StillWaiting { .. }
        | EventKind::Phase(_)
        | EventKind::Annotation(_)
        | EventKind::AwaitingStop { .. } => {
            let name = event.kind.name();
            if !asked.is_some_and(|asked| asked.contains(name)) {
                return None;
            }
            let json = serde_json::to_string(event).ok()?;
            with(wit::Happening::Other(wit::Other { name, json: &json }))
        }
    })
}

fn stamped(moment: Moment, what: wit::Happening<'_>) -> wit::Event<'_> {
    wit::Event {
        at_ms: moment_ms(moment.at),
        elapsed_ms: millis(moment.elapsed),
        task: moment.attempt.task,
        attempt: moment.attempt.attempt,
        what,
    }
}

/// Whole milliseconds.
fn millis(duration: Duration) -> f64 {
    duration.as_millis() as f64
}

/// Milliseconds since the Unix epoch.
fn moment_ms(at: SystemTime) -> f64 {
    unix_time::millis(at) as f64
}

/// An index or a count as the interface has it.
fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

fn send_lines<R>(
    moment: Moment,
    container: usize,
    name: &str,
    batch: &LineBatch,
    with: impl FnOnce(wit::Event<'_>) -> R,
) -> R {
    let times: Vec<f64> = batch.times.iter().map(|&time| time as f64).collect();
    let labels: Vec<lines::LabelParam<'_>> = batch
        .labels
        .iter()
        .map(|label| lines::LabelParam { line: label.line, name: &label.name, value: &label.value })
        .collect();
    let lines = lines::Batch {
        bytes: &batch.bytes,
        ends: &batch.ends,
        times: &times,
        continued: batch.continued,
        partial: batch.partial,
        labels: &labels,
    };
    let lines = wit::LogLines { container: number(container), name, lines };
    with(stamped(moment, wit::Happening::LogLines(lines)))
}

fn send_planned<R>(planned: &Planned, with: impl FnOnce(wit::Happening<'_>) -> R) -> R {
    let containers = texts(&planned.containers);
    let main = planned.containers.iter().position(|name| *name == planned.main_container);
    with(wit::Happening::Planned(wit::Planned {
        name: &planned.name,
        backend: &planned.backend,
        containers: &containers,
        main_container: number(main.unwrap_or_default()),
        warnings: &texts(&planned.warnings),
    }))
}

fn send_filtered<R>(filtered: &Filtered, with: impl FnOnce(wit::Happening<'_>) -> R) -> R {
    let notes: Vec<&str> = filtered.notes.iter().map(|note| note.message.as_str()).collect();
    let counters: Vec<CounterParam<'_>> = filtered.counters.iter().map(counter).collect();
    with(wit::Happening::Filtered(wit::Filtered {
        filter: &filtered.filter,
        container: number(filtered.index),
        notes: &notes,
        counters: &counters,
    }))
}

fn send_finished<R>(report: &RunReport, elapsed: Duration, with: impl FnOnce(wit::Happening<'_>) -> R) -> R {
    let containers: Vec<wit::ContainerEnd<'_>> = report
        .containers
        .iter()
        .map(|end| {
            let log = report.logs.iter().find(|log| log.container == end.name);
            wit::ContainerEnd {
                name: &end.name,
                exit_code: end.exit_code,
                reason: &end.reason,
                out_of_memory: end.out_of_memory,
                log_lines: log.map_or(0.0, |log| log.lines as f64),
                log_bytes: log.map_or(0.0, |log| log.bytes as f64),
                log_incomplete: match log {
                    Some(log) => log.incomplete.as_deref(),
                    None => Some("it was not read"),
                },
            }
        })
        .collect();
    let phases: Vec<wit::Phase<'_>> = report
        .phases
        .iter()
        .map(|phase| wit::Phase {
            name: phase.name.as_str(),
            started_at_ms: phase.started_at.map(moment_ms),
            duration_ms: millis(phase.duration),
        })
        .collect();
    let links: Vec<wit::Link<'_>> =
        report.links.iter().map(|link| wit::Link { name: &link.name, url: &link.url }).collect();
    let counters: Vec<wit::PluginCounter<'_>> = report.counters.iter().map(plugin_counter).collect();
    let outputs: Vec<(String, &String)> =
        report.outputs.iter().map(|(name, value)| (format!("output.{name}"), value)).collect();
    let tails = log_tails(&report.tails);
    let mut more: Vec<PairParam<'_>> =
        outputs.iter().map(|(name, value)| PairParam { name, value }).collect();
    more.extend(tails.iter().map(|json| PairParam { name: LOG_TAILS, value: json }));
    let steps = steps(&report.steps);
    more.extend(steps.iter().map(|json| PairParam { name: STEPS, value: json }));
    with(wit::Happening::Finished(wit::Finished {
        id: &report.id,
        exit_code: u32::from(report.exit_code.0),
        verdict: report.verdict.as_str(),
        reason: &report.reason,
        hint: &report.hint,
        main_container: &report.main_container,
        containers: &containers,
        phases: &phases,
        elapsed_ms: millis(elapsed),
        links: &links,
        plugin_failures: &texts(&report.plugin_failures),
        counters: &counters,
        more: &more,
    }))
}

/// Name of the pair that holds the last lines of each log.
const LOG_TAILS: &str = "log-tails";

/// The last lines of each log in JSON, as `wit/reporter.wit` describes them; `None` where there are none.
fn log_tails(tails: &[LogTail]) -> Option<String> {
    // Texts and numbers can always be written.
    (!tails.is_empty()).then(|| serde_json::to_string(tails).unwrap_or_default())
}

/// Name of the pair that holds how long each step took.
const STEPS: &str = "steps";

/// Steps that are told, as many as are told while they happen.
const MAX_STEPS: usize = 1_000;

/// The steps in JSON, as in `finished` of JSON output; `None` where there are none.
fn steps(steps: &[Step]) -> Option<String> {
    // Texts, numbers and times can always be written.
    let told = &steps[..steps.len().min(MAX_STEPS)];
    (!told.is_empty()).then(|| serde_json::to_string(told).unwrap_or_default())
}

fn counter(counter: &FilterCounter) -> CounterParam<'_> {
    CounterParam { name: &counter.name, value: counter.value }
}

fn plugin_counter(of_plugin: &PluginCounter) -> wit::PluginCounter<'_> {
    wit::PluginCounter {
        plugin: &of_plugin.plugin,
        container: number(of_plugin.index),
        counter: CounterParam { name: &of_plugin.name, value: of_plugin.value },
    }
}

fn texts(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}
