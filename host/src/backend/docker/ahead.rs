//! Reading ahead of a slow reader of standard output.
//!
//! An engine gives up what it still holds of a container's output when nobody takes it for 2 s
//! after the container's end (moby, `daemon/monitor.go`, `handleContainerExit`). So lines are taken
//! from it while there is memory for them, whether or not anybody reads them yet; and when even
//! that was not enough, it is known.

use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::backend::LineSender;
use crate::lines::ContainerIndex;
use crate::lines::LineBatch;

/// Bytes of one container that are held for a reader that is slower than it.
const READ_AHEAD: usize = 8 << 20;

/// Memory that a batch and a line in it take besides the text, in bytes, roughly.
const OF_A_BATCH: usize = 256;
const OF_A_LINE: usize = 12;

/// How long an engine waits for its output to be taken, after a container's end.
const PATIENCE: Duration = Duration::from_secs(2);

/// So much of that time without room is taken for all of it: clocks and machines are not exact.
const MOST_OF_IT: Duration = Duration::from_millis(1500);

/// Lines of one container on their way to the output thread.
pub(super) struct Ahead {
    container: ContainerIndex,
    queue: mpsc::UnboundedSender<(LineBatch, OwnedSemaphorePermit)>,
    /// One permit a byte.
    room: Arc<Semaphore>,
    /// Hands over what is queued; ends with this.
    forwarding: JoinSet<()>,
    /// When there was no room for long: from, to.
    stalls: Vec<(Instant, Instant)>,
}

impl Ahead {
    /// Nothing is held yet.
    pub(super) fn new(container: ContainerIndex, lines: LineSender) -> Self {
        let (queue, mut queued) = mpsc::unbounded_channel();
        let mut forwarding = JoinSet::new();
        forwarding.spawn(async move {
            while let Some((batch, room)) = queued.recv().await {
                lines.send(container, batch).await;
                drop::<OwnedSemaphorePermit>(room);
            }
        });
        Self { container, queue, room: Arc::new(Semaphore::new(READ_AHEAD)), forwarding, stalls: Vec::new() }
    }

    /// Takes lines, as soon as there is room.
    pub(super) async fn push(&mut self, batch: LineBatch) {
        let memory = batch.bytes.len() + batch.len() * OF_A_LINE + OF_A_BATCH;
        let bytes = u32::try_from(memory.min(READ_AHEAD)).unwrap_or(1);
        let began = Instant::now();
        // The semaphore is never closed.
        let Ok(room) = Arc::clone(&self.room).acquire_many_owned(bytes).await else { return };
        if began.elapsed() >= MOST_OF_IT {
            self.stalls.push((began, Instant::now()));
        }
        let _ = self.queue.send((batch, room));
    }

    /// Whether the engine may have given up output of a container whose end it told at `told`.
    pub(super) fn may_have_lost(&self, told: Instant) -> bool {
        self.stalls.iter().any(|(from, to)| {
            let from = (*from).max(told.checked_sub(PATIENCE).unwrap_or(*from));
            (*to).min(told).saturating_duration_since(from) >= MOST_OF_IT
        })
    }

    /// Hands over everything, and tells that nothing follows.
    pub(super) async fn finish(self, lines: &LineSender) {
        let Self { container, queue, mut forwarding, .. } = self;
        drop(queue);
        while forwarding.join_next().await.is_some() {}
        lines.ended(container);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stall_before_an_end_is_told_from_others() {
        let (sender, _receiver) = mpsc::unbounded_channel();
        let lines = LineSender { sender, room: Arc::new(Semaphore::new(1)), sent: Arc::default() };
        let mut ahead = Ahead::new(0, lines);
        let now = Instant::now() + Duration::from_secs(60);
        let at = |seconds: f64| now + Duration::from_secs_f64(seconds);
        ahead.stalls.push((at(0.0), at(5.0)));
        assert!(ahead.may_have_lost(at(4.0)), "it waited in vain");
        assert!(ahead.may_have_lost(at(5.3)), "the room came too late");
        assert!(!ahead.may_have_lost(at(0.5)), "it had its output by then");
        assert!(!ahead.may_have_lost(at(8.0)), "there was room again");
    }
}
