//! What one instance has on the host's side: its limits, its grants, its effects so far, and an
//! empty WASI context. Lives and dies with the instance's store.

use std::sync::Arc;

use wasmtime::ResourceLimiter;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::WasiCtxView;
use wasmtime_wasi::WasiView;

use super::bindings::effects;
use super::bindings::effects::EffectError;
use super::bindings::environment;
use super::bindings::environment::EnvError;
use super::bindings::events;
use super::bindings::lines;
use super::bindings::task;
use super::bindings::types;
use super::effects::Effects;
use super::error::LimitHit;
use super::grant::GrantSet;
use super::limits::Limits;
use super::stdio::Stdio;
use super::wasi;

/// The data of a store.
pub(super) struct HostState {
    pub(super) limits: Arc<Limits>,
    /// Nothing until the plugin has described itself.
    pub(super) grants: Arc<GrantSet>,
    pub(super) effects: Effects,
    pub(super) stdio: Stdio,
    wasi: WasiCtx,
    table: ResourceTable,
}

impl HostState {
    pub(super) fn new(limits: Arc<Limits>) -> Self {
        let stdio = Stdio::new(limits.stdio_bytes);
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        Self {
            wasi: wasi::empty_context(&stdio),
            grants: Arc::default(),
            effects: Effects::default(),
            stdio,
            table,
            limits,
        }
    }
}

impl WasiView for HostState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

// Interfaces that hold types alone.
impl types::Host for HostState {}
impl task::Host for HostState {}
impl lines::Host for HostState {}
impl events::Host for HostState {}

impl effects::Host for HostState {
    fn command(&mut self, line: String) -> Result<(), EffectError> {
        self.effects.command(&self.grants, &self.limits, line)
    }

    fn append(&mut self, file: String, bytes: Vec<u8>) -> Result<(), EffectError> {
        self.effects.append(&self.grants, &self.limits, file, &bytes)
    }
}

impl environment::Host for HostState {
    fn get(&mut self, name: String) -> Result<Option<String>, EnvError> {
        if !self.grants.env.contains(&name) {
            return Err(EnvError::Denied);
        }
        std::env::var_os(&name).map(|value| value.into_string().map_err(|_| EnvError::NotUnicode)).transpose()
    }
}

/// Growth beyond a limit is a trap that says so, rather than a failed allocation whose
/// consequences the guest chooses.
impl ResourceLimiter for HostState {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let limit = self.limits.memory_bytes;
        if desired > limit {
            return Err(LimitHit(format!("{desired} bytes of memory wanted, {limit} allowed")).into());
        }
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let limit = self.limits.table_elements;
        if desired > limit {
            return Err(LimitHit(format!("{desired} table elements wanted, {limit} allowed")).into());
        }
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.limits.instances
    }

    fn tables(&self) -> usize {
        self.limits.tables
    }

    fn memories(&self) -> usize {
        self.limits.memories
    }
}
