//! The native search in front of a filter.
//!
//! A sandboxed filter runs at about half of native speed, and most lines of most logs hold
//! nothing it cares about. A filter that declares its interests is shown only the lines that one
//! of them hits, so that on clean logs the search below is all that runs.

use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickKind;
use aho_corasick::MatchKind;
use regex::bytes::Regex;
use regex::bytes::RegexBuilder;
use regex_syntax::hir::Hir;
use regex_syntax::hir::HirKind;
use regex_syntax::hir::Repetition;

use crate::lines::LineBatch;
use crate::lines::edits::Interest;
use crate::lines::edits::Pattern;

/// Size limit of one compiled interest set, in bytes. The default of the `regex` crate (10 MiB)
/// would do; this says it here because a plugin chooses the patterns.
const REGEX_SIZE_LIMIT: usize = 10 << 20;

/// Bytes of literals up to which they are searched with a DFA, which is the fastest automaton and
/// takes up to 1 KiB for each of these bytes.
const DFA_LIMIT: usize = 16 * 1024;

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

/// An interest that can not be searched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("interest {index} can not be searched: {reason}")]
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
    literals: Option<AhoCorasick>,
    regex: Option<Regex>,
}

impl Searcher {
    fn new(interests: &[Interest], opens: bool) -> Result<Self, BadInterest> {
        let mut literals: Vec<&[u8]> = Vec::new();
        let mut regexes: Vec<String> = Vec::new();
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
                Pattern::Regex(regex) => {
                    regexes.push(searchable(regex).map_err(bad)?);
                }
            }
            last = index;
        }
        let literals = match literals.is_empty() {
            true => None,
            false => Some(
                AhoCorasick::builder()
                    // Leftmost matching is what the vectorised prefilters need; as the search goes
                    // on with the next line after a hit, which literal hit makes no difference.
                    .match_kind(MatchKind::LeftmostFirst)
                    .kind(
                        (literals.iter().map(|l| l.len()).sum::<usize>() < DFA_LIMIT)
                            .then_some(AhoCorasickKind::DFA),
                    )
                    .build(&literals)
                    .map_err(|error| BadInterest { index: last, reason: error.to_string() })?,
            ),
        };
        let regex = match regexes.is_empty() {
            true => None,
            false => {
                let all: Vec<String> = regexes.iter().map(|regex| format!("(?:{regex})")).collect();
                Some(
                    builder(&all.join("|"))
                        .build()
                        .map_err(|error| BadInterest { index: last, reason: error.to_string() })?,
                )
            }
        };
        Ok(Self { literals, regex })
    }

    /// Appends the lines that are hit. With `first_only`, stops at the first.
    fn search(&self, batch: &LineBatch, first_only: bool, hits: &mut Vec<u32>) {
        if let Some(literals) = &self.literals {
            let find = |at: usize| {
                let input = aho_corasick::Input::new(&batch.bytes).range(at..);
                literals.find(input).map(|m| (m.start(), m.end()))
            };
            hit_lines(batch, first_only, hits, find);
        }
        if let Some(regex) = &self.regex {
            let find = |at: usize| regex.find_at(&batch.bytes, at).map(|m| (m.start(), m.end()));
            hit_lines(batch, first_only, hits, find);
        }
    }
}

/// Walks matches over the whole buffer. A match may touch several lines (a class such as `\s`
/// holds the newline); all of them count, and the search goes on with the line after.
fn hit_lines(
    batch: &LineBatch,
    first_only: bool,
    hits: &mut Vec<u32>,
    find: impl Fn(usize) -> Option<(usize, usize)>,
) {
    let mut line = 0;
    let mut at = 0;
    while at < batch.bytes.len() {
        let Some((start, end)) = find(at) else { return };
        line += batch.ends[line..].partition_point(|&e| (e as usize) < start);
        if line >= batch.len() {
            return;
        }
        loop {
            hits.push(line as u32);
            line += 1;
            if line >= batch.len() || batch.start(line) >= end {
                break;
            }
        }
        if first_only || line >= batch.len() {
            return;
        }
        at = batch.start(line);
    }
}

fn builder(regex: &str) -> RegexBuilder {
    let mut builder = RegexBuilder::new(regex);
    builder.unicode(false).multi_line(true).size_limit(REGEX_SIZE_LIMIT);
    builder
}

/// The expression without its groups, which would clash with those of others, checked.
fn searchable(regex: &str) -> Result<String, String> {
    let compiled = builder(regex).build().map_err(|error| error.to_string())?;
    if compiled.is_match(b"") {
        return Err("the regular expression matches the empty string".into());
    }
    let hir = regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .multi_line(true)
        .build()
        .parse(regex)
        .map_err(|error| error.to_string())?;
    let looks = hir.properties().look_set();
    if looks.contains(regex_syntax::hir::Look::Start) || looks.contains(regex_syntax::hir::Look::End) {
        return Err("anchors to the whole text (\\A, \\z) have no meaning for a line; use ^ and $".into());
    }
    Ok(without_groups(&hir).to_string())
}

fn without_groups(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Capture(capture) => without_groups(&capture.sub),
        HirKind::Repetition(repetition) => Hir::repetition(Repetition {
            sub: Box::new(without_groups(&repetition.sub)),
            ..repetition.clone()
        }),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(without_groups).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(without_groups).collect()),
        _ => hir.clone(),
    }
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
    fn a_match_over_a_newline_hides_nothing() {
        let (_, hits) = shown(&[regex(r"a\s+b")], &["xa", "bx", "c", "a b"]);
        assert_eq!(hits, [0, 1, 3]);
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

    proptest! {
        /// What the gate shows is at least what a search line by line would hit.
        #[test]
        fn no_line_that_is_hit_stays_unseen(
            lines in proptest::collection::vec("[ab \\-x]{0,8}", 0..30),
        ) {
            let interests = [literal("ab", false), literal("xx", false), regex("^a|b$"), regex(r"-\s*x")];
            let refs: Vec<&str> = lines.iter().map(String::as_str).collect();
            let (s, hits) = shown(&interests, &refs);
            let spaced = Regex::new(r"-\s*x").expect("valid");
            for (index, line) in lines.iter().enumerate() {
                let hit = line.contains("ab")
                    || line.contains("xx")
                    || line.starts_with('a')
                    || line.ends_with('b')
                    || spaced.is_match(line.as_bytes());
                prop_assert!(!hit || s == Shown::All || hits.contains(&(index as u32)), "{index} {line:?}");
            }
        }
    }
}
