//! `sortie launch`: the first step of a run on its own.

use super::connect;
use super::flags::Flags;
use super::flags::LaunchFlags;
use super::process::Process;
use crate::exit::ExitCode;
use crate::run;

/// Launch a task, print its id, and leave it running
///
/// The id (on Fargate the task ARN) is the only thing on standard output; `sortie wait`,
/// `sortie logs` and `sortie stop` take it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Launch {
    #[command(flatten)]
    flags: Flags<LaunchFlags>,
}

const EXAMPLES: &str = "\
Example:
  id=$(sortie launch --cluster ci --task-definition deploy -- ./deploy.sh)
  sortie wait \"$id\"";

impl Launch {
    pub(super) fn execute(self, process: Process) -> ExitCode {
        connect::execute(self.flags, None, process, async |backend, job| Ok(run::launch(backend, job).await))
    }
}
