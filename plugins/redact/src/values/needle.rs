//! The values as they are searched once everything is undone.

use std::collections::BTreeSet;
use std::ops::Range;

use aho_corasick::AhoCorasick;
use aho_corasick::MatchKind;
use sortie_plugin_sdk::Finding;

use crate::dump;
use crate::search::Span;
use crate::view::View;
use crate::view::escapes;
use crate::view::letters;
use crate::view::letters::Letters;

/// All values.
pub(crate) struct Needles {
    /// As they are.
    plain: AhoCorasick,
    values: Vec<Vec<u8>>,
    /// The letters of those below.
    letters: AhoCorasick,
    /// As they are, and without anything that looks like an escape.
    undone: Vec<Vec<u8>>,
}

impl Needles {
    /// # Errors
    /// They are too many.
    pub(super) fn new(values: &[&str]) -> Result<Self, Finding> {
        let plain: BTreeSet<&[u8]> = values.iter().map(|value| value.as_bytes()).collect();
        let mut undone = BTreeSet::new();
        for value in &plain {
            let view = View::of(value);
            let last = escapes::undo(&view).pop().unwrap_or(view);
            let last = letters::in_utf8(&last).unwrap_or(last);
            undone.insert(value.to_vec());
            // As the values of a form (WHATWG URL, section 5).
            let form = last.bytes().iter().map(|byte| if *byte == b' ' { b'+' } else { *byte });
            undone.insert(form.collect());
            undone.insert(last.bytes().to_vec());
        }
        let undone: Vec<Vec<u8>> =
            undone.into_iter().filter(|value| !Letters::of(value).bytes.is_empty()).collect();
        let texts: Vec<Vec<u8>> = undone.iter().map(|value| Letters::of(value).bytes).collect();
        let values = plain.iter().map(|value| value.to_vec()).collect();
        Ok(Self { values, plain: automaton(plain)?, letters: automaton(texts)?, undone })
    }

    /// Whether a text ends with the beginning of a value, but not with a whole line of it: what follows that is
    /// looked for by itself.
    pub(super) fn begin_at_end(&self, text: &[u8]) -> bool {
        let is_broken = |value: &[u8], end: usize| !matches!(value[end], b'\n' | b'\r');
        let begins = |value: &[u8]| {
            (TOLD..value.len()).any(|end| text.ends_with(&value[..end]) && is_broken(value, end))
        };
        self.undone.iter().any(|value| begins(value))
    }

    /// Whether bytes end with a part of a value: with its beginning, or whole within it. Of its first bytes some
    /// may have been too few to be told.
    pub(super) fn go_on_in_dump(&self, bytes: &[u8]) -> bool {
        let begins = |value: &[u8]| (dump::TOLD..value.len()).any(|end| bytes.ends_with(&value[..end]));
        let is_within = |value: &[u8]| {
            bytes.len() >= dump::TOLD
                && (1..=dump::UNTOLD).any(|first| {
                    value.get(first..).is_some_and(|rest| rest.len() > bytes.len() && rest.starts_with(bytes))
                })
        };
        self.values.iter().any(|value| begins(value) || is_within(value))
    }

    /// Where values are in the bytes of a dump: all of one, the rest of one at the beginning, the beginning of
    /// one at the end.
    pub(super) fn in_dump(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> =
            self.plain.find_overlapping_iter(bytes).map(|found| found.range()).collect();
        for value in &self.values {
            let told = dump::TOLD.max(value.len() / 2);
            found.extend((1..=dump::UNTOLD).filter_map(|first| {
                let rest = value.get(first..)?;
                let length = rest.len().min(bytes.len());
                (length >= dump::TOLD && bytes.starts_with(&rest[..length])).then_some(0..length)
            }));
            found.extend(
                (told..value.len())
                    .filter(|end| bytes.ends_with(&value[..*end]))
                    .map(|end| bytes.len() - end..bytes.len()),
            );
        }
        found
    }

    /// Whether one has spaces.
    pub(super) fn have_spaces(&self) -> bool {
        self.undone.iter().any(|value| value.contains(&b' '))
    }

    /// Adds the span of the rest of a value, at least half of it, at the beginning of a line: for how it begins
    /// the line before was not looked at.
    fn find_rest(&self, view: &View, spans: &mut Vec<Span>) {
        let bytes = view.bytes();
        let start = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        for value in &self.undone {
            for rest in (1..=TOLD.max(value.len() / 2)).filter_map(|first| value.get(first..)) {
                if rest.len() >= REST && bytes[start..].starts_with(rest) {
                    spans.push(view.span(start..start + rest.len()));
                }
            }
        }
    }

    /// Adds the spans of all values in a view, whatever quotes stand between their letters.
    pub(super) fn find(&self, view: &View, spans: &mut Vec<Span>) {
        for found in self.plain.find_overlapping_iter(view.bytes()) {
            spans.push(view.span(found.range()));
        }
        self.find_rest(view, spans);
        let letters = Letters::of(view.bytes());
        for found in self.letters.find_overlapping_iter(&letters.bytes) {
            let value = &self.undone[found.pattern().as_usize()];
            if let Some((from, to)) = letters.confirm(view.bytes(), found.start(), found.end() - 1, value) {
                spans.push(view.span(from..to));
            }
        }
    }
}

/// Bytes at the end of a line by which the beginning of a value is told.
const TOLD: usize = 3;

/// Bytes of the rest of a value by which it is told at the beginning of a line.
const REST: usize = 6;

fn automaton<T: AsRef<[u8]>>(texts: impl IntoIterator<Item = T>) -> Result<AhoCorasick, Finding> {
    AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .build(texts)
        .map_err(|error| Finding::error("", format!("the secrets are too many or too long: {error}")))
}
