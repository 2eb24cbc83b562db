//! Cookies.

use super::super::Span;
use super::judgement;
use super::value;

/// All cookies of `Cookie`; of `Set-Cookie` the value alone. The match ends with what separates the name from
/// the value.
pub(super) fn values(line: &[u8], (start, end): Span) -> Option<Span> {
    let name = line[..start].to_ascii_lowercase();
    if !name.ends_with(b"c") {
        return None;
    }
    let value = value::at(line, end)?;
    let (begin, mut last) = value.span;
    if !value.is_quoted {
        // To the end of the header, or of what is around it.
        let around =
            line[..start].iter().rev().skip(1).find(|byte| !byte.is_ascii_alphanumeric() && **byte != b'-');
        let closes = around.copied().filter(|byte| matches!(byte, b'"' | b'\''));
        let rest = &line[begin..];
        let header_end = rest.iter().position(|byte| Some(*byte) == closes || matches!(byte, b'\r' | 0x1b));
        last = begin + header_end.unwrap_or(rest.len());
        if let Some(escape) = line[begin..last].windows(2).position(|pair| pair == b"\\r" || pair == b"\\n") {
            last = begin + escape;
        }
    }
    let equals = line[begin..last].iter().position(|byte| *byte == b'=')?;
    let is_name =
        line[begin..begin + equals].iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-.$".contains(byte));
    if !is_name || equals == 0 {
        return None;
    }
    let first = &line[begin + equals + 1..last];
    let first = &first[..first.iter().position(|byte| *byte == b';').unwrap_or(first.len())];
    if judgement::is_reference(first) || judgement::is_placeholder(first) {
        return None;
    }
    if name.ends_with(b"set-c") {
        return Some((begin + equals + 1, begin + equals + 1 + first.len()));
    }
    // Words behind it are of a sentence.
    let of_sentence = line[begin..last].iter().position(|byte| *byte == b' ');
    match of_sentence {
        Some(space) if line[begin + space - 1] != b';' => Some((begin, begin + space)),
        _ => Some((begin, last)),
    }
}
