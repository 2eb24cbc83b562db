//! What a reporter may do at a time.

/// Size of the longest line on the CI system's command channel, in bytes.
pub const MAX_COMMAND: usize = 16 * 1024;

/// Lines on the command channel that one report may make.
pub const MAX_COMMANDS_PER_REPORT: usize = 1_000;

/// Bytes that one reporter may append to one file in a run. GitHub takes a step summary of at most 1 MiB.
pub const MAX_APPENDED: usize = 1024 * 1024;

/// Bytes of a file that a reporter writes as a whole: what it can hand to the host in one call.
pub const MAX_DOCUMENT: usize = 8 * 1024 * 1024;

/// Whether a command is one line that does nothing but what commands of CI systems need. No control
/// characters but these two, which GitLab's sections are made of
/// (<https://docs.gitlab.com/ci/jobs/job_logs/>): carriage return, and escape sequences that set colours
/// (`ESC [ … m`) or erase the line (`ESC [ … K`). A command is written as it is, also to a terminal, where
/// other sequences would move the cursor or reach the clipboard. No line break of Unicode's either.
pub fn is_one_line(command: &str) -> bool {
    let mut rest = command;
    while let Some(at) = rest.find(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        let found = &rest[at..];
        rest = match found.strip_prefix('\r').or_else(|| after_escape_sequence(found)) {
            Some(rest) => rest,
            None => return false,
        };
    }
    true
}

/// What follows a sequence `ESC [ … m` or `ESC [ … K` that `text` begins with.
fn after_escape_sequence(text: &str) -> Option<&str> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    let end = parameters.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    parameters[end..].strip_prefix(['m', 'K'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_any_break_is_not_one_line() {
        for text in ["a\nb", "a\u{85}b", "a\u{2028}b", "a\0", "a\tb", "\u{7f}"] {
            assert!(!is_one_line(text), "{text:?}");
        }
    }

    #[test]
    fn commands_of_all_ci_systems_are_one_line() {
        let gitlab =
            "\u{1b}[0Ksection_start:1560896352:build[collapsed=true]\r\u{1b}[0K\u{1b}[1;36mBuild\u{1b}[0m";
        for text in ["::error title=Ü::x%0Ay", "##vso[task.complete result=Failed;]", gitlab, "", "a\rb"] {
            assert!(is_one_line(text), "{text:?}");
        }
    }

    #[test]
    fn other_escape_sequences_are_refused() {
        let sequences = [
            "\u{1b}",
            "\u{1b}[",
            "\u{1b}[2J",
            "\u{1b}[0",
            "\u{1b}]52;c;AAAA\u{7}",
            "\u{1b}]0;title\u{1b}\\",
            "\u{1b}c",
            "\u{1b}[?25l",
            "\u{9b}2J",
            "\u{1b}[1A",
            "\u{1b}\u{1b}[m",
        ];
        for text in sequences {
            assert!(!is_one_line(text), "{text:?}");
        }
    }
}
