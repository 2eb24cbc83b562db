//! The world `transform-plugin`.

use std::marker::PhantomData;

use super::HostEnvironment;
use super::description;
use super::instance;
use super::panics;
use crate::Context;
use crate::Error;
use crate::Notes;
use crate::TaskSpec;
use crate::Transform;
use crate::config;

/// The world as `wit-bindgen` shows it to Rust. Made from `wit/` by the test
/// `the_sdk_has_the_bindings_of_wit` of `sortie-plugin-build`.
#[allow(missing_docs, unreachable_pub, reason = "generated code")]
#[allow(clippy::all, clippy::undocumented_unsafe_blocks, clippy::unwrap_used, reason = "generated code")]
#[rustfmt::skip]
#[path = "bindings/transform.rs"]
pub mod bindings;

use bindings::exports::sortie::plugin::transform as world;

/// A [`Transform`] as the world wants it.
pub struct Component<P>(PhantomData<P>);

impl<P: Transform + 'static> world::Guest for Component<P> {
    fn describe() -> world::Description {
        panics::tell_the_host();
        description!(P::ABOUT)
    }

    fn configure(json: String, context: Context) -> Result<world::Setup, Error> {
        panics::tell_the_host();
        let configured = config::configure(&json, &HostEnvironment, &context, P::configure);
        instance::set(configured.plugin);
        Ok(world::Setup { findings: configured.findings, needs: configured.needs })
    }

    fn transform(mut task: TaskSpec) -> Result<world::Outcome, Error> {
        let mut notes = Notes::default();
        instance::with(|plugin: &mut P| plugin.transform(&mut task, &mut notes))?;
        Ok(world::Outcome { task, notes: notes.into_findings() })
    }
}
