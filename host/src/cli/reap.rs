//! `sortie reap`: removes what runs have left on this machine, and stops what they have left in a cluster.

use std::time::Duration;
use std::time::SystemTime;

use super::connect;
use super::flags::Flags;
use super::flags::ReapFlags;
use super::print_document;
use super::print_object;
use super::process::Process;
use super::unwritable;
use crate::backend::Detached;
use crate::backend::ListedTask;
use crate::backend::capability::Alive;
use crate::backend::capability::Leftover;
use crate::backend::registry;
use crate::ci::CiRun;
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
use crate::settings::quantity;

/// Remove what runs have left in this machine's container engines, or stop it in a cluster
///
/// Every container and volume that sortie makes is labelled with the run and the process that made
/// it. This removes those whose process is gone, and launched tasks that have ended, with their logs;
/// those of a run in progress and launched tasks that go on stay.
///
/// With --cluster (or SORTIE_CLUSTER) it stops tasks of that cluster whose time is over: `sortie run --timeout` tags its task with
/// the moment. With --this-run it stops all tasks of the CI run that it runs in, too: for a clean-up step
/// or job, when the others are over. With --older-than it stops what any CI run has started so long ago: for a
/// scheduled job, since nobody tells it which runs are gone.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Reap {
    /// Only print what would be removed
    #[arg(long)]
    dry_run: bool,
    /// Also remove what a sortie on another machine made, although it may still be running
    #[arg(long)]
    elsewhere: bool,
    /// With --cluster: also stop the tasks that this CI run has started, in any of its steps and jobs
    #[arg(long)]
    this_run: bool,
    /// With --cluster: also stop the tasks that any CI run has started so long ago (6h)
    #[arg(long, value_name = "DURATION")]
    older_than: Option<String>,
    #[command(flatten)]
    flags: Flags<ReapFlags>,
}

const EXAMPLES: &str = "\
Examples:
  sortie reap --dry-run

  sortie reap --engine unix:///run/podman/podman.sock

  sortie reap --cluster ci --this-run

  sortie reap --cluster ci --older-than 6h --dry-run";

impl Reap {
    pub(super) fn execute(self, process: Process) -> ExitCode {
        let Self { dry_run, elsewhere, this_run, older_than, flags } = self;
        connect::with_settings(flags, None, process, async |job| {
            let older_than = older_than.as_deref().map(quantity::duration).transpose();
            let older_than = older_than.map_err(|error| error.on("--older-than"))?;
            reap(job, Options { dry_run, elsewhere, this_run, older_than }).await
        })
    }
}

/// What is reaped.
#[derive(Debug, Clone, Copy)]
struct Options {
    dry_run: bool,
    elsewhere: bool,
    this_run: bool,
    /// Whatever a CI run has started and is older than this.
    older_than: Option<Duration>,
}

async fn reap(job: Job<'_>, options: Options) -> Result<ExitCode, Error> {
    let Options { dry_run, elsewhere, this_run, older_than } = options;
    let Job { settings, environment, secrets, announcer, .. } = job;
    // What fails is reported at the end, so that it keeps nothing else from being removed.
    let (mut failure, mut found) = (None, false);
    for backend in registry::connect_all(settings, environment, secrets, announcer).await? {
        if let (None, Some(detached)) = (backend.leftovers(), backend.detached()) {
            return stop_tasks(job, detached, options).await;
        }
        if this_run || older_than.is_some() {
            let flag = if this_run { "--this-run" } else { "--older-than" };
            let error = Error::usage("only tasks of a cluster are known by their CI run").on(flag);
            return Err(error.hint("name the cluster: --cluster NAME"));
        }
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

/// Stops tasks of a cluster whose time is over, or whose CI run is.
async fn stop_tasks(job: Job<'_>, detached: &dyn Detached, options: Options) -> Result<ExitCode, Error> {
    let Job { settings, .. } = job;
    let run = settings.task.ci_run.as_ref().filter(|_| options.this_run);
    if options.this_run && run.and_then(CiRun::prefix).is_none() {
        return Err(Error::usage("the environment does not tell which CI run this is").on("--this-run"));
    }
    let place = settings.fargate.cluster.as_deref().unwrap_or("default");
    let (mut failure, mut found) = (None, false);
    for task in detached.list(settings).await? {
        let Some(why) = over(&task, run, options.older_than, SystemTime::now()) else { continue };
        found = true;
        let (fate, reason) = match options.dry_run {
            true => (Fate::WouldStop, why),
            false => match detached.stop_by_id(&task.id, &format!("sortie reap: {why}"), settings).await {
                Ok(_) => (Fate::Stopping, why),
                Err(refused) => {
                    let why = refused.to_string();
                    failure.get_or_insert(refused.error);
                    (Fate::Left, why)
                }
            },
        };
        let written = match settings.output.format {
            OutputFormat::Json => {
                let stamp = Stamp::since(job.started);
                let object = LeftoverObject::of_task(&task.id, place, fate, &reason, stamp);
                print_object(&json::text(&Object::Leftover(object)), job.streams())
            }
            OutputFormat::Text => {
                let line = format!("{} {}: {reason}", done(fate), task.id);
                print_document(&format!("{}\n", text::one_line(&line)), job.streams())
            }
        };
        written.map_err(|error| unwritable(&error))?;
    }
    if !found && settings.output.format == OutputFormat::Text && settings.output.verbosity >= 0 {
        job.streams().say(&format!("{} nothing is to be stopped in cluster {place}", notices::PREFIX));
    }
    match failure {
        None => Ok(ExitCode::SUCCESS),
        Some(error) => Err(error),
    }
}

/// Why a task is stopped, if it is.
fn over(
    task: &ListedTask,
    run: Option<&CiRun>,
    older_than: Option<Duration>,
    now: SystemTime,
) -> Option<String> {
    if run.is_some_and(|run| run.has_started(&task.started_by)) {
        return Some(format!("it was started by this CI run ({})", task.started_by));
    }
    if let Some(deadline) = task.deadline.filter(|deadline| *deadline <= now) {
        return Some(format!("its time was over at {}", humantime::format_rfc3339_seconds(deadline)));
    }
    let made = task.created_at.filter(|_| CiRun::is_ones(&task.started_by))?;
    // One that the platform's clock makes in the future is young.
    let age = now.duration_since(made).unwrap_or_default();
    let age = Duration::from_secs(age.as_secs());
    older_than.filter(|limit| age >= *limit)?;
    let (age, by) = (humantime::format_duration(age), &task.started_by);
    Some(format!("it was started by a CI run ({by}) {age} ago"))
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
            let done = done(fate);
            let why = reason.map(|why| format!(": {}", text::one_line(why))).unwrap_or_default();
            print_document(&format!("{done} {}{why}\n", described(leftover)), job.streams())
        }
    };
    written.map_err(|error| unwritable(&error))
}

