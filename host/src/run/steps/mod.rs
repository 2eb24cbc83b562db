//! Launch, wait, logs and stop on their own, for pipelines that do them in several steps.

mod launch;
mod logs;
mod stop;
mod wait;

use std::time::Instant;

use tokio::sync::watch;

use super::printing::Printing;
use super::say::say_error;
use super::signals::Signals;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::output::neutralise::Marker;
use crate::output::reporters::Limits;
use crate::output::streams::Streams;
use crate::output::surroundings::Surroundings;
use crate::pipeline::chain::Chain;
use crate::pipeline::thread;
use crate::settings::Settings;
use crate::signal::Signal;

pub use launch::launch;
pub use logs::logs;
pub use stop::stop;
pub use wait::wait;

fn signals() -> Result<Signals, Error> {
    Signals::install().map_err(|error| Error::internal(format!("signals can not be handled: {error}")))
}

fn output(
    settings: &Settings,
    containers: Vec<String>,
    chains: Vec<Chain>,
    markers: Vec<Marker>,
) -> Result<Printing, Error> {
    Printing::spawn(thread::Parts {
        containers,
        chains,
        reporters: Vec::new(),
        limits: Limits::default(),
        markers,
        streams: Streams::of_process(Surroundings::of_process()),
        settings: settings.output,
        started: Instant::now(),
        filter_failed: watch::channel(false).0,
    })
}

/// A signal ends the watching; the task goes on.
fn left(settings: &Settings, signal: Signal, id: &str) -> ExitCode {
    let message = format!("{}: no longer watching {id}, which goes on", signal.name());
    say_error(settings, &message, "sortie stop ends it");
    ExitCode::of_signal(signal)
}
