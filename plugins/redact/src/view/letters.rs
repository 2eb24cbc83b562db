//! A text without its quotes and backslashes.
//!
//! How often a quote stands where there was one, and what stands beside it, depends on who quotes: `'\''`,
//! `'"'"'`, `\'`, `''`. So they are taken out of both the value and the line; where the rest agrees, those of
//! the value must be among those of the line, and the line may have no others than such that a shell needs.

use super::View;

/// A text without its quotes and backslashes, and where the rest stands in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Letters {
    /// The rest.
    pub(crate) bytes: Vec<u8>,
    /// Index of each of these bytes in the text.
    places: Vec<u32>,
}

/// Quotes, backslash and backtick.
fn is_quote(byte: u8) -> bool {
    matches!(byte, b'\'' | b'"' | b'\\' | b'`')
}

/// What shells set before a character that is special to them.
fn is_escape(byte: u8) -> bool {
    matches!(byte, b'\\' | b'`')
}

/// The view in UTF-8: a byte that cannot be UTF-8 is taken for a character of ISO 8859-1. `None` where it is.
pub(crate) fn in_utf8(view: &View) -> Option<View> {
    if std::str::from_utf8(view.bytes()).is_ok() {
        return None;
    }
    let mut known = View::default();
    let mut at = 0;
    for chunk in view.bytes().utf8_chunks() {
        let end = at + chunk.valid().len();
        known.copy(view, at..end);
        for (index, byte) in chunk.invalid().iter().enumerate() {
            let mut bytes = [0; 2];
            let spelt = char::from(*byte).encode_utf8(&mut bytes);
            known.push(spelt.as_bytes(), view, end + index..end + index + 1);
        }
        at = end + chunk.invalid().len();
    }
    Some(known)
}

impl Letters {
    /// Those of a text.
    pub(crate) fn of(text: &[u8]) -> Self {
        let mut letters = Self::default();
        for (place, byte) in text.iter().enumerate() {
            if !is_quote(*byte) {
                letters.bytes.push(*byte);
                letters.places.push(place as u32);
            }
        }
        letters
    }

    /// Where `value` stands in `text`, of which these are the letters, given that its letters are those from
    /// `first` to `last`. `None` where the quotes do not agree.
    pub(crate) fn confirm(
        &self,
        text: &[u8],
        first: usize,
        last: usize,
        value: &[u8],
    ) -> Option<(usize, usize)> {
        let (from, to) = (*self.places.get(first)? as usize, *self.places.get(last)? as usize);
        let begin = value.iter().position(|byte| !is_quote(*byte))?;
        let end = value.iter().rposition(|byte| !is_quote(*byte))? + 1;
        between_agree(&text[from..=to], &value[begin..end])?;
        let after = quotes(&text[to + 1..]);
        let mut start = from - quotes_before(&text[..from], &value[..begin])?;
        // A backslash that escapes the first character is of no use without it.
        if !text[start].is_ascii_alphanumeric() {
            start -= text[..start].iter().rev().take_while(|byte| is_escape(**byte)).count();
        }
        Some((start, to + 1 + quotes_after(after, &value[end..])?))
    }
}

/// The quotes that a text begins with.
fn quotes(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !is_quote(*byte)).unwrap_or(text.len());
    &text[..end]
}

/// Whether the quotes between the letters of a text are those of the value.
fn between_agree(mut text: &[u8], mut value: &[u8]) -> Option<()> {
    while let (Some((_, text_rest)), Some((_, value_rest))) = (text.split_first(), value.split_first()) {
        let (theirs, ours) = (quotes(text_rest), quotes(value_rest));
        (text, value) = (&text_rest[theirs.len()..], &value_rest[ours.len()..]);
        let agree = match ours {
            [] => {
                let is_special = text.first().is_some_and(|next| !next.is_ascii_alphanumeric());
                theirs.is_empty() || is_special && theirs.iter().all(|byte| is_escape(*byte))
            }
            ours => quotes_after(theirs, ours).is_some(),
        };
        if !agree {
            return None;
        }
    }
    Some(())
}

/// Bytes at the beginning of `theirs` among which `ours` are, in order. Backslashes may be missing at the
/// end, where they are taken for a part of what follows.
fn quotes_after(theirs: &[u8], ours: &[u8]) -> Option<usize> {
    let mut end = 0;
    for wanted in ours {
        match theirs[end..].iter().position(|byte| byte == wanted) {
            Some(found) => end += found + 1,
            None if is_escape(*wanted) => {}
            None => return None,
        }
    }
    Some(end)
}

/// Bytes at the end of `text` among which `ours` are.
fn quotes_before(text: &[u8], ours: &[u8]) -> Option<usize> {
    let mut start = text.len();
    let first = text.iter().rposition(|byte| !is_quote(*byte)).map_or(0, |last| last + 1);
    for wanted in ours.iter().rev() {
        match text[first..start].iter().rposition(|byte| byte == wanted) {
            Some(found) => start = first + found,
            None if is_escape(*wanted) => {}
            None => return None,
        }
    }
    Some(text.len() - start)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What of a text is a value, as whoever searches for its letters finds it.
    fn found<'a>(text: &'a str, value: &str) -> Option<&'a str> {
        let (letters, wanted) = (Letters::of(text.as_bytes()), Letters::of(value.as_bytes()));
        let length = wanted.bytes.len();
        let places = letters.bytes.windows(length).enumerate().filter(|(_, part)| *part == wanted.bytes);
        let mut spans = places.filter_map(|(first, _)| {
            letters.confirm(text.as_bytes(), first, first + length - 1, value.as_bytes())
        });
        spans.next().map(|(from, to)| &text[from..to])
    }

    #[test]
    fn quotes_of_every_shell_agree() {
        for (text, value, span) in [
            (r"x='it'\''s'", "it's", r"it'\''s"),
            (r#"x='it'"'"'s'"#, "it's", r#"it'"'"'s"#),
            (r"it\'s", "it's", r"it\'s"),
            ("'it''s'", "it's", "it''s"),
            (r"''\''abc'\'''", "'abc'", "'abc'"),
            (r#"{"k":"'abc'"}"#, "'abc'", "'abc'"),
            (r#"{"k":"\"abc\""}"#, "\"abc\"", r#"\"abc\""#),
            (r"a\$b\ c", "a$b c", r"a\$b\ c"),
            (r"\$ab", "$ab", r"\$ab"),
            (r"C:\$ab", "$ab", r"\$ab"),
            ("`$ab`\"c", "$ab\"c", "`$ab`\"c"),
            (r"a\\zb", r"a\zb", r"a\\zb"),
            (r"ab\\", r"ab\", r"ab\"),
        ] {
            assert_eq!(found(text, value), Some(span), "{value} in {text}");
        }
    }

    #[test]
    fn quotes_that_the_value_does_not_have_or_the_text_lacks_do_not() {
        for (text, value) in
            [(r"ab\cd", "abcd"), ("ab''cd", "abcd"), ("its", "it's"), ("abc", "'abc'"), ("it\"s", "it's")]
        {
            assert_eq!(found(text, value), None, "{value} in {text}");
        }
    }

    #[test]
    fn what_is_no_utf8_is_latin() {
        let view = in_utf8(&View::of(b"p\xe4 \xc3\xa4\xff")).expect("no UTF-8");
        assert_eq!(view.bytes(), "pä ä\u{ff}".as_bytes());
        assert_eq!(view.span(1..3), (1, 2));
        assert_eq!(view.span(4..6), (3, 5));
    }
}
