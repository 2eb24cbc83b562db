//! What a plugin says of itself.

/// A capability that a plugin asks the user to grant.
///
/// What is not listed in [`About::needs`] can be granted to it by nobody, and what is not granted answers
/// [denied](crate::Error::is_denied) when it is used.
///
/// ```
/// use sortie_plugin_sdk::Need;
///
/// const TOKEN: Need<'static> = Need::env("API_TOKEN").required().because("It signs in to the service.");
/// assert_eq!((TOKEN.capability(), TOKEN.argument()), ("env", "API_TOKEN"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need<'a> {
    capability: &'a str,
    argument: &'a str,
    required: bool,
    reason: &'a str,
}

impl<'a> Need<'a> {
    /// A capability by its name in the interface (`wit/types.wit`, `need`), and of what. For one that this
    /// version of the SDK has no function for.
    pub const fn new(capability: &'a str, argument: &'a str) -> Self {
        Self { capability, argument, required: false, reason: "" }
    }

    /// Read the environment variable of sortie's process that has exactly this name.
    pub const fn env(name: &'a str) -> Self {
        Self::new("env", name)
    }

    /// [`Need::env`] for each of these, all with one reason.
    ///
    /// ```
    /// use sortie_plugin_sdk::About;
    /// use sortie_plugin_sdk::Need;
    ///
    /// const ABOUT: About = About::new("who", "1.0.0", "Says who ran it.")
    ///     .needs(&Need::envs(["USER", "HOSTNAME"], "They say who ran it."));
    /// assert_eq!(ABOUT.all_needs().len(), 2);
    /// ```
    pub const fn envs<const N: usize>(names: [&'a str; N], reason: &'a str) -> [Self; N] {
        let mut needs = [Self::env("").because(reason); N];
        let mut index = 0;
        while index < N {
            needs[index].argument = names[index];
            index += 1;
        }
        needs
    }

    /// Read environment variables whose names only the configuration tells; each of them still needs a
    /// grant of its own. [`crate::Setup::need`] says which they are.
    pub const fn any_env() -> Self {
        Self::new("env", "*")
    }

    /// Append to a file, or replace it. The plugin knows it by this name only (lower-case letters, digits
    /// and hyphens); the grant gives the path. For reporters.
    pub const fn file(name: &'a str) -> Self {
        Self::new("file", name)
    }

    /// Files whose names only the configuration tells; see [`Need::any_env`].
    pub const fn any_file() -> Self {
        Self::new("file", "*")
    }

    /// Write lines to the CI system's command channel. For reporters.
    pub const fn commands() -> Self {
        Self::new("commands", "")
    }

    /// Receive the task's log lines, after all filters. For reporters.
    pub const fn log_lines() -> Self {
        Self::new("log-lines", "")
    }

    /// Send HTTP requests: method and address, as in `POST:https://hooks.example.com/ci`, which also
    /// stands for all paths below; or `POST:$HOOK` for the address in a variable, `POST:$BASE/v1` for
    /// one beneath it. For reporters.
    pub const fn http(method_and_address: &'a str) -> Self {
        Self::new("http", method_and_address)
    }

    /// HTTP requests whose addresses only the configuration tells; see [`Need::any_env`].
    pub const fn any_http() -> Self {
        Self::new("http", "*")
    }

    /// The plugin is of no use without: a run does not start where it is not granted.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// What for, in one line for the person who decides about it.
    #[must_use]
    pub const fn because(mut self, reason: &'a str) -> Self {
        self.reason = reason;
        self
    }

    /// What: `env`, `file`, `commands`, `log-lines`, `http`.
    pub const fn capability(&self) -> &'a str {
        self.capability
    }

    /// Of what: a name, an address, `*`, or nothing.
    pub const fn argument(&self) -> &'a str {
        self.argument
    }

    /// Whether the plugin is of no use without.
    pub const fn is_required(&self) -> bool {
        self.required
    }

    /// What for; empty when nothing was said.
    pub const fn reason(&self) -> &'a str {
        self.reason
    }
}

/// A [`Need`] whose texts are its own, as it travels to the host.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnedNeed {
    /// See [`Need::capability`].
    pub capability: String,
    /// See [`Need::argument`].
    pub argument: String,
    /// See [`Need::is_required`].
    pub required: bool,
    /// See [`Need::reason`].
    pub reason: String,
}

impl From<Need<'_>> for OwnedNeed {
    fn from(need: Need<'_>) -> Self {
        Self {
            capability: need.capability.to_owned(),
            argument: need.argument.to_owned(),
            required: need.required,
            reason: need.reason.to_owned(),
        }
    }
}

/// Name, version and needs of a plugin. All of it is known at compile time, so that [`crate::export!`] can
/// also write it into the component, where it can be read without running the plugin.
///
/// ```
/// use sortie_plugin_sdk::About;
/// use sortie_plugin_sdk::Need;
///
/// const ABOUT: About = About::new("chat", env!("CARGO_PKG_VERSION"), "Says in a channel how a run ended.")
///     .needs(&[Need::any_http().required().because("It posts to the channel's webhook.")])
///     .config_schema(r#"{"type":"object"}"#);
/// assert_eq!(ABOUT.name(), "chat");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    name: &'static str,
    version: &'static str,
    summary: &'static str,
    needs: &'static [Need<'static>],
    config_schema: &'static str,
}

impl About {
    /// A plugin that needs nothing and has no schema. Its name has lower-case letters, digits and hyphens,
    /// at most 64; its version is a semantic version; the summary is one line for a person.
    pub const fn new(name: &'static str, version: &'static str, summary: &'static str) -> Self {
        Self { name, version, summary, needs: &[], config_schema: "" }
    }

    /// Everything that the plugin may ask for.
    #[must_use]
    pub const fn needs(mut self, needs: &'static [Need<'static>]) -> Self {
        self.needs = needs;
        self
    }

    /// The JSON Schema (draft 2020-12) of the configuration: sortie checks the configuration against it
    /// before the plugin sees it. `include_str!("../config.schema.json")` keeps it in a file.
    #[must_use]
    pub const fn config_schema(mut self, schema: &'static str) -> Self {
        self.config_schema = schema;
        self
    }

    /// Lower-case letters, digits and hyphens, at most 64.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// A semantic version.
    pub const fn version(&self) -> &'static str {
        self.version
    }

    /// One line for a person.
    pub const fn summary(&self) -> &'static str {
        self.summary
    }

    /// Everything that the plugin may ask for.
    pub const fn all_needs(&self) -> &'static [Need<'static>] {
        self.needs
    }

    /// The JSON Schema of the configuration; empty when there is none.
    pub const fn schema(&self) -> &'static str {
        self.config_schema
    }
}
