//! Points in time as milliseconds since the Unix epoch, as log lines and events carry them.

use std::time::SystemTime;
use std::time::UNIX_EPOCH;

/// Milliseconds from the Unix epoch to `time`; negative before it.
pub fn millis(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
    }
}

/// Milliseconds from the Unix epoch to now, by this machine's clock.
pub fn now() -> i64 {
    millis(SystemTime::now())
}

/// The moment so many milliseconds after the epoch; `None` before it, and beyond the last day that RFC 3339
/// knows.
pub(crate) fn moment(millis: i64) -> Option<SystemTime> {
    // 9999-12-31.
    const END: u64 = 253_402_300_800_000;
    let millis = u64::try_from(millis).ok().filter(|millis| *millis < END)?;
    SystemTime::UNIX_EPOCH.checked_add(std::time::Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_count_from_the_epoch_to_both_sides() {
        assert_eq!(millis(UNIX_EPOCH + Duration::from_micros(1_500_700)), 1500);
        assert_eq!(millis(UNIX_EPOCH - Duration::from_secs(2)), -2000);
        assert!(now() > 1_700_000_000_000);
    }
}
