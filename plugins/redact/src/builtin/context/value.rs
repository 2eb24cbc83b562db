//! Where a value begins and ends.

use super::super::Span;
use super::super::token::ends_with_colour;

/// A value, without its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value {
    /// From, to.
    pub(super) span: Span,
    /// It is in quotes, and they are closed.
    pub(super) is_quoted: bool,
    /// It is in quotes that are not closed on this line.
    pub(super) is_open: bool,
}

/// What may stand before an opening quote: prefixes of strings and what is printed around them.
const WRAPPERS: [&[u8]; 12] = [
    b"[]string{",
    b"[]interface {}{",
    b"Some(",
    b"String(",
    b"string(",
    b"string ",
    b"[",
    b"(",
    b"b",
    b"u",
    b"r",
    b"@",
];

/// The value that begins at `at` or after white space there.
pub(super) fn at(line: &[u8], at: usize) -> Option<Value> {
    let start = skip(line, at);
    let mut opening = start;
    // Some wrappers, each with white space behind, count only before a quote.
    for _ in 0..3 {
        if quote(line, opening).is_some() {
            break;
        }
        let Some(wrapper) = WRAPPERS.iter().find(|wrapper| line[opening..].starts_with(wrapper)) else {
            break;
        };
        opening = skip(line, opening + wrapper.len());
    }
    if let Some((backslashes, mark)) = quote(line, opening) {
        let begin = opening + backslashes + 1;
        let close = closing(line, begin, backslashes, mark);
        let end = close.unwrap_or(line.len());
        return Some(Value { span: (begin, end), is_quoted: close.is_some(), is_open: close.is_none() });
    }
    let end = unquoted_end(line, start);
    (end > start).then_some(Value { span: (start, end), is_quoted: false, is_open: false })
}

/// Over white space and colours.
pub(super) fn skip(line: &[u8], mut at: usize) -> usize {
    loop {
        let rest = &line[at..];
        match rest {
            [b' ' | b'\t', ..] => at += 1,
            [0x1b, b'[', ..] => match rest.iter().position(|byte| matches!(byte, b'm' | b'K')) {
                Some(end) if ends_with_colour(&rest[..=end]) => at += end + 1,
                _ => return at,
            },
            _ => return at,
        }
    }
}

/// The quote that opens here: how many backslashes are before it (it is in a string itself), and which.
pub(super) fn quote(line: &[u8], at: usize) -> Option<(usize, u8)> {
    let backslashes = line[at..].iter().take(8).take_while(|byte| **byte == b'\\').count();
    let mark = *line.get(at + backslashes)?;
    matches!(mark, b'"' | b'\'' | b'`').then_some((backslashes, mark))
}

/// Where the quote is that closes what begins at `begin`, with its backslashes.
pub(super) fn closing(line: &[u8], begin: usize, backslashes: usize, mark: u8) -> Option<usize> {
    let mut at = begin;
    loop {
        at += line.get(at..)?.iter().position(|byte| *byte == mark)?;
        let before = line[begin..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        // With more, it is a quote in the value. Windows' paths end with one where none is expected.
        if before <= backslashes {
            return Some(at - before);
        }
        at += 1;
    }
}

/// Where a value without quotes ends: at white space, quotes and markup, and where something else begins.
fn unquoted_end(line: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(byte) = line.get(at) {
        let rest = &line[at + 1..];
        let ends = match byte {
            b' ' | b'\t' | b'\r' | b'"' | b'\'' | b'`' | b'<' | 0x1b => true,
            b'\\' => matches!(rest.first(), Some(b'n' | b'r' | b't' | b'"' | b'\'' | b'\\')),
            b'&' | b',' | b';' => ends_here(rest),
            b')' | b']' | b'}' => closes_here(rest),
            0xe2 => rest.starts_with(b"\x94\x82"),
            b'|' => rest.first().is_none_or(|next| *next == b' '),
            _ => false,
        };
        if ends {
            break;
        }
        at += 1;
    }
    at
}

/// Whether after a separator something else begins: nothing, white space, or a name and its value.
fn ends_here(rest: &[u8]) -> bool {
    let name = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(byte)).count();
    match rest.get(name) {
        None => name == 0,
        Some(b'=' | b':') if name > 0 => true,
        Some(b' ' | b'"' | b'\'' | b'\\' | 0x1b | b'\r' | b')' | b'}' | b']') => name == 0,
        Some(_) => false,
    }
}

/// Whether brackets that close here are the ends of what is around the value.
fn closes_here(rest: &[u8]) -> bool {
    let more = rest.iter().take_while(|byte| b")]}>".contains(byte)).count();
    matches!(
        rest.get(more),
        None | Some(b' ' | b',' | b';' | b'"' | b'\'' | b'\\' | b'.' | b'\t' | b'\r' | 0x1b)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(line: &str) -> Option<&str> {
        at(line.as_bytes(), 0).map(|value| &line[value.span.0..value.span.1])
    }

    #[test]
    fn values_end_where_their_quotes_do() {
        for (line, expected) in [
            ("\"a b\" c", "a b"),
            (" 'a \"b\"', c", "a \"b\""),
            ("\"a\\\"b\" c", "a\\\"b"),
            ("\\\"a\\\",\\\"b\\\"", "a"),
            ("\\\\\\\"a\\\\\\\",", "a"),
            ("b'a' c", "a"),
            ("Some(\"a b\")", "a b"),
            ("[]string{\"a b\"}", "a b"),
            ("[ 'a b' ],", "a b"),
            ("\u{1b}[32m\"a b\"\u{1b}[0m", "a b"),
            ("\"a b", "a b"),
        ] {
            assert_eq!(value(line), Some(expected), "{line}");
        }
    }

    #[test]
    fn values_without_quotes_end_where_something_else_begins() {
        for (line, expected) in [
            ("a b", "a"),
            (" \ta", "a"),
            ("a&b=c", "a"),
            ("a&b;c,d", "a&b;c,d"),
            ("a, b", "a"),
            ("a,b=c", "a"),
            ("a;", "a"),
            ("a)", "a"),
            ("a)b", "a)b"),
            ("a]] c", "a"),
            ("a}\"", "a"),
            ("a</b>", "a"),
            ("a\\nb", "a"),
            ("a\u{1b}[0m", "a"),
            ("\u{1b}[1;31ma\u{1b}[0m", "a"),
            ("boa b", "boa"),
        ] {
            assert_eq!(value(line), Some(expected), "{line}");
        }
        assert_eq!(value(""), None);
        assert_eq!(value("  "), None);
    }
}
