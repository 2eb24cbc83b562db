//! The search for markers.
//!
//! By hand, and not by an automaton: there are a dozen markers at most, and a search that cannot fail
//! to be built cannot let a command through for that.

use super::Neutraliser;
use super::Place;
use crate::invisible::is_invisible;

/// Places in a text where a marker begins that would be obeyed; ascending.
pub(super) struct Found<'a> {
    neutraliser: &'a Neutraliser,
    text: &'a [u8],
    at: usize,
    line: LineStart,
}

impl<'a> Found<'a> {
    pub(super) fn new(neutraliser: &'a Neutraliser, text: &'a [u8]) -> Self {
        Self { neutraliser, text, at: 0, line: LineStart::default() }
    }
}

impl Iterator for Found<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let Neutraliser { markers, first, .. } = self.neutraliser;
        if markers.is_empty() {
            return None;
        }
        loop {
            let start =
                self.at + self.text.get(self.at..)?.iter().position(|&byte| first[usize::from(byte)])?;
            self.at = start + 1;
            let rest = &self.text[start..];
            let obeyed = markers.iter().any(|marker| {
                starts_with(rest, marker.text.as_bytes())
                    && (marker.place == Place::Anywhere || self.line.begins_at(self.text, start))
            });
            if obeyed {
                return Some(start);
            }
        }
    }
}

/// Whether a text begins with another, ASCII letters in either case.
pub(super) fn starts_with(text: &[u8], start: &[u8]) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// Whether anything that is seen stands between the start of the line and a place; asked for places
/// one after the other, it reads each byte once.
#[derive(Debug, Default)]
struct LineStart {
    /// So far the text is read.
    read: usize,
    seen: Seen,
}

/// What stands on the line so far.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// Nothing that is seen.
    #[default]
    Nothing,
    /// Nothing, and now an escape character.
    Escape,
    /// Nothing, and now a control sequence, such as a colour.
    Sequence,
    /// Text.
    Text,
}

impl LineStart {
    /// Whether a line begins at `place`, as the most generous of the CI systems sees it: white space
    /// of all kinds is taken away (.NET's `TrimStart`), so are colours (Buildkite), and a bare carriage
    /// return begins a line. What is not seen costs nothing to see through.
    fn begins_at(&mut self, text: &[u8], place: usize) -> bool {
        let mut rest = &text[self.read..place];
        self.read = place;
        if let Some(end) = memchr::memrchr2(b'\r', b'\n', rest) {
            rest = &rest[end + 1..];
            self.seen = Seen::Nothing;
        }
        for chunk in rest.utf8_chunks() {
            for c in chunk.valid().chars() {
                if self.seen == Seen::Text {
                    return false;
                }
                self.seen = self.seen.then(c);
            }
            // Bytes that are not UTF-8 are decoded to U+FFFD, which is seen.
            if !chunk.invalid().is_empty() {
                self.seen = Seen::Text;
            }
        }
        self.seen != Seen::Text
    }
}

impl Seen {
    fn then(self, c: char) -> Self {
        match (self, c) {
            (Self::Text, _) => Self::Text,
            (Self::Escape, '[') => Self::Sequence,
            // Parameters and intermediate bytes, then the final one (ECMA-48, 5.4).
            (Self::Sequence, '\u{20}'..='\u{3f}') => Self::Sequence,
            (Self::Sequence, '\u{40}'..='\u{7e}') => Self::Nothing,
            (_, '\u{1b}') => Self::Escape,
            (_, c) if c.is_whitespace() || is_invisible(c) => Self::Nothing,
            _ => Self::Text,
        }
    }
}
