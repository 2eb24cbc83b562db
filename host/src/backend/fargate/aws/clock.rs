//! The platform's clock beside this machine's.
//!
//! Timestamps of ECS and CloudWatch Logs are compared with "now" when sortie decides whether a
//! log has settled. A CI machine's clock may be off; a request signed with a clock that is off
//! by more than five minutes is refused, so it is never off by more.

use std::time::Duration;
use std::time::SystemTime;

use aws_smithy_types::DateTime;

pub(crate) use crate::unix_time::millis;

/// A timestamp of the platform.
pub(crate) fn time(time: Option<&DateTime>) -> Option<SystemTime> {
    SystemTime::try_from(*time?).ok()
}

/// From one timestamp to a later one.
pub(crate) fn between(from: Option<SystemTime>, to: Option<SystemTime>) -> Option<Duration> {
    to?.duration_since(from?).ok()
}

/// What to add to this machine's clock, in milliseconds, judged by a moment that the platform
/// stamped while a call was under way. A stamp between sending and receiving says that the
/// clocks agree, as far as one can tell.
pub(crate) fn skew(sent: SystemTime, received: SystemTime, stamped: Option<SystemTime>) -> i64 {
    let Some(stamped) = stamped.map(millis) else { return 0 };
    // Some stamps have whole seconds only.
    const PRECISION: i64 = 1000;
    let (earliest, latest) = (millis(sent) - PRECISION, millis(received) + PRECISION);
    if stamped < earliest {
        stamped - earliest
    } else if stamped > latest {
        stamped - latest
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn clocks_that_agree_are_left_alone() {
        let at = |millis: u64| UNIX_EPOCH + Duration::from_millis(millis);
        assert_eq!(skew(at(10_000), at(10_900), Some(at(10_400))), 0);
        assert_eq!(skew(at(10_400), at(10_900), Some(at(10_000))), 0);
        assert_eq!(skew(at(10_000), at(10_900), None), 0);
        assert_eq!(skew(at(10_000), at(10_900), Some(at(71_900))), 60_000);
        assert_eq!(skew(at(71_000), at(71_900), Some(at(10_000))), -60_000);
    }
}
