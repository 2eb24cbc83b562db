//! The filters of one container's stream, one after the other.
//!
//! The chain fails closed: after the first failure of any filter, the batch it was shown and
//! everything that follows on the stream is withheld. A filter's state is gone with it (it may
//! have been inside a multi-line secret), so that going on without it, or with a fresh one, could
//! print what it was there to hide.

use sortie_lines::FilterFailure;
use sortie_lines::Framer;
use sortie_lines::LineBatch;
use sortie_lines::Stage;

/// One named filter of a chain.
#[derive(Debug)]
struct Link {
    name: String,
    stage: Stage,
}

/// The filters of one stream.
#[derive(Debug, Default)]
pub struct Chain {
    links: Vec<Link>,
    failure: Option<ChainFailure>,
    withheld: u64,
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

impl Chain {
    /// A chain of the given filters, in order.
    pub fn new(stages: impl IntoIterator<Item = (String, Stage)>) -> Self {
        let links = stages.into_iter().map(|(name, stage)| Link { name, stage }).collect();
        Self { links, ..Self::default() }
    }

    /// Filters a batch in place. When a filter fails, the batch is emptied, and so is every later
    /// one. Returns the failure the first time only.
    pub fn process(&mut self, batch: &mut LineBatch) -> Option<ChainFailure> {
        self.process_from(0, batch)
    }

    fn process_from(&mut self, first: usize, batch: &mut LineBatch) -> Option<ChainFailure> {
        if self.failure.is_some() {
            self.withhold(batch);
            return None;
        }
        for link in &mut self.links[first..] {
            let lines = batch.len() as u64;
            if let Err(FilterFailure { message }) = link.stage.process(batch, &mut self.spare) {
                let failure = ChainFailure { filter: link.name.clone(), reason: message };
                self.failure = Some(failure.clone());
                self.withheld += lines;
                batch.clear();
                return Some(failure);
            }
        }
        None
    }

    /// The stream has ended: appends what the filters held back to `out`, each passed through the
    /// filters after it.
    pub fn finish(&mut self, out: &mut Vec<LineBatch>) -> Option<ChainFailure> {
        if self.failure.is_some() {
            return None;
        }
        for index in 0..self.links.len() {
            let tail = match self.links[index].stage.finish() {
                Ok(tail) => tail,
                Err(FilterFailure { message }) => {
                    let failure = ChainFailure { filter: self.links[index].name.clone(), reason: message };
                    self.failure = Some(failure.clone());
                    return Some(failure);
                }
            };
            let mut framer = Framer::default();
            let mut batches = Vec::new();
            framer.feed(&tail, 0, &mut batches);
            framer.finish(0, &mut batches);
            for mut batch in batches {
                let failure = self.process_from(index + 1, &mut batch);
                if !batch.is_empty() {
                    out.push(batch);
                }
                if failure.is_some() {
                    return failure;
                }
            }
        }
        None
    }

    fn withhold(&mut self, batch: &mut LineBatch) {
        self.withheld += batch.len() as u64;
        batch.clear();
    }

    /// Lines that were not printed because a filter failed.
    pub fn withheld(&self) -> u64 {
        self.withheld
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sortie_lines::Action;
    use sortie_lines::Edit;
    use sortie_lines::Edits;
    use sortie_lines::LineFilter;

    /// Replaces each `s` by `t`, fails on a line that says `boom`.
    struct Swap(u8, u8);

    impl LineFilter for Swap {
        fn process(&mut self, batch: &LineBatch, edits: &mut Edits) -> Result<(), FilterFailure> {
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

        fn finish(&mut self) -> Result<Vec<u8>, FilterFailure> {
            Ok(vec![self.1, b'\n'])
        }
    }

    fn chain() -> Chain {
        let link = |a, b| (format!("{}{}", a as char, b as char), Stage::new(Box::new(Swap(a, b)), None));
        Chain::new([link(b'a', b'b'), link(b'b', b'c')])
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
        assert_eq!(chain.finish(&mut out), None);
        let tails: Vec<_> = out.iter().map(|b| b.bytes.clone()).collect();
        assert_eq!(tails, [b"c\n", b"c\n"]);
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
        assert_eq!(chain.finish(&mut out), None);
        assert!(out.is_empty());
        assert_eq!(chain.withheld(), 4);
    }
}
