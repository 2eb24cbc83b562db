//! Launching a task again that failed to start for a reason that passes.

use std::time::Duration;
use std::time::Instant;

use crate::backend::backoff::Backoff;

/// Whether, and when, a task is launched again that failed to start for a reason that passes.
pub(super) struct Again {
    since: Instant,
    budget: Duration,
    pauses: Backoff,
    /// Number of the attempt that failed last, from 1.
    pub(super) attempt: u32,
}

/// Each attempt may take minutes to fail, and a platform that fails so often has another trouble.
const MOST_ATTEMPTS: u32 = 5;

/// The pause after the first attempt.
const FIRST_PAUSE: Duration = Duration::from_secs(4);

impl Again {
    pub(super) fn new(budget: Duration) -> Self {
        Self { since: Instant::now(), budget, pauses: Backoff::new(FIRST_PAUSE, Duration::MAX), attempt: 0 }
    }

    /// How long to wait before the next attempt; `None`: there is none.
    pub(super) fn delay(&mut self) -> Option<Duration> {
        self.attempt += 1;
        let delay = self.pauses.pause();
        (self.attempt < MOST_ATTEMPTS && self.since.elapsed() + delay <= self.budget).then_some(delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_end_with_their_number_and_with_their_time() {
        let delays = |budget: u64| {
            let mut again = Again::new(Duration::from_secs(budget));
            std::iter::from_fn(|| again.delay()).collect::<Vec<_>>()
        };
        let all = delays(3600);
        assert_eq!(all.len(), MOST_ATTEMPTS as usize - 1);
        assert!(all.iter().zip(&all[1..]).all(|(one, next)| next >= one), "{all:?}");
        // The first takes less than 4 s, the second 4 s at least.
        assert_eq!(delays(4).len(), 1);
        assert_eq!(delays(0).len(), 0);
    }
}
