//! What is said when no output thread is there (yet, or any more): straight to standard error.

use std::time::Duration;

use crate::backend::Plan;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::output::render::notices;
use crate::output::streams::Streams;
use crate::output::surroundings::Surroundings;
use crate::settings::OutputFormat;
use crate::settings::Settings;
use crate::signal::Signal;

/// How long a standard error that nobody reads is waited for.
const SAY_PATIENCE: Duration = Duration::from_secs(1);

/// Says an error that ends everything.
pub(super) fn fail(settings: &Settings, error: &Error) -> ExitCode {
    say_error(settings, &error.to_string(), &error.advice());
    ExitCode::of(error.kind())
}

/// Writes an error straight to standard error.
pub(super) fn say_error(settings: &Settings, message: &str, hint: &str) {
    let streams = Streams::of_process(Surroundings::of_process());
    let styles = streams.stderr_styles(settings.output.color);
    say(streams, notices::error_lines(message, hint, &styles));
}

/// Says something that takes long before there is anything else to see; nothing with `-q` or where
/// a program reads.
pub(super) fn say_patience(settings: &Settings, message: &str) {
    if settings.output.verbosity >= 0 && settings.output.format == OutputFormat::Text {
        let streams = Streams::of_process(Surroundings::of_process());
        say(streams, format!("{} {message}", notices::PREFIX));
    }
}

fn say(mut streams: Streams, lines: String) {
    // On a thread of its own: a standard error that nobody reads must not keep sortie. Nothing can
    // be done about one that is gone.
    let (said, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        streams.say(&lines);
        let _ = said.send(());
    });
    let _ = heard.recv_timeout(SAY_PATIENCE);
}

/// A signal came before anything was launched.
pub(super) fn cancelled_before_launch(settings: &Settings, signal: Signal) -> ExitCode {
    let message = format!("cancelled by {}; nothing was launched", signal.name());
    say_error(settings, &message, "");
    ExitCode::of_signal(signal)
}

/// Says that a task may have been created of which sortie knows no name, and how to look for it.
pub(super) fn say_left_while_launching(settings: &Settings, plan: &impl Plan) {
    let message = "left while launching: the platform has not answered, a task may have been created";
    let hint = plan.find_command().map(|command| format!("look for it with `{command}`"));
    say_error(settings, message, &hint.unwrap_or_default());
}
