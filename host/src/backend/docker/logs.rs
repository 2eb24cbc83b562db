//! Lines of the containers' two streams, complete.
//!
//! The engine keeps what a container writes, so nothing is lost by asking late, and a follower
//! that was cut off begins anew and passes over what it has. That is also the check at the end:
//! what the engine has of a container that has ended is compared with what was followed.

use std::time::Duration;
use std::time::SystemTime;

use bollard::container::LogOutput;
use bollard::query_parameters::LogsOptions;
use futures_util::StreamExt as _;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::engine;
use super::engine::Engine;
use super::handle::DockerHandle;
use super::handle::Stage;
use super::merge::Merge;
use crate::backend::ContainerLog;
use crate::backend::LineSender;
use crate::backend::TaskEnd;
use crate::lines::ContainerIndex;
use crate::lines::LineBatch;
use crate::lines::LogMessage;
use crate::lines::batch::UnixMillis;

/// How long a follower may be silent after its container's end before it is taken to hang.
const AFTER_END: Duration = Duration::from_secs(2);

/// How often a follower that is cut off begins anew.
const TRIES: u32 = 5;

/// Pause before it does.
const PAUSE: Duration = Duration::from_millis(200);

/// Logs up to this size are read once more after the end, to be sure that nothing is missing:
/// podman may end a follower before the last lines of a container that died at once.
const READ_AGAIN: u64 = 16 * 1024 * 1024;

/// Reads all containers' lines to their end.
pub(super) async fn follow(
    engine: &Engine,
    handle: &DockerHandle,
    lines: &LineSender,
    ended: watch::Receiver<Option<TaskEnd>>,
) -> Vec<ContainerLog> {
    let mut readers = JoinSet::new();
    for (index, container) in handle.containers.iter().enumerate() {
        let reader = Reader {
            engine: engine.clone(),
            id: container.id.clone(),
            container: index,
            lines: lines.clone(),
            stage: container.stage.subscribe(),
            merge: Merge::default(),
            taken: [0; 2],
            log: ContainerLog {
                container: container.planned.name.clone(),
                lines: 0,
                bytes: 0,
                incomplete: None,
            },
        };
        let ended = ended.clone();
        readers.spawn(async move { (index, reader.read(ended).await) });
    }
    let mut logs: Vec<Option<ContainerLog>> = vec![None; handle.containers.len()];
    while let Some(read) = readers.join_next().await {
        if let Ok((index, log)) = read {
            logs[index] = Some(log);
        }
    }
    let missing = |name: &String| ContainerLog {
        container: name.clone(),
        lines: 0,
        bytes: 0,
        incomplete: Some("its reader failed; this is a defect of sortie".to_owned()),
    };
    logs.into_iter().zip(&handle.names).map(|(log, name)| log.unwrap_or_else(|| missing(name))).collect()
}

struct Reader {
    engine: Engine,
    id: String,
    container: ContainerIndex,
    lines: LineSender,
    stage: watch::Receiver<Stage>,
    merge: Merge,
    /// Bytes of standard output and standard error that were handed over.
    taken: [u64; 2],
    log: ContainerLog,
}

/// How a pass over the log ended.
enum Pass {
    /// The engine ended it.
    Done,
    /// It was cut off.
    Broken(String),
    /// The container has ended, and the follower says neither more nor that it is done.
    Silent,
}

impl Reader {
    async fn read(mut self, ended: watch::Receiver<Option<TaskEnd>>) -> ContainerLog {
        // An error means that nobody lives the task's life any more.
        let begun = self.stage.wait_for(|stage| *stage != Stage::Created).await.map(|stage| *stage);
        if begun.is_ok_and(|stage| stage != Stage::Never) {
            self.read_started(ended).await;
        }
        let mut batches = Vec::new();
        self.merge.finish(now(), &mut batches);
        self.send(batches).await;
        self.lines.send(LogMessage::End { container: self.container }).await;
        self.log
    }

    async fn read_started(&mut self, ended: watch::Receiver<Option<TaskEnd>>) {
        let mut tries = 0;
        loop {
            let over = *self.stage.borrow() == Stage::Ended || ended.borrow().is_some();
            let pass = self.pass(!over).await;
            let over_before = over;
            let why = match pass {
                Pass::Done if over_before => return,
                Pass::Done | Pass::Silent => {
                    // The container has ended, which the life's watcher says in a moment.
                    let end = self.stage.wait_for(|stage| *stage == Stage::Ended);
                    let seen = tokio::time::timeout(AFTER_END, end).await.is_ok();
                    if seen && self.taken.iter().sum::<u64>() > READ_AGAIN && matches!(pass, Pass::Done) {
                        return;
                    }
                    if seen {
                        continue;
                    }
                    "the engine ended it before the container's end".to_owned()
                }
                Pass::Broken(why) => why,
            };
            tries += 1;
            if tries >= TRIES {
                self.log.incomplete = Some(format!("it can not be read: {why}"));
                return;
            }
            tokio::time::sleep(PAUSE * tries).await;
        }
    }

    /// Reads the log from its beginning, passing over what was taken before; to its present end, or
    /// following it.
    async fn pass(&mut self, follow: bool) -> Pass {
        let options =
            LogsOptions { follow, stdout: true, stderr: true, tail: "all".to_owned(), ..Default::default() };
        let mut stream = self.engine.lasting.logs(&self.id, Some(options));
        let mut passed_over = [0u64; 2];
        let mut stage = self.stage.clone();
        loop {
            let item = tokio::select! {
                biased;
                item = stream.next() => item,
                () = silent_after_end(&mut stage) => return Pass::Silent,
            };
            let (stream, bytes) = match item {
                None => return Pass::Done,
                Some(Err(error)) => return Pass::Broken(engine::words(&error)),
                Some(Ok(LogOutput::StdErr { message })) => (1, message),
                Some(Ok(LogOutput::StdOut { message } | LogOutput::Console { message })) => (0, message),
                Some(Ok(LogOutput::StdIn { .. })) => continue,
            };
            let known = self.taken[stream].saturating_sub(passed_over[stream]);
            let skip = usize::try_from(known).unwrap_or(usize::MAX).min(bytes.len());
            passed_over[stream] += bytes.len() as u64;
            let new = &bytes[skip..];
            if new.is_empty() {
                continue;
            }
            self.taken[stream] += new.len() as u64;
            let mut batches = Vec::new();
            self.merge.feed(stream, new, now(), &mut batches);
            self.send(batches).await;
        }
    }

    async fn send(&mut self, batches: Vec<LineBatch>) {
        for batch in batches {
            let count = batch.len() as u64;
            // The pieces of an overlong line count as one.
            self.log.lines += count - u64::from(batch.partial);
            self.log.bytes += batch.bytes.len() as u64 - count;
            self.lines.send(LogMessage::Lines { container: self.container, batch }).await;
        }
    }
}

/// Ends some time after the container has.
async fn silent_after_end(stage: &mut watch::Receiver<Stage>) {
    if stage.wait_for(|stage| *stage == Stage::Ended).await.is_err() {
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(AFTER_END).await;
}

fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
