//! A filter, whoever implements it.

use crate::Edits;
use crate::LineBatch;

/// One filter on one container's stream. Sandboxed plugins implement it; tests and benchmarks
/// implement it with native code.
pub trait LineFilter {
    /// Edits for a batch, in `edits` (which is empty when called). What is there afterwards passes
    /// [`Edits::check`]: whoever hands on foreign edits calls it.
    ///
    /// # Errors
    /// The filter failed. Nothing it was shown may be printed, and it is not asked again.
    fn process(&mut self, batch: &LineBatch, edits: &mut Edits) -> Result<(), FilterFailure>;

    /// The stream has ended: what was held back (whole lines), or nothing.
    ///
    /// # Errors
    /// The filter failed, and what it held back is lost.
    fn finish(&mut self) -> Result<Vec<u8>, FilterFailure>;
}

impl<F: LineFilter + ?Sized> LineFilter for Box<F> {
    fn process(&mut self, batch: &LineBatch, edits: &mut Edits) -> Result<(), FilterFailure> {
        (**self).process(batch, edits)
    }

    fn finish(&mut self) -> Result<Vec<u8>, FilterFailure> {
        (**self).finish()
    }
}

/// A filter failed. Nothing it was shown may be printed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FilterFailure {
    /// Which plugin failed, and how.
    pub message: String,
}
