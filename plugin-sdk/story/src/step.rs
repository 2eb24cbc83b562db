//! The parts of the task's own work, as a filter found them in the log.

use serde::Deserialize;

/// A part of the task's own work, which begins with a line of its log.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Step {
    /// Name of the container.
    pub container: String,
    /// What is done, in one line.
    pub title: String,
    /// When its first line was written, by the platform's clock. Milliseconds since the Unix epoch.
    pub at_ms: Option<f64>,
    /// When sortie saw it, in milliseconds since the run began.
    pub elapsed_ms: f64,
}

/// The event `phase`.
#[derive(Deserialize)]
struct Written {
    name: String,
    title: String,
    #[serde(default)]
    #[serde(rename = "timeMs")]
    time_ms: Option<f64>,
}

impl Step {
    /// What an event `phase` says; `None` where it says something else.
    pub fn read(json: &str, elapsed_ms: f64) -> Option<Self> {
        let Written { name, title, time_ms } = serde_json::from_str(json).ok()?;
        Some(Self { container: name, title, at_ms: time_ms, elapsed_ms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_as_it_is_written() {
        let json = r#"{"type":"phase","container":0,"name":"app","title":"./kops.sh validate",
            "timeMs":1700000000123,"at":"2026-12-01T11:00:00.000Z","elapsedMs":5,"task":0,"attempt":1}"#;
        let step = Step {
            container: "app".to_owned(),
            title: "./kops.sh validate".to_owned(),
            at_ms: Some(1_700_000_000_123.0),
            elapsed_ms: 5.0,
        };
        assert_eq!(Step::read(json, 5.0), Some(step));
        assert_eq!(Step::read(r#"{"title":"x"}"#, 0.0), None);
    }
}
