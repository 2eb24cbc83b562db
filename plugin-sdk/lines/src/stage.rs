//! One filter on one stream, gated, failing closed.

use std::sync::Arc;

use crate::BadInterest;
use crate::Edits;
use crate::Ending;
use crate::FilterFailure;
use crate::Found;
use crate::Gate;
use crate::Label;
use crate::LineBatch;
use crate::LineFilter;
use crate::OpenLine;
use crate::Pieces;
use crate::Released;
use crate::Shown;
use crate::apply::apply;
use crate::apply::merged;

/// A filter with its gate and the state of its stream.
pub struct Stage<F = Box<dyn LineFilter + Send>> {
    filter: F,
    gate: Option<Arc<Gate>>,
    pieces: Pieces,
    /// The filter asked to see every line.
    follow: bool,
    /// What became of the line that the batch before left unfinished.
    open: OpenLine,
    /// Lines whose rest was left out because their first piece was replaced.
    cut: u64,
    edits: Edits,
    found: Found,
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
    pub fn new(filter: Box<dyn LineFilter + Send>, gate: Option<Arc<Gate>>, pieces: Pieces) -> Self {
        Self::of(filter, gate, pieces)
    }
}

impl<F: LineFilter> Stage<F> {
    /// A stage of one kind of filter; without a gate it sees every line.
    pub fn of(filter: F, gate: Option<Arc<Gate>>, pieces: Pieces) -> Self {
        Self {
            filter,
            gate,
            pieces,
            follow: false,
            open: OpenLine::None,
            cut: 0,
            edits: Edits::default(),
            found: Found::default(),
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
        batch.continued = self.open != OpenLine::None;
        // Pieces of an overlong line are always shown: what an interest would hit may lie across
        // two of them.
        let whole = self.follow || batch.continued || batch.partial;
        let shown = match &self.gate {
            Some(gate) if !whole => gate.search_hits(batch, &mut self.found),
            _ => {
                self.found.clear();
                Shown::All
            }
        };
        let subset = match shown {
            Shown::None => return Ok(()),
            Shown::All => None,
            Shown::Some => {
                self.found.count_by_shown_lines();
                select(batch, &self.found.lines, &mut self.subset);
                Some(&self.subset)
            }
        };
        let shown = (shown == Shown::Some).then_some(self.found.lines.as_slice());
        self.edits.clear();
        self.filter.process(subset.unwrap_or(batch), self.found.hits(), &mut self.edits)?;
        self.follow = self.edits.follow;
        if let Some(interests) = self.edits.interests.take() {
            let gate = Gate::new(&interests).map_err(|bad| FilterFailure { message: changed_to(&bad) })?;
            self.gate = Some(Arc::new(gate));
        }
        if self.edits.edits.is_empty() && self.open != OpenLine::Decided {
            if !self.edits.labels.is_empty() {
                batch.labels = merged(batch, &self.edits, shown);
            }
            self.open = if batch.partial { OpenLine::Kept } else { OpenLine::None };
            return Ok(());
        }
        spare.clear();
        let before = self.open;
        self.open = apply(batch, &self.edits, shown, self.pieces, before, spare);
        if self.open == OpenLine::Decided && is_cut(batch, &self.edits, before) {
            self.cut += 1;
        }
        std::mem::swap(batch, spare);
        Ok(())
    }

    /// Time has passed: what the filter lets go. Nothing while a line is open, into which it would run.
    ///
    /// # Errors
    /// The filter failed, and what it held back is lost.
    pub fn tick(&mut self) -> Result<Released, FilterFailure> {
        match self.open {
            OpenLine::Kept => Ok(Released::default()),
            OpenLine::None | OpenLine::Unbegun | OpenLine::Decided => self.filter.tick(),
        }
    }

    /// The stream has ended: what the filter held back.
    ///
    /// # Errors
    /// The filter failed, and what it held back is lost.
    pub fn finish(&mut self) -> Result<Ending, FilterFailure> {
        self.filter.finish()
    }

    /// Overlong lines whose rest was not printed, because the filter replaced their first piece and does
    /// not know about pieces.
    pub fn cut_lines(&self) -> u64 {
        self.cut
    }
}

/// Why interests that a filter changed to are of no use. Not the reason, which quotes the pattern: it may be
/// made of lines that the filter was shown.
fn changed_to(bad: &BadInterest) -> String {
    let index = bad.index;
    format!("it changed its interests, and interest {index} cannot be searched; why may quote log lines")
}

/// Whether the line whose rest is left out was replaced by this batch, rather than dropped or decided about
/// before.
fn is_cut(batch: &LineBatch, edits: &Edits, before: OpenLine) -> bool {
    let decided_before = before == OpenLine::Decided && batch.len() == 1;
    let replaced = edits.edits.last().is_some_and(|edit| edit.action == crate::Action::Replace);
    replaced && !decided_before
}

/// Copies these lines of a batch.
fn select(batch: &LineBatch, lines: &[u32], into: &mut LineBatch) {
    into.clear();
    for (index, &line) in (0..).zip(lines) {
        into.push(batch.line(line as usize), batch.times[line as usize]);
        if !batch.labels.is_empty() {
            let labels = batch.labels_of(line as usize).iter();
            into.labels.extend(labels.map(|label| Label { line: index, ..label.clone() }));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Action;
    use crate::Edit;
    use crate::Framer;
    use crate::Hit;

    /// Drops what its turn says, piece by piece.
    struct DropByTurn(Vec<bool>, usize);

    impl LineFilter for DropByTurn {
        fn process(
            &mut self,
            batch: &LineBatch,
            _: Option<&[Hit]>,
            edits: &mut Edits,
        ) -> Result<(), FilterFailure> {
            for line in 0..batch.len() as u32 {
                if self.0[self.1 % self.0.len()] {
                    edits.edits.push(Edit { line, action: Action::Drop, end: 0 });
                }
                self.1 += 1;
            }
            Ok(())
        }

        fn finish(&mut self) -> Result<Ending, FilterFailure> {
            Ok(Ending::default())
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
            each in any::<bool>(),
        ) {
            let pieces = if each { Pieces::Each } else { Pieces::OneLine };
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
                Stage::of(DropByTurn(turns, 0), None, pieces),
                Stage::of(DropByTurn(vec![false], 0), None, Pieces::OneLine),
                Stage::of(DropByTurn(later, 0), None, Pieces::OneLine),
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
                    prop_assert!(each || letters.len() >= length.min(MAX), "without its beginning");
                }
            }
        }
    }
}
