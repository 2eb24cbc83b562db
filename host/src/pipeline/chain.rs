//! The filters of one container's stream, one after the other.
//!
//! The chain fails closed: after the first failure of any filter, the batch it was shown and
//! everything that follows on the stream is withheld. A filter's state is gone with it (it may
//! have been inside a multi-line secret), so that going on without it, or with a fresh one, could
//! print what it was there to hide.
//!
//! One filter may stand before all others that is [made anew](Renewal) when it must know more.

use std::time::Duration;
use std::time::Instant;

use sortie_lines::Counter;
use sortie_lines::FilterFailure;
use sortie_lines::Framer;
use sortie_lines::Label;
use sortie_lines::LineBatch;
use sortie_lines::Note;
use sortie_lines::Released;
use sortie_lines::Stage;
use sortie_lines::UnixMillis;

use crate::error::Error;
use crate::unix_time;

/// One named filter of a chain.
#[derive(Debug)]
pub struct Link {
    /// The filter's name.
    pub name: String,
    /// The filter.
    pub stage: Stage,
    /// How often it is told that time has passed.
    pub tick: Option<Duration>,
}

/// Makes the first filter of a chain, and makes it anew.
pub trait Renewal: std::fmt::Debug + Send {
    /// The filter's name.
    fn name(&self) -> &str;

    /// A filter in the place of the one that was made before; `None`: that one, or none, is good.
    ///
    /// # Errors
    ///
    /// There must be another, and it cannot be made.
    fn renew(&mut self) -> Result<Option<Link>, Error>;
}

/// The filters of one stream.
#[derive(Debug, Default)]
pub struct Chain {
    /// Makes the first link.
    first: Option<Box<dyn Renewal>>,
    /// It was made.
    has_first: bool,
    /// What those before it have counted.
    counted_before: Vec<Counter>,
    /// The last line that came in is not finished.
    unfinished: bool,
    links: Vec<Link>,
    /// When each filter is told next that time has passed.
    ticks: Vec<Option<Instant>>,
    failure: Option<ChainFailure>,
    withheld: u64,
    /// The last line that was handed on is not finished.
    open: bool,
    spare: LineBatch,
}

/// A filter failed; lines are withheld.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("filter `{filter}` failed: {reason}")]
pub struct ChainFailure {
    /// The filter's name.
    pub filter: String,
    /// What it did.
    pub reason: String,
}

/// What a filter says of the whole log.
#[derive(Debug, Clone, PartialEq)]
pub struct Remarks {
    /// The filter's name.
    pub filter: String,
    /// Its notes.
    pub notes: Vec<Note>,
    /// What it counted.
    pub counters: Vec<Counter>,
}

impl Chain {
    /// A chain of the given filters, in order.
    pub fn new(links: impl IntoIterator<Item = Link>) -> Self {
        let links: Vec<Link> = links.into_iter().collect();
        let now = Instant::now();
        let ticks = links.iter().map(|link| link.tick.map(|every| now + every)).collect();
        Self { links, ticks, ..Self::default() }
    }

    /// The same after a filter that is made anew when it must know more.
    #[must_use]
    pub fn after(self, first: Box<dyn Renewal>) -> Self {
        Self { first: Some(first), ..self }
    }

    /// Makes the first filter anew, if it must know more for the lines that come; what the one before held back
    /// is appended to `out`, passed through all filters. Not in the middle of a line.
    pub fn renew(&mut self, out: &mut Vec<LineBatch>) -> Option<ChainFailure> {
        if self.failure.is_some() || self.unfinished {
            return None;
        }
        let first = self.first.as_mut()?;
        let link = match first.renew() {
            Ok(link) => link?,
            Err(error) => {
                let failure = ChainFailure { filter: first.name().to_owned(), reason: error.to_string() };
                self.failure = Some(failure.clone());
                return Some(failure);
            }
        };
        let tick = link.tick.map(|every| Instant::now() + every);
        if !std::mem::replace(&mut self.has_first, true) {
            self.links.insert(0, link);
            self.ticks.insert(0, tick);
            return None;
        }
        let ending = match self.links[0].stage.finish() {
            Ok(ending) => ending,
            Err(failure) => return Some(self.failed(0, failure)),
        };
        self.counted_before = counted(&self.counted_before, ending.counters);
        (self.links[0], self.ticks[0]) = (link, tick);
        self.release(0, &ending.released, out)
    }

