//! Names with something to them.

/// A name and a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pair {
    /// Name or key.
    pub name: String,
    /// Value.
    pub value: String,
}

impl Pair {
    /// A pair of the two.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

/// A number that a plugin counted, for the summary, reporters and JSON output.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counter {
    /// Lower-case letters, digits and hyphens, at most 64.
    pub name: String,
    /// How many. Whole numbers are exact up to 2^53.
    pub value: f64,
}

impl Counter {
    /// A counter of this name.
    pub fn new(name: impl Into<String>, value: f64) -> Self {
        Self { name: name.into(), value }
    }
}
