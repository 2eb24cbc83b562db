//! `sortie.toml`: the keys are the flags' names, and an unknown one is an error.
//!
//! ```toml
//! cluster = "ci"
//! task-definition = "deploy"
//! subnet = ["subnet-1"]
//! env = { STAGE = "dev" }
//!
//! [[plugin]]
//! name = "redact"
//! grant = ["env:TOKEN"]
//! ```

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;

use super::Origin;
use super::layer::Layer;
use super::layer::PluginTable;
use super::layer::RawValue;
use super::places;
use super::places::ConfigPlaces;
use super::plugin_ref;
use super::plugin_ref::PluginRef;
use super::quantity::quoted;
use super::reference;
use super::reference::Kind;
use super::reference::Setting;
use crate::error::Error;
use crate::nearest::nearest;

/// The key of plugin tables.
const PLUGIN: &str = "plugin";

/// Keys of a `[[plugin]]` table.
const PLUGIN_KEYS: &[&str] = &["name", "source", "config", "grant", "digest"];

/// Reads the text of the file at `path`. Relative paths in it are relative to its directory.
pub fn parse(text: &str, path: &Path) -> Result<Layer, Error> {
    let file = File::new(text, path);
    // The error's own rendering quotes the line, which may hold a secret: only its message is used.
    let table = DeTable::parse(text).map_err(|error| {
        let message = error.message().lines().next().unwrap_or_default().to_owned();
        file.error(&error.span().unwrap_or(0..0), format!("not valid TOML: {message}"))
    })?;
    let mut layer = Layer::default();
    layer.directory = path.parent().map(Path::to_owned);
    for (key, value) in table.get_ref() {
        let name: &str = key.get_ref();
        if name == PLUGIN {
            layer.plugins = file.plugins(value, &layer)?;
            continue;
        }
        let setting = reference::find(name).filter(|setting| setting.sources.file());
        let setting = setting.ok_or_else(|| {
            let known = reference::all().filter(|setting| setting.sources.file()).map(|setting| setting.key);
            file.unknown_key(key, known)
        })?;
        for value in file.setting(setting, value)? {
            layer.push(setting.key, value);
        }
    }
    Ok(layer)
}

/// The text that a key is set to, in a file that may have whatever faults.
pub fn text_of(key: &str, text: &str) -> Option<String> {
    let (table, _) = DeTable::parse_recoverable(text);
    Some(table.get_ref().get(key)?.get_ref().as_str()?.to_owned())
}

/// The file, for the places in errors.
struct File<'a> {
    path: &'a Path,
    /// Where each line ends. A large configuration asks for the line of every value.
    line_ends: Vec<usize>,
}

impl<'a> File<'a> {
    fn new(text: &str, path: &'a Path) -> Self {
        Self { path, line_ends: text.match_indices('\n').map(|(at, _)| at).collect() }
    }

    /// `sortie.toml:12`, for a byte range of the text.
    fn at(&self, span: &Range<usize>) -> String {
        let line = 1 + self.line_ends.partition_point(|end| *end < span.start);
        format!("{}:{line}", self.path.display())
    }

    fn error(&self, span: &Range<usize>, message: impl Into<String>) -> Error {
        Error::usage(message).on(&self.at(span))
    }

    fn raw(&self, text: impl Into<String>, span: &Range<usize>) -> RawValue {
        RawValue { text: text.into(), origin: Origin::File(self.path.to_owned()), at: self.at(span) }
    }

