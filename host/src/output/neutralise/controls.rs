//! Control characters of log lines: written out, and not done.
//!
//! They move a cursor over what stands there, hide text, set a title or a clipboard, draw what looks like
//! something else, or turn the reading direction. Each is shown in the notation in which sortie shows them
//! in what it says itself: `\u{1b}`, `\u{202e}`, and a byte that is no text as `\x9b`. What stays:
//!
//! - tabs;
//! - colours and styles (`ESC [ … m`), but for the one that hides text. One that is still on at the end of
//!   a line is turned off there, so that it colours nobody else's;
//! - the line that a carriage return would begin again: it becomes a line of its own, so that nothing is
//!   overwritten. Where it stands at the end of a line it is dropped;
//! - what has a width or joins what has one, as the parts of an emoji.
//!
//! Sources: ECMA-48 (control functions); Unicode UAX #9 (directional formatting characters), and its
//! chapter 5.8 (line breaks).

use std::collections::BTreeMap;

use sortie_lines::LineBatch;
use sortie_lines::UnixMillis;
use sortie_lines::is_plain;
use sortie_lines::plain_prefix;

use crate::stream::ContainerIndex;

/// Writes the control characters of log lines out, in place; batches that hold none cost a search.
#[derive(Debug, Default)]
pub(super) struct Controls {
    /// Containers whose last batch ended within a line.
    within: BTreeMap<ContainerIndex, Within>,
    spare: LineBatch,
    line: Vec<u8>,
}

/// What the last piece of a line left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    /// A line without its end.
    Line,
    /// Nothing: it ended with a carriage return.
    Break,
}

impl Controls {
    /// Writes out those of all lines of a container; how many there were. A batch may have no line left.
    pub(super) fn apply(&mut self, container: ContainerIndex, batch: &mut LineBatch) -> u64 {
        let mut within = self.within.remove(&container);
        if within != Some(Within::Break) && is_plain(&batch.bytes) {
            if batch.partial {
                self.within.insert(container, Within::Line);
            }
            return 0;
        }
        self.spare.clear();
        let mut written = 0;
        let last = batch.len().saturating_sub(1);
        for index in 0..batch.len() {
            let unfinished = batch.partial && index == last;
            self.line.clear();
            let mut out = Out {
                batch: &mut self.spare,
                line: &mut self.line,
                time: batch.times[index],
                within: within.take(),
                begun: 0,
                colored: false,
                written: 0,
            };
            out.line(batch.line(index));
            written += out.written;
            within = out.end(unfinished);
        }
        if let Some(within) = within {
            self.within.insert(container, within);
        }
        self.spare.continued = batch.continued;
        std::mem::swap(batch, &mut self.spare);
        written
    }
}

/// One line on its way.
struct Out<'a> {
    batch: &'a mut LineBatch,
    line: &'a mut Vec<u8>,
    time: UnixMillis,
    /// What stands before it.
    within: Option<Within>,
    /// Lines that it has become.
    begun: usize,
    /// A colour is on.
    colored: bool,
    /// Characters that were written out.
    written: u64,
}

