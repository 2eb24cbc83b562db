//! `sortie attach`: a run goes on that another sortie has begun.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

use tokio::sync::watch;

use super::conclude;
use super::conclude::Ending;
use super::detached;
use super::task_id;
use super::wait::MAX_STOP_TIMEOUT;
use super::wait::main_container;
use crate::backend::Backend;
use crate::backend::LogPart;
use crate::backend::Task;
use crate::error::Error;
use crate::event::EventKind;
use crate::event::Planned;
use crate::exit::ExitCode;
use crate::journal::Journal;
use crate::journal::directory::Directory;
use crate::journal::directory::Lock;
use crate::journal::progress::Progress;
use crate::journal::record::About;
use crate::output::render::text;
use crate::output::reporters;
use crate::pipeline::excerpt::Excerpt;
use crate::pipeline::pass_over::PassOver;
use crate::pipeline::thread;
use crate::plugin::Context;
use crate::plugin::Kind;
use crate::run::Job;
use crate::run::last_words;
use crate::run::last_words::fail;
use crate::run::output_handle::OutputHandle;
use crate::run::plugins;
use crate::run::plugins::Loaded;
use crate::run::signals::Signals;
use crate::run::supervise::Limits;
use crate::run::supervise::Mode;
use crate::run::supervise::Over;
use crate::run::supervise::Start;
use crate::run::supervise::Supervision;
use crate::run::supervise::supervise;
use crate::secrecy::sources;
use crate::settings::task_id::TaskId;
use crate::stream::Attempt;
use crate::stream::Cursors;

/// Lines are filtered, and what happens is reported, as in the run.
const KINDS: &[Kind] = &[Kind::Filter, Kind::Reporter];

/// How `sortie attach` goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AttachOptions {
    /// Although another sortie is attached to the task.
    pub force: bool,
    /// With the whole log, whatever was printed of it.
    pub from_start: bool,
}

/// Takes a task up that was launched before: prints what of its log is not printed yet, and ends as the run
/// would have ended.
pub async fn attach(backend: &dyn Backend, job: Job<'_>, options: AttachOptions) -> ExitCode {
    match attach_inner(backend, job, options).await {
        Ok(exit) => exit,
        Err(error) => fail(job, &error),
    }
}

/// The task, and what its journal says.
struct Found {
    task: Arc<dyn Task>,
    main: String,
    loaded: Loaded,
    before: Before,
}

/// What is known of the run up to now.
struct Before {
    /// Where its journal is written, and by right of what.
    place: Result<(Directory, Lock), String>,
    /// What the journal says.
    progress: Option<Progress>,
    /// Lines that are perhaps printed a second time.
    twice: u64,
}

async fn attach_inner(
    backend: &dyn Backend,
    job: Job<'_>,
    options: AttachOptions,
) -> Result<ExitCode, Error> {
    attach_to(backend, job, task_id(job)?, options).await
}

