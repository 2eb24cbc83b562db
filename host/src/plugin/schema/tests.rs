//! Messages, hostile schemas, and the first-party plugins' own.

use std::path::Path;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::environment::Environment;
use crate::plugin::Limits;
use crate::plugin::PluginHost;
use crate::plugin::kind::Kind;
use crate::settings::file;
use crate::settings::merge::Layers;
use crate::settings::places::ConfigPlaces;
use crate::settings::plugin_ref::PluginRef;
use crate::settings::plugins;

/// What is said of `config`: `POINTER: MESSAGE`.
fn said(schema: &Value, config: &Value) -> Vec<String> {
    let findings = Schema::new(&schema.to_string()).unwrap().check(config).unwrap();
    findings.into_iter().map(|Finding { path, message }| format!("{path}: {message}")).collect()
}

fn refused(schema: &Value) -> String {
    Schema::new(&schema.to_string()).err().unwrap()
}

#[test]
fn a_finding_says_what_is_wrong_in_words() {
    let property = |schema: Value| json!({ "properties": { "a": schema } });
    for (schema, value, message) in [
        (json!({ "type": "string" }), json!(1), "must be a string, not a number"),
        (json!({ "type": ["string", "null"] }), json!({}), "must be null or a string, not an object"),
        (json!({ "type": "integer" }), json!("1"), "must be an integer, not a string"),
        (json!({ "type": "integer" }), json!(1.5), "must be an integer, without a fraction"),
        (json!({ "enum": ["a", "b", 3] }), json!("c"), "must be one of `a`, `b`, `3`"),
        (json!({ "const": "a" }), json!("c"), "must be `a`"),
        (json!({ "minimum": 1 }), json!(0), "must be at least 1"),
        (json!({ "maximum": 1.5 }), json!(2), "must be at most 1.5"),
        (json!({ "exclusiveMinimum": 1 }), json!(1), "must be more than 1"),
        (json!({ "exclusiveMaximum": 1 }), json!(1), "must be less than 1"),
        (json!({ "multipleOf": 5 }), json!(7), "must be a multiple of 5"),
        (json!({ "minLength": 1 }), json!(""), "must have at least 1 character"),
        (json!({ "maxLength": 2 }), json!("abc"), "must have at most 2 characters"),
        (json!({ "pattern": "^[a-z]+$" }), json!("A"), "does not match `^[a-z]+$`"),
        (json!({ "minItems": 1 }), json!([]), "must have at least 1 item"),
        (json!({ "maxItems": 2 }), json!([1, 2, 3]), "must have at most 2 items"),
        (json!({ "uniqueItems": true }), json!([7, 8, 7]), "its items 0 and 2, counted from 0, are the same"),
        (json!({ "minProperties": 2 }), json!({ "x": 1 }), "must have at least 2 keys"),
        (json!({ "maxProperties": 0 }), json!({ "x": 1 }), "must have at most 0 keys"),
        (json!({ "required": ["url"] }), json!({}), "`url` is missing"),
        (
            json!({ "dependentRequired": { "x": ["y"] } }),
            json!({ "x": 1 }),
            "`y` is missing, which `x` needs",
        ),
        (json!({ "not": { "type": "string" } }), json!(""), "is of a form that is not allowed"),
        (json!({ "contains": { "const": 1 } }), json!([2]), "has none of the items that it must have one of"),
        (json!(false), json!(1), "is not allowed"),
    ] {
        assert_eq!(
            said(&property(schema.clone()), &json!({ "a": value })),
            [format!("/a: {message}")],
            "{schema}"
        );
    }
}

#[test]
fn a_key_of_the_wrong_form_is_found_where_there_is_one_only() {
    let names = json!({ "propertyNames": { "pattern": "^x" } });
    let schema = json!({ "properties": { "a": names, "b": names } });
    let wrong = |config: Value| said(&schema, &config);
    assert_eq!(wrong(json!({ "a": { "y/": 1 } })), ["/a/y~1: the key `y/` does not match `^x`"]);
    assert_eq!(wrong(json!({ "a": { "y": 1 }, "b": { "y": 1 } })), [": the key `y` does not match `^x`"]);
}

