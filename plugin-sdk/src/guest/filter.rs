//! The world `filter-plugin`.

use std::marker::PhantomData;

use super::HostEnvironment;
use super::description;
use super::instance;
use super::panics;
use crate::Context;
use crate::Edits;
use crate::Error;
use crate::Filter;
use crate::Hit;
use crate::Lines;
use crate::config;
use crate::filter as sdk;

/// The world as `wit-bindgen` shows it to Rust. Made from `wit/` by the test
/// `the_sdk_has_the_bindings_of_wit` of `sortie-plugin-build`.
#[allow(missing_docs, unreachable_pub, reason = "generated code")]
#[allow(clippy::all, clippy::undocumented_unsafe_blocks, clippy::unwrap_used, reason = "generated code")]
#[rustfmt::skip]
#[path = "bindings/filter.rs"]
pub mod bindings;

use bindings::exports::sortie::plugin::filter as world;

/// A [`Filter`] as the world wants it.
pub struct Component<P>(PhantomData<P>);

impl<P: Filter + 'static> world::Guest for Component<P> {
    fn describe() -> world::Description {
        panics::tell_the_host();
        description!(P::ABOUT)
    }

    fn configure(json: String, context: Context) -> Result<world::Setup, Error> {
        panics::tell_the_host();
        let configured = config::configure(&json, &HostEnvironment, &context, P::configure);
        let interests = configured.plugin.as_ref().and_then(Filter::interests);
        let tick_every = configured.plugin.as_ref().and_then(Filter::tick_every);
        instance::set(configured.plugin);
        Ok(world::Setup {
            findings: configured.findings,
            needs: configured.needs,
            interests,
            pieces: P::PIECES,
            tick_ms: tick_every.map(crate::milliseconds),
        })
    }

    fn process(lines: Lines, hits: Option<Vec<Hit>>) -> Result<Edits, Error> {
        instance::with(|plugin: &mut P| {
            let mut edits = Edits::default();
            plugin.process(lines.batch(), hits.as_deref(), &mut edits)?;
            edits.follow = plugin.follow();
            Ok(edits)
        })
    }

    fn tick() -> Result<world::Released, Error> {
        instance::with(|plugin: &mut P| {
            let mut out = sdk::Released::default();
            plugin.tick(&mut out)?;
            Ok(released(out))
        })
    }

    fn finish() -> Result<world::Ending, Error> {
        instance::with(|plugin: &mut P| {
            let mut ending = sdk::Ending::default();
            plugin.finish(&mut ending)?;
            let (rest, notes, counters) = ending.into_parts();
            Ok(world::Ending { released: released(rest), notes, counters })
        })
    }
}

fn released(released: sdk::Released) -> world::Released {
    let (bytes, labels) = released.into_parts();
    world::Released { bytes, labels }
}
