//! The signals of the process.
//!
//! From [`Signals::install`] on none of them ends the process by itself, which would leave a task that
//! costs money without a word. Those that end a run ([`Signal`]) are told, so nothing may be waited for
//! without them: [`Signals::or`] waits for one thing, the supervisor for a task. The others mean nothing
//! to a run, and do nothing.
//!
//! - `unix`: the kernel's signals.
//! - `inherited`: which of them whoever started sortie wanted to be ignored.
//! - `windows`: what a console tells.

#[cfg(unix)]
mod inherited;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::pin::pin;

#[cfg(unix)]
use self::unix::Sources;
#[cfg(windows)]
use self::windows::Sources;
use crate::error::Error;
use crate::signal::Signal;

/// The process's signals, taken over.
#[derive(Debug)]
pub struct Signals {
    sources: Sources,
    ignored: Vec<Signal>,
}

impl Signals {
    /// Takes the signals over. Must be called within a runtime.
    ///
    /// One that was ignored when sortie was started stays ignored: `nohup sortie run …` outlives its
    /// terminal, as everything started so does.
    ///
    /// # Errors
    ///
    /// The system refuses.
    pub fn install() -> Result<Self, Error> {
        let taken = Sources::take_over();
        let (sources, ignored) =
            taken.map_err(|error| Error::internal("signals cannot be handled").caused_by(error))?;
        Ok(Self { sources, ignored })
    }

    /// Those that end a run and were ignored when sortie was started.
    pub fn ignored(&self) -> &[Signal] {
        &self.ignored
    }

    /// The next one. Cancel-safe.
    pub async fn next(&mut self) -> Signal {
        self.sources.next().await
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
