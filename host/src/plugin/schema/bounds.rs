//! What a schema may contain, and what it may cost.
//!
//! The library that checks has no limits of its own: a schema of a few hundred bytes can ask for 2⁵⁰ steps,
//! and a chain of references overflows the stack. So the schema's graph is walked before it is compiled, and
//! the walk over schema and configuration is costed before it is made.

use std::collections::HashMap;
use std::collections::HashSet;
use std::collections::hash_map::Entry;

use percent_encoding::percent_decode_str;
use regex::RegexBuilder;
use serde_json::Map;
use serde_json::Value;

use super::finding::code;

/// Schemas within a schema. Compiling them takes time with the square of it.
const MAX_SCHEMAS: usize = 2_000;

/// Levels of the schema's JSON. The draft's own schema takes several calls for each.
const MAX_LEVELS: usize = 50;

/// Schemas that are within each other while one part of a configuration is checked; each is a call.
const MAX_DEPTH: usize = 200;

/// Steps of a check. One is a keyword for a value, or less; the longest check takes about a second.
const MAX_STEPS: u64 = 500_000;

/// Regular expressions, and the bytes of one and of all.
const MAX_PATTERNS: usize = 64;
const MAX_PATTERN: usize = 1024;
const MAX_ALL_PATTERNS: usize = 8 * 1024;

/// Backslashes in all regular expressions. The library parses one anew for each `\d`.
const MAX_ESCAPES: usize = 500;

/// Bytes of one compiled regular expression.
const MAX_REGEX: usize = 512 * 1024;

/// Steps of a regular expression for one byte of text.
const STEPS_PER_BYTE: u64 = 8;

/// Keywords that make a schema more than one document, or let what is referred to depend on where it is
/// referred to from. What generates schemas for configurations does without.
const REFUSED: &[&str] =
    &["$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$vocabulary"];

/// What the schemas that a keyword holds are applied to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    /// The same value.
    Itself,
    /// Members of an object, or items of an array.
    Parts,
    /// Names of members.
    Names,
    /// Nothing, unless it is referred to.
    Nothing,
}

/// Keywords whose value is a schema or a list of schemas.
const SCHEMAS: &[(&str, To)] = &[
    ("not", To::Itself),
    ("if", To::Itself),
    ("then", To::Itself),
    ("else", To::Itself),
    ("allOf", To::Itself),
    ("anyOf", To::Itself),
    ("oneOf", To::Itself),
    ("additionalProperties", To::Parts),
    ("unevaluatedProperties", To::Parts),
    ("items", To::Parts),
    ("prefixItems", To::Parts),
    ("additionalItems", To::Parts),
    ("unevaluatedItems", To::Parts),
    ("contains", To::Parts),
    ("propertyNames", To::Names),
    ("contentSchema", To::Nothing),
];

/// Keywords whose value is an object of schemas.
const NAMED_SCHEMAS: &[(&str, To)] = &[
    ("properties", To::Parts),
    ("patternProperties", To::Parts),
    ("dependentSchemas", To::Itself),
    ("dependencies", To::Itself),
    ("$defs", To::Nothing),
    ("definitions", To::Nothing),
];

/// A schema within another.
struct Inner<'s> {
    keyword: &'static str,
    /// Its name or index, where the keyword has several.
    key: Key<'s>,
    to: To,
    schema: &'s Value,
}

#[derive(Clone, Copy)]
enum Key<'s> {
    None,
    Name(&'s str),
    Index(usize),
}

/// All schemas in `schema`, one level deep, with what its `$ref` leads to.
fn inner<'s>(root: &'s Value, schema: &'s Map<String, Value>) -> Result<Vec<Inner<'s>>, String> {
    let mut found = Vec::new();
    for &(keyword, to) in SCHEMAS {
        match schema.get(keyword) {
            Some(Value::Array(list)) => found.extend(list.iter().enumerate().map(|(index, schema)| Inner {
                keyword,
                key: Key::Index(index),
                to,
                schema,
            })),
            Some(schema) => found.push(Inner { keyword, key: Key::None, to, schema }),
            None => {}
        }
    }
    for &(keyword, to) in NAMED_SCHEMAS {
        let named = schema.get(keyword).and_then(Value::as_object).into_iter().flatten();
        found.extend(named.map(|(name, schema)| Inner { keyword, key: Key::Name(name), to, schema }));
    }
    if let Some(reference) = schema.get("$ref") {
        let schema = target(root, reference)?;
        found.push(Inner { keyword: "$ref", key: Key::None, to: To::Itself, schema });
    }
    Ok(found)
}

/// What a `$ref` leads to, which is in the same schema.
fn target<'s>(root: &'s Value, reference: &Value) -> Result<&'s Value, String> {
    let text = reference.as_str().ok_or("a `$ref` is not a string")?;
    let fragment = text.strip_prefix('#').filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let fragment = fragment.ok_or_else(|| format!("`$ref` to {}: only `#/…` is followed", code(text)))?;
    let pointer = percent_decode_str(fragment).decode_utf8().ok();
    let found = pointer.and_then(|pointer| root.pointer(&pointer));
    found.ok_or_else(|| format!("`$ref` to {}, which is not there", code(text)))
}