#[test]
fn an_unknown_key_finds_its_neighbour() {
    let schema = json!({
        "$defs": { "a b": { "properties": { "url": {} }, "unevaluatedProperties": false } },
        "properties": { "mask": {}, "deep": { "$ref": "#/$defs/a%20b" } },
        "additionalProperties": false
    });
    let config = json!({ "maks": 1, "zebra": 1, "a/b": 1, "deep": { "urls": 1 } });
    assert_eq!(
        said(&schema, &config),
        [
            "/a~1b: unknown key `a/b`",
            "/deep/urls: unknown key `urls`; did you mean `url`?",
            "/maks: unknown key `maks`; did you mean `mask`?",
            "/zebra: unknown key `zebra`",
        ]
    );
}

#[test]
fn of_several_forms_the_one_that_was_meant_is_told() {
    let strings = json!({ "type": "array", "items": { "type": "string" } });
    let one = json!({ "properties": { "a": { "oneOf": [{ "type": "boolean" }, strings] } } });
    assert_eq!(said(&one, &json!({ "a": 1 })), ["/a: must be a boolean or an array, not a number"]);
    assert_eq!(said(&one, &json!({ "a": ["x", 1] })), ["/a/1: must be a string, not a number"]);

    let rule = |word: &str, key: &str| {
        let properties = json!({ "type": { "const": word }, key: { "minimum": 1 } });
        json!({ "properties": properties, "required": [key] })
    };
    let tagged = json!({ "items": { "anyOf": [rule("a", "x"), rule("b", "y")] } });
    assert_eq!(said(&tagged, &json!([{ "type": "a" }])), ["/0: `x` is missing"]);
    assert_eq!(said(&tagged, &json!([{ "type": "b", "y": 0 }])), ["/0/y: must be at least 1"]);
    assert_eq!(said(&tagged, &json!([{ "type": "c" }])), ["/0/type: must be one of `a`, `b`"]);

    let words = json!({ "anyOf": [{ "const": "a" }, { "enum": ["b", "c"] }] });
    assert_eq!(said(&words, &json!("d")), [": must be one of `a`, `b`, `c`"]);
    let both = json!({ "oneOf": [{ "minimum": 1 }, { "maximum": 5 }] });
    assert_eq!(said(&both, &json!(3)), [": fits several of the forms that exclude each other"]);
}

#[test]
fn findings_are_few_and_each_is_told_once() {
    let schema = json!({ "allOf": [{ "items": { "type": "string" } }, { "items": { "type": "string" } }] });
    assert_eq!(said(&schema, &json!([1])), ["/0: must be a string, not a number"]);
    assert_eq!(said(&schema, &json!(vec![1; 100])).len(), MAX_FINDINGS);
}

#[test]
fn draft_7_and_recursion_through_the_value_are_fine() {
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "https://example.com/a.json",
        "definitions": { "node": {
            "type": "object",
            "properties": { "next": { "$ref": "#/definitions/node" } },
            "additionalProperties": false
        } },
        "$ref": "#/definitions/node"
    });
    assert_eq!(said(&schema, &json!({ "next": { "next": {} } })), [""; 0]);
    assert_eq!(said(&schema, &json!({ "next": { "next": { "x": 1 } } })), ["/next/next/x: unknown key `x`"]);
    let lists =
        json!({ "items": [{ "type": "string" }], "additionalItems": false, "$schema": schema["$schema"] });
    assert_eq!(said(&lists, &json!(["a", "b"])), [": has 1 item too many"]);
    let mut deep = json!({});
    for _ in 0..90 {
        deep = json!({ "next": deep });
    }
    assert_eq!(said(&schema, &deep), [""; 0]);
}

