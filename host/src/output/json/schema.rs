//! Holds the schema of `--output json` equal to the types that are written.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::Object;
use super::SCHEMA;
use crate::event::Event;

/// A moment as it is written.
#[derive(JsonSchema)]
#[schemars(transparent, inline)]
pub(crate) struct Timestamp(
    #[schemars(extend("format" = "date-time"))]
    #[expect(dead_code)]
    String,
);

/// One object a line, of one of these types. Members may be added; those that there are stay.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code)]
enum Line<'a> {
    Event(Event),
    Object(Object<'a>),
}

#[test]
fn the_schema_is_that_of_what_is_written() {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<Line<'_>>().to_value();
    describe_for_readers(&mut schema);
    let made = serde_json::to_string_pretty(&schema).expect("JSON") + "\n";
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/output.schema.json");
        std::fs::write(path, &made).expect("the repository is ours");
        return;
    }
    assert!(made == SCHEMA, "to make it anew: INSTA_UPDATE=always cargo test -p sortie --lib json::schema");
}

/// What the code says of its own names is not for those who read the schema.
fn describe_for_readers(value: &mut Value) {
    let links = regex::Regex::new(r"\[(`[^`]+`)\](\([^)]*\))?").expect("a pattern");
    match value {
        Value::Object(members) => {
            if let Some(Value::String(text)) = members.get_mut("description") {
                let first = text.split("\n\n").next().unwrap_or_default().replace('\n', " ");
                *text = links.replace_all(&first, "$1").into_owned();
            }
            members.values_mut().for_each(describe_for_readers);
        }
        Value::Array(items) => items.iter_mut().for_each(describe_for_readers),
        _ => {}
    }
}
