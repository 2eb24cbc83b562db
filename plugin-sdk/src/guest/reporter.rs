//! The world `reporter`.

use std::marker::PhantomData;

use super::instance;
use super::shared_conversions;
use crate::Reporter;
use crate::config;
use crate::reporter as sdk;
use crate::transform::Pair;

/// The world as `wit-bindgen` shows it to Rust. Made from `wit/` by the test
/// `the_sdk_has_the_bindings_of_wit` of `sortie-plugin-build`.
#[allow(missing_docs, unreachable_pub, clippy::all, reason = "generated code")]
#[rustfmt::skip]
#[path = "bindings/reporter.rs"]
pub mod bindings;

use bindings::sortie::plugin::effects;
use bindings::sortie::plugin::events;

shared_conversions!(types::Kind::Reporter);

/// A [`Reporter`] as the world wants it.
pub struct Component<P>(PhantomData<P>);

impl<P: Reporter + 'static> bindings::Guest for Component<P> {
    fn describe() -> types::Description {
        description(P::about())
    }

    fn configure(json: String) -> bindings::Setup {
        let (plugin, findings) = config::configure(&json, &HostEnvironment, P::configure);
        let markers = plugin.as_ref().map(Reporter::markers).unwrap_or_default();
        instance::set(plugin);
        bindings::Setup {
            diagnostics: diagnostics(findings),
            markers: markers
                .into_iter()
                .map(|marker| bindings::Marker { text: marker.text, line_start: marker.line_start })
                .collect(),
        }
    }

    fn report(event: events::Event) {
        let event = event_from_host(event);
        instance::with(|plugin: &mut P| plugin.report(&event, &mut HostEffects));
    }
}

/// The host's effects.
struct HostEffects;

impl crate::Effects for HostEffects {
    fn command(&mut self, line: &str) -> Result<(), crate::EffectError> {
        effects::command(line).map_err(effect_error)
    }

    fn append(&mut self, file: &str, bytes: &[u8]) -> Result<(), crate::EffectError> {
        effects::append(file, bytes).map_err(effect_error)
    }
}

fn effect_error(error: effects::EffectError) -> crate::EffectError {
    match error {
        effects::EffectError::Denied => crate::EffectError::Denied,
        effects::EffectError::TooLarge => crate::EffectError::TooLarge,
        effects::EffectError::NotOneLine => crate::EffectError::NotOneLine,
        effects::EffectError::Io(reason) => crate::EffectError::Io(reason),
    }
}

fn event_from_host(event: events::Event) -> sdk::Event {
    match event {
        events::Event::Planned(planned) => sdk::Event::Planned(sdk::Planned {
            name: planned.name,
            backend: planned.backend,
            containers: planned.containers,
            main_container: planned.main_container,
            warnings: planned.warnings,
        }),
        events::Event::Launched(launched) => {
            sdk::Event::Launched(sdk::Launched { id: launched.id, url: launched.url })
        }
        events::Event::StateChanged(change) => {
            sdk::Event::StateChanged(sdk::StateChanged { state: change.state, elapsed: change.elapsed })
        }
        events::Event::LogLines(lines) => sdk::Event::LogLines(sdk::LogLines {
            container: lines.container,
            bytes: lines.bytes,
            ends: lines.ends,
        }),
        events::Event::Finished(finished) => sdk::Event::Finished(finished_from_host(finished)),
    }
}

fn finished_from_host(finished: events::Finished) -> sdk::Finished {
    let container = |container: events::ContainerResult| sdk::ContainerResult {
        name: container.name,
        exit_code: container.exit_code,
        reason: container.reason,
    };
    sdk::Finished {
        id: finished.id,
        exit_code: finished.exit_code,
        verdict: finished.verdict,
        reason: finished.reason,
        hint: finished.hint,
        containers: finished.containers.into_iter().map(container).collect(),
        phases: finished
            .phases
            .into_iter()
            .map(|phase| sdk::Phase { name: phase.name, duration: phase.duration })
            .collect(),
        log_lines: finished.log_lines,
        log_bytes: finished.log_bytes,
        logs_complete: finished.logs_complete,
        links: finished.links.into_iter().map(|link| Pair { name: link.name, value: link.value }).collect(),
    }
}
