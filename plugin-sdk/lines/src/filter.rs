//! A filter, whoever implements it.

use crate::Edits;
use crate::Hit;
use crate::Label;
use crate::LineBatch;

/// One filter on one container's stream. Sandboxed plugins implement it; tests and benchmarks
/// implement it with native code.
pub trait LineFilter {
    /// Edits for a batch, in `edits` (which is empty when called). What is there afterwards passes
    /// [`Edits::check`]: whoever hands on foreign edits calls it. `hits` are those of the filter's
    /// interests in the batch, all of them; `None` where they were not searched, or are too many.
    ///
    /// # Errors
    /// The filter failed. Nothing it was shown may be printed, and it is not asked again.
    fn process(
        &mut self,
        batch: &LineBatch,
        hits: Option<&[Hit]>,
        edits: &mut Edits,
    ) -> Result<(), FilterFailure>;

    /// Time has passed: what was held back long enough.
    ///
    /// # Errors
    /// The filter failed, and what it held back is lost.
    fn tick(&mut self) -> Result<Released, FilterFailure> {
        Ok(Released::default())
    }

    /// The stream has ended.
    ///
    /// # Errors
    /// The filter failed, and what it held back is lost.
    fn finish(&mut self) -> Result<Ending, FilterFailure>;
}

impl<F: LineFilter + ?Sized> LineFilter for Box<F> {
    fn process(
        &mut self,
        batch: &LineBatch,
        hits: Option<&[Hit]>,
        edits: &mut Edits,
    ) -> Result<(), FilterFailure> {
        (**self).process(batch, hits, edits)
    }

    fn tick(&mut self) -> Result<Released, FilterFailure> {
        (**self).tick()
    }

    fn finish(&mut self) -> Result<Ending, FilterFailure> {
        (**self).finish()
    }
}

/// Whole lines that a filter held back, and lets go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Released {
    /// The lines, a newline after each; that of the last may be missing.
    pub bytes: Vec<u8>,
    /// Labels of these lines; they pass [`check_labels`](crate::check_labels).
    pub labels: Vec<Label>,
}

impl Released {
    /// Number of lines.
    pub fn lines(&self) -> usize {
        let ended = memchr::memchr_iter(b'\n', &self.bytes).count();
        ended + usize::from(self.bytes.last().is_some_and(|&last| last != b'\n'))
    }
}

/// What a filter has to say when its stream has ended.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ending {
    /// What it held back.
    pub released: Released,
    /// Of the whole log; one line each, for a person.
    pub notes: Vec<Note>,
    /// What it counted.
    pub counters: Vec<Counter>,
}

/// Something that a filter says of a whole log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Whether a person should know it who did not ask for details.
    pub warning: bool,
    /// One line.
    pub message: String,
}

/// A number that a plugin counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Counter {
    /// Lower-case letters, digits and hyphens.
    pub name: String,
    /// A finite number.
    pub value: f64,
}

/// A filter failed. Nothing it was shown may be printed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FilterFailure {
    /// Which plugin failed, and how.
    pub message: String,
}
