//! An annotation.

use serde::Deserialize;
use serde::Serialize;

use crate::place::Place;

/// Bytes of a label's value that sortie takes: 4 KiB.
const LABEL: usize = 4_000;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Notice];
}

/// What is said of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Found {
    pub(crate) level: Level,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) column: Option<u32>,
    pub(crate) message: String,
}

impl Found {
    /// What is said there; `None` where nothing is.
    pub(crate) fn at(place: Place<'_>, level: Level, message: &str) -> Option<Self> {
        let Place { file, line, column } = place;
        let found = Self::nowhere(level, message)?;
        // A position of 0 is none.
        let line = Some(line).filter(|line| *line > 0);
        let column = column.filter(|column| *column > 0 && line.is_some());
        Some(Self { file: Some(file.to_owned()), line, column, ..found })
    }

    /// What is said of no place.
    pub(crate) fn nowhere(level: Level, message: &str) -> Option<Self> {
        let message = message.trim();
        (!message.is_empty()).then(|| Self {
            level,
            file: None,
            line: None,
            column: None,
            message: message.to_owned(),
        })
    }

    /// The same with the path as it is below the repository's root.
    pub(crate) fn below(mut self, root: Option<&str>) -> Self {
        if let Some(file) = &mut self.file {
            let below = root.and_then(|root| file.strip_prefix(root)).unwrap_or(file);
            *file = below.strip_prefix("./").unwrap_or(below).to_owned();
        }
        self
    }

    /// The label's value: no longer than sortie takes it, whatever is in it.
    pub(crate) fn json(&self) -> String {
        let mut found = self.clone();
        loop {
            // Texts and numbers can always be written.
            let json = serde_json::to_string(&found).unwrap_or_default();
            if json.len() <= LABEL {
                return json;
            }
            let half = found.message.len() / 2;
            match half {
                0 => found.file = None,
                _ => found
                    .message
                    .truncate((0..=half).rfind(|at| found.message.is_char_boundary(*at)).unwrap_or(0)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_never_too_long() {
        let place = Place { file: &"\"".repeat(8_000), line: 1, column: None };
        for message in ["m".repeat(9_000), "ü\u{1}\"".repeat(3_000), "m".to_owned()] {
            let json = Found::at(place, Level::Error, &message).unwrap().json();
            assert!(json.len() <= LABEL && json.starts_with(r#"{"level":"error""#), "{}", json.len());
            serde_json::from_str::<serde_json::Value>(&json).unwrap();
        }
    }

    #[test]
    fn paths_are_those_of_the_repository() {
        let below = |file: &str, root| {
            let found = Found::at(Place { file, line: 1, column: None }, Level::Error, "m").unwrap();
            found.below(root).file.unwrap()
        };
        assert_eq!(below("./x.go", None), "x.go");
        assert_eq!(below("/app/src/a.rs", Some("/app/")), "src/a.rs");
        assert_eq!(below("/apple/a.rs", Some("/app/")), "/apple/a.rs");
    }
}
