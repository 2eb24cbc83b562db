//! Transforms: the task goes in, a changed task or a refusal comes out.
//!
//! Secret values never go in. They are taken out of the task before the call and put back after
//! it, and a transform can neither set nor lose them.

use std::sync::Arc;

use super::describe::Diagnostic;
use crate::plugin::About;
use crate::plugin::abi::TransformGuest;
use crate::plugin::runtime::error::Failure;
use crate::plugin::runtime::error::PluginError;
use crate::plugin::runtime::text::clean;
use crate::spec::EnvVar;
use crate::spec::TaskSpec;

/// A loaded and configured transform.
pub struct Transform {
    pub(crate) about: Arc<About>,
    guest: Box<dyn TransformGuest>,
    /// Characters of a refusal that are shown.
    message_chars: usize,
}

/// A transform did not return a task.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransformError {
    /// It decided that the task must not run.
    #[error("plugin {plugin} refused the task: {reason}")]
    Refused {
        /// Name and version.
        plugin: String,
        /// Its own words, safe to print.
        reason: String,
    },
    /// It failed.
    #[error(transparent)]
    Failed(#[from] PluginError),
}

impl std::fmt::Debug for Transform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transform").field("name", &self.name()).finish_non_exhaustive()
    }
}

impl Transform {
    /// What the user calls it, else what it calls itself.
    pub fn name(&self) -> &str {
        &self.about.name
    }

    /// Takes over the instance that described itself, and configures it.
    pub(crate) fn configure(
        mut guest: Box<dyn TransformGuest>,
        config: &str,
        message_chars: usize,
        about: impl FnOnce(Vec<Diagnostic>) -> About,
    ) -> Result<Self, PluginError> {
        let findings = guest.configure(config)?;
        Ok(Self { about: Arc::new(about(findings)), guest, message_chars })
    }

    /// The changed task. The caller checks it again, as it checked the first.
    pub fn transform(&mut self, task: &TaskSpec) -> Result<TaskSpec, TransformError> {
        match self.guest.transform(task)? {
            Err(reason) => Err(TransformError::Refused {
                plugin: self.about.description.label(),
                reason: clean(&reason, self.message_chars),
            }),
            Ok(changed) => with_secrets(changed, task).map_err(|failure| self.guest.fail(failure).into()),
        }
    }
}

/// Puts the secret values of `original` back where they were.
pub(crate) fn with_secrets(mut changed: TaskSpec, original: &TaskSpec) -> Result<TaskSpec, Failure> {
    for container in &original.containers {
        let secrets: Vec<(usize, &EnvVar)> =
            container.env.iter().enumerate().filter(|(_, var)| var.value.is_secret()).collect();
        if secrets.is_empty() {
            continue;
        }
        let name = clean(&container.name, 100);
        let mut same = changed.containers.iter_mut().filter(|other| other.name == container.name);
        let (Some(target), None) = (same.next(), same.next()) else {
            return Err(Failure::Protocol(format!(
                "it removed, renamed or doubled the container `{name}`, whose environment holds secret values"
            )));
        };
        for (at, secret) in secrets {
            if target.env.iter().any(|var| var.name == secret.name) {
                return Err(Failure::Protocol(format!(
                    "it set `{}` in the container `{name}`, which holds a secret value",
                    clean(&secret.name, 100)
                )));
            }
            target.env.insert(at.min(target.env.len()), secret.clone());
        }
    }
    Ok(changed)
}
