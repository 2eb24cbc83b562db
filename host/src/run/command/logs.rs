//! `sortie logs`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;
use std::time::SystemTime;

use tokio::sync::watch;

use super::detached;
use super::task_id;
use crate::backend::Backend;
use crate::backend::Handle;
use crate::backend::LogPart;
use crate::error::Error;
use crate::event::EventKind;
use crate::exit::ExitCode;
use crate::journal::Journal;
use crate::output::reporters;
use crate::output::streams;
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
use crate::settings::quantity::quoted;
use crate::stream::Attempt;
use crate::stream::Cursors;

/// Filters act on the lines; whoever launched the task reports it.
const KINDS: &[Kind] = &[Kind::Filter];

/// Lines before those that are asked for, which filters are shown: a private key of 16,384 bits has 200, and
/// a pattern is found within 64 KiB.
const LEAD: usize = 1000;

/// The same as a time: what belongs together is written at once.
const LEAD_TIME: Duration = Duration::from_secs(60);

/// What `sortie logs` prints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogsOptions {
    /// Until the task has ended.
    pub follow: bool,
    /// So many of the last lines that there are.
    pub tail: Option<usize>,
    /// What was written since.
    pub since: Option<SystemTime>,
    /// Names of the containers; empty: all.
    pub containers: Vec<String>,
}

impl LogsOptions {
    /// What is read of the log: more than is printed, because filters must not begin in the middle.
    fn part(&self) -> LogPart {
        LogPart {
            from: Cursors::default(),
            last: self.tail.map(|tail| tail.saturating_add(LEAD)),
            since: self.since.and_then(|since| since.checked_sub(LEAD_TIME)),
            containers: self.containers.clone(),
        }
    }

    /// Checks that the task has the containers.
    fn check(&self, handle: &Handle) -> Result<(), Error> {
        let names = handle.container_names();
        let Some(unknown) = self.containers.iter().find(|name| !names.contains(name)) else { return Ok(()) };
        Err(Error::usage(format!("{} has no container {}", handle.id, quoted(unknown)))
            .on("--container")
            .hint(format!("its containers are: {}", names.join(", "))))
    }
}

/// Prints the log of a task that was launched before. Filters act on it as they do in a run. A reader of
/// standard output that goes away ends it.
pub async fn logs(backend: &dyn Backend, job: Job<'_>, options: LogsOptions) -> ExitCode {
    let printed = tokio::select! {
        biased;
        printed = logs_inner(backend, job, &options) => printed,
        () = streams::reader_gone() => return ExitCode::SUCCESS,
    };
    match printed {
        Ok(exit) => exit,
        Err(error) => fail(job, &error),
    }
}

async fn logs_inner(backend: &dyn Backend, job: Job<'_>, options: &LogsOptions) -> Result<ExitCode, Error> {
    let settings = job.settings;
    let id = task_id(job)?;
    let detached = detached(backend, "read the log of")?;
    let started = job.started;
    let mut signals = Signals::install()?;
    let attaching = async {
        let (wanted, environment) = (settings.plugins.clone(), job.environment.clone());
        let loading = tokio::task::spawn_blocking(move || plugins::load(&wanted, KINDS, &environment));
        let task = detached.attach(id.name(), settings).await;
        let (described, _) =
            loading.await.map_err(|error| Error::internal("loading plugins").caused_by(error))??;
        let task = task?;
        options.check(task.handle())?;
        let context = Context {
            backend: backend.name().to_owned(),
            ci: job.surroundings().ci.name(),
            containers: task.handle().container_names(),
            ..Context::new("logs")
        };
        let configured = tokio::task::spawn_blocking(move || plugins::configure(described, &context));
        let loaded =
            configured.await.map_err(|error| Error::internal("configuring plugins").caused_by(error))??;
        job.secrets.learn(sources::of_launched(job.environment).secrets);
        let filters = loaded.filters.after_mask(job.secrets)?;
        let loaded = Loaded { filters, ..loaded };
        let chains = loaded.filters.open(&task.handle().container_names()).await?;
        Ok::<_, Error>((task, loaded, chains))
    };
    let (task, loaded, chains) = match signals.or(attaching).await {
        Ok(attached) => attached?,
        Err(signal) => return Ok(last_words::cancelled_before_attach(job, signal, &id.to_string())),
    };
    let parts = thread::Parts {
        log_file: job.log_file(&task.handle().container_names())?,
        containers: task.handle().container_names(),
        opened: Arc::new(Mutex::new(BTreeMap::from([(Attempt::FIRST, chains)]))),
        excerpt: Excerpt { last: options.tail, since: options.since },
        pass_over: PassOver::default(),
        journal: Journal::default(),
        prefixes: options.containers.len() != 1,
        outputs_of: None,
        reporters: Vec::new(),
        limits: reporters::Limits::default(),
        streams: job.streams().ending_with_reader(),
        settings: settings.output,
        started,
        filter_failed: watch::channel(false).0,
    };
    let output = OutputHandle::start(parts, started)?;
    job.announcer.hand_over(output.events(Attempt::FIRST));
    let limits = Limits {
        timeout: None,
        stop_on_timeout: true,
        stop_timeout: Duration::ZERO,
        capacity_budget: Duration::ZERO,
        stop_on_filter_failure: false,
    };
    let supervision = Supervision {
        mode: if options.follow { Mode::FOLLOW } else { Mode::LOGS },
        limits,
        part: options.part(),
        start: Start::Attach { task, started },
        filters: loaded.filters,
        job,
        output: &output,
        filter_failed: watch::channel(false).1,
        signals: &mut signals,
    };
    let (seen, pipeline) = match supervise(supervision).await {
        Err(left) => return Ok(left),
        Ok(Over::NotLaunched { error, .. }) => return Err(error.into()),
        Ok(Over::Seen { seen, pipeline, .. }) => (seen, pipeline),
    };
    let events = output.events(Attempt::FIRST);
    let mut incomplete = false;
    for log in seen.logs.iter().flatten() {
        if let Some(why) = &log.incomplete {
            incomplete = true;
            let message = format!("the log of container `{}` is incomplete: {why}", log.container);
            events.send(EventKind::warning(message));
        }
    }
    drop(events);
    // What was read is printed, whatever this ends with.
    if let Err(signal) = signals.or(output.finish()).await {
        return Ok(ExitCode::of_signal(signal));
    }
    if let Some(error) = seen.error {
        return Err(error);
    }
    if let Some(failure) = pipeline.filters.first() {
        return Err(Error::plugin(format!("{failure}; lines were withheld")));
    }
    if let Some(error) = pipeline.output {
        return Err(Error::internal(format!("standard output cannot be written: {error}")));
    }
    incomplete |= pipeline.log_file.is_some();
    match incomplete && settings.run.require_complete_logs {
        true => Err(Error::new(
            crate::error::Kind::LogsIncomplete,
            "the log is incomplete, and --require-complete-logs is given",
        )),
        false => Ok(ExitCode::SUCCESS),
    }
}
