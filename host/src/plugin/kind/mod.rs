//! The three kinds of plugin, in terms that no version of the interface has: what the rest of sortie
//! uses, and the checks that hold for every version.
//!
//! - [`describe`]: what a plugin says of itself and of its configuration.
//! - [`transform`], [`filter`], [`reporter`]: a loaded plugin of each kind.

mod describe;
mod filter;
mod reporter;
pub(crate) mod transform;

pub use describe::Description;
pub use describe::Diagnostic;
pub use describe::Kind;
pub use describe::Severity;
pub use filter::Filter;
pub use filter::FilterStream;
pub use reporter::Finished;
pub use reporter::Marker;
pub use reporter::Reporter;
pub use reporter::ReporterEvent;
pub use transform::Transform;
pub use transform::TransformError;

pub(crate) use describe::Described;
pub(crate) use describe::checked_diagnostics;
pub(crate) use filter::check_interests;
pub(crate) use reporter::check_markers;
