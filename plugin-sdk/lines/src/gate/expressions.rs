//! Searches for regular expressions.
//!
//! Most begin with one of a few literals, and for these there are vectorised searches. So the
//! beginnings of all expressions are searched, and an expression itself only where one of its own is
//! found.

use std::sync::OnceLock;

use regex_automata::Anchored;
use regex_automata::Input;
use regex_automata::meta::BuildError;
use regex_automata::meta::Regex;
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::util::iter::Searcher;
use regex_syntax::hir::Class;
use regex_syntax::hir::Hir;
use regex_syntax::hir::HirKind;
use regex_syntax::hir::Look;
use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::literal::Literal;
use sortie_line_regex::on_one_line;

use super::escape::ESCAPE;
use super::heads::HEAD;
use super::words;

/// Size limit of one compiled expression, in bytes. The default of the crate (10 MiB) would do; this
/// says it here because a plugin chooses the patterns.
const SIZE_LIMIT: usize = 10 << 20;

/// Size ([`size`]) up to which an expression is far below [`SIZE_LIMIT`]: a place of a match takes some states of
/// at most a few dozen bytes, and a class of bytes one with its ranges.
const SMALL: usize = 2000;

/// Bytes that a beginning has at least, unless there is an escape character in it. Shorter ones are found on
/// every line.
const BEGINNING: usize = 3;

/// Bytes that a beginning has if it can: the vectorised search looks at as many before it stops.
const GOOD_BEGINNING: usize = 4;

/// Beginnings of [`GOOD_BEGINNING`] bytes up to which they are better than shorter ones: a word in any case
/// has 16.
const FEW: usize = 16;

/// Beginnings of one expression at most. With more it is searched anywhere.
const MANY: usize = 64;

/// Searches of one expression on one line that may find nothing where it might begin. Then the rest of
/// the line is searched at once: a line full of beginnings would be read again from each of them.
const FAILURES: u32 = 4;

/// A regular expression to search.
#[derive(Debug)]
pub(super) struct Expression {
    /// Compiled when something may be hit: there may be many, and most logs hold nothing.
    regex: OnceLock<Regex>,
    hir: Hir,
}

/// How far an expression was searched in a batch.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    /// Nothing begins before this byte that was not found.
    from: usize,
    /// The end of the line that `failures` are counted on.
    line_end: usize,
    failures: u32,
}

impl Expression {
    /// An expression, checked, without its groups, whose names could clash with those of others, and
    /// without matches that hold a newline. Refused are expressions that match an empty line, and
    /// anchors to the whole text (`\A`, `\z`): a batch is searched in one pass, not line by line.
    pub(super) fn new(expression: &str) -> Result<Self, String> {
        let hir = regex_syntax::ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .multi_line(true)
            .build()
            .parse(expression)
            .map_err(|error| why_not(&error))?;
        let looks = hir.properties().look_set();
        if looks.contains(Look::Start) || looks.contains(Look::End) {
            return Err("anchors to the whole text (\\A, \\z) have no meaning for a line; use ^ and $".into());
        }
        let hir = on_one_line(hir, None)
            .ok_or_else(|| "the regular expression can match no line: it needs a newline".to_owned())?;
        let is_small = size(&hir) <= SMALL;
        let may_be_empty = hir.properties().minimum_len() == Some(0);
        if !is_small || may_be_empty {
            let compiled = compile(&hir, false)?;
            if compiled.is_match("") {
                return Err("the regular expression matches the empty string".into());
            }
            return Ok(Self { regex: OnceLock::from(compiled), hir });
        }
        Ok(Self { regex: OnceLock::new(), hir })
    }

    fn regex(&self) -> &Regex {
        // Searched where it begins, it has no use for a search of its own for where that may be.
        self.regex.get_or_init(|| compile(&self.hir, false).expect("what is small compiles"))
    }

    /// How far the beginning of every match is from a long word, where there is always one.
    pub(super) fn distance_of_word(&self) -> Option<usize> {
        words::distance(&self.hir)
    }

