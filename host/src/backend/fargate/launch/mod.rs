//! The launch: from a task to requests, and from requests to a task that ECS knows, once.
//!
//! | file | what it knows |
//! |---|---|
//! | [`plan`] | the requests of a launch, as `sortie plan` shows them |
//! | [`run_task`] | sending them, again where that helps, and never twice for one task |
//! | [`own_tags`] | tags that nobody asked for: the CI run, and when the task is to be over |
//! | [`policy`] | what whoever launches it must be allowed |
//! | [`client_token`] | the random names that make a launch one launch |

mod client_token;
pub(super) mod own_tags;
pub(super) mod plan;
mod policy;
pub(super) mod run_task;
