//! What a filter lets go later, and what it says at the end.

use crate::Counter;
use crate::Finding;
use crate::Label;

/// Whole lines that a filter held back, and lets go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Released {
    bytes: Vec<u8>,
    labels: Vec<Label>,
    /// Whole lines in `bytes`.
    lines: usize,
}

impl Released {
    /// Lets one line go, newline excluded. One with a newline in it is several.
    pub fn line(&mut self, line: impl AsRef<[u8]>) {
        let line = line.as_ref();
        self.write_with(|bytes| {
            bytes.extend_from_slice(line);
            bytes.push(b'\n');
        });
    }

    /// Lets go what `write` appends: whole lines, each with a newline after it. That of the very last line
    /// may be missing.
    pub fn write_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let from = self.bytes.len();
        write(&mut self.bytes);
        self.lines += self.bytes[from..].iter().filter(|byte| **byte == b'\n').count();
    }

    /// Says something of the line that was let go last; see [`Label`].
    pub fn label(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let unended = self.bytes.last().is_some_and(|last| *last != b'\n');
        let line = if unended { self.lines } else { self.lines.saturating_sub(1) };
        self.labels.push(Label::new(line, name, value));
    }

    /// The lines, a newline after each; that of the last may be missing.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Labels of these lines; ascending by line.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// The lines and their labels themselves.
    pub fn into_parts(self) -> (Vec<u8>, Vec<Label>) {
        (self.bytes, self.labels)
    }
}

/// What a filter has to say when its log has ended.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ending {
    released: Released,
    notes: Vec<Finding>,
    counters: Vec<Counter>,
}

impl Ending {
    /// Lets one line go that was held back, newline excluded. One with a newline in it is several.
    pub fn line(&mut self, line: impl AsRef<[u8]>) {
        self.released.line(line);
    }

    /// Where what was held back goes.
    pub fn released(&mut self) -> &mut Released {
        &mut self.released
    }

    /// Says something of the whole log ("dropped 1,204 lines"), for whoever asks for details (`-v`). Never a
    /// line's text.
    pub fn note(&mut self, message: impl Into<String>) {
        self.notes.push(Finding::note("", message));
    }

    /// Says something of the whole log that a person should know. Never a line's text.
    pub fn warn(&mut self, message: impl Into<String>) {
        self.notes.push(Finding::warning("", message));
    }

    /// A number for the summary, reporters and JSON output. The name has lower-case letters, digits and
    /// hyphens, at most 64.
    pub fn count(&mut self, name: impl Into<String>, value: f64) {
        self.counters.push(Counter::new(name, value));
    }

    /// What was held back, what was said, and what was counted.
    pub fn into_parts(self) -> (Released, Vec<Finding>, Vec<Counter>) {
        (self.released, self.notes, self.counters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_of_the_line_let_go_last() {
        let mut released = Released::default();
        released.line("a");
        released.label("level", "info");
        released.line(b"b\nc");
        released.label("level", "warn");
        released.write_with(|bytes| bytes.extend_from_slice(b"d"));
        released.label("own", "1");
        let (bytes, labels) = released.into_parts();
        assert_eq!(bytes, b"a\nb\nc\nd");
        let want =
            [Label::new(0, "level", "info"), Label::new(2, "level", "warn"), Label::new(3, "own", "1")];
        assert_eq!(labels, want);
    }
}
