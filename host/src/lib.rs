//! Run one process in a private VPC from CI and get back what a local process gives: what
//! happened, did it succeed, the log.
//!
//! Data flows one way, and the modules are named after its stations:
//!
//! ```text
//! settings → ecs_definition → spec → plugin (transforms) → backend (launch, wait, logs)
//!          → lines → pipeline (filters) → output (sink), plugin (reporters) → exit
//! ```
//!
//! [`cli`] parses the command line and calls [`run`], which drives a [`backend`] through these
//! stations. No module reaches back up the stream.

pub mod backend;
pub mod cli;
pub mod ecs_definition;
pub mod environment;
pub mod error;
pub mod event;
pub mod exit;
pub mod lines;
pub mod nearest;
pub mod output;
pub mod pipeline;
pub mod plugin;
pub mod report;
pub mod run;
pub mod settings;
pub mod signal;
pub mod spec;
pub mod stream;
pub mod unix_time;
