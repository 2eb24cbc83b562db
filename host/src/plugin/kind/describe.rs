//! What a plugin says of itself, checked.

use crate::plugin::runtime::error::Failure;
use crate::plugin::runtime::limits::Limits;
use crate::plugin::runtime::text::clean;
use crate::plugin::trust::grant::Need;
use crate::plugin::trust::grant::is_file_name;
use crate::plugin::trust::grant::is_variable_name;

/// The three kinds of plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Changes a task before it is launched, or refuses it.
    Transform,
    /// Edits or drops log lines.
    Filter,
    /// Tells a CI system what happened.
    Reporter,
}

impl Kind {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Transform, Self::Filter, Self::Reporter];

    /// The word for it, as in `wit/`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Transform => "transform",
            Self::Filter => "filter",
            Self::Reporter => "reporter",
        }
    }
}

/// A plugin's own description. All texts are safe to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Lower-case letters, digits and hyphens.
    pub name: String,
    /// A semantic version.
    pub version: String,
    /// What it does.
    pub kind: Kind,
    /// One line for a person.
    pub summary: String,
    /// Everything that it may ask the host for.
    pub needs: Vec<Need>,
    /// JSON Schema of its configuration; empty where there is none.
    pub config_schema: String,
}

impl Description {
    /// Name and version, as errors name the plugin.
    pub fn label(&self) -> String {
        format!("{} {}", self.name, self.version)
    }
}

/// A plugin's own description as it came.
pub(crate) struct Described {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) kind: Kind,
    pub(crate) summary: String,
    pub(crate) needs: Vec<Need>,
    /// JSON Schema of its configuration; empty where there is none.
    pub(crate) config_schema: String,
}

/// How serious a finding about a configuration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The run does not start.
    Error,
    /// Something that the user should know.
    Warning,
    /// Something that the user may want to know.
    Note,
}

/// One finding about a configuration. All texts are safe to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How serious.
    pub severity: Severity,
    /// JSON pointer into the configuration; empty for the whole.
    pub path: String,
    /// One line.
    pub message: String,
}

impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl Described {
    /// The description, if it is one of a plugin that exports the world of `exported`.
    pub(crate) fn check(self, exported: Kind, limits: &Limits) -> Result<Description, Failure> {
        let protocol = |what: String| Failure::Protocol(what);
        if !is_file_name(&self.name) {
            return Err(protocol(format!(
                "its name is `{}`; a name is at most 64 lower-case letters, digits and hyphens",
                clean(&self.name, 80)
            )));
        }
        if !is_version(&self.version) {
            return Err(protocol(format!(
                "its version is `{}`, not a semantic version",
                clean(&self.version, 80)
            )));
        }
        if self.kind != exported {
            return Err(protocol(format!(
                "it calls itself a {}, but exports the world of a {}",
                self.kind.as_str(),
                exported.as_str()
            )));
        }
        if self.needs.len() > limits.needs {
            return Err(Failure::Limit(format!("{} needs, {} allowed", self.needs.len(), limits.needs)));
        }
        self.needs.iter().try_for_each(|need| check_need(need, self.kind))?;
        if self.config_schema.len() > limits.schema_bytes {
            return Err(Failure::Limit(format!("a schema of more than {} bytes", limits.schema_bytes)));
        }
        if !self.config_schema.trim().is_empty() {
            serde_json::from_str::<serde::de::IgnoredAny>(&self.config_schema)
                .map_err(|error| protocol(format!("its configuration schema is not JSON: {error}")))?;
        }
        Ok(Description {
            name: self.name,
            version: self.version,
            kind: self.kind,
            summary: clean(&self.summary, limits.message_chars),
            needs: self.needs,
            config_schema: self.config_schema,
        })
    }
}

fn check_need(need: &Need, kind: Kind) -> Result<(), Failure> {
    let shown = |name: &str| clean(name, 80);
    match need {
        Need::Env(name) if !is_variable_name(name) => {
            Err(Failure::Protocol(format!("it needs `env:{}`, which is not a variable", shown(name))))
        }
        Need::File(name) if !is_file_name(name) => {
            Err(Failure::Protocol(format!("it needs `file:{}`, which is not a name", shown(name))))
        }
        Need::Env(_) | Need::AnyEnv => Ok(()),
        _ if kind == Kind::Reporter => Ok(()),
        _ => Err(Failure::Protocol(format!("it needs `{need}`, which only reporters can use"))),
    }
}

/// `MAJOR.MINOR.PATCH`, then a pre-release or build part (semver.org, item 2, 9 and 10; the
/// finer rules of these parts do not matter here).
fn is_version(version: &str) -> bool {
    let end = version.find(['-', '+']).unwrap_or(version.len());
    let (core, rest) = version.split_at(end);
    let numbers: Vec<&str> = core.split('.').collect();
    version.len() <= 64
        && numbers.len() == 3
        && numbers.iter().all(|n| !n.is_empty() && n.bytes().all(|byte| byte.is_ascii_digit()))
        && rest.len() != 1
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+".contains(&byte))
}

/// The findings of `configure`, safe to print; those that are errors are the failure.
pub(crate) fn checked_diagnostics(
    mut findings: Vec<Diagnostic>,
    limits: &Limits,
) -> Result<Vec<Diagnostic>, Failure> {
    if findings.len() > limits.diagnostics {
        return Err(Failure::Limit(format!(
            "{} diagnostics, {} allowed",
            findings.len(),
            limits.diagnostics
        )));
    }
    for finding in &mut findings {
        finding.path = clean(&finding.path, limits.message_chars);
        finding.message = clean(&finding.message, limits.message_chars);
    }
    let errors: Vec<String> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(ToString::to_string)
        .collect();
    if errors.is_empty() { Ok(findings) } else { Err(Failure::Configuration(errors)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_semantic() {
        for version in ["0.1.0", "1.2.3-rc.1", "10.0.0+build-5"] {
            assert!(is_version(version), "{version}");
        }
        for version in ["", "1", "1.2", "latest", "1.2.x", "1.2.3-", "1.2.3 ", "1.2.3\n"] {
            assert!(!is_version(version), "{version:?}");
        }
    }
}
