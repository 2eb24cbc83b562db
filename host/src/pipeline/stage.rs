//! One filter on one stream, gated, failing closed.

use std::sync::Arc;

use super::apply;
use super::gate::Gate;
use super::gate::Shown;
use crate::lines::LineBatch;
use crate::lines::edits::Edits;
use crate::lines::edits::FilterFailure;
use crate::lines::edits::LineFilter;

/// A filter with its gate and the state of its stream.
pub struct Stage {
    filter: Box<dyn LineFilter>,
    gate: Option<Arc<Gate>>,
    /// The filter asked to see every line.
    follow: bool,
    /// The batch before ended with a partial line, so the next line belongs to it.
    continued: bool,
    edits: Edits,
    hits: Vec<u32>,
    subset: LineBatch,
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage")
            .field("gate", &self.gate)
            .field("follow", &self.follow)
            .finish_non_exhaustive()
    }
}

impl Stage {
    /// A stage; without a gate the filter sees every line.
    pub fn new(filter: Box<dyn LineFilter>, gate: Option<Arc<Gate>>) -> Self {
        Self {
            filter,
            gate,
            follow: false,
            continued: false,
            edits: Edits::default(),
            hits: Vec::new(),
            subset: LineBatch::default(),
        }
    }

    /// Filters `batch` in place; `spare` is scratch memory. After an error nothing of `batch` may
    /// be printed, and the stage must not be used again.
    pub fn process(&mut self, batch: &mut LineBatch, spare: &mut LineBatch) -> Result<(), FilterFailure> {
        if batch.is_empty() {
            return Ok(());
        }
        // Pieces of an overlong line are always shown: what an interest would hit may lie across
        // two of them.
        let whole = self.follow || self.continued || batch.partial;
        self.continued = batch.partial;
        let shown = match &self.gate {
            Some(gate) if !whole => gate.search(batch, &mut self.hits),
            _ => Shown::All,
        };
        let subset = match shown {
            Shown::None => return Ok(()),
            Shown::All => None,
            Shown::Some => {
                self.subset.clear();
                for &line in &self.hits {
                    self.subset.push(batch.line(line as usize), batch.times[line as usize]);
                }
                Some(&self.subset)
            }
        };
        let input = subset.unwrap_or(batch);
        self.edits.edits.clear();
        self.edits.bytes.clear();
        self.edits.follow = false;
        self.filter.process(input, &mut self.edits)?;
        self.follow = self.edits.follow;
        if !self.edits.edits.is_empty() {
            spare.clear();
            let shown = (shown == Shown::Some).then_some(self.hits.as_slice());
            apply::apply(batch, &self.edits, shown, spare);
            std::mem::swap(batch, spare);
        }
        Ok(())
    }

    /// The stream has ended: what the filter held back.
    pub fn finish(&mut self) -> Result<Vec<u8>, FilterFailure> {
        self.filter.finish()
    }
}
