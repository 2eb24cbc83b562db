//! Run one process in a private VPC from CI and get back what a local process gives: what
//! happened, did it succeed, the log.
//!
//! Data flows one way, and the modules are named after its stations:
//!
//! ```text
//! settings → ecs_definition → spec → plugin (transforms) → backend (launch, wait, logs)
//!          → stream (lines and events) → pipeline (filters) → output (screen, reporters) → exit code
//! ```
//!
//! [`cli`] parses the command line and calls [`run`], which drives a [`backend`] through these
//! stations. No module reaches back up the stream. [`init`] makes the files with which a repository begins.
//!
//! What all of them stand on: [`error`], [`event`], [`mark`] and [`report`] are what is told to people and
//! programs; [`environment`], [`ci`] and [`signal`] what the process was given; [`secrecy`] what of it is
//! not shown; [`journal`] what was printed, for whoever goes on after a sortie that was killed; [`invisible`],
//! [`nearest`] and [`unix_time`] one rule each; `os` what is different on Windows.

pub mod backend;
pub mod ci;
pub mod cli;
pub mod ecs_definition;
pub mod environment;
pub mod error;
pub mod event;
pub mod exit;
pub mod init;
pub mod invisible;
pub mod journal;
pub mod mark;
pub mod nearest;
mod os;
pub mod output;
pub mod pipeline;
pub mod plugin;
mod private_directory;
pub mod report;
pub mod run;
pub mod secrecy;
pub mod settings;
pub mod signal;
pub mod spec;
pub mod stream;
pub mod unix_time;
