//! The signals of the process.
//!
//! From [`Signals::install`] on none of them ends the process by itself, which would leave a task that
//! costs money without a word. Those that end a run ([`Signal`]) are told, so nothing may be waited for
//! without them: [`Signals::or`] waits for one thing, the supervisor for a task. The others mean nothing
//! to a run, and do nothing.
//!
//! - [`inherited`]: which signals whoever started sortie wanted to be ignored.

mod inherited;

use std::io;
use std::pin::pin;

use tokio::signal::unix;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;

use self::inherited::Inherited;
use crate::error::Error;
use crate::signal::Signal;

/// Signals that would end the process and mean nothing to a run: a timer, a profiler, somebody's own
/// purpose. Without SIGXFSZ a write beyond `ulimit -f` is an error like a full disk.
/// Source: signal(7), standard signals whose action is `Term` or `Core`, without those that only a
/// defect raises.
const MEANINGLESS: [rustix::process::Signal; 8] = [
    rustix::process::Signal::USR1,
    rustix::process::Signal::USR2,
    rustix::process::Signal::ALARM,
    rustix::process::Signal::VTALARM,
    rustix::process::Signal::PROF,
    rustix::process::Signal::IO,
    rustix::process::Signal::TRAP,
    rustix::process::Signal::XFSZ,
];

/// The process's signals, taken over.
#[derive(Debug)]
pub struct Signals {
    hup: Option<unix::Signal>,
    int: Option<unix::Signal>,
    quit: Option<unix::Signal>,
    term: Option<unix::Signal>,
    xcpu: Option<unix::Signal>,
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
    /// The kernel refuses.
    pub fn install() -> Result<Self, Error> {
        let inherited = Inherited::of_process();
        let take = |wanted: rustix::process::Signal| -> io::Result<Option<unix::Signal>> {
            match inherited.ignores(wanted) {
                true => Ok(None),
                false => signal(SignalKind::from_raw(wanted.as_raw())).map(Some),
            }
        };
        let install = || -> io::Result<Self> {
            for meaningless in MEANINGLESS {
                // Taken over once, a signal stays so for the process's life.
                take(meaningless)?;
            }
            Ok(Self {
                hup: take(Signal::Hup.kernels())?,
                int: take(Signal::Int.kernels())?,
                quit: take(Signal::Quit.kernels())?,
                term: take(Signal::Term.kernels())?,
                xcpu: take(Signal::Xcpu.kernels())?,
                ignored: Signal::ALL
                    .into_iter()
                    .filter(|signal| inherited.ignores(signal.kernels()))
                    .collect(),
            })
        };
        install().map_err(|error| Error::internal("signals cannot be handled").caused_by(error))
    }

    /// Those that end a run and were ignored when sortie was started.
    pub fn ignored(&self) -> &[Signal] {
        &self.ignored
    }

    /// The next one. Cancel-safe.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            () = received(&mut self.hup) => Signal::Hup,
            () = received(&mut self.int) => Signal::Int,
            () = received(&mut self.quit) => Signal::Quit,
            () = received(&mut self.term) => Signal::Term,
            () = received(&mut self.xcpu) => Signal::Xcpu,
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

/// Returns when this signal comes; never if it is ignored.
async fn received(signal: &mut Option<unix::Signal>) {
    let received = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if received.is_none() {
        std::future::pending::<()>().await;
    }
}