/// The same with the task of this id.
pub(super) async fn attach_to(
    backend: &dyn Backend,
    job: Job<'_>,
    id: &TaskId,
    options: AttachOptions,
) -> Result<ExitCode, Error> {
    let settings = job.settings;
    let mut signals = Signals::install()?;
    let found = match signals.or(find(backend, job, id, options)).await {
        Ok(found) => found?,
        Err(signal) => return Ok(last_words::cancelled_before_attach(job, signal, &id.to_string())),
    };
    let Found { task, main, mut loaded, before } = found;
    let handle = task.handle().clone();
    let containers = handle.container_names();
    // Who wants more than the rest is given the whole log again.
    let unfiltered = loaded.filters.are_none()
        && loaded.reporters.is_empty()
        && settings.run.log_file.is_none()
        && !settings.run.outputs;
    let (part, pass_over) = rest(&containers, before.progress.as_ref(), unfiltered);
    let (counts_from, timeout) = deadline(job, before.progress.as_ref());
    let chains = loaded.filters.open(&containers).await?;
    let lines_before =
        before.progress.as_ref().map(|progress| progress.printed.values().map(|amount| amount.lines).sum());
    let twice = before.twice;
    let (journal, unnoted) = journal(before, &loaded, &main, task.as_ref(), timeout);
    let (filter_failed, filter_watch) = watch::channel(false);
    let main_index = containers.iter().position(|name| *name == main);
    let parts = thread::Parts {
        log_file: job.log_file(&containers)?,
        containers: containers.clone(),
        opened: Arc::new(Mutex::new(BTreeMap::from([(Attempt::FIRST, chains)]))),
        excerpt: Excerpt::default(),
        pass_over,
        journal,
        prefixes: true,
        outputs_of: main_index.filter(|_| settings.run.outputs),
        reporters: loaded.take_reporters(),
        limits: reporters::Limits::default(),
        streams: job.streams(),
        settings: settings.output,
        started: job.started,
        filter_failed,
    };
    let output = OutputHandle::start(parts, job.started)?;
    let events = output.events(Attempt::FIRST);
    job.announcer.hand_over(events.clone());
    events.send(EventKind::Planned(Planned {
        name: handle.id.clone(),
        backend: backend.name().to_owned(),
        containers,
        main_container: main.clone(),
        warnings: Vec::new(),
    }));
    last_words::patience(job, &attached(&handle.id, lines_before));
    if twice > 0 {
        events.send(EventKind::warning(format!(
            "{} may be printed a second time: they were being written when the sortie before was killed",
            text::counted(twice, "line")
        )));
    }
    if let Some(why) = unnoted {
        events.send(EventKind::detail(format!("what is printed is not noted: {why}")));
    }
    loaded.warnings.iter().for_each(|warning| events.send(EventKind::caution(warning)));
    let limits = Limits {
        timeout,
        stop_on_timeout: true,
        stop_timeout: settings.run.stop_timeout.unwrap_or(MAX_STOP_TIMEOUT),
        capacity_budget: Duration::ZERO,
        stop_on_filter_failure: settings.run.stop_on_plugin_failure,
    };
    let supervision = Supervision {
        mode: Mode::ATTACH,
        limits,
        part,
        start: Start::Attach { task, started: counts_from },
        filters: loaded.filters,
        job,
        output: &output,
        filter_failed: filter_watch,
        signals: &mut signals,
    };
    let (seen, stopped_by, mut pipeline) = match supervise(supervision).await {
        Err(left) => return Ok(left),
        Ok(Over::NotLaunched { error, .. }) => return Err(error.into()),
        Ok(Over::Seen { seen, stopped_by, pipeline }) => (seen, stopped_by, pipeline),
    };
    let ended = seen.end.is_some();
    let printed = std::mem::take(&mut pipeline.outputs);
    let report = conclude::report(*seen, stopped_by, *pipeline, main, settings, None);
    Ok(Ending { report, ended, printed }.conclude(|_| true, job, output, events, signals).await)
}

/// Finds the task and its journal, and loads what acts on its log.
async fn find(
    backend: &dyn Backend,
    job: Job<'_>,
    id: &TaskId,
    options: AttachOptions,
) -> Result<Found, Error> {
    let settings = job.settings;
    let detached = detached(backend, "attach to")?;
    let (wanted, environment) = (settings.plugins.clone(), job.environment.clone());
    let loading = tokio::task::spawn_blocking(move || plugins::load(&wanted, KINDS, &environment));
    let task = detached.attach(id.name(), settings).await;
    let loading = loading.await.map_err(|error| Error::internal("loading plugins").caused_by(error))?;
    let (described, not_kept) = loading?;
    let task = task?;
    let handle = task.handle();
    let before = before(job, &handle.id, options)?;
    let of_run = before.progress.as_ref().map(|progress| &progress.run.about);
    let main = match of_run {
        Some(about) if settings.task.container.is_none() => about.main.clone(),
        _ => main_container(handle, settings)?,
    };
    let context = Context {
        backend: backend.name().to_owned(),
        ci: job.surroundings().ci.name(),
        main_container: handle.containers.iter().position(|container| container.name == main),
        containers: handle.container_names(),
        // Whoever is told of the run is told of its end.
        ..Context::new("run")
    };
    let configured = tokio::task::spawn_blocking(move || plugins::configure(described, &context));
    let mut loaded =
        configured.await.map_err(|error| Error::internal("configuring plugins").caused_by(error))??;
    loaded.warnings.extend(not_kept);
    if let (Some(about), false) = (of_run, options.from_start) {
        same_filters(about, &loaded)?;
    }
    mask(job, task.as_ref(), of_run)?;
    let filters = loaded.filters.after_mask(job.secrets)?;
    let loaded = Loaded { filters, ..loaded };
    Ok(Found { main, loaded, before, task })
}

/// What is known of the run up to now.
///
/// # Errors
///
/// Another sortie is attached to it.
fn before(job: Job<'_>, id: &str, options: AttachOptions) -> Result<Before, Error> {
    let directory = match Directory::open(job.environment) {
        Ok(directory) => directory,
        Err(why) => return Ok(Before { place: Err(why), progress: None, twice: 0 }),
    };
    let lock = directory.lock(id, options.force).map_err(|why| {
        Error::usage(why)
            .hint("its log goes there; --force attaches to it all the same, and takes its journal over")
    })?;
    let mut progress = directory.read(id).filter(|_| !options.from_start);
    let twice = progress.as_mut().map_or(0, Progress::settle);
    Ok(Before { place: Ok((directory, lock)), progress, twice })
}

