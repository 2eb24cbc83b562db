//! `sortie reap`: removes what runs have left on this machine.

use super::connect;
use super::flags::Flags;
use super::flags::ReapFlags;
use super::print_document;
use super::print_object;
use super::process::Process;
use super::unwritable;
use crate::backend::capability::Alive;
use crate::backend::capability::Leftover;
use crate::backend::registry;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::output::json;
use crate::output::json::Object;
use crate::output::json::Stamp;
use crate::output::json::leftover::Fate;
use crate::output::json::leftover::LeftoverObject;
use crate::output::render::notices;
use crate::output::render::text;
use crate::run::Job;
use crate::settings::OutputFormat;

/// Remove what runs have left in this machine's container engines
///
/// Every container and volume that sortie makes is labelled with the run and the process that made
/// it. This removes those whose process is gone, and launched tasks that have ended, with their logs;
/// those of a run in progress and launched tasks that go on stay.
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
    flags: Flags<ReapFlags>,
}

const EXAMPLES: &str = "\
Examples:
  sortie reap --dry-run

  sortie reap --engine unix:///run/podman/podman.sock";

impl Reap {
    pub(super) fn execute(self, process: Process) -> ExitCode {
        let (dry_run, elsewhere) = (self.dry_run, self.elsewhere);
        connect::with_settings(self.flags, None, process, async |job| reap(job, dry_run, elsewhere).await)
    }
}

async fn reap(job: Job<'_>, dry_run: bool, elsewhere: bool) -> Result<ExitCode, Error> {
    let Job { settings, environment, secrets, announcer, .. } = job;
    // What fails is reported at the end, so that it keeps nothing else from being removed.
    let (mut failure, mut found) = (None, false);
    for backend in registry::connect_all(settings, environment, secrets, announcer).await? {
        let place = backend.leftovers().ok_or_else(|| not_here(backend.name()))?;
        let leftovers = match place.find().await {
            Ok(leftovers) => leftovers,
            Err(error) => {
                failure.get_or_insert(error);
                continue;
            }
        };
        for leftover in leftovers {
            found = true;
            let (fate, reason) = match (kept(leftover.alive, elsewhere), dry_run) {
                (Some(why), _) => (Fate::Kept, Some(why.to_owned())),
                (None, true) => (Fate::WouldRemove, None),
                (None, false) => match place.remove(&leftover).await {
                    Ok(()) => (Fate::Removed, None),
                    Err(error) => {
                        let why = error.to_string();
                        failure.get_or_insert(error);
                        (Fate::Left, Some(why))
                    }
                },
            };
            tell(job, &leftover, &place.place(), fate, reason.as_deref())?;
        }
        if !found && settings.output.format == OutputFormat::Text && settings.output.verbosity >= 0 {
            job.streams().say(&format!("{} nothing is left in {}", notices::PREFIX, place.place()));
        }
    }
    match failure {
        None => Ok(ExitCode::SUCCESS),
        Some(error) => Err(error),
    }
}

fn not_here(backend: &str) -> Error {
    let error = Error::usage(format!("sortie reap finds nothing of the {backend} back end"));
    match backend {
        "process" => error.hint(
            "what the process back end started ends with its sortie, also when that is killed, unless it left its \
             process group",
        ),
        _ => error,
    }
    .hint("sortie reap alone is about this machine's container engines")
}

/// Why something is not removed.
fn kept(alive: Alive, elsewhere: bool) -> Option<&'static str> {
    match alive {
        Alive::Yes => Some("its sortie still runs"),
        Alive::Detached => Some("it was launched to go on; sortie stop ends it"),
        Alive::Elsewhere if !elsewhere => Some("made on another machine; --elsewhere removes it"),
        Alive::Elsewhere | Alive::No => None,
    }
}

/// Says what was done about something, as soon as it is.
fn tell(
    job: Job<'_>,
    leftover: &Leftover,
    place: &str,
    fate: Fate,
    reason: Option<&str>,
) -> Result<(), Error> {
    let written = match job.settings.output.format {
        OutputFormat::Json => {
            let object = LeftoverObject::new(leftover, place, fate, reason, Stamp::since(job.started));
            print_object(&json::text(&Object::Leftover(object)), job.streams())
        }
        OutputFormat::Text => {
            let done = match fate {
                Fate::Removed => "removed",
                Fate::WouldRemove => "would remove",
                Fate::Kept => "kept",
                Fate::Left => "left",
            };
            let why = reason.map(|why| format!(": {}", text::one_line(why))).unwrap_or_default();
            print_document(&format!("{done} {}{why}\n", described(leftover)), job.streams())
        }
    };
    written.map_err(|error| unwritable(&error))
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
