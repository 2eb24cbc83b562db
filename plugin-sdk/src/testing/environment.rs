//! An environment for tests.

use std::collections::BTreeMap;

use crate::EnvError;
use crate::Environment;

/// An environment made of what a test grants. Everything else is denied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FakeEnvironment {
    variables: BTreeMap<String, Result<Option<String>, EnvError>>,
}

impl FakeEnvironment {
    /// Nothing is granted.
    pub fn new() -> Self {
        Self::default()
    }

    /// Grants a variable that is set.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), Ok(Some(value.to_owned())));
        self
    }

    /// Grants a variable that is not set.
    #[must_use]
    pub fn unset(mut self, name: &str) -> Self {
        self.variables.insert(name.to_owned(), Ok(None));
        self
    }

    /// Grants a variable whose value is not UTF-8.
    #[must_use]
    pub fn not_unicode(mut self, name: &str) -> Self {
        self.variables.insert(name.to_owned(), Err(EnvError::NotUnicode));
        self
    }
}

impl Environment for FakeEnvironment {
    fn get(&self, name: &str) -> Result<Option<String>, EnvError> {
        self.variables.get(name).cloned().unwrap_or(Err(EnvError::Denied))
    }
}
