//! `sortie run`.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;

use tokio::sync::watch;

use super::attach;
use super::conclude;
use super::conclude::Ending;
use super::reattach;
use crate::backend::Backend;
use crate::backend::LogPart;
use crate::error::Error;
use crate::event::EventKind;
use crate::event::Planned;
use crate::exit::ExitCode;
use crate::journal::Journal;
use crate::journal::record::About;
use crate::output::reporters;
use crate::pipeline::excerpt::Excerpt;
use crate::pipeline::pass_over::PassOver;
use crate::pipeline::thread;
use crate::plugin;
use crate::run::Job;
use crate::run::id_file;
use crate::run::last_words;
use crate::run::last_words::fail;
use crate::run::output_handle::OutputHandle;
use crate::run::prepare;
use crate::run::prepare::Prepared;
use crate::run::signals::Signals;
use crate::run::supervise::Limits;
use crate::run::supervise::Mode;
use crate::run::supervise::Over;
use crate::run::supervise::Start;
use crate::run::supervise::Supervision;
use crate::run::supervise::supervise;
use crate::stream::Attempt;
use crate::stream::EventSender;
use crate::stream::message::OutputsSeen;

/// Runs a task from plan to report. Says everything itself, and returns what sortie ends with.
pub async fn run(backend: &dyn Backend, job: Job<'_>) -> ExitCode {
    match run_or_reattach(backend, job).await {
        Ok(exit) => exit,
        Err(error) => fail(job, &error),
    }
}

async fn run_or_reattach(backend: &dyn Backend, job: Job<'_>) -> Result<ExitCode, Error> {
    if job.settings.run.reattach {
        let mut signals = Signals::install()?;
        match signals.or(reattach::candidate(backend, job)).await {
            Err(signal) => return Ok(last_words::cancelled_before_launch(job, signal)),
            Ok(Err(error)) => return Err(error),
            Ok(Ok(Some(id))) => {
                return attach::attach_to(backend, job, &id, attach::AttachOptions::default()).await;
            }
            Ok(Ok(None)) => {}
        }
    }
    run_inner(backend, job).await
}

async fn run_inner(backend: &dyn Backend, job: Job<'_>) -> Result<ExitCode, Error> {
    let settings = job.settings;
    let started = job.started;
    let mut signals = Signals::install()?;
    let notice = |message: &str| last_words::patience(job, message);
    let id_file = settings.run.id_file.as_deref();
    let preparing = async {
        let mut prepared = prepare::prepare("run", backend, job, &plugin::Kind::ALL, notice).await?;
        id_file.map_or(Ok(()), id_file::create)?;
        let containers: Vec<String> = prepared.task.containers.iter().map(|c| c.name.clone()).collect();
        let chains = prepared.plugins.filters.open(&containers).await?;
        let (filter_failed, filter_watch) = watch::channel(false);
        let main = containers.iter().position(|name| *name == prepared.main);
        let parts = thread::Parts {
            log_file: job.log_file(&containers)?,
            containers,
            opened: Arc::new(Mutex::new(BTreeMap::from([(Attempt::FIRST, chains)]))),
            limits: reporters::Limits::default(),
            streams: job.streams(),
            excerpt: Excerpt::default(),
            pass_over: PassOver::default(),
            journal: Journal::of_run(job.environment, about(&prepared, job)),
            prefixes: true,
            outputs_of: main.filter(|_| settings.run.outputs),
            reporters: prepared.plugins.take_reporters(),
            settings: settings.output,
            started,
            filter_failed,
        };
        Ok::<_, Error>((prepared, OutputHandle::start(parts, started)?, filter_watch))
    };
    let (prepared, output, filter_failed) = match signals.or(preparing).await {
        Ok(prepared) => prepared?,
        Err(signal) => return Ok(last_words::cancelled_before_launch(job, signal)),
    };
    let events = output.events(Attempt::FIRST);
    job.announcer.hand_over(events.clone());
    announce(&events, backend.name(), &prepared, settings.output.verbosity);
    for signal in signals.ignored() {
        let name = signal.name();
        events.send(EventKind::detail(format!("{name} was ignored when sortie was started, and stays so")));
    }
    let limits = Limits {
        timeout: settings.run.timeout,
        stop_on_timeout: true,
        stop_timeout: prepared.plan.time_to_stop(),
        capacity_budget: settings.run.capacity_budget,
        stop_on_filter_failure: settings.run.stop_on_plugin_failure,
    };
    let supervision = Supervision {
        mode: Mode::RUN,
        limits,
        part: LogPart::default(),
        start: Start::Launch(Arc::clone(&prepared.plan)),
        filters: prepared.plugins.filters.clone(),
        job,
        output: &output,
        filter_failed,
        signals: &mut signals,
    };
    let mut printed = OutputsSeen::default();
    let over = supervise(supervision).await;
    let ended = matches!(&over, Ok(Over::Seen { seen, .. }) if seen.end.is_some());
    let report = match over {
        Err(left) => return Ok(left),
        Ok(Over::NotLaunched { error, signal }) => {
            id_file.inspect(|path| id_file::remove(path));
            conclude::not_launched(error, signal, prepared.main)
        }
        Ok(Over::Seen { seen, stopped_by, mut pipeline }) => {
            id_file.filter(|_| seen.end.is_some()).inspect(|path| id_file::remove(path));
            printed = std::mem::take(&mut pipeline.outputs);
            let main = prepared.main;
            conclude::report(*seen, stopped_by, *pipeline, main, settings, Some(started))
        }
    };
    let ending = Ending { report, ended, printed };
    let reads_log_of = |container: &str| prepared.plan.reads_log_of(container);
    Ok(ending.conclude(reads_log_of, job, output, events, signals).await)
}

