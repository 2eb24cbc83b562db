//! What a plugin says of itself, checked.

use super::bindings::types;
use super::error::Failure;
use super::grant::Need;
use super::grant::is_file_name;
use super::grant::is_variable_name;
use super::limits::Limits;
use super::text::clean;

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
    /// JSON Schema of its configuration, if it has one.
    pub config_schema: Option<serde_json::Value>,
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

/// Checks a description. `exported` is the kind of world that the component exports.
pub(super) fn description(
    raw: types::Description,
    exported: Kind,
    limits: &Limits,
) -> Result<Description, Failure> {
    let protocol = |what: String| Failure::Protocol(what);
    if !is_file_name(&raw.name) {
        return Err(protocol(format!(
            "its name is `{}`; a name is at most 64 lower-case letters, digits and hyphens",
            clean(&raw.name, 80)
        )));
    }
    if !is_version(&raw.version) {
        return Err(protocol(format!(
            "its version is `{}`, not a semantic version",
            clean(&raw.version, 80)
        )));
    }
    let kind = match raw.kind {
        types::Kind::Transform => Kind::Transform,
        types::Kind::Filter => Kind::Filter,
        types::Kind::Reporter => Kind::Reporter,
    };
    if kind != exported {
        return Err(protocol(format!(
            "it calls itself a {}, but exports the world of a {}",
            kind.as_str(),
            exported.as_str()
        )));
    }
    if raw.needs.len() > limits.needs {
        return Err(Failure::Limit(format!("{} needs, {} allowed", raw.needs.len(), limits.needs)));
    }
    if raw.config_schema.len() > limits.schema_bytes {
        return Err(Failure::Limit(format!("a schema of more than {} bytes", limits.schema_bytes)));
    }
    let config_schema = (!raw.config_schema.trim().is_empty())
        .then(|| serde_json::from_str(&raw.config_schema))
        .transpose()
        .map_err(|error| protocol(format!("its configuration schema is not JSON: {error}")))?;
    Ok(Description {
        needs: raw.needs.into_iter().map(|raw| need(raw, kind)).collect::<Result<_, _>>()?,
        name: raw.name,
        version: raw.version,
        kind,
        summary: clean(&raw.summary, limits.message_chars),
        config_schema,
    })
}

fn need(raw: types::Need, kind: Kind) -> Result<Need, Failure> {
    let shown = |name: &str| clean(name, 80);
    let need = match raw {
        types::Need::Env(name) if name == "*" => Need::AnyEnv,
        types::Need::Env(name) if is_variable_name(&name) => Need::Env(name),
        types::Need::Env(name) => {
            return Err(Failure::Protocol(format!("it needs `env:{}`, which is no variable", shown(&name))));
        }
        types::Need::File(name) if is_file_name(&name) => Need::File(name),
        types::Need::File(name) => {
            return Err(Failure::Protocol(format!("it needs `file:{}`, which is no name", shown(&name))));
        }
        types::Need::Commands => Need::Commands,
        types::Need::LogLines => Need::LogLines,
    };
    if kind != Kind::Reporter && !matches!(need, Need::Env(_) | Need::AnyEnv) {
        return Err(Failure::Protocol(format!("it needs `{need}`, which only reporters can use")));
    }
    Ok(need)
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

/// Checks the findings of `configure`.
pub(super) fn diagnostics(raw: Vec<types::Diagnostic>, limits: &Limits) -> Result<Vec<Diagnostic>, Failure> {
    if raw.len() > limits.diagnostics {
        return Err(Failure::Limit(format!("{} diagnostics, {} allowed", raw.len(), limits.diagnostics)));
    }
    let checked = |raw: types::Diagnostic| Diagnostic {
        severity: match raw.severity {
            types::Severity::Error => Severity::Error,
            types::Severity::Warning => Severity::Warning,
            types::Severity::Note => Severity::Note,
        },
        path: clean(&raw.path, limits.message_chars),
        message: clean(&raw.message, limits.message_chars),
    };
    let findings: Vec<Diagnostic> = raw.into_iter().map(checked).collect();
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
