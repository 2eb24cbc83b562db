//! The second wall: around lines that GitHub's runner would look at, its commands are stopped.
//!
//! `::stop-commands::TOKEN` has the runner obey nothing until `::TOKEN::` comes. The token is random, new
//! each time, and never leaves sortie but to the runner, which masks it. A reporter's commands are written
//! outside: the wall is taken down before, and put up again when the next such line comes.
//!
//! The runner looks for a command only in lines with `::` or `##[` (actions/runner, `OutputManager.cs`), so
//! the wall stands around those. The log of most tasks has no such line, and is left without the two lines
//! that the wall itself takes. It ends with its step, should sortie be killed behind it
//! (`ActionCommandManager.cs`: the state is a step's own).

use memchr::memmem;
use sortie_lines::LineBatch;

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

/// Whether the runner looks for commands in one of the lines. In a piece of a line it may, for what comes
/// with the others.
fn is_looked_at(batch: &LineBatch) -> bool {
    let holds = |text: &[u8]| memmem::find(&batch.bytes, text).is_some();
    batch.partial || batch.continued || holds(b"::") || holds(b"##[")
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
        assert_eq!(wall.down(), None);
        let up = wall.around(&batch("std::vec")).expect("it is needed");
        let token = up.strip_prefix("::stop-commands::").expect("the command").to_owned();
        assert!(token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
        assert_eq!(wall.around(&batch("a ##[b")), None, "it stands");
        assert_eq!(wall.down(), Some(format!("::{token}::")));
        let again = wall.around(&batch("##[")).expect("it is needed again");
        assert_ne!(again, up, "never the same twice");
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