#[test]
fn a_schema_that_is_none_is_refused_with_its_fault() {
    for (schema, reason) in [
        (
            json!({ "type": "text" }),
            "/type: must be one of `array`, `boolean`, `integer`, `null`, `number`, `object`, `string`",
        ),
        (
            json!({ "properties": { "a": { "minimum": "1" } } }),
            "/properties/a/minimum: must be a number, not a string",
        ),
        (json!([]), "must be a boolean or an object, not an array"),
        (
            json!({ "$schema": "https://json-schema.org/draft/2019-09/schema" }),
            "its `$schema` is neither draft 2020-12 nor draft 7",
        ),
        (json!({ "$schema": "file:///etc/passwd" }), "its `$schema` is neither draft 2020-12 nor draft 7"),
        (
            json!({ "$ref": "https://example.com/a.json" }),
            "`$ref` to `https://example.com/a.json`: only `#/…` is followed",
        ),
        (
            json!({ "$ref": "file:///etc/passwd#/a" }),
            "`$ref` to `file:///etc/passwd#/a`: only `#/…` is followed",
        ),
        (json!({ "items": { "$ref": "#/$defs/a" } }), "`$ref` to `#/$defs/a`, which is not there"),
        (json!({ "items": { "$ref": 1 } }), "a `$ref` is not a string"),
        (json!({ "items": { "$id": "b" } }), "it uses `$id`, which is not supported; `$ref` to `#/…` is"),
        (
            json!({ "items": { "$dynamicRef": "#a" } }),
            "it uses `$dynamicRef`, which is not supported; `$ref` to `#/…` is",
        ),
        (json!({ "$ref": "#" }), "a `$ref` in it leads back to itself"),
        (
            json!({
                "items": { "anyOf": [{}, { "$ref": "#/$defs/a" }] },
                "$defs": { "a": { "not": { "$ref": "#/items" } } }
            }),
            "a `$ref` in it leads back to itself",
        ),
        (json!({ "pattern": "(" }), "the regular expression `(`: unclosed group"),
        (json!({ "pattern": "\\a" }), "`\\a` is not a regular expression of ECMA-262"),
        (
            json!({ "patternProperties": { "(?=a)": {} } }),
            "the regular expression `(?=a)`: look-around, including look-ahead and look-behind, \
             is not supported",
        ),
    ] {
        assert_eq!(refused(&schema), reason, "{schema}");
    }
    assert!(Schema::new("{").err().unwrap().starts_with("it is not JSON: "));
    let hostile = refused(&json!({ "$ref": format!("\u{1b}[2J{}", "x".repeat(100_000)) }));
    assert!(hostile.len() < 2 * MAX_REASON && !hostile.contains('\u{1b}'), "{hostile}");
}

/// Without its bounds, it would take hours.
#[test]
fn a_schema_that_costs_much_is_refused_soon() {
    let chain = |length: usize, link: &dyn Fn(Value) -> Value| {
        let mut defs = serde_json::Map::new();
        for at in 0..length {
            defs.insert(format!("d{at}"), link(json!({ "$ref": format!("#/$defs/d{}", at + 1) })));
        }
        defs.insert(format!("d{length}"), json!({ "type": "string" }));
        json!({ "$defs": defs, "$ref": "#/$defs/d0" })
    };
    let mut nested = json!({});
    for _ in 0..60 {
        nested = json!({ "not": nested });
    }
    let many: serde_json::Map<String, Value> = (0..30_000).map(|at| (format!("{at}"), json!({}))).collect();
    let patterns: serde_json::Map<String, Value> =
        (0..5_000).map(|at| (format!("\\pL{{{at}}}"), json!({}))).collect();
    for schema in [
        chain(1_000, &|next| next),
        chain(1_000, &|next| json!({ "anyOf": [next, next] })),
        chain(20_000, &|next| json!({ "properties": { "a": next } })),
        nested,
        json!({ "properties": many }),
        json!({ "patternProperties": patterns }),
        json!({ "pattern": "(\\w{1000}){1000}" }),
        json!({ "pattern": "\\d".repeat(100_000) }),
    ] {
        refused(&schema);
    }
    // Not before it meets a configuration.
    for schema in [
        chain(30, &|next| json!({ "anyOf": [next, next] })),
        chain(30, &|next| json!({ "properties": { "a": next }, "allOf": [next, { "not": next }] })),
        json!({ "enum": vec![json!([1, [2, 3]]); 10_000], "items": { "$ref": "#" } }),
    ] {
        let schema = Schema::new(&schema.to_string()).unwrap();
        let config = json!(vec![vec![json!({ "a": { "a": 1 } }); 100]; 100]);
        let message = schema.check(&config).unwrap_err();
        assert_eq!(message, "more than 500000 steps");
    }
    let once = json!({ "a": { "$ref": "#" } });
    let twice = json!({ "properties": once, "allOf": [{ "properties": once }] });
    let mut deep = json!({});
    for _ in 0..60 {
        deep = json!({ "a": deep });
    }
    assert!(Schema::new(&twice.to_string()).unwrap().check(&deep).is_err());
}

