//! What is said when no output thread is there (yet, or any more): straight to standard error.

use std::time::Duration;

use crate::backend::Handle;
use crate::backend::Plan;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::output::render::notices;
use crate::output::render::text;
use crate::output::streams::Streams;
use crate::run::Job;
use crate::run::supervise::stop::StopSoFar;
use crate::settings::OutputFormat;
use crate::signal::Signal;

/// How long a standard error that nobody reads is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// Says an error that ends everything.
pub(super) fn fail(job: Job<'_>, error: &Error) -> ExitCode {
    say_error(job, &error.to_string(), &error.advice());
    ExitCode::of(error.kind())
}

/// Says something that takes long before there is anything else to see; nothing with `-q` or where
/// a program reads.
pub(super) fn patience(job: Job<'_>, message: &str) {
    let output = job.settings.output;
    if output.verbosity >= 0 && output.format == OutputFormat::Text {
        say(job.streams(), format!("{} {message}", notices::PREFIX));
    }
}

/// A signal came before anything was launched.
pub(super) fn cancelled_before_launch(job: Job<'_>, signal: Signal) -> ExitCode {
    let message = format!("cancelled by {}; nothing was launched", signal.name());
    say_error(job, &message, "");
    ExitCode::of_signal(signal)
}

/// A signal came before a task that was launched earlier could be found.
pub(super) fn cancelled_before_attach(job: Job<'_>, signal: Signal, id: &str) -> ExitCode {
    let message = format!("{}: no longer watching {id}, which goes on", signal.name());
    say_error(job, &message, "sortie stop ends it");
    ExitCode::of_signal(signal)
}

/// Says that a task may have been created of which sortie knows no name, and how to look for it.
pub(super) fn left_while_launching(job: Job<'_>, plan: &dyn Plan) {
    let message = "left while launching: the platform has not answered, a task may have been created";
    let hint = plan.find_command().map(|command| format!("look for it with `{command}`"));
    say_error(job, message, &hint.unwrap_or_default());
}

/// A signal: sortie leaves a task on a platform, whatever has become of its stop.
pub(super) fn left(job: Job<'_>, why: &str, handle: &Handle, stop: &StopSoFar) {
    let (message, hint) = leaving(why, handle, stop);
    say_error(job, &message, &hint);
}

/// What is said of a task that is left, and what to do about it.
fn leaving(why: &str, handle: &Handle, stop: &StopSoFar) -> (String, String) {
    let (id, command) = (&handle.id, &handle.stop_command);
    match stop {
        StopSoFar::Ended => (format!("{why}: leaving; {id} has ended"), String::new()),
        StopSoFar::Accepted => {
            (format!("{why}: leaving {id}, which is stopping"), format!("if it should still run: {command}"))
        }
        StopSoFar::Unanswered(since) => {
            let since = text::whole_seconds(*since);
            let message = format!(
                "{why}: leaving {id}, which may go on: its stop was asked for {since} ago and is not accepted yet"
            );
            (message, format!("to stop it by hand: {command}"))
        }
        StopSoFar::NotAccepted(failure) => {
            let message =
                format!("{why}: leaving {id}, which goes on: its stop was not accepted ({failure})");
            (message, format!("to stop it by hand: {command}"))
        }
        StopSoFar::NotAsked => {
            (format!("{why}: leaving {id}, which goes on"), format!("to stop it: {command}"))
        }
    }
}

/// A signal: sortie leaves, and has ended its task on this machine at once.
pub(super) fn ended_at_once(job: Job<'_>, why: &str, handle: &Handle, stop: &StopSoFar) {
    let (id, command) = (&handle.id, &handle.stop_command);
    match stop {
        StopSoFar::Ended => say_error(job, &format!("{why}: leaving; {id} has ended"), ""),
        _ => say_error(
            job,
            &format!("{why}: leaving; {id} was killed at once"),
            &format!("should anything of it be left: {command}"),
        ),
    }
}

/// A signal: sortie leaves a task that was there before.
pub(super) fn left_unwatched(job: Job<'_>, signal: Signal, id: &str) {
    let _ = cancelled_before_attach(job, signal, id);
}

/// Writes an error straight to standard error.
fn say_error(job: Job<'_>, message: &str, hint: &str) {
    let streams = job.streams();
    let styles = streams.stderr_styles(job.settings.output.color);
    say(streams, notices::error_lines(message, hint, &styles));
}

fn say(mut streams: Streams, lines: String) {
    // On a thread of its own: a standard error that nobody reads must not keep sortie. Nothing can
    // be done about one that is gone.
    let (said, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        streams.say(&lines);
        let _ = said.send(());
    });
    let _ = heard.recv_timeout(PATIENCE);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_to_stop_whose_stop_was_not_accepted() {
        let handle = Handle {
            backend: "fargate".into(),
            id: "task/1".into(),
            containers: Vec::new(),
            links: Vec::new(),
            stop_command: "aws ecs stop-task".into(),
            platform: serde_json::Value::Null,
        };
        for (stop, goes_on) in [
            (StopSoFar::NotAsked, true),
            (StopSoFar::Unanswered(Duration::from_secs(3)), true),
            (StopSoFar::NotAccepted("no route to host".into()), true),
            (StopSoFar::Accepted, false),
            (StopSoFar::Ended, false),
        ] {
            let (message, hint) = leaving("SIGINT again", &handle, &stop);
            assert_eq!(message.contains("go on") || message.contains("goes on"), goes_on, "{message}");
            assert_eq!(message.contains("is stopping"), stop == StopSoFar::Accepted, "{message}");
            assert_eq!(hint.is_empty(), stop == StopSoFar::Ended, "{message}: {hint}");
            assert!(message.contains("task/1"), "{message}");
        }
    }
}
