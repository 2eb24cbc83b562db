//! What a plugin says of itself, checked.

use crate::plugin::runtime::error::Failure;
use crate::plugin::runtime::limits::Limits;
use crate::plugin::runtime::text::clean;
use crate::plugin::trust::grant::Need;
use crate::plugin::trust::grant::is_file_name;
use crate::plugin::trust::grant::is_variable_name;
use crate::settings::places::ConfigPlaces;

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
    pub needs: Vec<Asked>,
    /// JSON Schema of its configuration; empty where there is none.
    pub config_schema: String,
}

/// A capability that a plugin asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Which.
    pub need: Need,
    /// It is of no use without.
    pub required: bool,
    /// What for, in its own words; may be empty.
    pub reason: String,
}

impl std::fmt::Display for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.reason.is_empty() {
            true => write!(f, "{}", self.need),
            false => write!(f, "{} ({})", self.need, self.reason),
        }
    }
}

impl Description {
    /// Name and version, as errors name the plugin.
    pub fn label(&self) -> String {
        format!("{} {}", self.name, self.version)
    }
}

/// What every plugin answers when it is configured.
#[derive(Debug, Default)]
pub(crate) struct Setup {
    /// What it has to say of its configuration; see [`refusal`].
    pub(crate) findings: Vec<Diagnostic>,
    /// What the configuration needs, of what was asked for without a name.
    pub(crate) needs: Vec<Asked>,
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
    /// Where that stands, as far as the host knows: `sortie.toml:7`.
    pub place: Option<String>,
    /// JSON pointer into the configuration; empty for the whole.
    pub path: String,
    /// One line.
    pub message: String,
}

impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

/// A plugin's own description as it came, checked, with its texts made safe to print.
pub(crate) fn checked_description(raw: Description, limits: &Limits) -> Result<Description, Failure> {
    let protocol = |what: String| Failure::Protocol(what);
    if !is_file_name(&raw.name) {
        return Err(protocol(format!(
            "its name is `{}`; a name is at most 64 lower-case letters, digits and hyphens",
            clean(&raw.name, 80)
        )));
    }
    if !is_version(&raw.version) {
        let version = clean(&raw.version, 80);
        return Err(protocol(format!("its version is `{version}`, not a semantic version")));
    }
    let needs = checked_needs(raw.needs, raw.kind, limits)?;
    if raw.config_schema.len() > limits.schema_bytes {
        return Err(Failure::Limit(format!("a schema of more than {} bytes", limits.schema_bytes)));
    }
    Ok(Description { summary: clean(&raw.summary, limits.message_chars), needs, ..raw })
}

/// Needs of a plugin of this kind as they came, checked.
pub(crate) fn checked_needs(needs: Vec<Asked>, kind: Kind, limits: &Limits) -> Result<Vec<Asked>, Failure> {
    if needs.len() > limits.needs {
        return Err(Failure::Limit(format!("{} needs, {} allowed", needs.len(), limits.needs)));
    }
    let checked = |asked: Asked| {
        check_need(&asked.need, kind)?;
        Ok(Asked { reason: clean(&asked.reason, limits.message_chars), ..asked })
    };
    needs.into_iter().map(checked).collect()
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
        Need::Unknown(name) if !is_file_name(name) => {
            Err(Failure::Protocol(format!("it needs `{}`, which is not a word", shown(name))))
        }
        Need::Env(_) | Need::AnyEnv | Need::Unknown(_) => Ok(()),
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

impl Setup {
    /// The same with the places of what the findings are about.
    pub(crate) fn placed(mut self, places: &ConfigPlaces) -> Self {
        for finding in self.findings.iter_mut().filter(|finding| !finding.path.is_empty()) {
            finding.place = places.at(&finding.path);
        }
        self
    }
}

/// The findings of `configure`, safe to print.
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
    Ok(findings)
}

/// Why the plugin does not take its configuration: the errors among its findings.
pub(crate) fn refusal(findings: &[Diagnostic]) -> Option<Failure> {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    let errors: Vec<String> = errors.map(ToString::to_string).collect();
    (!errors.is_empty()).then_some(Failure::Configuration(errors))
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
