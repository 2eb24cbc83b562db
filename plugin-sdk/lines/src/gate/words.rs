//! Long words, in which nearly all tokens are.
//!
//! There are more kinds of tokens than vectorised searches could look for, but hardly any of them are shorter
//! than [`LONG`] letters, digits, `_` and `-` in a row, and few words of a log are as long. So a search for long
//! words comes first, and what may begin in one is looked for there.

use regex_syntax::hir::Class;
use regex_syntax::hir::Hir;
use regex_syntax::hir::HirKind;

/// Bytes of a long word, at least: [`PIECES`] whole pieces, wherever pieces begin.
pub(super) const LONG: usize = PIECES * PIECE + PIECE - 1;

/// Bytes that may be between the beginning of a match and its long word.
const FAR: usize = 64;

/// Bytes that are taken together.
const PIECE: usize = 4;

/// Pieces in a row that are looked for: more than most words have.
const PIECES: usize = 4;

/// Bytes that are looked at in one step, so that the compiler makes vectors of them.
const STEP: usize = 32;

/// How far the beginning of every match is from a long word within it; `None` where there is not always one.
pub(super) fn distance(expression: &Hir) -> Option<usize> {
    match expression.kind() {
        HirKind::Capture(capture) => distance(&capture.sub),
        HirKind::Alternation(parts) => {
            let all: Option<Vec<usize>> = parts.iter().map(distance).collect();
            all?.into_iter().max()
        }
        HirKind::Concat(parts) => of_parts(parts),
        _ => of_parts(std::slice::from_ref(expression)),
    }
    .filter(|distance| *distance <= FAR)
}

fn of_parts(parts: &[Hir]) -> Option<usize> {
    // The longest that can be before the word, the longest that can be so far, and the word as far as it is sure.
    let (mut before, mut longest, mut sure) = (0, Some(0_usize), 0);
    for part in parts {
        if let HirKind::Literal(literal) = part.kind() {
            for byte in &literal.0 {
                longest = longest.map(|longest| longest + 1);
                if is_of_word(*byte) {
                    sure += 1;
                } else {
                    (before, sure) = (longest?, 0);
                }
            }
        } else {
            longest = longest.zip(part.properties().maximum_len()).map(|(longest, part)| longest + part);
            if is_word(part) {
                sure += part.properties().minimum_len().unwrap_or(0);
            } else if sure < LONG {
                (before, sure) = (longest?, 0);
            }
        }
        if sure >= LONG {
            return Some(before);
        }
    }
    None
}

/// Whether all that it matches belongs to one word.
fn is_word(part: &Hir) -> bool {
    match part.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => literal.0.iter().copied().all(is_of_word),
        HirKind::Class(Class::Bytes(class)) => {
            class.iter().all(|range| (range.start()..=range.end()).all(is_of_word))
        }
        HirKind::Class(Class::Unicode(class)) => class.iter().all(|range| {
            range.end().is_ascii() && (range.start()..=range.end()).all(|letter| is_of_word(letter as u8))
        }),
        HirKind::Repetition(repetition) => is_word(&repetition.sub),
        HirKind::Capture(capture) => is_word(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().all(is_word),
    }
}

/// The next long word that ends behind `from`, as far as it is not before: from, to.
pub(super) fn next(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    loop {
        let (begin, end) = next_pieces(bytes, at)?;
        let begin = begin - bytes[at..begin].iter().rev().take_while(|byte| is_of_word(**byte)).count();
        let end = end + bytes[end..].iter().take_while(|byte| is_of_word(**byte)).count();
        if end - begin >= LONG {
            return Some((begin, end));
        }
        at = end;
    }
}

/// Where [`PIECES`] pieces are that are all of one word.
fn next_pieces(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    const IN_STEP: usize = STEP / PIECE;
    let all = (1_u32 << PIECES) - 1;
    // A bit for each piece, those of the step before above.
    let mut whole = 0_u32;
    let mut at = from;
    while let Some(step) = bytes.get(at..at + STEP) {
        let mut of_word = [0_u8; STEP];
        for (is, byte) in of_word.iter_mut().zip(step) {
            *is = u8::from(is_of_word(*byte));
        }
        whole <<= IN_STEP;
        for (index, piece) in of_word.chunks_exact(PIECE).enumerate() {
            whole |= u32::from(piece == [1; PIECE]) << (IN_STEP - 1 - index);
        }
        let runs = (0..PIECES).fold(u32::MAX, |runs, back| runs & whole >> back);
        if runs & ((1 << (IN_STEP + PIECES - 1)) - 1) != 0 && runs != 0 {
            // The highest is the first. It counts from the end of this step.
            let last = runs.ilog2() as usize;
            debug_assert!(whole >> last & all == all);
            let end = at + STEP - last * PIECE;
            return Some((end - PIECES * PIECE, end));
        }
        at += STEP;
    }
    // What is left, with what may have begun before.
    let mut at = at.saturating_sub(PIECES * PIECE).max(from);
    while let Some(pieces) = bytes.get(at..at + PIECES * PIECE) {
        match pieces.iter().rposition(|byte| !is_of_word(*byte)) {
            Some(other) => at += other + 1,
            None => return Some((at, at + PIECES * PIECE)),
        }
    }
    None
}

/// Letters, digits, `_` and `-`. Written for vectors: no table, no branch.
#[inline]
fn is_of_word(byte: u8) -> bool {
    let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    let digit = byte.wrapping_sub(b'0') < 10;
    letter | digit | (byte == b'_') | (byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(expression: &str) -> Option<usize> {
        let mut parser = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build();
        distance(&parser.parse(expression).expect("an expression"))
    }

    #[test]
    fn every_match_holds_a_long_word_or_not() {
        assert_eq!(of("ghp_[a-z]{36,}"), Some(0));
        assert_eq!(of(r"SG\.[a-z]{22}\.[a-z]{43}"), Some(3));
        assert_eq!(of(r"\ba(?:b|cd)-[0-9]{15,}"), None, "it may have 18 bytes");
        assert_eq!(of(r"\ba(?:b|cd)-[0-9]{16,}"), Some(0));
        assert_eq!(of(r"(?:a\.|bb\.)?[0-9]{19}"), Some(3));
        assert_eq!(of("a[0-9]{19}|b{3}"), None);
        assert_eq!(of("a b[0-9]{19}|(?:c{20})"), Some(2));
        assert_eq!(of("a[^ ]*[0-9]{19}"), None, "it may be far away");
        assert_eq!(of("a[0-9+]{19,}"), None);
    }

    #[test]
    fn long_words_are_found_wherever_they_are() {
        let word = "abcdefghijklmnop_-0";
        for before in 0..70 {
            for after in [0, 1, 40] {
                let text = format!("{}{word}{}", " ".repeat(before), " ".repeat(after));
                assert_eq!(next(text.as_bytes(), 0), Some((before, before + LONG)), "{before} {after}");
                let short = format!("{}{}{}", " ".repeat(before), &word[1..], " ".repeat(after));
                assert_eq!(next(short.as_bytes(), 0), None);
            }
        }
        let two = format!("{word} {word}-");
        assert_eq!(next(two.as_bytes(), LONG), Some((LONG + 1, 2 * LONG + 2)));
    }
}
