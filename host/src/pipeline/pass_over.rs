//! What another sortie has printed already of a log that is read again.
//!
//! It is passed over behind the filters: they must see what they saw then.

use std::collections::BTreeMap;

use sortie_lines::LineBatch;

use crate::journal::record::Amount;
use crate::stream::ContainerIndex;

/// How much of each container's log is passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PassOver(BTreeMap<ContainerIndex, Amount>);

impl FromIterator<(ContainerIndex, Amount)> for PassOver {
    fn from_iter<I: IntoIterator<Item = (ContainerIndex, Amount)>>(amounts: I) -> Self {
        Self(amounts.into_iter().collect())
    }
}

impl PassOver {
    /// Takes lines; answers those of them that were not printed before; `None`: all.
    pub(super) fn take(&mut self, container: ContainerIndex, batch: &LineBatch) -> Option<LineBatch> {
        let left = self.0.get_mut(&container)?;
        let finished = batch.len() - usize::from(batch.partial);
        let skipped = usize::try_from(left.lines).unwrap_or(usize::MAX).min(finished);
        left.lines -= skipped as u64;
        if left.lines > 0 || skipped == batch.len() {
            // What begins here goes on in the next batch, and ends as one of those lines.
            return Some(LineBatch::default());
        }
        let rest = batch.part(skipped..batch.len());
        if left.open == 0 {
            self.0.remove(&container);
            return Some(rest);
        }
        let first = rest.line(0).len();
        let cut = usize::try_from(left.open).unwrap_or(usize::MAX).min(first);
        let ends = rest.len() > 1 || !rest.partial;
        left.open -= cut as u64;
        if !ends && cut == first {
            return Some(LineBatch::default());
        }
        self.0.remove(&container);
        Some(without_beginning(&rest, cut))
    }
}

/// The batch without the first bytes of its first line, which goes on with what was printed before.
fn without_beginning(batch: &LineBatch, bytes: usize) -> LineBatch {
    let mut rest = LineBatch { continued: true, partial: batch.partial, ..LineBatch::default() };
    for (index, line) in batch.lines().enumerate() {
        rest.push(if index == 0 { &line[bytes..] } else { line }, batch.times[index]);
    }
    rest.labels.clone_from(&batch.labels);
    rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sortie_lines::Framer;

    use super::*;

    /// What of these batches is printed: a newline after every line but an unfinished one.
    fn printed(batches: &[LineBatch]) -> Vec<u8> {
        let mut out = Vec::new();
        for batch in batches.iter().filter(|batch| !batch.is_empty()) {
            out.extend_from_slice(&batch.bytes[..batch.bytes.len() - usize::from(batch.partial)]);
        }
        out
    }

    proptest! {
        /// Wherever the first sortie was killed, both outputs together are the log.
        #[test]
        fn both_outputs_are_the_log(
            lengths in proptest::collection::vec(0..12_usize, 1..20), at in 0.0..1.0, chunk in 1..40_usize,
        ) {
            let mut log = Vec::new();
            for (line, length) in lengths.iter().enumerate() {
                log.extend(std::iter::repeat_n(b'a' + line as u8, *length));
                log.push(b'\n');
            }
            // The lines are framed anew, and into other pieces.
            let (mut batches, mut framer) = (Vec::new(), Framer::new(4, 16));
            log.chunks(chunk).for_each(|chunk| framer.feed(chunk, 0, &mut batches));
            framer.finish(0, &mut batches);
            let cut = (log.len() as f64 * at) as usize;
            let open = log[..cut].rsplit(|byte| *byte == b'\n').next().map_or(0, <[u8]>::len);
            let whole = log[..cut].iter().filter(|byte| **byte == b'\n').count();
            let amount = Amount { lines: whole as u64, open: open as u64 };
            let mut pass_over = PassOver::from_iter([(0, amount)]);
            let mut continued = false;
            let rest: Vec<LineBatch> = batches.into_iter().map(|mut batch| {
                batch.continued = std::mem::replace(&mut continued, batch.partial);
                pass_over.take(0, &batch).unwrap_or(batch)
            }).collect();
            prop_assert_eq!(printed(&rest), &log[cut..]);
        }
    }

    #[test]
    fn other_containers_are_printed_as_they_are() {
        let mut pass_over = PassOver::from_iter([(0, Amount { lines: 1, open: 0 })]);
        let mut batch = LineBatch::default();
        batch.push(b"one", 0);
        assert_eq!(pass_over.take(1, &batch), None);
        assert!(pass_over.take(0, &batch).is_some_and(|rest| rest.is_empty()));
        assert_eq!(pass_over.take(0, &batch).unwrap_or(batch.clone()).bytes, b"one\n");
        assert_eq!(pass_over.take(0, &batch), None);
    }
}