/// What the run's journal says of it.
fn about(prepared: &Prepared, job: Job<'_>) -> About {
    let settings = job.settings;
    let env = prepared.task.containers.iter().flat_map(|container| &container.env);
    let env = env.chain(&settings.task.env).chain(&settings.secrecy.mask).chain(&settings.docker.secrets);
    let handed: BTreeSet<&str> = env.map(|variable| variable.name.as_str()).collect();
    let masked = prepared.masked.iter().map(|masked| masked.name.as_str());
    About {
        main: prepared.main.clone(),
        timeout: settings.run.timeout,
        started_by: prepared.task.started_by.clone(),
        filters: attach::filters(&prepared.plugins),
        masked: masked.filter(|name| handed.contains(name)).map(str::to_owned).collect(),
    }
}

/// Tells what will run, with which plugins, and what a person should know before the launch.
fn announce(events: &EventSender, backend: &str, prepared: &Prepared, verbosity: i8) {
    events.send(EventKind::Planned(Planned {
        name: prepared.task.name.clone(),
        backend: backend.to_owned(),
        containers: prepared.task.containers.iter().map(|container| container.name.clone()).collect(),
        main_container: prepared.main.clone(),
        warnings: prepared.warnings.clone(),
    }));
    if !prepared.masked.is_empty() {
        let masked: Vec<String> =
            prepared.masked.iter().map(|masked| format!("{} ({})", masked.name, masked.origin)).collect();
        events.send(EventKind::detail(format!("masked in the log: {}", masked.join(", "))));
    }
    prepared.unmasked.iter().for_each(|note| events.send(EventKind::detail(note)));
    for plugin in &prepared.plugins.lines {
        events.send(EventKind::detail(plugin.to_string()));
        plugin.notes.iter().for_each(|note| events.send(EventKind::detail(note)));
        if verbosity > 1 {
            plugin.debug.iter().for_each(|message| events.send(EventKind::detail(message)));
        }
    }
    for change in &prepared.changes {
        let detail = |note| EventKind::detail(format!("transform `{}`: {note}", change.plugin));
        change.notes.iter().for_each(|note| events.send(detail(note)));
        if verbosity > 1 {
            change.debug.iter().for_each(|message| events.send(detail(message)));
        }
    }
    for message in &prepared.warnings {
        events.send(EventKind::caution(message));
    }
}
