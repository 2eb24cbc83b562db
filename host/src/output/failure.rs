//! The error that ends a command, and what is said before there is an output thread: lines for a person on standard error, and, where a program reads, an
//! object on standard output.

use std::sync::mpsc;
use std::time::Duration;
use std::time::Instant;

use super::json;
use super::json::Object;
use super::json::Stamp;
use super::json::error::ErrorObject;
use super::render::notices;
use super::streams::Streams;
use super::surroundings::Surroundings;
use crate::error::Error;
use crate::event::EventKind;
use crate::exit::ExitCode;
use crate::secrecy::Secrets;
use crate::settings::ColorChoice;
use crate::settings::OutputFormat;
use crate::stream::Attempt;
use crate::stream::Clock;

/// How long a stream that nobody reads is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// Who is told, and how.
#[derive(Debug, Clone, Copy)]
pub struct Audience<'a> {
    /// Whether there is colour on standard error.
    pub color: ColorChoice,
    /// Whether a program reads standard output.
    pub format: OutputFormat,
    /// Who reads the streams.
    pub surroundings: Surroundings,
    /// What is masked in what they are told.
    pub secrets: &'a Secrets,
    /// When sortie began.
    pub started: Instant,
}

impl Audience<'_> {
    /// Tells an error that ends the command, and gives the exit code.
    pub fn tell(self, error: &Error) -> ExitCode {
        // In its own words: in what is shown of them some characters are escaped.
        let error = &error.with_texts(|text| self.secrets.text(text).into_owned());
        let streams = self.streams();
        let styles = streams.stderr_styles(self.color);
        self.say(notices::error_lines(&error.to_string(), &error.advice(), &styles));
        if self.format == OutputFormat::Json {
            let object = json::text(&Object::Error(ErrorObject::new(error, Stamp::since(self.started))));
            // Standard error has said it: what cannot be written here is lost.
            patiently(streams, move |streams| drop(streams.print_object(&object)));
        }
        ExitCode::of(error.kind())
    }

    /// Tells a warning, before there is an output thread: as an event where a program reads.
    pub fn warn(self, message: &str, verbosity: i8) {
        let message = &*self.secrets.text(message);
        match self.format {
            OutputFormat::Json => {
                let warning = Clock::since(self.started).stamp(Attempt::FIRST, EventKind::warning(message));
                patiently(self.streams(), move |streams| drop(streams.print_object(&json::event(&warning))));
            }
            OutputFormat::Text if verbosity >= 0 => {
                let styles = self.streams().stderr_styles(self.color);
                self.say(notices::warning_line(message, &styles));
            }
            OutputFormat::Text => {}
        }
    }

    /// Says whole lines on standard error.
    pub fn say(self, lines: String) {
        patiently(self.streams(), move |streams| streams.say(&lines));
    }

    fn streams(self) -> Streams {
        Streams::of_process(self.surroundings, self.secrets)
    }
}

/// On a thread of its own: a stream that nobody reads must not keep sortie. Nothing can be done about
/// one that is gone.
fn patiently(mut streams: Streams, write: impl FnOnce(&mut Streams) + Send + 'static) {
    let (written, done) = mpsc::channel();
    std::thread::spawn(move || {
        write(&mut streams);
        let _ = written.send(());
    });
    let _ = done.recv_timeout(PATIENCE);
}
