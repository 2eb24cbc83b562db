//! The child, in a process group of its own.
//!
//! A signal from the terminal reaches sortie alone, which then stops the whole group; and what
//! the command leaves behind ends with it, as everything in a container does.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustix::process::Pid;
use rustix::process::Signal;
use tokio::sync::watch;

use super::ProcessPlan;
use super::output::Output;

/// A running or ended child.
#[derive(Debug)]
pub(super) struct Child {
    group: Group,
    stop_asked: AtomicBool,
    ended: watch::Receiver<Option<Result<Ended, Arc<io::Error>>>>,
}

/// How a child ended.
#[derive(Debug, Clone)]
pub(super) struct Ended {
    /// Its exit code; 128 plus the number of the signal that ended it, as shells count.
    pub(super) code: i32,
    /// In plain words.
    pub(super) reason: String,
}

/// A process group, by the pid of its leader.
#[derive(Debug, Clone, Copy)]
struct Group(Pid);

impl Group {
    /// A group that is gone is no error: nothing is left to signal.
    fn signal(self, signal: Signal) {
        let _ = rustix::process::kill_process_group(self.0, signal);
    }
}

/// Starts the command; both of its output streams go to one pipe.
pub(super) fn spawn(plan: &ProcessPlan) -> io::Result<(Child, Output)> {
    let (reader, writer) = io::pipe()?;
    let mut command = tokio::process::Command::new(&plan.program);
    command
        .args(&plan.args)
        .envs(plan.env.iter().map(|var| (&var.name, var.value.reveal())))
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .process_group(0);
    if let Some(directory) = &plan.directory {
        command.current_dir(directory);
    }
    // Before the spawn: from then on nothing may fail that would leave the child behind.
    let output = Output::new(reader)?;
    let mut child = command.spawn()?;
    // The command holds copies of the pipe's writing end; they must go, or the pipe never ends.
    drop(command);
    let pid = child.id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
    let group = Group(pid.ok_or_else(|| io::Error::other("the process has no pid"))?);
    let (tell, ended) = watch::channel(None);
    tokio::spawn(async move {
        let status = child.wait().await;
        // What the command left in the background ends with it.
        group.signal(Signal::KILL);
        let _ = tell.send(Some(status.map(describe).map_err(Arc::new)));
    });
    Ok((Child { group, stop_asked: AtomicBool::new(false), ended }, output))
}

fn describe(status: std::process::ExitStatus) -> Ended {
    match (status.code(), status.signal()) {
        (Some(code), _) => Ended { code, reason: String::new() },
        (None, Some(signal)) => Ended { code: 128 + signal, reason: format!("ended by signal {signal}") },
        (None, None) => Ended { code: 255, reason: "ended in an unknown way".into() },
    }
}

impl Child {
    /// Its pid, which is also its process group.
    pub(super) fn pid(&self) -> i32 {
        self.group.0.as_raw_nonzero().get()
    }

    /// Whether [`Child::stop`] was called before it ended.
    pub(super) fn stop_asked(&self) -> bool {
        self.stop_asked.load(Ordering::Relaxed)
    }

    /// Waits for its end.
    pub(super) async fn wait(&self) -> io::Result<Ended> {
        let mut ended = self.ended.clone();
        let ended = ended.wait_for(Option::is_some).await.map_err(io::Error::other)?;
        match &*ended {
            Some(Ok(ended)) => Ok(ended.clone()),
            Some(Err(error)) => Err(io::Error::new(error.kind(), error.to_string())),
            None => Err(io::Error::other("the process was not waited for")),
        }
    }

    /// Ends the group at once.
    pub(super) fn kill(&self) {
        if self.ended.borrow().is_none() {
            self.group.signal(Signal::KILL);
        }
    }

    /// Sends SIGTERM to the process now, as a container's stop does to its first process, and
    /// SIGKILL to the group after `timeout`. Returns at once.
    pub(super) fn stop(&self, timeout: Duration) {
        if self.ended.borrow().is_some() {
            return;
        }
        self.stop_asked.store(true, Ordering::Relaxed);
        // A process that is gone already needs no signal.
        let _ = rustix::process::kill_process(self.group.0, Signal::TERM);
        let group = self.group;
        let mut ended = self.ended.clone();
        tokio::spawn(async move {
            if tokio::time::timeout(timeout, ended.wait_for(Option::is_some)).await.is_err() {
                group.signal(Signal::KILL);
            }
        });
    }
}

impl Drop for Child {
    /// Nothing of the run stays behind.
    fn drop(&mut self) {
        self.kill();
    }
}
