//! `sortie attach`: a run goes on that another sortie has begun.

use super::connect;
use super::flags::AttachFlags;
use super::flags::Flags;
use super::process::Process;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::journal::directory::Directory;
use crate::run;
use crate::run::AttachOptions;

/// Go on with a task whose sortie was killed: print the rest of its log, exit with its exit code
///
/// `sortie run` notes in a file how much it has printed (in $SORTIE_STATE_DIR/runs, by default
/// ~/.local/state/sortie/runs). With that the log goes on where standard output ended, every line once; on
/// another machine it begins at its beginning. From then on all is as in the run: the first signal stops the
/// task, and --timeout counts from the launch. `sortie help killed` says what else survives.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Attach {
    /// Id that `sortie run` printed
    #[arg(value_name = "ID", required_unless_present = "last")]
    id: Option<String>,
    /// The task that was noted last on this machine, of those that no sortie is attached to
    #[arg(long, conflicts_with = "id")]
    last: bool,
    /// Attach although another sortie is attached, and take over what it has noted
    #[arg(long)]
    force: bool,
    /// Print the log from its beginning, whatever was printed of it
    #[arg(long)]
    from_start: bool,
    #[command(flatten)]
    flags: Flags<AttachFlags>,
}

const EXAMPLES: &str = "\
Examples:
  sortie attach --last

  sortie attach arn:aws:ecs:eu-west-1:123456789012:task/ci/0123456789abcdef0123456789abcdef";

impl Attach {
    pub(super) fn execute(self, process: Process) -> ExitCode {
        let id = match self.id.map_or_else(|| last(&process), Ok) {
            Ok(id) => id,
            Err(error) => return process.fail(&error),
        };
        let options = AttachOptions { force: self.force, from_start: self.from_start };
        connect::execute(self.flags, Some(id), process, async |backend, job| {
            Ok(run::attach(backend, job, options).await)
        })
    }
}

/// The id of the task that was noted last.
fn last(process: &Process) -> Result<String, Error> {
    let directory = Directory::open(&process.environment)
        .map_err(|why| Error::usage(format!("no run was noted: {why}")).on("--last"))?;
    let progress = directory.last().ok_or_else(|| {
        Error::usage("no run is noted here, or all of them go on")
            .on("--last")
            .hint("give the task's id, which `sortie run` printed and `sortie ps` lists")
    })?;
    Ok(progress.run.handle.id)
}
