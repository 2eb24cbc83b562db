//! Text from a guest on its way to a person. Guests are hostile: what would move a terminal's
//! cursor, break a line or turn the reading direction does not get through.

use crate::invisible::is_invisible;

/// `text` on one line, without control and formatting characters, cut to `max` characters.
pub(crate) fn clean(text: &str, max: usize) -> String {
    let mut out: String = text.chars().take(max).map(|c| if is_invisible(c) { ' ' } else { c }).collect();
    if text.chars().nth(max).is_some() {
        out.push('…');
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_and_line_breaks_do_not_get_through() {
        assert_eq!(clean("a\u{1b}[2Jb\r\n::error::c", 100), "a [2Jb  ::error::c");
        assert_eq!(clean("\u{202e}evil", 100), "evil");
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        assert_eq!(clean("abcdef", 3), "abc…");
        assert_eq!(clean("abc", 3), "abc");
    }

    proptest! {
        #[test]
        fn nothing_unsafe_is_left(text in ".*") {
            let cleaned = clean(&text, 50);
            prop_assert!(!cleaned.chars().any(is_invisible));
            prop_assert!(cleaned.chars().count() <= 51);
        }
    }
}
