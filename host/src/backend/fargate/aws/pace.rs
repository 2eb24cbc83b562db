//! How often sortie asks. The quotas behind the calls are an account's, shared by all its jobs,
//! so every pace slows down as soon as nothing is likely to happen.

use std::time::Duration;

/// Shortest pause between two DescribeTasks.
const TASK_LEAST: Duration = Duration::from_millis(250);

/// Longest pause while the task starts: its start is then noticed within a second.
const TASK_MOST_STARTING: Duration = Duration::from_secs(1);

/// Longest pause while the task runs.
const TASK_MOST: Duration = Duration::from_secs(5);

/// A pause is this part of the time since the last change: the end of a task that ran for
/// `t` is noticed within `t / 20`, so a 10-second task costs 500 ms at most and a task of a few
/// minutes 5 s at most. In its first minute a task costs some 60 calls, later 12 a minute; the
/// quota is about 20 a second for the account.
const TASK_PART: u32 = 20;

/// How long to wait before the next DescribeTasks, `since` the last change of state.
pub(crate) fn task_pause(since: Duration, running: bool) -> Duration {
    let most = if running { TASK_MOST } else { TASK_MOST_STARTING };
    jitter((since / TASK_PART).clamp(TASK_LEAST, most))
}

/// Pauses between two GetLogEvents of one stream.
///
/// Source of the care: CloudWatch Logs quotas, GetLogEvents: 10 to 30 requests a second for an
/// account and region, which cannot be raised, for everybody who reads logs there.
#[derive(Debug)]
pub(crate) struct LogPace {
    quiet: Duration,
}

/// Before the task runs there are lines only from containers that others depend on.
const LOG_STARTING: Duration = Duration::from_secs(2);
const LOG_LEAST: Duration = Duration::from_millis(250);
/// Lines of a running task show up within about a second.
const LOG_FLOWING: Duration = Duration::from_secs(1);
const LOG_MOST: Duration = Duration::from_secs(5);

impl LogPace {
    /// Of a stream that has just been opened.
    pub(crate) fn new() -> Self {
        Self { quiet: LOG_LEAST }
    }

    /// Lines came.
    pub(crate) fn flows(&mut self) {
        self.quiet = self.quiet.min(LOG_FLOWING);
    }

    /// The pause after a poll: growing while nothing comes.
    pub(crate) fn pause(&mut self, starting: bool) -> Duration {
        if starting {
            return jitter(LOG_STARTING);
        }
        let pause = self.quiet;
        self.quiet = self.quiet.mul_f64(1.25).min(LOG_MOST);
        jitter(pause)
    }
}

/// Up to a fifth less, so that jobs which began together part.
fn jitter(pause: Duration) -> Duration {
    pause.mul_f64(rand::random_range(0.8..=1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_short_task_is_noticed_soon_and_a_long_one_is_cheap() {
        let seconds = Duration::from_secs;
        assert!(task_pause(seconds(0), false) <= TASK_LEAST);
        assert!(task_pause(seconds(10), true) <= TASK_LEAST * 2);
        assert!(task_pause(seconds(15), true) < seconds(1));
        assert!(task_pause(seconds(600), false) <= seconds(1));
        let slow = task_pause(seconds(3600), true);
        assert!(slow > seconds(3) && slow <= seconds(5));
        // Calls in an hour.
        let (mut at, mut calls) = (Duration::ZERO, 0);
        while at < seconds(3600) {
            at += task_pause(at, true);
            calls += 1;
        }
        assert!(calls < 1200, "{calls}");
    }

    #[test]
    fn a_quiet_stream_is_asked_less_and_less() {
        let mut pace = LogPace::new();
        let first = pace.pause(false);
        assert!(first <= LOG_LEAST);
        let mut last = first;
        for _ in 0..20 {
            last = pace.pause(false);
        }
        assert!(last > Duration::from_secs(3) && last <= LOG_MOST);
        pace.flows();
        assert!(pace.pause(false) <= LOG_FLOWING);
    }
}
