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

    /// Its number, which is the same on Linux and macOS. Source: POSIX.1-2024, `kill`, and signal(7).
    pub fn number(self) -> u8 {
        match self {
            Self::Hup => 1,
            Self::Int => 2,
            Self::Quit => 3,
            Self::Term => 15,
            Self::Xcpu => 24,
        }
    }

    /// Whether it asks sortie to leave without waiting for the task's end, the first time already.
    pub fn leaves_at_once(self) -> bool {
        self == Self::Quit
    }
}
