//! Pages of events to batches of lines, each with the cursor right after it.

use aws_sdk_cloudwatchlogs::types::OutputLogEvent;

use super::cursor::Cursor;
use super::cursor::Walk;
use super::rejoin::LineSink;
use super::rejoin::Rejoin;
use sortie_lines::LineBatch;
use sortie_lines::UnixMillis;

/// Lines on their way out, and the place in the stream right after them.
pub(super) type Batch = (LineBatch, Cursor);

/// Unpacks the pages of one stream.
#[derive(Debug, Default)]
pub(super) struct Unpack {
    /// Where the stream is read next.
    pub(super) walk: Walk,
    rejoin: Rejoin,
    lines: Lines,
    /// The place up to which every line is whole. While a part of a line is held back it stays before
    /// the line: pieces that are read twice are better than a line that is lost.
    safe: Cursor,
    /// `safe` lies in another page than the one that is read.
    page_turned: bool,
}

impl Unpack {
    /// Goes on from a cursor.
    pub(super) fn from(cursor: Cursor) -> Self {
        Self { safe: cursor.clone(), walk: Walk::from(cursor), ..Self::default() }
    }

    /// Unpacks a page, behind which `next` is the forward token. Answers its lines, and whether there
    /// was anything in it or the token is another one.
    pub(super) fn page(&mut self, events: &[OutputLogEvent], next: Option<String>) -> (Vec<Batch>, bool) {
        let mut batches = Vec::new();
        for event in events {
            let time = event.timestamp.unwrap_or_default();
            if self.walk.is_new(time) {
                self.rejoin.push(event.message.as_deref().unwrap_or_default(), time, &mut self.lines);
            }
            if !self.rejoin.is_holding() {
                self.is_safe();
            }
            if self.lines.batch.is_full() || !self.lines.full.is_empty() {
                self.drain(&mut batches);
            }
        }
        let turned = self.walk.turn_page(next);
        self.page_turned |= turned;
        if !self.rejoin.is_holding() {
            self.is_safe();
        }
        self.drain(&mut batches);
        (batches, turned || !events.is_empty())
    }

    /// Nothing follows: what was held back is a whole line.
    pub(super) fn finish(&mut self) -> Vec<Batch> {
        let mut batches = Vec::new();
        self.rejoin.finish(&mut self.lines);
        self.is_safe();
        self.drain(&mut batches);
        batches
    }

    /// Every line up to here is whole.
    fn is_safe(&mut self) {
        self.safe.follow(self.walk.cursor(), !std::mem::take(&mut self.page_turned));
    }

    fn drain(&mut self, batches: &mut Vec<Batch>) {
        let last = (!self.lines.batch.is_empty()).then(|| std::mem::take(&mut self.lines.batch));
        let all = std::mem::take(&mut self.lines.full).into_iter().chain(last);
        batches.extend(all.map(|batch| (batch, self.safe.clone())));
    }
}

/// Lines that have been put together.
#[derive(Debug, Default)]
struct Lines {
    batch: LineBatch,
    /// Batches that end with a piece: nothing may follow an unfinished line in its batch.
    full: Vec<LineBatch>,
}

impl LineSink for Lines {
    fn line(&mut self, line: &[u8], time: UnixMillis) {
        self.batch.push(line, time);
    }

    fn piece(&mut self, piece: &[u8], time: UnixMillis) {
        self.batch.push(piece, time);
        self.batch.partial = true;
        self.full.push(std::mem::take(&mut self.batch));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The size of a part of a line that the driver has split.
    const PART: usize = 16_384;

    fn events(messages: &[(&str, i64)]) -> Vec<OutputLogEvent> {
        let event = |(message, time): &(&str, i64)| {
            OutputLogEvent::builder().message(*message).timestamp(*time).build()
        };
        messages.iter().map(event).collect()
    }

    fn text(batches: &[Batch]) -> String {
        batches.iter().map(|(batch, _)| String::from_utf8_lossy(&batch.bytes).into_owned()).collect()
    }

    #[test]
    fn whoever_goes_on_from_a_cursor_gets_the_rest_and_nothing_twice() {
        let part = "x".repeat(PART);
        let pages = [
            events(&[("one", 1), ("two", 2), ("three", 2)]),
            events(&[("four", 3), (&part, 4)]),
            events(&[("rest", 4), ("five", 5)]),
        ];
        let token = |page: usize| Some(format!("f/{page}"));
        // What the whole stream gives, and where each batch of it ends.
        let mut whole = Unpack::default();
        let mut batches: Vec<Batch> = Vec::new();
        for (number, page) in pages.iter().enumerate() {
            batches.extend(whole.page(page, token(number)).0);
        }
        batches.extend(whole.finish());
        assert_eq!(text(&batches), format!("one\ntwo\nthree\nfour\n{part}rest\nfive\n"));
        for end in 0..batches.len() {
            let written = serde_json::to_string(&batches[end].1).unwrap();
            let mut rest = Unpack::from(serde_json::from_str(&written).unwrap());
            let from = rest.walk.token().map_or(0, |token| token[2..].parse::<usize>().unwrap() + 1);
            let mut read = Vec::new();
            for (number, page) in pages.iter().enumerate().skip(from) {
                read.extend(rest.page(page, token(number)).0);
            }
            read.extend(rest.finish());
            assert_eq!(text(&batches[..=end]) + &text(&read), text(&batches), "{written}");
        }
    }

    #[test]
    fn a_page_that_is_empty_and_turns_no_leaf_is_nothing() {
        let mut unpack = Unpack::default();
        assert!(unpack.page(&[], Some("f/1".into())).1, "another token");
        assert!(!unpack.page(&[], Some("f/1".into())).1);
        assert!(!unpack.page(&[], None).1);
        assert!(unpack.page(&events(&[("x", 1)]), Some("f/1".into())).1, "an event");
    }
}
