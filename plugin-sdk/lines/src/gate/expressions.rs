//! Searches for regular expressions.
//!
//! Most begin with one of a few literals, and for these there are vectorised searches. So the
//! beginnings of all expressions are searched, and the expressions themselves only on lines where
//! one is found.

use regex::bytes::Regex;
use regex::bytes::RegexBuilder;
use regex_syntax::hir::Hir;
use regex_syntax::hir::Look;
use regex_syntax::hir::literal::Extractor;
use sortie_line_regex::on_one_line;
use sortie_line_regex::text;

use super::hit_lines;
use super::line_of;
use crate::LineBatch;

/// Size limit of one compiled expression, in bytes. The default of the `regex` crate (10 MiB)
/// would do; this says it here because a plugin chooses the patterns.
const SIZE_LIMIT: usize = 10 << 20;

/// Bytes of a beginning. Fewer are found on every line; more have too many forms where case does not
/// matter, and the vectorised search looks at no more.
const BEGINNING: usize = 3;

/// Regular expressions to search.
#[derive(Debug)]
pub(super) struct Expressions {
    /// Those that begin with a literal.
    on_a_line: Option<OnALine>,
    /// The others.
    anywhere: Option<Regex>,
}

#[derive(Debug)]
struct OnALine {
    beginnings: Regex,
    whole: Regex,
}

/// An expression, checked, without its groups, whose names could clash with those of others, and
/// without matches that hold a newline. Refused are empty matches, and anchors to the whole text
/// (`\A`, `\z`): a batch is searched in one pass, not line by line.
pub(super) fn parse(expression: &str) -> Result<Hir, String> {
    if compile(expression)?.is_match(b"") {
        return Err("the regular expression matches the empty string".into());
    }
    let hir = regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .multi_line(true)
        .build()
        .parse(expression)
        .map_err(|error| error.to_string())?;
    let looks = hir.properties().look_set();
    if looks.contains(Look::Start) || looks.contains(Look::End) {
        return Err("anchors to the whole text (\\A, \\z) have no meaning for a line; use ^ and $".into());
    }
    on_one_line(&hir, None)
        .ok_or_else(|| "the regular expression can match no line: it needs a newline".to_owned())
}

impl Expressions {
    pub(super) fn new(expressions: &[Hir]) -> Result<Self, String> {
        let mut beginnings = Vec::new();
        let mut on_a_line = Vec::new();
        let mut anywhere = Vec::new();
        for expression in expressions {
            match beginnings_of(expression) {
                Some(literals) => {
                    beginnings.extend(literals);
                    on_a_line.push(expression.clone());
                }
                None => anywhere.push(expression.clone()),
            }
        }
        let on_a_line = match (union(beginnings)?, union(on_a_line)?) {
            (Some(beginnings), Some(whole)) => Some(OnALine { beginnings, whole }),
            _ => None,
        };
        Ok(Self { on_a_line, anywhere: union(anywhere)? })
    }

    /// Appends the lines that are hit.
    pub(super) fn search(&self, batch: &LineBatch, first_only: bool, hits: &mut Vec<u32>) {
        let bytes = &batch.bytes;
        if let Some(OnALine { beginnings, whole }) = &self.on_a_line {
            hit_lines(batch, first_only, hits, |mut at| {
                loop {
                    // No match begins before the first place where one could.
                    let start = beginnings.find_at(bytes, at)?.start();
                    let end = *batch.ends.get(line_of(&batch.ends, start))? as usize;
                    if whole.is_match_at(&bytes[..end], start) {
                        return Some(start);
                    }
                    at = end + 1;
                    if at >= bytes.len() {
                        return None;
                    }
                }
            });
        }
        if let Some(anywhere) = &self.anywhere {
            hit_lines(batch, first_only, hits, |at| anywhere.find_at(bytes, at).map(|found| found.start()));
        }
    }
}

fn union(expressions: Vec<Hir>) -> Result<Option<Regex>, String> {
    if expressions.is_empty() {
        return Ok(None);
    }
    let all: Vec<String> = expressions.iter().map(text).collect();
    compile(&all.join("|")).map(Some)
}

fn compile(expression: &str) -> Result<Regex, String> {
    RegexBuilder::new(expression)
        .unicode(false)
        .multi_line(true)
        .size_limit(SIZE_LIMIT)
        .build()
        .map_err(|error| error.to_string())
}

/// Literals one of which is at the beginning of every match.
fn beginnings_of(expression: &Hir) -> Option<Vec<Hir>> {
    let mut found = Extractor::new().limit_literal_len(BEGINNING).extract(expression);
    found.sort();
    found.dedup();
    let literals = found.literals()?;
    let long = !literals.is_empty() && literals.iter().all(|literal| literal.len() >= BEGINNING);
    long.then(|| literals.iter().map(|literal| Hir::literal(literal.as_bytes())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_are_found_in_any_case() {
        let begins = |expression: &str| {
            let literals = beginnings_of(&parse(expression).expect("an expression"))?;
            Some(literals.iter().map(Hir::to_string).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(begins("^token=[a-z]+ x").as_deref(), Some("(?:tok)"));
        assert_eq!(begins("(?:abc|bcde)*f"), None);
        assert_eq!(begins("(?:abc|bcde)+f").as_deref(), Some("(?:abc) (?:bcd)"));
        assert_eq!(begins("abcd|x?y"), None);
        assert_eq!(begins("[0-9]{4}"), None);
        assert_eq!(begins("(?i:bearer) ").map(|all| all.split(' ').count()), Some(8));
    }

    #[test]
    fn what_can_not_be_searched_in_lines_is_refused() {
        for (expression, why) in
            [(r"a\nb", "newline"), ("a*", "empty"), (r"\Aa", "^ and $"), ("(", "unclosed")]
        {
            let refused = parse(expression).expect_err(expression);
            assert!(refused.contains(why), "{expression}: {refused}");
        }
    }
}
