//! A story as the spans of a trace.

use serde_json::Value;
use serde_json::json;
use sortie_plugin_sdk::Setup;
use sortie_story::Story;
use sortie_story::plain;

use super::attributes;
use super::attributes::Attributes;
use super::ids::Ids;
use super::lists::Pairs;
use super::pipeline::Pipeline;
use super::variable;

/// The version of the semantic conventions that attributes are named by.
const SCHEMA: &str = "https://opentelemetry.io/schemas/1.44.0";

/// Bytes of the spans of steps: what is sent may have 1 MiB in all.
const MAX_STEPS_BYTES: usize = 768 << 10;

/// Characters of a span's name.
const MAX_NAME: usize = 200;

/// `SPAN_KIND_INTERNAL`, as the conventions have it for a task of a pipeline.
const INTERNAL: u8 = 1;
/// `STATUS_CODE_ERROR`.
const ERROR: u8 = 2;

/// `flags` of a span: the trace flag `sampled`, that it is known whether the parent is of another process, and
/// that it is (opentelemetry-proto, `SpanFlags`).
const SAMPLED: u32 = 0x1;
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// What a trace comes from: the resource.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// sortie's own version.
    version: String,
    service: String,
    pipeline: Pipeline,
    /// What the user says of it.
    more: Pairs,
}

impl Source {
    /// As the environment tells it.
    pub fn of(setup: &mut Setup<'_>) -> Self {
        let more = variable(setup, "OTEL_RESOURCE_ATTRIBUTES").map(|list| Pairs::parse(&list));
        let more = match more.transpose() {
            Ok(more) => more.unwrap_or_default(),
            Err(why) => {
                let why = format!("OTEL_RESOURCE_ATTRIBUTES {why}: it is left out");
                setup.report(sortie_plugin_sdk::Finding::warning("", why));
                Pairs::default()
            }
        };
        let service = variable(setup, "OTEL_SERVICE_NAME");
        let service = service.or_else(|| more.get("service.name").map(str::to_owned));
        Self {
            version: setup.context().sortie.clone(),
            service: service.unwrap_or_else(|| "sortie".to_owned()),
            pipeline: Pipeline::of(setup),
            more,
        }
    }

    fn json(&self) -> Value {
        let Pipeline { name, run, url } = &self.pipeline;
        let own = [
            ("cicd.pipeline.name", name),
            ("cicd.pipeline.run.id", run),
            ("cicd.pipeline.run.url.full", url),
        ];
        let mut attributes = Attributes::default();
        attributes.text("service.name", &self.service);
        // What the user says counts.
        let own = own.into_iter().filter(|(key, _)| self.more.get(key).is_none());
        own.for_each(|(key, value)| _ = attributes.text(key, value));
        let more = self.more.iter().filter(|(key, _)| *key != "service.name");
        more.for_each(|(key, value)| _ = attributes.text(key, value));
        json!({ "attributes": attributes.json() })
    }
}

/// A span's place in time, in milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy)]
struct Time {
    from_ms: f64,
    to_ms: f64,
}

impl Time {
    fn lasting(from_ms: f64, duration_ms: f64) -> Self {
        Self { from_ms, to_ms: from_ms + duration_ms.max(0.0) }
    }
}

