//! Base64 (RFC 4648, sections 4 and 5), undone and done.

use super::View;
use super::radix;

/// Letters in a row that may be base64: fewer hold less than four bytes.
const SHORTEST: usize = 6;

/// Stands between two runs: no value holds it.
pub(crate) const GAP: u8 = 0;

/// What the runs of letters of base64 in a view spell, at all four alignments: where the encoded text began
/// is not known. Runs go on over line breaks, as most encoders set them (RFC 2045, section 6.8).
pub(crate) fn undo(view: &View) -> [View; 4] {
    let bytes = view.bytes();
    let mut plain: [View; 4] = Default::default();
    let mut letters = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        letters.clear();
        let run = bytes[at..].iter().take_while(|byte| value(**byte).is_some() || is_break(**byte)).count();
        letters.extend((at..at + run).filter(|index| !is_break(bytes[*index])));
        at += run.max(1);
        if letters.len() >= SHORTEST {
            for (skipped, plain) in plain.iter_mut().enumerate() {
                decode(view, &letters[skipped..], plain);
            }
        }
    }
    plain
}

/// What may stand between two letters: the end of a line, and what PHP sets before a slash.
fn is_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r' | b'\\')
}

/// Appends what letters at these places spell.
fn decode(view: &View, letters: &[usize], plain: &mut View) {
    let (mut bits, mut count) = (0_u32, 0);
    for (index, place) in letters.iter().enumerate() {
        bits = bits << 6 | u32::from(value(view.bytes()[*place]).unwrap_or(0));
        count += 6;
        if count >= 8 {
            count -= 8;
            // The byte ends in this letter and began in the one before.
            let from = letters[index.saturating_sub(1)];
            plain.push(&[(bits >> count) as u8], view, from..place + 1);
        }
    }
    if let Some(last) = letters.last() {
        plain.push(&[GAP], view, *last..last + 1);
    }
}

/// Whether it is one of either alphabet.
pub(crate) fn is_letter(byte: u8) -> bool {
    value(byte).is_some()
}

/// The six bits that a letter of either alphabet stands for.
fn value(letter: u8) -> Option<u8> {
    Some(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The letters that some bytes alone decide wherever they stand: one text for each alignment.
pub(crate) fn forms(bytes: &[u8]) -> [Vec<u8>; 3] {
    radix::forms(bytes, ALPHABET)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(bytes: &[u8]) -> Vec<u8> {
        radix::encode(bytes, ALPHABET)
    }

    #[test]
    fn it_follows_the_standard() {
        // RFC 4648, section 10, without the padding.
        for (plain, encoded) in
            [("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(encode(plain.as_bytes()), encoded.as_bytes());
        }
    }

    #[test]
    fn a_text_is_in_it_at_every_alignment() {
        let secret = "s3cr3t-value";
        for (before, after) in [("", ""), ("a", "bc"), ("ab", "c"), ("abc", ""), ("user:", "\n")] {
            let encoded = encode(format!("{before}{secret}{after}").as_bytes());
            let found = forms(secret.as_bytes())
                .iter()
                .any(|form| encoded.windows(form.len()).any(|part| part == form));
            assert!(found, "{before:?} {after:?}");
            for around in ["", "x=", "xy/", "xyz\n"] {
                let line = [around.as_bytes(), &encoded, b"=="].concat();
                let plain = undo(&View::of(&line));
                let shows = |view: &View| String::from_utf8_lossy(view.bytes()).contains(secret);
                assert!(plain.iter().any(shows), "{before:?} {around:?}");
            }
        }
    }

    #[test]
    fn what_is_undone_knows_its_place() {
        // `abc` and `def`, which 76 letters a line would part.
        let view = undo(&View::of(b"x: YWJj\nZGVm")).into_iter().find(|view| view.bytes() == b"abcdef\0");
        let view = view.expect("decoded");
        assert_eq!(view.span(0..1), (3, 5));
        assert_eq!(view.span(1..5), (4, 11));
        assert_eq!(view.span(0..6), (3, 12));
    }
}