/// Refuses a schema that is not one document, or could cost too much whatever the configuration is.
pub(super) fn check(root: &Value) -> Result<(), String> {
    if deeper_than(root, MAX_LEVELS) {
        return Err(format!("it has more than {MAX_LEVELS} levels"));
    }
    let mut patterns = HashSet::new();
    let mut seen = HashSet::new();
    let mut schemas = Vec::new();
    let mut open = vec![root];
    while let Some(schema) = open.pop() {
        let Value::Object(members) = schema else { continue };
        if !seen.insert(std::ptr::from_ref(schema)) {
            continue;
        }
        if seen.len() > MAX_SCHEMAS {
            return Err(format!("it has more than {MAX_SCHEMAS} schemas"));
        }
        if let Some(keyword) = REFUSED.iter().find(|keyword| members.contains_key(**keyword)) {
            return Err(format!("it uses `{keyword}`, which is not supported; `$ref` to `#/…` is"));
        }
        patterns.extend(members.get("pattern").and_then(Value::as_str));
        let names = members.get("patternProperties").and_then(Value::as_object);
        patterns.extend(names.into_iter().flat_map(Map::keys).map(String::as_str));
        open.extend(inner(root, members)?.into_iter().map(|inner| inner.schema));
        schemas.push(schema);
    }
    check_patterns(&patterns)?;
    let mut depths = HashMap::new();
    schemas.into_iter().try_for_each(|schema| depth(root, schema, 0, &mut depths).map(|_| ()))
}

fn deeper_than(value: &Value, levels: usize) -> bool {
    let mut open = vec![(value, 0)];
    while let Some((value, level)) = open.pop() {
        if level > levels {
            return true;
        }
        match value {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, level + 1))),
            Value::Object(members) => open.extend(members.values().map(|member| (member, level + 1))),
            _ => {}
        }
    }
    false
}

/// How many schemas `schema` applies to one and the same value, each within the other. One that leads back
/// to itself has no end.
fn depth(
    root: &Value,
    schema: &Value,
    outer: usize,
    known: &mut HashMap<*const Value, Option<usize>>,
) -> Result<usize, String> {
    let Value::Object(members) = schema else { return Ok(1) };
    match known.entry(std::ptr::from_ref(schema)) {
        Entry::Occupied(known) => {
            return known.get().ok_or_else(|| "a `$ref` in it leads back to itself".to_owned());
        }
        // Until it is known: whoever comes here again came from here.
        Entry::Vacant(unknown) => unknown.insert(None),
    };
    let mut deepest = 0;
    if outer <= MAX_DEPTH {
        for inner in inner(root, members)?.into_iter().filter(|inner| inner.to == To::Itself) {
            deepest = deepest.max(depth(root, inner.schema, outer + 1, known)?);
        }
    }
    if outer.max(deepest) >= MAX_DEPTH {
        return Err(format!("more than {MAX_DEPTH} schemas in it are within each other"));
    }
    known.insert(std::ptr::from_ref(schema), Some(deepest + 1));
    Ok(deepest + 1)
}

/// The library knows no limit for regular expressions, and its debug build panics at a wrong one.
fn check_patterns(patterns: &HashSet<&str>) -> Result<(), String> {
    if patterns.is_empty() {
        return Ok(());
    }
    let bytes: usize = patterns.iter().map(|pattern| pattern.len()).sum();
    let escapes: usize = patterns.iter().map(|pattern| pattern.matches('\\').count()).sum();
    for (count, limit, what) in [
        (patterns.len(), MAX_PATTERNS, "regular expressions"),
        (bytes, MAX_ALL_PATTERNS, "bytes of regular expressions"),
        (escapes, MAX_ESCAPES, "backslashes in regular expressions"),
    ] {
        if count > limit {
            return Err(format!("it has {count} {what}, {limit} are allowed"));
        }
    }
    let mut compiled = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.set_default_draft(boon::Draft::V7);
    let format = serde_json::json!({ "format": "regex" });
    compiler.add_resource(super::ADDRESS, format).map_err(|error| error.to_string())?;
    let regex = compiler.compile(super::ADDRESS, &mut compiled).map_err(|error| error.to_string())?;
    for &pattern in patterns {
        if pattern.len() > MAX_PATTERN {
            return Err(format!("a regular expression of more than {MAX_PATTERN} bytes"));
        }
        let built = RegexBuilder::new(&of_ascii(pattern)).size_limit(MAX_REGEX).build();
        built.map_err(|error| {
            // The text of a syntax error points into the expression, on several lines; the last says why.
            let text = error.to_string();
            let why = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!("the regular expression {}: {why}", code(pattern))
        })?;
        if compiled.validate(&Value::from(pattern), regex).is_err() {
            return Err(format!("{} is not a regular expression of ECMA-262", code(pattern)));
        }
    }
    Ok(())
}

