//! A run of whole lines of one container.

use std::ops::Range;

use crate::MAX_BATCH;
use crate::MAX_BATCH_LINES;

/// Milliseconds since the Unix epoch, as CloudWatch Logs counts them.
pub type UnixMillis = i64;

/// Lines in one buffer. Line 0 begins at byte 0; each further line begins one byte (its
/// predecessor's newline) after its predecessor's end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineBatch {
    /// The lines, each followed by one newline.
    pub bytes: Vec<u8>,
    /// End of each line in `bytes`, newline excluded.
    pub ends: Vec<u32>,
    /// When each line was written, as far as the source says; parallel to `ends`.
    pub times: Vec<UnixMillis>,
    /// The first line goes on with the line that the batch before left unfinished. Whoever hands batches
    /// on says so ([`Stage`](crate::Stage) for its filter).
    pub continued: bool,
    /// The last line is unfinished: it exceeded the line limit, and its rest opens the next batch.
    pub partial: bool,
    /// What filters said of lines; ascending by line.
    pub labels: Vec<Label>,
}

/// Something known of a line, for later filters and reporters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Index of the line in its batch.
    pub line: u32,
    /// What is known: `level`, `time`, `phase`, `annotation`, or a plugin's own.
    pub name: String,
    /// What it is.
    pub value: String,
}

impl LineBatch {
    /// Number of lines.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Whether it is large enough to be handed on: a line more gains nothing.
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= MAX_BATCH || self.len() >= MAX_BATCH_LINES
    }

    /// Appends one line. `line` holds no newline (a batch is made of lines; callers split first).
    pub fn push(&mut self, line: &[u8], time: UnixMillis) {
        self.bytes.extend_from_slice(line);
        // A batch is at most a few MiB; `framing` bounds it far below u32::MAX.
        self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        self.bytes.push(b'\n');
        self.times.push(time);
    }

    /// Appends all lines of `more`. This batch must not be partial.
    pub fn append(&mut self, more: &Self) {
        let lines = self.len();
        let base = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(&more.bytes);
        self.ends.extend(more.ends.iter().map(|end| end.saturating_add(base)));
        self.times.extend_from_slice(&more.times);
        self.labels.extend(more.labels.iter().map(|label| {
            let line = u32::try_from(lines).unwrap_or(u32::MAX).saturating_add(label.line);
            Label { line, ..label.clone() }
        }));
        self.partial = more.partial;
    }

    /// First byte of line `index`.
    pub fn start(&self, index: usize) -> usize {
        if index == 0 { 0 } else { self.ends[index - 1] as usize + 1 }
    }

    /// Line `index`, newline excluded.
    pub fn line(&self, index: usize) -> &[u8] {
        &self.bytes[self.start(index)..self.ends[index] as usize]
    }

    /// All lines in order.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|index| self.line(index))
    }

    /// Some lines of it, with what is known of them.
    #[must_use]
    pub fn part(&self, range: Range<usize>) -> Self {
        let mut part = Self {
            continued: self.continued && range.start == 0,
            partial: self.partial && range.end == self.len() && !range.is_empty(),
            ..Self::default()
        };
        for (new, old) in range.enumerate() {
            part.push(self.line(old), self.times[old]);
            let line = u32::try_from(new).unwrap_or(u32::MAX);
            part.labels.extend(self.labels_of(old).iter().map(|label| Label { line, ..label.clone() }));
        }
        part
    }

    /// Empties the batch and keeps its memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.times.clear();
        self.labels.clear();
        self.continued = false;
        self.partial = false;
    }

    /// The labels of line `index`.
    pub fn labels_of(&self, index: usize) -> &[Label] {
        let from = self.labels.partition_point(|label| (label.line as usize) < index);
        let to = self.labels.partition_point(|label| (label.line as usize) <= index);
        &self.labels[from..to]
    }
}
