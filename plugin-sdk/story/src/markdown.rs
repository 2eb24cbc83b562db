//! Markdown in which nothing from outside adds a heading, a link, an image or markup of its own.

use std::fmt::Write as _;

use crate::plain;

/// Characters of one text.
const MAX_TEXT: usize = 1_000;

/// Text with which a line begins: no list and no rule.
pub fn paragraph(text: &str) -> String {
    let mut escaped = escape(text);
    if escaped.starts_with(['-', ' ']) || escaped.starts_with(|first: char| first.is_ascii_digit()) {
        escaped.insert(0, '\u{200b}');
    }
    escaped
}

/// Text that Markdown and HTML leave alone within a line. ASCII punctuation that means something
/// is written as a character reference: a backslash is not enough inside of a table or an
/// automatic link.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (index, character) in text.chars().enumerate() {
        if index == MAX_TEXT {
            escaped.push('…');
            break;
        }
        match character {
            '\n' | '\r' | '\t' => escaped.push(' '),
            // Direction overrides and other controls can make a reader see another text.
            _ if character.is_control() || plain::is_invisible(character) => escaped.push('\u{fffd}'),
            // `.`, `-`, `/`, `,`, `(`, `)` and `%` are common, and harmless where nothing else
            // of Markdown is left; `:` and `@` begin links and mentions.
            '&' | '<' | '>' | '"' | '\'' | '|' | '`' | '*' | '_' | '~' | '#' | '[' | ']' | '\\' | '!'
            | '@' | '$' | '{' | '}' | '^' | '=' | '+' => {
                // Writing to a string does not fail.
                let _ = write!(escaped, "&#{};", u32::from(character));
            }
            ':' => escaped.push_str("&#58;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// A row of a table, with its line break.
pub fn row(cells: &[&str]) -> String {
    let mut row = String::new();
    for cell in cells {
        // Writing to a string does not fail.
        let _ = write!(row, "| {} ", escape(cell));
    }
    row.push_str("|\n");
    row
}

/// A link; only its text for an address that is not plain `https`.
pub fn link(text: &str, url: &str) -> String {
    match address(url) {
        Some(address) => format!("[{}]({address})", escape(text)),
        None => escape(text),
    }
}

/// The address of a link; `None` for anything that is not plain `https`.
pub fn address(url: &str) -> Option<String> {
    let rest = url.strip_prefix("https://")?;
    let mut address = "https://".to_owned();
    for byte in rest.bytes() {
        // RFC 3986, without what Markdown and HTML take for an end.
        if byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&*+,;=%".contains(&byte) {
            address.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
    Some(address.replace('&', "&amp;"))
}

/// Lines as they are, but for escape sequences and controls, between fences that are longer than any in them.
/// With the line break at the end.
pub fn fenced<S: AsRef<str>>(lines: &[S]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| plain::line(line.as_ref())).collect();
    let longest = lines.iter().map(|line| longest_run(line, '`')).max().unwrap_or_default();
    let fence = "`".repeat((longest + 1).max(3));
    let mut text = format!("{fence}text\n");
    for line in &lines {
        text.push_str(line);
        text.push('\n');
    }
    text.push_str(&fence);
    text.push('\n');
    text
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|c| c != of).map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// How CommonMark (0.31, section 4.5) reads what begins with a fence: the lines to the first that closes
    /// it, and what follows.
    fn read_fenced(text: &str) -> (Vec<&str>, Vec<&str>) {
        let mut lines = text.lines();
        let opening = lines.next().expect("a fence");
        let opening = opening.len() - opening.trim_start_matches('`').len();
        let closes = |line: &&str| {
            let trimmed = line.trim_start_matches(' ');
            let run = trimmed.len() - trimmed.trim_start_matches('`').len();
            line.len() - trimmed.len() < 4
                && run >= opening
                && trimmed.trim_start_matches('`').trim().is_empty()
        };
        let inside: Vec<&str> = lines.by_ref().take_while(|line| !closes(line)).collect();
        (inside, lines.collect())
    }

    #[test]
    fn a_fence_is_longer_than_any_in_it() {
        assert_eq!(fenced(&["a"]), "```text\na\n```\n");
        assert_eq!(fenced(&["````", "x"]), "`````text\n````\nx\n`````\n");
        assert_eq!(fenced::<&str>(&[]), "```text\n```\n");
    }

    #[test]
    fn only_https_is_linked() {
        assert_eq!(link("Task", "https://x/?a=1&y=(2)"), "[Task](https://x/?a=1&amp;y=%282%29)");
        assert_eq!(link("Bad", "javascript:alert(1)"), "Bad");
        assert_eq!(link("[x](", "https://x/ \")"), "[&#91;x&#93;(](https://x/%20%22%29)");
    }

    proptest! {
        #[test]
        fn nothing_leaves_its_fence(lines in proptest::collection::vec("[`~ a\\n\\r\u{2028}\u{1b}]{0,8}", 0..6)) {
            let text = fenced(&lines);
            let (inside, after) = read_fenced(&text);
            prop_assert_eq!((inside.len(), after.len()), (lines.len(), 0));
        }

        #[test]
        fn no_markup_is_left(text in "\\PC{0,60}") {
            let escaped = escape(&text);
            prop_assert!(!escaped.contains(['<', '>', '|', '`', '*', '[', ']', '\\', '@', '\n']), "{escaped}");
        }
    }
}
