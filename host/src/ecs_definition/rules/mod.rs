//! What RegisterTaskDefinition refuses, whatever runs the task: checked before anything is sent, and on a
//! machine's own container engine too, so that what runs there can be registered.
//!
//! - [`image`]: image references.
//! - [`placeholder`]: values that were never put in.
//! - [`containers`]: names, health checks, dependencies.
//! - [`volumes`]: volumes and mounts.
//! - [`kernel`]: limits and parameters of the kernel.
//! - [`sidecars`]: the log router and the proxy.
//!
//! Source of every rule, where no other is named: Amazon ECS API reference, RegisterTaskDefinition and the
//! data types below it.

pub mod containers;
pub mod image;
pub mod kernel;
pub mod placeholder;
pub mod sidecars;
pub mod volumes;

use serde_json::Value;

use crate::error::Error;
use crate::spec::ContainerSpec;
use crate::spec::Extra;
use crate::spec::TaskSpec;

/// What is wrong with a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether it is certain that the task will be refused; otherwise a person should look at it.
    pub certain: bool,
    /// One line. It holds no value that may be secret.
    pub message: String,
    /// What to do next; may be empty.
    pub hint: String,
}

impl Finding {
    /// The task will be refused.
    pub fn refused(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { certain: true, message: message.into(), hint: hint.into() }
    }

    /// The task may be refused, or do less than it says.
    pub fn doubtful(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { certain: false, message: message.into(), hint: hint.into() }
    }
}

/// Everything that RegisterTaskDefinition will refuse.
pub fn check(task: &TaskSpec) -> Vec<Finding> {
    let mut found = containers::check(task);
    volumes::check(task, &mut found);
    task.containers.iter().for_each(|container| kernel::check(container, &mut found));
    sidecars::check(task, &mut found);
    found
}

/// The warnings among the findings.
///
/// # Errors
///
/// What is certain, as one usage error that tells all of it.
pub fn judge(findings: Vec<Finding>) -> Result<Vec<String>, Error> {
    let (certain, doubtful): (Vec<_>, Vec<_>) = findings.into_iter().partition(|finding| finding.certain);
    let mut certain = certain.into_iter();
    if let Some(first) = certain.next() {
        let error = Error::usage(first.message).hint(&first.hint);
        let also = |finding: Finding| match finding.hint.is_empty() || finding.hint == first.hint {
            true => format!("also: {}", finding.message),
            false => format!("also: {} ({})", finding.message, finding.hint),
        };
        return Err(certain.fold(error, |error, finding| error.hint(also(finding))));
    }
    let line = |finding: Finding| match finding.hint.is_empty() {
        true => finding.message,
        false => format!("{}: {}", finding.message, finding.hint),
    };
    Ok(doubtful.into_iter().map(line).collect())
}

/// A member of a container beyond the neutral model, by JSON pointer.
pub fn member<'a>(container: &'a ContainerSpec, pointer: &str) -> Option<&'a Value> {
    pointed(&container.extra, pointer)
}

/// A member of an object, by JSON pointer; `null` is nothing.
pub fn pointed<'a>(object: &'a Extra, pointer: &str) -> Option<&'a Value> {
    let (first, rest) = pointer.split_once('/').unwrap_or((pointer, ""));
    let value = object.get(first)?;
    let value = if rest.is_empty() { Some(value) } else { value.pointer(&format!("/{rest}")) };
    value.filter(|value| !value.is_null())
}

/// The items of a list that a member is; none of anything else.
pub fn items<'a>(object: &'a Extra, pointer: &str) -> impl Iterator<Item = &'a Value> {
    pointed(object, pointer).and_then(Value::as_array).into_iter().flatten()
}

/// Whether a member says something: it is no empty list or object, no empty text and not `false`.
pub fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(on) => *on,
        Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}
