//! One filter on one stream, gated, failing closed.

use std::sync::Arc;

use super::apply;
use super::gate::Gate;
use super::gate::Shown;
use crate::lines::LineBatch;
use crate::lines::edits::Edits;
use crate::lines::edits::FilterFailure;
use crate::lines::edits::LineFilter;

/// Batches that pass without a search after one in which most lines hit. Where the filter sees
/// nearly everything in any case, searching first is work done for nothing. Now and then a batch is
/// searched again.
const UNSEARCHED: u32 = 15;

/// A filter with its gate and the state of its stream.
pub struct Stage {
    filter: Box<dyn LineFilter>,
    gate: Option<Arc<Gate>>,
    /// The filter asked to see every line.
    follow: bool,
    /// The batch before ended with a partial line, so the next line belongs to it.
    continued: bool,
    /// Batches that are shown whole before one is searched again.
    unsearched: u32,
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
            unsearched: 0,
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
            Some(_) if self.unsearched > 0 => {
                self.unsearched -= 1;
                Shown::All
            }
            Some(gate) if !whole => {
                let shown = gate.search(batch, &mut self.hits);
                let most = shown == Shown::All || self.hits.len() * 2 > batch.len();
                if most {
                    self.unsearched = UNSEARCHED;
                }
                shown
            }
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

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::lines::edits::Interest;
    use crate::lines::edits::Pattern;

    /// Counts the lines that it is shown.
    struct Count(Arc<Mutex<usize>>);

    impl LineFilter for Count {
        fn process(&mut self, batch: &LineBatch, _: &mut Edits) -> Result<(), FilterFailure> {
            *self.0.lock().expect("no panic") += batch.len();
            Ok(())
        }

        fn finish(&mut self) -> Result<Vec<u8>, FilterFailure> {
            Ok(Vec::new())
        }
    }

    #[test]
    fn where_most_lines_hit_the_search_is_left_out_for_a_while() {
        let interest = Interest { pattern: Pattern::Literal(b"x".to_vec()), opens: false };
        let gate = Arc::new(Gate::new(&[interest]).expect("it can be searched"));
        let seen = Arc::new(Mutex::new(0));
        let mut stage = Stage::new(Box::new(Count(Arc::clone(&seen))), Some(gate));
        let mut shown = |lines: &[&str]| {
            let mut batch = LineBatch::default();
            lines.iter().for_each(|line| batch.push(line.as_bytes(), 0));
            stage.process(&mut batch, &mut LineBatch::default()).expect("it never fails");
            std::mem::take(&mut *seen.lock().expect("no panic"))
        };
        assert_eq!(shown(&["x", "-", "-"]), 1, "few hits: these alone");
        assert_eq!(shown(&["x", "x", "-"]), 2);
        for _ in 0..UNSEARCHED {
            assert_eq!(shown(&["-", "-"]), 2, "shown whole");
        }
        assert_eq!(shown(&["-", "-"]), 0, "searched again");
    }
}
