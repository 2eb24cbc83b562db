//! Where a task runs. A back end launches, watches, reads logs and stops; it decides nothing about
//! filters, reporters, relaunches or exit codes.
//!
//! - [`fargate`]: AWS Fargate, through ECS and CloudWatch Logs.
//! - [`docker`]: a container engine on this machine, Docker or Podman.
//! - [`process`]: a plain process on this machine.
//!
//! Each step gives the next one to work with, so that no step can be left out or taken twice:
//!
//! ```text
//! Backend ── resolve(request) → Resolved ── (transforms) ── plan(task) → Plan ── launch → Task
//!    a connection                the task                 the requests          watch, read_logs, stop
//! ```
//!
//! | file | what it says |
//! |---|---|
//! | [`plan`] | [`Resolved`], [`Plan`], [`Placement`]: from the request to what is sent |
//! | [`task`] | [`Task`]: a launched task, and how it ends |
//! | [`handle`] | [`Handle`]: what a launched task is known by, also on disk |
//! | [`capability`] | what only some back ends can do, and must be asked for |
//! | [`registry`] | from a back end's name to the back end |
//! | [`backoff`] | pauses between tries |
//! | [`stop_wait`] | telling which containers a stop waits for |
//!
//! A new back end is a folder beside these with one type for each of the four traits, and a line in
//! [`registry`]. What it can do beyond running a task (exec, upload) is one more accessor like
//! [`Backend::detached`] with a trait in [`capability`].

pub(crate) mod backoff;
pub mod capability;
pub mod docker;
pub mod fargate;
pub mod handle;
pub mod plan;
#[cfg(unix)]
pub mod process;
pub mod registry;
mod stop_wait;
pub mod task;

use async_trait::async_trait;

use crate::error::Error;
use crate::settings::Settings;

pub use capability::Detached;
pub use capability::Leftovers;
pub use capability::ListedTask;
pub use capability::Local;
pub use capability::StopAnswer;
pub use capability::Surveyor;
pub use handle::Handle;
pub use plan::LaunchError;
pub use plan::Placement;
pub use plan::Plan;
pub use plan::Resolved;
pub use task::EndCause;
pub use task::LogPart;
pub use task::Memory;
pub use task::StopError;
pub use task::Task;
pub use task::TaskEnd;
pub use task::Until;

/// A place where tasks run: a connection to it, and nothing of any run. One value serves any number
/// of tasks at once.
#[async_trait]
pub trait Backend: Send + Sync {
    /// The word for it: `fargate`, `docker`, `process`.
    fn name(&self) -> &'static str;

    /// Where it is, for a person: a region, an engine's address.
    fn place(&self) -> String;

    /// Reads what the task is. Changes nothing anywhere.
    ///
    /// # Errors
    ///
    /// The request is wrong (a usage error), or the platform cannot be asked.
    async fn resolve(&self, request: &Settings) -> Result<Box<dyn Resolved>, Error>;

    /// For tasks that outlive the sortie that launched them.
    fn detached(&self) -> Option<&dyn Detached> {
        None
    }

    /// For what an account has that a run could use.
    fn surveyor(&self) -> Option<&dyn Surveyor> {
        None
    }

    /// For what killed runs have left on this machine.
    fn leftovers(&self) -> Option<&dyn Leftovers> {
        None
    }
}
