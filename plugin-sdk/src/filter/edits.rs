//! What a filter does to a batch.

use crate::Batch;
use crate::Interest;
use crate::Label;

/// What to do with one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The line is not printed.
    Drop,
    /// The line is printed with other bytes.
    Replace,
}

/// What to do with one line, and where its replacement ends in [`Edits::bytes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edit {
    /// Index into the batch.
    pub line: u32,
    /// Drop or replace.
    pub action: Action,
    /// End of the replacement; it begins where that of the edit before ended.
    pub end: u32,
}

/// The edits of one batch. Lines that are not named are kept. Replacements stand one after the other in one
/// buffer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edits {
    pub(crate) edits: Vec<Edit>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) labels: Vec<Label>,
    pub(crate) follow: bool,
    pub(crate) interests: Option<Vec<Interest>>,
}

impl Edits {
    /// Drops line `line`. Lines must be named in ascending order, each at most once.
    pub fn drop_line(&mut self, line: usize) {
        self.push(line, Action::Drop);
    }

    /// Replaces line `line` by what `write` appends. Lines must be named in ascending order, each at most
    /// once. A newline in the replacement makes it several lines.
    pub fn replace_with(&mut self, line: usize, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.push(line, Action::Replace);
    }

    /// Says something of line `line`, which is kept or replaced; see [`Label`]. Lines must be named in
    /// ascending order. A label takes the place of one of the same name.
    pub fn label(&mut self, line: usize, name: impl Into<String>, value: impl Into<String>) {
        self.labels.push(Label::new(line, name, value));
    }

    /// From the next batch on, the host searches for these interests instead.
    pub fn set_interests(&mut self, interests: Vec<Interest>) {
        self.interests = Some(interests);
    }

    /// The edits, ascending by line.
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// The replacements, one after the other.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What was said of lines, ascending by line.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// What the filter cares about from the next batch on, where that changes.
    pub fn interests(&self) -> Option<&[Interest]> {
        self.interests.as_deref()
    }

    /// Empties them and keeps their memory.
    pub fn clear(&mut self) {
        self.edits.clear();
        self.bytes.clear();
        self.labels.clear();
        self.follow = false;
        self.interests = None;
    }

    fn push(&mut self, line: usize, action: Action) {
        debug_assert!(self.edits.last().is_none_or(|last| (last.line as usize) < line));
        // A batch and its replacements are a few MiB, far below 4 GiB; the host checks both.
        self.edits.push(Edit {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            action,
            end: u32::try_from(self.bytes.len()).unwrap_or(u32::MAX),
        });
    }
}

/// What [`crate::Filter::line`] does to the line it was given, and what else is known of that line. Nothing
/// done keeps the line.
pub struct LineOut<'a> {
    batch: Batch<'a>,
    line: usize,
    edits: &'a mut Edits,
}

impl<'a> LineOut<'a> {
    /// For line `line` of a batch.
    pub fn new(batch: Batch<'a>, line: usize, edits: &'a mut Edits) -> Self {
        Self { batch, line, edits }
    }

    /// The line is not printed. Call this or a `replace`, once.
    pub fn drop_line(&mut self) {
        self.edits.drop_line(self.line);
    }

    /// The line is printed with these bytes instead. A newline in them makes it several lines.
    pub fn replace(&mut self, bytes: impl AsRef<[u8]>) {
        self.replace_with(|out| out.extend_from_slice(bytes.as_ref()));
    }

    /// The line is printed with what `write` appends instead.
    pub fn replace_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.edits.replace_with(self.line, write);
    }

    /// Says something of the line, which is kept or replaced; see [`Label`].
    pub fn label(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.edits.label(self.line, name, value);
    }

    /// What filters before this one said of the line.
    pub fn labels(&self) -> &'a [Label] {
        self.batch.labels_of(self.line)
    }

    /// When the line was written; see [`Batch::time`].
    pub fn time(&self) -> f64 {
        self.batch.time(self.line)
    }

    /// Whether the line is not finished: its rest is the next line. See [`crate::Filter::PIECES`].
    pub fn is_partial(&self) -> bool {
        self.batch.is_partial(self.line)
    }

    /// Whether the line goes on with the line before, which was not finished.
    pub fn is_continued(&self) -> bool {
        self.batch.is_continued(self.line)
    }
}
