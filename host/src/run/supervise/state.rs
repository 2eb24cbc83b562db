//! What to do next with a task, decided without I/O.
//!
//! [`State::on`] takes what has happened and answers with what to do; [`super::drive`] does it and comes
//! back with what happens then. Time is what it is told, so that tables of steps can test it.
//!
//! ```text
//! Launching ⇄ Pausing          (another attempt)
//!     ↓          ↑
//!  Watching ─────┘             (the task failed to start)
//!     ↓
//!  Releasing → Printing → over
//! ```

use std::time::Duration;

use tokio::time::Instant;

use super::mode::Logs;
use super::mode::Mode;
use super::mode::OnSignal;
use super::relaunch::Relaunch;
use super::step::Do;
use super::step::Left;
use super::step::Over;
use super::step::Place;
use super::step::Seen;
use super::step::Step;
use super::stop;
use super::stop::StopSoFar;
use super::stop::StopTries;
use crate::backend::Handle;
use crate::backend::LaunchError;
use crate::backend::StopError;
use crate::backend::TaskEnd;
use crate::error::Error;
use crate::error::Kind;
use crate::event::EventKind;
use crate::run::outcome::StoppedBy;
use crate::signal::Signal;
use crate::stream::PipelineReport;

/// What bounds the supervision.
#[derive(Debug, Clone)]
pub(in crate::run) struct Limits {
    /// `--timeout`, from the launch; for a task that was there before, from the command's start.
    pub(in crate::run) timeout: Option<Duration>,
    /// Whether that stops the task. If not, it ends the watching.
    pub(in crate::run) stop_on_timeout: bool,
    /// How long the platform may take to stop the task.
    pub(in crate::run) stop_timeout: Duration,
    /// How long attempts to launch are made.
    pub(in crate::run) capacity_budget: Duration,
    /// Whether a failed filter ends the task.
    pub(in crate::run) stop_on_filter_failure: bool,
}

/// When the next step is due by itself.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timers {
    /// For [`Step::PauseOver`].
    pub(super) pause: Option<Instant>,
    /// For [`Step::DeadlineOver`].
    pub(super) deadline: Option<Instant>,
    /// For [`Step::StopPauseOver`].
    pub(super) stop_pause: Option<Instant>,
    /// For [`Step::GraceOver`].
    pub(super) grace: Option<Instant>,
}

/// Where the supervision is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Launching,
    Pausing,
    Watching,
    Releasing,
    Printing,
    Over,
}

/// The supervision of one task.
#[derive(Debug)]
pub(super) struct State {
    mode: Mode,
    limits: Limits,
    stage: Stage,
    /// When the next steps are due.
    pub(super) timers: Timers,
    relaunch: Relaunch,
    stopped_by: Option<StoppedBy>,
    /// The tries of a stop that is not accepted yet.
    stopping: Option<StopTries>,
    gave_up: bool,
    seen: Option<Seen>,
}

impl State {
    /// A supervision that begins at `now`.
    pub(super) fn new(mode: Mode, limits: Limits, now: Instant) -> Self {
        let relaunch = Relaunch::new(now, limits.capacity_budget);
        Self {
            mode,
            limits,
            stage: Stage::Launching,
            timers: Timers::default(),
            relaunch,
            stopped_by: None,
            stopping: None,
            gave_up: false,
            seen: None,
        }
    }

    /// What to do first with a task that is to be launched.
    pub(super) fn launch(&mut self) -> Vec<Do> {
        vec![Do::Launch(self.relaunch.next())]
    }

    /// What to do first with a task that was launched before. `--timeout` counts from `started`.
    pub(super) fn attach(&mut self, handle: Handle, place: Place, started: Instant, now: Instant) -> Vec<Do> {
        self.begin_watching(handle, place, started, now)
    }

    /// Whether a failed filter is of interest now.
    pub(super) fn heeds_filters(&self) -> bool {
        self.limits.stop_on_filter_failure && self.may_stop()
    }

