//! Log events to lines.
//!
//! An event is a line, with three exceptions that this module undoes or passes on:
//!
//! - The driver splits a line that is longer than an event may be. The parts have the driver's
//!   exact maximum size and one timestamp, so a part of that size is held until the next event
//!   shows whether it goes on.
//! - A program may have written an event with newlines inside (a multi-line pattern of the
//!   driver, or another writer): each becomes a line of its own.
//! - One trailing newline belongs to the event and not to the line. A carriage return stays.
//!
//! A line of exactly a part's size that is followed within the same millisecond by another line
//! cannot be told from a split line; the two are joined, and no byte is lost.

use sortie_lines::UnixMillis;

/// Sizes of the parts into which drivers split lines, in bytes, newline excluded.
///
/// - 262118: the awslogs driver, 256 KiB less 26 bytes of overhead an event
///   (moby, `daemon/logger/awslogs`, `maximumBytesPerEvent`).
/// - 1048550: the same with the limit of 1 MiB that PutLogEvents has had since 2025.
/// - 16384: the copier's buffer, for drivers without a size of their own
///   (moby, `daemon/logger/copier.go`; containers-roadmap issue 1550 sees it on Fargate).
const PART_SIZES: [usize; 3] = [16_384, 262_118, 1_048_550];

/// A part ends before a UTF-8 character that does not fit, so it may be up to this much shorter.
const SHORTER_BY: usize = 3;

/// Max bytes of a line that are held. A longer line goes out in pieces.
const MAX_HELD: usize = 1024 * 1024;

/// Where lines go.
pub(crate) trait LineSink {
    /// A whole line, without its newline.
    fn line(&mut self, line: &[u8], time: UnixMillis);
    /// The beginning of a line whose rest follows.
    fn piece(&mut self, piece: &[u8], time: UnixMillis);
}

/// Joins split events; see the module.
#[derive(Debug, Default)]
pub(crate) struct Rejoin {
    held: Vec<u8>,
    /// Timestamp of the line that is held, if one is.
    open: Option<UnixMillis>,
}

impl Rejoin {
    /// Takes the next event.
    pub(crate) fn push(&mut self, message: &str, time: UnixMillis, sink: &mut impl LineSink) {
        if self.open.is_some_and(|open| open != time) {
            self.finish(sink);
        }
        let ended = message.ends_with('\n');
        let is_part = !ended && is_part(message.len());
        let text = message.strip_suffix('\n').unwrap_or(message).as_bytes();
        let mut rest = text;
        while let Some(newline) = memchr::memchr(b'\n', rest) {
            self.line(&rest[..newline], time, sink);
            rest = &rest[newline + 1..];
        }
        if !is_part {
            self.line(rest, time, sink);
            return;
        }
        self.open = Some(time);
        if self.held.len() + rest.len() > MAX_HELD {
            sink.piece(&self.held, time);
            self.held.clear();
        }
        self.held.extend_from_slice(rest);
    }

    /// Whether the beginning of a line is held back.
    pub(crate) fn is_holding(&self) -> bool {
        self.open.is_some()
    }

    /// Nothing follows: what is held is a whole line.
    pub(crate) fn finish(&mut self, sink: &mut impl LineSink) {
        if let Some(time) = self.open.take() {
            sink.line(&self.held, time);
            self.held.clear();
        }
    }

    fn line(&mut self, line: &[u8], time: UnixMillis, sink: &mut impl LineSink) {
        if self.open.take().is_none() {
            sink.line(line, time);
            return;
        }
        if self.held.len() + line.len() > MAX_HELD {
            sink.piece(&self.held, time);
            self.held.clear();
        }
        self.held.extend_from_slice(line);
        sink.line(&self.held, time);
        self.held.clear();
    }
}

