//! What the `SORTIE_*` variables set.

use super::Origin;
use super::layer::Layer;
use super::layer::RawValue;
use super::reference;
use super::reference::Kind;
use super::reference::PREFIX;
use super::reference::Setting;
use crate::environment::Environment;
use crate::nearest::nearest;

/// Where journals of runs are kept: no setting, for it must be the same for every command.
pub const STATE_DIR: &str = "SORTIE_STATE_DIR";

/// What the `SORTIE_*` variables set, and warnings about those that set nothing.
///
/// An empty variable counts as not set: CI systems set variables that have no value to the empty
/// string.
pub fn layer(environment: &Environment) -> (Layer, Vec<String>) {
    let mut layer = Layer::default();
    let mut warnings = Vec::new();
    for (name, value) in environment.iter() {
        let is_setting = |name: &&str| name.starts_with(PREFIX) && *name != STATE_DIR;
        let Some(name) = name.to_str().filter(is_setting) else { continue };
        let Some(setting) = reference::all().find(|setting| setting.variable().as_deref() == Some(name))
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
            layer.push(setting.key, RawValue { text, origin, at: name.to_owned() });
        }
    }
    (layer, warnings)
}

/// The texts of one variable. Where there can be several and a comma may be part of each
/// (`cache:/c:ro,Z`, `A=1,2`), each has a line of its own, as in an `--env-file`; indentation and blank
/// lines are ignored. Other lists are split at commas later, whatever their source, and a command into its words.
fn split(kind: Kind, value: &str) -> Vec<String> {
    match kind {
        _ if value.is_empty() => Vec::new(),
        kind if kind.is_by_line() => {
            value.lines().map(str::trim_start).filter(|line| !line.is_empty()).map(str::to_owned).collect()
        }
        _ => vec![value.to_owned()],
    }
}

/// The warning about a variable that no setting has.
fn unknown(name: &str) -> String {
    let known: Vec<String> = reference::all().filter_map(Setting::variable).collect();
    // The prefix is common to all: compared with it, everything would be near.
    let near = nearest(&name[PREFIX.len()..], known.iter().map(|variable| &variable[PREFIX.len()..]));
    let suggestion = near.map(|near| format!("; did you mean {PREFIX}{near}?")).unwrap_or_default();
    format!("environment variable {name} is not known and was ignored{suggestion}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(layer: &Layer, key: &str) -> Vec<String> {
        layer.get(key).unwrap_or_default().iter().map(|value| value.text.clone()).collect()
    }

    #[test]
    fn variables_become_settings() {
        let environment: Environment = [
            ("SORTIE_CLUSTER", "ci"),
            ("SORTIE_TAG", "a=1\n b=2"),
            ("SORTIE_IMAGE", ""),
            (STATE_DIR, "/s"),
            ("PATH", "/bin"),
        ]
        .into_iter()
        .collect();
        let (layer, warnings) = layer(&environment);
        assert_eq!(warnings, Vec::<String>::new());
        assert_eq!(texts(&layer, "cluster"), ["ci"]);
        assert_eq!(texts(&layer, "tag"), ["a=1", "b=2"]);
        assert_eq!(layer.get("image"), None, "an empty variable is not set");
    }

    #[test]
    fn a_comma_is_part_of_a_value_and_a_line_ends_it() {
        let environment: Environment = [
            ("SORTIE_VOLUME", ".:/work:ro,Z"),
            ("SORTIE_ENV", "A=1,2\r\n\n  B= x \n"),
            ("SORTIE_PLUGIN", "\n  redact\n  ./my,own.wasm\n"),
            ("SORTIE_SECRET_FROM_ENV", " \n "),
            ("SORTIE_SUBNET", "a,b"),
        ]
        .into_iter()
        .collect();
        let (layer, _) = layer(&environment);
        assert_eq!(texts(&layer, "volume"), [".:/work:ro,Z"]);
        assert_eq!(texts(&layer, "env"), ["A=1,2", "B= x "]);
        assert_eq!(texts(&layer, "plugin"), ["redact", "./my,own.wasm"]);
        assert_eq!(layer.get("secret-from-env"), None, "blank lines set nothing");
        assert_eq!(texts(&layer, "subnet"), ["a,b"], "a list is split when it is read");
    }

    #[test]
    fn an_unknown_variable_is_a_warning_with_a_suggestion() {
        let environment: Environment =
            [("SORTIE_CLUSTR", "ci"), ("SORTIE_ZEBRA", "1"), ("SORTIE_BUILD", "x")].into_iter().collect();
        let (_, warnings) = layer(&environment);
        assert_eq!(
            warnings,
            [
                "environment variable SORTIE_BUILD is not known and was ignored",
                "environment variable SORTIE_CLUSTR is not known and was ignored; did you mean SORTIE_CLUSTER?",
                "environment variable SORTIE_ZEBRA is not known and was ignored",
            ]
        );
    }
}
