//! What a guest says through `logging`, and effects that it was refused: for whoever runs the plugin.
//!
//! A filter's words may quote the lines that it was shown, which it may be there to hide. So what it says
//! after the first line is counted and not kept, whatever it is.

use std::collections::BTreeSet;

use super::text::clean;
use crate::plugin::effects::EffectCode;
use crate::plugin::effects::EffectError;

/// How much a message matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For whoever writes the plugin.
    Debug,
    /// For whoever wants to know more.
    Info,
    /// Something is probably not as meant.
    Warn,
    /// Something failed.
    Error,
}

/// Something that a plugin said, or that the host says of it. Safe to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// How much it matters.
    pub level: Level,
    /// One line.
    pub text: String,
    /// The host says it: an effect was refused.
    pub of_host: bool,
}

/// The words of one instance.
#[derive(Debug, Default)]
pub(crate) struct Words {
    /// Since they were last taken.
    messages: Vec<Message>,
    /// Messages that were not kept, because they are too many.
    dropped: u64,
    /// Messages that were not kept, because they may quote a line.
    withheld: u64,
    /// It was shown a line.
    has_seen_lines: bool,
    /// What the last message of level error was: often a panic.
    last_error: String,
    /// Effects that were refused and told.
    refused: BTreeSet<(&'static str, EffectCode)>,
}

impl Words {
    /// Keeps a message of at most `chars` characters, where fewer than `max` are kept already.
    pub(crate) fn say(&mut self, level: Level, text: &str, chars: usize, max: usize) {
        let text = clean(text, chars);
        if level == Level::Error {
            self.last_error.clone_from(&text);
        }
        match (self.has_seen_lines, self.messages.len() < max) {
            (true, _) => self.withheld += 1,
            (false, true) => self.messages.push(Message { level, text, of_host: false }),
            (false, false) => self.dropped += 1,
        }
    }

    /// Notes that an effect was refused, once for each kind of effect and reason.
    pub(crate) fn refuse(&mut self, effect: &'static str, error: &EffectError) {
        if self.refused.insert((effect, error.code)) {
            self.messages.push(Message { level: Level::Warn, text: error.message.clone(), of_host: true });
        }
    }

    /// From now on it may quote lines.
    pub(crate) fn has_seen_lines(&mut self) {
        self.has_seen_lines = true;
    }

    /// The last message of level error.
    pub(crate) fn last_error(&self) -> &str {
        &self.last_error
    }

    /// What was said since this was last asked, and how many messages are not among it.
    pub(crate) fn take(&mut self) -> Vec<Message> {
        let mut messages = std::mem::take(&mut self.messages);
        let mut left_out = |count: u64, why: &str| {
            if count > 0 {
                let text = format!("messages left out, {why}: {count}");
                messages.push(Message { level: Level::Info, text, of_host: true });
            }
        };
        left_out(std::mem::take(&mut self.dropped), "too many in one call");
        left_out(std::mem::take(&mut self.withheld), "which may quote log lines");
        messages
    }
}

/// Where a guest panicked, as its last words tell it: `src/lib.rs:30:9`, and nothing else of them. The
/// place is a constant of the program, so that it can be told where the words themselves may quote a line.
pub(crate) fn place_of_panic(words: &str) -> Option<&str> {
    let (_, after) = words.split_once("panicked at ")?;
    let place = after.split([' ', '\n']).next()?.trim_end_matches(':');
    let mut parts = place.rsplitn(3, ':');
    let (column, line, path) = (parts.next()?, parts.next()?, parts.next()?);
    let is_number = |text: &str| (1..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let is_path = path.len() <= 200
        && path.ends_with(".rs")
        && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-".contains(&b));
    (is_number(column) && is_number(line) && is_path).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(words: &mut Words) -> Vec<String> {
        words.take().into_iter().map(|message| message.text).collect()
    }

    #[test]
    fn what_a_filter_says_after_a_line_is_counted_only() {
        let mut words = Words::default();
        words.say(Level::Info, "ready", 100, 10);
        words.has_seen_lines();
        words.say(Level::Error, "bad line: hunter2", 100, 10);
        assert_eq!(texts(&mut words), ["ready", "messages left out, which may quote log lines: 1"]);
        assert!(texts(&mut words).is_empty());
    }

    #[test]
    fn a_flood_is_counted() {
        let mut words = Words::default();
        (0..100_000).for_each(|_| words.say(Level::Debug, "x\u{1b}[2J", 100, 3));
        assert_eq!(
            texts(&mut words),
            ["x [2J", "x [2J", "x [2J", "messages left out, too many in one call: 99997"]
        );
    }

    #[test]
    fn only_the_place_of_a_panic_is_told() {
        let place = |words| place_of_panic(words);
        assert_eq!(place("panicked at src/lib.rs:30:9: index 5, line hunter2"), Some("src/lib.rs:30:9"));
        assert_eq!(
            place("thread '<unnamed>' (1) panicked at /a/b-c/x.rs:1:22:\nx"),
            Some("/a/b-c/x.rs:1:22")
        );
        for words in [
            "hunter2",
            "panicked at hunter2",
            "panicked at hunter2:1:2",
            "panicked at a b.rs:1:2",
            "panicked at x.rs:hunter2:1",
            "panicked at x.rs:1",
            "",
        ] {
            assert_eq!(place(words), None, "{words}");
        }
    }
}