    /// What to do after a step.
    pub(super) fn on(&mut self, step: Step, now: Instant) -> Vec<Do> {
        match step {
            Step::Signal(signal) => self.on_signal(signal, now),
            Step::Launched(handle, place) => self.begin_watching(handle, place, now, now),
            Step::NotLaunched(error) => self.on_not_launched(error, now),
            Step::PauseOver => {
                self.timers.pause = None;
                self.stage = Stage::Launching;
                self.launch()
            }
            Step::DeadlineOver => {
                self.timers.deadline = None;
                match (self.may_stop(), self.limits.timeout) {
                    (true, Some(limit)) if self.limits.stop_on_timeout => {
                        self.stop(StoppedBy::Timeout(limit), now)
                    }
                    (true, Some(limit)) => self.wait_no_longer(limit, now),
                    _ => Vec::new(),
                }
            }
            Step::FilterFailed if self.may_stop() => self.stop(StoppedBy::PluginFailure, now),
            Step::FilterFailed => Vec::new(),
            Step::Stopped(answer) => self.on_stopped(answer, now),
            Step::StopPauseOver => {
                self.timers.stop_pause = None;
                vec![Do::Stop(self.stop_reason())]
            }
            Step::Ended(ended) => self.on_ended(ended, now),
            Step::Logged(logs) => {
                if let Some(seen) = &mut self.seen {
                    seen.logs = Some(logs);
                }
                self.next(Vec::new(), now)
            }
            Step::GraceOver => self.on_grace_over(now),
            Step::Released(released) => self.on_released(released, now),
            Step::Printed(failures) => self.finish(failures),
        }
    }

    fn on_signal(&mut self, signal: Signal, now: Instant) -> Vec<Do> {
        if self.mode.on_signal == OnSignal::Leave {
            let stop = self.stop_so_far(now);
            return self.leave(Left::Unwatched { signal, stop });
        }
        let first = self.signal();
        if first.is_some() || signal.leaves_at_once() {
            return match self.stage {
                Stage::Launching => self.leave(Left::Launching(first.unwrap_or(signal))),
                Stage::Pausing => self.cancel_pause(signal),
                _ => {
                    let stop = self.stop_so_far(now);
                    self.leave(Left::Ours { signal, again: first.is_some(), stop })
                }
            };
        }
        match self.stage {
            Stage::Launching => {
                self.stopped_by = Some(StoppedBy::Signal(signal));
                vec![Do::CancelLaunch, Do::Say(stop::asked_while_launching(signal))]
            }
            Stage::Pausing => self.cancel_pause(signal),
            Stage::Watching | Stage::Releasing | Stage::Printing if self.has_ended() => {
                self.stopped_by = Some(StoppedBy::Signal(signal));
                if self.stage != Stage::Releasing {
                    self.timers.grace = Some(now + stop::GRACE);
                }
                let id = self.seen.as_ref().map(|seen| seen.handle.id.as_str()).unwrap_or_default();
                vec![Do::Say(stop::ended_already(id, signal))]
            }
            Stage::Watching => {
                let asked_before = self.stopped_by.replace(StoppedBy::Signal(signal)).is_some();
                self.timers.grace = Some(self.grace(now));
                match asked_before {
                    true => vec![Do::Say(self.stop_notice())],
                    false => self.ask_for_stop(now),
                }
            }
            Stage::Printing => {
                self.stopped_by = Some(StoppedBy::Signal(signal));
                self.timers.grace = Some(now + stop::GRACE);
                Vec::new()
            }
            Stage::Releasing | Stage::Over => {
                self.stopped_by = Some(StoppedBy::Signal(signal));
                Vec::new()
            }
        }
    }

    /// There is no task now, and there will be none.
    fn cancel_pause(&mut self, signal: Signal) -> Vec<Do> {
        self.stopped_by = Some(StoppedBy::Signal(signal));
        self.not_launched(LaunchError::Cancelled)
    }

    fn begin_watching(
        &mut self,
        handle: Handle,
        place: Place,
        counts_from: Instant,
        now: Instant,
    ) -> Vec<Do> {
        self.stage = Stage::Watching;
        let mut todo = Vec::new();
        if self.mode.on_signal == OnSignal::Stop {
            let (id, url) = (handle.id.clone(), handle.url().map(str::to_owned));
            todo.push(Do::Say(EventKind::Launched { id, url }));
        }
        self.seen = Some(Seen {
            handle,
            place,
            launched_at: now,
            end: None,
            error: None,
            ended_at: None,
            stop_refused: None,
            logs: None,
        });
        if self.mode.logs != Logs::Unread {
            todo.push(Do::ReadLogs);
        }
        if self.mode.watch {
            todo.push(Do::Watch);
            self.timers.deadline = self.limits.timeout.map(|timeout| counts_from + timeout);
        }
        if self.stopped_by.is_some() {
            self.timers.grace = Some(self.grace(now));
            todo.extend(self.ask_for_stop(now));
        }
        self.next(todo, now)
    }

