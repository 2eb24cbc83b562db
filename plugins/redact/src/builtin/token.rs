//! What tells a token from other words.

use super::Span;

/// Bytes at the end of a token that are looked at. A random one of hexadecimal digits has 10 different ones
/// there, fewer than [`DIFFERENT`] once in two million; DNA has 4, and a placeholder (`xxxx`) has one.
const TAIL: usize = 16;

/// Different bytes that the end of a token has at least.
const DIFFERENT: usize = 5;

/// The token, if it looks random.
pub(super) fn varied(line: &[u8], (start, end): Span) -> Option<Span> {
    is_random(&line[start..end]).then_some((start, end))
}

/// The token, if it looks random and no word goes on with it.
pub(super) fn alone(line: &[u8], (start, end): Span) -> Option<Span> {
    if is_inside_of_word(line, start) { None } else { varied(line, (start, end)) }
}

/// The token, if it also has digits and letters of both cases: its beginning says little.
pub(super) fn mixed(line: &[u8], span: Span) -> Option<Span> {
    let (start, end) = alone(line, span)?;
    let has = |kind: fn(&u8) -> bool| line[start..end].iter().any(kind);
    (has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase))
        .then_some((start, end))
}

/// Neither a placeholder nor words.
pub(super) fn is_random(token: &[u8]) -> bool {
    let tail = &token[token.len().saturating_sub(TAIL)..];
    let is_new = |at: &usize| !tail[..*at].contains(&tail[*at]);
    if (0..tail.len()).filter(is_new).count() < DIFFERENT {
        return false;
    }
    let has = |kind: fn(&u8) -> bool| tail.iter().any(kind);
    let separators = tail.iter().filter(|byte| b"-_.".contains(byte)).count();
    separators == 0 || has(u8::is_ascii_digit) || (has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase))
}

/// Whether what stands before is part of the same word. A letter that belongs to an escape sequence is not:
/// `\n`, `%0A`, `\u0022`, and the end of a colour.
pub(super) fn is_inside_of_word(line: &[u8], start: usize) -> bool {
    let before = &line[..start];
    match before.last() {
        Some(last) if last.is_ascii_alphanumeric() => {}
        _ => return false,
    }
    if let [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f' | b'v' | b'a' | b'e' | b'0'] = before {
        return false;
    }
    if let [.., b'%', high, low] = before
        && high.is_ascii_hexdigit()
        && low.is_ascii_hexdigit()
    {
        return false;
    }
    if let [.., b'\\', b'x', high, low] = before
        && high.is_ascii_hexdigit()
        && low.is_ascii_hexdigit()
    {
        return false;
    }
    if let [.., b'\\', b'u', _, _, _, _] = before {
        return false;
    }
    !ends_with_colour(before)
}

/// Whether the last bytes are an escape sequence that a terminal obeys (ECMA-48, 5.4: CSI), or one as JSON
/// and shells write it.
pub(super) fn ends_with_colour(before: &[u8]) -> bool {
    let [parameters @ .., b'm' | b'K'] = before else { return false };
    let digits = parameters.iter().rev().take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    parameters[..parameters.len() - digits].ends_with(b"[")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_dna_and_words_are_not_random() {
        for token in ["ghp_xxxxxxxxxxxxxxxxxxxxxxxx", "ACCAGTGCATGCCAGGTTAACC", "sk-learn-toolkit-for-you"] {
            assert!(!is_random(token.as_bytes()), "{token}");
        }
        for token in ["AKIAIOSFODNNZEXAMPLE", "sk-0123-abcd-ef01", "aB-cD-eF-gH-iJ-kL"] {
            assert!(is_random(token.as_bytes()), "{token}");
        }
    }

    #[test]
    fn a_letter_of_an_escape_sequence_is_no_part_of_a_word() {
        for before in ["", " ", "\"", "a ", "\\n", "%3D", "\\u003d", "\\x1b[0m", "\u{1b}[01;31m", "_", "\\t"]
        {
            assert!(!is_inside_of_word(before.as_bytes(), before.len()), "{before:?}");
        }
        for before in ["M", "9", "an", "item", "100%n"] {
            assert!(is_inside_of_word(before.as_bytes(), before.len()), "{before:?}");
        }
    }
}
