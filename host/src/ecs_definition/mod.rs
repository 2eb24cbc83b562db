//! Task definitions as Amazon ECS writes them. Every back end that runs containers reads them, so
//! that what runs on Fargate runs unchanged on a developer's machine.
//!
//! From a file to a task, each step with its module:
//!
//! | module | what it knows |
//! |---|---|
//! | [`document`] | bytes to a tree that knows its lines: JSON, YAML, encodings |
//! | [`expand`] | variables in a file, where that was asked for |
//! | [`shape`] | what a file is: a definition in one of its forms, or something else that is named |
//! | [`model`] | the members and types of ECS' service model, at every depth |
//! | [`mapping`] | a definition's JSON to the neutral [`TaskSpec`](crate::spec::TaskSpec) and back |
//! | [`file`](mod@file) | all of these, one after the other |
//!
//! - [`rules`]: what RegisterTaskDefinition refuses, whatever runs the task.
//! - [`canonical`]: one form for all spellings of a definition, to compare two.
//! - [`command_line`]: what the command line changes in a definition.

pub mod canonical;
pub mod command_line;
pub mod document;
pub mod expand;
pub mod file;
pub mod mapping;
pub mod model;
pub mod rules;
pub mod shape;
