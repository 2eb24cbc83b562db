//! Tokens in disguise: with colour in the middle, as `grep --color` and pagers print them, and in UTF-16, as
//! PowerShell writes them. Lines that may hold one are searched again without the disguise.

use std::ops::Range;

use crate::builtin::Span;
use crate::view::View;
use crate::view::terminal;
use crate::view::utf16;

/// Colour within a word: other colours are around words. None is looked for where they are escaped themselves.
pub(crate) const COLOURED: &str =
    r"(?:\b|[_.\-])\x1b\[[0-9;]{0,16}[mK](?:\x1b\[[0-9;]{0,16}[mK])*[A-Za-z0-9_\-]";

/// What is in every match of [`COLOURED`].
pub(crate) const COLOUR: &[u8] = b"\x1b[";

/// Signs between zeros, of which every token and every name with its value has one.
pub(crate) const WIDE: [&[u8]; 5] = [b"\0_\0", b"\0-\0", b"\0=\0", b"\0:\0", b"\0.\0"];

/// Adds the spans that `find` adds for the text without its disguises.
pub(crate) fn look(text: &[u8], spans: &mut Vec<Span>, find: impl Fn(&[u8], &mut Vec<Span>)) {
    let view = View::of(text);
    let mut views = terminal::undo(&view).map_or_else(Vec::new, |plain| vec![plain]);
    if memchr::memchr(0, text).is_some() {
        views.extend(utf16::undo(&view));
    }
    let mut found = Vec::new();
    for view in views {
        found.clear();
        find(view.bytes(), &mut found);
        let of_text = |(start, end): &Span| view.span(Range { start: *start, end: *end });
        spans.extend(found.iter().map(of_text).filter(|(start, end)| start < end));
    }
}