/// Without its bounds, it would take hours.
#[test]
fn what_is_allowed_ends_soon_and_fits_the_stack() {
    let text = json!("a".repeat(30_000) + "!");
    for pattern in
        ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$", "(a?){50}a{50}b"]
    {
        assert_eq!(said(&json!({ "pattern": pattern }), &text).len(), 1, "{pattern}");
    }
    // All that a regular expression may be.
    let mut names = serde_json::Map::new();
    names.extend((0..2).map(|at| (format!("{at}{}", "\\s".repeat(245)), json!({}))));
    names.insert("^\\w{1,255}[\\W\\d]$".to_owned(), json!({}));
    said(&json!({ "patternProperties": names }), &json!({ "a": 1 }));
    // All that may be within each other, in the schema and in the configuration.
    let mut nested = json!({ "type": "string" });
    for _ in 0..48 {
        nested = json!({ "additionalProperties": nested });
    }
    let mut deep = json!(1);
    for _ in 0..48 {
        deep = json!({ "a": deep });
    }
    assert_eq!(said(&nested, &deep).len(), 1);
    nested["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    assert_eq!(said(&nested, &deep).len(), 1);
    // Nearly all steps that a check may take, each of which finds something.
    let mut defs = serde_json::Map::new();
    for at in 0..13 {
        let next = json!({ "$ref": format!("#/$defs/d{}", at + 1) });
        defs.insert(format!("d{at}"), json!({ "anyOf": [next, next] }));
    }
    defs.insert("d13".to_owned(), json!({ "type": "string" }));
    let doubling = json!({ "$defs": defs, "items": { "$ref": "#/$defs/d0" } });
    assert!(bounds::check_steps(&doubling, &json!([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])).is_err());
    assert_eq!(said(&doubling, &json!([1, 2, 3, 4, 5, 6])).len(), 6);
    let mut defs: serde_json::Map<String, Value> =
        (0..190).map(|at| (format!("d{at}"), json!({ "$ref": format!("#/$defs/d{}", at + 1) }))).collect();
    defs.insert("d190".to_owned(), json!({ "type": "string" }));
    assert_eq!(said(&json!({ "$defs": defs, "$ref": "#/$defs/d0" }), &json!(1)).len(), 1);
    let many: serde_json::Map<String, Value> =
        (0..1_900).map(|at| (format!("{at}"), json!({ "type": "string" }))).collect();
    assert_eq!(said(&json!({ "properties": many }), &json!({ "1": 1 })).len(), 1);
}

#[test]
fn an_error_names_the_plugin_the_place_and_the_pointer() {
    let description = |schema: &Value| Description {
        name: "redact".to_owned(),
        version: "0.1.0".to_owned(),
        kind: Kind::Filter,
        summary: String::new(),
        needs: Vec::new(),
        config_schema: schema.to_string(),
    };
    let mut settings = PluginSettings::new(PluginRef::FirstParty("redact".to_owned()));
    settings.config = json!({ "min-length": "4", "x": { "y\u{1b}": 1 } });
    settings.places = ConfigPlaces::whole("sortie.toml:6");
    settings.places.mark("/min-length".to_owned(), "sortie.toml:7".to_owned());
    let schema = json!({
        "properties": { "min-length": { "type": "integer" }, "x": { "additionalProperties": false } },
        "required": ["url"]
    });
    let error = super::check("redact 0.1.0", &description(&schema), &settings).unwrap_err();
    assert_eq!(
        error.to_string(),
        "plugin redact 0.1.0: its configuration is not valid: sortie.toml:6: `url` is missing; \
         sortie.toml:7: /min-length: must be an integer, not a string; \
         sortie.toml:6: /x/y : unknown key `y`"
    );
    assert!(error.is_usage());
    let error =
        super::check("redact 0.1.0", &description(&json!({ "type": "text" })), &settings).unwrap_err();
    assert!(error.to_string().starts_with(
        "plugin redact 0.1.0: describe: it answered out of protocol: its configuration schema cannot be \
         used: /type: "
    ));
    assert!(!error.is_usage());
    let none = Description { config_schema: " \n".to_owned(), ..description(&schema) };
    assert_eq!(super::check("redact 0.1.0", &none, &settings), Ok(()));
}

#[test]
fn a_plugin_is_not_configured_with_what_its_schema_refuses() {
    let text = "[[plugin]]\nname = 'redact'\n[plugin.config]\nmask = '#'\nmin-length = 'hunter2'\n";
    let file = file::parse(text, Path::new("sortie.toml")).unwrap();
    let settings = plugins::resolve(&Layers { file, ..Layers::default() }, Vec::new()).unwrap();
    let error = PluginHost::new(Limits::default(), &Environment::default()).load(&settings[0]).err().unwrap();
    assert!(error.is_usage());
    let message =
        "its configuration is not valid: sortie.toml:5: /min-length: must be an integer, not a string";
    assert_eq!(error.failure.to_string(), message);
}

#[test]
fn first_party_schemas_accept_what_their_plugins_accept() {
    let schemas = [
        ("redact", include_str!("../../../../plugins/redact/config.schema.json")),
        ("steps", include_str!("../../../../plugins/steps/config.schema.json")),
        ("annotations", include_str!("../../../../plugins/annotations/config.schema.json")),
        ("github", include_str!("../../../../plugins/reporters/config.schema.json")),
        ("ci-tags", include_str!("../../../../plugins/ci-tags/config.schema.json")),
    ];
    let of = |name: &str| {
        let text = schemas.iter().find(|(other, _)| *other == name).unwrap().1;
        Schema::new(text).unwrap()
    };
    for (name, text) in schemas {
        let schema: Value = serde_json::from_str(text).unwrap();
        assert_eq!(schema["additionalProperties"], json!(false), "{name}");
        for (key, property) in schema["properties"].as_object().unwrap() {
            assert!(
                property["description"].as_str().is_some_and(|text| text.ends_with('.')),
                "{name}: {key}"
            );
            assert!(property.get("default").is_some(), "{name}: {key}");
        }
        assert_eq!(of(name).check(&json!({})), Ok(Vec::new()), "{name}");
    }
    for (name, config) in [
        ("redact", json!({ "env": ["DEPLOY_TOKEN"] })),
        ("redact", json!({ "values": ["hunter2"], "patterns": ["a(?<secret>.)"], "builtin": false })),
        ("redact", json!({ "builtin": ["aws-access-key"], "mask": "", "min-length": 1 })),
        ("steps", json!({ "ps4": ["+ ", "+*> "], "ignore": [], "only": ["terraform"] })),
        ("annotations", json!({ "tools": ["go", "rust"], "levels": ["error"], "root": "/work" })),
        ("github", json!({ "groups": false, "output-prefix": "deploy_", "title": "Deploy" })),
        ("github", json!({ "title": null })),
        ("ci-tags", json!({ "prefix": "", "include": ["run-id", "url"], "extra": { "team": "a" } })),
        ("ci-tags", json!({ "include": null, "started-by": false, "overwrite": true })),
    ] {
        assert_eq!(of(name).check(&config), Ok(Vec::new()), "{name} {config}");
    }
    for (name, config, message) in [
        ("redact", json!({ "builtin": 1 }), "must be a boolean or an array, not a number"),
        ("redact", json!({ "min-length": -1 }), "must be at least 1"),
        ("redact", json!({ "maks": "" }), "unknown key `maks`; did you mean `mask`?"),
        ("github", json!({ "summary": "yes" }), "must be a boolean, not a string"),
        ("github", json!({ "output-prefix": "a b" }), "does not match `^[A-Za-z0-9_-]*$`"),
        ("ci-tags", json!({ "extra": { "a": 1 } }), "must be a string, not a number"),
    ] {
        assert_eq!(of(name).check(&config).unwrap()[0].message, message, "{name} {config}");
    }
}

/// Schemas of every keyword.
fn schemas() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        prop::sample::select(vec!["string", "integer", "array", "object", "null"])
            .prop_map(|name| json!({ "type": name })),
        Just(json!({ "const": "q" })),
        Just(json!({ "enum": ["q", 1] })),
        Just(json!({ "pattern": "^q", "minLength": 100, "maxLength": 1, "format": "email" })),
        Just(json!({ "minimum": 5, "maximum": 1, "multipleOf": 7 })),
        Just(json!({ "minItems": 9, "maxItems": 0, "uniqueItems": true })),
        Just(json!({ "minProperties": 9, "maxProperties": 0, "required": ["q"], "propertyNames": false })),
        Just(json!(false)),
    ];
    leaf.prop_recursive(3, 24, 3, |inner| {
        let several = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            several.clone().prop_map(|all| json!({ "anyOf": all })),
            several.clone().prop_map(|all| json!({ "oneOf": all })),
            several.prop_map(|all| json!({ "allOf": all })),
            inner.clone().prop_map(|one| json!({ "not": one })),
            inner.clone().prop_map(|one| json!({ "items": one })),
            inner.clone().prop_map(|one| json!({ "contains": one })),
            inner.clone().prop_map(|one| json!({ "additionalProperties": one })),
            inner
                .clone()
                .prop_map(|one| json!({ "properties": { "k": one }, "additionalProperties": false })),
            inner.prop_map(|one| json!({ "unevaluatedProperties": one, "unevaluatedItems": one })),
        ]
    })
}

