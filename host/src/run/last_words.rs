//! What is said when no output thread is there (yet, or any more): straight to standard error.

use std::time::Duration;

use crate::backend::Handle;
use crate::backend::Plan;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::output::render::notices;
use crate::output::streams::Streams;
use crate::run::Job;
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

/// A second signal: sortie leaves a task that it was stopping.
pub(super) fn left_again(job: Job<'_>, signal: Signal, handle: &Handle, ended: bool) {
    let (signal, id) = (signal.name(), &handle.id);
    match ended {
        true => say_error(job, &format!("{signal} again: leaving; {id} has ended"), ""),
        false => say_error(
            job,
            &format!("{signal} again: leaving {id} while it stops"),
            &format!("if it should still run: {}", handle.stop_command),
        ),
    }
}

/// A signal: sortie leaves a task that was there before.
pub(super) fn left_unwatched(job: Job<'_>, signal: Signal, handle: &Handle, stopping: bool) {
    match stopping {
        true => say_error(
            job,
            &format!("{}: leaving {} while it stops", signal.name(), handle.id),
            &format!("if it should still run: {}", handle.stop_command),
        ),
        false => drop(cancelled_before_attach(job, signal, &handle.id)),
    }
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
