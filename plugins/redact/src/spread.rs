//! Values that are broken over lines, as at the width of a terminal or after 76 letters of base64.
//!
//! A line that ends with the beginning of a value waits for those that follow, until it is known whether the
//! value goes on in them. They are looked at together, as if they were one line; lines of a
//! [dump](crate::dump) by what they say.

use crate::dump::Dump;
use crate::search::Span;
use crate::values::Kinds;
use crate::values::Values;

/// Lines, and bytes, that are looked at together at most.
const MAX_LINES: usize = 100;
const MAX_BYTES: usize = 8 * 1024;

/// Lines of a dump that are looked at together at most.
const MAX_OF_DUMP: usize = 1000;

/// Lines that wait, each right after the other.
#[derive(Debug, Default)]
pub(crate) struct Spread {
    lines: Vec<Line>,
    dump: Dump,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct Line {
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// What to mask of it, in any order.
    pub(crate) spans: Vec<Span>,
    /// Index into the batch that is at hand, if it is of that.
    pub(crate) index: Option<usize>,
}

impl Spread {
    /// Whether no line waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// One line more. Answers whether a value may still go on.
    pub(crate) fn push(&mut self, line: Line, values: &Values) -> bool {
        // Nobody breaks a value there.
        let is_blank = line.bytes.trim_ascii().is_empty();
        self.dump.push(&line.bytes);
        self.lines.push(line);
        if self.lines.len() < MAX_OF_DUMP && self.dump.goes_on(values) {
            return true;
        }
        if self.lines.len() < MAX_LINES && values.go_on_in_short_lines(&self.bytes_of_lines()) {
            return true;
        }
        if is_blank || self.lines.len() >= MAX_LINES {
            return false;
        }
        let (joined, _) = self.joined("");
        joined.len() < MAX_BYTES && values.goes_on(&joined)
    }

    /// The batch has ended: its lines are told no more by an index.
    pub(crate) fn end_batch(&mut self) -> impl Iterator<Item = usize> {
        self.lines.iter_mut().filter_map(|line| line.index.take())
    }

    /// All lines, which wait no longer, with what is to be masked of them, looked at as one.
    pub(crate) fn take(&mut self, values: &Values) -> Vec<Line> {
        let betweens = match (self.is_empty(), values.have_spaces()) {
            (true, _) => &[][..],
            (_, true) => &["", " "],
            (_, false) => &[""],
        };
        for between in betweens {
            let (joined, parts) = self.joined(between);
            let mut spans = Vec::new();
            values.look(&joined, Kinds::ALL, &mut spans);
            for (line, part) in self.lines.iter_mut().zip(parts) {
                for (from, to) in &spans {
                    let (from, to) = ((*from).max(part.at), (*to).min(part.at + part.length));
                    if from < to {
                        line.spans.push((from - part.at + part.skipped, to - part.at + part.skipped));
                    }
                }
            }
        }
        let mut found = Vec::new();
        std::mem::take(&mut self.dump).find(values, |line, part| found.push((line, part)));
        values.find_short_lines(&self.bytes_of_lines(), |line, part| found.push((line, part)));
        found.into_iter().for_each(|(line, part)| self.lines[line].spans.push((part.start, part.end)));
        std::mem::take(&mut self.lines)
    }

    fn bytes_of_lines(&self) -> Vec<&[u8]> {
        self.lines.iter().map(|line| line.bytes.as_slice()).collect()
    }

    /// All lines as one, and where they are in it.
    fn joined(&self, between: &str) -> (Vec<u8>, Vec<Part>) {
        let (mut joined, mut parts) = (Vec::new(), Vec::new());
        for line in &self.lines {
            let rest = line.bytes.trim_ascii_start();
            let text = rest.trim_ascii_end();
            if !joined.is_empty() {
                joined.extend_from_slice(between.as_bytes());
            }
            parts.push(Part { at: joined.len(), skipped: line.bytes.len() - rest.len(), length: text.len() });
            joined.extend_from_slice(text);
        }
        (joined, parts)
    }
}

/// Where the text of a line stands among others, and in its line.
struct Part {
    at: usize,
    skipped: usize,
    length: usize,
}
