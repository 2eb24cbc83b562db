//! Write a plugin for `sortie`: one trait, one macro, native unit tests.
//!
//! A plugin is a WebAssembly component of one of three kinds, each a trait here:
//!
//! | kind | trait | what it does |
//! |---|---|---|
//! | transform | [`Transform`] | changes a task before it is launched, or refuses it |
//! | filter | [`Filter`] | edits, drops or labels log lines |
//! | reporter | [`Reporter`] | tells a CI system (or anything else) what happens |
//!
//! `README.md` beside this crate leads from nothing to a plugin that runs: grants, the configuration's schema,
//! what is shown to whom, and three whole examples.
//!
//! # A filter in twenty lines
//!
//! ```
//! use sortie_plugin_sdk::{About, Filter, Finding, LineOut, NoConfig, Setup, testing};
//!
//! /// Drops debug lines.
//! struct Quiet;
//!
//! impl Filter for Quiet {
//!     type Config = NoConfig;
//!     const ABOUT: About = About::new("quiet", "1.0.0", "Drops debug lines.");
//!
//!     fn configure(_config: NoConfig, _setup: &mut Setup<'_>) -> Result<Self, Finding> {
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
//! Everything that is not in the example has a default. `Cargo.toml` needs the type of the library, and this
//! crate with the feature of the plugin's kind (`transform`, `filter` or `reporter`, one of them):
//!
//! ```toml
//! [package]
//! name = "quiet"
//! version = "1.0.0"
//! edition = "2024"
//!
//! [lib]
//! # The component, and what tests link.
//! crate-type = ["cdylib", "rlib"]
//!
//! [dependencies]
//! sortie-plugin-sdk = { git = "…", features = ["filter"] }
//! # For a plugin with a configuration of its own:
//! serde = { version = "1", features = ["derive"] }
//! ```
//!
//! One command makes the component, `target/wasm32-wasip2/release/quiet.wasm`; it needs
//! `rustup target add wasm32-wasip2`, once, and nothing else:
//!
//! ```sh
//! cargo build --release --target wasm32-wasip2
//! ```
//!
//! # A transform
//!
//! ```
//! use sortie_plugin_sdk::transform::Container;
//! use sortie_plugin_sdk::{About, Error, Finding, Notes, Setup, TaskSpec, Transform, testing};
//!
//! /// Pulls all images through the company's mirror, and lets nothing else run.
//! struct Mirror {
//!     host: String,
//! }
//!
//! #[derive(Default, serde::Deserialize)]
//! #[serde(default, deny_unknown_fields)]
//! struct Config {
//!     host: String,
//! }
//!
//! impl Transform for Mirror {
//!     type Config = Config;
//!     const ABOUT: About = About::new("mirror", "1.0.0", "Pulls images through a mirror.").config_schema(
//!         r#"{ "type": "object", "properties": { "host": { "type": "string" } }, "required": ["host"] }"#,
//!     );
//!
//!     fn configure(config: Config, _setup: &mut Setup<'_>) -> Result<Self, Finding> {
//!         if config.host.contains('/') {
//!             return Err(Finding::error("/host", "a host has no path"));
//!         }
//!         Ok(Self { host: config.host })
//!     }
//!
//!     fn transform(&mut self, task: &mut TaskSpec, notes: &mut Notes) -> Result<(), Error> {
//!         for container in &mut task.containers {
//!             if container.image.ends_with(":latest") {
//!                 return Err(Error::refused(format!("{} is not pinned", container.image)));
//!             }
//!             container.image = format!("{}/{}", self.host, container.image);
//!             container.set_env("MIRROR", &self.host)?;
//!             notes.note(format!("{} is pulled from {}", container.name, self.host));
//!         }
//!         Ok(())
//!     }
//! }
//!
//! sortie_plugin_sdk::export!(transform: Mirror);
//!
//! let mut mirror = testing::transform::<Mirror>(r#"{ "host": "mirror.example" }"#).unwrap();
//! let task = TaskSpec::new("job", [Container::new("app", "busybox:1.37")]);
//! assert_eq!(mirror.run(task).unwrap().containers[0].image, "mirror.example/busybox:1.37");
//! let task = TaskSpec::new("job", [Container::new("app", "busybox:latest")]);
//! assert_eq!(mirror.run(task).unwrap_err().code(), "refused");
//! ```
//!
//! # A reporter
//!
//! ```
//! use sortie_plugin_sdk::reporter::{Event, Finished, HttpRequest, HttpResponse};
//! use sortie_plugin_sdk::testing::{self, FakeEffects, FakeEnvironment};
//! use sortie_plugin_sdk::{About, Effects, Error, Finding, Need, NoConfig, Reporter, Setup, log};
//!
//! const HOOK: &str = "https://hooks.example.com/ci";
//!
//! /// Says in a channel that a run failed.
//! struct Chat;
//!
//! impl Reporter for Chat {
//!     type Config = NoConfig;
//!     const ABOUT: About = About::new("chat", "1.0.0", "Says in a channel that a run failed.")
//!         .needs(&[Need::http("POST:https://hooks.example.com/ci").because("The channel's webhook.")]);
//!
//!     fn configure(_config: NoConfig, _setup: &mut Setup<'_>) -> Result<Self, Finding> {
//!         Ok(Self)
//!     }
//!
//!     fn finished(
//!         &mut self,
//!         _event: &Event,
//!         finished: &Finished,
//!         effects: &mut dyn Effects,
//!     ) -> Result<(), Error> {
//!         if !finished.succeeded() {
//!             let text = serde_json::json!({ "text": finished.reason });
//!             let answer = effects.http(&HttpRequest::post(HOOK).json(&text))?;
//!             log::info(&format!("the channel answered {}", answer.status));
//!         }
//!         Ok(())
//!     }
//! }
//!
//! sortie_plugin_sdk::export!(reporter: Chat);
//!
//! let effects = FakeEffects::default()
//!     .grant("http:POST:https://hooks.example.com/ci")
//!     .answer(HttpResponse::new(200, "ok"));
//! let mut chat = testing::reporter_in::<Chat>("{}", &FakeEnvironment::new(), effects).unwrap();
//! let mut finished = Finished::new("failed", 1);
//! finished.reason = "app ended with 1".to_owned();
//! chat.report(&Event::new(finished)).unwrap();
//! assert_eq!(chat.effects().requests()[0].body, br#"{"text":"app ended with 1"}"#);
//! ```
//!
//! # Configuration
//!
//! `type Config` is deserialized with serde from the table that the user wrote. Give the struct
//! `#[serde(default, deny_unknown_fields)]`: what serde has to say becomes a [`Finding`] with a JSON pointer
//! to the value, and an unknown key is answered with the nearest known one. [`Filter::configure`] and its
//! namesakes may refuse what only they can judge with a finding of their own, and add warnings through
//! [`Setup::report`]. A [schema](About::config_schema) is optional; sortie checks the configuration against
//! it before the plugin is asked.
//!
//! # What a plugin may see
//!
//! Nothing, except the run it is part of ([`Setup::context`]), environment variables ([`Setup::env`]), and
//! what a reporter may do ([`Effects`]: files, the CI system's command channel, HTTP), and of those only what
//! the user granted. [`About::needs`] lists what may be granted; where only the configuration tells which
//! ([`Need::any_env`] and its like), [`Setup::need`] says it. What is not granted answers an error that
//! [is denied](Error::is_denied), which a plugin should survive where it can.
//!
//! There are no sockets, no files and no threads, whatever the target. Clocks and randomness depend on it:
//! on `wasm32-wasip2` the standard library has both (`Instant`, `SystemTime`, the keys of `HashMap`); on
//! `wasm32-unknown-unknown` it has neither, and a call of `Instant::now` panics. Times that every plugin has
//! are in [`Event`] and [`Batch::time`].
//!
//! # When something does not work
//!
//! Calls answer an [`Error`], and `?` makes one of any text. A panic is told to the host, message and place,
//! and then ends the plugin, as an error does. [`log`](mod@log) says more, to whoever runs sortie with `-v`.
//!
//! # How it is laid out
//!
//! - [`about`], [`config`], [`finding`], [`mod@error`], [`context`], [`environment`], [`mod@log`], [`pair`]:
//!   what all kinds share.
//! - [`transform`], [`filter`], [`reporter`]: the three kinds.
//! - [`testing`]: runs a plugin natively, with a fake environment.
//! - [`manifest`]: what a plugin says of itself, as [`export!`] writes it into the component.
//! - `guest`: the glue that [`export!`] puts between these traits and the generated bindings.
//!
//! The interface itself, in the words of the component model, is in `wit/` of sortie's repository.

