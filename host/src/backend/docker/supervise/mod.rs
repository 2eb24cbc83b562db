//! What the ECS agent does on Fargate: a created task's life, from its first start to its last stop.
//!
//! - [`task_life`]: starts containers when their turn comes, ends the task.
//! - [`dependencies`]: which containers may start now, and which never will.
//! - [`health`]: runs the health checks that others wait for.
//! - [`watch_end`]: waits for a container's end.
//! - [`stop`]: stops a container for sure.
//! - [`waves`]: the order in which those of a task are stopped.

pub(crate) mod stop;
pub(crate) mod task_life;
pub(crate) mod waves;

mod dependencies;
mod health;
mod watch_end;
