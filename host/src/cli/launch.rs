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
/// `sortie logs` and `sortie stop` need nothing else to find the task. In a container engine the command
/// stays until every container is started, which may wait for another one.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Launch {
    #[command(flatten)]
    flags: Flags<LaunchFlags>,
}

const EXAMPLES: &str = "\
Examples:
  id=$(sortie launch --cluster ci --task-definition deploy -- ./deploy.sh)
  sortie logs --follow \"$id\"
  sortie wait \"$id\"

  sortie launch --local --image localhost/x:1 -- ./deploy.sh";

impl Launch {
    pub(super) fn execute(self, process: Process) -> ExitCode {
        let asked = self.flags.layer.get("plugin").unwrap_or_default();
        let asked: Vec<String> = asked.iter().map(|value| called(&value.text).to_owned()).collect();
        connect::execute(self.flags, None, process, async |backend, job| {
            Ok(run::launch(backend, job, &asked).await)
        })
    }
}

/// What a plugin is called that was asked for as `[NAME=]PATH[@DIGEST]`.
fn called(plugin: &str) -> &str {
    match plugin.split_once('=') {
        Some((name, _)) => name,
        None => plugin.split_once("@sha256:").map_or(plugin, |(source, _)| source),
    }
}
