//! Which signals whoever started sortie wanted to be ignored.
//!
//! What is ignored stays ignored through exec: `nohup` ignores SIGHUP so, and a shell without job
//! control SIGINT and SIGQUIT of what it starts in the background. A program must leave it so.
//! Source: POSIX.1-2024, XCU 2.12 (signals and error handling) and `nohup`.

use std::fs;

/// The signals that are ignored, one bit each: signal 1 is the lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Inherited(u64);

impl Inherited {
    /// Those that this process ignores now. None where the kernel does not tell: not on Linux, or
    /// without /proc.
    pub(super) fn of_process() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        Self::in_status(&status).unwrap_or(Self(0))
    }

    /// Reads `SigIgn`. Source: proc_pid_status(5): a mask in hexadecimal.
    fn in_status(status: &str) -> Option<Self> {
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
        u64::from_str_radix(mask.trim(), 16).ok().map(Self)
    }

    /// Whether this one is ignored.
    pub(super) fn ignores(self, signal: i32) -> bool {
        let bit = u32::try_from(signal - 1).ok().and_then(|shift| 1_u64.checked_shl(shift));
        bit.is_some_and(|bit| self.0 & bit != 0)
    }
}

#[cfg(test)]
mod tests {
    use rustix::process::Signal;

    use super::*;

    #[test]
    fn the_mask_is_read_as_the_kernel_writes_it() {
        let status = "Name:\tsortie\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001007\nSigCgt:\t0\n";
        let inherited = Inherited::in_status(status).expect("a mask");
        let ignored = [Signal::HUP, Signal::INT, Signal::QUIT, Signal::PIPE];
        assert!(ignored.iter().all(|signal| inherited.ignores(signal.as_raw())), "{inherited:?}");
        assert!(
            !inherited.ignores(Signal::TERM.as_raw()) && !inherited.ignores(Signal::USR1.as_raw()),
            "{inherited:?}"
        );
    }

    #[test]
    fn what_is_no_mask_ignores_nothing() {
        for status in ["", "SigIgn:", "SigIgn:\tmany\n", "Name:\tSigIgn: 7\n"] {
            assert_eq!(Inherited::in_status(status), None, "{status:?}");
        }
    }
}
