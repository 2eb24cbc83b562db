//! The list of plugins: tables of the file, names and paths from the environment and the flags,
//! and what `--plugin-config` and `--grant` add.

use std::path::Path;

use super::PluginSettings;
use super::config_file;
use super::layer::RawValue;
use super::merge::Layers;
use super::places::ConfigPlaces;
use super::plugin_ref;
use super::plugin_ref::PluginRef;
use super::quantity::quoted;
use crate::error::Error;

/// All plugins in the order in which they act: the file's, the environment's, the flags', and the reporters
/// that are not among them.
pub fn resolve(layers: &Layers, reporters: Vec<PluginSettings>) -> Result<Vec<PluginSettings>, Error> {
    let mut plugins: Vec<PluginSettings> = Vec::new();
    for table in &layers.file.plugins {
        let digest = table.digest.as_deref().map(digest).transpose();
        let mut plugin = PluginSettings {
            name: table.name.clone(),
            at: table.at.clone(),
            places: table.places.clone(),
            grants: table.grants.clone(),
            digest: digest.map_err(|error| error.on(&table.at))?,
            ..PluginSettings::new(table.source.clone())
        };
        if let Some(config) = &table.config {
            plugin.config = config.clone();
        }
        if plugins.iter().any(|other| other.handle() == plugin.handle()) {
            let problem = format!("the plugin {} is asked for twice", quoted(&plugin.handle()));
            let hint = "to have it twice, give each a `name` of its own beside its `source`";
            return Err(Error::usage(problem).hint(hint).on(&table.at));
        }
        plugins.push(plugin);
    }
    for layer in [&layers.environment, &layers.flags] {
        for value in layer.get("plugin").unwrap_or_default() {
            add(&mut plugins, value).map_err(|error| error.on(&value.at))?;
        }
    }
    for reporter in reporters {
        if !plugins.iter().any(|plugin| plugin.source == reporter.source) {
            plugins.push(reporter);
        }
    }
    let mut configured: Vec<String> = Vec::new();
    for value in layers.flags.get("plugin-config").unwrap_or_default() {
        let (plugin, text) = addressed(&mut plugins, value, "JSON").map_err(|error| error.on(&value.at))?;
        let handle = plugin.handle();
        if configured.contains(&handle) {
            let problem = format!("the plugin {} is configured twice", quoted(&handle));
            return Err(Error::usage(problem).hint("write one object for both").on(&value.at));
        }
        configured.push(handle);
        plugin.config = config(text).map_err(|error| error.on(&value.at))?;
        plugin.places = ConfigPlaces::whole(&value.at);
    }
    for value in layers.flags.get("grant").unwrap_or_default() {
        let (plugin, grant) = addressed(&mut plugins, value, "GRANT").map_err(|error| error.on(&value.at))?;
        let grants = plugin.grants.get_or_insert_default();
        if !grants.iter().any(|there| there == grant) {
            grants.push(grant.to_owned());
        }
    }
    Ok(plugins)
}

