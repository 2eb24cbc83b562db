//! What a filter does to a batch of lines.

use crate::Interest;
use crate::Label;

/// Edits of one batch, flat: replacements stand one after the other in `bytes`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edits {
    /// Ascending by line, at most one a line. Lines that are not named are kept.
    pub edits: Vec<Edit>,
    /// The replacements.
    pub bytes: Vec<u8>,
    /// What the filter says of lines; ascending by line.
    pub labels: Vec<Label>,
    /// The filter must see every line that follows until it says otherwise.
    pub follow: bool,
    /// What the filter cares about from the next batch on, where that changes.
    pub interests: Option<Vec<Interest>>,
}

impl Edits {
    /// Empties them and keeps their memory.
    pub fn clear(&mut self) {
        self.edits.clear();
        self.bytes.clear();
        self.labels.clear();
        self.follow = false;
        self.interests = None;
    }

    /// Whether these can be the edits of a batch of `lines` lines.
    ///
    /// # Errors
    ///
    /// What is out of protocol.
    pub fn check(&self, lines: usize) -> Result<(), BadEdits> {
        let mut next = 0u32;
        let mut start = 0u32;
        for edit in &self.edits {
            if edit.line as usize >= lines {
                return Err(BadEdits::NoSuchLine { line: edit.line, lines });
            }
            if edit.line < next {
                return Err(BadEdits::NotAscending);
            }
            if edit.end < start || edit.end as usize > self.bytes.len() {
                return Err(BadEdits::OutOfRange);
            }
            if edit.action == Action::Drop && edit.end != start {
                return Err(BadEdits::DroppedAndReplaced);
            }
            // No overflow: `lines` is at most what fits in a batch, whose ends are u32.
            next = edit.line + 1;
            start = edit.end;
        }
        if start as usize != self.bytes.len() {
            return Err(BadEdits::Unused);
        }
        check_labels(&self.labels, lines)
    }
}

/// Whether these can be the labels of `lines` lines.
///
/// # Errors
///
/// What is out of protocol.
pub fn check_labels(labels: &[Label], lines: usize) -> Result<(), BadEdits> {
    let mut last = 0;
    for label in labels {
        if label.line as usize >= lines {
            return Err(BadEdits::NoSuchLine { line: label.line, lines });
        }
        if label.line < last {
            return Err(BadEdits::NotAscending);
        }
        if !is_label_name(&label.name) {
            return Err(BadEdits::LabelName);
        }
        last = label.line;
    }
    Ok(())
}

/// Lower-case letters, digits and hyphens, at most 64.
fn is_label_name(name: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&name.len()) && name.bytes().all(good)
}

/// Why edits cannot be applied: the filter answered out of protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadEdits {
    /// An edit names a line that the filter was not shown.
    #[error("an edit or a label of line {line} of {lines}")]
    NoSuchLine {
        /// The line named.
        line: u32,
        /// Lines shown.
        lines: usize,
    },
    /// Edits or labels are not ascending.
    #[error("edits or labels that are not in ascending order of lines")]
    NotAscending,
    /// A replacement lies outside the bytes returned.
    #[error("an edit whose replacement is not within the replacements")]
    OutOfRange,
    /// A dropped line has a replacement.
    #[error("a dropped line with a replacement")]
    DroppedAndReplaced,
    /// Bytes that no edit uses.
    #[error("replacements that belong to no edit")]
    Unused,
    /// A label whose name is none.
    #[error("a label whose name is not of lower-case letters, digits and hyphens")]
    LabelName,
}

/// What to do with one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edit {
    /// Index into the batch.
    pub line: u32,
    /// Drop or replace.
    pub action: Action,
    /// End of the replacement in [`Edits::bytes`]; it begins at the end of the edit before.
    pub end: u32,
}

/// See [`Edit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The line is not printed.
    Drop,
    /// The line is printed with other bytes. A newline in them makes several lines.
    Replace,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(edits: &[(u32, Action, u32)], bytes: &[u8]) -> Result<(), BadEdits> {
        let edits = edits.iter().map(|&(line, action, end)| Edit { line, action, end }).collect();
        Edits { edits, bytes: bytes.to_vec(), ..Edits::default() }.check(3)
    }

    #[test]
    fn labels_out_of_protocol_are_refused() {
        let check = |labels: &[(u32, &str)]| {
            let label =
                |&(line, name): &(u32, &str)| Label { line, name: name.to_owned(), value: String::new() };
            check_labels(&labels.iter().map(label).collect::<Vec<_>>(), 3)
        };
        assert_eq!(check(&[(0, "level"), (0, "my-2nd"), (2, "level")]), Ok(()));
        assert_eq!(check(&[(3, "level")]), Err(BadEdits::NoSuchLine { line: 3, lines: 3 }));
        assert_eq!(check(&[(2, "level"), (0, "level")]), Err(BadEdits::NotAscending));
        for name in ["", "Level", "a b", "\u{1b}", &"a".repeat(65)] {
            assert_eq!(check(&[(0, name)]), Err(BadEdits::LabelName), "{name:?}");
        }
    }

    #[test]
    fn edits_in_protocol_are_good() {
        assert_eq!(check(&[], b""), Ok(()));
        assert_eq!(check(&[(0, Action::Replace, 2), (2, Action::Drop, 2)], b"ab"), Ok(()));
    }

    #[test]
    fn edits_out_of_protocol_are_refused() {
        use Action::Drop;
        use Action::Replace;
        assert_eq!(check(&[(3, Drop, 0)], b""), Err(BadEdits::NoSuchLine { line: 3, lines: 3 }));
        let last = BadEdits::NoSuchLine { line: u32::MAX, lines: 3 };
        assert_eq!(check(&[(u32::MAX, Drop, 0)], b""), Err(last));
        assert_eq!(check(&[(1, Drop, 0), (0, Drop, 0)], b""), Err(BadEdits::NotAscending));
        assert_eq!(check(&[(1, Drop, 0), (1, Drop, 0)], b""), Err(BadEdits::NotAscending));
        assert_eq!(check(&[(0, Replace, 2), (1, Replace, 1)], b"ab"), Err(BadEdits::OutOfRange));
        assert_eq!(check(&[(0, Replace, 3)], b"ab"), Err(BadEdits::OutOfRange));
        assert_eq!(check(&[(0, Drop, 2)], b"ab"), Err(BadEdits::DroppedAndReplaced));
        assert_eq!(check(&[(0, Replace, 1)], b"ab"), Err(BadEdits::Unused));
    }
}
