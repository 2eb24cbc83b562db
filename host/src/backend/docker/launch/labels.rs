//! Labels that say which run, and which sortie, a thing in an engine belongs to.
//!
//! Everything that a run makes in an engine has its labels, so that what a killed sortie left
//! can be told from what another one still uses.

use std::collections::HashMap;

use crate::backend::capability::Alive;
use crate::os;

/// The run's id.
pub(crate) const RUN: &str = "dev.sortie.run";
/// The container's name in the task; the pause container has none.
pub(crate) const CONTAINER: &str = "dev.sortie.container";
/// The sortie that made it; see [`Owner`].
pub(crate) const OWNER: &str = "dev.sortie.owner";

/// A process that made things in an engine: machine, boot, pid namespace, pid and start time, so
/// that neither a reboot nor a pid that is used again confuses it with another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    host: String,
    boot: String,
    /// The namespace that the pid belongs to; `-` where there is none.
    namespace: String,
    pid: u32,
    /// Clock ticks from boot to the process's start (proc_pid_stat(5), field 22); 0 where unknown.
    start: u64,
}

impl Owner {
    /// This process.
    pub(crate) fn this() -> Self {
        let pid = std::process::id();
        Self { host: os::host_name(), boot: boot(), namespace: namespace(), pid, start: start_time(pid) }
    }

    /// As a label's value.
    pub(crate) fn to_label(&self) -> String {
        format!("{} {} {} {} {}", self.pid, self.start, self.namespace, self.boot, self.host)
    }

    fn from_label(text: &str) -> Option<Self> {
        let mut parts = text.splitn(5, ' ');
        let pid = parts.next()?.parse().ok()?;
        let start = parts.next()?.parse().ok()?;
        let mut word = || parts.next().map(str::to_owned);
        Some(Self { pid, start, namespace: word()?, boot: word()?, host: word()? })
    }

    /// Whether the process with this label still runs. A label that cannot be read says nothing.
    pub(crate) fn alive(label: &str) -> Alive {
        let Some(owner) = Self::from_label(label) else { return Alive::Elsewhere };
        if owner.host != os::host_name() {
            return Alive::Elsewhere;
        }
        if owner.boot != boot() {
            return Alive::No;
        }
        if owner.namespace != namespace() {
            return Alive::Elsewhere;
        }
        let Some(runs) = os::process_runs(owner.pid) else { return Alive::Elsewhere };
        // 0: this user may not look at the process.
        let start = start_time(owner.pid);
        match runs && (start == 0 || start == owner.start) {
            true => Alive::Yes,
            false => Alive::No,
        }
    }
}

/// Labels of something that belongs to a run; `container` is its name in the task.
pub(crate) fn labels(run: &str, container: Option<&str>) -> HashMap<String, String> {
    let mut labels = HashMap::new();
    labels.insert(RUN.to_owned(), run.to_owned());
    labels.insert(OWNER.to_owned(), Owner::this().to_label());
    if let Some(container) = container {
        labels.insert(CONTAINER.to_owned(), container.to_owned());
    }
    labels
}

/// An id that the kernel makes at each boot (random(4)); `-` where there is none.
fn boot() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map_or_else(|_| "-".to_owned(), |id| id.trim().to_owned())
}

/// The pid namespace (namespaces(7)): a container with this machine's name has pids of its own.
fn namespace() -> String {
    let link = std::fs::read_link("/proc/self/ns/pid");
    link.map_or_else(|_| "-".to_owned(), |link| link.display().to_string())
}

fn start_time(pid: u32) -> u64 {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { return 0 };
    // The second field is the program's name in parentheses, which may hold anything.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    after_name.split_whitespace().nth(19).and_then(|ticks| ticks.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_alive_and_its_label_is_read_back() {
        let this = Owner::this();
        assert_eq!(Owner::from_label(&this.to_label()), Some(this.clone()));
        assert_eq!(Owner::alive(&this.to_label()), Alive::Yes);
    }

    #[test]
    fn a_pid_that_is_used_again_is_another_process() {
        let this = Owner::this();
        assert_eq!(Owner::alive(&Owner { start: this.start + 1, ..this.clone() }.to_label()), Alive::No);
        assert_eq!(Owner::alive(&Owner { boot: "x".into(), ..this.clone() }.to_label()), Alive::No);
        // Beyond the kernel's largest pid.
        assert_eq!(Owner::alive(&Owner { pid: 2_000_000_000, ..this.clone() }.to_label()), Alive::No);
        let inside = Owner { namespace: "pid:[1]".into(), ..this.clone() };
        assert_eq!(Owner::alive(&inside.to_label()), Alive::Elsewhere);
        assert_eq!(Owner::alive(&Owner { host: "x".into(), ..this }.to_label()), Alive::Elsewhere);
        assert_eq!(Owner::alive("garbage"), Alive::Elsewhere);
    }
}