/// The export request; `at_ms` is when the run ended, in milliseconds since the Unix epoch.
pub fn document(story: &Story, ids: &Ids, source: &Source, at_ms: f64, tells_tails: bool) -> Value {
    let began_ms = at_ms - story.elapsed_ms;
    let mut spans = vec![of_run(story, ids, Time { from_ms: began_ms, to_ms: at_ms }, tells_tails)];
    // Phases of which nobody knows when they began stand one behind the other.
    let mut run = (0, Time { from_ms: began_ms, to_ms: at_ms });
    let mut ended_ms = began_ms;
    for phase in &story.finished.phases {
        let time = Time::lasting(phase.started_at_ms.unwrap_or(ended_ms), phase.duration_ms);
        ended_ms = time.to_ms;
        let number = spans.len();
        if phase.name == "run" {
            run = (number, time);
        }
        let mut attributes = Attributes::default();
        attributes.text("sortie.phase", &phase.name);
        spans.push(span(ids, number, 0, &phase.name, time, attributes));
    }
    let failing = story.failing_step();
    let (mut bytes, mut left_out) = (0, 0_i64);
    for (index, step) in story.steps.iter().enumerate() {
        let from_ms = step.at_ms.unwrap_or(began_ms + step.elapsed_ms);
        let time = Time::lasting(from_ms, story.step_ms(index).unwrap_or_default());
        let number = spans.len();
        let failed = failing.is_some_and(|failing| std::ptr::eq(failing, step));
        let result = attributes::result(if failed { &story.finished.verdict } else { "succeeded" });
        let mut attributes = Attributes::default();
        attributes
            .text("cicd.pipeline.task.name", &plain::cut(&step.title, MAX_NAME))
            .text("cicd.pipeline.task.run.id", &ids.span(number))
            .text("cicd.pipeline.task.run.result", result)
            .text("container.name", &step.container);
        if failed {
            attributes.text("error.type", &story.finished.verdict);
        }
        let mut span = span(ids, number, run.0, &step.title, time, attributes);
        if failed {
            span["status"] = failure(story);
        }
        let length = span.to_string().len();
        if bytes + length > MAX_STEPS_BYTES && !failed {
            left_out += 1;
            continue;
        }
        bytes += length;
        spans.push(span);
    }
    if left_out > 0
        && let Some(Value::Array(attributes)) = spans[0].get_mut("attributes")
    {
        let mut more = Attributes::default();
        more.number("sortie.steps.left_out", left_out);
        attributes.extend(more.json());
    }
    json!({ "resourceSpans": [{
        "resource": source.json(),
        "schemaUrl": SCHEMA,
        "scopeSpans": [{
            "scope": { "name": "sortie", "version": source.version },
            "schemaUrl": SCHEMA,
            "spans": spans,
        }],
    }] })
}

/// The span of the run itself.
fn of_run(story: &Story, ids: &Ids, time: Time, tells_tails: bool) -> Value {
    let attributes = attributes::of_run(story, ids.run());
    let mut span = span(ids, 0, 0, story.title(), time, attributes);
    match ids.parent() {
        Some(parent) => {
            span["parentSpanId"] = parent.span.as_str().into();
            span["flags"] = (SAMPLED | HAS_IS_REMOTE | IS_REMOTE).into();
        }
        None => span["flags"] = SAMPLED.into(),
    }
    if !story.finished.succeeded() {
        span["status"] = failure(story);
    }
    if tells_tails {
        let tails = story.tails();
        let events = tails.iter().map(|tail| {
            let mut attributes = Attributes::default();
            attributes.text("container.name", &tail.container).texts("sortie.log.tail", &tail.lines);
            json!({ "timeUnixNano": nanoseconds(time.to_ms), "name": "log tail", "attributes": attributes.json() })
        });
        span["events"] = events.collect::<Vec<_>>().into();
    }
    span
}

/// A span beneath the one of another number; the run's own has none above it here.
fn span(ids: &Ids, number: usize, above: usize, name: &str, time: Time, attributes: Attributes) -> Value {
    let mut span = json!({
        "traceId": ids.trace(), "spanId": ids.span(number), "name": plain::cut(&plain::line(name), MAX_NAME),
        "kind": INTERNAL, "flags": SAMPLED | HAS_IS_REMOTE,
        "startTimeUnixNano": nanoseconds(time.from_ms), "endTimeUnixNano": nanoseconds(time.to_ms),
        "attributes": attributes.json(),
    });
    if number != above {
        span["parentSpanId"] = ids.span(above).into();
    }
    span
}

/// The status of what failed.
fn failure(story: &Story) -> Value {
    json!({ "code": ERROR, "message": plain::cut(&plain::line(&story.finished.reason), MAX_NAME * 2) })
}

/// Milliseconds as nanoseconds, as JSON has 64 bits: as text. A conversion that saturates: what is no time is the
/// epoch.
fn nanoseconds(milliseconds: f64) -> String {
    let microseconds = (milliseconds * 1e3).round() as u64;
    microseconds.saturating_mul(1_000).to_string()
}
