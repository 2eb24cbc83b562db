//! How often sortie asks. The quotas behind the calls are an account's, shared by all its jobs,
//! so every pace slows down as soon as nothing is likely to happen.

use std::time::Duration;

/// How often DescribeTasks is called, by what the task is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TaskPace {
    /// Its start is noticed within a second.
    Starting,
    /// The end of a task that ran for `t` is noticed within `t / 20`, so a 10-second task costs 500 ms
    /// at most and a task of a few minutes 5 s at most. In its first minute a task costs some 60
    /// calls, later 12 a minute; the quota is about 20 a second for the account.
    Running,
    /// Its containers stop or have stopped, and something about its end is not told yet. On Fargate the
    /// rest takes tens of seconds; an emulator has it at once.
    Ending,
}

/// Shortest pause between two DescribeTasks.
const MIN_TASK_PAUSE: Duration = Duration::from_millis(250);

impl TaskPace {
    /// How long to wait before the next DescribeTasks, `since` the last change of state.
    pub(crate) fn pause(self, since: Duration) -> Duration {
        let (part, max) = match self {
            Self::Starting => (20, 1),
            Self::Running => (20, 5),
            Self::Ending => (2, 2),
        };
        jitter((since / part).clamp(MIN_TASK_PAUSE, Duration::from_secs(max)))
    }
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
const MIN_LOG_PAUSE: Duration = Duration::from_millis(250);
/// Lines of a running task show up within about a second.
const LOG_FLOWING: Duration = Duration::from_secs(1);
const MAX_LOG_PAUSE: Duration = Duration::from_secs(5);

impl LogPace {
    /// Of a stream that has just been opened.
    pub(crate) fn new() -> Self {
        Self { quiet: MIN_LOG_PAUSE }
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
        self.quiet = self.quiet.mul_f64(1.25).min(MAX_LOG_PAUSE);
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
        assert!(TaskPace::Starting.pause(seconds(0)) <= MIN_TASK_PAUSE);
        assert!(TaskPace::Running.pause(seconds(10)) <= MIN_TASK_PAUSE * 2);
        assert!(TaskPace::Running.pause(seconds(15)) < seconds(1));
        assert!(TaskPace::Starting.pause(seconds(600)) <= seconds(1));
        let slow = TaskPace::Running.pause(seconds(3600));
        assert!(slow > seconds(3) && slow <= seconds(5));
        assert!(calls(TaskPace::Running, seconds(3600)) < 1200);
    }

    #[test]
    fn an_end_that_takes_long_is_asked_for_at_a_modest_pace() {
        assert!(TaskPace::Ending.pause(Duration::ZERO) <= MIN_TASK_PAUSE);
        assert!(TaskPace::Ending.pause(Duration::from_secs(60)) <= Duration::from_secs(2));
        // From DEPROVISIONING to STOPPED.
        let calls = calls(TaskPace::Ending, Duration::from_secs(23));
        assert!(calls < 24, "{calls}");
    }

    fn calls(pace: TaskPace, within: Duration) -> usize {
        let (mut at, mut calls) = (Duration::ZERO, 0);
        while at < within {
            at += pace.pause(at);
            calls += 1;
        }
        calls
    }

    #[test]
    fn a_quiet_stream_is_asked_less_and_less() {
        let mut pace = LogPace::new();
        let first = pace.pause(false);
        assert!(first <= MIN_LOG_PAUSE);
        let mut last = first;
        for _ in 0..20 {
            last = pace.pause(false);
        }
        assert!(last > Duration::from_secs(3) && last <= MAX_LOG_PAUSE);
        pace.flows();
        assert!(pace.pause(false) <= LOG_FLOWING);
    }
}
