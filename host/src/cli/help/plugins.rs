//! `sortie help plugins` and `sortie help grants`.

use std::fmt::Write as _;

use crate::environment::Environment;
use crate::error::Error;
use crate::plugin::FirstParty;
use crate::plugin::Limits;
use crate::plugin::PluginHost;
use crate::plugin::first_party;
use crate::settings::PluginSettings;
use crate::settings::plugin_ref::PluginRef;

/// The topic `plugins`: what is inside, and how to ask for what is not.
///
/// # Errors
///
/// A plugin of sortie's own cannot say what it is.
pub(super) fn plugins() -> Result<String, Error> {
    let mut text = "\
A plugin is a WebAssembly component. A transform changes the task before the launch, or refuses it; a filter
edits, drops and labels log lines; a reporter tells what happens. It can do nothing that it was not granted
(`sortie help grants`).

Inside of this sortie:

"
    .to_owned();
    let host = PluginHost::new(Limits::default(), &Environment::default());
    // One component may have several names.
    let mut components: Vec<(FirstParty, Vec<&str>)> = Vec::new();
    for plugin in first_party() {
        match components.iter_mut().find(|(other, _)| other.digest == plugin.digest) {
            Some((_, names)) => names.push(plugin.name),
            None => components.push((plugin, vec![plugin.name])),
        }
    }
    for (plugin, names) in components {
        let settings = PluginSettings::new(PluginRef::FirstParty(plugin.name.to_owned()));
        let described = host
            .load(&settings)
            .map_err(|error| Error::internal(format!("the plugin {}", plugin.name)).caused_by(error))?;
        let about = described.description();
        let _ = match names[..] {
            [name] => writeln!(text, "  {name:<13}{}, {}", about.kind.as_str(), about.version),
            _ => writeln!(
                text,
                "  {}\n  {:<13}{}, {}",
                names.join(", "),
                "",
                about.kind.as_str(),
                about.version
            ),
        };
        let _ = writeln!(text, "  {:<13}{}", "", about.summary);
        let keys = config_keys(&about.config_schema);
        if !keys.is_empty() {
            let _ = writeln!(text, "  {:<13}config: {}", "", keys.join(", "));
        }
    }
    text.push_str(
        "
Your own are files: --plugin ./my.wasm, or --plugin NAME=./my.wasm. `--plugin-config PLUGIN=JSON` (or
PLUGIN=@PATH) configures one, `--grant PLUGIN=GRANT` grants. In sortie.toml:

  [[plugin]]
  name = \"redact\"
  config = { env = [\"DEPLOY_TOKEN\"] }
  grant = [\"env:DEPLOY_TOKEN\"]

  [[plugin]]
  source = \"./plugins/my.wasm\"

Plugins act in this order: those of sortie.toml, of SORTIE_PLUGIN, of --plugin; `steps` and `annotations`, which
quote lines, after all others. They add up. `sortie plan` shows what each is granted and what it changes, and -v what it says.
",
    );
    Ok(text)
}

/// Keys of a configuration, of the JSON Schema that a plugin has for it.
fn config_keys(schema: &str) -> Vec<String> {
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap_or_default();
    schema["properties"].as_object().into_iter().flat_map(|keys| keys.keys().cloned()).collect()
}

/// The topic `grants`.
pub(super) fn grants() -> String {
    "\
What a plugin may be granted, with --grant PLUGIN=GRANT or `grant = [\"…\"]` in its [[plugin]] table:

  env:NAME                 read this environment variable
  file:NAME=PATH           append to this file, which the plugin calls NAME; a relative PATH is relative to the working directory, in sortie.toml to the file's directory
  file:NAME=$VARIABLE      the same for the file whose path is in the variable
  http:METHOD:URL          send requests to this URL and what is beneath it; URL may be $VARIABLE, or $VARIABLE/PATH
    …#Header=VALUE         with this header, in which $NAME is a variable that the plugin does not see
    …#address=IP           also if the host is at this private address
  commands                 write commands to the CI system on standard output
  log-lines                see the log lines

Transforms and filters act on the task and the lines that they are given: of all this they can be granted
env:NAME alone.

A plugin for which any grant is set has exactly those that are set. A first-party plugin for which none is
set has those that it needs for its job; any other has none. A file with grants must be pinned by its digest:
a grant belongs to these bytes. sortie says what a plugin asks for and is not granted, and the line to paste.
"
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::help::flow::flow;

    #[test]
    fn every_plugin_is_in_its_topic() {
        insta::assert_snapshot!("grants", flow(&grants(), 80));
        let text = plugins().unwrap();
        for plugin in first_party() {
            assert!(text.contains(plugin.name), "{text}");
        }
        assert!(text.contains("filter, 0.") && text.contains("config: builtin"), "{text}");
    }
}
