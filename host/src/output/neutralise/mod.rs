//! Breaks what a CI system would take for a command, and what a terminal would do.
//!
//! A CI system obeys commands in what a step prints, on standard output and on standard error alike.
//! Log lines are written by whatever runs in the container; names, reasons and words of plugins come
//! from outside as well. Where one of them would begin a command, a backslash is put after the
//! marker's first character, as GitHub's own runner does (`##[\start-action`).
//!
//! Which markers there are is decided by the CI system ([`Ci`]), never by what a plugin says. Where the
//! reader is a CI system or a terminal, control characters of log lines are written out as well.
//!
//! - [`search`]: finds the markers in a text.
//! - [`stream`]: does it to log lines, which come in pieces.
//! - [`controls`]: writes control characters of log lines out.
//! - [`wall`]: GitHub's own way to obey nothing, around log lines.
//! - [`github`], [`azure`], [`gitlab`], [`teamcity`], [`buildkite`], [`generic`]: what each family obeys.

mod azure;
mod buildkite;
mod controls;
mod generic;
mod github;
mod gitlab;
mod search;
pub mod stream;
mod teamcity;
pub mod wall;

use std::borrow::Cow;

use self::search::FirstBytes;
use self::search::Found;
use crate::ci::Ci;
use sortie_lines::is_plain;

/// Text that begins a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// The text; ASCII letters match in either case.
    pub text: Cow<'static, str>,
    /// Where it does.
    pub place: Place,
}

/// Where a marker begins a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Wherever it stands.
    Anywhere,
    /// Where nothing that is seen stands before it on its line.
    LineStart,
}

/// A marker that begins a command wherever it stands.
const fn anywhere(text: &'static str) -> Marker {
    Marker { text: Cow::Borrowed(text), place: Place::Anywhere }
}

/// A marker that begins a command at the start of a line.
const fn line_start(text: &'static str) -> Marker {
    Marker { text: Cow::Borrowed(text), place: Place::LineStart }
}

/// Searches for a set of markers and breaks them.
#[derive(Debug, Clone)]
pub struct Neutraliser {
    markers: Vec<Marker>,
    /// Bytes with which a marker begins.
    first: FirstBytes,
    /// Bytes of the longest marker.
    longest: usize,
}

impl Neutraliser {
    /// For log lines: what this CI system obeys. Nothing where there is none: on a person's machine a
    /// line stays what it is, to the byte.
    pub fn for_lines(ci: Ci) -> Self {
        Self::new(match ci {
            Ci::None => Vec::new(),
            ci => markers(ci),
        })
    }

    /// For what sortie says, in which texts from outside stand. Where no CI system is known there may
    /// still be one that reads it (sortie in a container that was not given its variables), and
    /// nothing is lost by breaking what nobody has to say.
    pub fn for_notices(ci: Ci) -> Self {
        Self::new(match ci {
            Ci::None => markers(Ci::Other),
            ci => markers(ci),
        })
    }

    fn new(markers: Vec<Marker>) -> Self {
        let mut neutraliser = Self { markers: Vec::new(), first: FirstBytes::default(), longest: 0 };
        neutraliser.add(markers);
        neutraliser
    }

    /// Breaks these markers as well.
    pub fn add(&mut self, markers: impl IntoIterator<Item = Marker>) {
        for marker in markers {
            let Some(first) = marker.text.bytes().next() else { continue };
            if self.markers.contains(&marker) {
                continue;
            }
            self.first.add(first);
            self.longest = self.longest.max(marker.text.len());
            self.markers.push(marker);
        }
    }

    /// A text of one or more lines with its markers broken.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.replaced(text, |first, out| {
            out.push(first);
            out.push('\\');
        })
    }

    /// A line of JSON with its markers broken, in a way that does not change what it says: a marker's
    /// first character is written as an escape. It stands within a string: what begins a command at
    /// the start of a line only is not found in an object, which begins with a brace. So are the control
    /// characters that JSON itself lets pass.
    pub fn json<'a>(&self, line: &'a str) -> Cow<'a, str> {
        let escape = |c: char, out: &mut String| out.push_str(&format!("\\u{:04x}", u32::from(c)));
        let mut text = self.replaced(line, escape);
        if has_controls(text.as_bytes()) {
            let mut escaped = String::with_capacity(text.len() + 16);
            for c in text.chars() {
                match controls::is_control(c) {
                    true => escape(c, &mut escaped),
                    false => escaped.push(c),
                }
            }
            text = Cow::Owned(escaped);
        }
        text
    }

    /// The same for a line at the end of a buffer; where nothing is found, nothing is copied.
    pub fn json_in(&self, buffer: &mut Vec<u8>, from: usize) {
        if self.find(&buffer[from..]).next().is_none() && !has_controls(&buffer[from..]) {
            return;
        }
        let line = String::from_utf8_lossy(&buffer[from..]).into_owned();
        buffer.truncate(from);
        buffer.extend_from_slice(self.json(&line).as_bytes());
    }

    /// The text with the first character of each marker replaced.
    fn replaced<'a>(&self, text: &'a str, replace: impl Fn(char, &mut String)) -> Cow<'a, str> {
        let mut found = self.find(text.as_bytes()).peekable();
        if found.peek().is_none() {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len() + 16);
        let mut copied = 0;
        for start in found {
            let Some(first) = text[start..].chars().next() else { continue };
            out.push_str(&text[copied..start]);
            replace(first, &mut out);
            copied = start + first.len_utf8();
        }
        out.push_str(&text[copied..]);
        Cow::Owned(out)
    }

    /// Where a marker begins that a CI system would obey, ascending, each place once.
    fn find<'a>(&'a self, text: &'a [u8]) -> Found<'a> {
        Found::new(self, text)
    }
}

/// Whether there is a control character in a line of JSON: those of ASCII are escaped there already, but for
/// the last.
fn has_controls(line: &[u8]) -> bool {
    !is_plain(line) && std::str::from_utf8(line).is_ok_and(|text| text.chars().any(controls::is_control))
}

/// What a CI system obeys.
fn markers(ci: Ci) -> Vec<Marker> {
    match ci {
        Ci::GitHub => github::MARKERS.to_vec(),
        Ci::Azure => azure::MARKERS.to_vec(),
        Ci::GitLab => gitlab::MARKERS.to_vec(),
        Ci::TeamCity => teamcity::MARKERS.to_vec(),
        Ci::Buildkite => [&buildkite::HEADERS[..], &buildkite::ESCAPES[..]].concat(),
        Ci::Jenkins => generic::JENKINS.to_vec(),
        Ci::Drone | Ci::Woodpecker => generic::DRONE.to_vec(),
        Ci::Other => generic::all(),
        // These obey nothing that a step prints.
        Ci::None | Ci::CircleCi | Ci::Codefresh | Ci::Bitbucket | Ci::CodeBuild => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
