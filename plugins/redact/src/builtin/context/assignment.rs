//! `name = value`.

use super::super::Span;
use super::super::token;
use super::judgement;
use super::names;
use super::names::Kind;
use super::value;
use super::value::Value;

/// The words of secrecy, the longest first.
const KEYWORDS: [&str; 14] = [
    "credentials",
    "credential",
    "passphrase",
    "password",
    "passcode",
    "passwd",
    "apikey",
    "secret",
    "token",
    "pass",
    "auth",
    "key",
    "pwd",
    "cred",
];

/// Bytes of a name that are looked at.
const NAME: usize = 80;

/// The value of a name that says that it is secret. The match begins in the name and ends with what separates
/// it from the value.
pub(super) fn value(line: &[u8], (start, end): Span) -> Option<Span> {
    let first = start + line[start..end].iter().position(u8::is_ascii_alphabetic)?;
    let keyword = keyword(&line[first..end])?;
    let name_end = first + line[first..end].iter().take_while(|byte| is_in_name(**byte)).count();
    let name_start =
        first - line[..first].iter().rev().take(NAME).take_while(|byte| is_in_name(**byte)).count();
    // Names of two words: `API Key`.
    let name_start = match &line[..name_start] {
        [.., letter, b' '] if keyword == 3 && letter.is_ascii_alphabetic() => {
            let word =
                line[..name_start - 1].iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
            name_start - 1 - word
        }
        _ => name_start,
    };
    let kind = names::kind(
        &line[name_start..first],
        &line[first..first + keyword],
        &line[first + keyword..name_end],
    )?;
    let separator = &line[name_end..end];
    let value = value::at(line, after_arrow(line, end))?;
    // `"full_hash_pass": 2128` counts.
    let is_number = line[value.span.0..value.span.1].iter().all(u8::is_ascii_digit);
    if keyword == "pass".len() && is_number && !value.is_quoted && separator.contains(&b'"') {
        return None;
    }
    if is_of_other(line, name_start, separator, end, &value) || !judgement::is_secret(kind, line, &value) {
        return None;
    }
    Some(trimmed(line, &value))
}

/// The value, if it is random and long.
pub(super) fn random_value(line: &[u8], (_, end): Span) -> Option<Span> {
    let value = value::at(line, end)?;
    let (start, end) = value.span;
    (end - start >= 16
        && token::is_random(&line[start..end])
        && judgement::is_secret(Kind::Token, line, &value))
    .then_some((start, end))
}

/// The new value of `name = "old" -> "new"`.
pub(super) fn changed(line: &[u8], (start, end): Span) -> Option<Span> {
    let sign = line[..start].windows(4).rposition(|part| part == b" = \"")?;
    let name = line[..sign].trim_ascii_end();
    let name = &name[name.len() - name.iter().rev().take_while(|byte| is_in_name(**byte)).count()..];
    let kind = (0..name.len()).find_map(|at| {
        let length = keyword(&name[at..])?;
        names::kind(&name[..at], &name[at..at + length], &name[at + length..])
    })?;
    let close = value::closing(line, end, 0, b'"')?;
    let value = Value { span: (end, close), is_quoted: true, is_open: false };
    judgement::is_secret(kind, line, &value).then_some(value.span)
}

/// What stands behind the first `=` of the match.
pub(super) fn behind_equals(line: &[u8], (start, end): Span) -> Option<Span> {
    let equals = line[start..end].iter().position(|byte| *byte == b'=')?;
    random_value(line, (start, start + equals + 1))
}

/// Behind the rest of `:=`, `=>`, `==`, `||`.
fn after_arrow(line: &[u8], end: usize) -> usize {
    end + line[end..].iter().take(2).take_while(|byte| matches!(byte, b'=' | b'>' | b'|')).count()
}

/// Whether what stands there belongs to something else than an assignment: a sentence, a name of an AWS
/// resource, an expression.
fn is_of_other(line: &[u8], name_start: usize, separator: &[u8], end: usize, value: &Value) -> bool {
    let sign = separator.last().copied().unwrap_or(b'=');
    let is_spaced = value.span.0 > end && matches!(line[end], b' ' | b'\t');
    // `arn:aws:secretsmanager:eu-west-1:0:secret:x`
    if sign == b':' && !is_spaced && !value.is_quoted && name_start > 0 && line[name_start - 1] == b':' {
        return true;
    }
    // A template's filter, and a placeholder in angle brackets.
    let is_template = sign == b'|' && line[..name_start].windows(2).any(|pair| pair == b"{{");
    let is_element = line[value.span.1..].first().is_none_or(|next| matches!(next, b'<' | b'\\'));
    if is_template || (sign == b'>' && !value.is_quoted && !separator.contains(&b'=') && !is_element) {
        return true;
    }
    if value.is_quoted {
        return false;
    }
    let text = &line[value.span.0..value.span.1];
    if judgement::is_made_by_machine(text) {
        return false;
    }
    if judgement::is_of_sentence(text) {
        return true;
    }
    // What follows: with white space around the sign, more words make a sentence or an expression.
    let rest = &line[value.span.1..];
    let follows = rest.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
    let is_last =
        follows.is_none_or(|byte| b"#;,)}]|<\"'\\&".contains(byte) || *byte >= 0x80 || *byte == 0x1b);
    let has_space_before = separator.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
    match sign {
        b'=' if has_space_before && is_spaced => !is_last,
        b':' if is_spaced => !is_last || ends_sentence(text, line, value.span.1),
        // One of many columns, and what it is called.
        b'\t' => line.iter().filter(|byte| **byte == b'\t').count() > 2,
        b'|' => false,
        _ => false,
    }
}

/// Whether a word ends a statement or a sentence: `password: string;`.
fn ends_sentence(text: &[u8], line: &[u8], end: usize) -> bool {
    let is_word = text.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'_' || *byte == b'.');
    is_word && matches!(line.get(end), Some(b';' | b','))
}

/// Without what closes an outer context or a statement.
fn trimmed(line: &[u8], value: &Value) -> Span {
    let (start, mut end) = value.span;
    if !value.is_quoted {
        while end > start + 1 && matches!(line[end - 1], b',' | b';') {
            end -= 1;
        }
    }
    (start, end)
}

/// How many bytes the keyword has that this begins with.
fn keyword(text: &[u8]) -> Option<usize> {
    KEYWORDS
        .iter()
        .find(|word| text.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word.as_bytes())))
        .map(|word| word.len())
}

fn is_in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}
