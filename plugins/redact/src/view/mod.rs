//! The bytes of a line in another spelling, and where each of them stands in the line.
//!
//! Programs print a value in many clothes: escaped for JSON, XML, a URL or a shell, coloured, in base64, as a
//! list of bytes. Rather than to know every spelling of every value, what can be undone is undone, for the
//! value as for the line, and the value is looked for in the result. Whatever is found is a span of the line.
//!
//! - `terminal`: colour and overstrike.
//! - `escapes`: `\n`, `\u0022`, `%22`, `&quot;`.
//! - `entities`: the names of characters in XML and HTML.
//! - `letters`: without quotes and backslashes, which shells set as they like.
//! - `base64`, `base32`, `byte_list`, `utf16`: encodings that leave nothing of a value readable.
//! - `radix`: what base32 and base64 have in common.

pub(crate) mod base32;
pub(crate) mod base64;
pub(crate) mod byte_list;
mod entities;
pub(crate) mod escapes;
pub(crate) mod letters;
mod radix;
pub(crate) mod terminal;
pub(crate) mod utf16;

use std::ops::Range;

/// See the module's documentation.
#[derive(Debug, Clone, Default)]
pub(crate) struct View {
    bytes: Vec<u8>,
    /// For each byte the bytes of the line that spell it: from, to. Both ascend.
    spans: Vec<(u32, u32)>,
}

impl View {
    /// A text as it is.
    pub(crate) fn of(text: &[u8]) -> Self {
        let mut view = Self::default();
        view.append(text, 0);
        view
    }

    /// Appends a part of the line, which begins there at byte `from`, as it is.
    pub(crate) fn append(&mut self, text: &[u8], from: usize) {
        self.bytes.extend_from_slice(text);
        // A line of more than 4 GiB is in no batch.
        self.spans.extend((from..from + text.len()).map(|at| (at as u32, at as u32 + 1)));
    }

    /// Appends bytes that this part of another view spells.
    fn push(&mut self, bytes: &[u8], view: &Self, spelt: Range<usize>) {
        let span = view.span(spelt);
        self.bytes.extend_from_slice(bytes);
        self.spans.extend(bytes.iter().map(|_| (span.0 as u32, span.1 as u32)));
    }

    /// Appends a part of another view.
    fn copy(&mut self, view: &Self, part: Range<usize>) {
        self.bytes.extend_from_slice(&view.bytes[part.clone()]);
        self.spans.extend_from_slice(&view.spans[part]);
    }

    /// Takes the last character away, and tells where it began in the line, and its first byte.
    fn pop_character(&mut self) -> Option<(u32, u8)> {
        loop {
            let (byte, span) = (self.bytes.pop()?, self.spans.pop()?);
            // All but the first byte of a character in UTF-8.
            if byte & 0xc0 != 0x80 || self.bytes.is_empty() {
                return Some((span.0, byte));
            }
        }
    }

    /// Its bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where some of its bytes stand in the line: from, to.
    pub(crate) fn span(&self, part: Range<usize>) -> (usize, usize) {
        match self.spans.get(part.clone()) {
            Some([first, .., last]) => (first.0 as usize, last.1 as usize),
            Some([only]) => (only.0 as usize, only.1 as usize),
            _ => (0, 0),
        }
    }
}
