//! `sortie run`.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Instant;

use tokio::sync::watch;

use super::attach;
use super::reattach;
use crate::backend::Backend;
use crate::backend::Handle;
use crate::backend::LaunchError;
use crate::backend::LogPart;
use crate::error::Error;
use crate::error::Kind;
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
use crate::report::Phase;
use crate::report::PhaseName;
use crate::report::RunReport;
use crate::report::Verdict;
use crate::run::Job;
use crate::run::id_file;
use crate::run::last_words;
use crate::run::last_words::fail;
use crate::run::lost_logs;
use crate::run::outcome;
use crate::run::outcome::Facts;
use crate::run::outcome::Outcome;
use crate::run::outcome::StoppedBy;
use crate::run::output_handle::OutputHandle;
use crate::run::outputs;
use crate::run::prepare;
use crate::run::prepare::Prepared;
use crate::run::signals::Signals;
use crate::run::steps;
use crate::run::supervise::Limits;
use crate::run::supervise::Mode;
use crate::run::supervise::Over;
use crate::run::supervise::Seen;
use crate::run::supervise::Start;
use crate::run::supervise::Supervision;
use crate::run::supervise::stop::left_behind;
use crate::run::supervise::supervise;
use crate::settings::Settings;
use crate::signal::Signal;
use crate::stream::Attempt;
use crate::stream::EventSender;
use crate::stream::PipelineReport;
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
    let mut report = match over {
        Err(left) => return Ok(left),
        Ok(Over::NotLaunched { error, signal }) => {
            id_file.inspect(|path| id_file::remove(path));
            not_launched(error, signal, prepared.main)
        }
        Ok(Over::Seen { seen, stopped_by, mut pipeline }) => {
            id_file.filter(|_| seen.end.is_some()).inspect(|path| id_file::remove(path));
            printed = std::mem::take(&mut pipeline.outputs);
            let main = prepared.main;
            report(*seen, stopped_by, *pipeline, main, settings, Some(started))
        }
    };
    let (outputs, warnings) = outputs::outputs(printed, job.secrets);
    report.outputs = outputs;
    warnings.into_iter().for_each(|message| events.send(EventKind::warning(message)));
    report.links = lost_logs::living_links(&report);
    for message in lost_logs::warnings(&report, |container| prepared.plan.reads_log_of(container)) {
        events.send(EventKind::warning(message));
    }
    let exit = report.exit_code;
    events.send(EventKind::Finished(Box::new(report)));
    drop(events);
    let journal = output.journal().clone();
    let finished = signals.or(output.finish()).await;
    if ended && finished.is_ok() {
        journal.finished();
    }
    Ok(finished.map_or_else(ExitCode::of_signal, |()| exit))
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

/// The report of a task that was seen; of one that was launched since `started`.
pub(super) fn report(
    seen: Seen,
    stopped_by: Option<StoppedBy>,
    pipeline: PipelineReport,
    main: String,
    settings: &Settings,
    started: Option<Instant>,
) -> RunReport {
    let logs = seen.logs.unwrap_or_default();
    let mut outcome = match (&seen.error, stopped_by) {
        (Some(error), None) => lost(&seen.handle, error),
        _ => outcome::judge(Facts {
            end: seen.end.as_ref(),
            stopped_by,
            main_container: &main,
            logs: &logs,
            require_complete_logs: settings.run.require_complete_logs,
            log_file: pipeline.log_file.as_deref(),
            plugin_failed: !pipeline.filters.is_empty(),
        }),
    };
    if seen.end.is_none() && stopped_by.is_some() {
        outcome.hint = left_behind(&seen.handle, seen.stop_refused.is_some());
    }
    let ended_at = seen.end.as_ref().and_then(steps::ended_at);
    let steps = steps::steps(&pipeline.steps, &seen.handle.container_names(), ended_at);
    steps::tell_last(&mut outcome, &steps, &main);
    if let Some(error) = &pipeline.output {
        if outcome.verdict == Verdict::Succeeded {
            outcome.exit_code = ExitCode::INTERNAL;
            outcome.verdict = Verdict::Error;
            outcome.reason = format!("the task succeeded, but standard output cannot be written: {error}");
        } else {
            outcome.reason.push_str(&format!("; and standard output could not be written: {error}"));
        }
    }
    let launch = started.map(|started| {
        let launch = seen.launched_at.into_std().saturating_duration_since(started);
        Phase::lasting(PhaseName::Launch, launch).begun(started.elapsed())
    });
    let mut phases: Vec<Phase> = launch.into_iter().collect();
    phases.extend(seen.end.iter().flat_map(|end| end.phases.iter().cloned()));
    if let Some(ended_at) = seen.ended_at {
        phases.push(Phase::lasting(PhaseName::Drain, ended_at.elapsed()).begun(ended_at.elapsed()));
    }
    RunReport {
        id: seen.handle.id,
        exit_code: outcome.exit_code,
        verdict: outcome.verdict,
        reason: outcome.reason,
        hint: outcome.hint,
        main_container: main,
        containers: seen.end.map(|end| end.containers).unwrap_or_default(),
        logs,
        phases,
        steps,
        outputs: BTreeMap::new(),
        links: seen.handle.links,
        plugin_failures: pipeline.filters.into_iter().chain(pipeline.reporters).collect(),
        counters: pipeline.counters,
        tails: pipeline.tails,
    }
}

/// The report of a launch that did not lead to a task.
fn not_launched(error: LaunchError, signal: Option<Signal>, main: String) -> RunReport {
    let outcome = match (signal, error) {
        (Some(signal), LaunchError::Cancelled) => Outcome {
            exit_code: ExitCode::of_signal(signal),
            verdict: Verdict::Cancelled,
            reason: format!("cancelled by {}; no task runs", signal.name()),
            hint: String::new(),
        },
        (_, error) => {
            let error = Error::from(error);
            let verdict = match error.kind() {
                Kind::NoCapacity => Verdict::NoCapacity,
                Kind::NeverStarted => Verdict::NeverStarted,
                _ => Verdict::Error,
            };
            Outcome {
                exit_code: ExitCode::of(error.kind()),
                verdict,
                reason: error.to_string(),
                hint: error.advice(),
            }
        }
    };
    RunReport {
        id: String::new(),
        exit_code: outcome.exit_code,
        verdict: outcome.verdict,
        reason: outcome.reason,
        hint: outcome.hint,
        main_container: main,
        containers: Vec::new(),
        logs: Vec::new(),
        phases: Vec::new(),
        steps: Vec::new(),
        outputs: BTreeMap::new(),
        links: Vec::new(),
        plugin_failures: Vec::new(),
        counters: Vec::new(),
        tails: Vec::new(),
    }
}

/// The task was launched, and the platform can no longer be asked about it.
fn lost(handle: &Handle, error: &Error) -> Outcome {
    let mut hint = format!("{} may still be running; to stop it: {}", handle.id, handle.stop_command);
    if !error.hints().is_empty() {
        hint = format!("{}; {hint}", error.hints().join("; "));
    }
    Outcome { exit_code: ExitCode::INTERNAL, verdict: Verdict::Error, reason: error.to_string(), hint }
}
