//! The values that the user names, found however they are spelt.
//!
//! Logs show a value in other clothes: escaped for JSON, XML, a URL or a shell, in base64 inside of a header,
//! with colour in the middle, in a dump of bytes. So it is looked for in two steps. Each value has a few
//! [cues](cue): short texts and expressions one of which is in every line that holds the value in whatever
//! clothes, and in hardly any other. The host searches for these. Where one is hit, the line is
//! [looked at](Values::look): what is encoded is undone ([`crate::view`]), the value is searched in what is left, and
//! what stands for it in the line is masked.
//!
//! Not looked for: compressed and encrypted values, hashes of them, their letters in another order, case or
//! Unicode normal form (NFD).
//!
//! - `cue`: what shows that a line may hold a value.
//! - `spell`: expressions for a value however it is escaped.
//! - `short_lines`: lines of a value that are told by their neighbours.
//! - `needle`: the values as they are searched once everything is undone.

pub(crate) mod cue;
mod needle;
mod short_lines;
mod spell;

use std::ops::Range;

use sortie_plugin_sdk::Finding;

use crate::config::Secret;
use crate::search::Span;
use crate::view::View;
use crate::view::base32;
use crate::view::base64;
use crate::view::byte_list;
use crate::view::escapes;
use crate::view::letters;
use crate::view::terminal;
use crate::view::utf16;

use cue::Cue;
use needle::Needles;

/// Bytes of the longest line of a value: streams hold back what it takes in its longest clothes
/// ([`crate::stream::HELD`]).
pub const MAX_LINE: usize = 4 * 1024;

/// Bytes at the end of a line in which the beginning of a value is looked for.
const TAIL: usize = 8 * 1024;

/// How often base64 is undone.
const BASE64_TIMES: usize = 2;

/// All named values.
pub(crate) struct Values {
    needles: Needles,
    cues: Vec<Cue>,
    short_lines: Vec<short_lines::Group>,
}

/// Kinds of clothes that a line may hold a value in, beside plain and escaped ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Kinds {
    /// Base64, once or twice.
    pub(crate) base64: bool,
    /// Base32.
    pub(crate) base32: bool,
    /// A list of bytes.
    pub(crate) numbers: bool,
    /// UTF-16.
    pub(crate) utf16: bool,
}

impl Kinds {
    /// All kinds.
    pub(crate) const ALL: Self = Self { base64: true, base32: true, numbers: true, utf16: true };

    /// Those of both.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            base64: self.base64 || other.base64,
            base32: self.base32 || other.base32,
            numbers: self.numbers || other.numbers,
            utf16: self.utf16 || other.utf16,
        }
    }
}

impl Values {
    /// What is searched for these secrets, whose lines have `min_length` bytes at least or are not searched.
    ///
    /// # Errors
    /// A value that cannot be used.
    pub(crate) fn new(secrets: &[Secret], min_length: usize) -> Result<Self, Finding> {
        let mut needles = Vec::new();
        let mut cues = Vec::new();
        let mut short_lines = Vec::new();
        for secret in secrets {
            check(secret, min_length)?;
            let lines: Vec<&str> =
                secret.value.lines().map(str::trim).filter(|line| line.len() >= min_length).collect();
            let groups = short_lines::of(&secret.value, min_length);
            let is_before = |line: &str| groups.iter().any(|group| group.before() == line.as_bytes());
            cues.extend(cue::of(secret.value.trim(), &lines, is_before));
            short_lines.extend(groups);
            needles.push(secret.value.trim());
            needles.extend(lines);
        }
        Ok(Self { needles: Needles::new(&needles)?, cues, short_lines })
    }

    /// What shows that a line may hold a value.
    pub(crate) fn cues(&self) -> &[Cue] {
        &self.cues
    }

    /// Adds the spans of all values in a line, in clothes of these kinds.
    pub(crate) fn look(&self, line: &[u8], kinds: Kinds, spans: &mut Vec<Span>) {
        let line = View::of(line);
        if let Some(shown) = terminal::undo(&line) {
            self.look_at(shown, kinds, BASE64_TIMES, spans);
        }
        // What is struck over is not shown, and is in the log all the same.
        self.look_at(line, kinds, BASE64_TIMES, spans);
    }

