//! The search for markers.
//!
//! By hand, and not by an automaton: there are a dozen markers at most, and a search that cannot fail
//! to be built cannot let a command through for that.

use super::Marker;
use super::Neutraliser;
use super::Place;
use crate::invisible::is_invisible;

/// The bytes with which a marker begins.
#[derive(Debug, Clone)]
pub(super) struct FirstBytes {
    bytes: Vec<u8>,
    /// The same by byte, for when there are many.
    is_one: Box<[bool; 256]>,
}

impl Default for FirstBytes {
    fn default() -> Self {
        Self { bytes: Vec::new(), is_one: Box::new([false; 256]) }
    }
}

impl FirstBytes {
    /// Adds a byte; a letter in both cases.
    pub(super) fn add(&mut self, byte: u8) {
        for byte in [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()] {
            if !std::mem::replace(&mut self.is_one[usize::from(byte)], true) {
                self.bytes.push(byte);
            }
        }
    }

    /// The first of them in a text.
    fn position(&self, text: &[u8]) -> Option<usize> {
        match *self.bytes {
            [] => None,
            [a] => memchr::memchr(a, text),
            [a, b] => memchr::memchr2(a, b, text),
            [a, b, c] => memchr::memchr3(a, b, c, text),
            _ => text.iter().position(|&byte| self.is_one[usize::from(byte)]),
        }
    }
}

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
        loop {
            let start = self.at + first.position(self.text.get(self.at..)?)?;
            self.at = start + 1;
            let rest = &self.text[start..];
            let obeyed = markers.iter().any(|marker| {
                end_of(marker, rest).is_some()
                    && (marker.place == Place::Anywhere || self.line.begins_at(self.text, start))
            });
            if obeyed {
                return Some(start);
            }
        }
    }
}

/// Where a marker ends that a text begins with. ASCII letters match in either case. At the start of a
/// line a marker may have colours in it, which Buildkite takes away before it looks; those before it are
/// not part of it.
pub(super) fn end_of(marker: &Marker, text: &[u8]) -> Option<usize> {
    let wanted = marker.text.as_bytes();
    if marker.place == Place::Anywhere {
        return text.get(..wanted.len())?.eq_ignore_ascii_case(wanted).then_some(wanted.len());
    }
    let mut at = 0;
    for (index, byte) in wanted.iter().enumerate() {
        while index > 0
            && let Some(color) = color(&text[at..])
        {
            at += color;
        }
        if !text.get(at)?.eq_ignore_ascii_case(byte) {
            return None;
        }
        at += 1;
    }
    Some(at)
}

/// Length of the colour that a text begins with: `ESC [`, digits and semicolons, `m` or `K`. Source:
/// buildkite/agent, `header_times_streamer.go` (`ANSIColorRegex`).
fn color(text: &[u8]) -> Option<usize> {
    let parameters = text.strip_prefix(b"\x1b[")?;
    let end = parameters.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b';'))?;
    matches!(parameters[end], b'm' | b'K').then_some(end + 3)
}

/// A text without its colours, and where in it one may have begun that is not finished.
pub(super) fn without_colors(text: &[u8]) -> (Vec<u8>, usize) {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(escape) = memchr::memchr(0x1b, rest) {
        let (before, from) = rest.split_at(escape);
        out.extend_from_slice(before);
        let unfinished = match from {
            [_] => true,
            [_, b'[', parameters @ ..] => parameters.iter().all(|byte| matches!(byte, b'0'..=b'9' | b';')),
            _ => false,
        };
        if unfinished {
            let start = out.len();
            out.extend_from_slice(from);
            return (out, start);
        }
        let color = color(from);
        out.extend_from_slice(&from[..usize::from(color.is_none())]);
        rest = &from[color.unwrap_or(1)..];
    }
    out.extend_from_slice(rest);
    let end = out.len();
    (out, end)
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
