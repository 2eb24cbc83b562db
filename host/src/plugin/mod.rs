//! Plugins: sandboxed WebAssembly components of the package `sortie:plugin` (see `wit/`).
//!
//! A plugin sees only what its world gives it and what was granted. Every limit is a field of
//! [`limits::Limits`]; a store is dropped after any trap.
//!
//! The surface that the rest of sortie uses:
//!
//! ```text
//! PluginHost::new(Limits) ── load(&PluginSettings) → Plugin
//!   Plugin::Transform(Transform)  transform(&TaskSpec) → TaskSpec | refusal
//!   Plugin::Filter(Filter)        interests(), open(container) → FilterStream: LineFilter
//!   Plugin::Reporter(Reporter)    markers(), wants_log_lines(), report(&ReporterEvent) → commands
//! ```

pub mod grant;
pub mod limits;
