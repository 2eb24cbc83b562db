//! Reporters.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::bindings::reporter as exported;
use super::bindings::reporter::Guest as Exports;
use super::bindings::reporter::GuestIndices;
use super::event;
use super::shared;
use crate::plugin::abi::Guest;
use crate::plugin::abi::ReporterGuest;
use crate::plugin::abi::tick_time;
use crate::plugin::context::Context;
use crate::plugin::kind::Description;
use crate::plugin::kind::Happening;
use crate::plugin::kind::Kind;
use crate::plugin::kind::Reported;
use crate::plugin::kind::ReporterSetup;
use crate::plugin::kind::ReporterWishes;
use crate::plugin::runtime::error::Failure;
use crate::plugin::runtime::error::PluginError;
use crate::plugin::runtime::instance::Blueprint;
use crate::plugin::runtime::instance::Instance;
use crate::plugin::runtime::limits::Limits;
use crate::plugin::runtime::words::Message;
use crate::plugin::trust::grant::GrantSet;

/// A reporter that speaks 0.2.
pub(crate) struct Reporter {
    instance: Instance<Exports>,
    /// Names of events that it asked for; those without a case of their own are told to nobody else.
    events: Option<BTreeSet<String>>,
}

impl Reporter {
    /// A new instance, neither described nor configured.
    pub(crate) fn start(blueprint: &Blueprint) -> Result<Self, PluginError> {
        let load =
            |store: &mut _, component: &_, instance: &_| GuestIndices::new(component)?.load(store, instance);
        Ok(Self { instance: Instance::start(blueprint, load)?, events: None })
    }
}

impl Guest for Reporter {
    fn describe(&mut self) -> Result<Description, PluginError> {
        shared::describe(&mut self.instance, Kind::Reporter, |exports, store| exports.call_describe(store))
    }

    fn grant(&mut self, label: Arc<str>, grants: Arc<GrantSet>) {
        self.instance.grant(label, grants);
    }

    fn take_messages(&mut self) -> Vec<Message> {
        self.instance.take_messages()
    }
}

impl ReporterGuest for Reporter {
    fn configure(&mut self, config: &str, context: &Context) -> Result<ReporterSetup, PluginError> {
        let time = self.instance.limits().configure_time;
        let answer = shared::send_context(context, |context| {
            let call = |exports: &Exports, store: &mut _| exports.call_configure(store, config, context);
            self.instance.call("configure", time, call)
        })?;
        let limits = self.instance.limits();
        let setup = match answer {
            Ok(raw) => reporter_setup(raw, limits),
            Err(error) => Err(shared::said(&error, limits)),
        }
        .map_err(|failure| self.instance.fail("configure", failure))?;
        self.events.clone_from(&setup.wishes.events);
        self.instance.ask(setup.setup.needs.iter().map(|asked| asked.need.clone()));
        Ok(setup)
    }

    fn report(&mut self, happening: Happening<'_>) -> Result<Reported, PluginError> {
        let time = self.instance.limits().report_time;
        let instance = &mut self.instance;
        instance.set_reporting(true);
        let called = event::send(happening, self.events.as_ref(), |event| {
            instance.call("report", time, |exports, store| exports.call_report(store, event))
        });
        self.instance.set_reporting(false);
        match called {
            None => return Ok(Reported::default()),
            Some(answer) => answer?,
        }
        .map_err(|error| {
            let failure = shared::said(&error, self.instance.limits());
            self.instance.fail("report", failure)
        })?;
        Ok(Reported { commands: self.instance.take_commands(), messages: self.instance.take_messages() })
    }
}

fn reporter_setup(raw: exported::Setup, limits: &Limits) -> Result<ReporterSetup, Failure> {
    let setup = shared::setup(raw.findings, raw.needs, Kind::Reporter, limits)?;
    let asked = raw.events.as_ref().map_or(0, Vec::len);
    if asked > limits.events {
        return Err(Failure::Limit(format!("{asked} names of events, {} allowed", limits.events)));
    }
    let wishes = ReporterWishes {
        events: raw.events.map(|events| events.into_iter().collect()),
        tick: raw.tick_ms.map(|ms| tick_time(ms, limits)),
    };
    Ok(ReporterSetup { setup, wishes })
}
