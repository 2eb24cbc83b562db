//! The command's process group.

use rustix::process::Pid;
use rustix::process::Signal;

use super::stat::Stat;

/// A process group, by the pid of its leader, which is the command.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group(Pid);

impl Group {
    /// The group of this number. None for numbers that mean other things than a group: all processes,
    /// the caller's own group, the first process of a system.
    pub(super) fn of(pid: i32) -> Option<Self> {
        (pid > 1).then(|| Pid::from_raw(pid))?.map(Self)
    }

    /// Its number, which is the leader's pid.
    pub(super) fn pid(self) -> i32 {
        self.0.as_raw_nonzero().get()
    }

    /// Asks the leader to end, as a container's stop asks its first process. One that is gone needs no
    /// signal.
    pub(super) fn terminate_leader(self) {
        let _ = rustix::process::kill_process(self.0, Signal::TERM);
    }

    /// Whether the leader has not ended. A zombie has: where the first process of a container is no init,
    /// nobody takes note of it.
    pub(super) fn leader_runs(self) -> bool {
        rustix::process::test_kill_process(self.0).is_ok()
            && !Stat::of(self.0).is_some_and(|stat| stat.is_zombie)
    }

    /// Ends the whole group. A group that is gone is no error: nothing is left to signal.
    pub(super) fn kill(self) {
        let _ = rustix::process::kill_process_group(self.0, Signal::KILL);
    }
}
