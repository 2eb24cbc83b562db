//! `sortie wait`: the second step of a run on its own.

use super::connect;
use super::connect::Job;
use super::flags::Flags;
use super::flags::WaitFlags;
use crate::backend::Backend;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::run;
use crate::settings::Settings;

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
    pub(super) fn execute(self) -> ExitCode {
        connect::execute(self.flags, Some(self.id.clone()), WaitJob { id: self.id })
    }
}

struct WaitJob {
    id: String,
}

impl Job for WaitJob {
    async fn run<B: Backend>(self, backend: B, settings: &Settings) -> Result<ExitCode, Error> {
        Ok(run::wait(backend, settings, &self.id).await)
    }
}
