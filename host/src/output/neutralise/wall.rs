//! The second wall: around lines that GitHub's runner would look at, its commands are stopped.
//!
//! `::stop-commands::TOKEN` has the runner obey nothing until `::TOKEN::` comes. The token is random, new
//! each time, and never leaves sortie but to the runner, which masks it. A reporter's commands are written
//! outside: the wall is taken down before, and put up again when the next such line comes.
//!
//! The runner takes a command only where `::` begins a line, but for white space, or where `##[` is (actions/runner,
//! `ActionCommand.cs`), so the wall stands around lines that have one of these, or had one that was broken. `::`
//! within a word, as in `arn:aws:iam::123456789012:role/ci` and `std::vec`, begins no line. The log of most tasks has
//! neither, and is left without the two lines that the wall itself takes. It ends with its step, should sortie be
//! killed behind it (`ActionCommandManager.cs`: the state is a step's own).

use memchr::memmem;
use sortie_lines::LineBatch;

/// Begins every escape sequence.
const ESCAPE: u8 = 0x1b;

/// What is left of commands that were broken ([`super::search`]).
const BROKEN: [&[u8]; 2] = [b":\\:", b"#\\#["];

/// A wall that stands or not.
#[derive(Debug, Default)]
pub struct Wall {
    /// While it stands.
    token: Option<String>,
}

impl Wall {
    /// The line that puts it up, if it must stand around these lines and does not yet.
    pub fn around(&mut self, batch: &LineBatch) -> Option<String> {
        if self.token.is_some() || !is_looked_at(batch) {
            return None;
        }
        let token = format!("{:032x}", rand::random::<u128>());
        let line = format!("::stop-commands::{token}");
        self.token = Some(token);
        Some(line)
    }

    /// The line that takes it down, if it stands.
    pub fn down(&mut self) -> Option<String> {
        self.token.take().map(|token| format!("::{token}::"))
    }
}

/// Whether the runner may find a command in one of the lines, or might in one that was broken. In a piece of a line it
/// may, for what comes with the others; and where there are escape sequences, should it ever look through them.
fn is_looked_at(batch: &LineBatch) -> bool {
    let bytes = &batch.bytes;
    let holds = |text: &[u8]| memmem::find(bytes, text).is_some();
    let is_in_no_word = |at: usize| at.checked_sub(1).is_none_or(|before| !bytes[before].is_ascii_graphic());
    batch.partial
        || batch.continued
        || BROKEN.iter().any(|mark| holds(mark))
        || holds(b"##[")
        || (holds(b"::") && bytes.contains(&ESCAPE))
        || memmem::find_iter(bytes, b"::").any(is_in_no_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(line: &str) -> LineBatch {
        let mut batch = LineBatch::default();
        batch.push(line.as_bytes(), 0);
        batch
    }

    #[test]
    fn it_stands_around_what_the_runner_looks_at() {
        let mut wall = Wall::default();
        assert_eq!(wall.around(&batch("plain: ##x #[")), None);
        assert_eq!(wall.around(&batch("arn:aws:iam::123456789012:role/ci std::vec \"::1\"")), None);
        assert_eq!(wall.down(), None);
        let up = wall.around(&batch("::x")).expect("it is needed");
        let token = up.strip_prefix("::stop-commands::").expect("the command").to_owned();
        assert!(token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
        assert_eq!(wall.around(&batch("a ##[b")), None, "it stands");
        assert_eq!(wall.down(), Some(format!("::{token}::")));
        let again = wall.around(&batch("##[")).expect("it is needed again");
        assert_ne!(again, up, "never the same twice");
    }

    #[test]
    fn whatever_may_be_no_part_of_a_word_is_looked_at() {
        for line in [
            "::x",
            " ::x",
            "a ::x",
            "a\r::x",
            "\u{a0}::x",
            "\u{2028}::x",
            "\u{1b}[1m::x",
            "a::b\u{1b}[m",
            ":\\:x",
            "a #\\#[x",
        ] {
            assert!(Wall::default().around(&batch(line)).is_some(), "{line:?}");
        }
        let mut second = batch("a");
        second.push(b"::x", 0);
        assert!(Wall::default().around(&second).is_some(), "a line of its own");
    }

    #[test]
    fn a_line_in_pieces_may_be_anything() {
        let mut piece = batch("x");
        piece.partial = true;
        assert!(Wall::default().around(&piece).is_some());
        let rest = LineBatch { continued: true, ..batch("x") };
        assert!(Wall::default().around(&rest).is_some());
    }
}
