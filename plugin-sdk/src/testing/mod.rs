//! Runs a plugin natively, without WebAssembly and without sortie, by the rules of the host: the
//! crate `sortie_lines` has them for both.
//!
//! Each function configures a plugin exactly as the host does, from JSON text, and gives a driver for its
//! kind. A configuration that is refused comes back as its findings. As with the host, a plugin can be
//! granted only what its `ABOUT` asks for.
//!
//! - `environment`: what surrounds a plugin.
//! - `driver`: what the drivers of all kinds share.
//! - `transform`, `filter`, `reporter`: a driver for each kind.
//! - `effects`: effects that a test grants and records.

mod driver;
mod effects;
mod environment;
mod filter;
mod reporter;
mod transform;

pub use effects::Effect;
pub use effects::FakeEffects;
pub use environment::FakeEnvironment;
pub use filter::Chunk;
pub use filter::FilterDriver;
pub use filter::chunks;
pub use filter::filter;
pub use filter::filter_in;
pub use reporter::ReporterDriver;
pub use reporter::reporter;
pub use reporter::reporter_in;
pub use transform::TransformDriver;
pub use transform::transform;
pub use transform::transform_in;
