//! `sortie help json`, made from the schema of what `--output json` prints.

use std::fmt::Write as _;

use serde_json::Value;

use crate::output::json::SCHEMA;

/// Members that every object has.
const COMMON: [&str; 3] = ["type", "at", "elapsedMs"];

/// The topic's text.
pub(super) fn text() -> String {
    let mut text = "\
What `--output json` prints: one JSON object a line, on standard output.

`type` says what an object is, `at` when it was (RFC 3339, UTC), `elapsedMs` how many milliseconds after
sortie's start. Events also say which `attempt` at which `task` of the run they are about. A member is
always there; one that has no value is null. Types and members may be added, so ignore what you do not know.

A command that fails ends with `error`, and says the same on standard error; where a task was launched and
seen to its end, the last object is `finished`, whatever it ended with.

"
    .to_owned();
    for object in objects(&serde_json::from_str(SCHEMA).unwrap_or_default()) {
        let _ = writeln!(text, "  {:<15}{}", object.name, object.description);
        let _ = writeln!(text, "  {:<15}  {}", "", object.members.join(", "));
    }
    text.push_str(
        "
`sortie help json --schema` prints the JSON Schema of a line, which has all types and what they mean.

Examples:
  sortie run --output json … | jq -r 'select(.type == \"log\").line'

  id=$(sortie launch --output json … | jq -r 'select(.type == \"launched\").id')
",
    );
    text
}

/// A type of object.
struct Object {
    name: String,
    description: String,
    members: Vec<String>,
}

/// All that there are, in the schema's order.
fn objects(schema: &Value) -> Vec<Object> {
    let kinds = schema["anyOf"].as_array().into_iter().flatten().map(|kind| definition(schema, kind));
    kinds
        .flat_map(|kind| match kind["oneOf"].as_array() {
            Some(variants) => variants.iter().collect(),
            None => vec![kind],
        })
        .map(|object| {
            let more = definition(schema, object);
            let required = [object, more].into_iter().flat_map(|part| part["required"].as_array());
            let members = required.flatten().filter_map(Value::as_str).filter(|name| !COMMON.contains(name));
            let text = object["description"].as_str().unwrap_or_default();
            Object {
                name: object["properties"]["type"]["const"].as_str().unwrap_or_default().to_owned(),
                description: text.split(". ").next().unwrap_or_default().trim_end_matches('.').to_owned(),
                members: members.map(str::to_owned).collect(),
            }
        })
        .collect()
}

/// What a `$ref` leads to; null where there is none.
fn definition<'a>(schema: &'a Value, part: &Value) -> &'a Value {
    let name = part["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/"));
    name.map_or(&Value::Null, |name| &schema["$defs"][name])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_topic_has_every_type_with_its_members() {
        insta::assert_snapshot!("json", crate::cli::help::flow::flow(&text(), 80));
        let objects = objects(&serde_json::from_str(SCHEMA).unwrap());
        assert!(objects.len() > 12);
        for object in objects {
            assert!(!object.name.is_empty() && !object.description.is_empty() && !object.members.is_empty());
        }
    }
}
