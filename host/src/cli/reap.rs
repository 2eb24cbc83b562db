//! `sortie reap`: removes what runs that are gone have left on this machine.

use std::fmt::Write as _;

use super::connect;
use super::flags::FindFlags;
use super::flags::Flags;
use super::print_document;
use crate::backend::docker::Alive;
use crate::backend::docker::Docker;
use crate::backend::docker::Leftover;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::output::render::text;
use crate::settings::BackendKind;
use crate::settings::Settings;

/// Remove what killed runs have left in this machine's container engines
///
/// Every container and volume that sortie makes bears a label with the run and the process that
/// made it. This removes those whose process is gone; those of a run that still goes on stay.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Reap {
    /// Only say what would be removed
    #[arg(long)]
    dry_run: bool,
    /// Remove also what a sortie on another machine made, which cannot be asked whether it still runs
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
    pub(super) fn execute(self) -> ExitCode {
        let (dry_run, elsewhere) = (self.dry_run, self.elsewhere);
        connect::with_settings(self.flags, None, async |settings| reap(settings, dry_run, elsewhere).await)
    }
}

async fn reap(settings: &Settings, dry_run: bool, elsewhere: bool) -> Result<ExitCode, Error> {
    if settings.backend != BackendKind::Docker {
        return Err(Error::usage(format!(
            "nothing of the {} back end is left on this machine",
            settings.backend.as_str()
        ))
        .hint("sortie reap --local"));
    }
    let mut said = String::new();
    // What fails is said at the end, so that it keeps nothing else from being removed.
    let mut failure = None;
    for engine in Docker::connect_all(settings).await? {
        let leftovers = match engine.leftovers().await {
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
                (Some(why), _) => writeln!(said, "kept {what}: {why}"),
                (None, true) => writeln!(said, "would remove {what}"),
                (None, false) => match engine.remove(&leftover).await {
                    Ok(()) => writeln!(said, "removed {what}"),
                    Err(error) => {
                        let told = writeln!(said, "left {what}: {error}");
                        failure.get_or_insert(error);
                        told
                    }
                },
            };
        }
        if said.is_empty() && settings.output.verbosity > 0 {
            let _ = writeln!(said, "nothing is left in {}", engine.address());
        }
    }
    print_document(&said).map_err(|error| Error::internal(format!("standard output: {error}")))?;
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
