//! The list of plugins: tables of the file, names and paths from the environment and the flags,
//! and what `--plugin-config` and `--grant` add.

use super::PluginSettings;
use super::layer::RawValue;
use super::merge::Layers;
use super::quantity::quoted;
use crate::error::Error;

/// Whether a plugin is named by the path of its file, and not by a first-party name, none of which
/// looks like one.
pub fn is_path(source: &str) -> bool {
    source.contains(['/', '\\']) || source.ends_with(".wasm")
}

/// Refuses a URL, which would otherwise be taken for a path.
pub(super) fn no_url(source: &str) -> Result<(), Error> {
    match source.contains("://") {
        false => Ok(()),
        true => {
            Err(Error::usage(format!("{} is a URL, and sortie does not download plugins", quoted(source)))
                .hint("download the file, and pin it by its digest"))
        }
    }
}

/// All plugins in the order in which they act: the file's, the environment's, the flags'.
pub fn resolve(layers: &Layers) -> Result<Vec<PluginSettings>, Error> {
    let mut plugins: Vec<PluginSettings> = Vec::new();
    for table in &layers.file.plugins {
        if plugins.iter().any(|plugin| plugin.source == table.source.text) {
            let problem = format!("the plugin {} is asked for twice", quoted(&table.source.text));
            return Err(Error::usage(problem).on(&table.source.at));
        }
        let digest = table.digest.as_deref().map(digest).transpose();
        plugins.push(PluginSettings {
            source: table.source.text.clone(),
            config: table.config.clone().unwrap_or_else(empty),
            grants: table.grants.clone(),
            digest: digest.map_err(|error| error.on(&table.source.at))?,
        });
    }
    for layer in [&layers.environment, &layers.flags] {
        for value in layer.get("plugin").unwrap_or_default() {
            add(&mut plugins, value).map_err(|error| error.on(&value.at))?;
        }
    }
    for value in layers.flags.get("plugin-config").unwrap_or_default() {
        let (plugin, text) = addressed(&mut plugins, value, "JSON").map_err(|error| error.on(&value.at))?;
        plugin.config = config(text).map_err(|error| error.on(&value.at))?;
    }
    for value in layers.flags.get("grant").unwrap_or_default() {
        let (plugin, grant) = addressed(&mut plugins, value, "GRANT").map_err(|error| error.on(&value.at))?;
        plugin.grants.get_or_insert_default().push(grant.to_owned());
    }
    Ok(plugins)
}

/// A plugin without configuration gets an empty object.
fn empty() -> serde_json::Value {
    serde_json::Value::Object(serde_json::Map::new())
}

/// Adds the plugin of one `--plugin`, unless it is there.
fn add(plugins: &mut Vec<PluginSettings>, value: &RawValue) -> Result<(), Error> {
    let (source, pinned) = match value.text.split_once("@sha256:") {
        Some((source, hex)) => (source, Some(digest(&format!("sha256:{hex}"))?)),
        None => (value.text.as_str(), None),
    };
    if source.is_empty() {
        return Err(
            Error::usage("a plugin needs a name or a path").hint("for instance `redact` or `./my.wasm`")
        );
    }
    no_url(source)?;
    match plugins.iter_mut().find(|plugin| plugin.source == source) {
        None => plugins.push(PluginSettings {
            source: source.to_owned(),
            config: empty(),
            grants: None,
            digest: pinned,
        }),
        Some(plugin) => {
            if let (Some(old), Some(new)) = (&plugin.digest, &pinned)
                && old != new
            {
                let problem = format!("the plugin {} is pinned to another digest already", quoted(source));
                return Err(Error::usage(problem));
            }
            plugin.digest = pinned.or(plugin.digest.take());
        }
    }
    Ok(())
}

/// The plugin that `PLUGIN=REST` is about, and the rest.
fn addressed<'p, 's>(
    plugins: &'p mut [PluginSettings],
    value: &'s RawValue,
    what: &str,
) -> Result<(&'p mut PluginSettings, &'s str), Error> {
    let sources: Vec<String> = plugins.iter().map(|plugin| plugin.source.clone()).collect();
    // A path may hold a `=`, so the plugins that are asked for are tried before the first `=`.
    let found = plugins
        .iter_mut()
        .filter_map(|plugin| Some((value.text.strip_prefix(&plugin.source)?.strip_prefix('=')?, plugin)))
        .min_by_key(|(rest, _)| rest.len());
    if let Some((rest, plugin)) = found {
        return Ok((plugin, rest));
    }
    // What follows the `=` is not shown: a configuration may hold a secret.
    match value.text.split_once('=') {
        None => Err(Error::usage(format!("no `=` between the plugin and its {what}"))
            .hint(format!("write PLUGIN={what}"))),
        // What cannot be a name may be the configuration itself, and hold a secret.
        Some((name, _)) if !may_be_a_name(name) => {
            Err(Error::usage(format!("no plugin's name before the {what}"))
                .hint(format!("write PLUGIN={what}")))
        }
        Some((name, _)) => {
            let error = Error::usage(format!("no plugin {} is asked for", quoted(name)));
            Err(match sources.is_empty() {
                true => error.hint(format!("add --plugin {name}")),
                false => error.hint(format!("asked for: {}", sources.join(", "))),
            })
        }
    }
}

