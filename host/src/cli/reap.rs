//! `sortie reap`: removes what killed runs have left on this machine.

use std::fmt::Write as _;

use super::connect;
use super::flags::FindFlags;
use super::flags::Flags;
use super::print_document;
use super::process::Process;
use crate::backend::capability::Alive;
use crate::backend::capability::Leftover;
use crate::backend::registry;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::output::render::text;
use crate::run::Job;

/// Remove what killed runs have left in this machine's container engines
///
/// Every container and volume that sortie makes is labelled with the run and the process that made
/// it. This removes those whose process is gone; those of a run in progress stay.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Reap {
    /// Only print what would be removed
    #[arg(long)]
    dry_run: bool,
    /// Also remove what a sortie on another machine made, although it may still be running
    #[arg(long)]
    elsewhere: bool,
    #[command(flatten)]
    flags: Flags<FindFlags>,
}

const EXAMPLES: &str = "\
Examples:
  sortie reap --local --dry-run

  sortie reap --engine unix:///run/podman/podman.sock --backend docker";

impl Reap {
    pub(super) fn execute(self, process: Process) -> ExitCode {
        let (dry_run, elsewhere) = (self.dry_run, self.elsewhere);
        connect::with_settings(self.flags, None, process, async |job| reap(job, dry_run, elsewhere).await)
    }
}

async fn reap(job: Job<'_>, dry_run: bool, elsewhere: bool) -> Result<ExitCode, Error> {
    let Job { settings, environment, announcer, .. } = job;
    let mut report = String::new();
    // What fails is reported at the end, so that it keeps nothing else from being removed.
    let mut failure = None;
    for backend in registry::connect_all(settings, environment, announcer).await? {
        let place = backend.leftovers().ok_or_else(|| {
            Error::usage(format!("sortie reap finds nothing of the {} back end", backend.name()))
                .hint("what the process back end started ends with its sortie, also when that is killed, unless it left its process group")
                .hint("sortie reap --local is about this machine's container engines")
        })?;
        let leftovers = match place.find().await {
            Ok(leftovers) => leftovers,
            Err(error) => {
                failure.get_or_insert(error);
                continue;
            }
        };
        for leftover in leftovers {
            let kept = match leftover.alive {
                Alive::Yes => Some("its sortie still runs"),
                Alive::Elsewhere if !elsewhere => Some("made on another machine; --elsewhere removes it"),
                Alive::Elsewhere | Alive::No => None,
            };
            let what = described(&leftover);
            let _ = match (kept, dry_run) {
                (Some(why), _) => writeln!(report, "kept {what}: {why}"),
                (None, true) => writeln!(report, "would remove {what}"),
                (None, false) => match place.remove(&leftover).await {
                    Ok(()) => writeln!(report, "removed {what}"),
                    Err(error) => {
                        let left = writeln!(report, "left {what}: {error}");
                        failure.get_or_insert(error);
                        left
                    }
                },
            };
        }
        if report.is_empty() && settings.output.verbosity > 0 {
            let _ = writeln!(report, "nothing is left in {}", place.place());
        }
    }
    print_document(&report, job.streams())
        .map_err(|error| Error::internal(format!("standard output: {error}")))?;
    match failure {
        None => Ok(ExitCode::SUCCESS),
        Some(error) => Err(error),
    }
}

/// The run, and its containers with their states.
fn described(leftover: &Leftover) -> String {
    let containers: Vec<String> =
        leftover.containers.iter().map(|(name, state)| format!("{name}: {state}")).collect();
    let shown = match containers.is_empty() {
        true => leftover.run.clone(),
        false => format!("{} ({})", leftover.run, containers.join(", ")),
    };
    text::one_line(&shown)
}
