//! What a transform changed, as a person reads it.

use std::ops::Range;

use diff::Result as Change;

use super::TaskSpec;

/// Lines around a change.
const CONTEXT: usize = 2;

/// One line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    /// What became of it.
    pub sign: Sign,
    /// The line, without a newline and with control characters escaped.
    pub text: String,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It is the same before and after.
    Same,
    /// It is gone.
    Removed,
    /// It is new.
    Added,
    /// Lines that are the same are left out here.
    Gap,
}

impl Sign {
    /// The sign in the first column.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => " ",
            Self::Removed => "-",
            Self::Added => "+",
            Self::Gap => "…",
        }
    }
}

/// The difference between two tasks; empty when they are shown alike. Secrets are `***`.
pub fn diff(before: &TaskSpec, after: &TaskSpec) -> Vec<DiffLine> {
    let (before, after) = (render(before), render(after));
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let all: Vec<DiffLine> = diff::slice(&before, &after).into_iter().map(line).collect();
    let mut lines = Vec::new();
    for (index, group) in groups(&all).into_iter().enumerate() {
        if index > 0 {
            lines.push(DiffLine { sign: Sign::Gap, text: String::new() });
        }
        lines.extend_from_slice(&all[group]);
    }
    lines
}

fn line(change: Change<&&str>) -> DiffLine {
    let (sign, text) = match change {
        Change::Both(text, _) => (Sign::Same, text),
        Change::Left(text) => (Sign::Removed, text),
        Change::Right(text) => (Sign::Added, text),
    };
    DiffLine { sign, text: (*text).to_owned() }
}

/// The changes with their surroundings, those whose surroundings touch as one.
fn groups(lines: &[DiffLine]) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    for (at, _) in lines.iter().enumerate().filter(|(_, line)| line.sign != Sign::Same) {
        let (start, end) = (at.saturating_sub(CONTEXT), (at + 1 + CONTEXT).min(lines.len()));
        match groups.last_mut() {
            Some(last) if start <= last.end => last.end = end,
            _ => groups.push(start..end),
        }
    }
    groups
}

/// A task as text: one value per line, indented by depth, secrets as `***`.
pub fn render(task: &TaskSpec) -> String {
    // A task always becomes JSON: its keys are texts and its values plain.
    let value = serde_json::to_value(task).unwrap_or_default();
    let mut text = String::new();
    write(&mut text, 0, &value);
    text
}

fn write(text: &mut String, depth: usize, value: &serde_json::Value) {
    use serde_json::Value as Json;
    let indent = "  ".repeat(depth);
    match value {
        Json::Object(object) => {
            for (key, value) in object {
                // `{"name": …, "value": …}` is a pair wherever a list holds it; see below.
                field(text, &indent, &shown(key), depth, value);
            }
        }
        Json::Array(items) => {
            for item in items {
                match pair(item) {
                    Some((name, value)) => {
                        text.push_str(&format!("{indent}{}: {}\n", shown(name), shown(value)))
                    }
                    None => match heading(item) {
                        Some(name) => {
                            text.push_str(&format!("{indent}{}:\n", shown(name)));
                            write(text, depth + 1, item);
                        }
                        None => field(text, &indent, "-", depth, item),
                    },
                }
            }
        }
        scalar => text.push_str(&format!("{indent}{}\n", atom(scalar))),
    }
}

fn field(text: &mut String, indent: &str, key: &str, depth: usize, value: &serde_json::Value) {
    let colon = if key == "-" { "" } else { ":" };
    match value {
        serde_json::Value::Object(object) if !object.is_empty() => {
            text.push_str(&format!("{indent}{key}{colon}\n"));
            write(text, depth + 1, value);
        }
        serde_json::Value::Array(items) if !items.is_empty() => {
            text.push_str(&format!("{indent}{key}{colon}\n"));
            write(text, depth + 1, value);
        }
        scalar => text.push_str(&format!("{indent}{key}{colon} {}\n", atom(scalar))),
    }
}

/// Name and value of an object that has exactly these, such as a tag or a variable.
fn pair(item: &serde_json::Value) -> Option<(&str, &str)> {
    let object = item.as_object().filter(|object| object.len() == 2)?;
    Some((object.get("name")?.as_str()?, object.get("value")?.as_str()?))
}

/// The name under which an item of a list is shown.
fn heading(item: &serde_json::Value) -> Option<&str> {
    item.as_object()?.get("name")?.as_str()
}

/// A value that holds no others.
fn atom(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(value) => shown(value),
        other => other.to_string(),
    }
}

/// A text as it is; quoted when control characters would act on the terminal, or when nothing
/// would be seen.
fn shown(text: &str) -> String {
    // Debug escapes what does not print itself, directions of writing included.
    let acts = |c: char| !matches!(c, '"' | '\'' | '\\') && c.escape_debug().len() > 1;
    let plain = !text.is_empty() && text.trim() == text && !text.chars().any(acts);
    if plain { text.to_owned() } else { format!("{text:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::ContainerSpec;
    use crate::spec::EnvValue;
    use crate::spec::EnvVar;
    use crate::spec::Pair;

    fn task() -> TaskSpec {
        let env = vec![
            EnvVar { name: "STAGE".to_owned(), value: EnvValue::Plain("dev".to_owned()) },
            EnvVar { name: "TOKEN".to_owned(), value: EnvValue::Secret("hunter2".to_owned()) },
        ];
        let command = vec!["./deploy.sh".to_owned(), "a b".to_owned()];
        let app = ContainerSpec {
            name: "app".to_owned(),
            image: "alpine:3".to_owned(),
            command,
            env,
            essential: true,
            ..ContainerSpec::default()
        };
        TaskSpec { name: "deploy".to_owned(), containers: vec![app], cpu: Some(256), ..TaskSpec::default() }
    }

    fn text(before: &TaskSpec, after: &TaskSpec) -> String {
        diff(before, after).iter().map(|line| format!("{} {}\n", line.sign.as_str(), line.text)).collect()
    }

    #[test]
    fn a_change_is_shown_with_its_surroundings() {
        let mut after = task();
        after.tags.push(Pair::new("ci:run", "42"));
        after.started_by = Some("github/42".to_owned());
        after.containers[0].env[0].value = EnvValue::Plain("prod".to_owned());
        insta::assert_snapshot!("change", text(&task(), &after));
    }

    #[test]
    fn nothing_changed_is_nothing_shown() {
        assert_eq!(diff(&task(), &task()), []);
    }

    #[test]
    fn no_secret_and_no_control_character_is_shown() {
        let mut after = task();
        after.containers[0].env[1].value = EnvValue::Secret("hunter3".to_owned());
        after.containers[0].user = Some("\u{1b}]0;x\u{7}\nroot".to_owned());
        let shown = text(&task(), &after);
        assert!(!shown.contains("hunter") && !render(&after).contains("hunter"), "{shown}");
        assert!(!shown.contains('\u{1b}') && shown.contains("user: \"\\u{1b}]0;x\\u{7}\\nroot\""), "{shown}");
    }
}
