//! A transform that adds a tag and says why, and that refuses a task with a secret variable named
//! `FORBIDDEN`.
//!
//! Configuration: `{"tag": "owner", "value": "shop"}`; without `value`, that of the variable `NOTE_OWNER`.

#[allow(
    missing_docs,
    unreachable_pub,
    unsafe_op_in_unsafe_fn,
    clippy::all,
    clippy::undocumented_unsafe_blocks,
    reason = "generated"
)]
mod bindings {
    wit_bindgen::generate!({ world: "transform-plugin", path: "../../../wit" });
}

use std::cell::RefCell;

use bindings::exports::sortie::plugin::transform::Guest;
use bindings::exports::sortie::plugin::transform::Outcome;
use bindings::exports::sortie::plugin::transform::Setup;
use bindings::sortie::plugin::environment;
use bindings::sortie::plugin::task::EnvValue;
use bindings::sortie::plugin::task::TaskSpec;
use bindings::sortie::plugin::types::Context;
use bindings::sortie::plugin::types::Description;
use bindings::sortie::plugin::types::Error;
use bindings::sortie::plugin::types::Finding;
use bindings::sortie::plugin::types::Need;
use bindings::sortie::plugin::types::Pair;
use bindings::sortie::plugin::types::Severity;
use serde_json::Value;

/// Checked by the host before the plugin sees a configuration.
const SCHEMA: &str = r#"{
    "type": "object",
    "properties": {
        "tag": {"type": "string", "minLength": 1, "maxLength": 128, "default": "owner"},
        "value": {"type": "string", "maxLength": 256}
    },
    "additionalProperties": false
}"#;

/// Holds the tag's value where the configuration does not.
const OWNER: &str = "NOTE_OWNER";
/// No task may have a secret of this name.
const FORBIDDEN: &str = "FORBIDDEN";

thread_local! {
    /// The tag's name and value; none when there is nothing to add.
    static TAG: RefCell<Option<(String, String)>> = const { RefCell::new(None) };
}

struct Note;

fn finding(severity: Severity, path: &str, message: impl Into<String>) -> Finding {
    Finding { severity, path: path.to_owned(), message: message.into() }
}

/// Name of the container that has the forbidden secret.
fn forbidden(task: &TaskSpec) -> Option<&str> {
    let container = task.containers.iter().find(|container| {
        let held =
            container.env.iter().any(|var| var.name == FORBIDDEN && matches!(var.value, EnvValue::Secret));
        held || container.secrets.iter().any(|secret| secret.name == FORBIDDEN)
    });
    container.map(|container| container.name.as_str())
}

impl Guest for Note {
    fn describe() -> Description {
        Description {
            name: "note".to_owned(),
            version: "1.0.0".to_owned(),
            summary: "Tags the task with its owner".to_owned(),
            needs: vec![Need {
                capability: "env".to_owned(),
                argument: OWNER.to_owned(),
                required: false,
                reason: "Who owns the task, where the configuration does not say".to_owned(),
            }],
            config_schema: SCHEMA.to_owned(),
        }
    }

    fn configure(config: String, _context: Context) -> Result<Setup, Error> {
        let config: Value = serde_json::from_str(&config)
            .map_err(|error| Error { code: "failed".to_owned(), message: error.to_string() })?;
        let name = config["tag"].as_str().unwrap_or("owner").to_owned();
        let value = match config["value"].as_str() {
            Some(value) => Some(value.to_owned()),
            None => environment::get(OWNER).unwrap_or_default(),
        };
        let mut findings = Vec::new();
        if value.is_none() {
            let message = format!("no owner: neither `value` nor the variable {OWNER} is set");
            findings.push(finding(Severity::Warning, "/value", message));
        }
        TAG.set(value.map(|value| (name, value)));
        Ok(Setup { findings, needs: Vec::new() })
    }

    fn transform(mut task: TaskSpec) -> Result<Outcome, Error> {
        if let Some(container) = forbidden(&task) {
            let message = format!("container {container} has a secret named {FORBIDDEN}");
            return Err(Error { code: "refused".to_owned(), message });
        }
        let mut notes = Vec::new();
        if let Some((name, value)) = TAG.take() {
            if task.tags.iter().any(|tag| tag.name == name) {
                let message = format!("the task has a tag `{name}` already, which is left as it is");
                notes.push(finding(Severity::Warning, "", message));
            } else {
                notes.push(finding(Severity::Note, "", format!("added the tag `{name}`")));
                task.tags.push(Pair { name, value });
            }
        }
        Ok(Outcome { task, notes })
    }
}

#[allow(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks, reason = "generated")]
mod exports {
    use super::Note;
    super::bindings::export!(Note with_types_in super::bindings);
}
