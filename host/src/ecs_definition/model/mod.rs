//! What a task definition may hold: the members, types and words of ECS' own service model, at every depth.
//!
//! - [`table`]: the model, from `members.json`, which `tests/emulators/task_definition_members.py` makes.
//! - [`check`]: a file's tree against it, and into the types that ECS takes.

pub mod check;
pub mod table;
