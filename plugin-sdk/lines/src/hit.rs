//! Where an interest hits.

/// One place where one of a filter's interests hits a line.
///
/// - A literal is reported at every place where it occurs, also where occurrences overlap each other
///   or those of other literals.
/// - A regular expression is reported as `find_iter` of the crate `regex` reports it on the line
///   alone: successive matches that do not overlap, leftmost first. As everywhere in a gate, `$` also
///   matches before a carriage return. An expression that can match nothing at all (`\b`) is reported
///   with hits of no bytes.
/// - Interests know nothing of each other: what one of them matches never hides another one's hit.
///
/// Hits are ordered by line, start, interest and end. The layout is that of four numbers in a row, so
/// that hits can be handed on as they are.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Index into the batch.
    pub line: u32,
    /// Index into the filter's list of interests.
    pub interest: u32,
    /// First byte, from the start of the line.
    pub start: u32,
    /// Where it ends, from the start of the line.
    pub end: u32,
}

impl Ord for Hit {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |hit: &Self| (hit.line, hit.start, hit.interest, hit.end);
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Hit {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
