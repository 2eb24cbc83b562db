//! Task definitions as Amazon ECS writes them. Every back end that runs containers reads them, so
//! that what runs on Fargate runs unchanged on a developer's machine.
//!
//! - [`mapping`]: a definition's JSON to the neutral [`TaskSpec`](crate::spec::TaskSpec) and back.
//! - [`expand`]: variables in a file, where that was asked for.
//! - [`file`](mod@file): a definition in a file.
//! - [`canonical`]: one form for all spellings of a definition, to compare two.
//! - [`command_line`]: what the command line changes in a definition.

pub mod canonical;
pub mod command_line;
pub mod expand;
pub mod file;
pub mod mapping;
