//! A task definition in a JSON file.

use serde_json::Value;

use super::expand;
use super::mapping;
use crate::error::Error;
use crate::settings::DefinitionFile;
use crate::spec::Extra;
use crate::spec::TaskSpec;

/// Reads a file. `name` is the family that the user gives; the file's own otherwise.
///
/// # Errors
///
/// What is wrong with the file, and where.
pub fn read(file: &DefinitionFile, name: Option<&str>) -> Result<TaskSpec, Error> {
    let shown = file.path.display();
    let text = std::fs::read_to_string(&file.path).map_err(|error| {
        Error::usage(format!("task definition file {shown} cannot be read: {error}"))
            .hint("check --task-definition file:PATH")
    })?;
    let mut value: Value = serde_json::from_str(&text).map_err(|error| {
        Error::usage(format!("task definition file {shown}:{}: {error}", error.line()))
            .hint("the file must be JSON")
    })?;
    if let Some(variables) = &file.variables {
        expand::expand(&mut value, variables)
            .map_err(|error| error.on(&format!("task definition file {shown}")))?;
    }
    let spec = mapping::task_spec(&registration_in(&value)).map_err(|what| {
        Error::usage(format!("task definition file {shown}: {what}")).hint(
            "the file must be JSON as `aws ecs register-task-definition --cli-input-json` takes it, or as \
             `aws ecs describe-task-definition` prints it",
        )
    })?;
    let family = name.map_or_else(|| spec.name.clone(), str::to_owned);
    if family.is_empty() {
        return Err(Error::usage(format!("task definition file {shown} has no `family`"))
            .hint("add `family` to the file, or give --name"));
    }
    Ok(TaskSpec { name: family, ..spec })
}

/// The registration in a file: the file's object itself, or the `taskDefinition` that
/// `describe-task-definition` prints, with the tags beside it.
fn registration_in(value: &Value) -> Extra {
    let mut object = value.get("taskDefinition").unwrap_or(value).as_object().cloned().unwrap_or_default();
    let tags = value.get("taskDefinition").and_then(|_| value.get("tags")).and_then(Value::as_array);
    if let Some(tags) = tags.filter(|tags| !tags.is_empty()) {
        object.insert("tags".to_owned(), Value::Array(tags.clone()));
    }
    object
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_forms_of_a_file_are_read() {
        let plain = json!({ "family": "f", "containerDefinitions": [{ "name": "a" }] });
        let described = json!({ "taskDefinition": plain, "tags": [{ "key": "k", "value": "v" }] });
        let mut tagged = plain.clone();
        tagged["tags"] = described["tags"].clone();
        assert_eq!(Value::Object(registration_in(&plain)), plain);
        assert_eq!(Value::Object(registration_in(&described)), tagged);
    }

    #[test]
    fn a_bad_file_is_named_with_its_line() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("task.json");
        let error = |text: &str| {
            std::fs::write(&path, text).expect("written");
            read(&DefinitionFile { path: path.clone(), variables: None }, None).expect_err("bad")
        };
        assert!(error("{\n\n oops }").to_string().contains("task.json:3"), "{}", error("{\n\n oops }"));
        assert!(error("[]").to_string().contains("containerDefinitions"));
        let nameless = error(r#"{"containerDefinitions":[{"name":"a"}]}"#);
        assert!(nameless.is_usage() && nameless.to_string().contains("family"));
    }
}