/// Configurations whose every value is `hunter2` or 4711, or holds it.
fn secrets() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![Just(json!("hunter2")), Just(json!(4711)), Just(json!(4711.5))];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[klq]", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_value_is_in_a_message_and_what_is_invalid_has_one(
        schema in schemas(), config in secrets(), draft_7: bool
    ) {
        let mut schema = json!({ "allOf": [schema] });
        if draft_7 {
            schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
        }
        let schema = Schema::new(&schema.to_string()).unwrap();
        let findings = schema.check(&config).unwrap();
        let valid = schema.compiled.validate(&config, schema.root).is_ok();
        prop_assert_eq!(findings.is_empty(), valid);
        for finding in findings {
            let shown = format!("{finding:?}");
            prop_assert!(!shown.contains("hunter2") && !shown.contains("4711"), "{}", shown);
            prop_assert!(finding.path.is_empty() || config.pointer(&finding.path).is_some(), "{}", shown);
        }
    }

    #[test]
    fn no_schema_panics(
        text in "\\PC{0,40}",
        pattern in "\\PC{0,12}|[\\\\a-zA-Z(){}\\[\\]^$|?*+0-9,-]{0,12}",
        reference in "#(/[$a-z~%0-9]{0,4}){0,3}",
    ) {
        let _ = Schema::new(&text);
        for schema in [
            json!({ "pattern": pattern }),
            json!({ "patternProperties": { pattern: {} } }),
            json!({ "items": { "$ref": reference } }),
        ] {
            if let Ok(schema) = Schema::new(&schema.to_string()) {
                let _ = schema.check(&json!(["a", { "a": "b" }]));
            }
        }
    }
}
