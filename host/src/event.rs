//! The one event type of a run. The back end and the run's driver send it; the output thread
//! shows it, writes it as JSON, and hands it to reporters.

use std::time::Duration;

use crate::report::RunReport;

/// Something that happened. Times are counted from the start of the run.
#[derive(Debug, Clone, PartialEq)]
pub enum RunEvent {
    /// The task is known and checked; nothing is launched yet.
    Planned(Planned),
    /// Something a person should know, that stops nothing.
    Warning {
        /// One line.
        message: String,
    },
    /// A launch attempt did not succeed and is tried again.
    Retrying {
        /// What the platform said.
        reason: String,
        /// How long sortie waits before the next attempt.
        delay: Duration,
        /// Number of the attempt that failed, from 1.
        attempt: u32,
    },
    /// The task exists. From here on it may cost money.
    Launched {
        /// Task ARN, or the process's id.
        id: String,
        /// Console page, where there is one.
        url: Option<String>,
    },
    /// The platform reports another state.
    StateChanged {
        /// The platform's word in lower case (`provisioning`, `running`, …).
        state: String,
        /// Since the run began.
        elapsed: Duration,
    },
    /// A long step goes on. Shown in the live line of a terminal only.
    Progress {
        /// What goes on, and how far it is.
        state: String,
    },
    /// What somebody wants to know who looks for a cause: shown with `-v`.
    Detail {
        /// One line.
        message: String,
    },
    /// sortie asks the platform to stop the task.
    Stopping {
        /// Why, in plain words.
        reason: String,
    },
    /// The run has ended; nothing follows.
    Finished(Box<RunReport>),
}

/// What will run, as far as events need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Family or name of the task.
    pub name: String,
    /// `fargate`, `docker`, `process`.
    pub backend: &'static str,
    /// Names of all containers, in the task's order.
    pub containers: Vec<String>,
    /// The container whose exit code counts.
    pub main_container: String,
    /// Warnings of the plan, one line each.
    pub warnings: Vec<String>,
}
