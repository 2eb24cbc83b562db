//! Whether a stop is asked for again. Nobody else decides that.

use std::time::Duration;

use tokio::time::Instant;

use crate::backend::Handle;
use crate::backend::StopError;
use crate::backend::backoff::Backoff;
use crate::backend::task::StopAgain;
use crate::error::Error;
use crate::event::EventKind;

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
}

impl StopTries {
    /// For a stop that is first asked for at `now`.
    pub(in crate::run) fn new(now: Instant) -> Self {
        Self { since: now, pauses: Backoff::for_calls() }
    }

    /// The platform did not accept the stop: how long to wait before it is asked again; `None`: it is
    /// not.
    pub(in crate::run) fn after(&mut self, error: &StopError, now: Instant) -> Option<Duration> {
        let budget = match error.again {
            StopAgain::Never => return None,
            StopAgain::Soon => BUDGET,
            StopAgain::IfNotKnownYet => UNKNOWN_BUDGET,
        };
        let pause = self.pauses.pause();
        (now.saturating_duration_since(self.since) + pause <= budget).then_some(pause)
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
