//! A reporter that posts how the run ended, as JSON, to the address in its configuration, and writes
//! what came of that into the file that was granted as `status`.
//!
//! Configuration: `{"url": "https://hooks.example.com/ci"}`, or `{"url": "$HOOK"}` for the address in a
//! variable that the user keeps to himself.

#[allow(
    missing_docs,
    unreachable_pub,
    unsafe_op_in_unsafe_fn,
    clippy::all,
    clippy::undocumented_unsafe_blocks,
    reason = "generated"
)]
mod bindings {
    wit_bindgen::generate!({ world: "reporter-plugin", path: "../../../wit" });
}

use std::cell::RefCell;

use bindings::exports::sortie::plugin::reporter::Guest;
use bindings::exports::sortie::plugin::reporter::Setup;
use bindings::sortie::plugin::effects::write;
use bindings::sortie::plugin::events::Event;
use bindings::sortie::plugin::events::Finished;
use bindings::sortie::plugin::events::Happening;
use bindings::sortie::plugin::http::Request;
use bindings::sortie::plugin::http::send;
use bindings::sortie::plugin::logging::Level;
use bindings::sortie::plugin::logging::log;
use bindings::sortie::plugin::types::Context;
use bindings::sortie::plugin::types::Description;
use bindings::sortie::plugin::types::Error;
use bindings::sortie::plugin::types::Finding;
use bindings::sortie::plugin::types::Need;
use bindings::sortie::plugin::types::Pair;
use bindings::sortie::plugin::types::Severity;
use serde_json::Value;
use serde_json::json;

/// Checked by the host before the plugin sees a configuration.
const SCHEMA: &str = r#"{
    "type": "object",
    "properties": {"url": {"type": "string", "minLength": 1, "description": "Where to post"}},
    "required": ["url"],
    "additionalProperties": false
}"#;

const TIMEOUT_MS: u32 = 5_000;

thread_local! {
    static URL: RefCell<String> = const { RefCell::new(String::new()) };
    static RUN: RefCell<String> = const { RefCell::new(String::new()) };
}

struct Webhook;

fn need(capability: &str, argument: &str, required: bool, reason: &str) -> Need {
    Need {
        capability: capability.to_owned(),
        argument: argument.to_owned(),
        required,
        reason: reason.to_owned(),
    }
}

/// A count as JSON has it elsewhere: without a fraction where it has none.
fn number(value: f64) -> Value {
    // Beyond 2^53 it would be exact only by chance.
    if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 {
        json!(value as i64)
    } else {
        json!(value)
    }
}

/// The body that is posted.
fn body(run: &str, event: &Event, finished: &Finished) -> Value {
    let containers = finished.containers.iter().map(|container| {
        json!({
            "name": container.name,
            "exitCode": container.exit_code,
            "logLines": number(container.log_lines),
            "outOfMemory": container.out_of_memory,
        })
    });
    let counters = finished.counters.iter().map(|one| {
        json!({
            "plugin": one.plugin,
            "container": one.container,
            "name": one.counter.name,
            "value": number(one.counter.value),
        })
    });
    json!({
        "run": run,
        "attempt": event.attempt,
        "id": finished.id,
        "verdict": finished.verdict,
        "exitCode": finished.exit_code,
        "reason": finished.reason,
        "elapsedMs": number(finished.elapsed_ms),
        "containers": containers.collect::<Vec<_>>(),
        "counters": counters.collect::<Vec<_>>(),
    })
}

impl Guest for Webhook {
    fn describe() -> Description {
        Description {
            name: "webhook".to_owned(),
            version: "1.0.0".to_owned(),
            summary: "Posts how the run ended".to_owned(),
            needs: vec![
                need("http", "*", true, "Posts how the run ended to the address that you configure"),
                need("file", "status", false, "Keeps what the other end answered"),
            ],
            config_schema: SCHEMA.to_owned(),
        }
    }

    fn configure(config: String, context: Context) -> Result<Setup, Error> {
        let config: Value = serde_json::from_str(&config)
            .map_err(|error| Error { code: "failed".to_owned(), message: error.to_string() })?;
        let url = config["url"].as_str().unwrap_or_default();
        let mut findings = Vec::new();
        if url.starts_with("http://") {
            let message = "everybody on the way can read what is posted without TLS".to_owned();
            findings.push(Finding { severity: Severity::Warning, path: "/url".to_owned(), message });
        }
        URL.set(url.to_owned());
        RUN.set(context.run_id);
        Ok(Setup {
            findings,
            needs: vec![need("http", &format!("POST:{url}"), true, "Posts how the run ended")],
            events: Some(vec!["finished".to_owned()]),
            tick_ms: None,
        })
    }

    fn report(event: Event) -> Result<(), Error> {
        // What was not asked for should not come, and is no reason to fail.
        let Happening::Finished(finished) = &event.what else { return Ok(()) };
        let body = RUN.with_borrow(|run| body(run, &event, finished));
        let sent = send(&Request {
            method: "POST".to_owned(),
            url: URL.with_borrow(Clone::clone),
            headers: vec![Pair { name: "content-type".to_owned(), value: "application/json".to_owned() }],
            body: body.to_string().into_bytes(),
            timeout_ms: TIMEOUT_MS,
        });
        let status = match &sent {
            Ok(response) => json!({"posted": true, "status": response.status}),
            Err(error) => json!({"posted": false, "error": error.code, "message": error.message}),
        };
        if let Err(error) = write("status", format!("{status}\n").as_bytes()) {
            log(Level::Debug, &format!("no status is kept: {}", error.message));
        }
        match sent {
            Ok(response) if (200..300).contains(&response.status) => Ok(()),
            Ok(response) => {
                let message = format!("the other end answered {}", response.status);
                Err(Error { code: "failed".to_owned(), message })
            }
            Err(error) => Err(error),
        }
    }
}

#[allow(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks, reason = "generated")]
mod exports {
    use super::Webhook;
    super::bindings::export!(Webhook with_types_in super::bindings);
}
