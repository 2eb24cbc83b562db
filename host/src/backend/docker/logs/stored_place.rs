//! How far a log that the engine keeps has been read.
//!
//! The engine numbers nothing. It is asked again for what came since some time before the last entry, and
//! what was read before is passed over: in each of the two streams, entries up to the time of the last one,
//! and of that time as many as were read. Only within a stream do entries keep their order.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// How much is asked for again, in seconds: entries of two streams may be stored in another order than
/// that of their times, and some engines tell times in whole seconds.
const OVERLAP: i64 = 2;

/// Nanoseconds since the Unix epoch.
pub(super) type Nanos = i128;

/// A place in the log of one container.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    streams: [Stream; 2],
    newest: Option<Nanos>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Stream {
    /// Time of the last entry that was read, and how many entries of that time.
    last: Option<(Nanos, usize)>,
    /// How many entries of that time have been passed over since the log was asked for again.
    passed: usize,
    /// An entry that was not read before has come since: so have all that follow it, even if a clock
    /// was set back.
    fresh: bool,
}

impl Place {
    /// The log is asked for again: since when, in seconds, or from its beginning.
    pub(super) fn ask(&mut self) -> Option<i32> {
        self.streams.iter_mut().for_each(|stream| (stream.passed, stream.fresh) = (0, false));
        let seconds = i64::try_from(self.newest? / 1_000_000_000).ok()? - OVERLAP;
        i32::try_from(seconds).ok().filter(|seconds| *seconds > 0)
    }

    /// Takes the next entry of a stream; whether it was not read before.
    pub(super) fn is_new(&mut self, stream: usize, time: Nanos) -> bool {
        let Stream { last, passed, fresh } = &mut self.streams[stream];
        match last {
            Some((at, _)) if time < *at => return *fresh,
            Some((at, count)) if time == *at => {
                if !*fresh && *passed < *count {
                    *passed += 1;
                    return false;
                }
                *count += 1;
                *passed += 1;
            }
            _ => {
                *last = Some((time, 1));
                *passed = 1;
            }
        }
        *fresh = true;
        self.newest = self.newest.max(Some(time));
        true
    }
}

/// An entry without its time, which stands before it: `2026-01-02T03:04:05.123456789Z text`.
pub(super) fn split_time(entry: &[u8]) -> Option<(Nanos, &[u8])> {
    let space = memchr::memchr(b' ', entry)?;
    let time = std::str::from_utf8(&entry[..space]).ok()?;
    let time = OffsetDateTime::parse(time, &Rfc3339).ok()?;
    Some((time.unix_timestamp_nanos(), &entry[space + 1..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_time_stands_before_the_entry() {
        let (time, text) = split_time(b"2026-01-02T03:04:05.000000001+01:00 a b\n").expect("an entry");
        assert_eq!((time, text), (1_767_319_445_000_000_001, &b"a b\n"[..]));
        assert_eq!(
            split_time(b"2026-01-02T03:04:05Z \n").map(|(_, text)| text.to_vec()),
            Some(b"\n".to_vec())
        );
        assert!(split_time(b"no time").is_none() && split_time(b"").is_none());
    }

    #[test]
    fn a_clock_that_is_set_back_loses_nothing_while_the_log_is_followed() {
        let mut place = Place::default();
        place.ask();
        assert_eq!([9, 10, 3, 4, 10].map(|time| place.is_new(0, time)), [true; 5]);
        place.ask();
        assert_eq!(
            [9, 10, 3, 4, 10, 11, 5].map(|time| place.is_new(0, time)),
            [false, false, false, false, false, true, true]
        );
    }

    proptest! {
        /// Whatever is asked for again, and wherever the log ended by then, each entry is read once.
        #[test]
        fn each_entry_is_read_once(
            steps in proptest::collection::vec((0usize..2, 0i64..3), 1..60),
            cuts in proptest::collection::vec(0usize..60, 0..6),
        ) {
            // Times of a stream never fall; entries of the other one may be stored before earlier ones.
            let mut times = [0i64; 2];
            let log: Vec<(usize, Nanos)> = steps
                .iter()
                .map(|(stream, step)| {
                    times[*stream] += step;
                    (*stream, Nanos::from(times[*stream]) * 500_000_000)
                })
                .collect();
            let mut ends: Vec<usize> = cuts.into_iter().map(|cut| cut.min(log.len())).collect();
            ends.sort_unstable();
            ends.push(log.len());
            let mut place = Place::default();
            let mut read = Vec::new();
            for end in ends {
                // An engine leaves out some of what is older, and never anything that is new.
                place.ask();
                let again = log[..end].iter().enumerate();
                read.extend(again.filter(|(_, (stream, time))| place.is_new(*stream, *time)).map(|(index, _)| index));
            }
            read.sort_unstable();
            prop_assert_eq!(read, (0..log.len()).collect::<Vec<_>>());
        }
    }
}
