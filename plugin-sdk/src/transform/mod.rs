//! Transforms: a task in, a changed task or a refusal out.
//!
//! - [`task`]: the task as sortie sees it.

pub mod task;

use serde::de::DeserializeOwned;

use crate::About;
use crate::Error;
use crate::Finding;
use crate::Setup;

pub use task::Condition;
pub use task::Container;
pub use task::Dependency;
pub use task::EnvValue;
pub use task::EnvVar;
pub use task::LogConfig;
pub use task::Network;
pub use task::Secret;
pub use task::TaskSpec;

/// Changes a task before it is launched, or refuses it.
pub trait Transform: Sized {
    /// The configuration; [`crate::NoConfig`] when there is none.
    type Config: DeserializeOwned + Default;

    /// Name, version and needs.
    const ABOUT: About;

    /// Makes the plugin from its configuration. Called once, before anything is launched.
    ///
    /// # Errors
    /// What is wrong with the configuration; the run does not start.
    fn configure(config: Self::Config, setup: &mut Setup<'_>) -> Result<Self, Finding>;

    /// Changes the task, and says why in `notes`. By default nothing is changed. The host checks the changed
    /// task as it checked the first.
    ///
    /// # Errors
    /// With [`Error::refused`] the reason why the task must not run; any other one says that the transform
    /// did not work. Either way nothing is launched.
    fn transform(&mut self, task: &mut TaskSpec, notes: &mut Notes) -> Result<(), Error> {
        let _ = (task, notes);
        Ok(())
    }
}

/// Why a task was changed, for the plan and for `-v`. Warnings are always shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    findings: Vec<Finding>,
}

impl Notes {
    /// What was changed and why, in one line. Never the value of a secret.
    pub fn note(&mut self, message: impl Into<String>) {
        self.push(Finding::note("", message));
    }

    /// Something a person should know, in one line.
    pub fn warn(&mut self, message: impl Into<String>) {
        self.push(Finding::warning("", message));
    }

    /// A finding about a part of the configuration.
    pub fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// All of them.
    pub fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}
