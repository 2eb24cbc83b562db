//! The three kinds of plugin, in terms that no version of the interface has: what the rest of sortie
//! uses, and the checks that hold for every version.
//!
//! - [`describe`]: what a plugin says of itself and of its configuration.
//! - [`transform`], [`filter`], [`reporter`]: a loaded plugin of each kind.

mod describe;
mod filter;
mod reporter;
pub(crate) mod transform;

pub use describe::Asked;
pub use describe::Description;
pub use describe::Diagnostic;
pub use describe::Kind;
pub use describe::Severity;
pub use filter::Filter;
pub use filter::FilterStream;
pub use filter::FilterWishes;
pub use reporter::Happening;
pub use reporter::Reported;
pub use reporter::Reporter;
pub use reporter::ReporterWishes;
pub use transform::Transform;
pub use transform::TransformError;
pub use transform::Transformed;

pub(crate) use describe::Setup;
pub(crate) use describe::checked_description;
pub(crate) use describe::checked_diagnostics;
pub(crate) use describe::checked_needs;
pub(crate) use describe::refusal;
pub(crate) use filter::FilterSetup;
pub(crate) use filter::check_interests;
pub(crate) use reporter::ReporterSetup;
pub(crate) use transform::Answer;
