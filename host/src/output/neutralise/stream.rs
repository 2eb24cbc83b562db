//! Log lines on their way to standard output.

use std::collections::BTreeMap;

use super::Neutraliser;
use super::Place;
use super::controls::Controls;
use super::search::end_of;
use super::search::without_colors;
use crate::stream::ContainerIndex;
use sortie_lines::LineBatch;

/// Breaks the markers of log lines, in place, and writes control characters out where they would be done;
/// lines that hold none cost a search and no memory.
#[derive(Debug)]
pub struct LineNeutraliser {
    neutraliser: Neutraliser,
    /// `None`: what reads the lines does nothing of that kind.
    controls: Option<Controls>,
    broken: BTreeMap<ContainerIndex, Broken>,
    /// End of the unfinished line of each container: a marker may lie across two pieces.
    tails: BTreeMap<ContainerIndex, Tail>,
    spare: LineBatch,
    line: Vec<u8>,
}

/// What was broken in a container's lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Broken {
    /// Commands of the CI system.
    pub commands: u64,
    /// Control characters.
    pub characters: u64,
}

/// The end of an unfinished line.
#[derive(Debug, Default)]
struct Tail {
    /// As it is.
    raw: Vec<u8>,
    /// Without colours, but for one that is not finished.
    plain: Vec<u8>,
    /// That one is so long that it is not kept.
    endless: bool,
}

/// A colour that is longer is broken where its line is cut.
const MAX_COLOR: usize = 256;

impl LineNeutraliser {
    /// With what this neutraliser searches for.
    pub fn new(neutraliser: Neutraliser) -> Self {
        Self {
            neutraliser,
            controls: None,
            broken: BTreeMap::new(),
            tails: BTreeMap::new(),
            spare: LineBatch::default(),
            line: Vec::new(),
        }
    }

    /// The same for a reader that does what control characters say.
    #[must_use]
    pub fn writing_controls_out(self) -> Self {
        Self { controls: Some(Controls::default()), ..self }
    }

    /// What was broken so far, by container; of those where there was something.
    pub fn broken(&self) -> impl Iterator<Item = (ContainerIndex, Broken)> {
        self.broken.iter().map(|(container, broken)| (*container, *broken))
    }

    /// Breaks all that is obeyed or done in the lines of a container. There may be more of them after that,
    /// or none.
    pub fn apply(&mut self, container: ContainerIndex, batch: &mut LineBatch) {
        if let Some(controls) = &mut self.controls {
            let written = controls.apply(container, batch);
            if written > 0 {
                self.broken.entry(container).or_default().characters += written;
            }
        }
        if batch.is_empty() || self.neutraliser.longest == 0 {
            return;
        }
        let tail = self.tails.remove(&container).unwrap_or_default();
        let straddles = self.straddles(&tail, batch.line(0));
        if batch.partial {
            self.keep_tail(container, tail, batch);
        }
        if !straddles && self.neutraliser.find(&batch.bytes).next().is_none() {
            return;
        }
        self.spare.clear();
        let mut commands = u64::from(straddles);
        for index in 0..batch.len() {
            self.line.clear();
            if index == 0 && straddles {
                self.line.push(b'\\');
            }
            commands += break_line(&self.neutraliser, batch.line(index), &mut self.line);
            self.spare.push(&self.line, batch.times[index]);
        }
        self.broken.entry(container).or_default().commands += commands;
        (self.spare.continued, self.spare.partial) = (batch.continued, batch.partial);
        std::mem::swap(batch, &mut self.spare);
    }

    /// Whether a marker lies across the end of a piece and the start of the next. Nobody asks where a
    /// line begins here: the piece may be the rest of a long line, or have been given one of its own.
    fn straddles(&self, tail: &Tail, next: &[u8]) -> bool {
        if tail.raw.is_empty() {
            return false;
        }
        let across = |place: Place, tail: &[u8]| {
            let seam = [tail, next].concat();
            let mut markers = self.neutraliser.markers.iter().filter(|marker| marker.place == place);
            markers.any(|marker| {
                let mut ends = (0..tail.len()).filter_map(|at| Some(at + end_of(marker, &seam[at..])?));
                ends.any(|end| end > tail.len())
            })
        };
        tail.endless || across(Place::Anywhere, &tail.raw) || across(Place::LineStart, &tail.plain)
    }

    fn keep_tail(&mut self, container: ContainerIndex, mut tail: Tail, batch: &LineBatch) {
        let last = batch.len() - 1;
        if last > 0 {
            tail = Tail::default();
        }
        let line = batch.line(last);
        let kept = self.neutraliser.longest - 1;
        tail.raw.extend_from_slice(line);
        tail.raw.drain(..tail.raw.len().saturating_sub(kept));
        tail.plain.extend_from_slice(line);
        let (mut plain, unfinished) = without_colors(&tail.plain);
        tail.endless = plain.len() - unfinished > MAX_COLOR;
        plain.truncate(unfinished + MAX_COLOR);
        plain.drain(..unfinished.saturating_sub(kept));
        tail.plain = plain;
        self.tails.insert(container, tail);
    }
}

