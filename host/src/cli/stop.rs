//! `sortie stop`: ends a launched run.

use super::connect;
use super::connect::Job;
use super::flags::FindFlags;
use super::flags::Flags;
use crate::backend::Backend;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::run;
use crate::settings::Settings;

/// Stop a launched task
#[derive(Debug, clap::Args)]
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

impl Stop {
    pub(super) fn execute(self) -> ExitCode {
        connect::execute(self.flags, Some(self.id.clone()), StopJob { id: self.id, reason: self.reason })
    }
}

struct StopJob {
    id: String,
    reason: String,
}

impl Job for StopJob {
    async fn run<B: Backend>(self, backend: B, settings: &Settings) -> Result<ExitCode, Error> {
        Ok(run::stop(backend, settings, &self.id, &self.reason).await)
    }
}
