//! What a plugin may do beyond answering, one file for each effect. Each is checked against the
//! plugin's grants and limits when it is asked for.
//!
//! - [`command`]: lines on the CI system's command channel.
//! - [`file`]: appending to files that were granted by name.

mod command;
mod file;

use super::runtime::limits::Limits;
use super::trust::grant::GrantSet;

/// The effects of one instance so far.
#[derive(Default)]
pub(crate) struct Effects {
    commands: command::Commands,
    files: file::Files,
}

/// An effect that was not had, as the guest is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EffectError {
    /// It is not granted.
    Denied,
    /// It is beyond a limit.
    TooLarge,
    /// A command with a line break or a control character.
    NotOneLine,
    /// The file cannot be written; why, without its path.
    Io(String),
}

impl Effects {
    /// Keeps a command line until the report is over.
    pub(crate) fn command(
        &mut self,
        grants: &GrantSet,
        limits: &Limits,
        line: String,
    ) -> Result<(), EffectError> {
        self.commands.add(grants, limits, line)
    }

    /// Command lines since the last time.
    pub(crate) fn take_commands(&mut self) -> Vec<String> {
        self.commands.take()
    }

    /// Appends to a granted file at once; `file` is the plugin's name for it.
    pub(crate) fn append(
        &mut self,
        grants: &GrantSet,
        limits: &Limits,
        file: String,
        bytes: &[u8],
    ) -> Result<(), EffectError> {
        self.files.append(grants, limits, file, bytes)
    }
}
