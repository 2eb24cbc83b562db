//! Regular expressions that are searched in many lines at once, and match within one.
//!
//! A log is searched batch by batch, which is far quicker than line by line. But an expression that
//! was written for a line may then run on into the next one (`a\sb`, `[^"]*`), and hide what it holds.
//! So expressions are taken apart, what matches a newline is taken out of them, and they are written
//! down again. The host does this with the patterns that filters declare, and the redactor with those
//! of its user.
//!
//! What is given is parsed with Unicode off, for lines are bytes.

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

/// A group that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group<'a> {
    /// Its index in the expression that is given.
    pub index: u32,
    /// Its name in the expression that is answered. Whatever it was called, names must not clash
    /// where several expressions are joined.
    pub name: &'a str,
}

/// The same expression but for matches with a newline in them. Anchors to the text become anchors to
/// the line, whose end is also before its carriage return: a line must be the same alone and among
/// others. Of the groups only `keep` is left. `None`: every match holds a newline.
pub fn on_one_line(expression: Hir, keep: Option<Group<'_>>) -> Option<Hir> {
    let rewritten = rewritten(expression, keep);
    can_match(&rewritten).then_some(rewritten)
}

/// An expression as text, in a group, so that it can be joined with others. It means the same whether
/// it is read with Unicode on or off.
pub fn text(expression: &Hir) -> String {
    // An expression is written down as one with Unicode; what is not says so.
    format!("(?u:{expression})")
}

fn rewritten(expression: Hir, keep: Option<Group<'_>>) -> Hir {
    let all = |parts: Vec<Hir>| parts.into_iter().map(|part| rewritten(part, keep)).collect();
    match expression.into_kind() {
        HirKind::Look(Look::Start | Look::StartLF) => Hir::look(Look::StartLF),
        HirKind::Look(Look::End | Look::EndLF | Look::EndCRLF) => {
            Hir::alternation(vec![Hir::look(Look::EndCRLF), Hir::look(Look::EndLF)])
        }
        HirKind::Look(look) => Hir::look(look),
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) if literal.0.contains(&b'\n') => Hir::fail(),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(Class::Bytes(mut class)) => {
            class.difference(&ClassBytes::new([ClassBytesRange::new(b'\n', b'\n')]));
            Hir::class(Class::Bytes(class))
        }
        HirKind::Class(Class::Unicode(mut class)) => {
            class.difference(&ClassUnicode::new([ClassUnicodeRange::new('\n', '\n')]));
            Hir::class(Class::Unicode(class))
        }
        HirKind::Repetition(Repetition { min, max, greedy, sub }) => {
            let sub = Box::new(grouped(rewritten(*sub, keep)));
            Hir::repetition(Repetition { min, max, greedy, sub })
        }
        HirKind::Capture(Capture { index, sub, .. }) => {
            let sub = rewritten(*sub, keep);
            match keep.filter(|group| group.index == index) {
                Some(group) => {
                    let name = Some(group.name.into());
                    Hir::capture(Capture { index, name, sub: Box::new(sub) })
                }
                None => sub,
            }
        }
        HirKind::Concat(parts) => Hir::concat(all(parts)),
        HirKind::Alternation(parts) => Hir::alternation(all(parts)),
    }
}

/// A repetition in a group of its own. Written down, `(?:a+)?` would be the `a+?` that means
/// something else: the crate that writes expressions sets no parentheses there.
fn grouped(expression: Hir) -> Hir {
    match expression.kind() {
        HirKind::Repetition(_) => Hir::capture(Capture { index: 1, name: None, sub: Box::new(expression) }),
        _ => expression,
    }
}

