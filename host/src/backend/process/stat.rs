//! What the kernel tells of a process.

use std::fs;

use rustix::process::Pid;

/// A process, as /proc/PID/stat has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stat {
    /// Its pid.
    pub(super) pid: Pid,
    /// Its parent's; `None`: it has none that is seen from here.
    pub(super) parent: Option<Pid>,
    /// It has ended, and nobody has taken note of that.
    pub(super) is_zombie: bool,
}

impl Stat {
    /// The process of this pid. `None`: there is none, or the kernel does not tell (not on Linux, or
    /// without /proc).
    pub(super) fn of(pid: Pid) -> Option<Self> {
        Self::read(&pid.as_raw_nonzero().to_string())
    }

    /// All processes that the kernel tells of.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        names.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())).filter_map(|pid| Self::read(&pid))
    }

    fn read(pid: &str) -> Option<Self> {
        let line = fs::read(format!("/proc/{pid}/stat")).ok()?;
        Self::parse(&String::from_utf8_lossy(&line))
    }

    /// Source: proc_pid_stat(5): `PID (NAME) STATE PPID …`, where the name may hold anything.
    fn parse(line: &str) -> Option<Self> {
        let number = |text: &str| text.parse().ok().filter(|number: &i32| *number >= 0);
        let pid = |text: &str| number(text).and_then(Pid::from_raw);
        let (own, rest) = line.split_once(" (")?;
        let (_, rest) = rest.rsplit_once(") ")?;
        let mut fields = rest.split(' ');
        let is_zombie = fields.next()? == "Z";
        Some(Self { pid: pid(own)?, parent: pid(fields.next()?), is_zombie })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_told_from_what_a_name_says() {
        let parsed = |line: &str| {
            let raw = |pid: Pid| pid.as_raw_nonzero().get();
            Stat::parse(line).map(|stat| (raw(stat.pid), stat.parent.map(raw), stat.is_zombie))
        };
        assert_eq!(parsed("17 (sh) Z 1 17 17 0 -1"), Some((17, Some(1), true)));
        assert_eq!(parsed("17 (a) Z 1 (b) S 2 17 17"), Some((17, Some(2), false)));
        assert_eq!(parsed("17 () S 1 () Z 0 17"), Some((17, None, true)));
        for line in ["17 (sh) Z", "17", "", "x (sh) Z 1", "-17 (sh) Z 1"] {
            assert_eq!(parsed(line), None, "{line:?}");
        }
    }

    #[test]
    fn this_process_is_found_among_all() {
        let own = rustix::process::getpid();
        let of_all = Stat::all().find(|stat| stat.pid == own).expect("it is there");
        assert_eq!((Stat::of(own), of_all.is_zombie), (Some(of_all), false));
        assert_eq!(of_all.parent, rustix::process::getppid());
    }
}
