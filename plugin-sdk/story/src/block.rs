//! The reason in colour, for a system that has nothing but its log.

use crate::Story;
use crate::plain;

/// Characters of one line.
const MAX_LINE: usize = 2_000;
/// Bold red, yellow, and the end of both (ECMA-48, SGR).
const RED: &str = "\u{1b}[1;31m";
const YELLOW: &str = "\u{1b}[33m";
const RESET: &str = "\u{1b}[0m";

/// Lines that say why the run failed, in which step, and what to do; none when it succeeded. They hold no
/// control characters but those of colour, and nothing that a CI system obeys anywhere in a line.
pub fn lines(story: &Story) -> Vec<String> {
    let Some(failure) = story.failure() else { return Vec::new() };
    let hint = &story.finished.hint;
    let mut lines = vec![format!("{RED}✘ {}{RESET}", shown(&failure.title))];
    for line in failure.message.lines() {
        let color = if line == hint { YELLOW } else { RED };
        lines.push(format!("{color}  {}{RESET}", shown(line)));
    }
    lines
}

fn shown(text: &str) -> String {
    plain::cut(&plain::unobeyed(text), MAX_LINE)
}
