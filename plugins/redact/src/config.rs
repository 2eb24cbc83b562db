//! What the user says, and where secret values come from.

use serde::Deserialize;
use sortie_plugin_sdk::Finding;
use sortie_plugin_sdk::Need;
use sortie_plugin_sdk::Setup;

use crate::ordinary::is_ordinary;

/// Shorter values are refused by default: masking every `a` or `42` would wreck the log and, by
/// where the masks stand, still give the value away.
pub const DEFAULT_MIN_LENGTH: usize = 4;

/// The configuration.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Secret values, literally.
    pub values: Vec<String>,
    /// Names of environment variables whose values are secret.
    pub env: Vec<String>,
    /// Regular expressions of the user. A group named `secret` narrows what is masked.
    pub patterns: Vec<String>,
    /// Token formats to mask.
    pub builtin: Builtin,
    /// What stands in the place of a secret.
    pub mask: String,
    /// Bytes that a value must have at least.
    pub min_length: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            env: Vec::new(),
            patterns: Vec::new(),
            builtin: Builtin::All(true),
            mask: "***".to_owned(),
            min_length: DEFAULT_MIN_LENGTH,
        }
    }
}

/// Which of [`crate::builtin::rules`] apply.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected true, false or a list of names")]
pub enum Builtin {
    /// All or none.
    All(bool),
    /// These, by name.
    Some(Vec<String>),
}

/// A secret value and where it came from.
#[derive(Clone)]
pub struct Secret {
    /// JSON pointer to what named it.
    pub path: String,
    /// The value.
    pub value: String,
}

/// All secret values that the configuration names. Findings go to `setup`; none holds a value.
pub fn secrets(config: &Config, setup: &mut Setup<'_>) -> Vec<Secret> {
    let mut secrets: Vec<Secret> = config
        .values
        .iter()
        .enumerate()
        .map(|(index, value)| Secret { path: format!("/values/{index}"), value: value.clone() })
        .collect();
    secrets.iter().for_each(|secret| doubts(config, secret, "the value", setup));
    for (index, name) in config.env.iter().enumerate() {
        let path = format!("/env/{index}");
        setup.need(Need::env(name).required().because("Its value is masked in the log."));
        match setup.env(name) {
            Ok(Some(value)) if !value.trim().is_empty() => {
                let secret = Secret { path, value };
                doubts(config, &secret, name, setup);
                secrets.push(secret);
            }
            Ok(_) => setup.report(Finding::warning(
                path,
                format!("{name} is not set or empty: nothing is masked for it"),
            )),
            Err(error) if error.is_denied() => setup.report(Finding::error(
                path,
                format!("{name} may not be read: add \"env:{name}\" to the plugin's `grant` list"),
            )),
            Err(error) if error.code() == "invalid" => {
                setup.report(Finding::error(path, format!("{name} is not UTF-8: its value cannot be masked")))
            }
            Err(error) => setup.report(Finding::error(path, format!("{name} cannot be read: {error}"))),
        }
    }
    secrets
}

/// Says what of a secret is masked where it should not be, and what is not masked.
fn doubts(config: &Config, secret: &Secret, name: &str, setup: &mut Setup<'_>) {
    let path = || secret.path.clone();
    if is_ordinary(&secret.value) {
        let what = "an ordinary word or number: it is masked wherever it stands, in other words too";
        setup.report(Finding::warning(path(), format!("{name} is {what}; a secret should be longer")));
    }
    let is_short = |line: &&str| !line.is_empty() && line.len() < config.min_length;
    let short = secret.value.lines().map(str::trim).filter(is_short).count();
    if short > 0 && secret.value.trim().lines().count() > 1 {
        let lines = if short == 1 { "one line".to_owned() } else { format!("{short} lines") };
        let are = if short == 1 { "is" } else { "are" };
        setup.report(Finding::note(
            path(),
            format!(
                "{lines} of {name} {are} shorter than {} bytes: not masked, for other lines hold the same",
                config.min_length
            ),
        ));
    }
}
