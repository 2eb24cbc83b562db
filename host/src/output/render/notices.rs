//! sortie's own lines on standard error: one line an event.

use std::time::Duration;

use super::style::Styles;
use super::text;
use crate::event::Event;
use crate::event::EventKind;
use crate::event::FilterNote;
use crate::event::Filtered;

/// What every line of sortie's own begins with.
pub const PREFIX: &str = "sortie:";

/// The line for an event, or none at this verbosity. [`EventKind::Finished`] has its own
/// [`summary`](super::summary).
pub fn line(event: &Event, styles: &Styles, verbosity: i8) -> Option<String> {
    let dim = styles.dim;
    let strong = styles.strong;
    let warning = styles.warning;
    match &event.kind {
        // With -qq the task's lines are all that is printed.
        _ if verbosity < -1 => None,
        EventKind::Warning { beforehand: true, .. } if verbosity < 0 => None,
        EventKind::Warning { message, .. } => Some(warning_line(message, styles)),
        EventKind::Retrying { reason, delay } => Some(format!(
            "{PREFIX} {warning}retrying{warning:#} in {}: {}",
            text::duration(*delay),
            text::one_line(reason),
        )),
        EventKind::Stopping { reason, advice } => {
            let advice = match advice.is_empty() {
                true => String::new(),
                false => format!("; {}", text::one_line(advice)),
            };
            Some(format!("{PREFIX} {warning}stopping{warning:#} {}{advice}", text::one_line(reason)))
        }
        EventKind::Detail { message } => {
            (verbosity > 0).then(|| format!("{PREFIX} {dim}{}{dim:#}", text::one_line(message)))
        }
        // What went wrong is said even with -q, and so is that it is over.
        EventKind::Recovered { message } => Some(format!("{PREFIX} {}", text::one_line(message))),
        EventKind::Filtered(filtered) => filtered_lines(filtered, styles, verbosity),
        // Nor is it noise where silence ends the step.
        EventKind::StillWaiting { last_line } => Some(format!(
            "{PREFIX} {dim}still waiting for the task ({}); {}{dim:#}",
            text::duration(event.elapsed),
            match last_line {
                Some(ago) => format!("its last line came {} ago", text::duration(*ago)),
                None => "no line has come yet".to_owned(),
            }
        )),
        _ if verbosity < 0 => None,
        EventKind::Launched { id, .. } => {
            Some(format!("{PREFIX} {strong}launched{strong:#} {}", text::one_line(id)))
        }
        EventKind::Planned(planned) => {
            let others = planned.containers.len().saturating_sub(1);
            let with = match others {
                0 => String::new(),
                1 => " and 1 container beside it".into(),
                n => format!(" and {n} containers beside it"),
            };
            Some(format!(
                "{PREFIX} {} on {}: container {}{with}",
                text::one_line(&planned.name),
                planned.backend,
                text::one_line(&planned.main_container),
            ))
        }
        EventKind::Registered { task_definition, reused } => Some(match reused {
            false => format!("{PREFIX} registered {}", text::one_line(task_definition)),
            true => format!("{PREFIX} uses {}, registered before", text::one_line(task_definition)),
        }),
        EventKind::AwaitingStop { containers, kill_in } => {
            Some(format!("{PREFIX} {dim}{}{dim:#}", awaiting_stop(containers, *kill_in)))
        }
        EventKind::StateChanged { state, .. } => Some(format!(
            "{PREFIX} {dim}{}{dim:#} {dim}({}){dim:#}",
            text::one_line(state),
            text::duration(event.elapsed),
        )),
        // The line that it is about is printed.
        EventKind::Phase(_) | EventKind::Annotation(_) => None,
        EventKind::Progress { .. } | EventKind::Finished(_) => None,
    }
}

/// Which containers are waited for, and for how long at most.
pub fn awaiting_stop(containers: &[String], kill_in: Option<Duration>) -> String {
    let names: Vec<String> = containers.iter().map(|name| format!("`{}`", text::one_line(name))).collect();
    let s = if names.len() == 1 { "" } else { "s" };
    let killed = kill_in.map(|left| match left.is_zero() {
        true => " (being killed)".to_owned(),
        false => format!(" (killed in {})", text::whole_seconds(left)),
    });
    format!("waiting for container{s} {} to stop{}", names.join(", "), killed.unwrap_or_default())
}

/// What a filter says of a whole log: warnings always, the rest with `-v`. Numbers are in the summary.
fn filtered_lines(filtered: &Filtered, styles: &Styles, verbosity: i8) -> Option<String> {
    let dim = styles.dim;
    let filter = text::one_line(&filtered.filter);
    let line = |note: &FilterNote| {
        let message = format!("filter `{filter}`: {}", note.message);
        match note.warning {
            true => Some(warning_line(&message, styles)),
            false => (verbosity > 0).then(|| format!("{PREFIX} {dim}{}{dim:#}", text::one_line(&message))),
        }
    };
    let lines: Vec<String> = filtered.notes.iter().filter_map(line).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// A warning's line.
pub fn warning_line(message: &str, styles: &Styles) -> String {
    let warning = styles.warning;
    format!("{PREFIX} {warning}warning{warning:#}: {}", text::one_line(message))
}

/// An error's lines: the message, and what to do next (which may be several lines).
pub fn error_lines(message: &str, hint: &str, styles: &Styles) -> String {
    let bad = styles.bad;
    let strong = styles.strong;
    let mut lines = format!("{PREFIX} {bad}error{bad:#}: {}", text::one_line(message));
    // A hint may be something to paste, such as a few lines of configuration.
    for (index, line) in hint.lines().enumerate() {
        let lead = if index == 0 { format!("{strong}hint{strong:#}:") } else { "     ".into() };
        lines.push_str(&format!("\n  {lead} {}", text::visible(line)));
    }
    lines
}
