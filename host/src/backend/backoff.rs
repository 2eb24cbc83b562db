//! The pauses between tries.

use std::time::Duration;

/// Growing pauses with jitter.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    next: Duration,
    max: Duration,
}

impl Backoff {
    /// Pauses from `first` on, doubling, to at most `max`.
    pub(crate) fn new(first: Duration, max: Duration) -> Self {
        Self { next: first, max }
    }

    /// For throttled and failed calls. Jobs that began together must not come back together.
    pub(crate) fn for_calls() -> Self {
        Self::new(Duration::from_millis(250), Duration::from_secs(10))
    }

    /// For launches without capacity: Fargate's advice is to try again later.
    pub(crate) fn for_capacity() -> Self {
        Self::new(Duration::from_secs(2), Duration::from_secs(60))
    }

    /// The next pause: half of it fixed, half random.
    pub(crate) fn pause(&mut self) -> Duration {
        let pause = self.next.mul_f64(rand::random_range(0.5..1.0));
        self.next = (self.next * 2).min(self.max);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_within_their_bounds() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(4));
        for max in [1, 2, 4, 4, 4] {
            let pause = backoff.pause();
            assert!(pause >= Duration::from_secs(max) / 2 && pause <= Duration::from_secs(max), "{pause:?}");
        }
    }
}
