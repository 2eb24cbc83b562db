//! The launch: from a task to requests, and from requests to a task that ECS knows, once.
//!
//! | file | what it knows |
//! |---|---|
//! | [`plan`] | the requests of a launch, as `sortie plan` shows them |
//! | [`run_task`] | sending them, again where that helps, and never twice for one task |
//! | [`client_token`] | the random names that make a launch one launch |

mod client_token;
pub(super) mod plan;
pub(super) mod run_task;
