//! What is found is what a search line by line finds, and it is found in time.

use std::time::Duration;
use std::time::Instant;

use proptest::prelude::*;
use regex::bytes::RegexBuilder;

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

fn gate(interests: &[Interest]) -> Gate {
    Gate::new(interests).expect("interests are good")
}

/// The lines that are shown, once it is checked that both searches say the same.
fn shown(interests: &[Interest], lines: &[&str]) -> (Shown, Vec<u32>) {
    let (gate, batch) = (gate(interests), batch(lines));
    let mut found = Found::default();
    let with_hits = gate.search_hits(&batch, &mut found);
    let mut lines = Vec::new();
    let shown = gate.search(&batch, &mut lines);
    assert!(found.complete);
    assert_eq!((with_hits, &found.lines), (shown, &lines));
    (shown, lines)
}

fn hits(interests: &[Interest], lines: &[&str]) -> Vec<Hit> {
    let mut found = Found::default();
    gate(interests).search_hits(&batch(lines), &mut found);
    assert!(found.complete);
    found.hits
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
    let bad = Gate::new(&[literal("a", false), regex("b*"), literal("c", true)]).expect_err("it is empty");
    assert_eq!(bad.index, 1);
}

#[test]
fn every_hit_is_told_in_order() {
    let interests = [literal("aa", false), regex("[ab]+"), literal("aab", true), regex("b")];
    let at = |line, start, interest, end| Hit { line, interest, start, end };
    assert_eq!(
        hits(&interests, &["", "aaab", "x", "b ab"]),
        [
            at(1, 0, 0, 2),
            at(1, 0, 1, 4),
            at(1, 1, 0, 3),
            at(1, 1, 2, 4),
            at(1, 3, 3, 4),
            at(3, 0, 1, 1),
            at(3, 0, 3, 1),
            at(3, 2, 1, 4),
            at(3, 3, 3, 4),
        ]
    );
}

#[test]
fn a_match_ends_before_the_carriage_return_of_its_line() {
    let hits = hits(&[regex("abc.$"), regex("d$")], &["abcd\r", "abcd", "abcd "]);
    let ends: Vec<(u32, u32, u32)> = hits.iter().map(|hit| (hit.line, hit.interest, hit.end)).collect();
    assert_eq!(ends, [(0, 0, 4), (0, 1, 4), (1, 0, 4), (1, 1, 4)]);
}

/// What a search line by line finds.
fn naive(interests: &[Interest], lines: &[&str]) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (line, text) in lines.iter().enumerate() {
        for (interest, Interest { pattern, .. }) in interests.iter().enumerate() {
            let found: Vec<(usize, usize)> = match pattern {
                Pattern::Literal(literal) => {
                    let windows = text.as_bytes().windows(literal.len()).enumerate();
                    let found = windows.filter(|(_, window)| window == literal);
                    found.map(|(start, window)| (start, start + window.len())).collect()
                }
                Pattern::Regex(regex) => {
                    // `$` is before a carriage return too.
                    let regex = regex.replace('$', r"(?:(?R:$)|$)");
                    let regex = RegexBuilder::new(&regex).unicode(false).multi_line(true).build();
                    let regex = regex.expect("an expression");
                    regex.find_iter(text.as_bytes()).map(|found| (found.start(), found.end())).collect()
                }
            };
            hits.extend(found.into_iter().map(|(start, end)| hit(line, 0, interest as u32, start, end)));
        }
    }
    hits.sort_unstable();
    hits
}

/// Of every kind, and so that they are in each other's way.
const INTERESTS: [&str; 18] = [
    "^a-|b$",
    "-{2}[ab]+x",
    r"(?i:B-A)[ab]*-",
    "^x(?:ab|ba) *x",
    r"-\s*x",
    "aa(?:b{2})?x",
    "abab|ababab|bab",
    "(?:abab)+",
    "(?i:abab|xxxx)",
    r"\bab",
    r"\babab[ab]*",
    r"aba\b",
    r"\b",
    "aaa.*x|aaa",
    "aaa(?:.*-)?",
    "x+$",
    "xxx+$",
    "bab(?:$| )",
];

const LITERALS: [&str; 9] = ["abab", "aba", "b", "xx", "xxx", "aaaaaaaaaa", "abababababab", "a-", "aaaaaaaa"];

