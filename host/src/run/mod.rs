//! Drives one run through a back end: plan, launch, wait, logs, stop, report.
//!
//! - [`prepare`]: settings to a checked plan; nothing is launched.
//! - [`plugins`]: loads plugins and fits them to the stations that use them.
//! - [`driver`]: the run itself, with its signals and deadlines.
//! - [`steps`]: launch, wait, logs and stop on their own.
//! - [`printing`]: the output thread, as these two use it.
//! - [`say`]: what is said where there is no output thread.
//! - [`stopping`]: stopping a task for sure.
//! - [`signals`]: SIGINT, SIGTERM and SIGHUP.
//! - [`outcome`]: from how the task ended to the exit code and the reason.

pub mod driver;
pub mod outcome;
pub mod plugins;
pub mod prepare;
mod printing;
mod say;
pub mod signals;
pub mod steps;
mod stopping;

use crate::backend::BackendError;
use crate::backend::LaunchError;
use crate::exit::ExitCode;

pub use driver::run;
pub use plugins::PluginLine;
pub use prepare::PlanReport;
pub use prepare::TransformChange;
pub use prepare::plan;
pub use steps::launch;
pub use steps::logs;
pub use steps::stop;
pub use steps::wait;

/// sortie could not go on: what it ends with, and what it says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RunError {
    /// What sortie ends with.
    pub exit: ExitCode,
    /// What failed, on which thing, why.
    pub message: String,
    /// What to do next; may be empty.
    pub hint: String,
}

impl RunError {
    /// sortie itself failed.
    pub fn internal(message: impl Into<String>) -> Self {
        Self { exit: ExitCode::INTERNAL, message: message.into(), hint: String::new() }
    }
}

impl From<BackendError> for RunError {
    fn from(error: BackendError) -> Self {
        let exit = if error.usage { ExitCode::USAGE } else { ExitCode::INTERNAL };
        Self { exit, message: error.message, hint: error.hint }
    }
}

impl From<LaunchError> for RunError {
    fn from(error: LaunchError) -> Self {
        let (exit, error) = match error {
            LaunchError::Refused(error) => (ExitCode::USAGE, error),
            LaunchError::NoCapacity(error) => (ExitCode::NO_CAPACITY, error),
            LaunchError::NeverStarted(error) => (ExitCode::NEVER_STARTED, error),
            LaunchError::Api(error) => (ExitCode::INTERNAL, error),
            LaunchError::Cancelled => {
                return Self {
                    exit: ExitCode::INTERNAL,
                    message: "cancelled before a task was created".into(),
                    hint: String::new(),
                };
            }
        };
        Self { exit, message: error.message, hint: error.hint }
    }
}
