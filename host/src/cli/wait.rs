//! `sortie wait`: the second step of a run on its own.

use super::connect;
use super::flags::Flags;
use super::flags::WaitFlags;
use super::process::Process;
use crate::exit::ExitCode;
use crate::run;
use crate::run::WaitOptions;

/// Wait for a launched task, and exit with its exit code
///
/// A signal and `--timeout` end the waiting, not the task. It may be waited for any number of times, as long
/// as the platform knows it: on Fargate for an hour after its end, in a container engine until
/// `sortie reap` or `--rm` removes it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Wait {
    /// Id that `sortie launch` printed
    #[arg(value_name = "ID")]
    id: String,
    /// Stop the task when --timeout has passed, instead of leaving it
    #[arg(long, help_heading = "Waiting and stopping")]
    stop_on_timeout: bool,
    /// Remove what the task left in a container engine, its log too, when it has ended
    #[arg(long, help_heading = "Waiting and stopping")]
    rm: bool,
    #[command(flatten)]
    flags: Flags<WaitFlags>,
}

const EXAMPLES: &str = "\
Examples:
  sortie wait \"$id\"

  sortie wait --timeout 20m --stop-on-timeout \"$id\"";

impl Wait {
    pub(super) fn execute(self, process: Process) -> ExitCode {
        let options = WaitOptions { stop_on_timeout: self.stop_on_timeout, remove: self.rm };
        connect::execute(self.flags, Some(self.id), process, async |backend, job| {
            Ok(run::wait(backend, job, options).await)
        })
    }
}
