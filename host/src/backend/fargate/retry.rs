//! Making a call again: the pauses between tries ([`Backoff`]) and for how long
//! ([`with_retries`]). Which failures pass is the table's business ([`super::failure`]).

use std::time::Duration;

use super::failure::Failure;

/// Growing pauses with jitter.
#[derive(Debug, Clone)]
pub(super) struct Backoff {
    next: Duration,
    most: Duration,
}

impl Backoff {
    /// Pauses from `first` on, doubling, to at most `most`.
    pub(super) fn new(first: Duration, most: Duration) -> Self {
        Self { next: first, most }
    }

    /// For throttled and failed calls. Jobs that began together must not come back together.
    pub(super) fn for_calls() -> Self {
        Self::new(Duration::from_millis(250), Duration::from_secs(10))
    }

    /// For launches without capacity: Fargate's advice is to try again later.
    pub(super) fn for_capacity() -> Self {
        Self::new(Duration::from_secs(2), Duration::from_secs(60))
    }

    /// The next pause: half of it fixed, half random.
    pub(super) fn pause(&mut self) -> Duration {
        let pause = self.next.mul_f64(rand::random_range(0.5..1.0));
        self.next = (self.next * 2).min(self.most);
        pause
    }
}

/// Makes a call again while its failures are passing ones, for at most `budget`.
pub(super) async fn with_retries<T, F>(budget: Duration, call: impl Fn() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let start = tokio::time::Instant::now();
    let mut backoff = Backoff::for_calls();
    loop {
        match call().await {
            Err(failure) if failure.is_passing() => {
                let pause = backoff.pause();
                if start.elapsed() + pause > budget {
                    return Err(failure);
                }
                tokio::time::sleep(pause).await;
            }
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_within_their_bounds() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(4));
        for most in [1, 2, 4, 4, 4] {
            let pause = backoff.pause();
            assert!(
                pause >= Duration::from_secs(most) / 2 && pause <= Duration::from_secs(most),
                "{pause:?}"
            );
        }
    }
}