impl Out<'_> {
    fn line(&mut self, line: &[u8]) {
        if let Ok(text) = std::str::from_utf8(line) {
            return self.text(text);
        }
        for chunk in line.utf8_chunks() {
            self.text(chunk.valid());
            for &byte in chunk.invalid() {
                match byte {
                    // Where a terminal or a reader knows eight bits, they are control characters.
                    0x80..=0x9f => {
                        self.line.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
                        self.written += 1;
                    }
                    byte => self.line.push(byte),
                }
            }
        }
    }

    fn text(&mut self, text: &str) {
        let mut rest = text;
        loop {
            rest = self.take(rest, plain_prefix(rest.as_bytes()));
            let Some(c) = rest.chars().next() else { return };
            if !may_be_control(rest.as_bytes()[0]) {
                let end = rest.bytes().position(|byte| byte.is_ascii() || may_be_control(byte));
                rest = self.take(rest, end.unwrap_or(rest.len()));
                continue;
            }
            let mut length = c.len_utf8();
            match (c, color(rest.as_bytes())) {
                ('\r', _) => self.end_of_line(),
                (_, Some(color)) => {
                    length = color.length;
                    self.line.extend_from_slice(&rest.as_bytes()[..length]);
                    self.colored = color.is_on;
                }
                (c, None) if is_control(c) => {
                    self.line.extend_from_slice(c.escape_default().to_string().as_bytes());
                    self.written += 1;
                }
                _ => self.line.extend_from_slice(&rest.as_bytes()[..length]),
            }
            rest = &rest[length..];
        }
    }

    /// Text that stays; answers with what follows it.
    fn take<'t>(&mut self, text: &'t str, length: usize) -> &'t str {
        let (taken, rest) = text.split_at(length);
        self.line.extend_from_slice(taken.as_bytes());
        rest
    }

    /// A carriage return: what stands before it is a line, if it is anything.
    fn end_of_line(&mut self) {
        if !self.line.is_empty() || (self.within == Some(Within::Line) && self.begun == 0) {
            self.push();
        }
    }

    fn push(&mut self) {
        if std::mem::take(&mut self.colored) {
            self.line.extend_from_slice(RESET);
        }
        self.batch.push(self.line, self.time);
        self.line.clear();
        self.begun += 1;
    }

    /// The line has ended, or the piece of it; says what is left of it.
    fn end(mut self, unfinished: bool) -> Option<Within> {
        let is_over = self.line.is_empty() && (self.begun > 0 || self.within == Some(Within::Break));
        if !is_over {
            self.push();
        }
        self.batch.partial = unfinished && !is_over;
        unfinished.then_some(if is_over { Within::Break } else { Within::Line })
    }
}

/// Turns all colours and styles off.
const RESET: &[u8] = b"\x1b[0m";

/// Parameters of a colour that are still looked at; a colour of three bytes for text and one for what is
/// behind it have half as many.
const MAX_COLOR: usize = 64;

/// Whether a control character may begin with this byte of a text. Beside ASCII's own they are U+0080 to
/// U+009F (0xC2), U+061C (0xD8), and some of U+2000 to U+2FFF (0xE2).
fn may_be_control(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\t') || matches!(byte, 0x7f | 0xc2 | 0xd8 | 0xe2)
}

/// Whether it is done, and not seen, by whoever shows the line.
pub(super) fn is_control(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A colour or style.
struct Color {
    length: usize,
    /// It is not the one that turns all off.
    is_on: bool,
}

/// The colour that a text begins with: `ESC [`, numbers, `m`. None that hides text.
fn color(text: &[u8]) -> Option<Color> {
    let parameters = text.strip_prefix(b"\x1b[")?;
    let bounded = &parameters[..parameters.len().min(MAX_COLOR)];
    let end = bounded.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b';' | b':'))?;
    let numbers = &parameters[..end];
    (parameters[end] == b'm' && !conceals(numbers))
        .then(|| Color { length: end + 3, is_on: numbers.iter().any(|byte| !matches!(byte, b'0' | b';')) })
}

