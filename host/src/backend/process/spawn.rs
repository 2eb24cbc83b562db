//! The child, in a process group of its own.
//!
//! A signal from the terminal reaches sortie alone, which then stops the whole group; and what
//! the command leaves behind ends with it, as everything in a container does.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use rustix::process::Pid;
use tokio::sync::watch;

use super::ProcessPlan;
use super::group::Group;
use super::keeper::Keeper;
use super::orphans;
use super::output::Output;

/// A running or ended child.
#[derive(Debug)]
pub(super) struct Child {
    group: Group,
    /// When it is killed, once its stop was asked for.
    killed_at: watch::Sender<Option<Instant>>,
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

/// A started command.
#[derive(Debug)]
pub(super) struct Spawned {
    /// The process.
    pub(super) child: Child,
    /// What it writes.
    pub(super) output: Output,
    /// Why nobody will end the command if sortie is killed.
    pub(super) not_kept: Option<io::Error>,
}

/// Starts the command; both of its output streams go to one pipe.
pub(super) fn spawn(plan: &ProcessPlan) -> io::Result<Spawned> {
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
    // Before it, too: from the spawn on sortie may be killed.
    let mut keeper = Keeper::start();
    let mut child = command.spawn()?;
    // The command holds copies of the pipe's writing end; they must go, or the pipe never ends.
    drop(command);
    let group = child.id().and_then(|pid| Group::of(i32::try_from(pid).ok()?));
    let group = group.ok_or_else(|| io::Error::other("the process has no pid"))?;
    if let Ok(running) = &mut keeper
        && let Err(error) = running.keep(group, plan.stop_timeout)
    {
        keeper = Err(error);
    }
    let (keeper, not_kept) = match keeper {
        Ok(keeper) => (Some(keeper), None),
        Err(error) => (None, Some(error)),
    };
    let own = [Pid::from_raw(group.pid()), keeper.as_ref().and_then(Keeper::pid)];
    orphans::adopt(own.into_iter().flatten().collect());
    let (tell, ended) = watch::channel(None);
    tokio::spawn(async move {
        let status = child.wait().await;
        // What the command left in the background ends with it.
        group.kill();
        if let Some(keeper) = keeper {
            keeper.dismiss();
        }
        let _ = tell.send(Some(status.map(describe).map_err(Arc::new)));
    });
    let child = Child { group, killed_at: watch::channel(None).0, ended };
    Ok(Spawned { child, output, not_kept })
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
        self.group.pid()
    }

    /// Whether [`Child::stop`] was called before it ended.
    pub(super) fn stop_asked(&self) -> bool {
        self.killed_at.borrow().is_some()
    }

    /// Returns when [`Child::stop`] was called, with the moment at which it is killed.
    pub(super) async fn stopping(&self) -> Option<Instant> {
        let mut killed_at = self.killed_at.subscribe();
        // The sender lives in `self`.
        killed_at.wait_for(Option::is_some).await.ok().and_then(|killed_at| *killed_at)
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
            self.group.kill();
        }
    }

    /// Sends SIGTERM to the process now, as a container's stop does to its first process, and
    /// SIGKILL to the group after `timeout`. Returns at once.
    pub(super) fn stop(&self, timeout: Duration) {
        if self.ended.borrow().is_some() {
            return;
        }
        self.killed_at.send_replace(Some(Instant::now() + timeout));
        self.group.terminate_leader();
        let group = self.group;
        let mut ended = self.ended.clone();
        tokio::spawn(async move {
            if tokio::time::timeout(timeout, ended.wait_for(Option::is_some)).await.is_err() {
                group.kill();
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
