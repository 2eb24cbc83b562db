//! A webhook: the end of the run as JSON, signed, or as a message for Slack.
//!
//! Where it is sent is in the variable `WEBHOOK_URL`, which the reporter itself never sees. With
//! `WEBHOOK_SECRET` set, the header `X-Sortie-Signature-256` holds `sha256=` and the HMAC-SHA256 of the body in
//! hexadecimal, as GitHub signs its webhooks. A receiver that fails is asked once more, and changes nothing
//! of the run.

use std::fmt::Write as _;

use hmac::Hmac;
use hmac::KeyInit as _;
use hmac::Mac as _;
use serde_json::Value;
use serde_json::json;
use sha2::Sha256;
use sortie_plugin_sdk::Need;
use sortie_plugin_sdk::Setup;
use sortie_plugin_sdk::reporter::HttpRequest;
use sortie_plugin_sdk::reporter::HttpResponse;
use sortie_story::Story;
use sortie_story::outputs;
use sortie_story::plain;

use crate::config::Config;
use crate::config::Format;
use crate::form::Form;
use crate::voice::Voice;

/// Where it is sent, as the grant calls it.
const URL: &str = "$WEBHOOK_URL";
/// The variable that holds the key of the signature.
const SECRET: &str = "WEBHOOK_SECRET";
/// The header of the signature.
const SIGNATURE: &str = "x-sortie-signature-256";
/// Characters of Slack's text: a section takes 3,000.
const MAX_SLACK: usize = 2_900;

/// The reporter.
pub struct Hook {
    format: Format,
    secret: Option<String>,
}

impl Hook {
    /// As it is configured; the secret is the environment's.
    pub fn new(config: &Config, setup: &mut Setup<'_>) -> Self {
        setup.need(
            Need::http("POST:$WEBHOOK_URL").required().because("The address is in the variable WEBHOOK_URL."),
        );
        let secret = setup.env(SECRET).ok().flatten().filter(|secret| !secret.is_empty());
        Self { format: config.format, secret }
    }
}

impl Form for Hook {
    fn finished(&mut self, story: &Story, voice: &mut Voice<'_>) {
        let value = match self.format {
            Format::Json => document(story, voice.at_ms),
            Format::Slack => json!({ "text": slack(story) }),
        };
        let mut request = HttpRequest::post(URL).json(&value);
        if let Some(secret) = &self.secret {
            request = request.header(SIGNATURE, signature(secret, &value.to_string()));
        }
        let mut answer = voice.ask(&request);
        if !answer.as_ref().is_some_and(HttpResponse::is_success) {
            answer = voice.ask(&request);
        }
        // Of an answer that did not come the host has said why.
        if let Some(answer) = answer.filter(|answer| !answer.is_success()) {
            voice.fail(format!("the webhook answered {} twice", answer.status));
        }
    }
}

/// `sha256=` and the HMAC in hexadecimal (RFC 2104, FIPS 180-4).
fn signature(secret: &str, body: &str) -> String {
    let mut signature = "sha256=".to_owned();
    // A key of any length is one.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
        mac.update(body.as_bytes());
        for byte in mac.finalize().into_bytes() {
            // Writing to a string does not fail.
            let _ = write!(signature, "{byte:02x}");
        }
    }
    signature
}

/// What a receiver is told. Members may be added; `version` counts other changes.
fn document(story: &Story, at_ms: f64) -> Value {
    let finished = &story.finished;
    let containers: Vec<Value> = finished
        .containers
        .iter()
        .map(|end| {
            json!({
                "name": end.name, "exitCode": end.exit_code, "reason": end.reason,
                "outOfMemory": end.out_of_memory, "logLines": end.log_lines, "logBytes": end.log_bytes,
                "logIncomplete": end.log_incomplete,
            })
        })
        .collect();
    let phases: Vec<Value> = finished
        .phases
        .iter()
        .map(|phase| json!({ "name": phase.name, "startedAtMs": phase.started_at_ms, "durationMs": phase.duration_ms }))
        .collect();
    let steps: Vec<Value> = (0..story.steps.len())
        .map(|index| {
            let step = &story.steps[index];
            json!({ "container": step.container, "title": step.title, "durationMs": story.step_ms(index) })
        })
        .collect();
    let links: Vec<Value> =
        finished.links.iter().map(|link| json!({ "name": link.name, "url": link.url })).collect();
    let given: serde_json::Map<String, Value> = outputs::outputs(story)
        .into_iter()
        .filter(|output| output.of_task)
        .map(|output| (output.name, output.value.into()))
        .collect();
    json!({
        "version": 1, "type": "finished", "atMs": at_ms, "title": story.title(), "task": story.id(),
        "backend": story.planned.backend, "verdict": finished.verdict, "exitCode": finished.exit_code,
        "reason": finished.reason, "hint": finished.hint, "elapsedMs": finished.elapsed_ms,
        "mainContainer": story.main_container(), "failingStep": story.failing_step().map(|step| &step.title),
        "containers": containers, "phases": phases, "steps": steps, "links": links, "outputs": given,
        "logTails": story.tails(),
    })
}

/// A message in Slack's own markup, in which `&`, `<` and `>` alone mean something (Slack's "Formatting text
/// for app surfaces").
fn slack(story: &Story) -> String {
    let escape =
        |text: &str| plain::lines(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let finished = &story.finished;
    let mut text = match story.failure() {
        Some(failure) => format!(":x: {}\n{}", escape(&failure.title), escape(&failure.message)),
        None => format!(":white_check_mark: {}: {}", escape(story.title()), escape(&finished.verdict)),
    };
    text = plain::cut(&text, MAX_SLACK);
    let links = finished.links.iter().filter(|link| link.url.starts_with("https://"));
    for link in links.take(5) {
        let url = link.url.replace('|', "%7C");
        let _ = write!(text, "\n<{}|{}>", escape(&url), escape(&link.name));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn a_signature_is_the_hmac_of_the_body() {
        let expected = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(signature("Jefe", "what do ya want for nothing?"), expected);
    }
}
