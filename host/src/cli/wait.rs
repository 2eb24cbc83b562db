//! `sortie wait`: the second step of a run on its own.

use super::connect;
use super::flags::Flags;
use super::flags::WaitFlags;
use super::process::Process;
use crate::exit::ExitCode;
use crate::run;

/// Wait for a launched task, and exit with its exit code
#[derive(Debug, clap::Args)]
pub(super) struct Wait {
    /// Id that `sortie launch` printed
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    flags: Flags<WaitFlags>,
}

impl Wait {
    pub(super) fn execute(self, process: Process) -> ExitCode {
        connect::execute(self.flags, Some(self.id.clone()), process, async |backend, job| {
            Ok(run::wait(backend, job).await)
        })
    }
}
