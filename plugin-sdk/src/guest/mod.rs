//! The glue between the traits and the generated bindings, one module a world. Compiled to
//! WebAssembly only, and used by [`crate::export!`] only.
//!
//! Bindings leave a description of their world in whatever they are linked into, used or not. So
//! each world is a feature of this crate, and a plugin turns on the one that it is.
//!
//! The bindings use the SDK's own types for what travels ([`crate::Lines`], [`crate::Event`] and so on; the
//! test `the_sdk_has_the_bindings_of_wit` of `sortie-plugin-build` says which), so nothing is converted.

#[cfg(feature = "filter")]
pub mod filter;
mod instance;
mod panics;
#[cfg(feature = "reporter")]
pub mod reporter;
#[cfg(feature = "transform")]
pub mod transform;

/// What every world imports, from whichever bindings are there.
#[cfg(feature = "filter")]
pub(crate) use filter::bindings::sortie::plugin as imports;
#[cfg(all(feature = "reporter", not(feature = "filter")))]
pub(crate) use reporter::bindings::sortie::plugin as imports;
#[cfg(all(feature = "transform", not(any(feature = "filter", feature = "reporter"))))]
pub(crate) use transform::bindings::sortie::plugin as imports;

/// The host's environment.
struct HostEnvironment;

impl crate::Environment for HostEnvironment {
    fn get(&self, name: &str) -> Result<Option<String>, crate::Error> {
        imports::environment::get(name)
    }
}

/// What a plugin says of itself, for the bindings of one world.
macro_rules! description {
    ($about:expr) => {{
        let about = $about;
        bindings::sortie::plugin::types::Description {
            name: about.name().to_owned(),
            version: about.version().to_owned(),
            summary: about.summary().to_owned(),
            needs: about.all_needs().iter().map(|need| (*need).into()).collect(),
            config_schema: about.schema().to_owned(),
        }
    }};
}
pub(crate) use description;
