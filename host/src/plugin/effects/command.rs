//! Command lines, which the host prints between log lines.

use sortie_lines::is_one_line;

use super::EffectCode;
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
        let error = |code, reason: String| Err(EffectError::new(code, "write a command", reason));
        if !grants.commands {
            return error(EffectCode::Denied, "`commands` is not granted".to_owned());
        }
        if line.len() > limits.command_bytes {
            let (has, may) = (line.len(), limits.command_bytes);
            return error(EffectCode::TooLarge, format!("it has {has} bytes, {may} are allowed"));
        }
        if self.0.len() >= limits.commands_per_report {
            let may = limits.commands_per_report;
            return error(EffectCode::TooLarge, format!("one report may write {may} commands"));
        }
        if !is_one_line(&line) {
            return error(EffectCode::Invalid, "it has a line break or a control character in it".to_owned());
        }
        self.0.push(line);
        Ok(())
    }

    pub(super) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.0)
    }
}
