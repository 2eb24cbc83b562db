//! A reporter that posts how the run ended, as JSON, to the configured address.
//!
//! `{ "url": "https://hooks.example.com/ci" }`, or `{ "url": "$CI_HOOK" }` for an address that is a secret of
//! its own: then the plugin knows the variable's name only.

use std::time::Duration;

use serde_json::Value;
use serde_json::json;
use sortie_plugin_sdk::About;
use sortie_plugin_sdk::Effects;
use sortie_plugin_sdk::Error;
use sortie_plugin_sdk::Event;
use sortie_plugin_sdk::Finding;
use sortie_plugin_sdk::Need;
use sortie_plugin_sdk::Reporter;
use sortie_plugin_sdk::Setup;
use sortie_plugin_sdk::log;
use sortie_plugin_sdk::reporter::Finished;
use sortie_plugin_sdk::reporter::HttpRequest;

/// The log has ended by then; nobody should wait long for a chat.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Posts how the run ended.
pub struct Webhook {
    url: String,
    run_id: String,
}

/// Where to post.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    url: String,
}

impl Reporter for Webhook {
    type Config = Config;
    const ABOUT: About =
        About::new("webhook", env!("CARGO_PKG_VERSION"), "Posts how a run ended to an address.")
            .needs(&[
                Need::any_http().required().because("It posts to the address in its configuration."),
                Need::file("status").because("It keeps the status of the answer."),
            ])
            .config_schema(include_str!("../config.schema.json"));

    fn configure(config: Config, setup: &mut Setup<'_>) -> Result<Self, Finding> {
        if config.url.starts_with("http://") {
            setup.report(Finding::warning(
                "/url",
                "what is posted without TLS, everybody on the way can read",
            ));
        }
        setup.need(Need::http(&format!("POST:{}", config.url)).required().because("It posts there."));
        Ok(Self { url: config.url, run_id: setup.context().run_id.clone() })
    }

    fn events(&self) -> Option<Vec<&'static str>> {
        Some(vec!["finished"])
    }

    fn finished(&mut self, _: &Event, finished: &Finished, effects: &mut dyn Effects) -> Result<(), Error> {
        let request = HttpRequest::post(&self.url).timeout(TIMEOUT).json(&self.body(finished));
        let answer = effects.http(&request)?;
        log::info(&format!("{} answered {}", self.url, answer.status));
        log::debug(&String::from_utf8_lossy(&answer.body));
        match effects.write("status", format!("{}\n", answer.status).as_bytes()) {
            Err(error) if !error.is_denied() => return Err(error),
            _ => {}
        }
        match answer.is_success() {
            true => Ok(()),
            false => Err(format!("{} answered {}", self.url, answer.status).into()),
        }
    }
}

impl Webhook {
    fn body(&self, finished: &Finished) -> Value {
        json!({
            "run": self.run_id,
            "task": finished.id,
            "verdict": finished.verdict,
            "exitCode": finished.exit_code,
            "reason": finished.reason,
        })
    }
}

sortie_plugin_sdk::export!(reporter: Webhook);

#[cfg(test)]
mod tests {
    use sortie_plugin_sdk::reporter::HttpResponse;
    use sortie_plugin_sdk::testing;
    use sortie_plugin_sdk::testing::FakeEffects;
    use sortie_plugin_sdk::testing::FakeEnvironment;

    use super::*;

    #[test]
    fn the_end_is_posted() {
        let effects = FakeEffects::default()
            .grant("http:POST:https://hooks.example.com/ci")
            .grant("file:status")
            .answer(HttpResponse::new(202, ""));
        let config = r#"{ "url": "https://hooks.example.com/ci" }"#;
        let mut webhook = testing::reporter_in::<Webhook>(config, &FakeEnvironment::new(), effects).unwrap();
        webhook.report(&Event::new(Finished::new("failed", 3))).unwrap();
        let body: Value = serde_json::from_slice(&webhook.effects().requests()[0].body).unwrap();
        assert_eq!((&body["run"], &body["exitCode"]), (&json!("test-run"), &json!(3)));
        assert_eq!(webhook.effects().file("status"), b"202\n");
    }

    #[test]
    fn an_answer_that_is_no_success_is_told() {
        let effects = FakeEffects::default().grant("http:POST:$CI_HOOK").answer(HttpResponse::new(404, ""));
        let config = r#"{ "url": "$CI_HOOK" }"#;
        let mut webhook = testing::reporter_in::<Webhook>(config, &FakeEnvironment::new(), effects).unwrap();
        let error = webhook.report(&Event::new(Finished::new("succeeded", 0))).unwrap_err();
        assert_eq!(error.message(), "$CI_HOOK answered 404");
    }
}
