//! What may happen to a task, and what may be to do: the words between [`super::state`], which decides,
//! and [`super::drive`], which acts.

use tokio::time::Instant;

use super::stop::StopSoFar;
use crate::backend::Handle;
use crate::backend::LaunchError;
use crate::backend::Placement;
use crate::backend::StopError;
use crate::backend::TaskEnd;
use crate::error::Error;
use crate::event::EventKind;
use crate::report::ContainerLog;
use crate::run::outcome::StoppedBy;
use crate::signal::Signal;
use crate::stream::PipelineReport;

/// Something has happened.
#[derive(Debug)]
pub(super) enum Step {
    /// A signal came.
    Signal(Signal),
    /// The task exists (or was found).
    Launched(Handle, Place),
    /// The attempt did not lead to a task.
    NotLaunched(LaunchError),
    /// It is time for the next attempt.
    PauseOver,
    /// `--timeout` has passed.
    DeadlineOver,
    /// A filter failed, and `--stop-on-plugin-failure` was given.
    FilterFailed,
    /// The platform answered the stop.
    Stopped(Result<(), StopError>),
    /// It is time to ask for the stop again.
    StopPauseOver,
    /// The task has ended, or nobody can tell.
    Ended(Result<TaskEnd, Error>),
    /// Its logs are read.
    Logged(Vec<ContainerLog>),
    /// The platform has had its time.
    GraceOver,
    /// What the task left on this machine is taken away, or not.
    Released(Result<(), Error>),
    /// Everything is printed.
    Printed(PipelineReport),
}

/// Where a task runs, as far as it matters when sortie leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// On a platform, where it goes on.
    Platform,
    /// On this machine, where it ends with sortie.
    Here,
}

/// Something is to be done.
#[derive(Debug)]
pub(super) enum Do {
    /// Make an attempt to launch.
    Launch(Placement),
    /// Make no further call for the attempt under way, and wait for the one in flight.
    CancelLaunch,
    /// Watch the task.
    Watch,
    /// Read its logs.
    ReadLogs,
    /// Tell those who read its logs how it ended; `None`: nobody will tell.
    TellEnd(Option<TaskEnd>),
    /// Ask for the task's stop, for this reason.
    Stop(String),
    /// Watch and read no more, and end the task where it cannot outlive sortie. Logs that were not read
    /// to their end count as broken off.
    GiveUp,
    /// Take away what the task left on this machine.
    Release,
    /// Wait until everything is printed.
    Print,
    /// Tell everybody.
    Say(EventKind),
    /// It is over.
    Finish(Over),
    /// Leave at once.
    Leave(Left),
}

/// How it went.
#[derive(Debug)]
pub(in crate::run) enum Over {
    /// There is no task.
    NotLaunched {
        /// Why.
        error: LaunchError,
        /// The signal that ended the launch.
        signal: Option<Signal>,
    },
    /// There was one.
    Seen {
        /// What was seen of it.
        seen: Box<Seen>,
        /// Why sortie stopped it.
        stopped_by: Option<StoppedBy>,
        /// What failed on the way to the screen.
        pipeline: Box<PipelineReport>,
    },
}

/// sortie leaves without knowing how it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Left {
    /// The platform had not answered the launch; of two signals the first one counts.
    Launching(Signal),
    /// A second signal came, or one that leaves at once. The task is ours.
    Ours {
        /// The last signal.
        signal: Signal,
        /// Whether it is the second one.
        again: bool,
        /// What became of the task's stop.
        stop: StopSoFar,
    },
    /// A signal came, and the task is not ours.
    Unwatched {
        /// The signal.
        signal: Signal,
        /// What became of its stop (by `--timeout` with `--stop-on-timeout`).
        stop: StopSoFar,
    },
}

/// What has been seen of a task.
#[derive(Debug)]
pub(in crate::run) struct Seen {
    /// What it is known by.
    pub(in crate::run) handle: Handle,
    /// Where it runs.
    pub(super) place: Place,
    /// When sortie knew of it.
    pub(in crate::run) launched_at: Instant,
    /// How it ended.
    pub(in crate::run) end: Option<TaskEnd>,
    /// Why nobody can tell how.
    pub(in crate::run) error: Option<Error>,
    /// When sortie knew of the end.
    pub(in crate::run) ended_at: Option<Instant>,
    /// The platform did not accept the stop; why.
    pub(in crate::run) stop_refused: Option<String>,
    /// What became of its logs; `None`: they were not read to their end.
    pub(in crate::run) logs: Option<Vec<ContainerLog>>,
}