    /// Filters a batch in place. When a filter fails, the batch is emptied, and so is every later
    /// one. Returns the failure the first time only.
    pub fn process(&mut self, batch: &mut LineBatch) -> Option<ChainFailure> {
        self.unfinished = batch.partial;
        let failure = self.process_from(0, batch);
        self.handed_on(batch);
        failure
    }

    fn process_from(&mut self, first: usize, batch: &mut LineBatch) -> Option<ChainFailure> {
        if self.failure.is_some() {
            self.withhold(batch);
            return None;
        }
        for index in first..self.links.len() {
            let lines = batch.len() as u64;
            let link = &mut self.links[index];
            if let Err(failure) = link.stage.process(batch, &mut self.spare) {
                self.withheld += lines;
                batch.clear();
                return Some(self.failed(index, failure));
            }
        }
        None
    }

    /// Says of a batch that is handed on whether it goes on with an unfinished line.
    fn handed_on(&mut self, batch: &mut LineBatch) {
        if !batch.is_empty() {
            batch.continued = self.open;
            self.open = batch.partial;
        }
    }

    fn failed(&mut self, index: usize, FilterFailure { message }: FilterFailure) -> ChainFailure {
        let failure = ChainFailure { filter: self.links[index].name.clone(), reason: message };
        self.failure = Some(failure.clone());
        failure
    }

    /// When a filter is next to be told that time has passed.
    pub fn next_tick(&self) -> Option<Instant> {
        if self.failure.is_some() { None } else { self.ticks.iter().flatten().min().copied() }
    }

    /// Tells the filters whose time it is; what they let go is appended to `out`, passed through the
    /// filters after it.
    pub fn tick(&mut self, now: Instant, out: &mut Vec<LineBatch>) -> Option<ChainFailure> {
        for index in 0..self.links.len() {
            if self.failure.is_some() || self.ticks[index].is_none_or(|at| at > now) {
                continue;
            }
            self.ticks[index] = self.links[index].tick.map(|every| now + every);
            let failure = match self.links[index].stage.tick() {
                Ok(released) => self.release(index + 1, &released, out),
                Err(failure) => Some(self.failed(index, failure)),
            };
            if failure.is_some() {
                return failure;
            }
        }
        None
    }

    /// The stream has ended: appends what the filters held back to `out`, each passed through the
    /// filters after it, and what they have to say to `remarks`.
    pub fn finish(&mut self, out: &mut Vec<LineBatch>, remarks: &mut Vec<Remarks>) -> Option<ChainFailure> {
        if self.failure.is_some() {
            return None;
        }
        for index in 0..self.links.len() {
            let ending = match self.links[index].stage.finish() {
                Ok(ending) => ending,
                Err(failure) => return Some(self.failed(index, failure)),
            };
            let failure = self.release(index + 1, &ending.released, out);
            let Link { name, stage, .. } = &self.links[index];
            let mut notes = ending.notes;
            notes.extend(cut(stage.cut_lines()));
            let counters = match self.has_first && index == 0 {
                true => counted(&self.counted_before, ending.counters),
                false => ending.counters,
            };
            if !notes.is_empty() || !counters.is_empty() {
                remarks.push(Remarks { filter: name.clone(), notes, counters });
            }
            if failure.is_some() {
                return failure;
            }
        }
        None
    }

    /// Passes what a filter lets go through those from `next` on.
    fn release(
        &mut self,
        next: usize,
        released: &Released,
        out: &mut Vec<LineBatch>,
    ) -> Option<ChainFailure> {
        for mut batch in framed(released, unix_time::now()) {
            let failure = self.process_from(next, &mut batch);
            self.handed_on(&mut batch);
            if !batch.is_empty() {
                out.push(batch);
            }
            if failure.is_some() {
                return failure;
            }
        }
        None
    }

    fn withhold(&mut self, batch: &mut LineBatch) {
        self.withheld += batch.len() as u64;
        batch.clear();
    }

    /// Whether there is no filter, so that nothing can be held back.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty() && self.failure.is_none()
    }

    /// Lines that were not printed because a filter failed.
    pub fn withheld(&self) -> u64 {
        self.withheld
    }
}

/// What was counted in all.
fn counted(before: &[Counter], now: Vec<Counter>) -> Vec<Counter> {
    let mut all = before.to_vec();
    for counter in now {
        match all.iter_mut().find(|known| known.name == counter.name) {
            Some(known) => known.value += counter.value,
            None => all.push(counter),
        }
    }
    all
}

