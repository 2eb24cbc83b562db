//! The kernel's signals.

use std::io;

use tokio::signal::unix;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;

use super::inherited::Inherited;
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

/// Where those come from that end a run; `None`: it is ignored.
#[derive(Debug)]
pub(super) struct Sources {
    hup: Option<unix::Signal>,
    int: Option<unix::Signal>,
    quit: Option<unix::Signal>,
    term: Option<unix::Signal>,
    xcpu: Option<unix::Signal>,
}

impl Sources {
    /// Takes all signals over; with those that end a run and are ignored.
    pub(super) fn take_over() -> io::Result<(Self, Vec<Signal>)> {
        let inherited = Inherited::of_process();
        let take = |number: i32| -> io::Result<Option<unix::Signal>> {
            match inherited.ignores(number) {
                true => Ok(None),
                false => signal(SignalKind::from_raw(number)).map(Some),
            }
        };
        for meaningless in MEANINGLESS {
            // Taken over once, a signal stays so for the process's life.
            take(meaningless.as_raw())?;
        }
        let of = |signal: Signal| take(i32::from(signal.number()));
        let sources = Self {
            hup: of(Signal::Hup)?,
            int: of(Signal::Int)?,
            quit: of(Signal::Quit)?,
            term: of(Signal::Term)?,
            xcpu: of(Signal::Xcpu)?,
        };
        let ignored = Signal::ALL.into_iter().filter(|signal| inherited.ignores(i32::from(signal.number())));
        Ok((sources, ignored.collect()))
    }

    /// The next one. Cancel-safe.
    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            () = received(&mut self.hup) => Signal::Hup,
            () = received(&mut self.int) => Signal::Int,
            () = received(&mut self.quit) => Signal::Quit,
            () = received(&mut self.term) => Signal::Term,
            () = received(&mut self.xcpu) => Signal::Xcpu,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_kernels() {
        use rustix::process::Signal as Kernels;
        let kernels = [Kernels::HUP, Kernels::INT, Kernels::QUIT, Kernels::TERM, Kernels::XCPU];
        assert_eq!(
            Signal::ALL.map(|signal| i32::from(signal.number())),
            kernels.map(rustix::process::Signal::as_raw)
        );
    }
}
