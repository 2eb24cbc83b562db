//! Marks in a log: what a filter says of a line so that it becomes an event, at the line's place.
//!
//! A filter labels a line `phase` (a step of the task's own work begins with it; the value is the step's
//! title) or `annotation` (a finding about a file; the value is a JSON object). Reporters and programs are
//! told, right before the line, without being sent the log. What a label says is as hostile as the line that
//! it was made of: it is bounded here, and made one line of visible characters.

use serde::Deserialize;
use serde::Serialize;

use crate::invisible::is_invisible;
use crate::stream::ContainerIndex;

/// The label of a line with which a step begins.
pub const PHASE: &str = "phase";

/// The label of a line that says something of a file.
pub const ANNOTATION: &str = "annotation";

/// Characters of a step's title; the rest is cut. One line of a CI system's page.
const TITLE: usize = 200;

/// Characters of an annotation's message; the rest is cut. A label is at most 4 KiB.
const MESSAGE: usize = 4_000;

/// Characters of an annotation's file. Linux takes 4,096 bytes for a path; one that is longer than this is
/// none.
const FILE: usize = 1_024;

/// A step of the task's own work begins with the line that follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PhaseMark {
    /// The container's index.
    pub container: ContainerIndex,
    /// The container's name.
    pub name: String,
    /// The step, in one line.
    pub title: String,
    /// When its first line was written, by the platform's clock: milliseconds since the Unix epoch.
    #[serde(rename = "timeMs")]
    pub time_ms: i64,
}

/// The line that follows says something of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Annotation {
    /// The container's index.
    pub container: ContainerIndex,
    /// The container's name.
    pub name: String,
    /// How bad it is.
    pub level: AnnotationLevel,
    /// Path of the file, as the program wrote it.
    pub file: Option<String>,
    /// Line in the file, from 1.
    pub line: Option<u32>,
    /// Column in that line, from 1.
    pub column: Option<u32>,
    /// What it is, in one line.
    pub message: String,
}

/// How bad it is what an annotation says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum AnnotationLevel {
    /// It makes the work fail.
    Error,
    /// It should be looked at.
    Warning,
    /// Something to know.
    Notice,
}

/// An annotation as a filter writes it.
#[derive(Deserialize)]
struct Written {
    level: AnnotationLevel,
    #[serde(default)]
    file: Option<String>,
    #[serde(default)]
    line: Option<u32>,
    #[serde(default)]
    column: Option<u32>,
    message: String,
}

impl PhaseMark {
    /// What a label says; `None` where it has no title.
    pub fn of_label(container: ContainerIndex, name: &str, value: &str, time_ms: i64) -> Option<Self> {
        let title = one_line(value, TITLE);
        (!title.is_empty()).then(|| Self { container, name: name.to_owned(), title, time_ms })
    }
}

impl Annotation {
    /// What a label says; `None` where that is no annotation. A file that cannot be one is left out, and its
    /// line and column with it.
    pub fn of_label(container: ContainerIndex, name: &str, value: &str) -> Option<Self> {
        let Written { level, file, line, column, message } = serde_json::from_str(value).ok()?;
        let message = one_line(&message, MESSAGE);
        if message.is_empty() {
            return None;
        }
        let file = file.filter(|file| is_file(file));
        let line = line.filter(|line| *line > 0 && file.is_some());
        let column = column.filter(|column| *column > 0 && line.is_some());
        Some(Self { container, name: name.to_owned(), level, file, line, column, message })
    }
}

/// Whether a text can be the path of a file: not empty, not too long, and all of it is seen.
fn is_file(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= FILE && !text.chars().any(is_invisible)
}

/// The text on one line of at most `max` characters and an ellipsis, without any that is not seen.
fn one_line(text: &str, max: usize) -> String {
    let text = text.trim();
    let mut line: String = text.chars().take(max).map(|c| if is_invisible(c) { ' ' } else { c }).collect();
    if text.chars().nth(max).is_some() {
        line.push('…');
    }
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn annotation(value: serde_json::Value) -> Option<Annotation> {
        Annotation::of_label(0, "app", &value.to_string())
    }

    #[test]
    fn a_title_is_one_line_and_not_too_long() {
        let title = |value: &str| PhaseMark::of_label(0, "app", value, 1).map(|phase| phase.title);
        assert_eq!(title(" ./kops.sh\u{1b}[2J\nx\u{202e} "), Some("./kops.sh [2J x".to_owned()));
        assert_eq!(title(&"ü".repeat(201)), Some("ü".repeat(200) + "…"));
        assert_eq!(title(" \n\u{200b}"), None);
    }

    #[test]
    fn an_annotation_says_as_much_as_it_knows() {
        let whole =
            json!({ "level": "error", "file": "src/a.rs", "line": 3, "column": 5, "message": "mismatched" });
        let read = annotation(whole).expect("an annotation");
        assert_eq!(
            serde_json::to_value(&read).expect("JSON"),
            json!({ "container": 0, "name": "app", "level": "error", "file": "src/a.rs", "line": 3, "column": 5,
                    "message": "mismatched" })
        );
        let least =
            annotation(json!({ "level": "notice", "message": "m", "more": 1 })).expect("an annotation");
        assert_eq!((least.level, least.file, least.line), (AnnotationLevel::Notice, None, None));
    }

    #[test]
    fn what_cannot_be_is_left_out() {
        for file in ["", " ", "a\nb", "a\u{0}", "\u{1b}]0;x\u{7}", "a\u{202e}b", &"x".repeat(1_025)] {
            let read = annotation(json!({ "level": "error", "file": file, "line": 3, "message": "m" }));
            let read = read.expect("an annotation");
            assert_eq!((read.file, read.line), (None, None), "{file:?}");
        }
        let nowhere =
            annotation(json!({ "level": "error", "file": "a", "line": 0, "column": 4, "message": "m" }));
        assert_eq!(nowhere.map(|read| (read.line, read.column)), Some((None, None)));
        for no in [
            json!({ "level": "fatal", "message": "m" }),
            json!({ "level": "error", "message": " \n" }),
            json!({ "level": "error" }),
            json!({ "level": "error", "line": -1, "message": "m" }),
            json!([]),
        ] {
            assert_eq!(annotation(no.clone()), None, "{no}");
        }
        assert_eq!(Annotation::of_label(0, "app", "{"), None);
    }

    proptest! {
        #[test]
        fn nothing_that_is_not_seen_gets_through(text in ".*", file in ".*") {
            if let Some(phase) = PhaseMark::of_label(0, "app", &text, 0) {
                prop_assert!(!phase.title.chars().any(is_invisible));
                prop_assert!(phase.title.chars().count() <= TITLE + 1);
            }
            let value = json!({ "level": "warning", "file": file, "line": 1, "message": text });
            if let Some(read) = annotation(value) {
                prop_assert!(!read.message.chars().any(is_invisible));
                prop_assert!(!read.file.unwrap_or_default().chars().any(is_invisible));
            }
        }
    }
}
