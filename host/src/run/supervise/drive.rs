//! Waits for what happens to a task, and does what [`State`] says.

use std::sync::Arc;
use std::time::Instant as StdInstant;

use tokio::sync::watch;
use tokio::task::JoinError;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::mode::Logs;
use super::mode::Mode;
use super::state::Limits;
use super::state::State;
use super::step::Do;
use super::step::Left;
use super::step::Over;
use super::step::Place;
use super::step::Step;
use super::stop::StopSoFar;
use crate::backend::LaunchError;
use crate::backend::LogPart;
use crate::backend::Placement;
use crate::backend::Plan;
use crate::backend::StopError;
use crate::backend::Task;
use crate::backend::TaskEnd;
use crate::backend::Until;
use crate::error::Error;
use crate::event::EventKind;
use crate::exit::ExitCode;
use crate::report::ContainerLog;
use crate::run::Job;
use crate::run::id_file;
use crate::run::last_words;
use crate::run::output_handle::OutputHandle;
use crate::run::plugins::Filters;
use crate::run::signals::Signals;
use crate::stream::Attempt;
use crate::stream::Handled;
use crate::stream::sender::READER_FAILED;

/// What a supervision works with.
pub(in crate::run) struct Supervision<'a> {
    /// Which parts of it the command has.
    pub(in crate::run) mode: Mode,
    /// What bounds it.
    pub(in crate::run) limits: Limits,
    /// Which part of its logs is read.
    pub(in crate::run) part: LogPart,
    /// Where the task comes from.
    pub(in crate::run) start: Start,
    /// Filters for the log of an attempt after the first.
    pub(in crate::run) filters: Filters,
    /// For last words.
    pub(in crate::run) job: Job<'a>,
    /// Where everything is shown.
    pub(in crate::run) output: &'a OutputHandle,
    /// True once a filter has failed.
    pub(in crate::run) filter_failed: watch::Receiver<bool>,
    /// The process's signals.
    pub(in crate::run) signals: &'a mut Signals,
}

/// Where a task comes from.
pub(in crate::run) enum Start {
    /// It is launched.
    Launch(Arc<dyn Plan>),
    /// It was launched before.
    Attach {
        /// The task.
        task: Arc<dyn Task>,
        /// When the command began, from which `--timeout` counts.
        started: StdInstant,
    },
}

/// Supervises a task from its launch (or from now on) to its end.
///
/// # Errors
///
/// sortie was told to leave at once; the last words are said.
pub(in crate::run) async fn supervise(supervision: Supervision<'_>) -> Result<Over, ExitCode> {
    let Supervision { mode, limits, part, start, filters, job, output, filter_failed, signals } = supervision;
    let now = Instant::now();
    let mut state = State::new(mode, limits, now);
    let mut driver = Driver {
        mode,
        part,
        job,
        output,
        filters,
        // The first launch makes it the first.
        attempt: Attempt { attempt: 0, ..Attempt::FIRST },
        plan: None,
        task: None,
        cancel: watch::channel(false).0,
        end: None,
        launching: None,
        watching: None,
        reading: None,
        stopping: None,
        releasing: None,
        printing: None,
    };
    let todo = match start {
        Start::Launch(plan) => {
            driver.plan = Some(plan);
            state.launch()
        }
        Start::Attach { task, started } => {
            driver.attempt = Attempt::FIRST;
            let handle = task.handle().clone();
            driver.task = Some(task);
            let place = driver.place();
            state.attach(handle, place, Instant::from_std(started), now)
        }
    };
    driver.run(state, todo, filter_failed, signals).await
}

/// Everything that is under way.
struct Driver<'a> {
    mode: Mode,
    part: LogPart,
    job: Job<'a>,
    output: &'a OutputHandle,
    filters: Filters,
    attempt: Attempt,
    plan: Option<Arc<dyn Plan>>,
    task: Option<Arc<dyn Task>>,
    /// Set when the attempt under way is to make no further call.
    cancel: watch::Sender<bool>,
    /// Tells the readers of logs how the task ended.
    end: Option<watch::Sender<Option<TaskEnd>>>,
    launching: Option<JoinHandle<Result<Arc<dyn Task>, LaunchError>>>,
    watching: Option<JoinHandle<Result<TaskEnd, Error>>>,
    reading: Option<JoinHandle<Vec<ContainerLog>>>,
    stopping: Option<JoinHandle<Result<(), StopError>>>,
    releasing: Option<JoinHandle<Result<(), Error>>>,
    printing: Option<JoinHandle<Handled>>,
}

