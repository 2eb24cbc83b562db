//! What the log says of a place in a file, as a filter found it.

use serde::Deserialize;

/// What a line of the log says of a place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// Name of the container.
    pub container: String,
    /// How bad it is.
    pub level: Level,
    /// The file, as the program wrote it.
    pub file: Option<String>,
    /// Line in the file, from 1.
    pub line: Option<u32>,
    /// Column in the line, from 1.
    pub column: Option<u32>,
    /// In the program's words, one line.
    pub message: String,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// It makes the work fail.
    Error,
    /// It should be looked at.
    Warning,
    /// Something to know.
    Notice,
}

impl Level {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// The event `annotation`.
#[derive(Deserialize)]
struct Written {
    name: String,
    level: Level,
    #[serde(default)]
    file: Option<String>,
    #[serde(default)]
    line: Option<u32>,
    #[serde(default)]
    column: Option<u32>,
    message: String,
}

impl Annotation {
    /// What an event `annotation` says; `None` where it says something else.
    pub fn read(json: &str) -> Option<Self> {
        let Written { name, level, file, line, column, message } = serde_json::from_str(json).ok()?;
        Some(Self { container: name, level, file, line, column, message })
    }

    /// The place as programs write it: `src/a.rs:3:5`; empty where there is none.
    pub fn place(&self) -> String {
        let mut place = self.file.clone().unwrap_or_default();
        if let (false, Some(line)) = (place.is_empty(), self.line) {
            place = format!("{place}:{line}");
            place.extend(self.column.map(|column| format!(":{column}")));
        }
        place
    }

    /// The place and the message: `src/a.rs:3:5: mismatched types`.
    pub fn sentence(&self) -> String {
        let place = self.place();
        let separator = if place.is_empty() { "" } else { ": " };
        format!("{place}{separator}{}", self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_as_it_is_written() {
        let json = r#"{"type":"annotation","container":0,"name":"app","level":"error","file":"src/a.rs",
            "line":3,"column":5,"message":"mismatched types","elapsedMs":5}"#;
        let annotation = Annotation::read(json).expect("an annotation");
        assert_eq!((annotation.level, annotation.place().as_str()), (Level::Error, "src/a.rs:3:5"));
        let least = r#"{"container":0,"name":"app","level":"notice","file":null,"line":null,"column":null,
            "message":"m"}"#;
        assert_eq!(Annotation::read(least).map(|read| read.place()), Some(String::new()));
        assert_eq!(Annotation::read(r#"{"name":"app","level":"fatal","message":"m"}"#), None);
    }
}
