//! Plugins: sandboxed WebAssembly components of the package `sortie:plugin` (see `wit/`).
//!
//! A plugin sees only what its world gives it and what was granted. Every limit is a field of
//! [`Limits`]; a store is dropped after any trap.
//!
//! The surface that the rest of sortie uses:
//!
//! ```text
//! PluginHost::new(Limits, &Environment) ── load(&PluginSettings) → Described ── configure(&Context) → Plugin
//!   Plugin::Transform(Transform)  transform(&TaskSpec) → task and notes | refusal
//!   Plugin::Filter(Filter)        open(&Context) → FilterStream: LineFilter
//!   Plugin::Reporter(Reporter)    report(Happening) → commands and messages
//! ```
//!
//! Rooms, in the order in which a plugin passes through them ([`host`] leads it up to [`described`]):
//!
//! - [`source`]: where it comes from.
//! - [`trust`]: whether it is what the user means, and what it may do.
//! - [`runtime`]: how it is compiled, kept, run and stopped.
//! - [`abi`]: which version of the interface it speaks.
//! - [`context`]: what it is told of the run.
//! - [`schema`]: whether its configuration is what it says that it takes.
//! - [`kind`]: what the three kinds are, for the rest of sortie.
//! - [`effects`]: what a reporter may do beyond answering.
//!
//! Calls block: they are made on plain threads, never on one of an async runtime.

mod abi;
mod context;
mod described;
mod effects;
mod first_party;
mod host;
mod kind;
mod runtime;
mod schema;
mod source;
mod trust;

pub use context::Context;
pub use described::Described;
pub use first_party::FirstParty;
pub use first_party::INTERFACES;
pub use first_party::first_party;
pub use host::PluginHost;
pub use kind::Asked;
pub use kind::Description;
pub use kind::Diagnostic;
pub use kind::Filter;
pub use kind::FilterStream;
pub use kind::FilterWishes;
pub use kind::Happening;
pub use kind::Kind;
pub use kind::Reported;
pub use kind::Reporter;
pub use kind::ReporterWishes;
pub use kind::Severity;
pub use kind::Transform;
pub use kind::TransformError;
pub use kind::Transformed;
pub use runtime::error::Failure;
pub use runtime::error::PluginError;
pub use runtime::error::Said;
pub use runtime::limits::Limits;
pub use runtime::words::Level;
pub use runtime::words::Message;
pub use trust::Digest;
pub use trust::Grant;
pub use trust::Need;

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
    /// What the user calls it, else what it calls itself.
    name: String,
    description: Description,
    digest: Digest,
    grants: Vec<Grant>,
    missing: Vec<Asked>,
    unasked: Vec<Grant>,
    by_user: bool,
    /// Why it is taken, where nobody asked for it as a plugin; else empty.
    why: String,
    diagnostics: Vec<Diagnostic>,
    messages: Vec<Message>,
}

impl Plugin {
    fn about(&self) -> &About {
        match self {
            Self::Transform(plugin) => &plugin.about,
            Self::Filter(plugin) => &plugin.about,
            Self::Reporter(plugin) => &plugin.about,
        }
    }

    /// What the user calls it, else what it calls itself: lower-case letters, digits and hyphens.
    pub fn name(&self) -> &str {
        &self.about().name
    }

    /// What it says of itself.
    pub fn description(&self) -> &Description {
        &self.about().description
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
    pub fn missing_needs(&self) -> &[Asked] {
        &self.about().missing
    }

    /// What the user granted and it never asks for.
    pub fn unasked_grants(&self) -> &[Grant] {
        &self.about().unasked
    }

    /// Whether the user chose its grants. A first-party plugin has standard ones, of which it uses what is
    /// there.
    pub fn is_granted_by_user(&self) -> bool {
        self.about().by_user
    }

    /// Why it is taken, where nobody asked for it as a plugin.
    pub fn why(&self) -> Option<&str> {
        Some(self.about().why.as_str()).filter(|why| !why.is_empty())
    }

    /// Warnings and notes about its configuration.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.about().diagnostics
    }

    /// What it said while it was configured.
    pub fn messages(&self) -> &[Message] {
        &self.about().messages
    }
}
