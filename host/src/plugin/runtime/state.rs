//! What one instance has on the host's side: its limits, its grants, its effects so far, and an
//! empty WASI context. Lives and dies with the instance's store.

use std::sync::Arc;

use wasmtime::ResourceLimiter;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::WasiCtxView;
use wasmtime_wasi::WasiView;

use super::error::LimitHit;
use super::limits::Limits;
use super::stdio::Stdio;
use super::wasi;
use crate::environment::Environment;
use crate::environment::Lookup;
use crate::plugin::effects::EffectError;
use crate::plugin::effects::Effects;
use crate::plugin::trust::grant::GrantSet;

/// The data of a store.
pub(crate) struct HostState {
    pub(crate) limits: Arc<Limits>,
    /// Nothing until the plugin has described itself.
    pub(crate) grants: Arc<GrantSet>,
    environment: Arc<Environment>,
    effects: Effects,
    pub(crate) stdio: Stdio,
    wasi: WasiCtx,
    table: ResourceTable,
}

impl HostState {
    pub(crate) fn new(limits: Arc<Limits>, grants: Arc<GrantSet>, environment: Arc<Environment>) -> Self {
        let stdio = Stdio::new(limits.stdio_bytes);
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        Self {
            wasi: wasi::empty_context(&stdio),
            grants,
            environment,
            effects: Effects::default(),
            stdio,
            table,
            limits,
        }
    }

    /// An environment variable of sortie's process, if it is granted.
    pub(crate) fn variable(&self, name: &str) -> Result<Option<String>, EnvError> {
        if !self.grants.env.contains(name) {
            return Err(EnvError::Denied);
        }
        match self.environment.get(name) {
            Lookup::Found(value) => Ok(Some(value)),
            Lookup::Missing => Ok(None),
            Lookup::NotUtf8 => Err(EnvError::NotUnicode),
        }
    }

    /// Keeps a line for the CI system's command channel.
    pub(crate) fn command(&mut self, line: String) -> Result<(), EffectError> {
        self.effects.command(&self.grants, &self.limits, line)
    }

    /// Command lines since the last time.
    pub(crate) fn take_commands(&mut self) -> Vec<String> {
        self.effects.take_commands()
    }

    /// Appends to a file that was granted by this name.
    pub(crate) fn append(&mut self, file: String, bytes: &[u8]) -> Result<(), EffectError> {
        self.effects.append(&self.grants, &self.limits, file, bytes)
    }
}

/// A variable that a guest does not get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EnvError {
    /// It is not granted.
    Denied,
    /// Its value is not text.
    NotUnicode,
}

impl WasiView for HostState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
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
