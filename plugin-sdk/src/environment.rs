//! Environment variables, one grant a name.

/// Where variables come from: the host, or a fake one in tests ([`crate::testing::FakeEnvironment`]).
pub trait Environment {
    /// The value of a variable; `None` when it is granted but not set.
    ///
    /// # Errors
    /// When the name was not granted, or the value is not UTF-8.
    fn get(&self, name: &str) -> Result<Option<String>, EnvError>;
}

/// Why a variable cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvError {
    /// The name was not granted to this plugin.
    Denied,
    /// The value is not UTF-8.
    NotUnicode,
}
