//! Byte for byte what `@actions/core` writes. The fixture was made once with the npm package
//! (3.0.1) by `oracle/generate.mjs`, which says how.

use serde_json::Value;

use super::command;
use super::output;

fn oracle() -> Value {
    serde_json::from_str(include_str!("oracle/actions-core.json")).expect("the fixture is JSON")
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("no list {name} in {value}"))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no text {name} in {value}"))
}

#[test]
fn commands_are_those_of_actions_core() {
    let oracle = oracle();
    for vector in list(&oracle, "commands") {
        let properties: Vec<(&str, &str)> = list(vector, "properties")
            .iter()
            .map(|pair| (pair[0].as_str().unwrap_or_default(), pair[1].as_str().unwrap_or_default()))
            .collect();
        let line = command::line(text(vector, "name"), &properties, text(vector, "message"));
        assert_eq!(line + "\n", text(vector, "line"), "{vector}");
    }
}

/// But for the delimiter, which is random there and chosen by the value here.
#[test]
fn outputs_are_those_of_actions_core() {
    let oracle = oracle();
    for vector in list(&oracle, "outputs") {
        let (name, value) = (text(vector, "name"), text(vector, "value"));
        let delimiter = output::delimiter(value);
        // The first and the last place where it stands: a value may hold the word itself.
        let written = text(vector, "file");
        let written = written.replacen("<<DELIMITER\n", &format!("<<{delimiter}\n"), 1);
        let written = written.strip_suffix("DELIMITER\n").unwrap_or_else(|| panic!("no end: {vector}"));
        assert_eq!(output::entry(name, value), format!("{written}{delimiter}\n"), "{vector}");
    }
}
