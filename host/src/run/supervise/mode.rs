//! Which parts of a task's supervision a command has.

/// Which parts of a task's supervision a command has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::run) struct Mode {
    /// The task is watched to its end.
    pub(in crate::run) watch: bool,
    /// Its logs are read.
    pub(in crate::run) logs: Logs,
    /// What the first signal does to the task.
    pub(in crate::run) on_signal: OnSignal,
    /// A task that failed to start, for a reason that passes, is launched again.
    pub(in crate::run) relaunch: bool,
}

/// Which logs are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::run) enum Logs {
    /// None.
    Unread,
    /// What there is now. When it is read, the command is done.
    UpToNow,
    /// To the task's end. When they are read and nothing else was asked for, the command is done.
    ToTheEnd,
}

/// What the first signal does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::run) enum OnSignal {
    /// The task is ours: it is stopped. A second signal leaves at once.
    Stop,
    /// The task was there before: it goes on, and sortie leaves at once.
    Leave,
}

impl Mode {
    /// `sortie run`.
    pub(in crate::run) const RUN: Self =
        Self { watch: true, logs: Logs::ToTheEnd, on_signal: OnSignal::Stop, relaunch: true };
    /// `sortie launch`.
    pub(in crate::run) const LAUNCH: Self =
        Self { watch: false, logs: Logs::Unread, on_signal: OnSignal::Stop, relaunch: false };
    /// `sortie wait`.
    pub(in crate::run) const WAIT: Self =
        Self { watch: true, logs: Logs::Unread, on_signal: OnSignal::Leave, relaunch: false };
    /// `sortie attach`: what is left of a run.
    pub(in crate::run) const ATTACH: Self =
        Self { watch: true, logs: Logs::ToTheEnd, on_signal: OnSignal::Stop, relaunch: false };
    /// `sortie logs`.
    pub(in crate::run) const LOGS: Self =
        Self { watch: false, logs: Logs::UpToNow, on_signal: OnSignal::Leave, relaunch: false };
    /// `sortie logs --follow`.
    pub(in crate::run) const FOLLOW: Self =
        Self { watch: true, logs: Logs::ToTheEnd, on_signal: OnSignal::Leave, relaunch: false };
}