    fn on_not_launched(&mut self, error: LaunchError, now: Instant) -> Vec<Do> {
        let error = match error {
            LaunchError::Failed(error) if error.kind() == Kind::NoCapacity => error,
            error => return self.not_launched(error),
        };
        if self.stopped_by.is_some() {
            return self.not_launched(LaunchError::Cancelled);
        }
        match self.relaunch.after_no_capacity(now) {
            Some(delay) => self.pause(error.to_string(), delay, now),
            None => {
                let (attempts, seconds) = (self.relaunch.attempts, self.relaunch.elapsed(now).as_secs());
                let s = if attempts == 1 { "" } else { "s" };
                let error = error
                    .reworded(|what| format!("{what}; given up after {attempts} attempt{s} in {seconds} s"));
                self.not_launched(LaunchError::Failed(error))
            }
        }
    }

    fn pause(&mut self, reason: String, delay: Duration, now: Instant) -> Vec<Do> {
        self.stage = Stage::Pausing;
        self.timers = Timers { pause: Some(now + delay), ..Timers::default() };
        let reason = format!("attempt {} failed: {reason}", self.relaunch.attempts);
        vec![Do::Say(EventKind::Retrying { reason, delay })]
    }

    fn on_stopped(&mut self, answer: Result<(), StopError>, now: Instant) -> Vec<Do> {
        let Err(refused) = answer else {
            self.stopping = None;
            return self.next(Vec::new(), now);
        };
        let ended = self.has_ended();
        let pause = self.stopping.as_mut().and_then(|tries| tries.after(&refused, now));
        if let (Some(pause), false) = (pause, ended) {
            self.timers.stop_pause = Some(now + pause);
            let message = format!("StopTask: {refused}; again in {:.1} s", pause.as_secs_f64());
            return vec![Do::Say(EventKind::detail(message))];
        }
        self.stopping = None;
        let mut todo = Vec::new();
        // A task that has ended needs no stop.
        if let (Some(seen), false) = (&mut self.seen, ended) {
            todo.push(Do::Say(stop::not_stopped(&seen.handle, &refused.error)));
            seen.stop_refused = Some(refused.error.to_string());
            // Nothing ends the task now, so there is nothing to wait for.
            if self.mode.watch {
                self.timers.grace = Some(now);
            }
        }
        self.next(todo, now)
    }

    fn on_ended(&mut self, ended: Result<TaskEnd, Error>, now: Instant) -> Vec<Do> {
        let Some(seen) = &mut self.seen else { return Vec::new() };
        seen.ended_at = Some(now);
        let todo = match ended {
            Ok(end) => {
                seen.end = Some(end.clone());
                vec![Do::TellEnd(Some(end))]
            }
            Err(error) => {
                seen.error = Some(error);
                // Nobody will say any more when the logs end; what is there is read.
                let soon = now + stop::GRACE;
                self.timers.grace = Some(self.timers.grace.map_or(soon, |grace| grace.min(soon)));
                vec![Do::TellEnd(None)]
            }
        };
        self.timers.deadline = None;
        self.next(todo, now)
    }

    fn on_grace_over(&mut self, now: Instant) -> Vec<Do> {
        self.timers.grace = None;
        match (self.stage, self.signal()) {
            // A reader of standard output that has stopped must not keep sortie after a signal.
            (Stage::Printing, Some(signal)) => {
                let stop = self.stop_so_far(now);
                self.leave(Left::Ours { signal, again: false, stop })
            }
            (Stage::Watching, _) => {
                self.gave_up = true;
                self.next(vec![Do::GiveUp], now)
            }
            _ => Vec::new(),
        }
    }

    fn on_released(&mut self, released: Result<(), Error>, now: Instant) -> Vec<Do> {
        let mut todo = Vec::new();
        if let Err(error) = released {
            let message = match error.hints() {
                [] => error.to_string(),
                _ => format!("{error}; {}", error.advice()),
            };
            todo.push(Do::Say(EventKind::warning(message)));
        }
        self.stage = Stage::Printing;
        self.timers = Timers { grace: self.signal().map(|_| now + stop::GRACE), ..Timers::default() };
        todo.push(Do::Print);
        todo
    }

