//! `sortie logs`: a run's lines on their own.

use super::connect;
use super::flags::Flags;
use super::flags::LogsFlags;
use super::process::Process;
use crate::exit::ExitCode;
use crate::run;

/// Print the log lines of a launched task
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Logs {
    /// Id that `sortie launch` printed
    #[arg(value_name = "ID")]
    id: String,
    /// Keep printing until the task has ended
    #[arg(short, long)]
    follow: bool,
    #[command(flatten)]
    flags: Flags<LogsFlags>,
}

const EXAMPLES: &str = "\
Example:
  id=$(sortie launch --cluster ci --task-definition deploy)
  sortie logs --follow \"$id\"";

impl Logs {
    pub(super) fn execute(self, process: Process) -> ExitCode {
        connect::execute(self.flags, Some(self.id.clone()), process, async |backend, job| {
            Ok(run::logs(backend, job, self.follow).await)
        })
    }
}