/// Released lines in batches, with their labels.
fn framed(released: &Released, time: UnixMillis) -> Vec<LineBatch> {
    let mut batches = Vec::new();
    let mut framer = Framer::default();
    framer.feed(&released.bytes, time, &mut batches);
    framer.finish(time, &mut batches);
    if released.labels.is_empty() {
        return batches;
    }
    // Line numbers count whole lines; a line in pieces has its labels at the first.
    let mut labels = released.labels.iter().peekable();
    let (mut line, mut open) = (0u32, false);
    for batch in &mut batches {
        for index in 0..batch.len() {
            while !open && labels.peek().is_some_and(|label| label.line == line) {
                let Some(label) = labels.next() else { break };
                let at = u32::try_from(index).unwrap_or(u32::MAX);
                batch.labels.push(Label { line: at, ..label.clone() });
            }
            open = batch.partial && index + 1 == batch.len();
            line += u32::from(!open);
        }
    }
    batches
}

/// What is said of overlong lines that a filter replaced by their beginning.
fn cut(lines: u64) -> Option<Note> {
    let message = match lines {
        0 => return None,
        1 => "the rest of 1 overlong line is not printed: its beginning was replaced".to_owned(),
        n => format!("the rest of {n} overlong lines is not printed: their beginnings were replaced"),
    };
    Some(Note { warning: true, message })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sortie_lines::Action;
    use sortie_lines::Edit;
    use sortie_lines::Edits;
    use sortie_lines::Ending;
    use sortie_lines::Hit;
    use sortie_lines::LineFilter;
    use sortie_lines::Pieces;

    /// Replaces each `s` by `t`, fails on a line that says `boom`.
    struct Swap(u8, u8);

    impl LineFilter for Swap {
        fn process(
            &mut self,
            batch: &LineBatch,
            _: Option<&[Hit]>,
            edits: &mut Edits,
        ) -> Result<(), FilterFailure> {
            for (index, line) in batch.lines().enumerate() {
                if line == b"boom" {
                    return Err(FilterFailure { message: "trapped".into() });
                }
                if line.contains(&self.0) {
                    edits.bytes.extend(line.iter().map(|&b| if b == self.0 { self.1 } else { b }));
                    edits.edits.push(Edit {
                        line: index as u32,
                        action: Action::Replace,
                        end: edits.bytes.len() as u32,
                    });
                }
            }
            Ok(())
        }

        fn tick(&mut self) -> Result<Released, FilterFailure> {
            Ok(Released { bytes: vec![self.1, b'!', b'\n'], ..Released::default() })
        }

        fn finish(&mut self) -> Result<Ending, FilterFailure> {
            let bytes = vec![self.1, b'\n'];
            Ok(Ending { released: Released { bytes, ..Released::default() }, ..Ending::default() })
        }
    }

    fn chain() -> Chain {
        let link = |a, b, tick| Link {
            name: format!("{}{}", a as char, b as char),
            stage: Stage::new(Box::new(Swap(a, b)), None, Pieces::OneLine),
            tick,
        };
        Chain::new([link(b'a', b'b', Some(Duration::from_secs(1))), link(b'b', b'c', None)])
    }

    fn batch(lines: &[&str]) -> LineBatch {
        let mut batch = LineBatch::default();
        for line in lines {
            batch.push(line.as_bytes(), 0);
        }
        batch
    }

    #[test]
    fn filters_act_in_order_and_tails_pass_the_rest() {
        let mut chain = chain();
        let mut b = batch(&["ab", "x"]);
        assert_eq!(chain.process(&mut b), None);
        assert_eq!(b.bytes, b"cc\nx\n");
        let mut out = Vec::new();
        assert_eq!(chain.finish(&mut out, &mut Vec::new()), None);
        let tails: Vec<_> = out.iter().map(|b| b.bytes.clone()).collect();
        assert_eq!(tails, [b"c\n", b"c\n"]);
    }

    /// Swaps other letters each time that it is asked.
    #[derive(Debug)]
    struct Renewed(Vec<(u8, u8)>);

    impl Renewal for Renewed {
        fn name(&self) -> &str {
            "first"
        }

        fn renew(&mut self) -> Result<Option<Link>, Error> {
            let (from, to) = match self.0.pop() {
                Some((b'!', _)) => return Err(Error::usage("too much")),
                Some(letters) => letters,
                None => return Ok(None),
            };
            let stage = Stage::new(Box::new(Swap(from, to)), None, Pieces::OneLine);
            Ok(Some(Link { name: "first".to_owned(), stage, tick: None }))
        }
    }

    #[test]
    fn the_first_filter_is_made_anew_between_lines() {
        let mut chain = chain().after(Box::new(Renewed(vec![(b'y', b'a'), (b'x', b'a')])));
        let (mut out, mut one) = (Vec::new(), batch(&["xy"]));
        assert_eq!((chain.renew(&mut out), chain.process(&mut one)), (None, None));
        assert_eq!((one.bytes.as_slice(), out.len()), (&b"cy\n"[..], 0));
        let mut begun = batch(&["q"]);
        begun.partial = true;
        assert_eq!((chain.process(&mut begun), chain.renew(&mut out)), (None, None));
        let mut rest = batch(&["y"]);
        assert_eq!(chain.process(&mut rest), None);
        assert_eq!((rest.bytes.as_slice(), out.len()), (&b"y\n"[..], 0), "not in the middle of a line");
        let mut two = batch(&["xy"]);
        assert_eq!((chain.renew(&mut out), chain.process(&mut two)), (None, None));
        assert_eq!((two.bytes.as_slice(), out.remove(0).bytes), (&b"xc\n"[..], b"c\n".to_vec()));
    }

    #[test]
    fn a_first_filter_that_cannot_be_made_withholds_all() {
        let mut chain = chain().after(Box::new(Renewed(vec![(b'!', b'!')])));
        let mut lines = batch(&["secret"]);
        let failure = chain.renew(&mut Vec::new()).expect("it cannot be made");
        assert!(failure.reason.contains("too much"), "{failure}");
        assert_eq!(chain.process(&mut lines), None);
        assert!(lines.is_empty() && chain.withheld() == 1);
    }

    #[test]
    fn a_failure_withholds_the_batch_and_all_that_follows() {
        let mut chain = chain();
        let mut b = batch(&["fine", "boom", "secret"]);
        assert_eq!(
            chain.process(&mut b),
            Some(ChainFailure { filter: "ab".into(), reason: "trapped".into() })
        );
        assert!(b.is_empty() && b.bytes.is_empty());
        let mut b = batch(&["secret"]);
        assert_eq!(chain.process(&mut b), None);
        assert!(b.is_empty());
        let mut out = Vec::new();
        assert_eq!(chain.finish(&mut out, &mut Vec::new()), None);
        assert!(out.is_empty());
        assert_eq!(chain.withheld(), 4);
    }

    #[test]
    fn what_a_tick_lets_go_passes_the_rest_and_runs_into_no_open_line() {
        let mut chain = chain();
        let due = chain.next_tick().expect("one of the filters has asked");
        let mut out = Vec::new();
        assert_eq!(chain.tick(due - Duration::from_millis(1), &mut out), None);
        assert!(out.is_empty(), "not yet");
        assert_eq!(chain.tick(due, &mut out), None);
        assert_eq!(out.remove(0).bytes, b"c!\n");
        assert!(chain.next_tick() > Some(due));
        let mut begun = batch(&["some of"]);
        begun.partial = true;
        assert_eq!(chain.process(&mut begun), None);
        let due = chain.next_tick().expect("it goes on");
        assert_eq!(chain.tick(due, &mut out), None);
        assert!(out.is_empty(), "a line is open");
        let mut rest = batch(&["it"]);
        assert_eq!(chain.process(&mut rest), None);
        assert!(rest.continued && !begun.continued);
    }

    #[test]
    fn labels_of_what_is_let_go_stand_at_the_first_piece() {
        let mut bytes = vec![b'x'; sortie_lines::MAX_LINE + 1];
        bytes.extend_from_slice(b"\nnext\n");
        let label = |line| Label { line, name: "level".to_owned(), value: "info".to_owned() };
        let batches = framed(&Released { bytes, labels: vec![label(0), label(1)] }, 0);
        let labelled: Vec<(usize, u32)> = batches
            .iter()
            .enumerate()
            .flat_map(|(batch, lines)| lines.labels.iter().map(move |label| (batch, label.line)))
            .collect();
        assert_eq!(labelled, [(0, 0), (1, 1)]);
    }
}
