//! The first process of a container, or of a machine, inherits every process whose parent has ended, and
//! nobody else can take note of their end: without that they stay as zombies, until there is no room for
//! another process. As such a process (pid 1) sortie does what an init does.

use std::time::Duration;

use rustix::process::Pid;
use rustix::process::WaitOptions;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;

use super::stat::Stat;

/// The least time between two looks at all processes.
const PAUSE: Duration = Duration::from_millis(100);

/// Takes note of the end of orphans, as long as the runtime lives. `own` are sortie's own children, whose
/// ends others wait for. Does nothing unless sortie is the first process.
pub(super) fn adopt(own: Vec<Pid>) {
    if rustix::process::getpid() != Pid::INIT {
        return;
    }
    // Where the kernel refuses, zombies stay, as they would under any other program.
    let Ok(mut ended) = signal(SignalKind::child()) else { return };
    tokio::spawn(async move {
        while ended.recv().await.is_some() {
            for orphan in zombies(Pid::INIT).into_iter().filter(|pid| !own.contains(pid)) {
                let _ = rustix::process::waitpid(Some(orphan), WaitOptions::NOHANG);
            }
            tokio::time::sleep(PAUSE).await;
        }
    });
}

/// Children of this process that have ended and that nobody has waited for.
fn zombies(parent: Pid) -> Vec<Pid> {
    let zombies = Stat::all().filter(|stat| stat.is_zombie && stat.parent == Some(parent));
    zombies.map(|stat| stat.pid).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zombies_of_this_process_are_found() {
        let mut child = std::process::Command::new("true").spawn().expect("a program");
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a pid");
        let deadline = std::time::Instant::now() + Duration::from_secs(10);
        while !zombies(rustix::process::getpid()).contains(&pid) {
            assert!(std::time::Instant::now() < deadline, "it has not become a zombie");
            std::thread::sleep(Duration::from_millis(5));
        }
        child.wait().expect("it is ours");
        assert!(!zombies(rustix::process::getpid()).contains(&pid));
    }
}
