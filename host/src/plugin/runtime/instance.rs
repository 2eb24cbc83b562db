//! One running instance, and the one way to call it.
//!
//! Every call gets a fresh deadline and a fresh allowance of bytes; after any failure the store
//! is dropped, so that nothing of a guest that was stopped half-way is ever used again.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::Store;
use wasmtime::component::InstancePre;

use super::engine::ticks;
use super::error::Failure;
use super::error::PluginError;
use super::error::failure_of;
use super::limits::Limits;
use super::state::HostState;
use crate::environment::Environment;
use crate::plugin::trust::grant::GrantSet;

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

/// One instance whose exports are `W`.
pub(crate) struct Instance<W> {
    label: Arc<str>,
    limits: Arc<Limits>,
    /// Gone after a failure.
    live: Option<(HostStore, W)>,
}

impl<W> Instance<W> {
    /// Instantiates the component, start functions included.
    pub(crate) fn start(
        blueprint: &Blueprint,
        instantiate: impl FnOnce(&mut HostStore, &InstancePre<HostState>) -> wasmtime::Result<W>,
    ) -> Result<Self, PluginError> {
        let limits = Arc::clone(&blueprint.limits);
        let (grants, environment) = (Arc::clone(&blueprint.grants), Arc::clone(&blueprint.environment));
        let state = HostState::new(Arc::clone(&limits), grants, environment);
        let mut store = Store::new(blueprint.component.engine(), state);
        store.limiter(|state| state);
        store.set_max_component_handles(limits.handles);
        store.epoch_deadline_trap();
        let time = limits.start_time;
        let guarded = guard(&mut store, time, |store| instantiate(store, &blueprint.component));
        match guarded {
            Ok(world) => Ok(Self { label: Arc::clone(&blueprint.label), limits, live: Some((store, world)) }),
            Err(failure) => Err(error(&blueprint.label, "start", failure, &store)),
        }
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
            Err(failure) => Err(error(&self.label, during, failure, &store)),
        }
    }

    /// Drops the store, for an answer that was out of protocol.
    pub(crate) fn fail(&mut self, during: &'static str, failure: Failure) -> PluginError {
        self.live = None;
        PluginError::new(&*self.label, during, failure)
    }

    /// Lets the plugin use what it was granted.
    pub(crate) fn grant(&mut self, label: Arc<str>, grants: Arc<GrantSet>) {
        self.label = label;
        if let Some((store, _)) = &mut self.live {
            store.data_mut().grants = grants;
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

fn error(label: &str, during: &'static str, failure: Failure, store: &HostStore) -> PluginError {
    let words = store.data().stdio.last_words(500);
    let error = PluginError::new(label, during, failure);
    if words.is_empty() { error } else { error.hinted(format!("the plugin's own last words: {words}")) }
}
