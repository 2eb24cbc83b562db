//! What a plugin says of itself.

/// The three kinds of plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Changes a task before it is launched.
    Transform,
    /// Edits log lines.
    Filter,
    /// Tells somebody what happened.
    Reporter,
}

/// A capability that a plugin asks the user to grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// Read one environment variable of the sortie process, by exact name. `*` stands for names
    /// that only the configuration knows; each of them still needs a grant of its own.
    Env(String),
    /// Append to one file, known to the plugin by this name only.
    File(String),
    /// Write lines to the CI system's command channel (reporters only).
    Commands,
    /// Receive the task's log lines after all filters (reporters only).
    LogLines,
}

impl Need {
    /// One [`Need::Env`] a name.
    pub fn envs<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Self> {
        names.into_iter().map(|name| Self::Env(name.to_owned())).collect()
    }
}

/// Name, version and needs of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Lower-case letters, digits and hyphens, at most 64 characters.
    pub name: String,
    /// A semantic version.
    pub version: String,
    /// One line for a person.
    pub summary: String,
    /// Everything the plugin may ask for.
    pub needs: Vec<Need>,
    /// JSON Schema of the configuration; empty when there is none.
    pub config_schema: String,
}

impl About {
    /// A plugin that needs nothing and has no schema.
    pub fn new(name: &str, version: &str, summary: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            summary: summary.to_owned(),
            needs: Vec::new(),
            config_schema: String::new(),
        }
    }

    /// Adds what the plugin may ask for.
    #[must_use]
    pub fn needs(mut self, needs: impl IntoIterator<Item = Need>) -> Self {
        self.needs.extend(needs);
        self
    }

    /// Sets the JSON Schema of the configuration.
    #[must_use]
    pub fn config_schema(mut self, schema: &str) -> Self {
        schema.clone_into(&mut self.config_schema);
        self
    }
}
