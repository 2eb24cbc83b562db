//! What a filter cares about, and where it is found.

/// Something the filter cares about, which the host searches natively.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Interest {
    /// What to search.
    pub pattern: Pattern,
    /// A hit opens something that may span lines: the host also shows every line after it in the same
    /// batch, and further ones while [`crate::Filter::follow`] says so.
    pub opens: bool,
}

/// See [`Interest`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// These bytes. No newline among them.
    Literal(Vec<u8>),
    /// A regular expression over bytes, on one line, in the syntax that the documentation of the Rust crate
    /// `regex`, version 1, describes, with Unicode off (`(?u)` switches it on within an expression). `^` and
    /// `$` are the line's ends; `$` is also before a carriage return there. `\A` and `\z`, and what matches
    /// the empty string, are refused.
    Regex(String),
}

impl Interest {
    /// Lines that hold these bytes.
    pub fn literal(bytes: impl Into<Vec<u8>>) -> Self {
        Self { pattern: Pattern::Literal(bytes.into()), opens: false }
    }

    /// Lines that match this expression; see [`Pattern::Regex`].
    pub fn regex(expression: impl Into<String>) -> Self {
        Self { pattern: Pattern::Regex(expression.into()), opens: false }
    }

    /// A hit opens something that may span lines.
    #[must_use]
    pub fn opens(mut self) -> Self {
        self.opens = true;
        self
    }
}

/// Where an interest is found.
// The host writes a list of these right into the plugin's memory, where it is used as it is: these fields in
// this order, as in `wit/filter.wit`.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Index into the batch's lines.
    pub line: u32,
    /// Index into the filter's interests.
    pub interest: u32,
    /// First byte of the match, counted from the start of the line.
    pub start: u32,
    /// End of the match.
    pub end: u32,
}
