//! What is said when no output thread is there (yet, or any more): straight to the streams.

use crate::backend::Handle;
use crate::backend::Plan;
use crate::error::Error;
use crate::error::Kind;
use crate::exit::ExitCode;
use crate::output::render::notices;
use crate::output::render::text;
use crate::run::Job;
use crate::run::supervise::stop::StopSoFar;
use crate::settings::OutputFormat;
use crate::signal::Signal;

/// Says an error that ends everything.
pub(super) fn fail(job: Job<'_>, error: &Error) -> ExitCode {
    job.audience().tell(&job.settings.place(error.clone()))
}

/// Says what a person should know of the settings.
pub fn warn(job: Job<'_>) {
    let audience = job.audience();
    job.warnings.iter().for_each(|warning| audience.warn(warning, job.settings.output.verbosity));
}

/// Says something that takes long before there is anything else to see; nothing with `-q` or where
/// a program reads.
pub(super) fn patience(job: Job<'_>, message: &str) {
    let output = job.settings.output;
    if output.verbosity >= 0 && output.format == OutputFormat::Text {
        job.audience().say(format!("{} {message}", notices::PREFIX));
    }
}

/// A signal came before anything was launched.
pub(super) fn cancelled_before_launch(job: Job<'_>, signal: Signal) -> ExitCode {
    fail(job, &cancelled(signal, format!("cancelled by {}; nothing was launched", signal.name())))
}

/// A signal came before a task that was launched earlier could be found.
pub(super) fn cancelled_before_attach(job: Job<'_>, signal: Signal, id: &str) -> ExitCode {
    let message = format!("{}: no longer watching {id}, which goes on", signal.name());
    fail(job, &cancelled(signal, message).hint("sortie stop ends it"))
}

/// Says that a task may have been created of which sortie knows no name, and how to look for it.
pub(super) fn left_while_launching(job: Job<'_>, signal: Signal, plan: &dyn Plan) -> ExitCode {
    let message = "left while launching: the platform has not answered, a task may have been created";
    let hint = plan.find_command().map(|command| format!("look for it with `{command}`"));
    fail(job, &cancelled(signal, message).hint(hint.unwrap_or_default()))
}

/// A signal: sortie leaves a task on a platform, whatever has become of its stop.
pub(super) fn left(job: Job<'_>, signal: Signal, why: &str, handle: &Handle, stop: &StopSoFar) -> ExitCode {
    let (message, hint) = leaving(why, handle, stop);
    fail(job, &cancelled(signal, message).hint(hint))
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
pub(super) fn ended_at_once(
    job: Job<'_>,
    signal: Signal,
    why: &str,
    handle: &Handle,
    stop: &StopSoFar,
) -> ExitCode {
    let (id, command) = (&handle.id, &handle.stop_command);
    let error = match stop {
        StopSoFar::Ended => cancelled(signal, format!("{why}: leaving; {id} has ended")),
        _ => cancelled(signal, format!("{why}: leaving; {id} was killed at once"))
            .hint(format!("should anything of it be left: {command}")),
    };
    fail(job, &error)
}

/// A signal: sortie leaves a task that was there before.
pub(super) fn left_unwatched(job: Job<'_>, signal: Signal, id: &str) -> ExitCode {
    cancelled_before_attach(job, signal, id)
}

fn cancelled(signal: Signal, message: impl Into<String>) -> Error {
    Error::new(Kind::Cancelled(signal), message)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn nothing_is_said_to_stop_whose_stop_was_not_accepted() {
        let handle = Handle {
            backend: "fargate".into(),
            id: "task/1".into(),
            main: None,
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