impl Driver<'_> {
    async fn run(
        mut self,
        mut state: State,
        mut todo: Vec<Do>,
        mut filter_failed: watch::Receiver<bool>,
        signals: &mut Signals,
    ) -> Result<Over, ExitCode> {
        loop {
            for action in todo {
                match action {
                    Do::Finish(over) => return Ok(self.over(over)),
                    Do::Leave(left) => return Err(self.leave(left).await),
                    action => self.perform(action).await,
                }
            }
            let timers = state.timers;
            let step = tokio::select! {
                biased;
                signal = signals.next() => Step::Signal(signal),
                () = at(timers.deadline) => Step::DeadlineOver,
                () = failed(&mut filter_failed), if state.heeds_filters() => Step::FilterFailed,
                launched = joined(&mut self.launching) => self.launched(launched),
                () = at(timers.pause) => Step::PauseOver,
                stopped = joined(&mut self.stopping) => Step::Stopped(stopped.unwrap_or(Ok(()))),
                () = at(timers.stop_pause) => Step::StopPauseOver,
                ended = joined(&mut self.watching) => Step::Ended(flatten(ended)),
                logs = joined(&mut self.reading) => Step::Logged(self.logs(logs)),
                released = joined(&mut self.releasing) => Step::Released(flatten(released)),
                handled = joined(&mut self.printing) => {
                    Step::Printed(handled.map(|handled| handled.pipeline).unwrap_or_default())
                }
                () = at(timers.grace) => Step::GraceOver,
            };
            todo = state.on(step, Instant::now());
        }
    }

    async fn perform(&mut self, action: Do) {
        match action {
            Do::Launch(placement) => self.launch(placement).await,
            Do::CancelLaunch => drop(self.cancel.send_replace(true)),
            Do::Watch => {
                let (task, events) = (self.task.clone(), self.output.events(self.attempt));
                self.watching = task.map(|task| tokio::spawn(async move { task.watch(&events).await }));
            }
            Do::ReadLogs => self.read_logs(),
            Do::TellEnd(Some(end)) => {
                if let Some(sender) = &self.end {
                    sender.send_replace(Some(end));
                }
            }
            Do::TellEnd(None) => self.end = None,
            Do::Stop(why) => {
                let (task, reason) = (self.task.clone(), format!("sortie: {why}"));
                self.stopping = task.map(|task| tokio::spawn(async move { task.stop(&reason).await }));
            }
            Do::GiveUp => self.give_up().await,
            Do::Release => {
                let task = self.task.clone();
                self.releasing = Some(tokio::spawn(async move {
                    match task.as_ref().and_then(|task| task.local()) {
                        Some(local) => local.release().await,
                        None => Ok(()),
                    }
                }));
            }
            Do::Print => {
                // What filters still hold of a container that was never heard comes out now.
                self.output.end_all(self.attempt, self.names().len());
                self.printing = Some(tokio::spawn(self.output.sync()));
            }
            Do::Say(kind) => self.output.events(self.attempt).send(kind),
            Do::Finish(_) | Do::Leave(_) => {}
        }
    }

    /// Makes the next attempt. The filters of an attempt whose task was seen have a state, and lines of
    /// another task must not meet it: the next attempt gets its own.
    async fn launch(&mut self, placement: Placement) {
        let before = self.attempt;
        self.attempt = before.next();
        let Some(plan) = self.plan.clone() else { return };
        let events = self.output.events(self.attempt);
        self.cancel = watch::channel(false).0;
        let cancelled = self.cancel.subscribe();
        let (output, attempt) = (self.output.opener(), self.attempt);
        let filters = self.task.take().map(|task| (self.filters.clone(), task.handle().container_names()));
        if filters.is_none() {
            output.pass_on(before);
        }
        self.launching = Some(tokio::spawn(async move {
            if let Some((filters, containers)) = filters {
                let chains = filters.open(&containers).await.map_err(LaunchError::Failed)?;
                output.open(attempt, chains);
            }
            plan.launch(&placement, &events, cancelled).await
        }));
    }

    fn launched(&mut self, launched: Result<Result<Arc<dyn Task>, LaunchError>, JoinError>) -> Step {
        match launched {
            Ok(Ok(task)) => {
                let handle = task.handle().clone();
                self.task = Some(task);
                let place = self.place();
                if let (Some(path), Place::Platform) = (&self.job.settings.run.id_file, place)
                    && let Err(why) = id_file::write(path, &handle.id)
                {
                    self.output.events(self.attempt).send(EventKind::warning(why));
                }
                // A task on this machine ends with its sortie.
                if place == Place::Platform
                    && let Err(why) = self.output.journal().begin(&handle)
                {
                    let message = format!("`sortie attach` will not know what was printed: {why}");
                    self.output.events(self.attempt).send(EventKind::detail(message));
                }
                Step::Launched(handle, place)
            }
            Ok(Err(error)) => Step::NotLaunched(error),
            Err(error) => {
                let error = Error::internal("launching failed; this is a defect of sortie").caused_by(error);
                Step::NotLaunched(LaunchError::Failed(error))
            }
        }
    }

    fn read_logs(&mut self) {
        let (sender, ended) = watch::channel(None);
        self.end = Some(sender);
        let until = match self.mode.logs {
            Logs::UpToNow => Until::Now,
            Logs::ToTheEnd | Logs::Unread => Until::End(ended),
        };
        let (task, lines, part) = (self.task.clone(), self.output.lines(self.attempt), self.part.clone());
        self.reading =
            task.map(|task| tokio::spawn(async move { task.read_logs(&lines, &part, until).await }));
    }

    /// What was read of the logs, also where their reader failed.
    fn logs(&self, logs: Result<Vec<ContainerLog>, JoinError>) -> Vec<ContainerLog> {
        logs.unwrap_or_else(|_| self.output.broken_off(self.attempt, &self.names(), READER_FAILED))
    }

    async fn give_up(&mut self) {
        if let Some(watching) = self.watching.take() {
            watching.abort();
        }
        if let Some(reading) = self.reading.take() {
            reading.abort();
            // It must send nothing more; a panic of it tells nothing more either.
            let _ = reading.await;
        }
        self.abandon().await;
    }

    /// Logs that sortie did not read to their end count as far as they were read.
    fn over(&self, mut over: Over) -> Over {
        if let Over::Seen { seen, .. } = &mut over
            && self.mode.logs != Logs::Unread
        {
            let names = self.names();
            let left = || self.output.broken_off(self.attempt, &names, "sortie left before its end");
            seen.logs.get_or_insert_with(left);
        }
        over
    }

    async fn abandon(&self) {
        if let Some(local) = self.task.as_ref().and_then(|task| task.local()) {
            local.abandon().await;
        }
    }

    /// Leaves at once, after saying which task is left.
    async fn leave(&mut self, left: Left) -> ExitCode {
        if let Some(watching) = &self.watching {
            watching.abort();
        }
        if let Some(reading) = &self.reading {
            reading.abort();
        }
        match (left, &self.task, &self.plan) {
            (Left::Launching(signal), _, Some(plan)) => {
                if let Some(local) = plan.local() {
                    local.abandon().await;
                }
                last_words::left_while_launching(self.job, signal, plan.as_ref())
            }
            (Left::Ours { signal, again, stop }, Some(task), _) => {
                self.abandon().await;
                let why = if again { format!("{} again", signal.name()) } else { signal.name().to_owned() };
                match self.place() {
                    Place::Here => last_words::ended_at_once(self.job, signal, &why, task.handle(), &stop),
                    Place::Platform => last_words::left(self.job, signal, &why, task.handle(), &stop),
                }
            }
            (Left::Unwatched { signal, stop }, Some(task), _) => match stop {
                StopSoFar::NotAsked => last_words::left_unwatched(self.job, signal, &task.handle().id),
                stop => last_words::left(self.job, signal, signal.name(), task.handle(), &stop),
            },
            (Left::Launching(signal) | Left::Ours { signal, .. } | Left::Unwatched { signal, .. }, _, _) => {
                ExitCode::of_signal(signal)
            }
        }
    }

    /// Where the task runs.
    fn place(&self) -> Place {
        match self.task.as_ref().and_then(|task| task.local()) {
            Some(_) => Place::Here,
            None => Place::Platform,
        }
    }

    fn names(&self) -> Vec<String> {
        self.task.as_ref().map(|task| task.handle().container_names()).unwrap_or_default()
    }
}

/// Returns at that moment; never without one.
async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// Returns when a filter has failed. A channel whose sender is gone means that none will any more.
async fn failed(filter_failed: &mut watch::Receiver<bool>) {
    if filter_failed.wait_for(|failed| *failed).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// The result of what is under way, which is not under way any more; never if nothing is.
async fn joined<T>(under_way: &mut Option<JoinHandle<T>>) -> Result<T, JoinError> {
    let Some(handle) = under_way else { return std::future::pending().await };
    let result = handle.await;
    *under_way = None;
    result
}

fn flatten<T>(result: Result<Result<T, Error>, JoinError>) -> Result<T, Error> {
    result.unwrap_or_else(|error| {
        Err(Error::internal("watching the task failed; this is a defect of sortie").caused_by(error))
    })
}