/// Whether anything is left that the expression can match.
fn can_match(expression: &Hir) -> bool {
    match expression.kind() {
        HirKind::Class(Class::Bytes(class)) => !class.ranges().is_empty(),
        HirKind::Class(Class::Unicode(class)) => !class.ranges().is_empty(),
        HirKind::Repetition(repetition) => repetition.min == 0 || can_match(&repetition.sub),
        HirKind::Capture(capture) => can_match(&capture.sub),
        HirKind::Concat(parts) => parts.iter().all(can_match),
        HirKind::Alternation(parts) => parts.iter().any(can_match),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Look(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::bytes::Regex;
    use regex::bytes::RegexBuilder;

    use super::*;

    fn plain(expression: &str) -> Regex {
        RegexBuilder::new(expression).unicode(false).build().expect("an expression")
    }

    fn parsed(expression: &str) -> Hir {
        let mut parser = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build();
        parser.parse(expression).expect("an expression")
    }

    /// The expression taken apart, rewritten, written down, and read again.
    fn again(expression: &str) -> Option<Regex> {
        Some(plain(&text(&on_one_line(parsed(expression), None)?)))
    }

    #[test]
    fn matches_stay_on_their_line() {
        for expression in [r"a\sb", "a[^x]b", r"a[^x\n]b", r"(?s)a.b", r"(?su)a.b", r"a(?u:[^x])b"] {
            let rewritten = again(expression).expect("can match");
            assert!(rewritten.is_match(b"a\tb") && !rewritten.is_match(b"a\nb"), "{expression}");
        }
        for expression in [r"a\nb", r"a[\n]", r"(?:x\n)+", r"(?:\n|a\n)b"] {
            assert!(again(expression).is_none(), "{expression}");
        }
        // A newline that need not be there takes nothing from the rest.
        for expression in [r"token=\w+(?:\r\n|$)", r"token=\S+\n?", r"token=\w(?:\n|\w)*"] {
            assert!(again(expression).expect("can match").is_match(b"a token=abc\nb"), "{expression}");
        }
    }

    #[test]
    fn anchors_are_those_of_the_line() {
        for expression in ["^b$", r"\Ab\z", "(?m)^b$", "(?mR)^b$"] {
            let rewritten = again(expression).expect("can match");
            for text in ["b", "a\nb", "b\na", "b\r\na", "b\r", "a\nb\r\nc"] {
                assert!(rewritten.is_match(text.as_bytes()), "{expression} in {text:?}");
            }
            assert!(!rewritten.is_match(b"ab\nbc"), "{expression}");
        }
        assert!(again(r"(?R)b\r$").expect("can match").is_match(b"b\r\n"), "after the carriage return, too");
    }

    #[test]
    fn only_the_group_that_is_kept_is_left() {
        let keep = Some(Group { index: 2, name: "secret" });
        let rewritten = on_one_line(parsed("(?<key>[a-z]+)=(([0-9])+)"), keep).expect("can match");
        let rewritten = plain(&text(&rewritten));
        assert_eq!(rewritten.capture_names().flatten().collect::<Vec<_>>(), ["secret"]);
        let found = rewritten.captures(b"pin=123;").expect("matches");
        assert_eq!((&found[0], &found["secret"]), (&b"pin=123"[..], &b"123"[..]));
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
            let asked = plain(expression).is_match(text.as_bytes());
            assert_eq!(
                again(expression).expect("can match").is_match(text.as_bytes()),
                asked,
                "{expression}"
            );
            assert_eq!(asked, !text.is_empty(), "{expression}");
        }
    }

    /// Expressions of every shape that the syntax has, nested.
    fn expressions() -> impl Strategy<Value = String> {
        let leaf = proptest::sample::select(vec!["a", "b", "[ab]", ".", "-", r"\b", "^", "$", "[^a]", r"\s"]);
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
        /// Many lines at once, as each one alone.
        #[test]
        fn what_is_searched_is_what_was_asked_for(
            expression in expressions(),
            lines in proptest::collection::vec("[ab -]{0,6}", 1..4),
        ) {
            let asked = plain(&expression);
            let text = lines.join("\n");
            let found: Vec<_> = match again(&expression) {
                Some(searched) => searched.find_iter(text.as_bytes()).map(|found| found.range()).collect(),
                None => Vec::new(),
            };
            let mut expected = Vec::new();
            let mut at = 0;
            for line in &lines {
                let matches = asked.find_iter(line.as_bytes()).map(|found| found.range());
                expected.extend(matches.map(|range| range.start + at..range.end + at));
                at += line.len() + 1;
            }
            // Where an empty match may follow another one depends on what was searched before.
            let real = |ranges: Vec<std::ops::Range<usize>>| -> Vec<_> {
                ranges.into_iter().filter(|range| !range.is_empty()).collect()
            };
            prop_assert_eq!(real(found), real(expected));
        }
    }
}
