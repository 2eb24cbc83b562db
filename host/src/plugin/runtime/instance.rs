//! One running instance, and the one way to call it.
//!
//! Every call gets a fresh deadline and a fresh allowance of bytes; after any failure the store
//! is dropped, so that nothing of a guest that was stopped half-way is ever used again.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::Store;
use wasmtime::Trap;
use wasmtime::UpdateDeadline;
use wasmtime::component::InstancePre;

use super::engine::ticks;
use super::error::Failure;
use super::error::PluginError;
use super::error::Said;
use super::error::failure_of;
use super::limits::Limits;
use super::state::HostState;
use super::text::clean;
use super::words::Message;
use crate::environment::Environment;
use crate::plugin::trust::grant::GrantSet;
use crate::plugin::trust::grant::Need;

/// A store of ours.
pub(crate) type HostStore = Store<HostState>;

/// What it takes to make an instance of a plugin.
#[derive(Clone)]
pub(crate) struct Blueprint {
    /// Name and version, for errors.
    pub(crate) label: Arc<str>,
    pub(crate) component: InstancePre<HostState>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) grants: Arc<GrantSet>,
    pub(crate) environment: Arc<Environment>,
}

/// What to do about a component that was made for another interface.
pub(crate) const MISFIT_HINT: &str =
    "build the plugin against the wit/ of this sortie, or take the sortie that the plugin was made for";

/// One instance whose exports are `W`.
pub(crate) struct Instance<W> {
    label: Arc<str>,
    limits: Arc<Limits>,
    /// Gone after a failure.
    live: Option<(HostStore, W)>,
}

impl<W> Instance<W> {
    /// Instantiates the component, start functions included, and looks up what it exports with `load`.
    pub(crate) fn start(
        blueprint: &Blueprint,
        load: impl FnOnce(
            &mut HostStore,
            &InstancePre<HostState>,
            &wasmtime::component::Instance,
        ) -> wasmtime::Result<W>,
    ) -> Result<Self, PluginError> {
        let limits = Arc::clone(&blueprint.limits);
        let (grants, environment) = (Arc::clone(&blueprint.grants), Arc::clone(&blueprint.environment));
        let state = HostState::new(Arc::clone(&limits), grants, environment);
        let mut store = Store::new(blueprint.component.engine(), state);
        store.limiter(|state| state);
        store.set_max_component_handles(limits.handles);
        // The time that a guest waits for a server is none of its own.
        store.epoch_deadline_callback(|mut store| match store.data_mut().take_host_time() {
            Duration::ZERO => Err(Trap::Interrupt.into()),
            waited => Ok(UpdateDeadline::Continue(ticks(waited))),
        });
        let time = limits.start_time;
        let instance = guard(&mut store, time, |store| blueprint.component.instantiate(&mut *store))
            .map_err(|failure| error(&blueprint.label, "start", failure, &mut store))?;
        // Names fit by now, types may not: a component that was made for another `wit/` of the same version.
        let exports = load(&mut store, &blueprint.component, &instance).map_err(|error| {
            let reason = clean(&format!("{error:#}"), 500);
            let reason = format!("its exports are not those of this version of sortie:plugin: {reason}");
            PluginError::new(&*blueprint.label, "load", Failure::Misfit(reason)).hinted(MISFIT_HINT)
        })?;
        Ok(Self { label: Arc::clone(&blueprint.label), limits, live: Some((store, exports)) })
    }

    /// Calls the guest once, for at most `time`.
    pub(crate) fn call<R>(
        &mut self,
        during: &'static str,
        time: Duration,
        call: impl FnOnce(&W, &mut HostStore) -> wasmtime::Result<R>,
    ) -> Result<R, PluginError> {
        let Some((mut store, world)) = self.live.take() else {
            return Err(PluginError::new(&*self.label, during, Failure::FailedBefore));
        };
        match guard(&mut store, time, |store| call(&world, store)) {
            Ok(value) => {
                self.live = Some((store, world));
                Ok(value)
            }
            Err(failure) => Err(error(&self.label, during, failure, &mut store)),
        }
    }

    /// Drops the store, for an answer that was out of protocol.
    pub(crate) fn fail(&mut self, during: &'static str, failure: Failure) -> PluginError {
        let messages = self.take_messages();
        self.live = None;
        let said = Box::new(Said { messages, ..Said::default() });
        PluginError { said, ..PluginError::new(&*self.label, during, failure) }
    }

    /// Lets the plugin use what it was granted.
    pub(crate) fn grant(&mut self, label: Arc<str>, grants: Arc<GrantSet>) {
        if let Some((store, _)) = &mut self.live {
            let state = store.data_mut();
            state.grants = grants;
            state.set_plugin(label.split(' ').next().unwrap_or_default());
        }
        self.label = label;
    }

    /// Its configuration asks for these, too: that one is not granted is no surprise when it is tried.
    pub(crate) fn ask(&mut self, needs: impl Iterator<Item = Need>) {
        if let Some((store, _)) = &mut self.live {
            Arc::make_mut(&mut store.data_mut().grants).asked.extend(needs);
        }
    }

    /// What it said since the last time.
    pub(crate) fn take_messages(&mut self) -> Vec<Message> {
        self.live.as_mut().map(|(store, _)| store.data_mut().take_messages()).unwrap_or_default()
    }

    /// Says that an event is being reported, or is no longer.
    pub(crate) fn set_reporting(&mut self, is_reporting: bool) {
        if let Some((store, _)) = &mut self.live {
            store.data_mut().set_reporting(is_reporting);
        }
    }

    /// What it says from now on may quote log lines.
    pub(crate) fn has_seen_lines(&mut self) {
        if let Some((store, _)) = &mut self.live {
            store.data_mut().has_seen_lines();
        }
    }

    /// Command lines since the last time.
    pub(crate) fn take_commands(&mut self) -> Vec<String> {
        self.live.as_mut().map(|(store, _)| store.data_mut().take_commands()).unwrap_or_default()
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }
}

/// Runs guest code with a deadline and an allowance. A panic of the engine (there have been some)
/// is a failure of the plugin that caused it, not of the run.
fn guard<R>(
    store: &mut HostStore,
    time: Duration,
    run: impl FnOnce(&mut HostStore) -> wasmtime::Result<R>,
) -> Result<R, Failure> {
    let bytes = store.data().limits.bytes_per_call;
    store.set_epoch_deadline(ticks(time));
    store.set_hostcall_fuel(bytes);
    match catch_unwind(AssertUnwindSafe(|| run(store))) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(failure_of(&error, time, bytes)),
        Err(_) => Err(Failure::Internal("the WebAssembly engine panicked".to_owned())),
    }
}

fn error(label: &str, during: &'static str, failure: Failure, store: &mut HostStore) -> PluginError {
    let last_words = store.data().last_words(500);
    let messages = store.data_mut().take_messages();
    let said = Box::new(Said { last_words, messages });
    let hint = match failure {
        Failure::AddressSpace => {
            "raise the limit on virtual memory (`ulimit -v`, systemd's LimitAS=): what is \
                                  reserved so is not used"
        }
        _ => "",
    };
    PluginError { said, ..PluginError::new(label, during, failure) }.hinted(hint)
}