fn may_be_a_name(text: &str) -> bool {
    text.len() <= 100 && !text.contains(['{', '"', '\'', '[', ':']) && !text.contains(char::is_whitespace)
}

/// A configuration in JSON. The error shows the place, not the text.
fn config(text: &str) -> Result<serde_json::Value, Error> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| {
        Error::usage(format!("not valid JSON at line {} column {}", error.line(), error.column()))
    })?;
    match value.is_object() {
        true => Ok(value),
        false => Err(Error::usage("the configuration of a plugin is a JSON object")
            .hint("for instance redact={\"secrets\":[\"…\"]}")),
    }
}

/// A digest: `sha256:` and 64 hexadecimal digits.
fn digest(text: &str) -> Result<String, Error> {
    let hex = text.strip_prefix("sha256:").unwrap_or_default().to_ascii_lowercase();
    match hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(format!("sha256:{hex}")),
        false => Err(Error::usage(format!("{} is not a digest", quoted(text)))
            .hint("write sha256: and 64 hexadecimal digits, as `sha256sum` prints them")),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::settings::Origin;
    use crate::settings::file;
    use crate::settings::layer::Layer;

    fn flags(texts: &[(&'static str, &str)]) -> Layer {
        let mut layer = Layer::default();
        for (key, text) in texts {
            let at = format!("--{key}");
            layer.push(key, RawValue { text: (*text).to_owned(), origin: Origin::Flag(at.clone()), at });
        }
        layer
    }

    fn resolved(toml: &str, texts: &[(&'static str, &str)]) -> Result<Vec<PluginSettings>, Error> {
        let file = file::parse(toml, Path::new("sortie.toml")).unwrap();
        resolve(&Layers { flags: flags(texts), environment: Layer::default(), file })
    }

    #[test]
    fn a_flag_adds_to_the_plugins_of_the_file_and_refines_them() {
        let plugins = resolved(
            "[[plugin]]\nname = 'redact'\ngrant = ['env:A']\nconfig = { a = 1 }\n",
            &[
                ("plugin", "github"),
                ("plugin", "redact"),
                ("grant", "redact=env:B"),
                ("plugin-config", "github={\"b\":2}"),
            ],
        )
        .unwrap();
        let [redact, github] = &plugins[..] else { panic!("{plugins:?}") };
        assert_eq!(redact.source, "redact");
        assert_eq!(redact.grants, Some(vec!["env:A".to_owned(), "env:B".to_owned()]));
        assert_eq!(redact.config, serde_json::json!({"a": 1}));
        assert_eq!(github.config, serde_json::json!({"b": 2}));
        assert_eq!(github.grants, None, "standard grants");
    }

    #[test]
    fn a_digest_is_pinned_by_flag() {
        let hex = "ab".repeat(32);
        let plugins =
            resolved("", &[("plugin", &format!("./a=b.wasm@sha256:{hex}")), ("grant", "./a=b.wasm=env:X=Y")]);
        let plugins = plugins.unwrap();
        assert_eq!(plugins[0].source, "./a=b.wasm");
        assert_eq!(plugins[0].digest, Some(format!("sha256:{hex}")));
        assert_eq!(plugins[0].grants, Some(vec!["env:X=Y".to_owned()]));
    }

    #[test]
    fn what_is_printed_holds_no_configuration() {
        let toml = "[[plugin]]\nname = 'redact'\nconfig = { values = ['hunter2'] }\ngrant = ['env:A']\n";
        let layers =
            Layers { file: file::parse(toml, Path::new("sortie.toml")).unwrap(), ..Layers::default() };
        let printed = format!("{layers:?} {:?}", resolve(&layers).unwrap());
        assert!(printed.contains("redact") && printed.contains("env:A"), "{printed}");
        assert!(!printed.contains("hunter2"), "{printed}");
    }

    #[test]
    fn errors_name_the_flag_and_no_configuration() {
        let error =
            resolved("", &[("plugin", "redact"), ("plugin-config", "redact={\"s\": hunter2}")]).unwrap_err();
        assert_eq!(error.to_string(), "--plugin-config: not valid JSON at line 1 column 7");
        let error = resolved("", &[("plugin-config", "redact=\"hunter2\"")]).unwrap_err();
        assert_eq!(error.to_string(), "--plugin-config: no plugin `redact` is asked for");
        let error = resolved("", &[("plugin", "oci://example.com/a")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "--plugin: `oci://example.com/a` is a URL, and sortie does not download plugins"
        );
        let error = resolved("", &[("plugin", "a.wasm@sha256:12")]).unwrap_err();
        assert_eq!(error.to_string(), "--plugin: `sha256:12` is not a digest");
    }
}
