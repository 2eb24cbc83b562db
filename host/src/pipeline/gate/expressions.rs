//! Searches for regular expressions.
//!
//! Most begin with one of a few literals, and for these there are vectorised searches. So the
//! beginnings of all expressions are searched, and the expressions themselves only on lines where
//! one is found.

use regex::bytes::Regex;
use regex::bytes::RegexBuilder;
use regex_syntax::hir::Capture;
use regex_syntax::hir::Class;
use regex_syntax::hir::ClassBytes;
use regex_syntax::hir::ClassBytesRange;
use regex_syntax::hir::ClassUnicode;
use regex_syntax::hir::ClassUnicodeRange;
use regex_syntax::hir::Hir;
use regex_syntax::hir::HirKind;
use regex_syntax::hir::Look;
use regex_syntax::hir::Repetition;
use regex_syntax::hir::literal::Extractor;

use super::hit_lines;
use super::line_of;
use crate::lines::LineBatch;

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
    let on_one_line = on_one_line(&hir);
    if !can_match(&on_one_line) {
        return Err("the regular expression can match no line: it needs a newline".into());
    }
    Ok(on_one_line)
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
    // The text of a parsed expression is to be read with `u`.
    let all: Vec<String> = expressions.iter().map(|expression| format!("(?u:{expression})")).collect();
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

/// The expression without its groups, and for matches within one line: a search through a batch
/// must not run on through line after line.
fn on_one_line(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Empty => Hir::empty(),
        // Before a carriage return as well as after it, so that a line in a batch is what it is alone.
        HirKind::Look(Look::EndCRLF) => {
            Hir::alternation(vec![Hir::look(Look::EndCRLF), Hir::look(Look::EndLF)])
        }
        HirKind::Look(look) => Hir::look(*look),
        HirKind::Literal(literal) if literal.0.contains(&b'\n') => Hir::fail(),
        HirKind::Literal(_) => hir.clone(),
        HirKind::Class(Class::Bytes(class)) => {
            let mut class = class.clone();
            class.difference(&ClassBytes::new([ClassBytesRange::new(b'\n', b'\n')]));
            Hir::class(Class::Bytes(class))
        }
        HirKind::Class(Class::Unicode(class)) => {
            let mut class = class.clone();
            class.difference(&ClassUnicode::new([ClassUnicodeRange::new('\n', '\n')]));
            Hir::class(Class::Unicode(class))
        }
        HirKind::Capture(capture) => on_one_line(&capture.sub),
        HirKind::Repetition(repetition) => {
            let sub = on_one_line(&repetition.sub);
            Hir::repetition(Repetition { sub: Box::new(grouped(sub)), ..repetition.clone() })
        }
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(on_one_line).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(on_one_line).collect()),
    }
}

/// Whether anything is left that the expression can match.
fn can_match(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Class(Class::Bytes(class)) => !class.ranges().is_empty(),
        HirKind::Class(Class::Unicode(class)) => !class.ranges().is_empty(),
        HirKind::Repetition(repetition) => repetition.min == 0 || can_match(&repetition.sub),
        HirKind::Capture(capture) => can_match(&capture.sub),
        HirKind::Concat(parts) => parts.iter().all(can_match),
        HirKind::Alternation(parts) => parts.iter().any(can_match),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Look(_) => true,
    }
}

/// A repetition in a group of its own. Written down, `(?:a+)?` would be the `a+?` that means
/// something else: the crate that writes expressions sets no parentheses there.
fn grouped(hir: Hir) -> Hir {
    match hir.kind() {
        HirKind::Repetition(_) => Hir::capture(Capture { index: 1, name: None, sub: Box::new(hir) }),
        _ => hir,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
    fn matches_stay_on_their_line() {
        let matches = |expression: &str, text: &str| {
            let hir = parse(expression).expect("good");
            union(vec![hir]).expect("compiles").expect("one").is_match(text.as_bytes())
        };
        for expression in [r"a\sb", "a[^x]b", r"a[^x\n]b", r"(?s)a.b"] {
            assert!(matches(expression, "a\tb") && !matches(expression, "a\nb"), "{expression}");
        }
        assert!(parse(r"a\nb").expect_err("needs a newline").contains("newline"));
        assert!(matches(r"(?R)[a-z]+\r$", "abc\r\n"));
        // A newline that need not be there is no reason to refuse the rest.
        for expression in [r"token=\w+(?:\r\n|$)", r"token=\S+\n?", r"token=\w(?:\n|\w)*"] {
            assert!(matches(expression, "a token=abc\nb"), "{expression}");
        }
    }

    #[test]
    fn an_expression_means_the_same_once_it_was_parsed() {
        for (expression, text) in [
            ("id-(?:[0-9]+)?x", "id-x"),
            ("pin=[0-9]{4}([0-9]{2})?", "pin=1234"),
            ("(?:a{2})?b", "b"),
            ("x(?:(?:a+)?)+y", "xy"),
            (r"(?u:\b)émile-[0-9]+", "émile-42"),
            (r"(?-u:\b)mile-[0-9]+", "émile-42"),
            (r"\xff(?u:é)", ""),
        ] {
            let whole = union(vec![parse(expression).expect("good")]).expect("compiles").expect("one");
            let plain = compile(expression).expect("compiles");
            assert_eq!(whole.is_match(text.as_bytes()), plain.is_match(text.as_bytes()), "{expression}");
            assert_eq!(plain.is_match(text.as_bytes()), !text.is_empty(), "{expression}");
        }
    }

    /// Expressions of every shape that the syntax has, nested.
    fn expressions() -> impl Strategy<Value = String> {
        let leaf = proptest::sample::select(vec!["a", "b", "[ab]", ".", "-", "\\b", "^", "$", "[^a]", "\\s"]);
        leaf.prop_map(str::to_owned).prop_recursive(4, 24, 3, |inner| {
            let operators = vec!["?", "*", "+", "??", "*?", "{2}", "{0,2}", "{1,}"];
            prop_oneof![
                proptest::collection::vec(inner.clone(), 1..3).prop_map(|parts| parts.concat()),
                (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("(?:{one}|{other})")),
                (inner.clone(), proptest::sample::select(operators))
                    .prop_map(|(one, op)| format!("(?:{one}){op}")),
                inner.prop_map(|one| format!("({one})")),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_searched_is_what_was_asked_for(expression in expressions(), line in "[ab -]{0,8}") {
            if let Ok(parsed) = parse(&expression) {
                let searched = union(vec![parsed]).expect("compiles").expect("one");
                let asked = compile(&expression).expect("compiles");
                prop_assert_eq!(searched.is_match(line.as_bytes()), asked.is_match(line.as_bytes()));
            }
        }
    }
}
