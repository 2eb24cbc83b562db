//! Runs a plugin natively, without WebAssembly and without sortie, by the rules of the host: the
//! crate `sortie_lines` has them for both.
//!
//! Each function configures a plugin exactly as the host does, from JSON text, and gives a driver
//! for its kind. A configuration that is refused comes back as its findings.
//!
//! - `environment`: an environment made of what a test grants.
//! - `transform`, `filter`, `reporter`: a driver for each kind.

mod environment;
mod filter;
mod reporter;
mod transform;

pub use environment::FakeEnvironment;
pub use filter::Chunk;
pub use filter::FilterDriver;
pub use filter::chunks;
pub use filter::filter;
pub use filter::filter_in;
pub use reporter::Effect;
pub use reporter::FakeEffects;
pub use reporter::ReporterDriver;
pub use reporter::reporter;
pub use transform::transform;
pub use transform::transform_in;
