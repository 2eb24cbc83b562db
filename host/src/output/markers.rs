//! Breaks what a CI system would take for a command.
//!
//! Log lines are written by whatever runs in the container, and a CI system obeys commands in
//! them (`::add-mask::`, `##[error]`). A reporter names the markers of its CI system, and every
//! line printed has a backslash put after the marker's first byte, as GitHub's own runner does.

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;
use sortie_lines::LineBatch;

use crate::plugin::Marker;
use crate::stream::ContainerIndex;

/// Searches lines for markers and breaks them.
#[derive(Debug)]
pub struct MarkerBreaker {
    search: AhoCorasick,
    line_start: Vec<bool>,
    /// Bytes of the longest marker.
    longest: usize,
    /// End of the unfinished line of each container: a marker may lie across two pieces.
    tails: BTreeMap<ContainerIndex, Vec<u8>>,
}

impl MarkerBreaker {
    /// A breaker for these markers; `None` when there are none (or none that can be searched).
    pub fn new(markers: &[Marker]) -> Option<Self> {
        let markers: Vec<&Marker> = markers.iter().filter(|marker| !marker.text.is_empty()).collect();
        if markers.is_empty() {
            return None;
        }
        let search = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(markers.iter().map(|marker| marker.text.as_bytes()))
            .ok()?;
        let longest = markers.iter().map(|marker| marker.text.len()).max()?;
        let line_start = markers.iter().map(|marker| marker.line_start).collect();
        Some(Self { search, line_start, longest, tails: BTreeMap::new() })
    }

    /// Breaks the markers of all lines of a container, in place; `spare` is scratch memory.
    pub fn apply(&mut self, container: ContainerIndex, batch: &mut LineBatch, spare: &mut LineBatch) {
        if batch.is_empty() {
            return;
        }
        let tail = self.tails.remove(&container).unwrap_or_default();
        let cut = tail.len();
        let mut seam = tail.clone();
        seam.extend(batch.line(0).iter().take(self.longest));
        let straddles = cut > 0
            && self.search.find_overlapping_iter(&seam).any(|found| found.start() < cut && found.end() > cut);
        if batch.partial {
            let last = batch.len() - 1;
            let mut end = if last == 0 { tail } else { Vec::new() };
            end.extend_from_slice(batch.line(last));
            let keep = end.len().saturating_sub(self.longest - 1);
            self.tails.insert(container, end.split_off(keep));
        }
        if !straddles && !self.search.is_match(&batch.bytes) {
            return;
        }
        spare.clear();
        let mut line = Vec::new();
        for index in 0..batch.len() {
            line.clear();
            if index == 0 && straddles {
                line.push(b'\\');
            }
            self.break_line(batch.line(index), &mut line);
            spare.push(&line, batch.times[index]);
        }
        spare.partial = batch.partial;
        std::mem::swap(batch, spare);
    }

    fn break_line(&self, line: &[u8], out: &mut Vec<u8>) {
        let mut copied = 0;
        for (pattern, start) in find_all(&self.search, line) {
            if self.line_start[pattern] && !only_space_before(&line[..start]) {
                continue;
            }
            // Overlapping markers may begin at the same byte; one backslash breaks them all.
            if start + 1 > copied {
                out.extend_from_slice(&line[copied..=start]);
                out.push(b'\\');
                copied = start + 1;
            }
        }
        out.extend_from_slice(&line[copied..]);
    }
}

/// Pattern and start of every marker in a line, ascending by start, however they overlap.
fn find_all(search: &AhoCorasick, line: &[u8]) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> =
        search.find_overlapping_iter(line).map(|m| (m.pattern().as_usize(), m.start())).collect();
    found.sort_unstable_by_key(|&(_, start)| start);
    found
}

/// Whether the text since the last carriage return is white space, as .NET's `TrimStart` sees it
/// (all Unicode white space; GitHub's runner splits at bare carriage returns and trims so). Bytes
/// that are no UTF-8 are decoded to U+FFFD there, which is no white space; terminal escapes are
/// not white space either, but cost nothing to see through.
fn only_space_before(before: &[u8]) -> bool {
    let line = before.rsplit(|&byte| byte == b'\r').next().unwrap_or_default();
    let text = String::from_utf8_lossy(line);
    text.chars().all(|c| c.is_whitespace() || c.is_control() || c == '\u{feff}' || c == '\u{200b}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(line: &str) -> String {
        let markers = [
            Marker { text: "::".into(), line_start: true },
            Marker { text: "##[".into(), line_start: false },
        ];
        let mut breaker = MarkerBreaker::new(&markers).expect("two markers");
        let mut batch = LineBatch::default();
        batch.push(line.as_bytes(), 7);
        breaker.apply(0, &mut batch, &mut LineBatch::default());
        assert_eq!(batch.times, [7]);
        String::from_utf8(batch.line(0).to_vec()).expect("still text")
    }

    #[test]
    fn commands_are_broken_and_plain_text_is_not() {
        assert_eq!(broken("::add-mask::x"), ":\\:add-mask::x");
        assert_eq!(broken(" \t\u{a0}::error::x"), " \t\u{a0}:\\:error::x");
        assert_eq!(broken("std::vec::Vec"), "std::vec::Vec");
        assert_eq!(broken("50%\r::set-output name=a::b"), "50%\r:\\:set-output name=a::b");
        assert_eq!(broken("x ##[error]y ##[group]"), "x #\\#[error]y #\\#[group]");
        assert_eq!(broken("####[x"), "###\\#[x");
        assert_eq!(broken("nothing here"), "nothing here");
        assert_eq!(broken(":::::"), ":\\::::");
    }

    #[test]
    fn a_marker_across_two_pieces_is_broken() {
        let markers = [Marker { text: "##[".into(), line_start: false }];
        let mut breaker = MarkerBreaker::new(&markers).expect("a marker");
        let mut printed = Vec::new();
        for (piece, partial) in [("xx#", true), ("#", true), ("[error]y", false)] {
            let mut batch = LineBatch::default();
            batch.push(piece.as_bytes(), 0);
            batch.partial = partial;
            breaker.apply(0, &mut batch, &mut LineBatch::default());
            printed.extend_from_slice(batch.line(0));
        }
        assert!(!printed.windows(3).any(|window| window == b"##["), "{}", String::from_utf8_lossy(&printed));
    }

    #[test]
    fn no_markers_no_breaker() {
        assert!(MarkerBreaker::new(&[]).is_none());
        assert!(MarkerBreaker::new(&[Marker { text: String::new(), line_start: true }]).is_none());
    }
}