/// A line with a backslash after the first character of each marker; how many there were.
fn break_line(neutraliser: &Neutraliser, line: &[u8], out: &mut Vec<u8>) -> u64 {
    let (mut copied, mut found) = (0, 0);
    for start in neutraliser.find(line) {
        // A marker is text, so that its first character is whole.
        let next = (start + 1..line.len()).find(|&at| line[at] & 0xc0 != 0x80).unwrap_or(line.len());
        out.extend_from_slice(&line[copied..next]);
        out.push(b'\\');
        copied = next;
        found += 1;
    }
    out.extend_from_slice(&line[copied..]);
    found
}

#[cfg(test)]
mod tests {
    use super::super::Marker;
    use super::*;
    use crate::ci::Ci;

    fn broken(ci: Ci, line: &str) -> String {
        let mut stream = LineNeutraliser::new(Neutraliser::for_lines(ci));
        let mut batch = LineBatch::default();
        batch.push(line.as_bytes(), 7);
        stream.apply(0, &mut batch);
        assert_eq!(batch.times, [7]);
        String::from_utf8(batch.line(0).to_vec()).expect("still text")
    }

    #[test]
    fn commands_are_broken_and_plain_text_is_not() {
        let broken = |line| broken(Ci::GitHub, line);
        assert_eq!(broken("::add-mask::x"), ":\\:add-mask::x");
        assert_eq!(broken(" \t\u{a0}::error::x"), " \t\u{a0}:\\:error::x");
        assert_eq!(broken("std::vec::Vec"), "std::vec::Vec");
        assert_eq!(broken("50%\r::set-output name=a::b"), "50%\r:\\:set-output name=a::b");
        assert_eq!(broken("x ##[error]y ##[group]"), "x #\\#[error]y #\\#[group]");
        assert_eq!(broken("####[x"), "###\\#[x");
        assert_eq!(broken("nothing here"), "nothing here");
        assert_eq!(broken(":::::"), ":\\::::");
        assert_eq!(broken("\u{1b}[1;31m::error::x"), "\u{1b}[1;31m:\\:error::x");
    }

    /// What is put into one would be no colour any more.
    #[test]
    fn a_colour_before_a_marker_stays_whole() {
        assert_eq!(broken(Ci::Buildkite, "\u{1b}[31m--- x"), "\u{1b}[31m-\\-- x");
        assert_eq!(broken(Ci::Buildkite, "-\u{1b}[1m-- x"), "-\\\u{1b}[1m-- x");
    }

    #[test]
    fn no_ci_system_no_change() {
        for line in
            ["::add-mask::x", "##[error]", "##vso[task.complete]", "--- a/x", "section_start:1:a\r\u{1b}[0K"]
        {
            assert_eq!(broken(Ci::None, line), line);
        }
    }

    #[test]
    fn what_is_broken_is_counted_by_container() {
        let mut stream = LineNeutraliser::new(Neutraliser::for_lines(Ci::GitHub)).writing_controls_out();
        for (container, line) in [(0, "plain"), (2, "::a::\u{1b}[2J"), (1, "x\r::b::"), (2, "##[c] ##[d]")] {
            let mut batch = LineBatch::default();
            batch.push(line.as_bytes(), 0);
            stream.apply(container, &mut batch);
        }
        let of = |commands, characters| Broken { commands, characters };
        assert_eq!(stream.broken().collect::<Vec<_>>(), [(1, of(1, 0)), (2, of(3, 1))]);
    }

    #[test]
    fn a_marker_across_pieces_is_broken() {
        let mut stream = LineNeutraliser::new(Neutraliser::for_lines(Ci::GitHub));
        let mut printed = Vec::new();
        for (piece, partial) in [("xx#", true), ("#", true), ("[error]y", false)] {
            let mut batch = LineBatch::default();
            batch.push(piece.as_bytes(), 0);
            batch.partial = partial;
            stream.apply(0, &mut batch);
            printed.extend_from_slice(batch.line(0));
        }
        assert_eq!(String::from_utf8_lossy(&printed), "xx##\\[error]y");
    }

    /// A reporter's own marker may begin with any character.
    #[test]
    fn a_first_character_of_several_bytes_stays_whole() {
        let mut neutraliser = Neutraliser::for_lines(Ci::None);
        neutraliser.add([Marker { text: "»x".into(), place: Place::Anywhere }]);
        let mut batch = LineBatch::default();
        batch.push("a»xb".as_bytes(), 0);
        LineNeutraliser::new(neutraliser).apply(0, &mut batch);
        assert_eq!(batch.bytes, "a»\\xb\n".as_bytes());
    }

    /// Each byte is read once, whatever stands on the line.
    #[test]
    fn a_long_line_of_colons_takes_no_time() {
        let started = std::time::Instant::now();
        let line = format!("x{}", ":".repeat(1 << 20));
        assert_eq!(broken(Ci::GitHub, &line), line);
        assert!(started.elapsed() < std::time::Duration::from_secs(5), "{:?}", started.elapsed());
    }
}
