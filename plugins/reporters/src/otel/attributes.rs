//! Attributes, in the words of OpenTelemetry's semantic conventions where they have one, else `sortie.…`.

use serde_json::Value;
use serde_json::json;
use sortie_story::Story;
use sortie_story::plain;

/// Characters of a value.
const MAX_VALUE: usize = 4_096;

/// Attributes of one thing. What is empty is left out.
#[derive(Debug, Clone, Default)]
pub struct Attributes(Vec<Value>);

impl Attributes {
    /// A text from anywhere.
    pub fn text(&mut self, key: &str, value: &str) -> &mut Self {
        let value = plain::cut(&plain::lines(value), MAX_VALUE);
        if !value.is_empty() {
            self.0.push(json!({ "key": key, "value": { "stringValue": value } }));
        }
        self
    }

    /// A number.
    pub fn number(&mut self, key: &str, value: i64) -> &mut Self {
        // JSON has 64 bits as text (Protocol Buffers, "ProtoJSON Format").
        self.0.push(json!({ "key": key, "value": { "intValue": value.to_string() } }));
        self
    }

    /// Yes or no.
    pub fn truth(&mut self, key: &str, value: bool) -> &mut Self {
        self.0.push(json!({ "key": key, "value": { "boolValue": value } }));
        self
    }

    /// Texts from anywhere, one line each.
    pub fn texts(&mut self, key: &str, values: &[String]) -> &mut Self {
        let values: Vec<Value> = values
            .iter()
            .map(|value| json!({ "stringValue": plain::cut(&plain::line(value), MAX_VALUE) }))
            .collect();
        self.0.push(json!({ "key": key, "value": { "arrayValue": { "values": values } } }));
        self
    }

    /// As a span, a resource or an event has them.
    pub fn json(self) -> Vec<Value> {
        self.0
    }
}

/// `cicd.pipeline.task.run.result` of a verdict. `error` is what was not the task's own doing.
pub fn result(verdict: &str) -> &'static str {
    match verdict {
        "succeeded" => "success",
        "failed" | "out-of-memory" => "failure",
        "cancelled" => "cancellation",
        "timed-out" => "timeout",
        _ => "error",
    }
}

/// Those of the run. `error.type` is the verdict, of which there are few.
pub fn of_run(story: &Story, run: &str) -> Attributes {
    let finished = &story.finished;
    let mut attributes = Attributes::default();
    attributes
        .text("cicd.pipeline.task.name", &plain::line(story.title()))
        .text("cicd.pipeline.task.run.id", story.id().unwrap_or(run))
        .text("cicd.pipeline.task.run.result", result(&finished.verdict));
    let page = finished.links.iter().find(|link| link.name == "task" && link.url.starts_with("https://"));
    if let Some(page) = page {
        attributes.text("cicd.pipeline.task.run.url.full", &page.url);
    }
    if !finished.succeeded() {
        attributes.text("error.type", &finished.verdict);
    }
    attributes
        .number("process.exit.code", i64::from(finished.exit_code))
        .text("container.name", story.main_container())
        .text("sortie.run.id", run)
        .text("sortie.backend", &story.planned.backend)
        .text("sortie.verdict", &finished.verdict)
        .text("sortie.reason", &finished.reason)
        .text("sortie.hint", &finished.hint)
        .number("sortie.log.lines", finished.log_lines() as i64)
        .number("sortie.log.bytes", finished.log_bytes() as i64)
        .truth("sortie.log.complete", finished.logs_complete());
    of_ecs(&mut attributes, story);
    attributes
}

/// What a task's ARN says: `arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/ID` (Amazon ECS Developer Guide, "Amazon
/// Resource Names (ARNs) and IDs"). Neither the cloud nor the region is that of sortie itself, which is why these
/// are attributes of the span, and not of the resource.
fn of_ecs(attributes: &mut Attributes, story: &Story) {
    let arn = story.id().unwrap_or_default();
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, "ecs", region, account, task] = parts[..] else { return };
    let Some(task) = task.strip_prefix("task/") else { return };
    attributes
        .text("cloud.provider", "aws")
        .text("cloud.region", region)
        .text("cloud.account.id", account)
        .text("aws.ecs.task.arn", arn)
        .text("aws.ecs.launchtype", "fargate");
    if let Some((cluster, _)) = task.split_once('/') {
        let cluster = format!("arn:{partition}:ecs:{region}:{account}:cluster/{cluster}");
        attributes.text("aws.ecs.cluster.arn", &cluster);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_a_result_of_the_conventions() {
        for (verdict, expected) in [
            ("succeeded", "success"),
            ("failed", "failure"),
            ("out-of-memory", "failure"),
            ("timed-out", "timeout"),
            ("cancelled", "cancellation"),
            ("interrupted", "error"),
            ("never-started", "error"),
            ("one of a later version", "error"),
        ] {
            assert_eq!(result(verdict), expected);
        }
    }

    #[test]
    fn what_is_empty_is_left_out_and_what_is_long_is_cut() {
        let mut attributes = Attributes::default();
        attributes.text("a", "").text("b", &"x".repeat(5_000)).text("c", "\u{1b}[2J\u{202e}");
        let json = attributes.json();
        assert_eq!(json.len(), 1);
        assert_eq!(json[0]["value"]["stringValue"].as_str().map(|text| text.chars().count()), Some(4_097));
    }
}
