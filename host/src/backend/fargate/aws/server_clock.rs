//! A clock that follows AWS's.
//!
//! Requests are signed with the time, and AWS refuses what is off by more than five minutes. A CI machine
//! that was just resumed, or whose clock is being set, is off for a moment. An answer tells AWS's own time in
//! its `Date`; from a refusal on, requests are signed with that.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::SystemTime;

use aws_types::sdk_config::TimeSource;

use super::clock::millis;

/// This machine's clock, corrected. Clones are one.
#[derive(Debug, Clone, Default)]
pub(super) struct ServerClock {
    /// What is added, in milliseconds.
    offset: Arc<AtomicI64>,
}

/// A difference that no signature fails for.
const TOLERATED: i64 = 60_000;

impl ServerClock {
    /// Follows a moment that AWS has just told. Whether the clock was off by so much that it mattered.
    pub(super) fn correct(&self, told: SystemTime) -> bool {
        let offset = millis(told) - millis(SystemTime::now());
        let before = self.offset.swap(offset, Ordering::Relaxed);
        (offset - before).abs() > TOLERATED
    }
}

impl TimeSource for ServerClock {
    fn now(&self) -> SystemTime {
        let (now, offset) = (SystemTime::now(), self.offset.load(Ordering::Relaxed));
        let by = Duration::from_millis(offset.unsigned_abs());
        match offset < 0 {
            true => now.checked_sub(by),
            false => now.checked_add(by),
        }
        .unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_what_it_was_told() {
        let clock = ServerClock::default();
        let hour = Duration::from_secs(3600);
        for (told, matters) in [
            (SystemTime::now() + hour, true),
            (SystemTime::now() + hour, false),
            (SystemTime::now() - hour, true),
            (SystemTime::now() - hour, false),
        ] {
            assert_eq!(clock.correct(told), matters);
            let off = millis(clock.now()) - millis(told);
            assert!(off.abs() < 1000, "{off} ms");
        }
    }
}
