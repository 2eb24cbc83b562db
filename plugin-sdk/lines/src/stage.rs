//! One filter on one stream, gated, failing closed.

use std::sync::Arc;

use crate::Edits;
use crate::FilterFailure;
use crate::Gate;
use crate::LineBatch;
use crate::LineFilter;
use crate::OpenLine;
use crate::Shown;
use crate::apply;

/// Batches that pass without a search after one in which most lines hit. Where the filter sees
/// nearly everything in any case, searching first is work done for nothing. Now and then a batch is
/// searched again.
const UNSEARCHED: u32 = 15;

/// A filter with its gate and the state of its stream.
pub struct Stage<F = Box<dyn LineFilter + Send>> {
    filter: F,
    gate: Option<Arc<Gate>>,
    /// The filter asked to see every line.
    follow: bool,
    /// What became of the line that the batch before left unfinished.
    open: OpenLine,
    /// Batches that are shown whole before one is searched again.
    unsearched: u32,
    edits: Edits,
    hits: Vec<u32>,
    subset: LineBatch,
}

impl<F> std::fmt::Debug for Stage<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage")
            .field("gate", &self.gate)
            .field("follow", &self.follow)
            .finish_non_exhaustive()
    }
}

impl Stage {
    /// A stage of any filter; without a gate it sees every line.
    pub fn new(filter: Box<dyn LineFilter + Send>, gate: Option<Arc<Gate>>) -> Self {
        Self::of(filter, gate)
    }
}

impl<F: LineFilter> Stage<F> {
    /// A stage of one kind of filter; without a gate it sees every line.
    pub fn of(filter: F, gate: Option<Arc<Gate>>) -> Self {
        Self {
            filter,
            gate,
            follow: false,
            open: OpenLine::None,
            unsearched: 0,
            edits: Edits::default(),
            hits: Vec::new(),
            subset: LineBatch::default(),
        }
    }

    /// The filter.
    pub fn filter(&self) -> &F {
        &self.filter
    }

    /// The filter alone.
    pub fn into_filter(self) -> F {
        self.filter
    }

    /// Filters `batch` in place; `spare` is scratch memory.
    ///
    /// # Errors
    /// The filter failed. Nothing of `batch` may be printed, and the stage must not be used again.
    pub fn process(&mut self, batch: &mut LineBatch, spare: &mut LineBatch) -> Result<(), FilterFailure> {
        if batch.is_empty() {
            return Ok(());
        }
        // Pieces of an overlong line are always shown: what an interest would hit may lie across
        // two of them.
        let whole = self.follow || self.open != OpenLine::None || batch.partial;
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
        if self.edits.edits.is_empty() && self.open != OpenLine::Dropped {
            self.open = if batch.partial { OpenLine::Kept } else { OpenLine::None };
            return Ok(());
        }
        spare.clear();
        let shown = (shown == Shown::Some).then_some(self.hits.as_slice());
        self.open = apply(batch, &self.edits, shown, self.open, spare);
        std::mem::swap(batch, spare);
        Ok(())
    }

    /// The stream has ended: what the filter held back.
    ///
    /// # Errors
    /// The filter failed, and what it held back is lost.
    pub fn finish(&mut self) -> Result<Vec<u8>, FilterFailure> {
        self.filter.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use proptest::prelude::*;

    use super::*;
    use crate::Action;
    use crate::Edit;
    use crate::Framer;
    use crate::Interest;
    use crate::Pattern;

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
    /// Drops what its turn says, piece by piece.
    struct DropByTurn(Vec<bool>, usize);

    impl LineFilter for DropByTurn {
        fn process(&mut self, batch: &LineBatch, edits: &mut Edits) -> Result<(), FilterFailure> {
            for line in 0..batch.len() as u32 {
                if self.0[self.1 % self.0.len()] {
                    edits.edits.push(Edit { line, action: Action::Drop, end: 0 });
                }
                self.1 += 1;
            }
            Ok(())
        }

        fn finish(&mut self) -> Result<Vec<u8>, FilterFailure> {
            Ok(Vec::new())
        }
    }

    proptest! {
        /// Whatever a filter drops of lines that come in pieces: a line is there with its beginning or
        /// not at all, no line runs into another, and the stages after it see the same lines.
        #[test]
        fn lines_in_pieces_stay_lines(
            lengths in proptest::collection::vec(0..20_usize, 1..20),
            turns in proptest::collection::vec(any::<bool>(), 1..20),
            later in proptest::collection::vec(any::<bool>(), 1..20),
        ) {
            const MAX: usize = 4;
            let mut log = Vec::new();
            for (line, length) in lengths.iter().enumerate() {
                log.extend(std::iter::repeat_n(b'a' + line as u8, *length));
                log.push(b'\n');
            }
            let mut batches = Vec::new();
            let mut framer = Framer::new(MAX, 16);
            framer.feed(&log, 0, &mut batches);
            framer.finish(0, &mut batches);

            let mut stages = [
                Stage::of(DropByTurn(turns, 0), None),
                Stage::of(DropByTurn(vec![false], 0), None),
                Stage::of(DropByTurn(later, 0), None),
            ];
            let (mut printed, mut open) = (Vec::new(), false);
            for mut batch in batches {
                for stage in &mut stages {
                    stage.process(&mut batch, &mut LineBatch::default()).expect("it never fails");
                }
                if !batch.is_empty() {
                    printed.extend_from_slice(&batch.bytes[..batch.bytes.len() - usize::from(batch.partial)]);
                    open = batch.partial;
                }
            }
            prop_assert!(!open, "a line is left open");
            for line in printed.split_inclusive(|byte| *byte == b'\n') {
                let letters = line.strip_suffix(b"\n").expect("every line ends");
                if let Some(&first) = letters.first() {
                    prop_assert!(letters.iter().all(|&letter| letter == first), "glued: {:?}", letters);
                    let length = lengths[usize::from(first - b'a')];
                    prop_assert!(letters.len() >= length.min(MAX), "without its beginning");
                }
            }
        }
    }
}
