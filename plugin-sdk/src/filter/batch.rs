//! Lines, and what is known of them.

/// Whole lines of one container, in order: a view of the memory in which they came.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    bytes: &'a [u8],
    ends: &'a [u32],
    times: &'a [f64],
    labels: &'a [Label],
    continued: bool,
    partial: bool,
}

impl<'a> Batch<'a> {
    /// Lines in one buffer: line 0 begins at byte 0, each further line one byte (the newline) after the end
    /// of the line before. `partial`: the last line is not finished. Nothing else is known of them.
    pub fn new(bytes: &'a [u8], ends: &'a [u32], partial: bool) -> Self {
        Self { bytes, ends, times: &[], labels: &[], continued: false, partial }
    }

    /// When the lines were written, one time a line.
    #[must_use]
    pub fn with_times(self, times: &'a [f64]) -> Self {
        Self { times, ..self }
    }

    /// What is known of the lines; ascending by line.
    #[must_use]
    pub fn with_labels(self, labels: &'a [Label]) -> Self {
        Self { labels, ..self }
    }

    /// Whether the first line goes on with the line that the batch before left unfinished.
    #[must_use]
    pub fn with_continued(self, continued: bool) -> Self {
        Self { continued, ..self }
    }

    /// The buffer: all lines, each with a newline after it.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Number of lines.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// First byte of line `index`.
    pub fn start(&self, index: usize) -> usize {
        if index == 0 { 0 } else { self.end(index - 1) + 1 }
    }

    /// End of line `index`, newline excluded.
    pub fn end(&self, index: usize) -> usize {
        self.ends[index] as usize
    }

    /// Line `index`, newline excluded.
    pub fn line(&self, index: usize) -> &'a [u8] {
        &self.bytes[self.start(index)..self.end(index)]
    }

    /// All lines in order.
    pub fn lines(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let batch = *self;
        (0..batch.len()).map(move |index| batch.line(index))
    }

    /// When line `index` was written, as far as the platform says (else when it was read): milliseconds
    /// since the Unix epoch. 0 where nobody said.
    pub fn time(&self, index: usize) -> f64 {
        self.times.get(index).copied().unwrap_or(0.0)
    }

    /// All labels; ascending by line.
    pub fn labels(&self) -> &'a [Label] {
        self.labels
    }

    /// What is known of line `index`.
    pub fn labels_of(&self, index: usize) -> &'a [Label] {
        let from = self.labels.partition_point(|label| (label.line as usize) < index);
        let to = self.labels.partition_point(|label| (label.line as usize) <= index);
        &self.labels[from..to]
    }

    /// Whether line `index` is not finished: it is longer than the host's limit for a line, and its rest is
    /// the first line of the next batch.
    pub fn is_partial(&self, index: usize) -> bool {
        self.partial && index + 1 == self.len()
    }

    /// Whether line `index` goes on with the line that the batch before left unfinished.
    pub fn is_continued(&self, index: usize) -> bool {
        self.continued && index == 0
    }
}

/// Something known of a line, for later filters, reporters and JSON output. Not printed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Label {
    /// Index of the line in its batch (or among those that a filter releases).
    pub line: u32,
    /// `level` (`trace`, `debug`, `info`, `warn`, `error`, `fatal`), `time` (the line's own, RFC 3339),
    /// `phase` (a part of the task's work that begins here: its title), `annotation` (the line says something
    /// of a file: a JSON object with `level`, `message` and, where they are known, `file`, `line` and
    /// `column`), or a plugin's own: lower-case letters, digits and hyphens, at most 64.
    pub name: String,
    /// What it is.
    pub value: String,
}

impl Label {
    /// A label of one line.
    pub fn new(line: usize, name: impl Into<String>, value: impl Into<String>) -> Self {
        // More lines than fit do not fit into a batch; the host checks it.
        Self { line: u32::try_from(line).unwrap_or(u32::MAX), name: name.into(), value: value.into() }
    }
}

/// Whole lines of one container, with their memory.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Lines {
    /// The lines, each with one newline after it. Any bytes: not always UTF-8.
    pub bytes: Vec<u8>,
    /// End of each line in `bytes`, newline excluded.
    pub ends: Vec<u32>,
    /// When each line was written; milliseconds since the Unix epoch.
    pub times: Vec<f64>,
    /// The first line goes on with the line that the batch before left unfinished.
    pub continued: bool,
    /// The last line is not finished.
    pub partial: bool,
    /// What filters said of lines; ascending by line.
    pub labels: Vec<Label>,
}

impl Lines {
    /// These lines, newline excluded, written at time 0.
    pub fn of<L: AsRef<[u8]>>(lines: impl IntoIterator<Item = L>) -> Self {
        let mut all = Self::default();
        for line in lines {
            all.push(line.as_ref(), 0.0);
        }
        all
    }

    /// Appends one line without a newline in it.
    pub fn push(&mut self, line: &[u8], time: f64) {
        self.bytes.extend_from_slice(line);
        // More bytes than fit do not fit into a batch; the host never sends so many.
        self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        self.bytes.push(b'\n');
        self.times.push(time);
    }

    /// A view of them.
    pub fn batch(&self) -> Batch<'_> {
        Batch::new(&self.bytes, &self.ends, self.partial)
            .with_times(&self.times)
            .with_labels(&self.labels)
            .with_continued(self.continued)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_shows_what_is_there() {
        let mut lines = Lines::of(["ab", "", "c"]);
        lines.times[2] = 5.0;
        lines.labels = vec![Label::new(0, "level", "warn"), Label::new(2, "level", "info")];
        (lines.continued, lines.partial) = (true, true);
        let batch = lines.batch();
        assert_eq!(batch.bytes(), b"ab\n\nc\n");
        assert_eq!(batch.lines().collect::<Vec<_>>(), [&b"ab"[..], b"", b"c"]);
        assert_eq!((batch.time(0), batch.time(2), batch.time(9)), (0.0, 5.0, 0.0));
        assert_eq!(batch.labels_of(2), &lines.labels[1..]);
        assert!(batch.labels_of(1).is_empty());
        assert_eq!((0..3).map(|index| batch.is_partial(index)).collect::<Vec<_>>(), [false, false, true]);
        assert_eq!((0..3).map(|index| batch.is_continued(index)).collect::<Vec<_>>(), [true, false, false]);
    }
}
