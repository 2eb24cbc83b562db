//! Watching a task to its end.
//!
//! | file | what it knows |
//! |---|---|
//! | [`describe`] | DescribeTasks |
//! | [`task`] | what its answer says of a task |
//! | [`verdict`] | whether an answer holds the task's end |
//! | [`watcher`] | what is made of the answers, one after the other |
//! | [`wait`] | the loop that asks |
//! | [`diagnose`] | why the task ended |
//! | [`stop_reasons`] | what the platform's words about an end mean |

pub(super) mod describe;
mod diagnose;
#[cfg(test)]
mod lives;
mod stop_reasons;
pub(super) mod task;
mod verdict;
pub(super) mod wait;
mod watcher;
