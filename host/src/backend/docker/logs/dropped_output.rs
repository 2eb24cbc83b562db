//! Whether an engine dropped output that nobody took in time.
//!
//! When a container has ended, moby waits 2 s for the rest of its output to be taken
//! (`daemon/monitor.go`, `handleContainerExit`), and so does containerd's shim (`process/init.go`,
//! `delete`). Then what is left is dropped, in silence. Both wait only where 1 MB is held already
//! (moby, `pkg/ioutils/bytespipe.go`, `blockThreshold`); what is held can still be read afterwards.
//!
//! So where output was dropped, three things are true: the container wrote more than is held, its end
//! was told late, and the last of its output was read late. Where one of them is not, nothing was lost.

use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

use super::super::engine::Engine;

/// What an engine holds of a container's output before it waits, in bytes.
const HELD: u64 = 1_000_000;

/// Later than this after a container's end is late. An engine waits 2 s; clocks and machines are not
/// exact.
const LATE: Duration = Duration::from_millis(1500);

/// How far a container's output was read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    bytes: u64,
    last: Option<Instant>,
}

impl Progress {
    /// So much came from the engine, now.
    pub(super) fn read(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        self.last = Some(Instant::now());
    }

    /// Whether the engine may have dropped output of a container. It told the container's end at `told`;
    /// by its own clock, that was at `finished`.
    pub(super) async fn may_have_lost(
        &self,
        engine: &Engine,
        told: Instant,
        finished: Option<SystemTime>,
    ) -> bool {
        // Podman's keeper of a container waits as long as it takes.
        if self.bytes < HELD || engine.facts().await.is_ok_and(|facts| facts.podman) {
            return false;
        }
        // An engine on another machine, or in a virtual one, has a clock of its own.
        let now = engine.now().await;
        let since = finished.and_then(|finished| now.duration_since(finished).ok());
        self.lost_by(told, since.and_then(|since| Instant::now().checked_sub(since)))
    }

    /// As [`Progress::may_have_lost`], with the end by this machine's clock.
    fn lost_by(&self, told: Instant, ended: Option<Instant>) -> bool {
        let Some(ended) = ended else { return true };
        let late = |at: Instant| at.saturating_duration_since(ended) >= LATE;
        self.bytes >= HELD && late(told) && self.last.is_some_and(late)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_lost_only_where_much_was_read_late_and_the_end_told_late() {
        let ended = Instant::now();
        let at = |seconds: f64| ended + Duration::from_secs_f64(seconds);
        let progress = |bytes, last| Progress { bytes, last: Some(at(last)) };
        let lost = |progress: Progress, told| progress.lost_by(at(told), Some(ended));
        assert!(lost(progress(2_000_000, 3.0), 2.1), "nobody took it for 2 s");
        assert!(lost(progress(2_000_000, 2.2), 2.8), "it was taken a moment too late");
        assert!(!lost(progress(2_000_000, 3.0), 0.1), "the engine had nothing to wait for");
        assert!(!lost(progress(2_000_000, 0.9), 2.1), "it was taken in time");
        assert!(!lost(progress(900_000, 3.0), 2.1), "all of it was held");
        assert!(progress(2_000_000, 0.9).lost_by(at(0.1), None), "an end that is not known");
    }
}