/// Adds the plugin of one `--plugin` (`[NAME=]SOURCE[@sha256:HEX]`), unless it is there.
fn add(plugins: &mut Vec<PluginSettings>, value: &RawValue) -> Result<(), Error> {
    let (source, pinned) = match value.text.split_once("@sha256:") {
        Some((source, hex)) => (source, Some(digest(&format!("sha256:{hex}"))?)),
        None => (value.text.as_str(), None),
    };
    // A path may hold a `=`: what stands before it is a name only if it can be one.
    let named = source.split_once('=').and_then(|(name, rest)| Some((plugin_ref::name(name).ok()?, rest)));
    let (name, source) = named.map_or((None, source), |(name, source)| (Some(name), source));
    let source = PluginRef::parse(source)?;
    let handle = name.clone().unwrap_or_else(|| source.to_string());
    match plugins.iter_mut().find(|plugin| plugin.handle() == handle) {
        None => {
            let places = ConfigPlaces::whole(&value.at);
            let at = value.at.clone();
            plugins.push(PluginSettings { name, at, places, digest: pinned, ..PluginSettings::new(source) });
        }
        Some(plugin) if name.is_some() && plugin.source != source => {
            let problem = format!("the name {} is that of another plugin already", quoted(&handle));
            return Err(Error::usage(problem).hint(format!("it is loaded from {}", plugin.source)));
        }
        Some(plugin) => {
            if let (Some(old), Some(new)) = (&plugin.digest, &pinned)
                && old != new
            {
                let handle = quoted(&handle);
                return Err(Error::usage(format!("the plugin {handle} is pinned to another digest already")));
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
    let handles: Vec<String> = plugins.iter().map(PluginSettings::handle).collect();
    // A path may hold a `=`, so the plugins that are asked for are tried before the first `=`.
    let found = plugins
        .iter_mut()
        .filter_map(|plugin| {
            let rest = value.text.strip_prefix(&plugin.handle())?;
            Some((rest.strip_prefix('=')?, plugin))
        })
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
            Err(match handles.is_empty() {
                true => error.hint(format!("add --plugin {name}")),
                false => {
                    // A file without a name is called by its path.
                    let is_path = |handle: &String| handle.contains(['/', '\\']) || handle.ends_with(".wasm");
                    let naming = match handles.iter().any(is_path) {
                        true => format!("; --plugin {name}=PATH calls a file {name}"),
                        false => String::new(),
                    };
                    error.hint(format!("asked for: {}{naming}", handles.join(", ")))
                }
            })
        }
    }
}

fn may_be_a_name(text: &str) -> bool {
    text.len() <= 100 && !text.contains(['{', '"', '\'', '[', ':']) && !text.contains(char::is_whitespace)
}

/// A configuration in JSON, or `@PATH`, a file of it. The error shows the place, not the text.
fn config(text: &str) -> Result<serde_json::Value, Error> {
    if let Some(path) = text.strip_prefix('@') {
        let path = Path::new(path);
        return config_text(&config_file::read_named(path)?)
            .map_err(|error| error.on(&path.display().to_string()));
    }
    // A shell takes quotes and braces for its own.
    config_text(text).map_err(|error| match error.advice().is_empty() {
        true => error.hint("in a shell JSON stands in single quotes: 'redact={\"values\":[\"…\"]}'"),
        false => error,
    })
}

fn config_text(text: &str) -> Result<serde_json::Value, Error> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| {
        Error::usage(format!("not valid JSON at line {} column {}", error.line(), error.column()))
    })?;
    match value.is_object() {
        true => Ok(value),
        false => Err(Error::usage("the configuration of a plugin is a JSON object")
            .hint("for instance redact={\"values\":[\"…\"]}")),
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
        resolve(&Layers { flags: flags(texts), environment: Layer::default(), file }, Vec::new())
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
        assert_eq!(redact.source.to_string(), "redact");
        assert_eq!(redact.grants, Some(vec!["env:A".to_owned(), "env:B".to_owned()]));
        assert_eq!(redact.config, serde_json::json!({"a": 1}));
        assert_eq!(github.config, serde_json::json!({"b": 2}));
        assert_eq!(github.grants, None, "standard grants");
        assert_eq!(redact.places.at("/a").as_deref(), Some("sortie.toml:4"));
        assert_eq!(github.places.at("/b").as_deref(), Some("--plugin-config"));
    }

    #[test]
    fn a_reporter_that_is_asked_for_already_stays_as_it_is_asked_for() {
        let github = || PluginSettings::new(PluginRef::FirstParty("github".to_owned()));
        let toml = "[[plugin]]\nname = 'gh'\nsource = 'github'\nconfig = { title = 'x' }\n";
        let layers = |file: &str, texts: &[(&'static str, &str)]| Layers {
            flags: flags(texts),
            environment: Layer::default(),
            file: file::parse(file, Path::new("sortie.toml")).unwrap(),
        };
        let plugins = resolve(&layers(toml, &[]), vec![github()]).unwrap();
        assert_eq!(plugins.iter().map(PluginSettings::handle).collect::<Vec<_>>(), ["gh"]);
        // And one that is not can be configured as any other.
        let config = [("plugin-config", "github={\"title\":\"y\"}")];
        let plugins = resolve(&layers("", &config), vec![github()]).unwrap();
        assert_eq!(plugins[0].config, serde_json::json!({ "title": "y" }));
    }

    #[test]
    fn a_second_configuration_is_an_error_and_a_second_grant_is_none() {
        let one = ("plugin-config", "redact={}");
        let error = resolved("", &[("plugin", "redact"), one, one]).unwrap_err();
        assert_eq!(error.to_string(), "--plugin-config: the plugin `redact` is configured twice");
        let grant = ("grant", "redact=env:A");
        let plugins =
            resolved("[[plugin]]\nname = 'redact'\ngrant = 'env:A'\n", &[grant, grant, one]).unwrap();
        assert_eq!(plugins[0].grants, Some(vec!["env:A".to_owned()]));
    }

    #[test]
    fn one_component_is_several_plugins_by_their_names() {
        let toml = "[[plugin]]\nname = 'ops'\nsource = './hook.wasm'\nconfig = { to = 'ops' }\n\
                    [[plugin]]\nname = 'shop'\nsource = './hook.wasm'\n\
                    [[plugin]]\nsource = './hook.wasm'\n";
        let flags = [
            ("plugin", "ops"),
            ("plugin", "night=./hook.wasm"),
            ("plugin-config", "shop={\"to\":\"shop\"}"),
            ("grant", "night=env:A"),
            ("grant", "./hook.wasm=env:B"),
        ];
        let plugins = resolved(toml, &flags).unwrap();
        let handles: Vec<String> = plugins.iter().map(PluginSettings::handle).collect();
        assert_eq!(handles, ["ops", "shop", "./hook.wasm", "night"]);
        assert!(plugins.iter().all(|plugin| plugin.source.to_string() == "./hook.wasm"));
        assert_eq!(plugins[0].config, serde_json::json!({"to": "ops"}));
        assert_eq!(plugins[1].config, serde_json::json!({"to": "shop"}));
        assert_eq!(plugins[2].grants, Some(vec!["env:B".to_owned()]));
        assert_eq!(plugins[3].grants, Some(vec!["env:A".to_owned()]));
    }

    #[test]
    fn a_name_is_that_of_one_plugin() {
        let twice = "[[plugin]]\nname = 'a'\nsource = 'redact'\n[[plugin]]\nname = 'a'\nsource = 'github'\n";
        let error = resolved(twice, &[]).unwrap_err();
        assert_eq!(error.to_string(), "sortie.toml:5: the plugin `a` is asked for twice");
        let error = resolved("", &[("plugin", "a=redact"), ("plugin", "a=github")]).unwrap_err();
        assert_eq!(error.to_string(), "--plugin: the name `a` is that of another plugin already");
        assert_eq!(error.advice(), "it is loaded from redact");
        let again = resolved("", &[("plugin", "a=redact"), ("plugin", "a=redact"), ("plugin", "a")]);
        assert_eq!(again.unwrap().len(), 1);
    }

    #[test]
    fn a_digest_is_pinned_by_flag() {
        let hex = "ab".repeat(32);
        let plugins =
            resolved("", &[("plugin", &format!("./a=b.wasm@sha256:{hex}")), ("grant", "./a=b.wasm=env:X=Y")]);
        let plugins = plugins.unwrap();
        assert_eq!(plugins[0].source.to_string(), "./a=b.wasm");
        assert_eq!(plugins[0].digest, Some(format!("sha256:{hex}")));
        assert_eq!(plugins[0].places.at("/a").as_deref(), Some("--plugin"));
        assert_eq!(plugins[0].grants, Some(vec!["env:X=Y".to_owned()]));
    }

    #[test]
    fn what_is_printed_holds_no_configuration() {
        let toml = "[[plugin]]\nname = 'redact'\nconfig = { values = ['hunter2'] }\ngrant = ['env:A']\n";
        let layers =
            Layers { file: file::parse(toml, Path::new("sortie.toml")).unwrap(), ..Layers::default() };
        let printed = format!("{layers:?} {:?}", resolve(&layers, Vec::new()).unwrap());
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
        let file = [("plugin", "./a.wasm"), ("plugin-config", "a={}")];
        let advice = resolved("", &file).unwrap_err().advice().to_owned();
        assert_eq!(advice, "asked for: ./a.wasm; --plugin a=PATH calls a file a");
        let error = resolved("", &[("plugin", "oci://example.com/a")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "--plugin: `oci://example.com/a` is a URL, and sortie does not download plugins"
        );
        let error = resolved("", &[("plugin", "a.wasm@sha256:12")]).unwrap_err();
        assert_eq!(error.to_string(), "--plugin: `sha256:12` is not a digest");
    }

    #[test]
    fn no_configuration_is_in_debug_output() {
        let text = "[[plugin]]\nname = 'redact'\nconfig = { values = ['hunter2'] }\n";
        let file = file::parse(text, Path::new("sortie.toml")).unwrap();
        assert!(format!("{file:?}").contains("redact"));
        assert!(!format!("{file:?}").contains("hunter2"));
        let plugins = resolved(text, &[]).unwrap();
        assert!(format!("{plugins:?}").contains("redact"));
        assert!(!format!("{plugins:?}").contains("hunter2"));
    }
}
