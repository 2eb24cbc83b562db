//! Transforms: the task goes in, a changed task or a refusal comes out.
//!
//! Secret values never go in: a transform sees that there is one, and its name. They are put back after the
//! call, and a transform can neither set nor lose them.

use std::sync::Arc;

use super::describe::Diagnostic;
use super::describe::Setup;
use crate::plugin::About;
use crate::plugin::abi::TransformGuest;
use crate::plugin::context::Context;
use crate::plugin::runtime::error::Failure;
use crate::plugin::runtime::error::PluginError;
use crate::plugin::runtime::text::clean;
use crate::plugin::runtime::words::Message;
use crate::spec::EnvVar;
use crate::spec::TaskSpec;

/// A loaded and configured transform.
pub struct Transform {
    pub(crate) about: Arc<About>,
    guest: Box<dyn TransformGuest>,
    /// Characters of a refusal that are shown.
    message_chars: usize,
}

/// What a transform made of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Transformed {
    /// The task to launch.
    pub task: TaskSpec,
    /// Why it was changed.
    pub notes: Vec<Diagnostic>,
    /// What the plugin said meanwhile.
    pub messages: Vec<Message>,
}

/// What a guest answers.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A changed task; secrets are there by their names only, with empty values.
    Changed { task: Box<TaskSpec>, notes: Vec<Diagnostic> },
    /// The task must not run; why, as it came.
    Refused(String),
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
        context: &Context,
        message_chars: usize,
        about: impl FnOnce(Setup, Vec<Message>) -> Result<About, PluginError>,
    ) -> Result<Self, PluginError> {
        let setup = guest.configure(config, context)?;
        let about = Arc::new(about(setup, guest.take_messages())?);
        Ok(Self { about, guest, message_chars })
    }

    /// The changed task, and what the transform has to say. The caller checks the task again, as it checked
    /// the first.
    pub fn transform(&mut self, task: &TaskSpec) -> Result<Transformed, TransformError> {
        match self.guest.transform(task)? {
            Answer::Refused(reason) => Err(TransformError::Refused {
                plugin: self.about.description.label(),
                reason: clean(&reason, self.message_chars),
            }),
            Answer::Changed { task: changed, notes } => match with_secrets(*changed, task) {
                Ok(task) => Ok(Transformed { task, notes, messages: self.guest.take_messages() }),
                Err(failure) => Err(self.guest.fail(failure).into()),
            },
        }
    }
}

/// Puts the values of `original`'s secrets where `changed` names them. None can be set, moved to another
/// container or lost.
pub(crate) fn with_secrets(mut changed: TaskSpec, original: &TaskSpec) -> Result<TaskSpec, Failure> {
    let shown = |name: &str| clean(name, 100);
    for container in &original.containers {
        let secrets: Vec<&EnvVar> = container.env.iter().filter(|var| var.value.is_secret()).collect();
        if secrets.is_empty() {
            continue;
        }
        let name = shown(&container.name);
        let mut same = changed.containers.iter().filter(|other| other.name == container.name);
        let (Some(target), None) = (same.next(), same.next()) else {
            return Err(Failure::Protocol(format!(
                "it removed, renamed or doubled the container `{name}`, whose environment holds secret values"
            )));
        };
        for secret in secrets {
            let mut there = target.env.iter().filter(|var| var.name == secret.name);
            if !matches!((there.next(), there.next()), (Some(var), None) if var.value.is_secret()) {
                return Err(Failure::Protocol(format!(
                    "it set, removed or doubled `{}` in the container `{name}`, which holds a secret value",
                    shown(&secret.name)
                )));
            }
        }
    }
    for container in &mut changed.containers {
        let original = original.containers.iter().find(|other| other.name == container.name);
        for var in container.env.iter_mut().filter(|var| var.value.is_secret()) {
            let known =
                original.and_then(|original| original.env.iter().find(|other| other.name == var.name));
            match known.filter(|known| known.value.is_secret()) {
                Some(known) => var.value = known.value.clone(),
                None => {
                    return Err(Failure::Protocol(format!(
                        "it calls `{}` in the container `{}` a secret, which sortie does not know",
                        shown(&var.name),
                        shown(&container.name)
                    )));
                }
            }
        }
    }
    Ok(changed)
}
