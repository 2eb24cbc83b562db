//! Reading ahead of a slow reader of standard output.
//!
//! An engine drops what it still holds of a container's output when nobody takes it for 2 s
//! after the container's end (moby, `daemon/monitor.go`, `handleContainerExit`). So lines are taken
//! from it while there is memory for them, whether or not anybody reads them yet. When even that was
//! not enough, [`super::dropped_output`] knows.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::lines::ContainerIndex;
use crate::lines::LineBatch;
use crate::stream::LineSender;

/// Bytes of one container that are held for a reader that is slower than it.
const MAX_READ_AHEAD: usize = 8 << 20;

/// Memory that a batch and a line in it take besides the text, in bytes, roughly.
const BATCH_OVERHEAD: usize = 256;
const LINE_OVERHEAD: usize = 12;

/// Lines of one container on their way to the output thread.
pub(super) struct ReadAhead {
    container: ContainerIndex,
    queue: mpsc::UnboundedSender<(LineBatch, OwnedSemaphorePermit)>,
    /// One permit a byte.
    room: Arc<Semaphore>,
    /// Hands over what is queued; ends with this.
    forwarding: JoinSet<()>,
}

impl ReadAhead {
    /// Nothing is held yet.
    pub(super) fn new(container: ContainerIndex, lines: LineSender) -> Self {
        let (queue, mut queued) = mpsc::unbounded_channel();
        let mut forwarding = JoinSet::new();
        forwarding.spawn(async move {
            while let Some((batch, room)) = queued.recv().await {
                lines.send(container, batch, None).await;
                drop::<OwnedSemaphorePermit>(room);
            }
        });
        Self { container, queue, room: Arc::new(Semaphore::new(MAX_READ_AHEAD)), forwarding }
    }

    /// Takes lines, as soon as there is room.
    pub(super) async fn push(&mut self, batch: LineBatch) {
        let memory = batch.bytes.len() + batch.len() * LINE_OVERHEAD + BATCH_OVERHEAD;
        let bytes = u32::try_from(memory.min(MAX_READ_AHEAD)).unwrap_or(1);
        // The semaphore is never closed.
        let Ok(room) = Arc::clone(&self.room).acquire_many_owned(bytes).await else { return };
        let _ = self.queue.send((batch, room));
    }

    /// Hands over everything, and tells that nothing follows.
    pub(super) async fn finish(self, lines: &LineSender) {
        let Self { container, queue, mut forwarding, .. } = self;
        drop(queue);
        while forwarding.join_next().await.is_some() {}
        lines.ended(container);
    }
}