    /// Whether a line, or several that were joined, ends with the beginning of a value.
    pub(crate) fn goes_on(&self, text: &[u8]) -> bool {
        let text = text.trim_ascii_end();
        let view = View::of(&text[text.len().saturating_sub(TAIL)..]);
        let view = terminal::undo(&view).unwrap_or(view);
        let undone = escapes::undo(&view);
        let last = undone.last().unwrap_or(&view);
        let [hexadecimal, _] = byte_list::undo(last);
        self.needles.begin_at_end(view.bytes())
            || self.needles.begin_at_end(last.bytes())
            || self.needles.begin_at_end(hexadecimal.bytes())
            || last.bytes().last().is_some_and(|last| base64::is_letter(*last))
                && base64::undo(last).iter().chain(&base32::undo(last)).any(|plain| {
                    let bytes = plain.bytes();
                    self.needles.begin_at_end(bytes.strip_suffix(&[base64::GAP]).unwrap_or(bytes))
                })
    }

    /// Whether the last lines may go on with a line of a value that is told by its neighbours.
    pub(crate) fn go_on_in_short_lines(&self, lines: &[&[u8]]) -> bool {
        self.short_lines.iter().any(|group| group.goes_on(lines))
    }

    /// Where lines of a value are that are told by their neighbours.
    pub(crate) fn find_short_lines(&self, lines: &[&[u8]], mut found: impl FnMut(usize, Range<usize>)) {
        self.short_lines.iter().for_each(|group| group.find(lines, &mut found));
    }

    /// Whether the bytes of a dump end with a part of a value.
    pub(crate) fn goes_on_in_dump(&self, bytes: &[u8]) -> bool {
        self.needles.go_on_in_dump(bytes)
    }

    /// Where values are in the bytes of a dump.
    pub(crate) fn in_dump(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        self.needles.in_dump(bytes)
    }

    /// Whether a value has spaces, for which a line may be broken.
    pub(crate) fn have_spaces(&self) -> bool {
        self.needles.have_spaces()
    }

    fn look_at(&self, view: View, kinds: Kinds, base64_times: usize, spans: &mut Vec<Span>) {
        let mut undone = escapes::undo(&view);
        self.needles.find(&view, spans);
        undone.iter().for_each(|view| self.needles.find(view, spans));
        if kinds.base64 && base64_times > 0 {
            let inner = Kinds { numbers: false, base32: false, ..kinds };
            for encoded in std::iter::once(&view).chain(undone.last()) {
                for plain in base64::undo(encoded) {
                    self.look_at(plain, inner, base64_times - 1, spans);
                }
            }
        }
        if kinds.base32 {
            for plain in base32::undo(&view) {
                self.look_at(plain, Kinds::default(), 0, spans);
            }
        }
        if kinds.utf16 {
            for plain in utf16::undo(&view) {
                self.look_at(plain, Kinds::default(), 0, spans);
            }
        }
        let last = undone.pop().unwrap_or(view);
        if kinds.numbers {
            for plain in byte_list::undo(&last) {
                self.look_at(plain, Kinds::default(), 0, spans);
            }
        }
        if let Some(known) = letters::in_utf8(&last) {
            self.needles.find(&known, spans);
        }
    }
}

/// Refuses values that would wreck the log, or could not be masked.
fn check(secret: &Secret, min_length: usize) -> Result<(), Finding> {
    if min_length == 0 {
        return Err(Finding::error("/min-length", "must be at least 1"));
    }
    let length = secret.value.trim().len();
    if length < min_length {
        return Err(Finding::error(
            secret.path.clone(),
            format!(
                "the value has {length} bytes: masking anything shorter than {min_length} would wreck \
                 the log (`min-length` lowers the limit)"
            ),
        ));
    }
    // A line that is too short is not masked; one that is not must be there.
    if secret.value.lines().all(|line| line.trim().len() < min_length) {
        return Err(Finding::error(
            secret.path.clone(),
            format!("no line of the value has the {min_length} bytes that `min-length` asks for"),
        ));
    }
    if secret.value.lines().any(|line| line.len() > MAX_LINE) {
        return Err(Finding::error(
            secret.path.clone(),
            format!("a line of the value is longer than {MAX_LINE} bytes"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
