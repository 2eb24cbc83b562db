//! Text from outside without what a terminal or a CI system would do.

/// The commands of CI systems that are obeyed wherever they stand in a line: each gets a backslash behind its
/// first character, as sortie itself breaks them.
const MARKERS: [&str; 3] = ["##[", "##vso[", "##teamcity["];

/// One line without escape sequences, controls and characters that nobody sees. A tab and a line break become
/// a space.
pub fn line(text: &str) -> String {
    without_sequences(text)
        .chars()
        .filter_map(|character| match character {
            '\n' | '\r' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
            _ if character.is_control() => None,
            _ if is_invisible(character) => None,
            _ => Some(character),
        })
        .collect()
}

/// The same with its line breaks.
pub fn lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(line).collect();
    lines.join("\n")
}

/// One line with the commands of CI systems broken, for text that is written to a log.
pub fn unobeyed(text: &str) -> String {
    MARKERS.iter().fold(line(text), |text, marker| {
        let (first, rest) = marker.split_at(1);
        // Breaking one never makes another: what is inserted is in none.
        text.replace(marker, &format!("{first}\\{rest}"))
    })
}

/// At most so many characters; a text that is longer ends with an ellipsis.
pub fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// Marks of direction, joiners and fillers: they make a reader see another text than there is.
pub fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// The text without what a terminal takes for sequences (ECMA-48): `ESC [ … m` and its like, and strings such
/// as a window's title, which end with BEL or `ESC \`.
fn without_sequences(text: &str) -> String {
    const ESCAPE: char = '\u{1b}';
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(ESCAPE) {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let mut characters = rest.chars();
        rest = match characters.next() {
            Some('[') => {
                let sequence = characters.as_str();
                // Parameters and intermediates, then one final.
                let end = sequence.find(|c: char| !matches!(c, ' '..='?')).unwrap_or(sequence.len());
                let last = sequence[end..].chars().next().filter(|last| matches!(last, '@'..='~'));
                &sequence[end + last.map_or(0, char::len_utf8)..]
            }
            Some(']' | 'P' | 'X' | '^' | '_') => {
                let string = characters.as_str();
                let end = string.find(['\u{7}', ESCAPE]).unwrap_or(string.len());
                let end = &string[end..];
                end.strip_prefix("\u{1b}\\").or(end.strip_prefix('\u{7}')).unwrap_or(end)
            }
            // Two characters, such as `ESC c`.
            Some(' '..='~') => characters.as_str(),
            _ => rest,
        };
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sequences_go_and_words_stay() {
        for (text, expected) in [
            ("\u{1b}[1;31mred\u{1b}[0m", "red"),
            ("\u{1b}]0;title\u{7}a\u{1b}]8;;https://x\u{1b}\\b", "ab"),
            ("a\tb\r\nc\u{2028}d", "a b  c d"),
            ("\u{1b}c\u{1b}(Bx", "Bx"),
            ("\u{1b}[", ""),
            ("\u{1b}[31", ""),
            ("\u{202e}abc\u{200b}", "abc"),
            ("größer 日本 🚀", "größer 日本 🚀"),
        ] {
            assert_eq!(line(text), expected, "{text:?}");
        }
    }

    #[test]
    fn no_command_is_left() {
        assert_eq!(
            unobeyed("a ##[error] ##vso[x] ##teamcity[y]"),
            "a #\\#[error] #\\#vso[x] #\\#teamcity[y]"
        );
        assert_eq!(unobeyed("#\u{1b}[m#[error]"), "#\\#[error]");
    }

    #[test]
    fn a_cut_says_so() {
        assert_eq!((cut("äöü", 3).as_str(), cut("äöü", 2).as_str()), ("äöü", "äö…"));
    }

    proptest! {
        #[test]
        fn nothing_is_left_that_a_terminal_does(text in "(\u{1b}|\\[|\\]|;|m|#|vso|[a-c]|\u{7}|\\r|\u{9b}|\\PC){0,40}") {
            let plain = unobeyed(&text);
            prop_assert!(!plain.chars().any(|c| c.is_control() || is_invisible(c)), "{plain:?}");
            prop_assert!(!MARKERS.iter().any(|marker| plain.contains(marker)), "{plain:?}");
        }
    }
}
