//! What a filter does to a batch of lines.

/// Edits of one batch, flat: replacements stand one after the other in `bytes`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edits {
    /// Ascending by line, at most one a line. Lines that are not named are kept.
    pub edits: Vec<Edit>,
    /// The replacements.
    pub bytes: Vec<u8>,
    /// The filter must see every line that follows until it says otherwise.
    pub follow: bool,
}

impl Edits {
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
        match start as usize == self.bytes.len() {
            true => Ok(()),
            false => Err(BadEdits::Unused),
        }
    }
}

/// Why edits cannot be applied: the filter answered out of protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadEdits {
    /// An edit names a line that the filter was not shown.
    #[error("an edit of line {line} of a batch of {lines}")]
    NoSuchLine {
        /// The line named.
        line: u32,
        /// Lines shown.
        lines: usize,
    },
    /// Edits are not ascending.
    #[error("edits that are not in ascending order of lines")]
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
        Edits { edits, bytes: bytes.to_vec(), follow: false }.check(3)
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
