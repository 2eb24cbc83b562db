//! Escapes undone: those of JSON and its relatives, of URLs, of XML and HTML.
//!
//! What is escaped several times is undone several times, until nothing changes: JSON in a JSON string, a URL
//! in another one's query, an attribute in a JSON string. A value that holds something that looks like an
//! escape loses it too, wherever it stands; so both sides, the value and the line, are compared undone.

use super::View;
use super::entities;
use super::terminal;

/// How often escapes are undone at most.
const TIMES: usize = 8;

/// The view with one layer of escapes less; `None` where there is none.
fn undo_once(view: &View) -> Option<View> {
    let bytes = view.bytes();
    memchr::memchr3(b'\\', b'%', b'&', bytes).or_else(|| memchr::memchr(0x1b, bytes))?;
    let mut plain = View::default();
    let mut changed = false;
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let spelt = match rest[0] {
            b'\\' => backslash(rest),
            b'%' => percent(rest),
            b'&' => entities::reference(rest).map(|(character, length)| (utf8(character), length)),
            // The escape was escaped itself, as in a coloured text in a JSON string.
            0x1b => Some((Spelt::default(), terminal::sequence(rest))),
            _ => None,
        };
        match spelt {
            Some((spelt, length)) => {
                plain.push(spelt.bytes(), view, at..at + length);
                changed = true;
                at += length;
            }
            None => {
                plain.copy(view, at..at + 1);
                at += 1;
            }
        }
    }
    changed.then_some(plain)
}

/// The views of a text with ever fewer escapes, without the text itself: the last has none.
pub(crate) fn undo(view: &View) -> Vec<View> {
    let mut views: Vec<View> = Vec::new();
    while views.len() < TIMES
        && let Some(plain) = undo_once(views.last().unwrap_or(view))
    {
        views.push(plain);
    }
    views
}

/// What an escape spells: at most the four bytes of a character.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Spelt {
    bytes: [u8; 4],
    length: usize,
}

impl Spelt {
    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

fn utf8(character: char) -> Spelt {
    let mut bytes = [0; 4];
    let length = character.encode_utf8(&mut bytes).len();
    Spelt { bytes, length }
}

fn byte(byte: u8) -> Spelt {
    Spelt { bytes: [byte, 0, 0, 0], length: 1 }
}

/// `%2F` (RFC 3986, section 2.1), and `%u20AC` of JavaScript's `escape`.
fn percent(bytes: &[u8]) -> Option<(Spelt, usize)> {
    if let Some(digits) = bytes.strip_prefix(b"%u") {
        return Some((utf8(char::from_u32(number(digits.get(..4)?, 16)?)?), 6));
    }
    Some((byte(u8::try_from(number(bytes.get(1..3)?, 16)?).ok()?), 3))
}

/// A backslash with what it escapes, and the length of both. Backslashes before anything else are a matter of
/// [`super::letters`].
fn backslash(bytes: &[u8]) -> Option<(Spelt, usize)> {
    let rest = &bytes[1..];
    let digits = |from: usize, to: usize, radix: u32| number(rest.get(from..to)?, radix);
    let (spelt, length) = match rest.first()? {
        b'\\' => (byte(b'\\'), 1),
        b'n' => (byte(b'\n'), 1),
        b'r' => (byte(b'\r'), 1),
        b't' => (byte(b'\t'), 1),
        b'b' => (byte(8), 1),
        b'f' => (byte(12), 1),
        // Of C, of shells (`$'…'`) and of Python.
        b'a' => (byte(7), 1),
        b'v' => (byte(11), 1),
        b'e' | b'E' => (byte(0x1b), 1),
        b'x' => match rest.strip_prefix(b"x{").and_then(braced) {
            Some((character, length)) => (utf8(character), 2 + length),
            None => (byte(u8::try_from(digits(1, 3, 16)?).ok()?), 3),
        },
        b'u' => match rest.strip_prefix(b"u{").and_then(braced) {
            Some((character, length)) => (utf8(character), 2 + length),
            None => utf16(rest)?,
        },
        b'U' => (utf8(char::from_u32(digits(1, 9, 16)?)?), 9),
        b'0'..=b'3' => (byte(u8::try_from(digits(0, 3, 8)?).ok()?), 3),
        _ => return None,
    };
    Some((spelt, 1 + length))
}

/// `u00e9` behind its backslash, or two of them for a character beyond U+FFFF (RFC 8259, section 7).
fn utf16(bytes: &[u8]) -> Option<(Spelt, usize)> {
    let high = number(bytes.get(1..5)?, 16)?;
    if let Some(character) = char::from_u32(high) {
        return Some((utf8(character), 5));
    }
    let low = number(bytes[5..].strip_prefix(b"\\u")?.get(..4)?, 16)?;
    let units = [u16::try_from(high).ok()?, u16::try_from(low).ok()?];
    let character = char::decode_utf16(units).next()?.ok()?;
    Some((utf8(character), 11))
}

/// `e9}` of `\u{e9}`.
fn braced(bytes: &[u8]) -> Option<(char, usize)> {
    let end = bytes.iter().take(7).position(|byte| *byte == b'}')?;
    Some((char::from_u32(number(&bytes[..end], 16)?)?, end + 1))
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let mut number = 0_u32;
    for digit in digits {
        number = number.checked_mul(radix)?.checked_add(char::from(*digit).to_digit(radix)?)?;
    }
    (!digits.is_empty()).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Vec<u8> {
        let view = View::of(text.as_bytes());
        undo(&view).pop().unwrap_or(view).bytes
    }

    #[test]
    fn escapes_of_all_kinds_are_undone() {
        for (text, expected) in [
            (r"a\nb\tc", "a\nb\tc"),
            (r"\u00e9\u00E9", "éé"),
            (r"\\\\u00e9", "é"),
            (r"\ud83d\ude00 \\ud83d\\ude00", "😀 😀"),
            (r"\ud83d x", r"\ud83d x"),
            (r"\U0001f600 \u{1f600} \x{e9}", "😀 😀 é"),
            (r"\x41\101", "AA"),
            ("%2525%41", "%A"),
            ("%41%4%u20ac", "A%4€"),
            ("&amp;amp;lt;", "<"),
            (r"\u0026quot;", "\""),
            ("%26quot%3B", "\""),
            (r"\u001b[1mab\x1b[0m", "ab"),
            (r"\\ \' \z", r"\ \' \z"),
            (r"\\\n", "\\\n"),
            ("100%, a & b", "100%, a & b"),
        ] {
            assert_eq!(plain(text), expected.as_bytes(), "{text}");
        }
    }

    #[test]
    fn what_is_undone_knows_its_place() {
        let text = r"x%2522\\u00e9y";
        let view = undo(&View::of(text.as_bytes())).pop().expect("escaped");
        assert_eq!(view.bytes(), "x\"éy".as_bytes());
        assert_eq!(view.span(1..2), (1, 6));
        assert_eq!(view.span(2..4), (6, 13));
        assert_eq!(view.span(2..3), (6, 13), "a part of a character is all of it");
    }

    #[test]
    fn it_ends() {
        let text = format!("%{}41", "25".repeat(100));
        assert_eq!(undo(&View::of(text.as_bytes())).len(), TIMES);
    }
}
