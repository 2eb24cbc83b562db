//! The world `reporter`.

use std::sync::Arc;

use super::bindings::events as wit;
use super::bindings::reporter::Reporter as World;
use super::bindings::reporter::ReporterPre;
use super::describe::describe;
use super::describe::diagnostics;
use crate::plugin::abi::Guest;
use crate::plugin::abi::ReporterGuest;
use crate::plugin::kind::Description;
use crate::plugin::kind::Diagnostic;
use crate::plugin::kind::Kind;
use crate::plugin::kind::Marker;
use crate::plugin::kind::ReporterEvent;
use crate::plugin::kind::check_markers;
use crate::plugin::runtime::error::PluginError;
use crate::plugin::runtime::instance::Blueprint;
use crate::plugin::runtime::instance::Instance;
use crate::plugin::trust::grant::GrantSet;

/// A reporter that speaks 0.1.
pub(crate) struct Reporter(Instance<World>);

impl Reporter {
    /// A new instance, neither described nor configured.
    pub(crate) fn start(blueprint: &Blueprint) -> Result<Self, PluginError> {
        Instance::start(blueprint, |store, component| ReporterPre::new(component.clone())?.instantiate(store))
            .map(Self)
    }
}

impl Guest for Reporter {
    fn describe(&mut self) -> Result<Description, PluginError> {
        describe(&mut self.0, Kind::Reporter, |world, store| world.call_describe(store))
    }

    fn grant(&mut self, label: Arc<str>, grants: Arc<GrantSet>) {
        self.0.grant(label, grants);
    }
}

impl ReporterGuest for Reporter {
    fn configure(&mut self, config: &str) -> Result<(Vec<Diagnostic>, Vec<Marker>), PluginError> {
        let time = self.0.limits().configure_time;
        let setup = self.0.call("configure", time, |world, store| world.call_configure(store, config))?;
        let marker =
            |raw: super::bindings::reporter::Marker| Marker { text: raw.text, line_start: raw.line_start };
        let markers: Vec<Marker> = setup.markers.into_iter().map(marker).collect();
        let limits = self.0.limits();
        let checked = diagnostics(setup.diagnostics, limits).and_then(|findings| {
            check_markers(&markers, limits)?;
            Ok((findings, markers))
        });
        // Commands while it is configured have no place in the log yet.
        self.0.take_commands();
        checked.map_err(|failure| self.0.fail("configure", failure))
    }

    fn report(&mut self, event: &ReporterEvent) -> Result<Vec<String>, PluginError> {
        let time = self.0.limits().report_time;
        send(event, |event| self.0.call("report", time, |world, store| world.call_report(store, event)))?;
        Ok(self.0.take_commands())
    }
}

/// Calls `with` with the event in the form that the bindings take, which borrows from it.
fn send<R>(event: &ReporterEvent, with: impl FnOnce(wit::Event<'_>) -> R) -> R {
    match event {
        ReporterEvent::Planned { name, backend, containers, main_container, warnings } => {
            let containers: Vec<&str> = containers.iter().map(String::as_str).collect();
            let warnings: Vec<&str> = warnings.iter().map(String::as_str).collect();
            with(wit::Event::Planned(wit::Planned {
                name,
                backend,
                containers: &containers,
                main_container,
                warnings: &warnings,
            }))
        }
        ReporterEvent::Launched { id, url } => with(wit::Event::Launched(wit::Launched { id, url })),
        ReporterEvent::StateChanged { state, elapsed } => {
            with(wit::Event::StateChanged(wit::StateChanged { state, elapsed: *elapsed }))
        }
        ReporterEvent::LogLines { container, bytes, ends } => {
            with(wit::Event::LogLines(wit::LogLines { container, bytes, ends }))
        }
        ReporterEvent::Finished(finished) => {
            let containers: Vec<wit::ContainerResult<'_>> = finished
                .containers
                .iter()
                .map(|(name, exit_code, reason)| wit::ContainerResult { name, exit_code: *exit_code, reason })
                .collect();
            let phases: Vec<wit::Phase<'_>> = finished
                .phases
                .iter()
                .map(|(name, duration)| wit::Phase { name, duration: *duration })
                .collect();
            let links: Vec<wit::Pair<'_>> =
                finished.links.iter().map(|(name, value)| wit::Pair { name, value }).collect();
            with(wit::Event::Finished(wit::Finished {
                id: &finished.id,
                exit_code: finished.exit_code,
                verdict: &finished.verdict,
                reason: &finished.reason,
                hint: &finished.hint,
                containers: &containers,
                phases: &phases,
                log_lines: finished.log_lines,
                log_bytes: finished.log_bytes,
                logs_complete: finished.logs_complete,
                links: &links,
            }))
        }
    }
}
