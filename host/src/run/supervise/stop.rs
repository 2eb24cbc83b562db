//! Whether a stop is asked for again (nobody else decides that), and what is said about a stop.

use std::time::Duration;

use tokio::time::Instant;

use super::step::Place;
use crate::backend::Handle;
use crate::backend::StopError;
use crate::backend::backoff::Backoff;
use crate::backend::task::StopAgain;
use crate::error::Error;
use crate::event::EventKind;
use crate::output::render::text;
use crate::signal::Signal;

/// How long a stop is insisted on. It is the last thing that a cancelled run does, and a task that
/// goes on costs money: longer than anybody likes to wait, shorter than a job's hard limit.
const BUDGET: Duration = Duration::from_secs(60);

/// How long a task that the platform does not know is taken for one that it does not know yet: its
/// launch may have been a moment ago, and platforms are eventually consistent.
const UNKNOWN_BUDGET: Duration = Duration::from_secs(15);

/// After a stop was asked for, how much longer than the stop timeout sortie waits for the task's
/// end and the rest of its log. A second signal cuts it short.
pub(super) const GRACE: Duration = Duration::from_secs(10);

/// The tries of one stop.
#[derive(Debug)]
pub(in crate::run) struct StopTries {
    since: Instant,
    pauses: Backoff,
    /// Why the last try was not accepted.
    failure: Option<String>,
}

/// What became of the wish to stop a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::run) enum StopSoFar {
    /// Nobody has asked for it.
    NotAsked,
    /// It was asked for so long ago, and the platform has not answered.
    Unanswered(Duration),
    /// The platform has not accepted it; why.
    NotAccepted(String),
    /// The platform has accepted it.
    Accepted,
    /// The task has ended.
    Ended,
}

impl StopTries {
    /// For a stop that is first asked for at `now`.
    pub(in crate::run) fn new(now: Instant) -> Self {
        Self { since: now, pauses: Backoff::for_calls(), failure: None }
    }

    /// How it stands with a stop that is not accepted yet.
    pub(super) fn so_far(&self, now: Instant) -> StopSoFar {
        match &self.failure {
            Some(why) => StopSoFar::NotAccepted(why.clone()),
            None => StopSoFar::Unanswered(now.saturating_duration_since(self.since)),
        }
    }

    /// The platform did not accept the stop: how long to wait before it is asked again; `None`: it is
    /// not.
    pub(in crate::run) fn after(&mut self, error: &StopError, now: Instant) -> Option<Duration> {
        self.failure = Some(error.to_string());
        let budget = match error.again {
            StopAgain::Never => return None,
            StopAgain::Soon => BUDGET,
            StopAgain::IfNotKnownYet => UNKNOWN_BUDGET,
        };
        let pause = self.pauses.pause();
        (now.saturating_duration_since(self.since) + pause <= budget).then_some(pause)
    }
}

/// A stop is asked for: why, how long it may take, and what a person can do meanwhile. `limit` is how
/// long the platform has, `heeds` whether a second signal is what leaves.
pub(super) fn asked(id: &str, why: &str, place: Place, limit: Duration, heeds: bool) -> EventKind {
    let (limit, whole) = (text::whole_seconds(limit), text::whole_seconds(limit + GRACE));
    let time = match place {
        Place::Here => format!("it has {limit} before it is killed"),
        Place::Platform => format!("its end and its log are waited for, {whole} at most"),
    };
    let second = match (heeds, place) {
        (false, _) => "",
        (true, Place::Here) => "; a second signal kills it at once",
        (true, Place::Platform) => "; a second signal leaves at once, whether it has stopped or not",
    };
    EventKind::Stopping { reason: format!("{id}: {why}"), advice: format!("{time}{second}") }
}

/// A signal came while the platform had not answered the launch.
pub(super) fn asked_while_launching(signal: Signal) -> EventKind {
    EventKind::Stopping {
        reason: format!("{} while launching", signal.name()),
        advice: "the platform's answer is waited for, so that no task is left behind; a second signal \
                 leaves at once, although a task may have been created"
            .to_owned(),
    }
}

/// A signal came when the task had ended and its log was still read.
pub(super) fn ended_already(id: &str, signal: Signal) -> EventKind {
    EventKind::Stopping {
        reason: format!("{id}: {}; the task has ended", signal.name()),
        advice: format!(
            "the rest of its log is waited for, {} at most; a second signal leaves at once",
            text::whole_seconds(GRACE)
        ),
    }
}

/// The platform did not accept the stop.
pub(super) fn not_stopped(handle: &Handle, why: &Error) -> EventKind {
    let (id, command) = (&handle.id, &handle.stop_command);
    EventKind::warning(format!("{id} could not be stopped: {why}; stop it by hand: {command}"))
}

/// What to do when sortie leaves before a task that it wanted to stop has ended.
pub(in crate::run) fn left_behind(handle: &Handle, refused: bool) -> String {
    let (id, command) = (&handle.id, &handle.stop_command);
    match refused {
        true => format!("{id} could not be stopped and goes on; stop it by hand: {command}"),
        false => format!(
            "sortie asked for the stop and left before {id} had ended; check with the platform, or: {command}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long a stop is tried that always fails so.
    fn tried(again: StopAgain) -> (u32, Duration) {
        let start = Instant::now();
        let (mut tries, mut now, mut count) = (StopTries::new(start), start, 1);
        let error = StopError { error: Error::platform("no"), again };
        while let Some(pause) = tries.after(&error, now) {
            now += pause;
            count += 1;
        }
        (count, now - start)
    }

    #[test]
    fn a_refusal_is_final() {
        assert_eq!(tried(StopAgain::Never), (1, Duration::ZERO));
    }

    #[test]
    fn what_passes_is_insisted_on_for_a_minute() {
        let (count, time) = tried(StopAgain::Soon);
        assert!(count > 5 && time <= BUDGET && time > BUDGET / 2, "{count} tries in {time:?}");
        let (_, time) = tried(StopAgain::IfNotKnownYet);
        assert!(time <= UNKNOWN_BUDGET && time > Duration::from_secs(4), "{time:?}");
    }
}
