//! What one instance has on the host's side: its limits, its grants, its effects so far, and an
//! empty WASI context. Lives and dies with the instance's store.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::ResourceLimiter;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::WasiCtxView;
use wasmtime_wasi::WasiView;

use super::error::LimitHit;
use super::limits::Limits;
use super::stdio::Stdio;
use super::text::clean;
use super::wasi;
use super::words::Level;
use super::words::Message;
use super::words::Words;
use crate::environment::Environment;
use crate::environment::Lookup;
use crate::plugin::effects::EffectCode;
use crate::plugin::effects::EffectError;
use crate::plugin::effects::Effects;
use crate::plugin::effects::HttpRequest;
use crate::plugin::effects::HttpResponse;
use crate::plugin::trust::grant::GrantSet;
use crate::plugin::trust::grant::Need;

/// The data of a store.
pub(crate) struct HostState {
    pub(crate) limits: Arc<Limits>,
    /// Nothing until the plugin has described itself.
    pub(crate) grants: Arc<GrantSet>,
    environment: Arc<Environment>,
    effects: Effects,
    /// An event is being reported: at no other time has a plugin an effect.
    is_reporting: bool,
    words: Words,
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
            is_reporting: false,
            words: Words::default(),
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
        let done =
            self.allowed("command").and_then(|()| self.effects.command(&self.grants, &self.limits, line));
        self.noted("command", Some(&Need::Commands), done)
    }

    /// Command lines since the last time.
    pub(crate) fn take_commands(&mut self) -> Vec<String> {
        self.effects.take_commands()
    }

    /// Appends to a file that was granted by this name.
    pub(crate) fn append(&mut self, file: String, bytes: &[u8]) -> Result<(), EffectError> {
        let need = Need::File(file.clone());
        let done = self
            .allowed("append")
            .and_then(|()| self.effects.append(&self.grants, &self.limits, file, bytes));
        self.noted("append", Some(&need), done)
    }

    /// Replaces a file that was granted by this name.
    pub(crate) fn write(&mut self, file: &str, bytes: &[u8]) -> Result<(), EffectError> {
        let done =
            self.allowed("write").and_then(|()| self.effects.write(&self.grants, &self.limits, file, bytes));
        self.noted("write", Some(&Need::File(file.to_owned())), done)
    }

    /// Sends an HTTP request that was granted, and waits for the answer.
    pub(crate) fn http(&mut self, request: HttpRequest) -> Result<HttpResponse, EffectError> {
        let done = self.allowed("http").and_then(|()| self.effects.http(&self.grants, &self.limits, request));
        self.noted("http", None, done)
    }

    /// How long the guest has waited for others since the last time, which is none of its own time.
    pub(crate) fn take_host_time(&mut self) -> Duration {
        self.effects.take_host_time()
    }

    /// What the plugin is called, for the servers that it sends requests to.
    pub(crate) fn set_plugin(&mut self, name: &str) {
        self.effects.set_plugin(name);
    }

    /// Says that an event is being reported, or is no longer.
    pub(crate) fn set_reporting(&mut self, is_reporting: bool) {
        self.is_reporting = is_reporting;
    }

    fn allowed(&self, effect: &str) -> Result<(), EffectError> {
        match self.is_reporting {
            true => Ok(()),
            false => Err(EffectError::new(
                EffectCode::Unsupported,
                effect,
                "a plugin has effects only while an event is reported to it",
            )),
        }
    }

    /// A refused effect is told to the user too, unless he was told when the plugin was loaded that what it
    /// needs for it is not granted.
    fn noted<T>(
        &mut self,
        effect: &'static str,
        need: Option<&Need>,
        done: Result<T, EffectError>,
    ) -> Result<T, EffectError> {
        if let Err(error) = &done {
            let is_known =
                error.code == EffectCode::Denied && need.is_some_and(|need| self.grants.asked.contains(need));
            if !is_known {
                self.words.refuse(effect, error);
            }
        }
        done
    }

    /// Keeps what the guest says.
    pub(crate) fn log(&mut self, level: Level, text: &str) {
        self.words.say(level, text, self.limits.message_chars, self.limits.log_messages);
    }

    /// What it says from now on may quote log lines.
    pub(crate) fn has_seen_lines(&mut self) {
        self.words.has_seen_lines();
    }

    /// What was said since the last time.
    pub(crate) fn take_messages(&mut self) -> Vec<Message> {
        self.words.take()
    }

    /// What explains the guest's end: its last error, or the end of its standard streams.
    pub(crate) fn last_words(&self, max: usize) -> String {
        let streams = self.stdio.last_words(max);
        match streams.is_empty() {
            true => clean(self.words.last_error(), max),
            false => streams,
        }
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
