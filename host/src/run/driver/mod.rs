//! The run itself, with its signals and deadlines.
//!
//! - [`watching`]: a launched task, to its end.
//! - [`again`]: whether one that failed to start is launched again.

mod again;
mod watching;

use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use tokio::sync::watch;

use self::again::Again;
use self::watching::Seen;
use self::watching::Watched;
use super::outcome;
use super::outcome::Facts;
use super::outcome::Outcome;
use super::outcome::StoppedBy;
use super::prepare;
use super::printing::Printing;
use super::say::cancelled_before_launch;
use super::say::fail;
use super::say::say_error;
use super::say::say_left_while_launching;
use super::signals::Signals;
use super::stopping::DEFAULT_STOP_TIMEOUT;
use super::stopping::STOP_GRACE;
use super::stopping::at;
use super::stopping::left_behind;
use crate::backend::Backend;
use crate::backend::LaunchError;
use crate::backend::PipelineFailures;
use crate::backend::RunHandle;
use crate::error::Error;
use crate::error::Kind;
use crate::event::Planned;
use crate::event::RunEvent;
use crate::exit::ExitCode;
use crate::report::Phase;
use crate::report::RunReport;
use crate::report::Verdict;
use crate::report::plan::PluginLine;
use crate::settings::Settings;
use crate::signal::Signal;
use crate::spec::ContainerSpec;
use crate::spec::TaskSpec;

/// Runs a task from plan to report. Says everything itself, and returns what sortie ends with.
pub async fn run<B: Backend>(backend: B, settings: &Settings) -> ExitCode {
    let started = Instant::now();
    let mut signals = match Signals::install() {
        Ok(signals) => signals,
        Err(error) => {
            return fail(settings, &Error::internal(format!("signals can not be handled: {error}")));
        }
    };
    let prepared = tokio::select! {
        biased;
        signal = signals.next() => return cancelled_before_launch(settings, signal),
        prepared = prepare::prepare(&backend, settings) => prepared,
    };
    let mut prepared = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return fail(settings, &error),
    };
    let (filter_failed, filter_watch) = watch::channel(false);
    let containers: Vec<String> = prepared.task.containers.iter().map(|c| c.name.clone()).collect();
    let plugins = prepared.plugins.lines.clone();
    let output = match Printing::start(&mut prepared, &containers, settings, started, filter_failed).await {
        Ok(output) => output,
        Err(error) => return fail(settings, &error),
    };
    let mut run = Run {
        backend: Arc::new(backend),
        settings,
        started,
        signals,
        filter_failed: filter_watch,
        main: prepared.main.clone(),
        stop_timeout: stop_timeout(&prepared.task).max(settings.run.stop_timeout.unwrap_or_default()),
        stopped_by: None,
        output,
    };
    run.announce(&prepared.task, containers, &prepared.warnings, &plugins);
    let mut again = Again::new(settings.run.capacity_budget);
    loop {
        let handle = match run.launch(&prepared.plan).await {
            Launch::Launched(handle) => handle,
            Launch::Failed(error) => return run.never_launched(error).await,
            Launch::Left => {
                run.backend.abandon_launch().await;
                return run.left_while_launching(&prepared.plan);
            }
        };
        let launched = Instant::now();
        let seen = match run.watch(&handle, launched).await {
            Watched::Over(seen) => *seen,
            Watched::Left { signal, ended } => return run.left(&handle, signal, ended).await,
        };
        let delay = match &seen.end {
            Some(end) if end.passing && run.stopped_by.is_none() => again.delay(),
            _ => None,
        };
        match delay {
            Some(delay) => run.pause_before_another(&seen, delay, again.attempt).await,
            None => return run.conclude(&handle, seen, launched).await,
        }
        if let Some(StoppedBy::Signal(_)) = run.stopped_by {
            return run.never_launched(LaunchError::Cancelled).await;
        }
    }
}

/// What became of the launch.
enum Launch<H> {
    Launched(H),
    Failed(LaunchError),
    /// A second signal came while the platform had not answered.
    Left,
}

struct Run<'a, B: Backend> {
    backend: Arc<B>,
    settings: &'a Settings,
    started: Instant,
    signals: Signals,
    filter_failed: watch::Receiver<bool>,
    main: String,
    /// How long the platform may take to stop the task.
    stop_timeout: Duration,
    stopped_by: Option<StoppedBy>,
    output: Printing,
}

