//! The environment of this process, read once and handed down: every part of a run sees the same
//! one, and a test can make one up.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::path::PathBuf;

/// Environment variables. Any value may be a secret, so none is ever printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl std::fmt::Debug for Environment {
    /// Without the values.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Environment({} variables)", self.0.len())
    }
}

/// What looking a variable up may find.
#[derive(Clone, PartialEq, Eq)]
pub enum Lookup {
    /// The value.
    Found(String),
    /// There is no such variable.
    Missing,
    /// The value is not text.
    NotUtf8,
}

impl Environment {
    /// The environment of this process.
    pub fn of_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// Looks a variable up where one that is missing must be told from one that is not text.
    /// Otherwise [`var`](Self::var) or [`path`](Self::path) is what is wanted.
    pub fn get(&self, name: &str) -> Lookup {
        match self.var_os(name) {
            None => Lookup::Missing,
            Some(value) => value.to_str().map_or(Lookup::NotUtf8, |value| Lookup::Found(value.to_owned())),
        }
    }

    /// The value of a variable as it is, be it empty or not text.
    pub fn var_os(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// The value of a variable that is set to a text. An empty one counts as not set: CI systems set
    /// variables that have no value to the empty string.
    pub fn var(&self, name: &str) -> Option<String> {
        self.filled(name)?.to_str().map(str::to_owned)
    }

    /// The path that a variable holds. An empty variable counts as not set.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.filled(name).map(PathBuf::from)
    }

    /// Whether a variable is set, and not to the empty string.
    pub fn is_set(&self, name: &str) -> bool {
        self.filled(name).is_some()
    }

    /// All variables, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    fn filled(&self, name: &str) -> Option<&OsStr> {
        self.var_os(name).filter(|value| !value.is_empty())
    }
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_counts_as_not_set_unless_its_very_value_is_asked_for() {
        let environment: Environment = [("HOME", "/root"), ("EMPTY", "")].into_iter().collect();
        assert_eq!(environment.var("HOME").as_deref(), Some("/root"));
        assert_eq!(environment.path("HOME"), Some(PathBuf::from("/root")));
        assert!(environment.is_set("HOME"));
        assert_eq!((environment.var("EMPTY"), environment.path("EMPTY")), (None, None));
        assert!(!environment.is_set("EMPTY"));
        assert_eq!(environment.var_os("EMPTY"), Some(OsStr::new("")));
        assert!(environment.get("EMPTY") == Lookup::Found(String::new()));
        assert_eq!((environment.var("MISSING"), environment.var_os("MISSING")), (None, None));
        assert!(environment.get("MISSING") == Lookup::Missing);
    }

    #[test]
    #[cfg(unix)]
    fn a_value_that_is_not_text_is_told_from_a_missing_one() {
        use std::os::unix::ffi::OsStringExt as _;
        let value = OsString::from_vec(vec![b'/', 0xff]);
        let environment: Environment = [(OsString::from("X"), value.clone())].into_iter().collect();
        assert!(environment.get("X") == Lookup::NotUtf8);
        assert_eq!(environment.var("X"), None);
        assert_eq!(environment.path("X"), Some(PathBuf::from(value)));
    }

    #[test]
    fn no_value_is_printed() {
        let environment: Environment = [("TOKEN", "hunter2")].into_iter().collect();
        assert_eq!(format!("{environment:?}"), "Environment(1 variables)");
    }
}
