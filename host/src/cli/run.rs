//! `sortie run`: the whole run in one command.

use super::connect;
use super::flags::Flags;
use super::flags::RunFlags;
use super::process::Process;
use crate::exit::ExitCode;
use crate::run;

/// Run a task: launch it, print its log lines, exit with its exit code
///
/// Task log lines go to standard output, everything sortie itself says to standard error. The
/// first SIGINT, SIGTERM or SIGHUP stops the task; a second one leaves at once, as SIGQUIT does.
///
/// The task has no standard input. The run goes on when the reader of standard output has gone
/// away (`| head`): a deployment is not stopped half-way.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Run {
    #[command(flatten)]
    flags: Flags<RunFlags>,
}

const EXAMPLES: &str = "\
Examples:
  sortie run --cluster ci --task-definition deploy \\
    --subnet subnet-1 --security-group sg-1 -- ./deploy.sh --env dev

  sortie run --cluster ci --image alpine:3 --cpu 0.5 --memory 1GB \\
    --env STAGE=dev --env TOKEN -- make test

  sortie run --cluster ci --task-definition deploy --subnet subnet-1 \\
    --timeout 20m --deadline-guard sidecar

  sortie run --local --task-definition file:task.json --volume .:/work -- ./deploy.sh

  sortie run --backend process --plugin redact -- ./deploy.sh";

impl Run {
    pub(super) fn execute(self, process: Process) -> ExitCode {
        connect::execute(self.flags, None, process, async |backend, job| Ok(run::run(backend, job).await))
    }
}
