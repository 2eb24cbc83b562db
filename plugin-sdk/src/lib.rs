//! Write a plugin for `sortie`: one trait, one macro, native unit tests.
//!
//! A plugin is a WebAssembly component of one of three kinds, each a trait here:
//!
//! | kind | trait | what it does |
//! |---|---|---|
//! | transform | [`Transform`] | changes a task before it is launched, or refuses it |
//! | filter | [`Filter`] | edits or drops log lines |
//! | reporter | [`Reporter`] | tells a CI system (or anything else) what happened |
//!
//! # A filter in twenty lines
//!
//! ```
//! use sortie_plugin_sdk::{About, Diagnostic, Filter, LineOut, Setup, testing};
//!
//! /// Drops debug lines.
//! struct Quiet;
//!
//! impl Filter for Quiet {
//!     type Config = sortie_plugin_sdk::NoConfig;
//!
//!     fn about() -> About {
//!         About::new("quiet", "1.0.0", "Drops debug lines.")
//!     }
//!
//!     fn configure(_config: Self::Config, _setup: &mut Setup<'_>) -> Result<Self, Diagnostic> {
//!         Ok(Self)
//!     }
//!
//!     fn line(&mut self, line: &[u8], out: &mut LineOut<'_>) {
//!         if line.starts_with(b"DEBUG") {
//!             out.drop_line();
//!         }
//!     }
//! }
//!
//! sortie_plugin_sdk::export!(filter: Quiet);
//!
//! // The test needs no WebAssembly:
//! let mut quiet = testing::filter::<Quiet>("{}").unwrap();
//! assert_eq!(quiet.run(b"DEBUG a\nINFO b\n"), b"INFO b\n");
//! ```
//!
//! Everything that is not in the example has a default. `Cargo.toml` needs
//! `crate-type = ["cdylib", "rlib"]` and this crate with the feature of the plugin's kind
//! (`features = ["filter"]`); `cargo build --target wasm32-unknown-unknown`
//! makes a module that becomes a component (`wasm-tools component new`), whose only imports are
//! those of its world.
//!
//! # Configuration
//!
//! `type Config` is deserialized with serde from the table that the user wrote. Give the struct
//! `#[serde(default, deny_unknown_fields)]`: what serde has to say becomes a [`Diagnostic`] with
//! a JSON pointer to the value, and an unknown key is answered with the nearest known one.
//! [`Filter::configure`] and its namesakes may refuse what only they can judge with a diagnostic
//! of their own, and add warnings through [`Setup`].
//!
//! # What a plugin may see
//!
//! Nothing, except through [`Setup::env`] (an environment variable) and [`Effects`] (a file, the
//! CI system's command channel), and of those only what the user granted. [`About::needs`] lists
//! what to grant. What is not granted answers "denied", which a plugin should survive where it can.
//!
//! # How it is laid out
//!
//! - [`about`], [`config`], [`environment`]: what all kinds share.
//! - [`transform`], [`filter`], [`reporter`]: the three kinds.
//! - [`testing`]: runs a plugin natively, with a fake environment.
//! - `guest`: the glue that [`export!`] puts between these traits and the generated bindings.

pub mod about;
pub mod config;
pub mod environment;
pub mod filter;
pub mod reporter;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
pub mod transform;

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod guest;

pub use about::About;
pub use about::Kind;
pub use about::Need;
pub use config::Diagnostic;
pub use config::NoConfig;
pub use config::Setup;
pub use config::Severity;
pub use environment::EnvError;
pub use environment::Environment;
pub use filter::Batch;
pub use filter::Edits;
pub use filter::Filter;
pub use filter::Interest;
pub use filter::LineOut;
pub use filter::Pattern;
pub use reporter::EffectError;
pub use reporter::Effects;
pub use reporter::Event;
pub use reporter::Marker;
pub use reporter::Reporter;
pub use transform::Refusal;
pub use transform::TaskSpec;
pub use transform::Transform;

/// Makes a type the plugin that this crate is: `export!(transform: T)`, `export!(filter: T)` or
/// `export!(reporter: T)`, once in a crate.
///
/// It does nothing when the crate is not compiled to WebAssembly, so that tests run natively.
#[macro_export]
macro_rules! export {
    (transform: $plugin:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Plugin = $crate::guest::transform::Component<$plugin>;
            $crate::guest::transform::bindings::export_transform!(Plugin with_types_in $crate::guest::transform::bindings);
        };
    };
    (filter: $plugin:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Plugin = $crate::guest::filter::Component<$plugin>;
            $crate::guest::filter::bindings::export_filter!(Plugin with_types_in $crate::guest::filter::bindings);
        };
    };
    (reporter: $plugin:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Plugin = $crate::guest::reporter::Component<$plugin>;
            $crate::guest::reporter::bindings::export_reporter!(Plugin with_types_in $crate::guest::reporter::bindings);
        };
    };
}