/// In a person's words.
fn done(fate: Fate) -> &'static str {
    match fate {
        Fate::Removed => "removed",
        Fate::WouldRemove => "would remove",
        Fate::Stopping => "stopping",
        Fate::WouldStop => "would stop",
        Fate::Kept => "kept",
        Fate::Left => "left",
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ci::Ci;

    #[test]
    fn a_task_is_stopped_when_its_time_or_its_run_is_over() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045);
        let environment = [("CF_BUILD_ID", "5f"), ("CF_STEP_NAME", "deploy")].into_iter().collect();
        let run = CiRun::of(Ci::Codefresh, &environment).expect("a run");
        let task = |started_by: &str, deadline: Option<u64>| ListedTask {
            id: "arn:task/1".into(),
            name: "deploy:7".into(),
            state: "running".into(),
            created_at: None,
            started_by: started_by.into(),
            deadline: deadline.map(|seconds| now - Duration::from_secs(seconds)),
            request: None,
            mine: false,
        };
        let mine = task("sortie/codefresh/5f/build", None);
        assert!(over(&mine, Some(&run), None, now).is_some_and(|why| why.contains("this CI run")));
        assert_eq!(over(&mine, None, None, now), None);
        assert_eq!(over(&task("sortie/codefresh/5f0/build", None), Some(&run), None, now), None);
        let late = over(&task("", Some(1)), None, None, now);
        assert_eq!(late.as_deref(), Some("its time was over at 2026-01-02T03:04:04Z"));
    }

    #[test]
    fn what_any_ci_run_has_started_is_stopped_by_its_age() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045);
        let task = |started_by: &str, seconds: u64| ListedTask {
            id: "arn:task/1".into(),
            name: "deploy:7".into(),
            state: "running".into(),
            created_at: Some(now - Duration::from_secs(seconds)),
            started_by: started_by.into(),
            deadline: None,
            request: None,
            mine: false,
        };
        let old = |task: &ListedTask| over(task, None, Some(Duration::from_secs(3600)), now);
        let said = old(&task("sortie/github/a/b/1/deploy", 3661)).expect("it is old");
        assert_eq!(said, "it was started by a CI run (sortie/github/a/b/1/deploy) 1h 1m 1s ago");
        assert_eq!(old(&task("sortie/github/a/b/1/deploy", 3599)), None);
        let others = ["", "ecs-svc/1", "sortie", "somebody/sortie/github/1"];
        for started_by in others {
            assert_eq!(old(&task(started_by, 7200)), None, "{started_by}");
        }
        let mut unknown = task("sortie/github/a/b/1", 7200);
        unknown.created_at = None;
        assert_eq!(old(&unknown), None);
        unknown.created_at = Some(now + Duration::from_secs(60));
        assert_eq!(old(&unknown), None, "clocks that differ");
    }
}
