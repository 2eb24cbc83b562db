//! What a reporter may do at a time.

/// Size of the longest line on the CI system's command channel, in bytes.
pub const MAX_COMMAND: usize = 16 * 1024;

/// Lines on the command channel that one report may make.
pub const MAX_COMMANDS_PER_REPORT: usize = 1_000;

/// Bytes that one reporter may append to all its files in a run. GitHub takes a step summary of at
/// most 1 MiB.
pub const MAX_APPENDED: usize = 1024 * 1024;

/// Whether a command is one line for every CI system: no control character at all (a CI system may
/// take a carriage return for a line break, and an escape sequence for a colour), and no Unicode line
/// break.
pub fn is_one_line(command: &str) -> bool {
    !command.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_any_break_is_not_one_line() {
        assert!(is_one_line("::error title=Ü::x%0Ay"));
        for text in ["a\nb", "a\rb", "a\u{85}b", "a\u{2028}b", "a\u{1b}[0m", "a\0"] {
            assert!(!is_one_line(text), "{text:?}");
        }
    }
}