/// Lines are counted behind the filters, so that the same ones must act.
fn same_filters(about: &About, loaded: &Loaded) -> Result<(), Error> {
    let now = filters(loaded);
    if about.filters == now {
        return Ok(());
    }
    let said = |filters: &[String]| {
        let names: Vec<&str> =
            filters.iter().map(|filter| filter.split('@').next().unwrap_or(filter)).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    };
    let what = format!(
        "the filters of the run have changed, so that it cannot be told which lines were printed: it had {}, now there are {}",
        said(&about.filters),
        said(&now)
    );
    Err(Error::usage(what).hint("ask for the same plugins, or for the whole log again: --from-start"))
}

/// The filters that act, each with its digest.
pub(super) fn filters(loaded: &Loaded) -> Vec<String> {
    let filters = loaded.lines.iter().filter(|line| line.kind == Kind::Filter.as_str());
    filters.map(|line| format!("{}@{}", line.name, line.digest)).collect()
}

/// Learns what was masked in the run.
///
/// # Errors
///
/// A value that was masked is known neither here nor to the platform.
fn mask(job: Job<'_>, task: &dyn Task, of_run: Option<&About>) -> Result<(), Error> {
    let masked = of_run.map(|about| about.masked.as_slice()).unwrap_or_default();
    let environment = task.environment();
    job.secrets.learn(sources::of_launched(job.environment).secrets);
    job.secrets.learn(sources::of_found(&environment, masked, job.environment).secrets);
    let known = |name: &String| {
        environment.iter().any(|variable| variable.name == *name) || job.environment.is_set(name)
    };
    let unknown: Vec<&str> = masked.iter().filter(|name| !known(name)).map(String::as_str).collect();
    if unknown.is_empty() || job.secrets.is_off() {
        return Ok(());
    }
    let names = unknown.join(", ");
    Err(Error::usage(format!(
        "the log may hold values that the run has masked, and that are not known here: {names}"
    ))
    .hint("set these variables as they were for the run; --no-redact prints the log as it is"))
}

/// Where the log is read from, and what of it is passed over.
fn rest(containers: &[String], progress: Option<&Progress>, unfiltered: bool) -> (LogPart, PassOver) {
    let Some(progress) = progress else { return Default::default() };
    let mut from = Cursors::default();
    let pass_over = containers.iter().enumerate().map(|(index, name)| {
        let cursor = progress.read.get(&index).filter(|_| unfiltered);
        if let Some((cursor, _)) = cursor {
            from.0.insert(name.clone(), cursor.clone());
        }
        (index, progress.pass_over(index, cursor.is_some()))
    });
    let pass_over = pass_over.collect();
    (LogPart { from, ..LogPart::default() }, pass_over)
}

/// From when on `--timeout` counts, and what it is: the run's own, unless another one is given.
fn deadline(job: Job<'_>, progress: Option<&Progress>) -> (Instant, Option<Duration>) {
    let Some(progress) = progress else { return (job.started, job.settings.run.timeout) };
    let since = SystemTime::now().duration_since(progress.run.launched_at).unwrap_or_default();
    let launched = Instant::now().checked_sub(since).unwrap_or(job.started);
    (launched, job.settings.run.timeout.or(progress.run.about.timeout))
}

/// The journal that is gone on with, or why there is none.
fn journal(
    before: Before,
    loaded: &Loaded,
    main: &str,
    task: &dyn Task,
    timeout: Option<Duration>,
) -> (Journal, Option<String>) {
    let went = before.place.and_then(|(directory, lock)| {
        let progress = before.progress.unwrap_or_else(|| {
            let about = About {
                main: main.to_owned(),
                timeout,
                started_by: None,
                filters: filters(loaded),
                masked: Vec::new(),
            };
            Progress::new(about.of(task.handle()))
        });
        Journal::go_on(&directory, lock, progress)
    });
    match went {
        Ok(journal) => (journal, None),
        Err(why) => (Journal::default(), Some(why)),
    }
}

fn attached(id: &str, lines_before: Option<u64>) -> String {
    match lines_before {
        None => format!("attached to {id}, with its log from the beginning"),
        Some(0) => format!("attached to {id}, of which nothing was printed yet"),
        Some(lines) => format!(
            "attached to {id}, behind the {} that {} printed before (`sortie logs` prints all)",
            text::counted(lines, "line"),
            if lines == 1 { "was" } else { "were" }
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_told_what_is_printed() {
        let said = [None, Some(0), Some(1), Some(1204)].map(|lines| attached("task/1", lines));
        insta::assert_snapshot!(said.join("\n"), @r"
        attached to task/1, with its log from the beginning
        attached to task/1, of which nothing was printed yet
        attached to task/1, behind the 1 line that was printed before (`sortie logs` prints all)
        attached to task/1, behind the 1,204 lines that were printed before (`sortie logs` prints all)
        ");
    }
}
