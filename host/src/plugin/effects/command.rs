//! Command lines, which the host prints between log lines.

use sortie_lines::is_one_line;

use super::EffectError;
use crate::plugin::runtime::limits::Limits;
use crate::plugin::trust::grant::GrantSet;

/// Command lines of the report that is under way.
#[derive(Default)]
pub(super) struct Commands(Vec<String>);

impl Commands {
    pub(super) fn add(
        &mut self,
        grants: &GrantSet,
        limits: &Limits,
        line: String,
    ) -> Result<(), EffectError> {
        if !grants.commands {
            return Err(EffectError::Denied);
        }
        if line.len() > limits.command_bytes || self.0.len() >= limits.commands_per_report {
            return Err(EffectError::TooLarge);
        }
        if !is_one_line(&line) {
            return Err(EffectError::NotOneLine);
        }
        self.0.push(line);
        Ok(())
    }

    pub(super) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.0)
    }
}
