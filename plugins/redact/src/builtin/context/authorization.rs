//! The header `Authorization`, as it is sent, dumped and configured.

use super::super::Span;
use super::super::token;
use super::judgement;
use super::value;

/// Schemes behind which anything is a credential that is no sentence.
const SCHEMES: [&str; 9] =
    ["bearer", "basic", "digest", "token", "negotiate", "ntlm", "apikey", "oauth", "splunk"];

/// What authorizes: scheme and credentials. The match ends with what separates the name from the value.
pub(super) fn credentials(line: &[u8], (start, end): Span) -> Option<Span> {
    // `=>`, and `:` `=` of assignments.
    let at = end + line[end..].iter().take(2).take_while(|byte| matches!(byte, b'>' | b'=')).count();
    let at = value::skip(line, at);
    let value = value::at(line, at)?;
    if value.is_quoted && value.span.0 > at {
        return judged(line, value.span);
    }
    // The quote or bracket that is around the whole header, or around its value.
    let begin = if line.get(at) == Some(&b'[') { at + 1 } else { at };
    let begin = value::skip(line, begin);
    let closes = around(line, start);
    let (credentials, _) = credentials_end(line, begin, closes);
    judged(line, (begin, credentials))
}

/// What follows the word `bearer`, wherever it stands.
pub(super) fn bearer(line: &[u8], (start, end): Span) -> Option<Span> {
    let name = line[start..end].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let begin = value::skip(line, start + name);
    (token::is_random(&line[begin..end]) && judgement::is_made_by_machine(&line[begin..end]))
        .then_some((begin, end))
}

/// The quote that opens before the name.
fn around(line: &[u8], start: usize) -> Option<u8> {
    let mut names = line[..start]
        .iter()
        .rev()
        .skip_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    names.next().copied().filter(|byte| matches!(byte, b'"' | b'\'' | b'`'))
}

/// Where credentials end that begin here: behind one word, or two of which the first is a scheme, or a list of
/// parameters with commas between. And whether there is a scheme.
fn credentials_end(line: &[u8], begin: usize, closes: Option<u8>) -> (usize, bool) {
    let mut at = word_end(line, begin, closes);
    let first = &line[begin..at];
    let is_scheme =
        !first.is_empty() && first.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    if !is_scheme || line.get(at) != Some(&b' ') || first.len() > 24 {
        return (at, false);
    }
    loop {
        let next = value::skip(line, at);
        let end = word_end(line, next, closes);
        if end == next {
            return (at, true);
        }
        at = end;
        if line[next..end].last() != Some(&b',') && line.get(value::skip(line, end)) != Some(&b',') {
            return (at, true);
        }
        if line.get(at) == Some(&b',') {
            at += 1;
        }
    }
}

/// Where a word ends: at white space outside of quotes, at what closes the header, at an escaped new line.
fn word_end(line: &[u8], begin: usize, closes: Option<u8>) -> usize {
    let mut at = begin;
    let mut is_quoted = false;
    while let Some(byte) = line.get(at) {
        match byte {
            // A quote in the header itself is escaped.
            _ if Some(*byte) == closes && (at == begin || line[at - 1] != b'\\') => break,
            _ if Some(*byte) == closes => {}
            b'"' if at > begin && (line[at - 1] == b'=' || is_quoted) => is_quoted = !is_quoted,
            b'"' | b'\'' | b'`' if !is_quoted => break,
            b' ' | b'\t' if !is_quoted => break,
            b'\r' | b'<' | 0x1b => break,
            b'\\' if matches!(line.get(at + 1), Some(b'r' | b'n')) => break,
            b'\\'
                if matches!(line.get(at + 1), Some(b'"' | b'\''))
                    && (at == begin || line[at - 1] != b'=')
                    && !is_quoted =>
            {
                break;
            }
            b']' | b')' | b'}'
                if !is_quoted && line.get(at + 1).is_none_or(|next| b" ],)}".contains(next)) =>
            {
                break;
            }
            b',' if !is_quoted && line.get(at + 1).is_none_or(|next| *next == b'"' || *next == b'\'') => {
                break;
            }
            _ => {}
        }
        at += 1;
    }
    at
}

/// Whether this authorizes, or says something of authorization.
fn judged(line: &[u8], (start, mut end): Span) -> Option<Span> {
    while end > start && matches!(line[end - 1], b',' | b';' | b'\\') {
        end -= 1;
    }
    let text = &line[start..end];
    let space = text.iter().position(|byte| matches!(byte, b' ' | b'\t'));
    let Some(space) = space else {
        let secret = judgement::is_made_by_machine(text)
            && !judgement::is_reference(text)
            && !judgement::is_placeholder(text);
        return secret.then_some((start, end));
    };
    let scheme = text[..space].to_ascii_lowercase();
    let credentials = text[space..].trim_ascii();
    if credentials.is_empty()
        || judgement::is_reference(credentials)
        || judgement::is_placeholder(credentials)
        || credentials.contains(&b'$')
    {
        return None;
    }
    let known = SCHEMES.iter().any(|known| known.as_bytes() == scheme);
    let first = credentials.split(|byte| matches!(byte, b' ' | b'\t')).next().unwrap_or_default();
    let has_digit = first.iter().any(u8::is_ascii_digit);
    let is_credential = match known {
        true => {
            judgement::is_made_by_machine(first) || (first.len() >= 6 && (has_digit || first.contains(&b'=')))
        }
        false if credentials.starts_with(b"/") => false,
        false => {
            judgement::is_made_by_machine(first)
                || (first.contains(&b'=') && first.len() >= 4)
                || (first.contains(&b':') && has_digit && first.len() >= 16)
        }
    };
    is_credential.then_some((start, end))
}
