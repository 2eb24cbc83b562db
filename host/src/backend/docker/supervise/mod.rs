//! What the ECS agent does on Fargate: a created task's life, from its first start to its last stop.
//!
//! - [`task_life`]: starts containers when their turn comes, watches them, ends the task.
//! - [`dependencies`]: which containers may start now, and which never will.
//! - [`health`]: health checks, which others wait for.

pub(crate) mod health;
pub(crate) mod task_life;

mod dependencies;
