//! Filters: log lines in, edits out.
//!
//! Lines arrive in batches, as one buffer and a list of line ends, and only edits go back: a line
//! that is kept costs nothing. [`Filter::line`] is enough for most filters; one that wants more
//! speed overrides [`Filter::process`] and searches the whole buffer at once.

use serde::de::DeserializeOwned;

use crate::About;
use crate::Diagnostic;
use crate::Setup;

/// Edits or drops the log lines of one container. One instance lives as long as the stream.
pub trait Filter: Sized {
    /// The configuration; [`crate::NoConfig`] when there is none.
    type Config: DeserializeOwned + Default;

    /// Name, version and needs.
    fn about() -> About;

    /// Makes the plugin from its configuration. Called once for each stream.
    ///
    /// # Errors
    /// What is wrong with the configuration; the run does not start.
    fn configure(config: Self::Config, setup: &mut Setup<'_>) -> Result<Self, Diagnostic>;

    /// What the filter wants to see. `None`, the default: every line. `Some`: only lines that one
    /// of these hits (the host searches natively), and the pieces of lines beyond the host's limit.
    fn interests(&self) -> Option<Vec<Interest>> {
        None
    }

    /// One line, newline excluded; any bytes. Do nothing to keep it.
    fn line(&mut self, line: &[u8], out: &mut LineOut<'_>) {
        let _ = (line, out);
    }

    /// A batch of lines. By default each one is given to [`Filter::line`].
    fn process(&mut self, batch: Batch<'_>, edits: &mut Edits) {
        for index in 0..batch.len() {
            let mut out = LineOut { line: index, partial: batch.is_partial(index), edits };
            self.line(batch.line(index), &mut out);
        }
    }

    /// Asked after each batch: whether to be shown the lines that follow, hit or not, because the
    /// filter is in the middle of something that spans lines.
    fn follow(&self) -> bool {
        false
    }

    /// The stream has ended: append what was held back, as whole lines.
    fn finish(&mut self, out: &mut Vec<u8>) {
        let _ = out;
    }
}

/// Whole lines of one container, in order.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    bytes: &'a [u8],
    ends: &'a [u32],
    partial: bool,
}

impl<'a> Batch<'a> {
    /// Lines in one buffer: line 0 begins at byte 0, each further line one byte (the newline)
    /// after the end of the line before. `partial`: the last line is not finished.
    pub fn new(bytes: &'a [u8], ends: &'a [u32], partial: bool) -> Self {
        Self { bytes, ends, partial }
    }

    /// The buffer: all lines with a newline between.
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

    /// Whether line `index` is not finished: it was longer than the host's line limit, and its
    /// rest is the first line of the next batch.
    pub fn is_partial(&self, index: usize) -> bool {
        self.partial && index + 1 == self.len()
    }
}

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

/// The edits of one batch. Lines that are not named are kept. Replacements stand one after the
/// other in one buffer, which is reused from batch to batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edits {
    edits: Vec<Edit>,
    bytes: Vec<u8>,
}

impl Edits {
    /// Drops line `line`. Lines must be named in ascending order, each at most once.
    pub fn drop_line(&mut self, line: usize) {
        self.push(line, Action::Drop);
    }

    /// Replaces line `line` by what `write` appends. Lines must be named in ascending order, each
    /// at most once. A newline in the replacement makes it several lines.
    pub fn replace_with(&mut self, line: usize, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.push(line, Action::Replace);
    }

    /// The edits, ascending by line.
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// The replacements, one after the other.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Empties both and keeps their memory.
    pub fn clear(&mut self) {
        self.edits.clear();
        self.bytes.clear();
    }

    /// The two lists themselves.
    pub fn into_parts(self) -> (Vec<Edit>, Vec<u8>) {
        (self.edits, self.bytes)
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

/// What [`Filter::line`] does to the line it was given. Nothing done keeps the line.
pub struct LineOut<'a> {
    line: usize,
    partial: bool,
    edits: &'a mut Edits,
}

impl LineOut<'_> {
    /// The line is not printed. Call this or a `replace`, once.
    pub fn drop_line(&mut self) {
        self.edits.drop_line(self.line);
    }

    /// The line is printed with these bytes instead.
    pub fn replace(&mut self, bytes: &[u8]) {
        self.replace_with(|out| out.extend_from_slice(bytes));
    }

    /// The line is printed with what `write` appends instead.
    pub fn replace_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.edits.replace_with(self.line, write);
    }

    /// Whether the line is not finished: its rest is the next line.
    pub fn is_partial(&self) -> bool {
        self.partial
    }
}

/// Something the filter cares about, which the host searches natively.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interest {
    /// What to search.
    pub pattern: Pattern,
    /// A hit may open something that spans lines: the host also shows all lines after it in the
    /// same batch, and further ones while [`Filter::follow`] says so.
    pub opens: bool,
}

/// See [`Interest`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// These bytes.
    Literal(Vec<u8>),
    /// A regular expression in the syntax of the crate `regex`, over bytes, with Unicode off. Matches
    /// lie within one line. `^` and `$` are the line's ends; `$` is also before a carriage return
    /// there. `\A` and `\z` are refused.
    Regex(String),
}

impl Interest {
    /// Lines that hold these bytes.
    pub fn literal(bytes: impl Into<Vec<u8>>) -> Self {
        Self { pattern: Pattern::Literal(bytes.into()), opens: false }
    }

    /// Lines that match this expression; see [`Pattern::Regex`].
    pub fn regex(expression: impl Into<String>) -> Self {
        Self { pattern: Pattern::Regex(expression.into()), opens: false }
    }

    /// A hit opens something that may span lines.
    #[must_use]
    pub fn opens(mut self) -> Self {
        self.opens = true;
        self
    }
}
