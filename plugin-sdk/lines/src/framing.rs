//! Bytes to whole lines.

use crate::LineBatch;
use crate::MAX_BATCH;
use crate::MAX_BATCH_LINES;
use crate::MAX_LINE;
use crate::UnixMillis;

/// Cuts a byte stream into lines and collects them in batches.
///
/// The newline ends a line and is not part of it; a carriage return before it is. The last line
/// of a stream may lack its newline.
#[derive(Debug)]
pub struct Framer {
    max_line: usize,
    max_batch: usize,
    /// Beginning of a line whose newline has not come yet.
    pending: Vec<u8>,
    /// The line that `pending` continues was already begun in a partial batch.
    continued: bool,
    batch: LineBatch,
}

impl Default for Framer {
    fn default() -> Self {
        Self::new(MAX_LINE, MAX_BATCH)
    }
}

impl Framer {
    /// Limits in bytes, both at least 1.
    pub fn new(max_line: usize, max_batch: usize) -> Self {
        Self {
            max_line: max_line.max(1),
            max_batch: max_batch.max(1),
            pending: Vec::new(),
            continued: false,
            batch: LineBatch::default(),
        }
    }

    /// Takes bytes that arrived at `time`; hands every batch that became full to `emit`.
    pub fn feed(&mut self, mut bytes: &[u8], time: UnixMillis, emit: &mut Vec<LineBatch>) {
        while !bytes.is_empty() {
            let room = self.max_line - self.pending.len();
            match memchr::memchr(b'\n', &bytes[..bytes.len().min(room + 1)]) {
                Some(end) => {
                    if self.pending.is_empty() {
                        self.batch.push(&bytes[..end], time);
                    } else {
                        self.pending.extend_from_slice(&bytes[..end]);
                        self.batch.push(&self.pending, time);
                        self.pending.clear();
                    }
                    self.continued = false;
                    bytes = &bytes[end + 1..];
                }
                None if bytes.len() > room => {
                    self.pending.extend_from_slice(&bytes[..room]);
                    self.batch.push(&self.pending, time);
                    self.batch.partial = true;
                    self.pending.clear();
                    self.continued = true;
                    bytes = &bytes[room..];
                    emit.push(std::mem::take(&mut self.batch));
                }
                None => {
                    self.pending.extend_from_slice(bytes);
                    return;
                }
            }
            if self.batch.bytes.len() >= self.max_batch || self.batch.len() >= MAX_BATCH_LINES {
                emit.push(std::mem::take(&mut self.batch));
            }
        }
    }

    /// Hands over the whole lines collected so far.
    pub fn flush(&mut self, emit: &mut Vec<LineBatch>) {
        if !self.batch.is_empty() {
            emit.push(std::mem::take(&mut self.batch));
        }
    }

    /// The stream has ended: hands over everything, the unfinished last line included.
    pub fn finish(&mut self, time: UnixMillis, emit: &mut Vec<LineBatch>) {
        // A partial line must be closed even when nothing follows it.
        if !self.pending.is_empty() || self.continued {
            self.batch.push(&self.pending, time);
            self.pending.clear();
            self.continued = false;
        }
        self.flush(emit);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(chunks: &[&[u8]], max_line: usize, max_batch: usize) -> Vec<LineBatch> {
        let mut framer = Framer::new(max_line, max_batch);
        let mut out = Vec::new();
        for chunk in chunks {
            framer.feed(chunk, 0, &mut out);
        }
        framer.finish(0, &mut out);
        out
    }

    /// What a sink prints: a newline after every line but an unfinished one.
    fn print(batches: &[LineBatch]) -> Vec<u8> {
        let mut out = Vec::new();
        for batch in batches {
            out.extend_from_slice(&batch.bytes);
            if batch.partial {
                out.pop();
            }
        }
        out
    }

    #[test]
    fn a_line_cut_over_chunks_is_whole_again() {
        let batches = frame(&[b"a", b"b\nc", b"\n\nd"], 100, 1000);
        assert_eq!(batches.len(), 1);
        let lines: Vec<_> = batches[0].lines().collect();
        assert_eq!(lines, [&b"ab"[..], b"c", b"", b"d"]);
        assert!(!batches[0].partial);
    }

    #[test]
    fn a_batch_is_bounded_in_lines_too() {
        let batches = frame(&[&b"\n".repeat(2 * MAX_BATCH_LINES + 1)], MAX_LINE, MAX_BATCH);
        let lines: Vec<_> = batches.iter().map(LineBatch::len).collect();
        assert_eq!(lines, [MAX_BATCH_LINES, MAX_BATCH_LINES, 1]);
    }

    #[test]
    fn a_line_of_exactly_the_limit_is_not_partial() {
        let batches = frame(&[b"abcd\nef\n"], 4, 1000);
        assert_eq!(batches.len(), 1);
        assert_eq!(batches[0].lines().collect::<Vec<_>>(), [&b"abcd"[..], b"ef"]);
    }

    #[test]
    fn a_longer_line_comes_in_pieces() {
        let batches = frame(&[b"abcdefghi\nj\n"], 4, 1000);
        let seen: Vec<_> = batches.iter().map(|b| (b.lines().collect::<Vec<_>>(), b.partial)).collect();
        assert_eq!(
            seen,
            [(vec![&b"abcd"[..]], true), (vec![&b"efgh"[..]], true), (vec![&b"i"[..], &b"j"[..]], false)]
        );
    }

    proptest! {
        #[test]
        fn any_chunking_prints_the_same_bytes(
            text in proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..300),
            cuts in proptest::collection::vec(0usize..300, 0..20),
            max_line in 1usize..40,
            max_batch in 1usize..200,
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(text.len())).collect();
            cuts.push(0);
            cuts.push(text.len());
            cuts.sort_unstable();
            let chunks: Vec<&[u8]> = cuts.windows(2).map(|w| &text[w[0]..w[1]]).collect();
            let batches = frame(&chunks, max_line, max_batch);
            let mut expected = text.clone();
            if !expected.is_empty() && expected.last() != Some(&b'\n') {
                expected.push(b'\n');
            }
            prop_assert_eq!(print(&batches), expected);
            for batch in &batches {
                prop_assert_eq!(batch.ends.len(), batch.times.len());
                prop_assert!(batch.lines().all(|line| line.len() <= max_line && !line.contains(&b'\n')));
            }
        }
    }
}
