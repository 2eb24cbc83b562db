//! What a filter does to a batch of lines.

use super::LineBatch;

/// Edits of one batch, flat: replacements stand one after the other in `bytes`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edits {
    /// Ascending by line, at most one a line. Lines that are not named are kept.
    pub edits: Vec<Edit>,
    /// The replacements.
    pub bytes: Vec<u8>,
    /// The filter must see every line that follows until it says otherwise.
    pub follow: bool,
}

/// What to do with one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edit {
    /// Index into the batch.
    pub line: u32,
    /// Drop or replace.
    pub action: Action,
    /// End of the replacement in [`Edits::bytes`]; it begins at the end of the edit before.
    pub end: u32,
}

/// See [`Edit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The line is not printed.
    Drop,
    /// The line is printed with other bytes. A newline in them makes several lines.
    Replace,
}

/// Something the filter cares about, which the host searches natively.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interest {
    /// What to search.
    pub pattern: Pattern,
    /// A hit also shows the filter all lines after it in the batch.
    pub opens: bool,
}

/// See [`Interest`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// These bytes.
    Literal(Vec<u8>),
    /// A regular expression over bytes, Unicode off.
    Regex(String),
}

/// One filter on one container's stream. Sandboxed plugins implement it, and benchmarks
/// implement it with native code.
pub trait LineFilter: Send {
    /// Edits for a batch, in `edits` (which is empty when called).
    fn process(&mut self, batch: &LineBatch, edits: &mut Edits) -> Result<(), FilterFailure>;

    /// The stream has ended: what was held back (whole lines), or nothing.
    fn finish(&mut self) -> Result<Vec<u8>, FilterFailure>;
}

/// A filter failed. Nothing it was shown may be printed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FilterFailure {
    /// Which plugin failed, and how.
    pub message: String,
}
