//! What a console tells, as the signals that mean the same.
//!
//! Source: `HandlerRoutine` (Windows console): after the close, log-off and shutdown events the process is ended some
//! seconds later, whatever it does.

use std::io;

use tokio::signal::windows;
use tokio::signal::windows::CtrlBreak;
use tokio::signal::windows::CtrlC;
use tokio::signal::windows::CtrlClose;
use tokio::signal::windows::CtrlLogoff;
use tokio::signal::windows::CtrlShutdown;

use crate::signal::Signal;

/// Where signals come from.
#[derive(Debug)]
pub(super) struct Sources {
    /// Ctrl-C.
    int: CtrlC,
    /// Ctrl-Break, with which CI runners end a job that Ctrl-C did not end.
    term: CtrlBreak,
    /// The console's window is closed.
    close: CtrlClose,
    logoff: CtrlLogoff,
    shutdown: CtrlShutdown,
}

impl Sources {
    /// Takes all over. None is ignored there.
    pub(super) fn take_over() -> io::Result<(Self, Vec<Signal>)> {
        let sources = Self {
            int: windows::ctrl_c()?,
            term: windows::ctrl_break()?,
            close: windows::ctrl_close()?,
            logoff: windows::ctrl_logoff()?,
            shutdown: windows::ctrl_shutdown()?,
        };
        Ok((sources, Vec::new()))
    }

    /// The next one. Cancel-safe.
    pub(super) async fn next(&mut self) -> Signal {
        // These sources do not end.
        tokio::select! {
            _ = self.int.recv() => Signal::Int,
            _ = self.term.recv() => Signal::Term,
            _ = self.close.recv() => Signal::Hup,
            _ = self.logoff.recv() => Signal::Hup,
            _ = self.shutdown.recv() => Signal::Term,
        }
    }
}
