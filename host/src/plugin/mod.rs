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
//!
//! Loading, in the order of its steps:
//!
//! - [`source`]: from a name or path to a component's bytes; [`embedded`] holds the first-party
//!   ones, [`digest`] identifies them.
//! - [`grant`]: what the user allows.
//! - [`load`]: compiles (with [`cache`]), checks imports and exports, describes, configures.
//! - [`engine`], [`engine_config`], [`wasi`]: what guests run in, and what they may import.
//! - [`instance`], [`state`], [`effects`], [`stdio`]: one running guest, and the only way to call it.
//! - [`describe`], [`transform`], [`filter`], [`reporter`]: what comes back, checked.
//! - [`error`], [`text`]: how failures are told, without a guest's bytes reaching a terminal.
//!
//! Calls block: they are made on plain threads, never on one of an async runtime.

pub mod describe;
pub mod digest;
pub mod error;
pub mod filter;
pub mod grant;
pub mod limits;
pub mod reporter;
pub mod transform;

mod bindings;
mod cache;
mod effects;
mod embedded;
mod engine;
mod engine_config;
mod instance;
mod load;
mod source;
mod state;
mod stdio;
mod text;
mod wasi;

pub use describe::Diagnostic;
pub use describe::Kind;
pub use describe::Severity;
pub use digest::Digest;
pub use error::PluginError;
pub use filter::Filter;
pub use filter::FilterStream;
pub use grant::Grant;
pub use grant::Need;
pub use limits::Limits;
pub use load::PluginHost;
pub use reporter::Marker;
pub use reporter::Reporter;
pub use reporter::ReporterEvent;
pub use transform::Transform;
pub use transform::TransformError;

use describe::Description;

/// A plugin that is loaded, checked and configured.
pub enum Plugin {
    /// Changes a task before it is launched, or refuses it.
    Transform(Transform),
    /// Edits or drops log lines.
    Filter(Filter),
    /// Tells a CI system what happened.
    Reporter(Reporter),
}

/// What is known of a loaded plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct About {
    description: Description,
    digest: Digest,
    grants: Vec<Grant>,
    missing: Vec<Need>,
    diagnostics: Vec<Diagnostic>,
}

impl Plugin {
    fn about(&self) -> &About {
        match self {
            Self::Transform(plugin) => &plugin.about,
            Self::Filter(plugin) => &plugin.about,
            Self::Reporter(plugin) => &plugin.about,
        }
    }

    /// What it calls itself: lower-case letters, digits and hyphens.
    pub fn name(&self) -> &str {
        &self.about().description.name
    }

    /// Its semantic version.
    pub fn version(&self) -> &str {
        &self.about().description.version
    }

    /// One line for a person.
    pub fn summary(&self) -> &str {
        &self.about().description.summary
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.about().description.kind
    }

    /// JSON Schema of its configuration, if it has one.
    pub fn config_schema(&self) -> Option<&serde_json::Value> {
        self.about().description.config_schema.as_ref()
    }

    /// The component's identity.
    pub fn digest(&self) -> Digest {
        self.about().digest
    }

    /// What it was granted.
    pub fn grants(&self) -> &[Grant] {
        &self.about().grants
    }

    /// What it asks for and was not granted: it is told so when it tries.
    pub fn missing_needs(&self) -> &[Need] {
        &self.about().missing
    }

    /// Warnings and notes about its configuration.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.about().diagnostics
    }
}