fn is_part(length: usize) -> bool {
    PART_SIZES.iter().any(|size| (size - SHORTER_BY..=*size).contains(&length))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Lines and pieces, with a mark on pieces.
    #[derive(Default)]
    struct Collected(Vec<(Vec<u8>, bool)>);

    impl LineSink for Collected {
        fn line(&mut self, line: &[u8], _: UnixMillis) {
            self.0.push((line.to_vec(), false));
        }
        fn piece(&mut self, piece: &[u8], _: UnixMillis) {
            self.0.push((piece.to_vec(), true));
        }
    }

    /// Lengths of what comes out; pieces are negative.
    fn lengths(events: &[(String, i64)]) -> Vec<i64> {
        let (mut rejoin, mut sink) = (Rejoin::default(), Collected::default());
        for (message, time) in events {
            rejoin.push(message, *time, &mut sink);
        }
        rejoin.finish(&mut sink);
        let length = |(line, piece): &(Vec<u8>, bool)| {
            let length = i64::try_from(line.len()).unwrap_or(0);
            if *piece { -length } else { length }
        };
        sink.0.iter().map(length).collect()
    }

    fn x(length: usize) -> String {
        "x".repeat(length)
    }

    #[test]
    fn parts_of_one_line_are_joined() {
        for part in [16_384, 262_118, 262_115, 1_048_550 / 2] {
            let joined = lengths(&[(x(part), 1), (x(part), 1), (x(10), 1), (x(5), 1)]);
            if part == 1_048_550 / 2 {
                assert_eq!(joined.len(), 4, "no part size, so nothing is joined");
            } else {
                assert_eq!(joined, [2 * part as i64 + 10, 5], "{part}");
            }
        }
    }

    #[test]
    fn another_timestamp_or_another_size_is_another_line() {
        assert_eq!(lengths(&[(x(262_118), 1), (x(10), 2)]), [262_118, 10]);
        assert_eq!(lengths(&[(x(262_114), 1), (x(10), 1)]), [262_114, 10]);
        assert_eq!(lengths(&[(x(16_380), 1), (x(10), 1)]), [16_380, 10]);
        let ended = format!("{}\n", x(16_383));
        assert_eq!(lengths(&[(ended, 1), (x(10), 1)]), [16_383, 10]);
    }

    #[test]
    fn a_line_that_ends_with_a_whole_part_is_not_lost() {
        assert_eq!(lengths(&[(x(262_118), 1)]), [262_118]);
        assert_eq!(lengths(&[(x(262_118), 1), (x(0), 1)]), [262_118]);
    }

    #[test]
    fn an_endless_line_goes_out_in_pieces() {
        let events: Vec<_> = (0..6).map(|_| (x(262_118), 1)).chain([(x(1), 1)]).collect();
        assert_eq!(lengths(&events), [-4 * 262_118, 2 * 262_118 + 1]);
    }

    #[test]
    fn newlines_inside_split_and_one_at_the_end_does_not() {
        let (mut rejoin, mut sink) = (Rejoin::default(), Collected::default());
        rejoin.push("a\r\n\nb\n", 1, &mut sink);
        rejoin.push("", 1, &mut sink);
        rejoin.push("\n", 1, &mut sink);
        let lines: Vec<_> = sink.0.iter().map(|(line, _)| line.as_slice()).collect();
        assert_eq!(lines, [b"a\r".as_slice(), b"", b"b", b"", b""]);
    }

    proptest! {
        /// However the driver cuts a text into lines and parts, the text comes back.
        #[test]
        fn no_byte_is_lost(sizes in prop::collection::vec(prop_oneof![0usize..50, 16_370usize..16_400, 32_760usize..32_780], 0..12)) {
            let mut events = Vec::new();
            let mut wanted = Vec::new();
            for (number, size) in sizes.iter().enumerate() {
                let line: String = (0..*size).map(|at| char::from(b'a' + ((at + number) % 26) as u8)).collect();
                let mut parts: Vec<String> =
                    line.as_bytes().chunks(16_384).map(|part| String::from_utf8_lossy(part).into_owned()).collect();
                if parts.is_empty() {
                    parts.push(String::new());
                }
                // Each line has its own timestamp, as lines of this length have.
                events.extend(parts.into_iter().map(|part| (part, number as i64)));
                wanted.push(line.into_bytes());
            }
            let (mut rejoin, mut sink) = (Rejoin::default(), Collected::default());
            for (message, time) in &events {
                rejoin.push(message, *time, &mut sink);
            }
            rejoin.finish(&mut sink);
            prop_assert_eq!(sink.0.into_iter().map(|(line, _)| line).collect::<Vec<_>>(), wanted);
        }
    }
}
