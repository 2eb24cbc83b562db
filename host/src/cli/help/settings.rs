//! `sortie help settings`: all settings, with the names that set them, and the schema of `sortie.toml`.

use std::fmt::Write as _;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::settings::reference;
use crate::settings::reference::Kind;
use crate::settings::reference::Setting;

/// The topic's text.
pub(super) fn text() -> String {
    let mut text = "Every setting: flag, environment variable, key of sortie.toml.\n\
                    Flags win over the environment, which wins over the file.\n\
                    In a variable of several values, a comma that separates them cannot be part of one; where\n\
                    each has a line of its own, it can.\n"
        .to_owned();
    let mut heading = "";
    for setting in reference::all() {
        if setting.heading != heading {
            heading = setting.heading;
            let _ = writeln!(text, "\n{heading}:");
        }
        let variable = setting.variable().unwrap_or_else(|| "-".to_owned());
        let key = match (setting.sources.file(), setting.key) {
            (true, "plugin") => "[[plugin]]",
            (true, key) => key,
            (false, _) => "-",
        };
        let _ = writeln!(text, "  {:<26}{variable:<32}{key}", setting.flag());
        let default = setting.default.map(|default| format!(" [default: {default}]")).unwrap_or_default();
        let several = match setting.variable().map(|_| setting.kind) {
            Some(kind) if kind.is_by_line() => " [in the variable: one per line]",
            Some(kind) if kind.is_by_comma() => " [in the variable: separated by commas]",
            Some(Kind::Words) => " [in the variable: words, which quotes group]",
            _ => "",
        };
        let _ = writeln!(text, "      {}{several}{default}", setting.help);
    }
    text.push_str(
        "\nEditors complete and check sortie.toml by its JSON Schema:\n\n  \
         sortie help settings --schema > sortie.schema.json\n\n\
         with this as the file's first line:\n\n  #:schema ./sortie.schema.json\n",
    );
    text
}

/// The JSON Schema of `sortie.toml`.
pub(super) fn schema() -> Value {
    let mut properties: Map<String, Value> = reference::all()
        .filter(|setting| setting.sources.file() && setting.key != "plugin")
        .map(|setting| (setting.key.to_owned(), property(setting)))
        .collect();
    properties.insert("plugin".to_owned(), json!({ "type": "array", "items": plugin() }));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "sortie.toml",
        "description": "Settings of sortie; a key is the name of a flag.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

/// The same as text.
pub(super) fn schema_text() -> String {
    format!("{:#}\n", schema())
}

/// One key.
fn property(setting: &Setting) -> Value {
    let text = || json!({ "type": "string" });
    let texts = || json!({ "type": "array", "items": { "type": "string" } });
    let scalar = json!({ "type": ["string", "number", "boolean"] });
    let mut property = match setting.kind {
        Kind::Text => text(),
        Kind::Amount => json!({ "type": ["string", "number"] }),
        Kind::Choice(words) => json!({ "enum": words }),
        Kind::Switch => json!({ "type": "boolean" }),
        Kind::List | Kind::Providers => {
            json!({ "anyOf": [text(), { "type": "array", "items": { "type": "string" }, "minItems": 1 }] })
        }
        Kind::Many => json!({ "anyOf": [text(), texts()] }),
        Kind::Pairs => json!({ "anyOf": [{ "type": "object", "additionalProperties": scalar }, texts()] }),
        Kind::Words => texts(),
        Kind::Verbosity => {
            json!({ "type": "integer", "minimum": reference::QUIETEST, "maximum": reference::LOUDEST })
        }
    };
    let mut description = setting.help.to_owned();
    if !setting.more.is_empty() {
        description = format!("{description}.\n{}", setting.more);
    }
    property["description"] = description.into();
    if let Some(default) = setting.default {
        property["default"] = default.into();
    }
    property
}

/// A `[[plugin]]` table.
fn plugin() -> Value {
    json!({
        "type": "object",
        "description": "A plugin. Plugins act in the order in which they stand here.",
        "properties": {
            "name": { "type": "string", "description": "A first-party plugin, or what a file is called." },
            "source": { "type": "string", "description": "The file of a component, relative to sortie.toml." },
            "config": { "type": "object", "description": "Its configuration, which it checks itself." },
            "grant": {
                "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }],
                "description": "What it may do: env:NAME, file:NAME=PATH, http:METHOD:URL, commands, log-lines.",
            },
            "digest": {
                "type": "string", "pattern": "^sha256:[0-9a-fA-F]{64}$",
                "description": "Of the component. A file with grants needs it.",
            },
        },
        "anyOf": [{ "required": ["name"] }, { "required": ["source"] }],
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::settings::file;

    #[test]
    fn the_committed_schema_is_this_one() {
        let committed = include_str!("../../../schema/settings.schema.json");
        if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/settings.schema.json");
            std::fs::write(path, schema_text()).unwrap();
            return;
        }
        assert!(
            committed == schema_text(),
            "make it anew: INSTA_UPDATE=always cargo test -p sortie --lib settings"
        );
    }

    /// Whether the schema takes a file.
    fn fits(toml: &str) -> bool {
        let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
        compiler.add_resource("settings.json", schema()).unwrap();
        let index = compiler.compile("settings.json", &mut schemas).unwrap();
        let table: toml::Table = toml.parse().unwrap();
        schemas.validate(&serde_json::to_value(table).unwrap(), index).is_ok()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        /// An editor marks what sortie refuses for its form, and nothing else.
        #[test]
        fn schema_and_reader_agree(
            key in proptest::sample::select(reference::all().map(|setting| setting.key).collect::<Vec<_>>()),
            value in proptest::sample::select(vec![
                "'1'", "1", "1.5", "true", "['1']", "[]", "[1]", "{ A = '1' }", "{ A = 1 }", "{ A = [] }", "{}", "-2",
            ]),
        ) {
            let toml = format!("{key} = {value}\n");
            let setting = reference::find(key).unwrap();
            // What words and numbers mean is known later.
            prop_assume!(!matches!(setting.kind, Kind::Choice(_) | Kind::Verbosity) && key != "plugin");
            prop_assert_eq!(fits(&toml), file::parse(&toml, Path::new("sortie.toml")).is_ok(), "{}", toml);
        }
    }

    #[test]
    fn plugins_are_described_too() {
        assert!(fits("[[plugin]]\nname = 'redact'\nconfig = { values = ['x'] }\ngrant = ['env:A']\n"));
        for wrong in
            ["[[plugin]]\n", "[[plugin]]\nname = 'x'\ngrants = []\n", "plugin = 'redact'", "zebra = 1"]
        {
            assert!(!fits(wrong), "{wrong}");
        }
    }
}
