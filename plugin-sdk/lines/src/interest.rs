//! What a filter cares about.

/// Something the filter cares about, which the host searches natively.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interest {
    /// What to search.
    pub pattern: Pattern,
    /// A hit also shows the filter all lines after it in the batch.
    pub opens: bool,
}

/// See [`Interest`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// These bytes.
    Literal(Vec<u8>),
    /// A regular expression over bytes, Unicode off.
    Regex(String),
}
