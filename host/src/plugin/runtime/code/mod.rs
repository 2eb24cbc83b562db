//! The machine code of components: the one module of sortie with `unsafe` in it, for loading code is.
//!
//! Whoever chooses the bytes that are loaded runs as sortie does, outside of any sandbox. So bytes
//! become [`Genuine`] in two ways only, each in a file of its own here:
//!
//! - [`built`]: they are part of the executable, where `host/build.rs` has put them.
//! - [`sealed`]: they come from a file, and only who has the user's secret key can have made it.

pub(crate) mod built;
pub(crate) mod sealed;

use wasmtime::Engine;
use wasmtime::component::Component;

/// Code that this build or this user has made. Only the modules here make one.
struct Genuine<'a>(&'a [u8]);

impl Genuine<'_> {
    /// The component. An error when it does not fit the engine: another version of wasmtime, another
    /// configuration, a CPU without what the code needs.
    fn load(&self, engine: &Engine) -> wasmtime::Result<Component> {
        // SAFETY: `deserialize` trusts that the bytes are what wasmtime made and nobody changed; it
        // checks itself that version, configuration and CPU fit. The bytes are genuine: `built` takes
        // them from the executable's own read-only data, the output of `Engine::precompile_component`
        // of the wasmtime that is linked here (one dependency, one lock file); `sealed` has checked
        // that they carry an authentication code by a key that only this user's sortie knows, which
        // makes one only for the output of `Component::serialize`.
        #[expect(unsafe_code, reason = "see above")]
        unsafe {
            Component::deserialize(engine, self.0)
        }
    }
}