pub mod about;
pub mod config;
pub mod context;
pub mod environment;
pub mod error;
pub mod filter;
pub mod finding;
pub mod log;
pub mod manifest;
pub mod pair;
pub mod reporter;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
pub mod transform;

#[cfg(all(target_arch = "wasm32", any(feature = "transform", feature = "filter", feature = "reporter")))]
#[doc(hidden)]
pub mod guest;

use std::time::Duration;

pub use about::About;
pub use about::Need;
pub use config::NoConfig;
pub use config::Setup;
pub use context::Context;
pub use environment::Environment;
pub use error::Error;
pub use filter::Batch;
pub use filter::Edits;
pub use filter::Ending;
pub use filter::Filter;
pub use filter::Hit;
pub use filter::Interest;
pub use filter::Label;
pub use filter::LineOut;
pub use filter::Lines;
pub use filter::Pattern;
pub use filter::Released;
pub use finding::Finding;
pub use finding::Severity;
pub use log::Level;
pub use log::log;
pub use pair::Counter;
pub use pair::Pair;
pub use reporter::Effects;
pub use reporter::Event;
pub use reporter::Reporter;
pub use transform::Notes;
pub use transform::TaskSpec;
pub use transform::Transform;

/// Makes a type the plugin that this crate is: `export!(transform: T)`, `export!(filter: T)` or
/// `export!(reporter: T)`, once in a crate. What [`About`] says of the plugin also goes into the component
/// as JSON (the custom section `sortie:plugin`).
///
/// It makes nothing when the crate is not compiled to WebAssembly, so that tests run natively.
#[macro_export]
macro_rules! export {
    (transform: $plugin:ty) => {
        // Natively nobody else uses the plugin, of which the compiler would warn.
        #[cfg(not(target_arch = "wasm32"))]
        const _: () = {
            let _ = <$plugin as $crate::Transform>::configure;
        };
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Plugin = $crate::guest::transform::Component<$plugin>;
            $crate::guest::transform::bindings::export_transform!(Plugin with_types_in $crate::guest::transform::bindings);
            $crate::__manifest!(<$plugin as $crate::Transform>::ABOUT);
        };
    };
    (filter: $plugin:ty) => {
        // Natively nobody else uses the plugin, of which the compiler would warn.
        #[cfg(not(target_arch = "wasm32"))]
        const _: () = {
            let _ = <$plugin as $crate::Filter>::configure;
        };
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Plugin = $crate::guest::filter::Component<$plugin>;
            $crate::guest::filter::bindings::export_filter!(Plugin with_types_in $crate::guest::filter::bindings);
            $crate::__manifest!(<$plugin as $crate::Filter>::ABOUT);
        };
    };
    (reporter: $plugin:ty) => {
        // Natively nobody else uses the plugin, of which the compiler would warn.
        #[cfg(not(target_arch = "wasm32"))]
        const _: () = {
            let _ = <$plugin as $crate::Reporter>::configure;
        };
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Plugin = $crate::guest::reporter::Component<$plugin>;
            $crate::guest::reporter::bindings::export_reporter!(Plugin with_types_in $crate::guest::reporter::bindings);
            $crate::__manifest!(<$plugin as $crate::Reporter>::ABOUT);
        };
    };
}

/// The custom section that says of a plugin what its `About` says.
#[doc(hidden)]
#[macro_export]
macro_rules! __manifest {
    ($about:expr) => {
        const ABOUT: $crate::About = $about;
        #[unsafe(link_section = "sortie:plugin")]
        #[used]
        static MANIFEST: [u8; $crate::manifest::encoded_len(&ABOUT)] = $crate::manifest::encode(&ABOUT);
    };
}

/// A duration in the interface's words.
pub(crate) fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}
