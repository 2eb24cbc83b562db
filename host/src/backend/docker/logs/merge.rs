//! Two streams of a container to one sequence of whole lines.
//!
//! An engine hands over standard output and standard error in chunks that end anywhere. Lines
//! keep their order within each stream, and a line of one stream is never cut by one of the other.

use crate::lines::LineBatch;
use crate::lines::MAX_LINE;
use crate::lines::batch::UnixMillis;
use crate::lines::framing::Framer;

/// The two streams.
#[derive(Debug, Default)]
pub(super) struct Merge {
    framers: [Framer; 2],
    /// The stream whose overlong line has been handed over in part.
    open: Option<usize>,
    /// What the other stream has said meanwhile.
    held: Vec<u8>,
}

impl Merge {
    /// Takes bytes of stream 0 or 1, and hands over the lines that are whole now.
    pub(super) fn feed(&mut self, stream: usize, bytes: &[u8], time: UnixMillis, out: &mut Vec<LineBatch>) {
        if self.open.is_some_and(|open| open != stream) {
            self.held.extend_from_slice(bytes);
            if self.held.len() <= MAX_LINE {
                return;
            }
            // The line is closed unfinished: memory is bounded, and nothing is lost.
            self.close(time, out);
            return self.release(stream, time, out);
        }
        self.take(stream, bytes, time, out);
        if self.open.is_none() {
            self.release(1 - stream, time, out);
        }
    }

    /// Both streams have ended.
    pub(super) fn finish(&mut self, time: UnixMillis, out: &mut Vec<LineBatch>) {
        let open = self.open;
        self.close(time, out);
        if let Some(open) = open {
            self.release(1 - open, time, out);
        }
        for framer in &mut self.framers {
            framer.finish(time, out);
        }
    }

    fn take(&mut self, stream: usize, bytes: &[u8], time: UnixMillis, out: &mut Vec<LineBatch>) {
        let before = out.len();
        self.framers[stream].feed(bytes, time, out);
        self.framers[stream].flush(out);
        if let Some(last) = out[before..].last() {
            self.open = last.partial.then_some(stream);
        }
    }

    fn close(&mut self, time: UnixMillis, out: &mut Vec<LineBatch>) {
        if let Some(open) = self.open.take() {
            self.framers[open].finish(time, out);
        }
    }

    fn release(&mut self, stream: usize, time: UnixMillis, out: &mut Vec<LineBatch>) {
        let held = std::mem::take(&mut self.held);
        if !held.is_empty() {
            self.take(stream, &held, time, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is printed: a newline after every line but an unfinished one.
    fn printed(chunks: &[(usize, &[u8])]) -> Vec<u8> {
        let mut merge = Merge::default();
        let mut batches = Vec::new();
        for (stream, bytes) in chunks {
            merge.feed(*stream, bytes, 0, &mut batches);
        }
        merge.finish(0, &mut batches);
        let mut out = Vec::new();
        for batch in &batches {
            out.extend_from_slice(&batch.bytes);
            if batch.partial {
                out.pop();
            }
        }
        out
    }

    #[test]
    fn a_line_is_never_cut_by_the_other_stream() {
        let chunks: &[(usize, &[u8])] = &[(0, b"on"), (1, b"err\n"), (0, b"e\ntwo")];
        assert_eq!(printed(chunks), b"err\none\ntwo\n");
    }

    #[test]
    fn an_overlong_line_keeps_the_other_stream_waiting() {
        let long = vec![b'x'; MAX_LINE + 10];
        let chunks: &[(usize, &[u8])] = &[(0, &long), (1, b"err\n"), (0, b"y\n")];
        let mut expected = long.clone();
        expected.extend_from_slice(b"y\nerr\n");
        assert!(printed(chunks) == expected);
        // Not forever.
        let noise = b"err\n".repeat(MAX_LINE / 4 + 1);
        let out = printed(&[(0, &long), (1, &noise), (0, b"y\n")]);
        assert!(out.starts_with(&[&long[..], b"\nerr\n"].concat()) && out.ends_with(b"err\ny\n"));
    }

    proptest! {
        #[test]
        fn each_streams_lines_arrive_in_order(
            chunks in proptest::collection::vec((0usize..2, "[ab\n]{0,8}"), 0..30),
        ) {
            // Each stream's bytes are its own letters, so that lines can be told apart.
            let own = |stream: usize, text: &str| match stream {
                0 => text.to_owned(),
                _ => text.to_uppercase(),
            };
            let chunks: Vec<(usize, String)> =
                chunks.iter().map(|(stream, text)| (*stream, own(*stream, text))).collect();
            let fed: Vec<(usize, &[u8])> =
                chunks.iter().map(|(stream, text)| (*stream, text.as_bytes())).collect();
            let printed = String::from_utf8(printed(&fed)).expect("letters");
            for stream in 0..2 {
                let mine = |line: &&str| {
                    line.chars().all(|c| if stream == 0 { c.is_lowercase() } else { c.is_uppercase() })
                        && !line.is_empty()
                };
                let said: String =
                    chunks.iter().filter(|(of, _)| *of == stream).map(|(_, text)| text.as_str()).collect();
                let expected: Vec<&str> = said.lines().filter(|line| !line.is_empty()).collect();
                prop_assert_eq!(printed.lines().filter(mine).collect::<Vec<_>>(), expected);
            }
        }
    }
}
