//! The world `reporter-plugin`.

use std::marker::PhantomData;

use super::HostEnvironment;
use super::description;
use super::instance;
use super::panics;
use crate::Context;
use crate::Effects;
use crate::Error;
use crate::Event;
use crate::Reporter;
use crate::config;
use crate::reporter::HttpRequest;
use crate::reporter::HttpResponse;

/// The world as `wit-bindgen` shows it to Rust. Made from `wit/` by the test
/// `the_sdk_has_the_bindings_of_wit` of `sortie-plugin-build`.
#[allow(missing_docs, unreachable_pub, reason = "generated code")]
#[allow(clippy::all, clippy::undocumented_unsafe_blocks, clippy::unwrap_used, reason = "generated code")]
#[rustfmt::skip]
#[path = "bindings/reporter.rs"]
pub mod bindings;

use bindings::exports::sortie::plugin::reporter as world;
use bindings::sortie::plugin::effects;
use bindings::sortie::plugin::http;

/// A [`Reporter`] as the world wants it.
pub struct Component<P>(PhantomData<P>);

impl<P: Reporter + 'static> world::Guest for Component<P> {
    fn describe() -> world::Description {
        panics::tell_the_host();
        description!(P::ABOUT)
    }

    fn configure(json: String, context: Context) -> Result<world::Setup, Error> {
        panics::tell_the_host();
        let configured = config::configure(&json, &HostEnvironment, &context, P::configure);
        let events = configured.plugin.as_ref().and_then(Reporter::events);
        let tick_every = configured.plugin.as_ref().and_then(Reporter::tick_every);
        instance::set(configured.plugin);
        Ok(world::Setup {
            findings: configured.findings,
            needs: configured.needs,
            events: events.map(|names| names.into_iter().map(str::to_owned).collect()),
            tick_ms: tick_every.map(crate::milliseconds),
        })
    }

    fn report(event: Event) -> Result<(), Error> {
        instance::with(|plugin: &mut P| plugin.report(&event, &mut HostEffects))
    }
}

/// The host's effects.
struct HostEffects;

impl Effects for HostEffects {
    fn command(&mut self, line: &str) -> Result<(), Error> {
        effects::command(line)
    }

    fn append(&mut self, file: &str, bytes: &[u8]) -> Result<(), Error> {
        effects::append(file, bytes)
    }

    fn write(&mut self, file: &str, bytes: &[u8]) -> Result<(), Error> {
        effects::write(file, bytes)
    }

    fn http(&mut self, request: &HttpRequest) -> Result<HttpResponse, Error> {
        http::send(request)
    }
}