    /// Goes on to the next stage, if everything in this one is done.
    fn next(&mut self, mut todo: Vec<Do>, now: Instant) -> Vec<Do> {
        let Some(seen) = self.seen.as_ref().filter(|_| self.stage == Stage::Watching) else { return todo };
        let read = self.mode.logs == Logs::Unread || seen.logs.is_some() || self.gave_up;
        // A command that wants the logs alone is done when they are read.
        let logs_alone = self.mode.on_signal == OnSignal::Leave && seen.logs.is_some();
        let watched = !self.mode.watch || self.has_ended() || seen.error.is_some() || self.gave_up;
        // A stop must have been accepted before sortie may leave, unless it is told to.
        if !read || !(watched || logs_alone) || self.stopping.is_some() {
            return todo;
        }
        let transient = self.stopped_by.is_none().then_some(seen.end.as_ref()).flatten();
        if let Some(end) = transient.filter(|end| end.transient && self.mode.relaunch) {
            let reason = end.reason.clone();
            if let Some(delay) = self.relaunch.after_failed_start(now) {
                self.seen = None;
                todo.extend(self.pause(reason, delay, now));
                return todo;
            }
        }
        self.stage = Stage::Releasing;
        self.timers = Timers::default();
        todo.push(Do::Release);
        todo
    }

    fn stop(&mut self, by: StoppedBy, now: Instant) -> Vec<Do> {
        self.stopped_by = Some(by);
        self.timers.grace = Some(self.grace(now));
        self.ask_for_stop(now)
    }

    /// The waiting ends, and the task goes on.
    fn wait_no_longer(&mut self, limit: Duration, now: Instant) -> Vec<Do> {
        self.stopped_by = Some(StoppedBy::Waiting(limit));
        self.gave_up = true;
        self.next(vec![Do::GiveUp], now)
    }

    fn ask_for_stop(&mut self, now: Instant) -> Vec<Do> {
        self.stopping = Some(StopTries::new(now));
        // Said before anything comes of it. Sending an event waits for nobody.
        vec![Do::Say(self.stop_notice()), Do::Stop(self.stop_reason())]
    }

    fn stop_notice(&self) -> EventKind {
        let (id, place) = match &self.seen {
            Some(seen) => (seen.handle.id.as_str(), seen.place),
            None => ("", Place::Platform),
        };
        stop::asked(id, &self.stop_reason(), place, self.limits.stop_timeout, self.signal().is_some())
    }

    /// What became of the task's stop.
    fn stop_so_far(&self, now: Instant) -> StopSoFar {
        match (&self.stopping, &self.seen) {
            (_, Some(seen)) if seen.end.is_some() => StopSoFar::Ended,
            (Some(tries), _) => tries.so_far(now),
            (None, Some(seen)) => match (&seen.stop_refused, self.stopped_by) {
                (Some(why), _) => StopSoFar::NotAccepted(why.clone()),
                (None, Some(_)) => StopSoFar::Accepted,
                (None, None) => StopSoFar::NotAsked,
            },
            (None, None) => StopSoFar::NotAsked,
        }
    }

    /// Why sortie stops the task.
    fn stop_reason(&self) -> String {
        match self.stopped_by {
            Some(StoppedBy::Timeout(_) | StoppedBy::Waiting(_)) => "timed out".to_owned(),
            Some(StoppedBy::PluginFailure) => "a filter failed".to_owned(),
            Some(StoppedBy::Signal(signal)) => format!("cancelled by {}", signal.name()),
            None => "cancelled".to_owned(),
        }
    }

    fn not_launched(&mut self, error: LaunchError) -> Vec<Do> {
        self.stage = Stage::Over;
        self.timers = Timers::default();
        vec![Do::Finish(Over::NotLaunched { error, signal: self.signal() })]
    }

    fn finish(&mut self, pipeline: PipelineReport) -> Vec<Do> {
        self.stage = Stage::Over;
        self.timers = Timers::default();
        let stopped_by = self.stopped_by;
        let Some(seen) = self.seen.take() else { return Vec::new() };
        vec![Do::Finish(Over::Seen { seen: Box::new(seen), stopped_by, pipeline: Box::new(pipeline) })]
    }

    fn leave(&mut self, left: Left) -> Vec<Do> {
        self.stage = Stage::Over;
        self.timers = Timers::default();
        vec![Do::Leave(left)]
    }

    /// Whether sortie may stop the task for a reason of its own.
    fn may_stop(&self) -> bool {
        self.stage == Stage::Watching && self.stopped_by.is_none() && !self.has_ended()
    }

    fn has_ended(&self) -> bool {
        self.seen.as_ref().is_some_and(|seen| seen.end.is_some())
    }

    fn signal(&self) -> Option<Signal> {
        match self.stopped_by {
            Some(StoppedBy::Signal(signal)) => Some(signal),
            _ => None,
        }
    }

    fn grace(&self, now: Instant) -> Instant {
        now + self.limits.stop_timeout + stop::GRACE
    }
}

#[cfg(test)]
mod tests;