    fn unknown_key<'k>(
        &self,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        known: impl IntoIterator<Item = &'k str>,
    ) -> Error {
        let name: &str = key.get_ref();
        let error = self.error(&key.span(), format!("unknown key {}", quoted(name)));
        match nearest(name, known) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint("`sortie help settings` lists the keys"),
        }
    }

    /// The values of one key.
    fn setting(&self, setting: &Setting, value: &Spanned<DeValue<'_>>) -> Result<Vec<RawValue>, Error> {
        let span = value.span();
        let wrong = |what: &str| self.error(&span, format!("`{}` must be {what}", setting.key));
        let single = |text: String| Ok(vec![self.raw(text, &span)]);
        match (setting.kind, value.get_ref()) {
            (Kind::Switch, DeValue::Boolean(on)) => single(on.to_string()),
            (Kind::Switch, _) => Err(wrong("true or false")),
            (Kind::Words, DeValue::Array(_)) => self.texts(setting, value),
            (Kind::Words, _) => Err(wrong("a list of words").hint("for instance [\"sh\", \"-c\", \"…\"]")),
            (Kind::Pairs, DeValue::Table(table)) => {
                let pair = |(name, value): (&Spanned<std::borrow::Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
                    let name_text: &str = name.get_ref();
                    if name_text.contains('=') {
                        return Err(
                            self.error(&name.span(), format!("a name in `{}` has a `=`", setting.key))
                        );
                    }
                    let text = scalar(value.get_ref()).ok_or_else(|| {
                        self.error(&value.span(), format!("a value in `{}` must be a text", setting.key))
                    })?;
                    Ok(self.raw(format!("{name_text}={text}"), &name.span()))
                };
                table.iter().map(pair).collect()
            }
            (Kind::Pairs, DeValue::Array(_)) => self.texts(setting, value),
            (Kind::Pairs, _) => Err(wrong("a table, or a list of NAME=VALUE")),
            (Kind::List | Kind::Providers, DeValue::Array(items)) if items.is_empty() => {
                Err(wrong("a text or a list of texts, and the list is empty").hint("leave the key out"))
            }
            (Kind::List | Kind::Providers | Kind::Many, DeValue::Array(_)) => self.texts(setting, value),
            (Kind::List | Kind::Providers | Kind::Many, DeValue::String(text)) => single(text.to_string()),
            (Kind::List | Kind::Providers | Kind::Many, _) => Err(wrong("a text or a list of texts")),
            (Kind::Text, DeValue::String(text)) => single(text.to_string()),
            (Kind::Text, _) => {
                let hint = format!("write it in quotes: {} = \"…\"", setting.key);
                Err(wrong("a text").hint(hint))
            }
            (Kind::Choice(_), DeValue::String(text)) => single(text.to_string()),
            (Kind::Choice(words), _) => {
                let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
                Err(wrong(&format!("one of {}", words.join(", "))))
            }
            (Kind::Amount, DeValue::String(_) | DeValue::Integer(_) | DeValue::Float(_)) => {
                single(scalar(value.get_ref()).ok_or_else(|| wrong("a decimal number, or a text"))?)
            }
            (Kind::Amount, _) => Err(wrong("a number, or a text")),
            (Kind::Verbosity, DeValue::Integer(_)) => single(scalar(value.get_ref()).ok_or_else(|| {
                wrong(&format!("a whole number from {} to {}", reference::QUIETEST, reference::LOUDEST))
            })?),
            (Kind::Verbosity, _) => {
                Err(wrong(&format!("a whole number from {} to {}", reference::QUIETEST, reference::LOUDEST)))
            }
        }
    }

    /// The texts of an array.
    fn texts(&self, setting: &Setting, value: &Spanned<DeValue<'_>>) -> Result<Vec<RawValue>, Error> {
        let items = value.get_ref().as_array().into_iter().flat_map(|array| array.iter());
        items
            .map(|item| match item.get_ref() {
                DeValue::String(text) => Ok(self.raw(text.to_string(), &item.span())),
                _ => Err(self.error(&item.span(), format!("`{}` must be a list of texts", setting.key))),
            })
            .collect()
    }

    /// All `[[plugin]]` tables.
    fn plugins(&self, value: &Spanned<DeValue<'_>>, layer: &Layer) -> Result<Vec<PluginTable>, Error> {
        let wrong = |span: &Range<usize>| {
            self.error(span, "`plugin` must be tables").hint("write [[plugin]], then name = \"redact\"")
        };
        let items = value.get_ref().as_array().ok_or_else(|| wrong(&value.span()))?;
        items
            .iter()
            .map(|item| {
                let table = item.get_ref().as_table().ok_or_else(|| wrong(&item.span()))?;
                self.plugin(table, &item.span(), layer)
            })
            .collect()
    }

    /// One `[[plugin]]` table.
    fn plugin(&self, table: &DeTable<'_>, span: &Range<usize>, layer: &Layer) -> Result<PluginTable, Error> {
        if let Some((key, _)) = table.iter().find(|(key, _)| !PLUGIN_KEYS.contains(&&**key.get_ref())) {
            return Err(self.unknown_key(key, PLUGIN_KEYS.iter().copied()));
        }
        let text = |key: &str| match table.get(key) {
            None => Ok(None),
            Some(value) => match value.get_ref().as_str() {
                Some(text) if !text.is_empty() => Ok(Some(self.raw(text, &value.span()))),
                _ => Err(self.error(&value.span(), format!("`{key}` of a plugin must be a text"))),
            },
        };
        let parse = |value: &RawValue| PluginRef::parse(&value.text).map_err(|error| error.on(&value.at));
        let in_directory = |source: &RawValue| {
            let directory = layer.directory.as_deref().unwrap_or(Path::new(""));
            parse(source).map(|parsed| parsed.relative_to(directory))
        };
        let (name, source, at) = match (text("name")?, text("source")?) {
            (Some(name), None) => match parse(&name)? {
                PluginRef::File(_) => {
                    return Err(Error::usage(format!("`name` holds the path {}", quoted(&name.text)))
                        .hint("write `source` for a plugin that is a file")
                        .on(&name.at));
                }
                first_party @ PluginRef::FirstParty(_) => (None, first_party, name.at),
            },
            (None, Some(source)) => (None, in_directory(&source)?, source.at),
            (Some(name), Some(source)) => {
                let called = plugin_ref::name(&name.text).map_err(|error| error.on(&name.at))?;
                (Some(called), in_directory(&source)?, name.at)
            }
            (None, None) => {
                return Err(self
                    .error(span, "a [[plugin]] table has neither `name` nor `source`")
                    .hint("write name = \"redact\", or source = \"./my.wasm\""));
            }
        };
        let mut places = ConfigPlaces::whole(&at);
        let config = table.get_key_value("config").map(|(key, value)| match value.get_ref() {
            DeValue::Table(_) => {
                places = ConfigPlaces::whole(self.at(&key.span()));
                self.json(value, "", &mut places)
            }
            _ => Err(self.error(&value.span(), "`config` of a plugin must be a table")),
        });
        let grants = table.get("grant").map(|value| self.grants(value, layer));
        Ok(PluginTable {
            name,
            source,
            at,
            config: config.transpose()?,
            places,
            grants: grants.transpose()?,
            digest: text("digest")?.map(|digest| digest.text),
        })
    }

    /// The grants of a plugin: a text or a list of texts.
    fn grants(&self, value: &Spanned<DeValue<'_>>, layer: &Layer) -> Result<Vec<String>, Error> {
        let one = |item: &Spanned<DeValue<'_>>| match item.get_ref().as_str() {
            Some(text) => Ok(grant_in(layer, text)),
            None => Err(self.error(&item.span(), "`grant` of a plugin must be a list of texts")),
        };
        match value.get_ref() {
            DeValue::Array(items) => items.iter().map(one).collect(),
            _ => one(value).map(|text| vec![text]),
        }
    }

    /// A part of a plugin's configuration as JSON, with the places of what is in it.
    fn json(
        &self,
        value: &Spanned<DeValue<'_>>,
        at: &str,
        places: &mut ConfigPlaces,
    ) -> Result<serde_json::Value, Error> {
        use serde_json::Value as Json;
        let out_of_range = || self.error(&value.span(), "a number that JSON cannot hold");
        Ok(match value.get_ref() {
            DeValue::String(text) => Json::String(text.clone().into_owned()),
            DeValue::Integer(number) => {
                let digits = number.as_str().replace('_', "");
                Json::from(i64::from_str_radix(&digits, number.radix()).map_err(|_| out_of_range())?)
            }
            DeValue::Float(number) => {
                let float = number.as_str().replace('_', "").parse::<f64>().map_err(|_| out_of_range())?;
                Json::Number(serde_json::Number::from_f64(float).ok_or_else(out_of_range)?)
            }
            DeValue::Boolean(on) => Json::Bool(*on),
            DeValue::Datetime(time) => Json::String(time.to_string()),
            DeValue::Array(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    let at = places::pointer(at, &index.to_string());
                    list.push(self.json(item, &at, places)?);
                    places.mark(at, self.at(&item.span()));
                }
                Json::Array(list)
            }
            DeValue::Table(table) => {
                let mut members = serde_json::Map::new();
                for (key, value) in table {
                    let at = places::pointer(at, key.get_ref());
                    members.insert(key.get_ref().to_string(), self.json(value, &at, places)?);
                    places.mark(at, self.at(&key.span()));
                }
                Json::Object(members)
            }
        })
    }
}

