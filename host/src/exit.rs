//! The exit contract: what `sortie`'s own exit code means.
//!
//! One table, [`TABLE`], is the source of `sortie help exit-codes` and of the README's section
//! (a test compares them).

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::error::Kind;
use crate::signal::Signal;

/// An exit code of the `sortie` process.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ExitCode(pub u8);

impl ExitCode {
    /// The task did what it was asked.
    pub const SUCCESS: Self = Self(0);
    /// Wrong usage or configuration; nothing was launched.
    pub const USAGE: Self = Self(2);
    /// A plugin refused the task, or failed closed.
    pub const PLUGIN: Self = Self(120);
    /// The container never started: image pull, initialisation, placement.
    pub const NEVER_STARTED: Self = Self(121);
    /// The platform had no capacity.
    pub const NO_CAPACITY: Self = Self(122);
    /// The platform interrupted the task: Spot, host retirement, a stop from outside.
    pub const INTERRUPTED: Self = Self(123);
    /// `--timeout` passed; the task was stopped.
    pub const TIMED_OUT: Self = Self(124);
    /// sortie itself or the cloud API failed.
    pub const INTERNAL: Self = Self(125);
    /// `--require-complete-logs`, and the logs are not complete.
    pub const LOGS_INCOMPLETE: Self = Self(126);
    /// The kernel killed the container for its memory, whatever code it reported.
    pub const OUT_OF_MEMORY: Self = Self(137);
}

impl ExitCode {
    /// What sortie ends with when this kind of error ends it.
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Usage => Self::USAGE,
            Kind::Plugin => Self::PLUGIN,
            Kind::NeverStarted => Self::NEVER_STARTED,
            Kind::NoCapacity => Self::NO_CAPACITY,
            Kind::Platform | Kind::Internal => Self::INTERNAL,
            Kind::LogsIncomplete => Self::LOGS_INCOMPLETE,
            Kind::Cancelled(signal) => Self::of_signal(signal),
        }
    }

    /// What sortie ends with when a signal cancels it: 128 plus the signal's number, as shells count.
    pub fn of_signal(signal: Signal) -> Self {
        Self(128 + signal.number())
    }
}

impl fmt::Debug for ExitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExitCode({})", self.0)
    }
}

impl fmt::Display for ExitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.0)
    }
}

/// Code and meaning of every line of the contract, in the order in which a person reads it.
pub const TABLE: &[(&str, &str)] = &[
    ("0-255", "the main container's own exit code, unchanged"),
    ("2", "wrong usage or configuration; nothing was launched"),
    ("120", "a plugin refused the task, or failed closed"),
    ("121", "the task never started (image pull, initialisation, placement); the reason is printed"),
    ("122", "no capacity"),
    ("123", "interrupted by the platform (Spot, host) or stopped from outside"),
    ("124", "timed out (--timeout); `run` told the task to stop, `wait` left it"),
    ("125", "sortie or the cloud API failed"),
    ("126", "the logs are incomplete and --require-complete-logs was given"),
    ("129", "cancelled by SIGHUP; the task was told to stop"),
    ("130", "cancelled by SIGINT; the task was told to stop"),
    ("131", "left at SIGQUIT; a task on Fargate goes on, and is named"),
    ("137", "killed for memory, even if the container reported another code"),
    ("143", "cancelled by SIGTERM; the task was told to stop"),
    ("152", "cancelled by SIGXCPU (`ulimit -t`); the task was told to stop"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_count_as_shells_count_them() {
        let codes = Signal::ALL.map(|signal| ExitCode::of_signal(signal).0);
        assert_eq!(codes, [129, 130, 131, 143, 152]);
    }

    /// What the README says is what `sortie help exit-codes` prints.
    #[test]
    fn the_readme_has_the_same_table() {
        let readme = include_str!("../../README.md");
        let (_, section) = readme.split_once("<!-- exit codes").expect("the README has the section");
        let rows: Vec<(&str, &str)> = section
            .lines()
            .skip_while(|line| !line.starts_with("|---"))
            .skip(1)
            .map_while(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "))
            .collect();
        assert_eq!(rows, TABLE);
    }
}
