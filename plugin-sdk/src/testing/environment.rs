//! What surrounds a plugin in a test.

use std::collections::BTreeMap;

use crate::Context;
use crate::Environment;
use crate::Error;
use crate::Need;

/// An environment made of what a test grants, in a run of the test's choice. Everything else is denied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FakeEnvironment {
    variables: BTreeMap<String, Result<Option<String>, Error>>,
    context: Context,
}

impl Default for FakeEnvironment {
    fn default() -> Self {
        Self { variables: BTreeMap::new(), context: Context::for_tests() }
    }
}

impl FakeEnvironment {
    /// Nothing is granted; the run is [`Context::for_tests`].
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
        let error = Error::new("invalid", format!("the value of {name} is not UTF-8"));
        self.variables.insert(name.to_owned(), Err(error));
        self
    }

    /// The run that the plugin is part of.
    #[must_use]
    pub fn with_context(mut self, context: Context) -> Self {
        self.context = context;
        self
    }

    pub(super) fn context(&self) -> &Context {
        &self.context
    }
}

impl Environment for FakeEnvironment {
    fn get(&self, name: &str) -> Result<Option<String>, Error> {
        let denied = || Err(Error::new("denied", format!("env:{name} is not granted")));
        self.variables.get(name).cloned().unwrap_or_else(denied)
    }
}

/// An environment of which a plugin sees what it asked for: what is not declared can be granted by nobody.
pub(super) struct Declared<'a> {
    pub(super) needs: &'static [Need<'static>],
    pub(super) environment: &'a FakeEnvironment,
}

impl Environment for Declared<'_> {
    fn get(&self, name: &str) -> Result<Option<String>, Error> {
        declared(self.needs, "env", |argument| argument == name).ok_or_else(|| undeclared("env", name))?;
        self.environment.get(name)
    }
}

/// Whether a plugin asks for a capability, with an argument that fits or with `*`.
pub(super) fn declared(needs: &[Need<'_>], capability: &str, fits: impl Fn(&str) -> bool) -> Option<()> {
    needs
        .iter()
        .any(|need| need.capability() == capability && (need.argument() == "*" || fits(need.argument())))
        .then_some(())
}

/// What the host answers to whoever tries what its plugin did not ask for.
pub(super) fn undeclared(capability: &str, argument: &str) -> Error {
    let separator = if argument.is_empty() { "" } else { ":" };
    let what = format!("{capability}{separator}{argument}");
    Error::new("denied", format!("{what} is not in the needs that ABOUT lists: nobody can grant it"))
}