    /// The same, as short as they may be: where little is searched, longer ones are not worth to be made.
    pub(super) fn short_beginnings(&self) -> Option<Vec<Vec<u8>>> {
        if let Some(literal) = first_literal(&self.hir).filter(|literal| literal.len() >= GOOD_BEGINNING) {
            return Some(vec![literal[..GOOD_BEGINNING].to_vec()]);
        }
        self.beginnings_of(GOOD_BEGINNING)
            .filter(|found| found.len() <= FEW)
            .or_else(|| self.beginnings_of(BEGINNING).filter(|found| found.len() <= MANY))
    }

    /// Literals one of which is at the beginning of every match.
    pub(super) fn beginnings(&self) -> Option<Vec<Vec<u8>>> {
        if let Some(literal) = first_literal(&self.hir).filter(|literal| literal.len() >= GOOD_BEGINNING) {
            return Some(vec![literal[..literal.len().min(HEAD)].to_vec()]);
        }
        let (mut best, mut most) = match self.beginnings_of(GOOD_BEGINNING).filter(|found| found.len() <= FEW)
        {
            Some(found) => (found, GOOD_BEGINNING),
            None => (self.beginnings_of(BEGINNING).filter(|found| found.len() <= MANY)?, BEGINNING),
        };
        // Longer ones are found more rarely; but where there are more of them, each makes the search slower.
        while most < HEAD
            && let Some(found) = self.beginnings_of(most + 1)
            && found.len() <= best.len()
        {
            (best, most) = (found, most + 1);
        }
        Some(best)
    }

    /// Beginnings of no more than `most` bytes.
    fn beginnings_of(&self, most: usize) -> Option<Vec<Vec<u8>>> {
        let mut found = Extractor::new().limit_literal_len(most).extract(&self.hir);
        found.sort();
        found.dedup();
        let literals = found.literals()?;
        let is_rare = |literal: &Literal| {
            literal.len() >= BEGINNING || (literal.len() > 1 && literal.as_bytes().contains(&ESCAPE))
        };
        let good = !literals.is_empty() && literals.iter().all(is_rare);
        good.then(|| literals.iter().map(|literal| literal.as_bytes().to_vec()).collect())
    }

    /// Where a match begins and ends, given that one may begin at `start`. `bytes` ends with the line.
    /// Answers nothing when that was told or ruled out before. Asked for every place where a match may
    /// begin, in order, it tells all matches. `budget` falls by the bytes that may have been read.
    pub(super) fn find(
        &self,
        bytes: &[u8],
        start: usize,
        progress: &mut Progress,
        budget: &mut usize,
    ) -> Option<(usize, usize)> {
        if start < progress.from {
            return None;
        }
        if progress.line_end != bytes.len() {
            progress.line_end = bytes.len();
            progress.failures = 0;
        }
        *budget = budget.saturating_sub(bytes.len() - start);
        let input = Input::new(bytes).span(start..bytes.len());
        if progress.failures < FAILURES {
            let Some(found) = self.regex().search_half(&input.anchored(Anchored::Yes)) else {
                progress.failures += 1;
                progress.from = start + 1;
                return None;
            };
            progress.from = found.offset();
            return Some((start, found.offset()));
        }
        let found = self.regex().search(&input).map(|found| (found.start(), found.end()));
        progress.from = found.map_or(bytes.len(), |(_, end)| end);
        found
    }

    /// Tells all matches on the line that begins at `start`; `bytes` ends with it. `budget` falls as by
    /// [`Expression::find`]; when nothing is left of it, matches may be missing.
    pub(super) fn find_all(
        &self,
        bytes: &[u8],
        start: usize,
        budget: &mut usize,
        mut found: impl FnMut(usize, usize),
    ) {
        let mut searcher = Searcher::new(Input::new(bytes).span(start..bytes.len()));
        while *budget > 0 {
            let rest = bytes.len().saturating_sub(searcher.input().start());
            *budget = budget.saturating_sub(rest + 1);
            let Some(one) = searcher.advance(|input| Ok(self.regex().search(input))) else { return };
            found(one.start(), one.end());
        }
    }
}

