//! A second process of this program, which ends the command when sortie was killed (SIGKILL, the
//! kernel's want of memory) and could not do it itself.
//!
//! It reads a pipe whose writing end sortie alone holds. The first line says which process group to
//! keep; a second one says that there is nothing to keep any more. A pipe that ends without it is a
//! sortie that has died: the command gets SIGTERM and, after its stop timeout, its group SIGKILL, as if
//! sortie had stopped it. A signal that the kernel sends at the parent's death (PR_SET_PDEATHSIG) would
//! reach the command alone, none of what it has started, and is lost when a program with other
//! privileges is executed.

use std::io;
use std::io::BufRead as _;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use rustix::process::Pid;

use super::group::Group;

/// The argument that the program is started with to be a keeper. It is no command of the command line.
const ARGUMENT: &str = "keep-process";

/// The word that there is nothing to keep.
const DONE: &str = "done";

/// How often it is looked whether the command has ended.
const LOOK: Duration = Duration::from_millis(50);

/// A keeper that runs.
#[derive(Debug)]
pub(super) struct Keeper(Child);

impl Keeper {
    /// Starts one, which knows of no command yet. Its own group keeps signals of a terminal from it.
    pub(super) fn start() -> io::Result<Self> {
        // On Linux the program itself, also when its file was replaced meanwhile.
        let program = match cfg!(target_os = "linux") {
            true => "/proc/self/exe".into(),
            false => std::env::current_exe()?,
        };
        let keeper = Command::new(program)
            .arg0("sortie")
            .arg(ARGUMENT)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self(keeper))
    }

    /// Its pid.
    pub(super) fn pid(&self) -> Option<Pid> {
        i32::try_from(self.0.id()).ok().and_then(Pid::from_raw)
    }

    /// Tells what to keep.
    pub(super) fn keep(&mut self, group: Group, stop_timeout: Duration) -> io::Result<()> {
        let Some(pipe) = &mut self.0.stdin else { return Ok(()) };
        writeln!(pipe, "{} {}", group.pid(), stop_timeout.as_millis())
    }

    /// The command has ended, and its group with it. The keeper's own end is not waited for.
    pub(super) fn dismiss(mut self) {
        if let Some(mut pipe) = self.0.stdin.take() {
            // One that is gone needs no word.
            let _ = writeln!(pipe, "{DONE}");
        }
    }
}

/// Whether the program was started to be a keeper.
pub(crate) fn is_wanted() -> bool {
    let mut arguments = std::env::args_os().skip(1);
    arguments.next().is_some_and(|argument| argument == ARGUMENT) && arguments.next().is_none()
}

/// Is a keeper: returns when there is nothing to keep.
pub(crate) fn keep() {
    let mut lines = io::stdin().lock().lines();
    let Some((group, stop_timeout)) = lines.next().and_then(|line| asked(&line.ok()?)) else { return };
    match lines.next() {
        Some(Ok(word)) if word == DONE => {}
        _ => end(group, stop_timeout),
    }
}

/// What is to be kept: `PID MILLISECONDS`.
fn asked(line: &str) -> Option<(Group, Duration)> {
    let (pid, millis) = line.split_once(' ')?;
    Some((Group::of(pid.parse().ok()?)?, Duration::from_millis(millis.parse().ok()?)))
}

/// Stops the command, as sortie would have done.
fn end(group: Group, stop_timeout: Duration) {
    let deadline = Instant::now() + stop_timeout;
    group.terminate_leader();
    while group.leader_runs() && Instant::now() < deadline {
        thread::sleep(LOOK);
    }
    group.kill();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_group_and_a_time_are_kept() {
        let (group, timeout) = asked("123 1500").expect("both are there");
        assert_eq!((group.pid(), timeout), (123, Duration::from_millis(1500)));
        for line in ["", "123", "0 5", "-1 5", "1 5", "x 5", "123 x", "123 -5"] {
            assert!(asked(line).is_none(), "{line:?}");
        }
    }
}
