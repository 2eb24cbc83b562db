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

/// Whether a text can be the name of a variable (POSIX, XBD 8.1).
fn is_name(text: &str) -> bool {
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !text.is_empty() && !text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(of_name)
}

/// A name, if it looks like one: it may be a value that stands in the wrong place.
fn shown(name: &str) -> &str {
    match name.bytes().any(|byte| byte.is_ascii_lowercase()) {
        true => "the variable (not named here, since it may be a value)",
        false => name,
    }
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
        if !is_name(name) {
            let problem = "it is not the name of a variable (and not shown, since it may be a value)";
            setup.report(Finding::error(path, problem));
            continue;
        }
        setup.need(Need::env(name).required().because("Its value is masked in the log."));
        match setup.env(name) {
            Ok(Some(value)) if !value.trim().is_empty() => {
                let secret = Secret { path, value };
                doubts(config, &secret, name, setup);
                secrets.push(secret);
            }
            Ok(_) => setup.report(Finding::warning(
                path,
                format!("{} is not set or empty: nothing is masked for it", shown(name)),
            )),
            Err(error) if error.is_denied() => setup.report(Finding::error(
                path,
                match shown(name) {
                    shown if shown == name => {
                        format!("{name} may not be read: add \"env:{name}\" to the plugin's `grant` list")
                    }
                    shown => {
                        format!("{shown} may not be read: add it as env:NAME to the plugin's `grant` list")
                    }
                },
            )),
            Err(error) if error.code() == "invalid" => setup.report(Finding::error(
                path,
                format!("{} is not UTF-8: its value cannot be masked", shown(name)),
            )),
            Err(error) => {
                setup.report(Finding::error(path, format!("{} cannot be read: {error}", shown(name))))
            }
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
