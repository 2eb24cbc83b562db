//! Keeping all calls of this process within a quota of the account.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::time::Instant;

/// A token bucket: `burst` calls at once, then `per_second`. Shared by all who call.
///
/// Instead of counting tokens it keeps the moment at which the bucket will be full again (the generic
/// cell rate algorithm), so there is nothing to refill and callers are let through in their order.
#[derive(Debug)]
pub(crate) struct Limiter {
    interval: Duration,
    tolerance: Duration,
    full_at: Mutex<Option<Instant>>,
}

impl Limiter {
    /// A bucket that is full. Both numbers are at least 1.
    pub(crate) fn new(burst: u32, per_second: u32) -> Self {
        let interval = Duration::from_secs(1) / per_second.max(1);
        Self { interval, tolerance: interval * burst.saturating_sub(1), full_at: Mutex::new(None) }
    }

    /// Takes a token, and waits until it may be used. A caller that goes away meanwhile has used it.
    pub(crate) async fn ready(&self) {
        let pause = self.take(Instant::now());
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }

    /// Takes a token `now`; after how long it may be used.
    fn take(&self, now: Instant) -> Duration {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let full = full_at.map_or(now, |full| full.max(now));
        *full_at = Some(full + self.interval);
        full.saturating_duration_since(now).saturating_sub(self.tolerance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_goes_through_and_the_rest_at_the_rate() {
        let (limiter, now) = (Limiter::new(3, 10), Instant::now());
        let pauses: Vec<_> = (0..6).map(|_| limiter.take(now).as_millis()).collect();
        assert_eq!(pauses, [0, 0, 0, 100, 200, 300]);
        // Unused time fills the bucket again, and no further than its size.
        let later = now + Duration::from_secs(60);
        let pauses: Vec<_> = (0..4).map(|_| limiter.take(later).as_millis()).collect();
        assert_eq!(pauses, [0, 0, 0, 100]);
    }

    #[test]
    fn no_second_holds_more_calls_than_burst_and_rate() {
        let (limiter, start) = (Limiter::new(10, 10), Instant::now());
        let at = |millis: u64| start + Duration::from_millis(millis);
        // 40 readers, each asking again as soon as it was let through.
        let mut used: Vec<Instant> = Vec::new();
        let mut asking: Vec<Instant> = vec![start; 40];
        while let Some(first) = asking.iter().copied().min().filter(|first| *first < at(10_000)) {
            let index = asking.iter().position(|asks| *asks == first).unwrap();
            let through = first + limiter.take(first);
            used.push(through);
            asking[index] = through + Duration::from_millis(1);
        }
        for second in 1..9 {
            let calls =
                used.iter().filter(|used| (at(second * 1000)..at(second * 1000 + 1000)).contains(used));
            assert!(calls.count() <= 11, "in second {second}");
        }
    }

    #[tokio::test]
    async fn a_caller_waits_for_its_token() {
        let limiter = Limiter::new(1, 20);
        let start = Instant::now();
        for _ in 0..3 {
            limiter.ready().await;
        }
        assert!(start.elapsed() >= Duration::from_millis(95), "{:?}", start.elapsed());
    }
}
