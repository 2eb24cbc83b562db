//! OpenTelemetry: the run as a trace, sent once, at its end, by OTLP/HTTP in JSON.
//!
//! Where it is sent, with which headers and as part of which trace, the variables tell that every exporter
//! knows (`OTEL_EXPORTER_OTLP_ENDPOINT` and its like, `TRACEPARENT`). The address itself stays with the host.
//! A receiver that fails for a while is asked once more, and nothing of the run is changed by it.
//!
//! - [`trace`]: a story as spans. A span for the run, beneath it one for each phase of the task, and beneath
//!   `run` one for each step of its work.
//! - [`attributes`]: their attributes, as the conventions for CI/CD name them.
//! - [`pipeline`]: what the CI system calls the run that sortie is part of.
//! - [`ids`]: ids of the trace and its spans, and the parent that `TRACEPARENT` tells.
//! - [`lists`]: `key=value` lists in variables, as OpenTelemetry writes them.
//! - [`answer`]: what a receiver makes of it.
//!
//! Sources: opentelemetry.io, "OTLP Specification" (OTLP/HTTP, JSON Protobuf Encoding), "OpenTelemetry
//! Protocol Exporter", "Environment Variables as Context Propagation Carriers", "Semantic conventions for CICD
//! spans" and "CI/CD" resources (1.44.0, in development).

pub mod answer;
pub mod attributes;
pub mod ids;
pub mod lists;
pub mod pipeline;
pub mod trace;

use sortie_plugin_sdk::Finding;
use sortie_plugin_sdk::Need;
use sortie_plugin_sdk::Setup;
use sortie_plugin_sdk::reporter::HttpRequest;
use sortie_story::Story;

use crate::config::Config;
use crate::form::Form;
use crate::voice::Voice;
use ids::Ids;
use ids::Parent;
use lists::Pairs;
use trace::Source;

/// The address of a receiver of all signals, and that of traces alone, as grants call them.
const BASE: &str = "$OTEL_EXPORTER_OTLP_ENDPOINT/v1/traces";
const TRACES: &str = "$OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

/// The reporter.
pub struct Otel {
    /// `None` where the trace that the run belongs to is not sampled.
    ids: Option<Ids>,
    source: Source,
    url: String,
    headers: Pairs,
    tells_tails: bool,
    /// Somebody reads the log in a CI system, and may want to find the trace.
    names_trace: bool,
}

impl Otel {
    /// As it is configured; what the environment tells is OpenTelemetry's own.
    ///
    /// # Errors
    /// What cannot be sent.
    pub fn new(config: &Config, setup: &mut Setup<'_>) -> Result<Self, Finding> {
        let url = match &config.endpoint {
            Some(url) => url.clone(),
            None if variable(setup, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").is_some() => TRACES.to_owned(),
            None => BASE.to_owned(),
        };
        setup.need(Need::http(&format!("POST:{url}")).required().because(
            "The trace is sent there: to OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or \
             the endpoint of its configuration.",
        ));
        warn_of_protocol(setup);
        // One list takes the place of the other, as for the exporters of OpenTelemetry.
        let headers = ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"];
        let headers = headers.into_iter().find_map(|name| Some((name, variable(setup, name)?)));
        let headers = headers.map_or(Ok(Pairs::default()), |(name, list)| {
            Pairs::parse(&list).map_err(|why| Finding::error("", format!("{name} {why}")))
        })?;
        let parent = match variable(setup, "TRACEPARENT").map(|text| Parent::parse(&text)) {
            Some(Some(parent)) => Some(parent),
            Some(None) => {
                let why = "TRACEPARENT is not one (00-TRACE-SPAN-FLAGS, W3C Trace Context): the run is a trace \
                           of its own";
                setup.report(Finding::warning("", why));
                None
            }
            None => None,
        };
        let is_sampled = parent.as_ref().is_none_or(|parent| parent.is_sampled);
        if !is_sampled {
            setup.report(Finding::note("", "TRACEPARENT says that its trace is not sampled: none is sent"));
        }
        let context = setup.context();
        let ids = is_sampled.then(|| Ids::new(&context.run_id, parent));
        Ok(Self {
            ids,
            url,
            headers,
            tells_tails: config.log_tails,
            names_trace: context.ci.is_some(),
            source: Source::of(setup),
        })
    }
}

impl Form for Otel {
    fn finished(&mut self, story: &Story, voice: &mut Voice<'_>) {
        let Some(ids) = &self.ids else { return };
        let trace = trace::document(story, ids, &self.source, voice.at_ms, self.tells_tails);
        let request = HttpRequest::post(&self.url).json(&trace);
        let request = self.headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        let mut answer = voice.ask(&request);
        if answer.as_ref().is_none_or(answer::is_worth_another_try) {
            answer = voice.ask(&request);
        }
        // Of one that did not come the host has said why.
        let Some(answer) = answer else { return };
        match answer::complaint(&answer, &self.headers) {
            Some(complaint) => voice.fail(complaint),
            None if self.names_trace => voice.say(&format!("trace {}", ids.trace())),
            None => {}
        }
    }
}

/// A variable that is granted, set and not empty: an empty one is as one that is not set (OpenTelemetry,
/// "Environment Variable Specification").
fn variable(setup: &Setup<'_>, name: &str) -> Option<String> {
    setup.env(name).ok().flatten().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// The port of another protocol does not understand this one, and says so in no way that a person understands.
fn warn_of_protocol(setup: &mut Setup<'_>) {
    let names = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
    let told = names.into_iter().find_map(|name| Some((name, variable(setup, name)?)));
    if let Some((name, _)) = told.filter(|(_, protocol)| protocol == "grpc") {
        let why = "sortie speaks http/json: its endpoint is that of OTLP/HTTP (port 4318, where nobody says \
                   otherwise), not of gRPC";
        setup.report(Finding::warning("", format!("{name} is grpc: {why}")));
    }
}

#[cfg(test)]
mod tests;
