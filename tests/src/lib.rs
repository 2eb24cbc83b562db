//! What sortie's end-to-end tests stand on: the real binary, and services that nobody here wrote.
//!
//! - [`sortie`]: runs the binary with a clean environment and keeps what it printed.
//! - [`cloud`]: one test's own corner of an AWS: a cluster, a task definition, a log group, and a
//!   record of every call, checked against the AWS service models when the test ends.
//! - [`vpc`]: a network in it.
//! - [`engine`]: one test's own corner of a container engine.
//! - [`guests`]: plugins without the SDK, hostile ones above all, as files.
//! - [`examples`]: the SDK's examples in Rust, as its guide builds them.
//! - [`languages`]: plugins in other languages.
//! - [`sts`]: sessions that end soon, and who asked for them.
//! - [`hook`]: an HTTP server that plugins send requests to.
//! - [`oracles`]: what reads and takes reports, by libraries that nobody here wrote.
//! - [`readers`]: what CI systems and terminals obey of what a step prints.
//! - [`recorder`]: the HTTP proxy that keeps the record.
//! - [`contract`]: the check.
//! - [`schema`]: holds what sortie prints as JSON to its schema.
//! - [`servers`]: starts the services once per test binary, and ends them with it.

pub mod cloud;
pub mod contract;
pub mod engine;
pub mod examples;
pub mod guests;
pub mod hook;
pub mod languages;
pub mod oracles;
pub mod readers;
pub mod recorder;
pub mod schema;
pub mod servers;
pub mod sortie;
pub mod sts;
pub mod vpc;

pub use cloud::Cloud;
pub use engine::Engine;
pub use hook::Hook;
pub use sortie::Output;
pub use sortie::Running;
pub use sortie::Sortie;
pub use vpc::Vpc;