impl<B: Backend> Run<'_, B> {
    fn announce(
        &self,
        task: &TaskSpec,
        containers: Vec<String>,
        warnings: &[String],
        plugins: &[PluginLine],
    ) {
        let events = self.output.events();
        let planned = Planned {
            name: task.name.clone(),
            backend: self.backend.name(),
            containers,
            main_container: self.main.clone(),
            warnings: warnings.to_vec(),
        };
        events.send(RunEvent::Planned(planned));
        for plugin in plugins {
            events.send(RunEvent::Detail { message: plugin.to_string() });
        }
        for message in warnings {
            events.send(RunEvent::Warning { message: message.clone() });
        }
    }

    /// Launches. A signal in the meantime ends the retries, but the call in flight is waited for:
    /// it may create a task, which then has to be stopped.
    async fn launch(&mut self, plan: &B::Plan) -> Launch<B::Handle> {
        let backend = Arc::clone(&self.backend);
        let events = self.output.events();
        let (cancel, cancelled) = watch::channel(false);
        let mut launch = std::pin::pin!(backend.launch(plan, &events, cancelled));
        loop {
            tokio::select! {
                biased;
                signal = self.signals.next() => {
                    if self.stopped_by.is_some() {
                        return Launch::Left;
                    }
                    self.stopped_by = Some(StoppedBy::Signal(signal));
                    cancel.send_replace(true);
                    let reason = format!(
                        "{} while launching; waiting for the answer, so that no task is left behind",
                        signal.name(),
                    );
                    events.send(RunEvent::Stopping { reason });
                }
                launched = &mut launch => {
                    return match launched {
                        Ok(handle) => Launch::Launched(handle),
                        Err(error) => Launch::Failed(error),
                    };
                }
            }
        }
    }

    /// Tells why a task did not start, and waits until it is tried again, or until a signal.
    async fn pause_before_another(&mut self, seen: &Seen, delay: Duration, attempt: u32) {
        let reason = seen.end.as_ref().map(|end| end.reason.clone()).unwrap_or_default();
        self.output.events().send(RunEvent::Retrying { reason, delay, attempt });
        tokio::select! {
            biased;
            signal = self.signals.next() => self.stopped_by = Some(StoppedBy::Signal(signal)),
            () = tokio::time::sleep(delay) => {}
        }
    }

    /// Judges, tells everybody, and ends the output thread.
    async fn conclude(mut self, handle: &B::Handle, seen: Seen, launched: Instant) -> ExitCode {
        let backend = Arc::clone(&self.backend);
        let released = {
            let mut release = std::pin::pin!(backend.release(handle));
            loop {
                tokio::select! {
                    biased;
                    signal = self.signals.next() => {
                        if let Some(StoppedBy::Signal(_)) = self.stopped_by.replace(StoppedBy::Signal(signal)) {
                            return self.left(handle, signal, seen.end.is_some()).await;
                        }
                    }
                    released = &mut release => break released,
                }
            }
        };
        // What filters still hold of a container that was never heard comes out now.
        self.output.end_all(handle.containers());
        if let Err(error) = released {
            let message = match error.hints() {
                [] => error.to_string(),
                _ => format!("{error}; {}", error.advice()),
            };
            self.output.events().send(RunEvent::Warning { message });
        }
        let failures = match self.printed().await {
            Ok(failures) => failures,
            Err(signal) => return self.left(handle, signal, seen.end.is_some()).await,
        };
        let logs = seen.logs.unwrap_or_default();
        let mut outcome = match (&seen.error, self.stopped_by) {
            (Some(error), None) => lost(handle.id(), &handle.stop_command(), error),
            _ => outcome::judge(Facts {
                end: seen.end.as_ref(),
                stopped_by: self.stopped_by,
                main_container: &self.main,
                logs: &logs,
                require_complete_logs: self.settings.run.require_complete_logs,
                plugin_failed: !failures.filters.is_empty(),
            }),
        };
        if seen.end.is_none() && self.stopped_by.is_some() {
            outcome.hint = left_behind(handle, seen.stop_refused);
        }
        if let Some(error) = &failures.output {
            if outcome.verdict == Verdict::Succeeded {
                outcome.exit_code = ExitCode::INTERNAL;
                outcome.verdict = Verdict::Error;
                outcome.reason =
                    format!("the task succeeded, but standard output can not be written: {error}");
            } else {
                outcome.reason.push_str(&format!("; and standard output could not be written: {error}"));
            }
        }
        let mut phases = vec![Phase { name: "launch", duration: launched - self.started }];
        phases.extend(seen.end.iter().flat_map(|end| end.phases.iter().cloned()));
        if let Some(ended_at) = seen.ended_at {
            phases.push(Phase { name: "drain", duration: ended_at.elapsed() });
        }
        let report = RunReport {
            id: handle.id().to_owned(),
            exit_code: outcome.exit_code,
            verdict: outcome.verdict,
            reason: outcome.reason,
            hint: outcome.hint,
            main_container: self.main.clone(),
            containers: seen.end.map(|end| end.containers).unwrap_or_default(),
            logs,
            phases,
            elapsed: self.started.elapsed(),
            links: handle.links(),
            plugin_failures: failures.filters.into_iter().chain(failures.reporters).collect(),
        };
        self.finish(report).await
    }

    /// Waits until everything is printed. A reader of standard output that has stopped must not
    /// keep sortie: after a signal the wait lasts for the grace, after another one not at all.
    async fn printed(&mut self) -> Result<PipelineFailures, Signal> {
        let mut sync = std::pin::pin!(self.output.sync());
        let mut last = match self.stopped_by {
            Some(StoppedBy::Signal(signal)) => Some(signal),
            _ => None,
        };
        let mut grace = last.map(|_| tokio::time::Instant::now() + STOP_GRACE);
        loop {
            tokio::select! {
                biased;
                signal = self.signals.next() => {
                    if last.replace(signal).is_some() {
                        return Err(signal);
                    }
                    self.stopped_by = Some(StoppedBy::Signal(signal));
                    grace = Some(tokio::time::Instant::now() + STOP_GRACE);
                }
                failures = &mut sync => return Ok(failures),
                () = at(grace) => if let Some(signal) = last { return Err(signal); },
            }
        }
    }

    /// The launch did not lead to a task.
    async fn never_launched(self, error: LaunchError) -> ExitCode {
        let outcome = match (self.stopped_by, error) {
            (Some(StoppedBy::Signal(signal)), LaunchError::Cancelled) => Outcome {
                exit_code: ExitCode::of_signal(signal),
                verdict: Verdict::Cancelled,
                reason: format!("cancelled by {}; no task runs", signal.name()),
                hint: String::new(),
            },
            (_, error) => {
                let error = match error {
                    LaunchError::Failed(error) => error,
                    LaunchError::Cancelled => Error::internal(error.to_string()),
                };
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
        let report = RunReport {
            id: String::new(),
            exit_code: outcome.exit_code,
            verdict: outcome.verdict,
            reason: outcome.reason,
            hint: outcome.hint,
            main_container: self.main.clone(),
            containers: Vec::new(),
            logs: Vec::new(),
            phases: Vec::new(),
            elapsed: self.started.elapsed(),
            links: Vec::new(),
            plugin_failures: Vec::new(),
        };
        self.finish(report).await
    }

    async fn finish(mut self, report: RunReport) -> ExitCode {
        let exit = report.exit_code;
        self.output.events().send(RunEvent::Finished(Box::new(report)));
        tokio::select! {
            biased;
            signal = self.signals.next() => ExitCode::of_signal(signal),
            () = self.output.finish() => exit,
        }
    }

    /// A second signal: sortie leaves at once, after saying which task it leaves.
    async fn left(self, handle: &B::Handle, signal: Signal, ended: bool) -> ExitCode {
        self.backend.abandon(handle).await;
        let (message, hint) = match ended {
            true => (format!("{} again: leaving; {} has ended", signal.name(), handle.id()), String::new()),
            false => (
                format!("{} again: leaving {} while it stops", signal.name(), handle.id()),
                format!("if it should still run: {}", handle.stop_command()),
            ),
        };
        say_error(self.settings, &message, &hint);
        ExitCode::of_signal(signal)
    }

    /// A second signal while the platform had not answered the launch.
    fn left_while_launching(self, plan: &B::Plan) -> ExitCode {
        say_left_while_launching(self.settings, plan);
        match self.stopped_by {
            Some(StoppedBy::Signal(signal)) => ExitCode::of_signal(signal),
            _ => ExitCode::INTERNAL,
        }
    }
}

/// The time that the task's containers have between the stop signal and the kill. Containers that
/// wait for each other are stopped one after the other.
fn stop_timeout(task: &TaskSpec) -> Duration {
    let timeout = |container: &ContainerSpec| {
        container.stop_timeout.map_or(DEFAULT_STOP_TIMEOUT, |seconds| Duration::from_secs(seconds.into()))
    };
    let timeouts = task.containers.iter().map(timeout);
    match task.containers.iter().all(|container| container.depends_on.is_empty()) {
        true => timeouts.max().unwrap_or(DEFAULT_STOP_TIMEOUT),
        false => timeouts.sum(),
    }
}

/// The task was launched, and the platform can no longer be asked about it.
fn lost(id: &str, stop_command: &str, error: &Error) -> Outcome {
    let mut hint = format!("{id} may still be running; to stop it: {stop_command}");
    if !error.hints().is_empty() {
        hint = format!("{}; {hint}", error.advice());
    }
    Outcome { exit_code: ExitCode::INTERNAL, verdict: Verdict::Error, reason: error.to_string(), hint }
}