/// Whether one of the numbers is 8 (ECMA-48, 8.3.117: concealed characters), and is not part of a colour: `38;5;8`
/// is grey.
fn conceals(numbers: &[u8]) -> bool {
    let number = |text: &[u8]| std::str::from_utf8(text).ok().and_then(|text| text.parse::<u32>().ok());
    let mut numbers = numbers.split(|byte| *byte == b';');
    while let Some(parameter) = numbers.next() {
        // Parts after a colon belong to the number before.
        let of_colon = parameter.contains(&b':');
        match number(parameter.split(|byte| *byte == b':').next().unwrap_or_default()) {
            Some(8) => return true,
            Some(38 | 48 | 58) if !of_colon => {
                let more = match numbers.next().and_then(number) {
                    Some(5) => 1,
                    Some(2) => 3,
                    Some(8) => return true,
                    _ => 0,
                };
                for _ in 0..more {
                    numbers.next();
                }
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    /// What is printed of lines in pieces, and how many characters were written out.
    fn printed(pieces: &[(&[u8], bool)]) -> (Vec<u8>, u64) {
        let (mut controls, mut out, mut written) = (Controls::default(), Vec::new(), 0);
        for (piece, partial) in pieces {
            let mut batch = LineBatch::default();
            batch.push(piece, 7);
            batch.partial = *partial;
            written += controls.apply(3, &mut batch);
            assert!(batch.times.iter().all(|time| *time == 7));
            let end = batch.bytes.len() - usize::from(batch.partial);
            out.extend_from_slice(&batch.bytes[..end]);
        }
        (out, written)
    }

    fn shown(line: &str) -> String {
        let (out, _) = printed(&[(line.as_bytes(), false)]);
        String::from_utf8(out).expect("text").strip_suffix('\n').expect("whole lines").to_owned()
    }

    #[test]
    fn what_moves_hides_or_turns_is_written_out() {
        for (line, expected) in [
            ("a\u{1b}[2Jb\u{1b}[1;1Hc", "a\\u{1b}[2Jb\\u{1b}[1;1Hc"),
            ("\u{1b}]52;c;aGk=\u{7}x", "\\u{1b}]52;c;aGk=\\u{7}x"),
            ("\u{1b}]0;title\u{1b}\\", "\\u{1b}]0;title\\u{1b}\\"),
            ("\u{1b}]8;;http://x\u{7}y\u{1b}]8;;\u{7}", "\\u{1b}]8;;http://x\\u{7}y\\u{1b}]8;;\\u{7}"),
            ("\u{1b}]1337;File=:AAAA\u{7}", "\\u{1b}]1337;File=:AAAA\\u{7}"),
            ("\u{1b}_bk;t=1\u{7}x", "\\u{1b}_bk;t=1\\u{7}x"),
            ("\u{1b}P+q\u{1b}\\", "\\u{1b}P+q\\u{1b}\\"),
            ("\u{1b}c\u{1b}[K\u{1b}[0K", "\\u{1b}c\\u{1b}[K\\u{1b}[0K"),
            ("\u{1b}[8msecret\u{1b}[28m", "\\u{1b}[8msecret\u{1b}[28m\u{1b}[0m"),
            ("\u{1b}[8mha:AAAA", "\\u{1b}[8mha:AAAA"),
            ("a\u{8}b\0\u{7f}", "a\\u{8}b\\u{0}\\u{7f}"),
            ("a\u{9b}2Jb\u{85}c", "a\\u{9b}2Jb\\u{85}c"),
            ("a\u{202e}b\u{2069}c\u{61c}\u{200f}", "a\\u{202e}b\\u{2069}c\\u{61c}\\u{200f}"),
            ("a\u{2028}b\u{2029}c", "a\\u{2028}b\\u{2029}c"),
        ] {
            assert_eq!(shown(line), expected, "{line:?}");
        }
    }

    #[test]
    fn text_stays() {
        for line in
            ["a\tb", "é °«»", "日本語", "“quoted” … – ✓ →", "👨\u{200d}👩\u{200d}👧", "\u{feff}a", "سلام", ""]
        {
            assert_eq!(shown(line), line);
        }
    }

    #[test]
    fn colours_stay_and_end_with_their_line() {
        for (line, expected) in [
            ("\u{1b}[31mred\u{1b}[0m", "\u{1b}[31mred\u{1b}[0m"),
            ("\u{1b}[31mred\u{1b}[m", "\u{1b}[31mred\u{1b}[m"),
            ("\u{1b}[1;31mred", "\u{1b}[1;31mred\u{1b}[0m"),
            ("\u{1b}[38;5;8mgrey\u{1b}[0m", "\u{1b}[38;5;8mgrey\u{1b}[0m"),
            ("\u{1b}[38;2;8;8;8m\u{1b}[48:5:8mx", "\u{1b}[38;2;8;8;8m\u{1b}[48:5:8mx\u{1b}[0m"),
            ("\u{1b}[38;5;1;8mx", "\\u{1b}[38;5;1;8mx"),
            ("\u{1b}[08mx", "\\u{1b}[08mx"),
            ("\u{1b}[31", "\\u{1b}[31"),
            ("\u{1b}[31 m", "\\u{1b}[31 m"),
            ("\u{1b}[?1m", "\\u{1b}[?1m"),
        ] {
            assert_eq!(shown(line), expected, "{line:?}");
        }
        let long = format!("\u{1b}[{}m", "1;".repeat(1000));
        assert!(shown(&long).starts_with("\\u{1b}["));
    }

    #[test]
    fn a_carriage_return_begins_a_line_and_ends_none() {
        assert_eq!(shown("10%\r20%\r\r30%\r"), "10%\n20%\n30%");
        assert_eq!(shown("\rx\r"), "x");
        assert_eq!(shown("\u{1b}[31mbad\rgood"), "\u{1b}[31mbad\u{1b}[0m\ngood");
        assert_eq!(shown("\r"), "");
        let pieces: [(&[u8], bool); 4] =
            [(b"ab\r", true), (b"\r\rcd", true), (b"\ref\r", true), (b"", false)];
        assert_eq!(printed(&pieces).0, b"ab\ncd\nef\n");
        assert_eq!(printed(&[(b"ab", true), (b"\rcd", false)]).0, b"ab\ncd\n");
        assert_eq!(printed(&[(b"ab", true), (b"", false)]).0, b"ab\n");
    }

    #[test]
    fn bytes_that_are_no_text_stay_but_for_control_characters() {
        assert_eq!(printed(&[(b"a\xff\x9b2J\xe2\x80", false)]), (b"a\xff\\x9b2J\xe2\\x80\n".to_vec(), 2));
        // A character in two pieces is none in either.
        let (out, _) = printed(&[(b"a\xe2\x80", true), (b"\xaeb", false)]);
        assert_eq!(out, b"a\xe2\\x80\xaeb\n");
    }

    proptest! {
        /// Whatever comes, in whatever pieces: nothing that is done is left, but for colours.
        #[test]
        fn nothing_is_left_that_is_done(bytes in hostile(), cuts in prop::collection::vec(0_usize..9, 0..5)) {
            let mut pieces: Vec<(&[u8], bool)> = Vec::new();
            for line in bytes.split(|byte| *byte == b'\n') {
                let mut rest = line;
                for cut in &cuts {
                    let (piece, after) = rest.split_at(rest.len().min(*cut));
                    pieces.push((piece, true));
                    rest = after;
                }
                pieces.push((rest, false));
            }
            let (out, _) = printed(&pieces);
            let text = String::from_utf8_lossy(&out).into_owned();
            let style = Regex::new("\u{1b}\\[[0-9;:]*m").expect("an expression");
            for line in text.split('\n') {
                prop_assert!(!style.replace_all(line, "").chars().any(is_control), "{:?}", line);
                let last = style.find_iter(line).last().map(|found| found.as_str());
                let is_off = |style: &str| !style.contains(|c: char| matches!(c, '1'..='9'));
                prop_assert!(last.is_none_or(is_off), "{:?}", line);
            }
            let raw = out.iter().zip(std::iter::once(&0).chain(&out));
            prop_assert!(raw.clone().all(|(byte, before)| *byte != 0x9b || *before >= 0x80), "{:?}", out);
        }

        #[test]
        fn plain_lines_are_not_touched(line in "[ -~\t]{0,300}") {
            prop_assert_eq!(shown(&line), line);
        }
    }

    fn hostile() -> impl Strategy<Value = Vec<u8>> {
        let parts: Vec<&[u8]> = vec![
            b"\x1b",
            b"\x1b[",
            b"\x1b[1;31m",
            b"\x1b[0m",
            b"\x1b]",
            b"\r",
            b"\n",
            b"\x9b",
            b"\xc2",
            b"\x9b2J",
            b"\xe2\x80",
            b"\xae",
            b"\xe2",
            b"\x80",
            b"\x07",
            b"m",
            b"31m",
            b"x",
            b" ",
            b"\t",
            b"\x7f",
            b"\xff",
        ];
        let part = prop_oneof![
            4 => prop::sample::select(parts).prop_map(<[u8]>::to_vec),
            1 => any::<char>().prop_map(|c| c.to_string().into_bytes()),
        ];
        prop::collection::vec(part, 0..30).prop_map(|parts| parts.concat())
    }
}
