//! The native search in front of a filter.
//!
//! A sandboxed filter runs at about half of native speed, and most lines of most logs hold nothing
//! it cares about. A filter that declares its interests is shown only the lines that one
//! of them hits, so that on clean logs the search is all that runs.
//!
//! - [`literals`]: byte strings.
//! - [`expressions`]: regular expressions.

mod expressions;
mod literals;

use crate::Interest;
use crate::LineBatch;
use crate::Pattern;
use expressions::Expressions;
use literals::Literals;

/// Searches batches for a filter's interests.
#[derive(Debug)]
pub struct Gate {
    plain: Searcher,
    openers: Searcher,
}

/// Which lines of a batch a filter is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// None: the filter is not called.
    None,
    /// Every line.
    All,
    /// Those whose indices the scratch vector holds.
    Some,
}

/// An interest that cannot be searched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("interest {index} cannot be searched: {reason}")]
pub struct BadInterest {
    /// Position in the plugin's list.
    pub index: usize,
    /// Why.
    pub reason: String,
}

impl Gate {
    /// Builds the search. Refuses empty patterns, patterns with a newline in them, and anchors
    /// to the whole text (`\A`, `\z`): a batch is searched in one pass, not line by line.
    pub fn new(interests: &[Interest]) -> Result<Self, BadInterest> {
        Ok(Self { plain: Searcher::new(interests, false)?, openers: Searcher::new(interests, true)? })
    }

    /// Finds the lines that are hit. `hits` is scratch memory; it holds the indices, ascending,
    /// when the answer is [`Shown::Some`].
    pub fn search(&self, batch: &LineBatch, hits: &mut Vec<u32>) -> Shown {
        hits.clear();
        self.plain.search(batch, false, hits);
        let plain = hits.len();
        self.openers.search(batch, true, hits);
        if hits.is_empty() {
            return Shown::None;
        }
        // Everything after an opener is shown, hit or not.
        if let Some(&first) = hits[plain..].iter().min() {
            hits.retain(|&line| line < first);
            hits.extend(first..batch.len() as u32);
        }
        hits.sort_unstable();
        hits.dedup();
        if hits.len() == batch.len() { Shown::All } else { Shown::Some }
    }
}

#[derive(Debug)]
struct Searcher {
    literals: Literals,
    expressions: Expressions,
}

impl Searcher {
    fn new(interests: &[Interest], opens: bool) -> Result<Self, BadInterest> {
        let mut literals: Vec<&[u8]> = Vec::new();
        let mut expressions = Vec::new();
        let mut last = 0;
        for (index, interest) in interests.iter().enumerate() {
            if interest.opens != opens {
                continue;
            }
            let bad = |reason: String| BadInterest { index, reason };
            match &interest.pattern {
                Pattern::Literal(literal) if literal.is_empty() => {
                    return Err(bad("the literal is empty".into()));
                }
                Pattern::Literal(literal) if literal.contains(&b'\n') => {
                    return Err(bad("the literal holds a newline".into()));
                }
                Pattern::Literal(literal) => literals.push(literal),
                Pattern::Regex(regex) => expressions.push(expressions::parse(regex).map_err(bad)?),
            }
            last = index;
        }
        // Each one alone is good; together they may be too many.
        let bad = |reason: String| BadInterest { index: last, reason };
        Ok(Self {
            literals: Literals::new(&literals).map_err(bad)?,
            expressions: Expressions::new(&expressions).map_err(bad)?,
        })
    }

    /// Appends the lines that are hit, in no order, a line maybe more than once. With `first_only`
    /// the first one is enough.
    fn search(&self, batch: &LineBatch, first_only: bool, hits: &mut Vec<u32>) {
        self.literals.search(batch, first_only, hits);
        self.expressions.search(batch, first_only, hits);
    }
}

/// Walks matches over the whole buffer; `find` tells where the next one begins, at or after a byte.
/// None lies on two lines, and one on a line is enough: the search goes on with the line after.
fn hit_lines(
    batch: &LineBatch,
    first_only: bool,
    hits: &mut Vec<u32>,
    mut find: impl FnMut(usize) -> Option<usize>,
) {
    let mut line = 0;
    let mut at = 0;
    while at < batch.bytes.len() {
        let Some(start) = find(at) else { return };
        line += line_of(&batch.ends[line..], start);
        if line >= batch.len() {
            return;
        }
        hits.push(line as u32);
        line += 1;
        if first_only || line >= batch.len() {
            return;
        }
        at = batch.start(line);
    }
}

