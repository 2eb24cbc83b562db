//! Base32 (RFC 4648, section 6), undone and done. In small letters too.

use super::View;
use super::radix;

/// Letters in a row that may be base32: fewer hold less than four bytes.
const SHORTEST: usize = 6;

/// Stands between two runs: no value holds it.
pub(crate) const GAP: u8 = 0;

/// The letters of a group, which spells five bytes.
pub(crate) const GROUP: usize = 8;

/// What the runs of letters of base32 in a view spell, at all alignments: where the encoded text began is not
/// known. Runs go on over line breaks, as `base32` sets them.
pub(crate) fn undo(view: &View) -> [View; GROUP] {
    let bytes = view.bytes();
    let mut plain: [View; GROUP] = Default::default();
    let mut at = 0;
    while at < bytes.len() {
        let run = bytes[at..].iter().take_while(|byte| is_letter(**byte) || is_break(**byte)).count();
        let letters: Vec<usize> = (at..at + run).filter(|index| is_letter(bytes[*index])).collect();
        at += run.max(1);
        if letters.len() >= SHORTEST {
            for (skipped, plain) in plain.iter_mut().enumerate() {
                decode(view, letters.get(skipped..).unwrap_or_default(), plain);
            }
        }
    }
    plain
}

/// What may stand between two letters: the end of a line.
fn is_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Appends what letters at these places spell.
fn decode(view: &View, letters: &[usize], plain: &mut View) {
    let (mut bits, mut count) = (0_u32, 0_usize);
    for (index, place) in letters.iter().enumerate() {
        bits = (bits << 5 | u32::from(value(view.bytes()[*place]).unwrap_or(0))) & 0xfff;
        count += 5;
        if count >= 8 {
            count -= 8;
            // The byte ends in this letter, and began in the one before or in the one before that.
            let began = (8 + count).div_ceil(5) - 1;
            let from = letters[index.saturating_sub(began)];
            plain.push(&[(bits >> count) as u8], view, from..place + 1);
        }
    }
    if let Some(last) = letters.last() {
        plain.push(&[GAP], view, *last..last + 1);
    }
}

/// Whether it is one of the alphabet.
pub(crate) fn is_letter(byte: u8) -> bool {
    value(byte).is_some()
}

/// The five bits that a letter stands for.
fn value(letter: u8) -> Option<u8> {
    Some(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a',
        b'2'..=b'7' => letter - b'2' + 26,
        _ => return None,
    })
}

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The letters that some bytes alone decide wherever they stand: one text for each alignment.
pub(crate) fn forms(bytes: &[u8]) -> [Vec<u8>; 5] {
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
            [("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(encode(plain.as_bytes()), encoded.as_bytes());
        }
    }

    #[test]
    fn a_text_is_in_it_at_every_alignment() {
        let secret = "s3cr3t-value";
        for before in ["", "a", "ab", "abc", "abcd", "user:x"] {
            let encoded = encode(format!("{before}{secret}tail").as_bytes());
            let forms = forms(secret.as_bytes());
            assert!(
                forms.iter().any(|form| encoded.windows(form.len()).any(|part| part == form)),
                "{before:?}"
            );
            for line in [encoded.clone(), encoded.to_ascii_lowercase(), [b"x=", &encoded[..], b"=="].concat()]
            {
                let plain = undo(&View::of(&line));
                let shows = |view: &View| String::from_utf8_lossy(view.bytes()).contains(secret);
                assert!(plain.iter().any(shows), "{before:?}");
            }
        }
    }

    #[test]
    fn what_is_undone_knows_its_place() {
        let view = undo(&View::of(b"x: MZXW\n6YTBOI")).into_iter().find(|view| view.bytes() == b"foobar\0");
        let view = view.expect("decoded");
        assert_eq!(view.span(0..1), (3, 5));
        assert_eq!(view.span(0..6), (3, 14));
        assert_eq!(view.span(1..2), (4, 7));
    }
}