/// What every match begins with, where the expression is written so: most are, and need not be searched for it.
fn first_literal(hir: &Hir) -> Option<&[u8]> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(&literal.0),
        HirKind::Concat(parts) => {
            let first = parts.iter().find(|part| !matches!(part.kind(), HirKind::Look(_)))?;
            first_literal(first)
        }
        _ => None,
    }
}

/// Searches for several expressions at once: whether and where one of them matches, but not which.
pub(super) fn union<'a>(expressions: impl Iterator<Item = &'a Expression>) -> Result<Option<Regex>, String> {
    let all: Vec<Hir> = expressions.map(|expression| expression.hir.clone()).collect();
    if all.is_empty() { Ok(None) } else { compile(&Hir::alternation(all), true).map(Some) }
}

/// How large it becomes at most, in places of a match: what is repeated counts as often as it may be repeated.
fn size(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(Class::Bytes(_)) => 1,
        // Its ranges become several of bytes.
        HirKind::Class(Class::Unicode(class)) => 1 + 4 * class.ranges().len(),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min.saturating_add(1)).max(1);
            size(&repetition.sub).saturating_add(1).saturating_mul(times as usize)
        }
        HirKind::Capture(capture) => size(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(size).fold(1, usize::saturating_add)
        }
    }
}

fn compile(hir: &Hir, prefilter: bool) -> Result<Regex, String> {
    let config = Regex::config()
        .utf8_empty(false)
        .nfa_size_limit(Some(SIZE_LIMIT))
        .which_captures(WhichCaptures::Implicit)
        .auto_prefilter(prefilter)
        .onepass(false);
    Regex::builder().configure(config).build_from_hir(hir).map_err(|error| reason(&error))
}

/// Why an expression is none. Not in the parser's words, which quote it: it may be made of secrets.
fn why_not(error: &regex_syntax::Error) -> String {
    let (what, at) = match error {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), error.span().start.column),
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), error.span().start.column),
        _ => return "it is no regular expression".to_owned(),
    };
    format!("{what}, at its character {at}")
}

fn reason(error: &BuildError) -> String {
    match error.size_limit() {
        Some(limit) => format!("the regular expression takes more than {limit} bytes"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_are_found_in_any_case() {
        let begins = |expression: &str| {
            let literals = Expression::new(expression).expect("an expression").beginnings()?;
            Some(
                literals.iter().map(|literal| String::from_utf8_lossy(literal)).collect::<Vec<_>>().join(" "),
            )
        };
        assert_eq!(begins("^token=[a-z]+ x").as_deref(), Some("token="));
        assert_eq!(begins("(?:abc|bcde)*f"), None);
        assert_eq!(begins("(?:abc|bcde)+f").as_deref(), Some("abc bcde"));
        assert_eq!(begins("abcd|x?y"), None);
        assert_eq!(begins("[0-9]{4}"), None);
        assert_eq!(begins("key-[0-9]{4}").as_deref(), Some("key-"), "there would be ten");
        assert_eq!(begins("(?i:bearer) ").map(|all| all.split(' ').count()), Some(16));
        assert_eq!(begins("(?i:session|security)").map(|all| all.split(' ').count()), Some(16));
    }

    #[test]
    fn what_can_not_be_searched_in_lines_is_refused() {
        for (expression, why) in
            [(r"a\nb", "newline"), ("a*", "empty"), (r"\Aa", "^ and $"), ("(", "unclosed")]
        {
            let refused = Expression::new(expression).expect_err(expression);
            assert!(refused.contains(why), "{expression}: {refused}");
        }
        let refused = Expression::new("(?:(?:[a-z]{1000}){1000}){10}").expect_err("it is too large");
        assert!(refused.contains("bytes"), "{refused}");
    }
}
