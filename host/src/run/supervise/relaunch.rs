//! Whether, when and where a task is launched again. Nobody else decides that.
//!
//! Two things end an attempt so that another one may do better: there was no capacity, and the task
//! failed to start for a reason that passes by itself. Both have one budget, `--capacity-budget`,
//! which counts from the first launch.

use std::time::Duration;

use tokio::time::Instant;

use crate::backend::Placement;
use crate::backend::backoff::Backoff;

/// Each attempt may take minutes to fail, and a platform that fails so often has another trouble.
const MAX_FAILED_STARTS: u32 = 5;

/// The pause after the first task that failed to start.
const FIRST_PAUSE: Duration = Duration::from_secs(4);

/// The policy, and how often it was asked.
#[derive(Debug)]
pub(super) struct Relaunch {
    since: Instant,
    budget: Duration,
    /// Attempts made, the one under way included.
    pub(super) attempts: u32,
    no_capacity: Backoff,
    failed_starts: u32,
    failed_start: Backoff,
}

impl Relaunch {
    /// For a run that launches first at `now`.
    pub(super) fn new(now: Instant, budget: Duration) -> Self {
        Self {
            since: now,
            budget,
            attempts: 0,
            no_capacity: Backoff::for_capacity(),
            failed_starts: 0,
            failed_start: Backoff::new(FIRST_PAUSE, Duration::MAX),
        }
    }

    /// Where the next attempt places the task: today where the plan says, each time.
    pub(super) fn next(&mut self) -> Placement {
        self.attempts += 1;
        Placement::default()
    }

    /// There was no capacity: how long to wait before the next attempt; `None`: there is none.
    pub(super) fn after_no_capacity(&mut self, now: Instant) -> Option<Duration> {
        let delay = self.no_capacity.pause();
        self.within(now, delay)
    }

    /// The task failed to start for a reason that passes: how long to wait before the next attempt;
    /// `None`: there is none.
    pub(super) fn after_failed_start(&mut self, now: Instant) -> Option<Duration> {
        self.no_capacity = Backoff::for_capacity();
        self.failed_starts += 1;
        let delay = self.failed_start.pause();
        self.within(now, delay).filter(|_| self.failed_starts < MAX_FAILED_STARTS)
    }

    /// How long attempts have been made.
    pub(super) fn elapsed(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.since)
    }

    /// A pause that ends within the budget: the last attempt is made when it is used up, not before.
    fn within(&self, now: Instant, delay: Duration) -> Option<Duration> {
        let left = self.budget.saturating_sub(self.elapsed(now));
        (!left.is_zero()).then_some(delay.min(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_starts_end_with_their_number_and_with_their_time() {
        let delays = |budget: u64| {
            let now = Instant::now();
            let mut relaunch = Relaunch::new(now, Duration::from_secs(budget));
            std::iter::from_fn(|| relaunch.after_failed_start(now)).collect::<Vec<_>>()
        };
        let all = delays(3600);
        assert_eq!(all.len(), MAX_FAILED_STARTS as usize - 1);
        assert!(all.iter().zip(&all[1..]).all(|(one, next)| next >= one), "{all:?}");
        // The first takes less than 4 s, the second 4 s at least, which is all there is.
        assert_eq!(delays(4).into_iter().filter(|delay| *delay < FIRST_PAUSE).count(), 1);
        assert_eq!(delays(0).len(), 0);
    }

    #[test]
    fn capacity_is_asked_for_until_the_budget_is_used_up() {
        let start = Instant::now();
        let mut relaunch = Relaunch::new(start, Duration::from_secs(600));
        let (mut now, mut attempts) = (start, 0);
        while let Some(delay) = relaunch.after_no_capacity(now) {
            assert!(delay <= Duration::from_secs(60), "{delay:?}");
            now += delay;
            attempts += 1;
        }
        assert!(attempts > 5, "{attempts}");
        assert_eq!(relaunch.elapsed(now), Duration::from_secs(600), "the last attempt is made at the end");
    }

    #[test]
    fn both_reasons_share_one_budget() {
        let start = Instant::now();
        let mut relaunch = Relaunch::new(start, Duration::from_secs(60));
        assert!(relaunch.after_failed_start(start).is_some());
        assert_eq!(relaunch.after_no_capacity(start + Duration::from_secs(60)), None);
        assert_eq!(relaunch.after_failed_start(start + Duration::from_secs(60)), None);
    }
}
