//! How much of a log is printed: what a CI system would cut off at its own limit takes the end with it.

use std::collections::BTreeMap;

use crate::ci::Ci;
use crate::settings;
use crate::stream::ContainerIndex;
use sortie_lines::LineBatch;

/// Counts what is printed, and says when it is enough.
#[derive(Debug)]
pub(super) struct LogLimit {
    /// Bytes; `None`: all is printed.
    limit: Option<u64>,
    printed: u64,
    /// Nothing more is printed.
    reached: bool,
    unprinted: BTreeMap<ContainerIndex, u64>,
}

impl LogLimit {
    /// What the user wants, or what suits the CI system.
    pub(super) fn new(wanted: settings::LogLimit, ci: Ci) -> Self {
        let limit = match wanted {
            settings::LogLimit::Auto => ci.log_limit(),
            settings::LogLimit::None => None,
            settings::LogLimit::Bytes(bytes) => Some(bytes),
        };
        Self { limit, printed: 0, reached: false, unprinted: BTreeMap::new() }
    }

    /// Leaves the lines in the batch that are still printed, each with so many bytes before it. Answers with
    /// the limit when this is the batch that reaches it.
    pub(super) fn cut(
        &mut self,
        container: ContainerIndex,
        batch: &mut LineBatch,
        before: usize,
    ) -> Option<u64> {
        let limit = self.limit?;
        let mut kept = 0;
        if !self.reached {
            for line in batch.lines() {
                let size = (line.len() + before + 1) as u64;
                if self.printed + size > limit {
                    break;
                }
                self.printed += size;
                kept += 1;
            }
        }
        if kept == batch.len() {
            return None;
        }
        let left_out = batch.len() - kept - usize::from(batch.partial);
        *self.unprinted.entry(container).or_default() += left_out as u64;
        batch.bytes.truncate(batch.start(kept));
        batch.ends.truncate(kept);
        batch.times.truncate(kept);
        batch.labels.retain(|label| (label.line as usize) < kept);
        batch.partial = false;
        (!std::mem::replace(&mut self.reached, true)).then_some(limit)
    }

    /// Lines that were not printed, by container; of those where there were any.
    pub(super) fn unprinted(&self) -> impl Iterator<Item = (ContainerIndex, u64)> {
        self.unprinted.iter().map(|(container, lines)| (*container, *lines))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(lines: &[&str], partial: bool) -> LineBatch {
        let mut batch = LineBatch { partial, ..LineBatch::default() };
        lines.iter().for_each(|line| batch.push(line.as_bytes(), 0));
        batch
    }

    #[test]
    fn whole_lines_are_printed_up_to_the_limit() {
        let mut limit = LogLimit::new(settings::LogLimit::Bytes(12), Ci::None);
        let mut lines = batch(&["abc", "d"], false);
        assert_eq!((limit.cut(0, &mut lines, 0), lines.len()), (None, 2));
        let mut lines = batch(&["efghi", "x", "y", "z"], true);
        assert_eq!(limit.cut(1, &mut lines, 0), Some(12));
        assert_eq!((&lines.bytes[..], lines.partial), (&b"efghi\n"[..], false));
        let mut lines = batch(&[""], false);
        assert_eq!((limit.cut(0, &mut lines, 0), lines.is_empty()), (None, true), "it is told once");
        assert_eq!(limit.unprinted().collect::<Vec<_>>(), [(0, 1), (1, 2)]);
    }

    #[test]
    fn what_stands_before_lines_counts() {
        let mut limit = LogLimit::new(settings::LogLimit::Bytes(12), Ci::None);
        let mut lines = batch(&["abc", "abc"], false);
        assert_eq!((limit.cut(0, &mut lines, 6), lines.len()), (Some(12), 1));
    }

    #[test]
    fn a_system_may_have_a_limit_of_its_own() {
        let limit = |wanted, ci| LogLimit::new(wanted, ci).limit;
        assert_eq!(limit(settings::LogLimit::Auto, Ci::GitLab), Some(3 << 20));
        assert_eq!(limit(settings::LogLimit::Auto, Ci::GitHub), None);
        assert_eq!(limit(settings::LogLimit::None, Ci::GitLab), None);
        assert_eq!(limit(settings::LogLimit::Bytes(7), Ci::None), Some(7));
    }
}
