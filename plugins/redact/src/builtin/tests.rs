//! Of every rule: that it is in order, and that it finds what it says.

use regex_syntax::hir::Class;
use regex_syntax::hir::Hir;
use regex_syntax::hir::HirKind;
use regex_syntax::hir::literal::Extractor;

use super::*;

fn parsed(rule: &Rule) -> Hir {
    let mut parser = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build();
    parser.parse(rule.expression).unwrap_or_else(|error| panic!("{}: {error}", rule.expression))
}

fn may_match_a_new_line(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => false,
        HirKind::Literal(literal) => literal.0.contains(&b'\n'),
        HirKind::Class(Class::Bytes(class)) => {
            class.iter().any(|range| (range.start()..=range.end()).contains(&b'\n'))
        }
        HirKind::Class(Class::Unicode(class)) => {
            class.iter().any(|range| (range.start()..=range.end()).contains(&'\n'))
        }
        HirKind::Repetition(repetition) => may_match_a_new_line(&repetition.sub),
        HirKind::Capture(capture) => may_match_a_new_line(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(may_match_a_new_line),
    }
}

#[test]
fn expressions_match_on_one_line() {
    for rule in rules() {
        let hir = parsed(rule);
        assert!(!may_match_a_new_line(&hir), "{}", rule.expression);
        let properties = hir.properties();
        assert!(properties.minimum_len() > Some(0), "{}", rule.expression);
        let groups = properties.explicit_captures_len();
        assert_eq!(groups, usize::from(matches!(rule.part, Part::Group)), "{}", rule.expression);
    }
}

#[test]
fn matches_begin_with_the_anchors_that_are_said_to_be_there() {
    for rule in rules() {
        let Anchors::Begin(anchors) = rule.anchors else { continue };
        let begins = |prefix: &[u8]| {
            anchors
                .iter()
                .any(|anchor| prefix.starts_with(anchor.as_bytes()) || anchor.as_bytes().starts_with(prefix))
        };
        let prefixes = Extractor::new().limit_class(64).limit_total(4096).extract(&parsed(rule));
        let prefixes = prefixes.literals().unwrap_or_else(|| panic!("{} has no beginning", rule.expression));
        for prefix in prefixes {
            assert!(begins(prefix.as_bytes()), "{}: {prefix:?}", rule.expression);
        }
    }
}

#[test]
fn sources_are_addresses() {
    for rule in rules() {
        assert!(rule.source.starts_with("https://"), "{}", rule.name);
        assert!(
            rule.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        );
    }
}
