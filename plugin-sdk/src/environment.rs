//! Environment variables, one grant a name.

use crate::Error;

/// Where variables come from: the host, or a fake one in tests (`testing::FakeEnvironment`).
pub trait Environment {
    /// The value of a variable; `None` when it is granted but not set.
    ///
    /// # Errors
    /// `denied` when the name was not granted, `invalid` when the value is not UTF-8.
    fn get(&self, name: &str) -> Result<Option<String>, Error>;
}
