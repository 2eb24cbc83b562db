//! Lines of the containers' two streams, as they are written.
//!
//! A container is attached to before it is started, so that its first line is seen however soon it
//! ends. Attached streams are the container's own bytes: Docker's stored logs replace what is not
//! UTF-8, and a follower of Podman's loses lines of a burst (4.3). Nothing is stored besides.
//! A slow reader of standard output holds up the container, as a pipe would, once what is read
//! ahead ([`super::read_ahead`]) is full.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

use bollard::container::LogOutput;
use futures_util::StreamExt as _;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::super::engine;
use super::super::engine::Engine;
use super::super::task::CreatedTask;
use super::super::task::Stage;
use super::attach::Attached;
use super::dropped_output::Progress;
use super::merge::Merge;
use super::read_ahead::ReadAhead;
use crate::lines::ContainerIndex;
use crate::lines::LineBatch;
use crate::report::ContainerLog;
use crate::stream::LineSender;
use crate::unix_time;

/// How long an attached stream may be silent after its container's end before it is taken to hang.
const AFTER_END: Duration = Duration::from_secs(5);

/// Reads all containers' lines to their end.
pub(crate) async fn follow(
    engine: &Engine,
    handle: &Arc<CreatedTask>,
    lines: &LineSender,
) -> Vec<ContainerLog> {
    let mut readers = JoinSet::new();
    for index in 0..handle.containers.len() {
        let ahead = ReadAhead::new(index, lines.clone());
        let (merge, progress) = (Merge::default(), Progress::default());
        let reader = Reader { container: index, ahead, merge, progress, incomplete: None };
        let (engine, handle, lines) = (engine.clone(), Arc::clone(handle), lines.clone());
        readers.spawn(async move { (index, reader.read(&engine, &handle, &lines).await) });
    }
    lines.logs(readers, &handle.names).await
}

struct Reader {
    container: ContainerIndex,
    ahead: ReadAhead,
    merge: Merge,
    progress: Progress,
    /// Why its log is not complete.
    incomplete: Option<String>,
}

impl Reader {
    async fn read(mut self, engine: &Engine, handle: &CreatedTask, lines: &LineSender) -> ContainerLog {
        let container = &handle.containers[self.container];
        let mut stage = container.stage.subscribe();
        // An error means that nobody supervises the task any more.
        let begun = stage.wait_for(|stage| *stage != Stage::Created).await.map(|stage| *stage);
        if begun.is_ok_and(|stage| stage != Stage::Never)
            && let Some(attached) = container.output.take()
        {
            self.incomplete = self.pump(attached, stage.clone()).await;
            // The end of a connection looks like the end of the streams. Whether it was one is known
            // when the container has ended.
            let told = ended(&mut stage).await;
            if told.is_some() && self.incomplete.is_none() && container.cut_off.load(Ordering::Relaxed) {
                self.incomplete = Some("the engine could not be reached for a while".to_owned());
            }
            if self.incomplete.is_none()
                && let Some((told, finished)) = told
                && self.progress.may_have_lost(engine, told, finished).await
            {
                let why = "standard output was not read while the container ended, and the engine drops \
                           what nobody takes for 2 s";
                self.incomplete = Some(why.to_owned());
            }
        }
        let mut batches = Vec::new();
        self.merge.finish(unix_time::now(), &mut batches);
        self.send(batches).await;
        self.ahead.finish(lines).await;
        lines.log(self.container, &handle.names[self.container], self.incomplete)
    }

    /// Hands over lines until the streams end; answers why they are not complete, if they are not.
    async fn pump(&mut self, mut attached: Attached, mut stage: watch::Receiver<Stage>) -> Option<String> {
        loop {
            let item = tokio::select! {
                biased;
                item = attached.next() => item,
                () = silent_after_end(&mut stage) => {
                    return Some("the engine did not end the container's streams".to_owned());
                }
            };
            let (stream, bytes) = match item {
                None => return None,
                Some(Err(error)) => {
                    return Some(format!("its streams broke off: {}", engine::words(&error)));
                }
                Some(Ok(LogOutput::StdErr { message })) => (1, message),
                Some(Ok(LogOutput::StdOut { message } | LogOutput::Console { message })) => (0, message),
                Some(Ok(LogOutput::StdIn { .. })) => continue,
            };
            self.progress.read(bytes.len());
            let mut batches = Vec::new();
            self.merge.feed(stream, &bytes, unix_time::now(), &mut batches);
            self.send(batches).await;
        }
    }

    async fn send(&mut self, batches: Vec<LineBatch>) {
        for batch in batches {
            self.ahead.push(batch).await;
        }
    }
}

/// Ends some time after the container has.
async fn silent_after_end(stage: &mut watch::Receiver<Stage>) {
    if ended(&mut stage.clone()).await.is_none() {
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(AFTER_END).await;
}

/// Waits for a container's end, and answers when it was told, and when it was by the engine's clock;
/// `None` when nobody will tell.
async fn ended(stage: &mut watch::Receiver<Stage>) -> Option<(Instant, Option<SystemTime>)> {
    let end = stage.wait_for(|stage| matches!(stage, Stage::Ended { .. })).await.ok()?;
    match *end {
        Stage::Ended { told, finished } => Some((told, finished)),
        _ => None,
    }
}
