//! SIGINT, SIGTERM and SIGHUP.
//!
//! From [`Signals::install`] on they no longer end the process, so nothing may be waited for without
//! them: [`Signals::or`] waits for one thing, the supervisor for a task.

use std::io;
use std::pin::pin;

use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;

use crate::error::Error;
use crate::signal::Signal;

/// The signals that cancel a run.
#[derive(Debug)]
pub struct Signals {
    int: tokio::signal::unix::Signal,
    term: tokio::signal::unix::Signal,
    hup: tokio::signal::unix::Signal,
}

impl Signals {
    /// Takes the signals over. Must be called within a runtime.
    ///
    /// # Errors
    ///
    /// The kernel refuses.
    pub fn install() -> Result<Self, Error> {
        let install = || -> io::Result<Self> {
            Ok(Self {
                int: signal(SignalKind::interrupt())?,
                term: signal(SignalKind::terminate())?,
                hup: signal(SignalKind::hangup())?,
            })
        };
        install().map_err(|error| Error::internal("signals cannot be handled").caused_by(error))
    }

    /// The next one. Cancel-safe.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            Some(()) = self.int.recv() => Signal::Int,
            Some(()) = self.term.recv() => Signal::Term,
            Some(()) = self.hup.recv() => Signal::Hup,
            else => std::future::pending().await,
        }
    }

    /// Waits for something, or for a signal, which drops it.
    ///
    /// # Errors
    ///
    /// The signal.
    pub async fn or<T>(&mut self, wanted: impl Future<Output = T>) -> Result<T, Signal> {
        let wanted = pin!(wanted);
        tokio::select! {
            biased;
            signal = self.next() => Err(signal),
            done = wanted => Ok(done),
        }
    }
}
