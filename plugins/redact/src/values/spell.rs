//! Expressions for a value however it is escaped.
//!
//! Letters and digits stand as they are in every text that is meant to be read, but for colour between them;
//! anything else may be spelt in many ways. An expression may match a little more than the value, but no
//! less.

use std::fmt::Write;
use std::ops::Range;

/// Bytes of a value that an expression stands for at most: what follows hardly rules out anything, and every
/// letter makes it longer to be read.
const TOLD: usize = 12;

/// Bytes of a text that may end with a line, at most: a longer part of it is taken for all of it.
const LONGEST: usize = 48;

/// Letters and digits at the beginning of an expression without which too much would have to be compared.
pub(super) const BEGINNING: usize = 4;

/// Bytes that follow a beginning for it to be told from other words.
const TELLING: usize = 8;

/// Colour between the first letters. No more than that: with each alternative there is more to be searched.
const COLOUR: &str = r"(?:\x1b\[[0-9;:]*[mK])*";

/// What may stand between two later letters: colour, also escaped itself, and what is struck over.
const HIDDEN: &str = r"(?:\x1b[\[(][0-9;:]*[A-Za-z]|\\+(?:u001[bB]|x1[bB]|033|e|E)\[[0-9;:]*[A-Za-z]|.\x08)*";

/// A character that is spelt in one way or another: no more bytes than that, for each of its own.
const SPELT: usize = 16;
/// The same for several of them in a row.
const MOST_SPELT: usize = 256;

/// What an escape begins with.
const ESCAPE: &str = r"\\%&+'\x22\x60";

/// What may follow that in an escape, and no more.
const ESCAPED: &str =
    r"[^a-zA-Z0-9\n]{0,7}(?:(?:u00|x|#[xX]?|2[25])?[0-9a-fA-F]{2,4};?|(?:amp;)*[A-Za-z]{2,8};)?";

/// Where a value is told best: its first letters and digits in a row with something behind them.
pub(super) fn beginning(value: &[u8]) -> Option<usize> {
    let telling = TELLING.min(value.len());
    let run = |least: usize| {
        runs(value).find(|run| run.len() >= least && value.len() - run.start >= telling).map(|run| run.start)
    };
    run(BEGINNING).or_else(|| run(BEGINNING - 1))
}

/// Letters and digits in a row.
pub(super) fn runs(value: &[u8]) -> impl Iterator<Item = Range<usize>> {
    runs_of(value, u8::is_ascii_alphanumeric)
}

/// Characters in a row that no encoder of JSON changes.
pub(super) fn same_in_json(value: &[u8]) -> impl Iterator<Item = Range<usize>> {
    runs_of(value, |byte| matches!(byte, b' '..=b'~') && !b"\"\\<>&'+/=`".contains(byte))
}

fn runs_of(value: &[u8], is_one: fn(&u8) -> bool) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + value[at..].iter().position(is_one)?;
        let length = value[start..].iter().take_while(|byte| is_one(byte)).count();
        at = start + length;
        Some(start..at)
    })
}

/// The value however it is spelt, from its [`beginning`] on, or from its first byte where it has none.
pub(super) fn whole(value: &[u8], beginning: Option<usize>) -> String {
    let from = beginning.unwrap_or(0);
    let run = value[from..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let mut expression = String::new();
    let mut at = from;
    let end = value.len().min(from + TOLD);
    while at < end {
        let between = match at - from {
            0 => "",
            letters if beginning.is_some() && letters < run.min(BEGINNING) => COLOUR,
            _ => HIDDEN,
        };
        expression.push_str(between);
        let special = value[at..end].iter().take_while(|byte| !byte.is_ascii_alphanumeric()).count();
        if special == 0 {
            expression.push(char::from(value[at]));
            at += 1;
            continue;
        }
        // Itself, or what begins an escape; then whatever.
        let most = (SPELT * special).min(MOST_SPELT);
        let _ = write!(expression, r"(?:\x{:02x}|[{ESCAPE}\x80-\xff])[^\n]{{0,{most}}}?", value[at]);
        at += special;
    }
    expression
}

/// A text in base64, in either alphabet, and escaped.
pub(super) fn base64(text: &[u8]) -> String {
    let spelt = |letter: &u8| match letter {
        b'+' => r"(?:[+\-]|%(?:25)*2[bB]|\\+u002[bB])".to_owned(),
        b'/' => r"(?:\\*[/_]|%(?:25)*2[fF]|\\+u002[fF])".to_owned(),
        letter => char::from(*letter).to_string(),
    };
    text.iter().map(spelt).collect()
}

/// The beginning of a text at the end of a line: at least its first `least` bytes, and not all of it. What is
/// no letter or digit may be spelt anyhow; whatever is behind the first [`LONGEST`] bytes may follow.
pub(super) fn at_end(text: &[u8], least: usize) -> String {
    let mut expression = String::new();
    let last = text.len() - 1;
    let shown = last.min(LONGEST);
    for (at, byte) in text[..shown].iter().enumerate() {
        // Each letter may follow only what is before it.
        if at >= least {
            expression.push_str("(?:");
        }
        match byte {
            byte if byte.is_ascii_alphanumeric() => expression.push(char::from(*byte)),
            // What it begins with is searched as it is.
            byte if at < least => {
                let _ = write!(expression, r"\x{byte:02x}");
            }
            byte => {
                let _ = write!(expression, r"(?:\x{byte:02x}|[{ESCAPE}]{ESCAPED})");
            }
        }
    }
    if last > LONGEST {
        expression.push_str("[^\\n]*");
    }
    expression.extend((least..shown).map(|_| ")?"));
    expression.push_str("[ \\t\\r]*$");
    expression
}
