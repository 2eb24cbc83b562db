//! Holds what sortie prints as JSON to its schema.

use std::sync::LazyLock;

use boon::Compiler;
use boon::SchemaIndex;
use boon::Schemas;
use serde_json::Value;
use sortie::output::json::SCHEMA;

/// The schema in which no member may be that it does not have: a program's author finds them all in it.
static STRICT: LazyLock<(Schemas, SchemaIndex)> = LazyLock::new(|| {
    let mut schema: Value = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let references = |part: &Value, list: &str| -> Vec<String> {
        let items = part[list].as_array().into_iter().flatten();
        items.filter_map(|item| item["$ref"].as_str()?.strip_prefix("#/$defs/").map(str::to_owned)).collect()
    };
    let objects = references(&schema, "anyOf");
    let definitions = schema["$defs"].as_object_mut().expect("there are definitions");
    let parts: Vec<String> = definitions.values().flat_map(|object| references(object, "oneOf")).collect();
    for (name, definition) in definitions.iter_mut().filter(|(name, _)| !parts.contains(name)) {
        if objects.contains(name) {
            definition["unevaluatedProperties"] = false.into();
        } else if definition["type"] == "object" && definition.get("additionalProperties").is_none() {
            definition["additionalProperties"] = false.into();
        }
    }
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.enable_format_assertions();
    compiler.add_resource("output.json", schema).expect("a schema");
    let index = compiler.compile("output.json", &mut schemas).expect("a schema that means something");
    (schemas, index)
});

/// Why this is not an object that the schema describes to its last member.
pub fn fault(object: &Value) -> Option<String> {
    let (schemas, index) = &*STRICT;
    schemas.validate(object, *index).err().map(|error| format!("{error:#}"))
}
