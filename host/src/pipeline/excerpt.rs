//! What is printed of logs that are there already: the last lines, or what was written since some time.
//!
//! It is cut out behind the filters. They are shown more than is printed: one that begins in the middle of
//! what it should hide would not know it.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::time::SystemTime;

use sortie_lines::LineBatch;

use crate::stream::Address;
use crate::unix_time;

/// Which of the lines are printed; all of them by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// Of those that a container has written already, so many of the last ones.
    pub last: Option<usize>,
    /// Those that were written since.
    pub since: Option<SystemTime>,
}

/// Cuts the excerpt out of what comes.
#[derive(Debug)]
pub(super) struct Cut {
    excerpt: Excerpt,
    /// The last lines of each container, until it is known that they are.
    held: BTreeMap<Address, Held>,
}

#[derive(Debug, Default)]
struct Held {
    batches: VecDeque<LineBatch>,
    /// Lines that begin in them: a long one may come in pieces.
    lines: usize,
    released: bool,
}

impl Cut {
    /// Nothing has come yet.
    pub(super) fn new(excerpt: Excerpt) -> Self {
        Self { excerpt, held: BTreeMap::new() }
    }

    /// Takes lines; answers those that are printed now.
    pub(super) fn take(&mut self, address: Address, batch: LineBatch) -> LineBatch {
        let batch = match self.excerpt.since {
            Some(since) => since_then(batch, unix_time::millis(since)),
            None => batch,
        };
        let Some(last) = self.excerpt.last else { return batch };
        let held = self.held.entry(address).or_default();
        if held.released || batch.is_empty() {
            return batch;
        }
        held.lines += begun(&batch);
        held.batches.push_back(batch);
        while let Some(first) = held.batches.front()
            && held.lines - begun(first) >= last
        {
            held.lines -= begun(first);
            held.batches.pop_front();
        }
        LineBatch::default()
    }

    /// What has come are the last lines: answers those that are printed.
    pub(super) fn release(&mut self, address: Address) -> VecDeque<LineBatch> {
        let Some(last) = self.excerpt.last else { return VecDeque::new() };
        let held = self.held.entry(address).or_default();
        held.released = true;
        let mut batches = std::mem::take(&mut held.batches);
        if let Some(first) = batches.front_mut() {
            // The end of a line goes where its beginning went.
            let too_many = held.lines.saturating_sub(last) + usize::from(first.continued);
            *first = first.part(too_many.min(first.len())..first.len());
        }
        batches
    }
}

/// How many lines begin in a batch.
fn begun(batch: &LineBatch) -> usize {
    batch.len().saturating_sub(usize::from(batch.continued))
}

/// The lines that were written since; the pieces of one line have one time.
fn since_then(batch: LineBatch, since: i64) -> LineBatch {
    match batch.times.iter().position(|time| *time >= since) {
        Some(0) => batch,
        Some(first) => batch.part(first..batch.len()),
        None => LineBatch::default(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sortie_lines::Label;

    use super::*;
    use crate::stream::Attempt;

    fn batch(lines: &[(&str, i64)]) -> LineBatch {
        let mut batch = LineBatch::default();
        lines.iter().for_each(|(line, time)| batch.push(line.as_bytes(), *time));
        batch
    }

    fn text(batches: impl IntoIterator<Item = LineBatch>) -> String {
        batches.into_iter().map(|batch| String::from_utf8_lossy(&batch.bytes).into_owned()).collect()
    }

    #[test]
    fn the_last_lines_are_those_before_the_release_and_all_after_it() {
        let address = Attempt::FIRST.container(0);
        for (last, expected) in [(0, ""), (1, "d\n"), (3, "b\nc\nd\n"), (9, "a\nb\nc\nd\n")] {
            let mut cut = Cut::new(Excerpt { last: Some(last), since: None });
            let mut labelled = batch(&[("a", 1), ("b", 2), ("c", 3)]);
            labelled.labels.push(Label { line: 1, name: "level".into(), value: "error".into() });
            assert!(cut.take(address, labelled).is_empty());
            assert!(cut.take(address, batch(&[("d", 4)])).is_empty());
            let released = cut.release(address);
            if last == 3 {
                assert_eq!(released[0].labels_of(0)[0].value, "error");
            }
            assert_eq!(text(released), expected, "{last}");
            assert_eq!(text([cut.take(address, batch(&[("e", 5)]))]), "e\n");
            assert_eq!(text(cut.release(address)), "");
        }
    }

    #[test]
    fn the_pieces_of_a_line_are_one_line() {
        let address = Attempt::FIRST.container(0);
        for (last, expected) in [(1, "c\n"), (2, "b1\nb2\nb3\nc\n"), (3, "a\nb1\nb2\nb3\nc\n")] {
            let mut cut = Cut::new(Excerpt { last: Some(last), since: None });
            let (mut first, mut middle, mut end) =
                (batch(&[("a", 1), ("b1", 2)]), batch(&[("b2", 2)]), batch(&[("b3", 2), ("c", 3)]));
            (first.partial, middle.partial) = (true, true);
            (middle.continued, end.continued) = (true, true);
            for batch in [first, middle, end] {
                assert!(cut.take(address, batch).is_empty());
            }
            assert_eq!(text(cut.release(address)), expected, "{last}");
        }
    }

    #[test]
    fn older_lines_are_left_out() {
        let since = Some(SystemTime::UNIX_EPOCH + Duration::from_millis(3));
        let mut cut = Cut::new(Excerpt { last: None, since });
        let address = Attempt::FIRST.container(0);
        assert_eq!(text([cut.take(address, batch(&[("a", 1), ("b", 2)]))]), "");
        assert_eq!(text([cut.take(address, batch(&[("b", 2), ("c", 3), ("d", 2)]))]), "c\nd\n");
        assert_eq!(text([Cut::new(Excerpt::default()).take(address, batch(&[("a", 1)]))]), "a\n");
    }
}