/// The first line of `ends` that ends at `position` or after it.
fn line_of(ends: &[u32], position: usize) -> usize {
    ends.partition_point(|&end| (end as usize) < position)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn literal(text: &str, opens: bool) -> Interest {
        Interest { pattern: Pattern::Literal(text.as_bytes().to_vec()), opens }
    }

    fn regex(text: &str) -> Interest {
        Interest { pattern: Pattern::Regex(text.into()), opens: false }
    }

    fn batch(lines: &[&str]) -> LineBatch {
        let mut batch = LineBatch::default();
        for line in lines {
            batch.push(line.as_bytes(), 0);
        }
        batch
    }

    fn shown(interests: &[Interest], lines: &[&str]) -> (Shown, Vec<u32>) {
        let mut hits = Vec::new();
        let gate = Gate::new(interests).expect("interests are good");
        let shown = gate.search(&batch(lines), &mut hits);
        (shown, hits)
    }

    #[test]
    fn only_lines_that_are_hit_are_shown() {
        let interests = [literal("key", false), regex("^tok[0-9]+$")];
        let (s, hits) = shown(&interests, &["a key", "tok12", "x tok12", "", "tok1 ", "key key"]);
        assert_eq!((s, hits), (Shown::Some, vec![0, 1, 5]));
        assert_eq!(shown(&interests, &["a", "b"]).0, Shown::None);
        assert_eq!(shown(&interests, &["key", "key"]).0, Shown::All);
        assert_eq!(shown(&[], &["key"]).0, Shown::None);
    }

    #[test]
    fn an_opener_shows_the_rest_of_the_batch() {
        let interests = [literal("BEGIN", true), literal("key", false)];
        let (_, hits) = shown(&interests, &["key", "x", "BEGIN", "y", "END", "z"]);
        assert_eq!(hits, [0, 2, 3, 4, 5]);
    }

    #[test]
    fn a_match_stays_on_its_line() {
        let (_, hits) = shown(&[regex(r"a\s+b"), regex("a(?:[^#]*#)?x")], &["xa", "bx", "c", "a b", "a#x"]);
        assert_eq!(hits, [3, 4]);
    }

    #[test]
    fn groups_of_the_same_name_do_not_clash() {
        let (_, hits) = shown(&[regex("a(?P<x>b)"), regex("c(?P<x>d)")], &["ab", "cd", "ad"]);
        assert_eq!(hits, [0, 1]);
    }

    #[test]
    fn what_can_not_be_searched_is_refused() {
        for bad in [literal("", false), literal("a\nb", false), regex("a*"), regex(r"\Aa"), regex("(")] {
            assert!(Gate::new(std::slice::from_ref(&bad)).is_err(), "{bad:?}");
        }
    }

    /// What a search line by line would hit.
    fn hit(interests: &[Interest], line: &[u8]) -> bool {
        interests.iter().any(|interest| match &interest.pattern {
            Pattern::Literal(literal) => line.windows(literal.len()).any(|window| window == literal),
            Pattern::Regex(regex) => {
                let regex = regex::bytes::RegexBuilder::new(regex).unicode(false).build();
                regex.expect("valid").is_match(line)
            }
        })
    }

    proptest! {
        /// What the gate shows is what a search line by line would hit.
        #[test]
        fn the_lines_that_are_hit_are_seen(
            lines in proptest::collection::vec("[ab \\-x]{0,12}", 0..40),
            filler in 0..300_usize,
        ) {
            let mut interests = vec![
                literal("abab", false),
                literal("xx", false),
                regex("^a-|b$"),
                regex("-{2}[ab]+x"),
                regex(r"(?i:B-A)[ab]*-"),
                regex("^x(?:ab|ba) *x"),
                regex(r"-\s*x"),
                regex("aa(?:b{2})?x"),
            ];
            // Few are searched otherwise than many.
            interests.extend((0..filler).map(|index| literal(&format!("filler {index}"), false)));
            let refs: Vec<&str> = lines.iter().map(String::as_str).collect();
            let (seen, hits) = shown(&interests, &refs);
            let expected = (0..lines.len() as u32).filter(|&line| hit(&interests, lines[line as usize].as_bytes()));
            prop_assert_eq!(&hits, &expected.collect::<Vec<u32>>());
            prop_assert_eq!(seen == Shown::None, hits.is_empty());
        }
    }
}
