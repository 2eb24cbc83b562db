//! The process's environment: `SORTIE_*` variables, and values that `--env NAME` copies.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::ffi::OsString;

use super::Origin;
use super::layer::Layer;
use super::layer::Said;
use super::reference;
use super::reference::Kind;
use super::reference::SETTINGS;

/// Environment variables, taken once so that a run sees one state of them and tests can make it.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl std::fmt::Debug for Environment {
    /// Without the values, any of which may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Environment({} variables)", self.0.len())
    }
}

/// What a look into the environment can find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// The value.
    Found(String),
    /// No such variable.
    Missing,
    /// A value that is not text.
    NotUtf8,
}

impl Environment {
    /// The environment of this process.
    pub fn of_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Lookup {
        match self.0.get(OsStr::new(name)) {
            None => Lookup::Missing,
            Some(value) => value.to_str().map_or(Lookup::NotUtf8, |value| Lookup::Found(value.to_owned())),
        }
    }

    /// The value of a variable as it is, for what need not be text: a path.
    pub fn os(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// What the `SORTIE_*` variables say, and warnings about those that say nothing.
    ///
    /// An empty variable counts as not set: CI systems set variables that have no value to the
    /// empty string.
    pub fn layer(&self) -> (Layer, Vec<String>) {
        let mut layer = Layer::default();
        let mut warnings = Vec::new();
        for (name, value) in &self.0 {
            let Some(name) = name.to_str().filter(|name| name.starts_with(reference::PREFIX)) else {
                continue;
            };
            let Some(setting) = SETTINGS.iter().find(|setting| setting.variable().as_deref() == Some(name))
            else {
                warnings.push(unknown(name));
                continue;
            };
            let Some(value) = value.to_str() else {
                warnings.push(format!("environment variable {name} is not valid UTF-8 and was ignored"));
                continue;
            };
            for text in split(setting.kind, value) {
                let origin = Origin::Environment(name.to_owned());
                layer.push(setting.key, Said { text, origin, at: name.to_owned() });
            }
        }
        (layer, warnings)
    }
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// The texts of one variable: kinds of which there can be several are separated by commas.
fn split(kind: Kind, value: &str) -> Vec<String> {
    match kind {
        _ if value.is_empty() => Vec::new(),
        Kind::Pairs | Kind::Many => {
            value.split(',').map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
        }
        _ => vec![value.to_owned()],
    }
}

/// The warning about a variable that no setting has.
fn unknown(name: &str) -> String {
    let known: Vec<String> = SETTINGS.iter().filter_map(reference::Setting::variable).collect();
    // The prefix is common to all: compared with it, everything would be near.
    let bare = &name[reference::PREFIX.len()..];
    let near = reference::nearest(bare, known.iter().map(|variable| &variable[reference::PREFIX.len()..]));
    match near {
        Some(near) => format!(
            "environment variable {name} is not known and was ignored; did you mean {}{near}?",
            reference::PREFIX
        ),
        None => format!("environment variable {name} is not known and was ignored"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(layer: &Layer, key: &str) -> Vec<String> {
        layer.get(key).unwrap_or_default().iter().map(|said| said.text.clone()).collect()
    }

    #[test]
    fn variables_become_settings() {
        let environment: Environment =
            [("SORTIE_CLUSTER", "ci"), ("SORTIE_TAG", "a=1, b=2"), ("SORTIE_IMAGE", ""), ("PATH", "/bin")]
                .into_iter()
                .collect();
        let (layer, warnings) = environment.layer();
        assert_eq!(warnings, Vec::<String>::new());
        assert_eq!(texts(&layer, "cluster"), ["ci"]);
        assert_eq!(texts(&layer, "tag"), ["a=1", "b=2"]);
        assert_eq!(layer.get("image"), None, "an empty variable is not set");
    }

    #[test]
    fn an_unknown_variable_is_a_warning_with_a_suggestion() {
        let environment: Environment =
            [("SORTIE_CLUSTR", "ci"), ("SORTIE_ZEBRA", "1"), ("SORTIE_COMMAND", "x")].into_iter().collect();
        let (_, warnings) = environment.layer();
        assert_eq!(
            warnings,
            [
                "environment variable SORTIE_CLUSTR is not known and was ignored; did you mean SORTIE_CLUSTER?",
                "environment variable SORTIE_COMMAND is not known and was ignored",
                "environment variable SORTIE_ZEBRA is not known and was ignored",
            ]
        );
    }
}