/// `pattern` with the classes of ECMA-262, as the library translates it. Rust's own are of all Unicode, and
/// a thousand times as large.
fn of_ascii(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern.chars();
    while let Some(char) = rest.next() {
        match (char, if char == '\\' { rest.next() } else { None }) {
            (_, Some('d')) => out.push_str("[0-9]"),
            (_, Some('D')) => out.push_str("[^0-9]"),
            (_, Some('w')) => out.push_str("[A-Za-z0-9_]"),
            (_, Some('W')) => out.push_str("[^A-Za-z0-9_]"),
            (char, escaped) => {
                out.push(char);
                out.extend(escaped);
            }
        }
    }
    out
}

/// Refuses a schema of which the check of `config` would take too long. What is counted is the most that it
/// can take; usually some ten steps for a value.
pub(super) fn check_steps(root: &Value, config: &Value) -> Result<(), String> {
    let mut meter = Meter { root, known: HashMap::new(), work: 0 };
    meter.steps(root, config, Depth::default()).map(|_| ())
}

/// What is applied to the names of members.
static NAME: Value = Value::Null;

/// Counts steps, of each pair of a schema and a value once: this takes no longer than what is allowed.
struct Meter<'v> {
    root: &'v Value,
    known: HashMap<(*const Value, *const Value), u64>,
    /// Steps of all pairs that were met, each once.
    work: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Depth {
    /// Schemas.
    calls: usize,
    /// Of the value in the configuration.
    level: u64,
}

impl<'v> Meter<'v> {
    fn steps(&mut self, schema: &'v Value, value: &'v Value, depth: Depth) -> Result<u64, String> {
        let Value::Object(members) = schema else { return Ok(1) };
        let pair = (std::ptr::from_ref(schema), std::ptr::from_ref(value));
        if let Some(steps) = self.known.get(&pair) {
            return Ok(*steps);
        }
        if depth.calls > MAX_DEPTH {
            return Err(format!("more than {MAX_DEPTH} schemas within each other"));
        }
        let mut steps = own_steps(members, value, depth.level);
        self.work += steps;
        too_many(self.work)?;
        let calls = depth.calls + 1;
        let (same, part) = (Depth { calls, level: depth.level }, Depth { calls, level: depth.level + 1 });
        for inner in inner(self.root, members)? {
            match inner.to {
                To::Itself => steps += self.steps(inner.schema, value, same)?,
                To::Parts => {
                    for value in parts(&inner, value) {
                        steps += self.steps(inner.schema, value, part)?;
                        too_many(steps)?;
                    }
                }
                To::Names => {
                    let names = value.as_object().map_or(0, Map::len) as u64;
                    steps += names * self.steps(inner.schema, &NAME, same)?;
                }
                To::Nothing => {}
            }
            too_many(steps)?;
        }
        self.known.insert(pair, steps);
        Ok(steps)
    }
}

fn too_many(steps: u64) -> Result<(), String> {
    match steps > MAX_STEPS {
        true => Err(format!("more than {MAX_STEPS} steps")),
        false => Ok(()),
    }
}

/// The parts of `value` that a keyword's schema may be applied to.
fn parts<'v>(inner: &Inner<'_>, value: &'v Value) -> Vec<&'v Value> {
    match (value, inner.key) {
        (Value::Object(members), Key::Name(name)) if inner.keyword == "properties" => {
            members.get(name).into_iter().collect()
        }
        (Value::Object(members), Key::Name(_)) => members.values().collect(),
        (Value::Object(members), Key::None) if inner.keyword.ends_with("Properties") => {
            members.values().collect()
        }
        (Value::Array(items), Key::Index(index)) => items.get(index).into_iter().collect(),
        (Value::Array(items), Key::None) => items.iter().collect(),
        _ => Vec::new(),
    }
}

/// What the keywords of one schema take that hold no schemas, and what an error of it takes.
fn own_steps(schema: &Map<String, Value>, value: &Value, level: u64) -> u64 {
    let lists = ["enum", "const", "required", "dependentRequired"];
    let listed: u64 = lists.iter().filter_map(|keyword| schema.get(*keyword)).map(nodes).sum();
    let patterns = schema.get("patternProperties").and_then(Value::as_object).map_or(0, Map::len) as u64;
    let own = match value {
        Value::String(text) if schema.contains_key("pattern") => STEPS_PER_BYTE * text.len() as u64,
        Value::String(text) => text.len() as u64 / STEPS_PER_BYTE,
        Value::Object(members) => {
            let names: u64 = members.keys().map(|name| name.len() as u64).sum();
            members.len() as u64 + STEPS_PER_BYTE * names * patterns
        }
        Value::Array(_) if schema.contains_key("uniqueItems") => STEPS_PER_BYTE * nodes(value),
        Value::Array(items) => items.len() as u64,
        _ => 0,
    };
    1 + level + listed + own
}

/// Values within a value, itself included.
fn nodes(value: &Value) -> u64 {
    1 + match value {
        Value::Array(items) => items.iter().map(nodes).sum(),
        Value::Object(members) => members.values().map(nodes).sum(),
        _ => 0,
    }
}
