//! What `sortie doctor` finds.

use serde::Serialize;

use crate::error::Error;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Check {
    /// What was looked at, in one or two words.
    pub name: String,
    /// How it is.
    pub outcome: Outcome,
    /// What was found, in a sentence's words.
    pub said: String,
    /// What to do about it, where something is to be done.
    pub remedy: Option<String>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Outcome {
    /// As it should be.
    Ok,
    /// It may be in the way of a run, or could not be looked at.
    Unsure,
    /// A run fails because of it.
    Problem,
}

impl Check {
    /// It is as it should be.
    pub fn ok(name: impl Into<String>, said: impl Into<String>) -> Self {
        Self::new(name, Outcome::Ok, said, "")
    }

    /// It may be in the way, or could not be looked at. An empty remedy is none.
    pub fn unsure(name: impl Into<String>, said: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(name, Outcome::Unsure, said, remedy)
    }

    /// A run fails because of it. An empty remedy is none.
    pub fn problem(name: impl Into<String>, said: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(name, Outcome::Problem, said, remedy)
    }

    /// The error with which a run would end.
    pub fn of_error(name: impl Into<String>, error: &Error) -> Self {
        Self::problem(name, error.to_string(), error.advice())
    }

    fn new(
        name: impl Into<String>,
        outcome: Outcome,
        said: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let remedy = Some(remedy.into()).filter(|remedy: &String| !remedy.is_empty());
        Self { name: name.into(), outcome, said: said.into(), remedy }
    }
}