/// A grant of this file: the path of `file:NAME=PATH` is relative to the file's directory, as every path.
fn grant_in(layer: &Layer, text: &str) -> String {
    match text.strip_prefix("file:").and_then(|file| file.split_once('=')) {
        Some((name, path)) if !path.is_empty() && !path.starts_with('$') => {
            format!("file:{name}={}", layer.path(path).display())
        }
        _ => text.to_owned(),
    }
}

/// A single value as text; numbers and booleans as they are written.
fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.clone().into_owned()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().replace('_', "")),
        DeValue::Float(number) => Some(number.as_str().replace('_', "")),
        DeValue::Boolean(on) => Some(on.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Layer, Error> {
        parse(text, Path::new("ci/sortie.toml"))
    }

    fn texts(layer: &Layer, key: &str) -> Vec<String> {
        layer.get(key).unwrap_or_default().iter().map(|value| value.text.clone()).collect()
    }

    fn error(text: &str) -> (String, String) {
        let error = read(text).unwrap_err();
        (error.to_string(), error.advice())
    }

    #[test]
    fn every_form_of_value_is_read() {
        let layer = read(
            "cluster = 'ci'\ncpu = 0.5\nmemory = 2_048\nassign-public-ip = true\n\
             subnet = ['a', 'b']\ncommand = ['sh', '-c', 'echo a,b']\nenv = ['TOKEN', 'A=1']\n\
             [tag]\nteam = 'build'\nnumber = 7\n",
        )
        .unwrap();
        assert_eq!(texts(&layer, "cluster"), ["ci"]);
        assert_eq!(texts(&layer, "cpu"), ["0.5"]);
        assert_eq!(texts(&layer, "memory"), ["2048"]);
        assert_eq!(texts(&layer, "assign-public-ip"), ["true"]);
        assert_eq!(texts(&layer, "subnet"), ["a", "b"]);
        assert_eq!(texts(&layer, "command"), ["sh", "-c", "echo a,b"]);
        assert_eq!(texts(&layer, "env"), ["TOKEN", "A=1"]);
        let mut tags = texts(&layer, "tag");
        tags.sort();
        assert_eq!(tags, ["number=7", "team=build"]);
    }

    #[test]
    fn plugin_tables_keep_their_config_and_find_their_files() {
        let layer = read(
            "[[plugin]]\nname = 'redact'\ngrant = ['env:TOKEN']\nconfig = { anything = [1, true, { x = 0.5 }] }\n\
             [[plugin]]\nsource = './my.wasm'\ndigest = 'sha256:00'\n",
        )
        .unwrap();
        let [redact, mine] = &layer.plugins[..] else { panic!("two plugins") };
        assert_eq!(redact.source.to_string(), "redact");
        assert_eq!(redact.config, Some(serde_json::json!({"anything": [1, true, {"x": 0.5}]})));
        assert_eq!(redact.grants, Some(vec!["env:TOKEN".to_owned()]));
        assert_eq!(mine.source.to_string(), "ci/./my.wasm");
        assert_eq!(mine.grants, None);
        assert_eq!(mine.digest.as_deref(), Some("sha256:00"));
    }

    #[test]
    fn the_parts_of_a_config_have_places_in_whatever_form_it_is_written() {
        let text = "[[plugin]]\nname = 'redact'\nconfig = { a = 1, b = [\n1,\n{ c = 2 },\n] }\n\
                    [[plugin]]\nname = 'github'\nconfig.title = ''\nconfig.x.y = 1\n\
                    [[plugin]]\nname = 'ci-tags'\n\n[plugin.config]\nprefix = \"\"\"\n\n\"\"\"\n\
                    [plugin.config.extra]\n\"a/b\" = 1\n\
                    [[plugin.config.rules]]\nx = 1\n[[plugin.config.rules]]\n[plugin.config.rules.deep]\n\
                    [[plugin]]\nsource = './none.wasm'\n";
        let plugins = read(text).unwrap().plugins;
        let lines: Vec<&str> = text.lines().collect();
        for (plugin, pointer, line) in [
            (0, "", "config = { a = 1, b = ["),
            (0, "/a", "config = { a = 1, b = ["),
            (0, "/b/0", "1,"),
            (0, "/b/1/c", "{ c = 2 },"),
            (0, "/b/1/missing", "{ c = 2 },"),
            (1, "", "config.title = ''"),
            (1, "/title", "config.title = ''"),
            (1, "/x", "config.x.y = 1"),
            (1, "/x/y", "config.x.y = 1"),
            (2, "", "[plugin.config]"),
            (2, "/prefix", "prefix = \"\"\""),
            (2, "/extra", "[plugin.config.extra]"),
            (2, "/extra/a~1b", "\"a/b\" = 1"),
            (2, "/rules/0/x", "x = 1"),
            (2, "/rules/1/deep", "[plugin.config.rules.deep]"),
            (3, "/anything", "source = './none.wasm'"),
        ] {
            let place = plugins[plugin].places.at(pointer).unwrap();
            let number: usize = place.strip_prefix("ci/sortie.toml:").unwrap().parse().unwrap();
            assert_eq!(lines[number - 1], line, "{plugin} {pointer}");
        }
        assert_eq!(plugins[2].places.at("/rules/0"), Some("ci/sortie.toml:20".to_owned()));
        assert_eq!(plugins[2].places.at("/rules/1"), Some("ci/sortie.toml:22".to_owned()));
    }

    #[test]
    fn an_unknown_key_is_an_error_with_its_line_and_a_suggestion() {
        let (message, hint) = error("cluster = 'ci'\n\nsubents = ['a']\n");
        assert_eq!(message, "ci/sortie.toml:3: unknown key `subents`");
        assert_eq!(hint, "did you mean `subnet`?");
        let (message, hint) = error("[[plugin]]\nname = 'redact'\ngrants = []\n");
        assert_eq!(message, "ci/sortie.toml:3: unknown key `grants`");
        assert_eq!(hint, "did you mean `grant`?");
        let (_, hint) = error("zebra = 1\n");
        assert_eq!(hint, "`sortie help settings` lists the keys");
        let (message, _) = error("config = 'other.toml'\n");
        assert_eq!(message, "ci/sortie.toml:1: unknown key `config`", "a flag only");
    }

    #[test]
    fn a_wrong_form_is_an_error_with_its_line() {
        assert_eq!(error("\ncommand = 'a b'").0, "ci/sortie.toml:2: `command` must be a list of words");
        assert_eq!(error("plugin = 'redact'").0, "ci/sortie.toml:1: `plugin` must be tables");
        assert!(error("[[plugin]]\n").0.contains("neither `name` nor `source`"));
        assert!(error("[[plugin]]\nname = './a.wasm'").0.contains("`name` holds the path"));
        assert_eq!(
            error("[[plugin]]\nname = 'My hook'\nsource = './a.wasm'").0,
            "ci/sortie.toml:2: `My hook` cannot be a plugin's name"
        );
        assert_eq!(
            error("[[plugin]]\nsource = 'https://example.com/a.wasm'"),
            (
                "ci/sortie.toml:2: `https://example.com/a.wasm` is a URL, and sortie does not download plugins"
                    .to_owned(),
                "download the file, and pin it by its digest".to_owned()
            ),
            "it is not taken for a path beside the file"
        );
    }

    #[test]
    fn every_key_takes_values_of_its_own_type_and_no_other() {
        use crate::settings::reference;
        let values = ["'1'", "1", "1.5", "true", "['1']", "[]", "[1]", "{ A = '1' }", "{}", "1979-05-27"];
        for setting in reference::all().filter(|setting| setting.sources.file() && setting.key != PLUGIN) {
            let takes: Vec<&str> = match setting.kind {
                Kind::Text | Kind::Choice(_) => vec!["'1'"],
                Kind::Amount => vec!["'1'", "1", "1.5"],
                Kind::Switch => vec!["true"],
                Kind::List | Kind::Providers => vec!["'1'", "['1']"],
                Kind::Many => vec!["'1'", "['1']", "[]"],
                Kind::Pairs => vec!["['1']", "[]", "{ A = '1' }", "{}"],
                Kind::Words => vec!["['1']", "[]"],
                Kind::Verbosity => vec!["1"],
            };
            for value in values {
                let key = setting.key;
                match read(&format!("\n{key} = {value}\n")) {
                    Ok(_) => assert!(takes.contains(&value), "{key} = {value}"),
                    Err(error) => {
                        assert!(!takes.contains(&value), "{key} = {value}: {error}");
                        assert!(error.to_string().starts_with("ci/sortie.toml:2: "), "{error}");
                    }
                }
            }
        }
        assert_eq!(
            error("cluster = true"),
            (
                "ci/sortie.toml:1: `cluster` must be a text".into(),
                "write it in quotes: cluster = \"…\"".into()
            )
        );
        assert_eq!(error("subnet = {}").0, "ci/sortie.toml:1: `subnet` must be a text or a list of texts");
        assert_eq!(error("cpu = []").0, "ci/sortie.toml:1: `cpu` must be a number, or a text");
    }

    #[test]
    fn paths_in_grants_are_relative_to_the_file() {
        let text =
            "[[plugin]]\nname = 'github'\ngrant = ['file:a=out/a.json', 'file:b=/b', 'file:c=$C', 'env:D']\n";
        let grants = read(text).unwrap().plugins[0].grants.clone().unwrap();
        assert_eq!(grants, ["file:a=ci/out/a.json", "file:b=/b", "file:c=$C", "env:D"]);
    }

    #[test]
    fn no_error_shows_a_value() {
        for text in [
            "env = 'TOKEN=hunter2'",
            "env = { TOKEN = ['hunter2'] }",
            "env = { TOKEN = \"hunter2 }",
            "env = [ ['hunter2'] ]",
            "env = hunter2",
            "A = 'hunter2'",
        ] {
            let error = read(text).unwrap_err();
            assert!(!format!("{error} {} {error:?}", error.advice()).contains("hunter2"), "{error:?}");
        }
    }

    /// Any configuration.
    fn config() -> impl Strategy<Value = serde_json::Value> {
        use serde_json::Value as Json;
        let leaf = prop_oneof![
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            "\\PC{0,5}|a\n\n\nb".prop_map(Json::from),
        ];
        let key = || "[a-z/~ .]{1,6}";
        let value = leaf.prop_recursive(4, 40, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
                prop::collection::btree_map(key(), inner, 0..4)
                    .prop_map(|members| Json::Object(members.into_iter().collect())),
            ]
        });
        prop::collection::btree_map(key(), value, 0..5)
            .prop_map(|members| Json::Object(members.into_iter().collect()))
    }

    /// The pointers of all that is in `value`, each with the key that it ends with, if it is one.
    fn pointers(value: &serde_json::Value, at: &str, found: &mut Vec<(String, Option<String>)>) {
        let mut add = |key: &str, value, name| {
            let at = places::pointer(at, key);
            pointers(value, &at, found);
            found.push((at, name));
        };
        match value {
            serde_json::Value::Object(members) => {
                members.iter().for_each(|(key, value)| add(key, value, Some(key.clone())));
            }
            serde_json::Value::Array(items) => {
                items.iter().enumerate().for_each(|(index, value)| add(&index.to_string(), value, None));
            }
            _ => {}
        }
    }

    proptest! {
        #[test]
        fn every_part_of_a_config_has_a_place_and_its_line_has_the_key(config in config(), pretty: bool) {
            let file = serde_json::json!({ "plugin": [{ "name": "redact", "config": config }] });
            let text = if pretty { toml::to_string_pretty(&file) } else { toml::to_string(&file) }.unwrap();
            let plugin = &read(&text).unwrap().plugins[0];
            prop_assert_eq!(plugin.config.as_ref(), Some(&config));
            let mut parts = Vec::new();
            pointers(&config, "", &mut parts);
            for (pointer, key) in parts {
                let place = plugin.places.at(&pointer).unwrap();
                let line: usize = place.strip_prefix("ci/sortie.toml:").unwrap().parse().unwrap();
                let line = text.lines().nth(line - 1).unwrap();
                prop_assert!(line.contains(key.as_deref().unwrap_or_default()), "{}: {}\n{}", pointer, line, text);
            }
        }

        #[test]
        fn no_input_panics(text in "\\PC{0,60}") {
            let _ = read(&text);
        }

        #[test]
        fn no_toml_panics(key in "[a-z.\\-]{1,20}", value in "(true|-?[0-9_]{1,30}|0x[0-9a-fA-F_]{1,20}|[0-9]{1,3}\\.[0-9]{1,3}(e[0-9]{1,5})?|\"[^\"\\\\]{0,8}\"|\\[[1, ]{0,6}\\]|\\{ a = 1 \\}|nan|1979-05-27)") {
            let _ = read(&format!("{key} = {value}\n"));
            let _ = read(&format!("[[plugin]]\nname = \"x\"\nconfig = {{ a = {value} }}\n"));
        }
    }
}
