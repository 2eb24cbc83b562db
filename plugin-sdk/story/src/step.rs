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
    /// How long it took in all, in milliseconds, as sortie tells it at the end.
    pub took_ms: Option<f64>,
}

/// A step of `steps`, among what sortie tells of a run's end.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Took {
    container: String,
    title: String,
    duration_ms: f64,
}

/// Notes how long each step took, where the end tells of the same ones.
pub(crate) fn note_ends(steps: &mut [Step], json: &str) {
    let Ok(ends) = serde_json::from_str::<Vec<Took>>(json) else { return };
    for (step, end) in steps.iter_mut().zip(&ends) {
        // A step that one of both sides has not kept is followed by others than told.
        if (&step.container, &step.title) != (&end.container, &end.title) {
            return;
        }
        step.took_ms = Some(end.duration_ms);
    }
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
        Some(Self { container: name, title, at_ms: time_ms, elapsed_ms, took_ms: None })
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
            took_ms: None,
        };
        assert_eq!(Step::read(json, 5.0), Some(step));
        assert_eq!(Step::read(r#"{"title":"x"}"#, 0.0), None);
    }

    #[test]
    fn an_end_that_tells_of_another_step_is_not_believed() {
        let step =
            |title: &str| Step { container: "app".to_owned(), title: title.to_owned(), ..Step::default() };
        let mut steps = [step("a"), step("b"), step("c")];
        note_ends(&mut steps, "[");
        note_ends(
            &mut steps,
            r#"[{"container":"app","containerIndex":0,"title":"a","startedAt":null,"durationMs":7,"last":false},
               {"container":"app","title":"x","durationMs":8},{"container":"app","title":"c","durationMs":9}]"#,
        );
        assert_eq!(steps.map(|step| step.took_ms), [Some(7.0), None, None]);
    }
}
