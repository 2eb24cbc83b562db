//! `sortie stop`: ends a launched run.

use super::connect;
use super::flags::FindFlags;
use super::flags::Flags;
use super::process::Process;
use crate::exit::ExitCode;
use crate::run;

/// Stop a launched task
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Stop {
    /// Id that `sortie launch` printed
    #[arg(value_name = "ID")]
    id: String,
    /// Why; the platform shows it with the task
    #[arg(long, value_name = "TEXT", default_value = "stopped with `sortie stop`")]
    reason: String,
    #[command(flatten)]
    flags: Flags<FindFlags>,
}

const EXAMPLES: &str = "\
Example:
  id=$(sortie launch --cluster ci --task-definition deploy)
  sortie stop --reason \"not needed\" \"$id\"";

impl Stop {
    pub(super) fn execute(self, process: Process) -> ExitCode {
        connect::execute(self.flags, Some(self.id.clone()), process, async |backend, job| {
            Ok(run::stop(backend, job, &self.reason).await)
        })
    }
}
