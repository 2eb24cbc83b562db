//! Passwords in command lines and queries.

use super::super::Span;
use super::judgement;
use super::names::Kind;
use super::value;

/// What follows a flag that is called a password or a token.
pub(super) fn flag(line: &[u8], (start, end): Span) -> Option<Span> {
    // A flag is a word of its own, not the end of one: `default-authentication-password`.
    let is_of_word = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let before = line[..start].iter().rev().take_while(is_of_word).count();
    if before > 0 && line[start - before] != b'-' {
        return None;
    }
    // The value may be in quotes, which the match holds where arguments are in a list.
    let quotes = line[..end].iter().rev().take_while(|byte| matches!(byte, b'"' | b'\'' | b'\\')).count();
    let found = value::at(line, end - quotes)?;
    let text = &line[found.span.0..found.span.1];
    let is_flag =
        text.starts_with(b"-") && text.get(1).is_some_and(|byte| *byte == b'-' || byte.is_ascii_lowercase());
    if is_flag || judgement::is_of_sentence(text) {
        return None;
    }
    let kind = if line[start..end].starts_with(b"-pass") || line[..end].ends_with(b"pass ") {
        Kind::Password
    } else {
        Kind::Token
    };
    // Help texts write what is to be given in capitals.
    let is_named = text.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_');
    (!is_named && judgement::is_secret(kind, line, &found)).then_some(found.span)
}

/// What follows, whatever it is.
pub(super) fn value(line: &[u8], (_, end): Span) -> Option<Span> {
    let found = value::at(line, end)?;
    let text = &line[found.span.0..found.span.1];
    // `-p 8080:8080`, `-u 1000:1000` and a flag that has no value.
    let is_number = text.iter().all(|byte| byte.is_ascii_digit() || *byte == b':');
    // `--password` behind `mysql`, of which the `-p` is found.
    let is_of_flag = line[..end].ends_with(b"--p");
    if text.starts_with(b"-") || is_of_flag || is_number || judgement::is_of_sentence(text) {
        return None;
    }
    judgement::is_secret(Kind::Password, line, &found).then_some(found.span)
}

/// The string that the match has opened.
pub(super) fn quoted(line: &[u8], (_, end): Span) -> Option<Span> {
    let mark = *line[..end].last()?;
    let close = value::closing(line, end, 0, mark)?;
    let found = value::Value { span: (end, close), is_quoted: true, is_open: false };
    judgement::is_secret(Kind::Password, line, &found).then_some(found.span)
}