proptest! {
    /// What the gate finds is what a search line by line finds.
    #[test]
    fn every_hit_is_found(
        lines in proptest::collection::vec("[ab \\-xAB]{0,16}\\r?|[ab]{0,40}|a{0,20}", 0..40),
        expressions in proptest::sample::subsequence(INTERESTS.to_vec(), 0..=INTERESTS.len()),
        literals in proptest::sample::subsequence(LITERALS.to_vec(), 0..=LITERALS.len()),
        openers in proptest::collection::vec(0..200_usize, 0..3),
        filler in prop_oneof![Just(0_usize), 0..400_usize],
    ) {
        let mut interests: Vec<Interest> = literals.into_iter().map(|text| literal(text, false)).collect();
        interests.extend(expressions.into_iter().map(regex));
        // Few are searched otherwise than many.
        interests.extend((0..filler).map(|index| literal(&format!("{index} filler"), false)));
        for opener in openers {
            if let Some(interest) = interests.get_mut(opener) {
                interest.opens = true;
            }
        }
        let refs: Vec<&str> = lines.iter().map(String::as_str).collect();
        let expected = naive(&interests, &refs);
        prop_assert_eq!(hits(&interests, &refs), &expected[..]);

        let opens = expected.iter().find(|hit| interests[hit.interest as usize].opens).map(|hit| hit.line);
        let is_shown = |line: &u32| {
            expected.iter().any(|hit| hit.line == *line) || opens.is_some_and(|first| first <= *line)
        };
        let (seen, lines) = shown(&interests, &refs);
        prop_assert_eq!(&lines, &(0..refs.len() as u32).filter(is_shown).collect::<Vec<u32>>());
        prop_assert_eq!(seen == Shown::None, lines.is_empty());
    }
}

#[test]
fn more_hits_than_a_filter_could_want_are_not_told() {
    let gate = gate(&[literal("a", false), regex("[ab]c"), literal("end", true)]);
    let mut found = Found::default();
    for (count, complete) in [(MAX_HITS, true), (MAX_HITS + 1, false), (10, true)] {
        let (line, one) = ("a".repeat(count - 5), "bc".repeat(5));
        let shown = gate.search_hits(&batch(&["x", &line, &one, "x"]), &mut found);
        assert_eq!((shown, &found.lines[..]), (Shown::Some, &[1, 2][..]));
        assert_eq!(found.complete, complete);
        assert_eq!(found.hits.len(), if complete { count } else { 0 });
    }
}

/// No outcome is asked for but that there is one, and that lines are not missed.
#[test]
fn hostile_lines_and_interests_end_quickly() {
    let long = format!("{}b", "a".repeat(10_000));
    let sets = [
        vec![literal("aaaa", false), literal("aaaaa", false), literal("a", true)],
        vec![literal(&long, false)],
        (0..300).map(|index| literal(&format!("{}b{index}", "a".repeat(index + 8)), false)).collect(),
        (0..100).map(|index| regex(&format!("aaa[a-z]*{index}"))).collect(),
        vec![regex("a(?:.*z)?"), regex("[ab](?:.*z)?"), regex(r"\b"), regex("aaa(?:.*z)?")],
        vec![
            regex(r"eyJ[a-z]{8,}\.eyJ[a-z]+"),
            regex(r"://[^\s/:@?#]*:([^\s/?#]+)@"),
            regex("aaa[ab]*a[ab]{50}c"),
        ],
    ];
    for interests in &sets {
        let gate = gate(interests);
        let (mut found, mut lines) = (Found::default(), Vec::new());
        for (part, length) in [("a", 1 << 20), ("a", 1 << 18), ("eyJ", 1 << 18), ("://:", 1 << 18), ("a", 99)]
        {
            let line = part.repeat(length / part.len());
            let batch = batch(&vec![line.as_str(); (1 << 18) / length + 1]);
            let started = Instant::now();
            gate.search(&batch, &mut lines);
            gate.search_hits(&batch, &mut found);
            // Unoptimised it takes long; searching each line from each of its bytes took minutes.
            assert!(started.elapsed() < Duration::from_secs(10), "{part} {length} {:?}", interests[0]);
            assert!(found.complete || found.hits.is_empty());
        }
    }
}
