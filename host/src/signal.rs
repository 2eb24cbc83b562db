//! The signals that end a run.

use serde::Deserialize;
use serde::Serialize;

/// A signal that ends a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signal {
    /// SIGHUP: the terminal is gone.
    Hup,
    /// SIGINT: Ctrl-C.
    Int,
    /// SIGQUIT: Ctrl-\, which leaves at once.
    Quit,
    /// SIGTERM.
    Term,
    /// SIGXCPU: the limit of sortie's own CPU time (`ulimit -t`). SIGKILL follows it.
    Xcpu,
}

impl Signal {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Hup, Self::Int, Self::Quit, Self::Term, Self::Xcpu];

    /// `SIGINT`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::Hup => "SIGHUP",
            Self::Int => "SIGINT",
            Self::Quit => "SIGQUIT",
            Self::Term => "SIGTERM",
            Self::Xcpu => "SIGXCPU",
        }
    }

    /// The kernel's.
    pub fn kernels(self) -> rustix::process::Signal {
        match self {
            Self::Hup => rustix::process::Signal::HUP,
            Self::Int => rustix::process::Signal::INT,
            Self::Quit => rustix::process::Signal::QUIT,
            Self::Term => rustix::process::Signal::TERM,
            Self::Xcpu => rustix::process::Signal::XCPU,
        }
    }

    /// Whether it asks sortie to leave without waiting for the task's end, the first time already.
    pub fn leaves_at_once(self) -> bool {
        self == Self::Quit
    }
}
