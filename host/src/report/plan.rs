//! What `sortie plan` shows.

use std::fmt;

use serde::Serialize;

use crate::spec::TaskSpec;

/// What a run would do.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanReport {
    /// `fargate`, `docker`, `process`.
    pub backend: &'static str,
    /// The task after transforms.
    pub task: TaskSpec,
    /// The container whose exit code counts.
    pub main_container: String,
    /// What is registered with the platform, in a sentence's words.
    pub registers: Option<String>,
    /// What ends the task at its time when sortie is gone, in a sentence's words.
    pub guard: Option<String>,
    /// What is registered with the platform already, beside that; where that was asked for.
    pub compared: Option<Comparison>,
    /// Operation and body of every request that a run would send.
    pub requests: Vec<(String, serde_json::Value)>,
    /// What whoever runs sortie must be allowed for it, in the platform's own language of policies.
    pub policy: Option<serde_json::Value>,
    /// What a person should know.
    pub warnings: Vec<String>,
    /// What is masked in the log and in all that sortie says: the variable, and where it was set.
    pub masked: Vec<Masked>,
    /// What is handed on like a secret and is not masked; one line each.
    pub unmasked: Vec<String>,
    /// What each transform changed.
    pub changes: Vec<TransformChange>,
    /// All plugins, in order.
    pub plugins: Vec<PluginLine>,
}

/// What would be registered, beside what is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// The revision that it was compared with.
    pub revision: Option<String>,
    /// Whether a run would use that revision and register nothing; `null`: it is not known.
    pub reused: Option<bool>,
    /// What a run would do, in a sentence's words.
    pub said: String,
    /// Where the revision differs from what would be registered.
    pub differences: Vec<Difference>,
}

/// One place at which two definitions differ. Secrets are `***`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Difference {
    /// Such as `containerDefinitions[app].command`.
    pub path: String,
    /// What is registered; `null`: nothing.
    pub registered: serde_json::Value,
    /// What would be; `null`: nothing.
    pub planned: serde_json::Value,
}

/// Something whose value is masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Masked {
    /// The variable, or the part of an address.
    pub name: String,
    /// Where it was set.
    pub origin: String,
}

/// What one transform did.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TransformChange {
    /// The transform.
    pub plugin: String,
    /// The task it was given.
    pub before: TaskSpec,
    /// The task it gave back.
    pub after: TaskSpec,
    /// Why, in its own words, one line each.
    pub notes: Vec<String>,
    /// What it said for whoever writes it; shown with `-vv`.
    #[serde(skip)]
    pub debug: Vec<String>,
}

/// A plugin, as a person is told about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PluginLine {
    /// What the user calls it, else its name for itself.
    pub name: String,
    /// Its name for itself, where the user calls it otherwise.
    pub component: Option<String>,
    /// Its version.
    pub version: String,
    /// `transform`, `filter`, `reporter`.
    pub kind: &'static str,
    /// `sha256:…` of the component.
    pub digest: String,
    /// Why it is taken, where nobody asked for it by its name as a plugin.
    pub why: Option<String>,
    /// What it was granted.
    pub grants: Vec<String>,
    /// What it asked for and was not granted.
    pub missing: Vec<String>,
    /// What it has to say of its configuration that is no reason to worry; shown with `-v`.
    pub notes: Vec<String>,
    /// What it said for whoever writes it; shown with `-vv`.
    #[serde(skip)]
    pub debug: Vec<String>,
}

impl fmt::Display for PluginLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind, self.name)?;
        self.component.iter().try_for_each(|component| write!(f, " of {component}"))?;
        write!(f, " {} ({})", self.version, self.digest)?;
        self.why.iter().try_for_each(|why| write!(f, ", taken for {why}"))?;
        let mut lead = ", granted ";
        for grant in &self.grants {
            write!(f, "{lead}{grant}")?;
            lead = ", ";
        }
        Ok(())
    }
}
