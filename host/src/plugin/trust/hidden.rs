//! Values that are never printed.

use std::fmt;

/// A value that came from a variable, and may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Hidden<T>(T);

impl<T> Hidden<T> {
    /// Hides a value.
    pub(crate) fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for whoever has to know it.
    pub(crate) fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Hidden<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
