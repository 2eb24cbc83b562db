//! Lines that the engine keeps of a detached task's containers, read while they are written or later.
//!
//! Docker's driver `local` keeps a container's own bytes (`json-file` replaces what is not UTF-8), Podman's
//! `k8s-file` too. Both cut long lines into pieces. Docker is followed while the container runs; a follower
//! of Podman's loses lines of a burst (4.3), so Podman is asked again and again. Either way the last word is
//! one more reading after the container's end.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

use bollard::container::LogOutput;
use bollard::errors::Error as EngineError;
use bollard::models::HostConfigLogConfig;
use bollard::query_parameters::LogsOptions;
use futures_util::StreamExt as _;
use sortie_lines::UnixMillis;
use tokio::task::JoinSet;

use super::super::engine;
use super::super::engine::Engine;
use super::super::task::CreatedTask;
use super::merge::Merge;
use super::stored_place::Nanos;
use super::stored_place::Place;
use super::stored_place::split_time;
use crate::backend::LogPart;
use crate::backend::Until;
use crate::report::ContainerLog;
use crate::stream::ContainerIndex;
use crate::stream::LineSender;
use crate::unix_time;

/// What an engine keeps of one container's output, in MiB: Docker in files, of which it drops the oldest. Podman
/// begins anew, which nothing tells (`sortie help engines` says so).
const KEPT: u64 = 1024;
const FILES: u64 = 16;

/// The pause before an engine that is not followed is asked again: at least, at most, and as a multiple of
/// what it took to answer.
const PAUSE: Duration = Duration::from_millis(200);
const MAX_PAUSE: Duration = Duration::from_secs(1);
const SHARE: u32 = 4;

/// How long a follower may hang after the task's end before the log is read once more without it.
const AFTER_END: Duration = Duration::from_secs(5);

/// How long an engine may fail to answer before its log is given up.
const RETRY_BUDGET: Duration = Duration::from_secs(60);

/// Lines that came together are handed over together, up to so many bytes.
const TOGETHER: usize = 64 << 10;

/// How the engine keeps the output of a detached task's container.
pub(crate) fn log_config(podman: bool) -> HostConfigLogConfig {
    let options: &[(&str, String)] = match podman {
        true => &[("max-size", format!("{KEPT}m"))],
        false => &[("max-size", format!("{}m", KEPT / FILES)), ("max-file", FILES.to_string())],
    };
    let config: HashMap<String, String> =
        options.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let driver = if podman { "k8s-file" } else { "local" };
    HostConfigLogConfig { typ: Some(driver.to_owned()), config: Some(config) }
}

/// Reads the containers' lines to what there is now or to the task's end.
pub(crate) async fn read(
    engine: &Engine,
    task: &Arc<CreatedTask>,
    lines: &LineSender,
    part: &LogPart,
    until: Until,
) -> Vec<ContainerLog> {
    let podman = engine.facts().await.is_ok_and(|facts| facts.podman);
    let mut readers = JoinSet::new();
    for (index, container) in task.containers.iter().enumerate() {
        let name = container.planned.name.clone();
        if !part.wants(&name) {
            lines.ended(index);
            let lines = lines.clone();
            readers.spawn(async move { (index, lines.log(index, &name, None)) });
            continue;
        }
        let reader = Reader {
            engine: engine.clone(),
            id: container.id.clone(),
            podman,
            container: index,
            lines: lines.clone(),
            since: part.since,
            whole: part.last.is_none() && part.since.is_none(),
            place: Place::default(),
            merge: Merge::default(),
            pieces: [None; 2],
            together: Together::default(),
            bytes: 0,
        };
        let until = until.clone();
        readers.spawn(async move { (index, reader.read(&name, until).await) });
    }
    lines.logs(readers, &task.names).await
}

struct Reader {
    engine: Engine,
    id: String,
    podman: bool,
    container: ContainerIndex,
    lines: LineSender,
    /// Where the first reading begins, if not at the beginning. Not with the last lines: engines count the
    /// pieces of a long line, and tell times too coarse to find the place again from there.
    since: Option<SystemTime>,
    /// All that was written is asked for.
    whole: bool,
    place: Place,
    merge: Merge,
    /// Time of a piece of a line that goes on, by stream.
    pieces: [Option<Nanos>; 2],
    together: Together,
    /// Read so far.
    bytes: u64,
}

/// What came of one stream at one time, not handed over yet.
#[derive(Debug, Default)]
struct Together {
    stream: usize,
    time: UnixMillis,
    bytes: Vec<u8>,
}

impl Reader {
    async fn read(mut self, name: &str, mut until: Until) -> ContainerLog {
        let incomplete = self.read_on(&mut until).await;
        let mut batches = Vec::new();
        self.merge.finish(unix_time::now(), &mut batches);
        for batch in batches {
            self.lines.send(self.container, batch, None).await;
        }
        self.lines.ended(self.container);
        self.lines.log(self.container, name, incomplete)
    }

    /// Reads to the end; answers why that was not all, if it was not.
    async fn read_on(&mut self, until: &mut Until) -> Option<String> {
        let (mut failing, mut pause) = (None::<Instant>, PAUSE);
        let mut first = true;
        loop {
            // What a reading says about the end counts only if it began after the end was known.
            let end = End::of(until);
            let began = Instant::now();
            let before = self.bytes;
            // What there is already comes first, so that it is known where that ends.
            let follow = end == End::NotYet && !self.podman && !first;
            match self.pass(follow, until).await {
                Ok(()) => failing = None,
                Err(error) if engine::is_missing(&error) => {
                    return Some("the container was removed, and its log with it".to_owned());
                }
                Err(error) => {
                    if failing.get_or_insert(began).elapsed() >= RETRY_BUDGET {
                        return Some(format!("the engine does not tell it: {}", engine::words(&error)));
                    }
                }
            }
            // Nothing tells whether the engine has dropped what it kept first.
            if self.whole && first && end != End::NotYet && self.bytes >= (KEPT - KEPT / FILES) << 20 {
                return Some(format!(
                    "the engine keeps {KEPT} MiB of a container's output; what came before is gone"
                ));
            }
            if failing.is_none() {
                if std::mem::replace(&mut first, false) {
                    self.lines.caught_up(self.container);
                }
                match end {
                    End::Now | End::Seen => return None,
                    End::Lost => return Some("sortie lost sight of the task before its end".to_owned()),
                    End::NotYet => {}
                }
            }
            pause = if self.bytes > before { PAUSE } else { (pause * 2).min(MAX_PAUSE) };
            let pause = pause.max(began.elapsed() * SHARE).min(MAX_PAUSE * SHARE);
            let pause = if follow || before == 0 { PAUSE } else { pause };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = changed(until), if end == End::NotYet => {}
            }
        }
    }

    /// Reads what there is, and with `follow` what comes until the container's end.
    async fn pass(&mut self, follow: bool, until: &mut Until) -> Result<(), EngineError> {
        let options = LogsOptions {
            follow,
            stdout: true,
            stderr: true,
            timestamps: true,
            since: self.place.ask().or_else(|| seconds(self.since?)).unwrap_or_default(),
            tail: "all".to_owned(),
            ..Default::default()
        };
        let engine = self.engine.clone();
        let mut entries = engine.lasting.logs(&self.id, Some(options));
        let mut over = pin!(async {
            changed(until).await;
            tokio::time::sleep(AFTER_END).await;
        });
        loop {
            let entry = tokio::select! {
                biased;
                entry = entries.next() => entry,
                // Nothing more is there yet: what came is shown.
                () = std::future::ready(()), if !self.together.bytes.is_empty() => {
                    self.hand_over().await;
                    continue;
                }
                () = &mut over, if follow => None,
            };
            let (stream, message) = match entry {
                None => break,
                Some(Err(error)) => {
                    self.hand_over().await;
                    return Err(error);
                }
                Some(Ok(LogOutput::StdErr { message })) => (1, message),
                Some(Ok(LogOutput::StdOut { message } | LogOutput::Console { message })) => (0, message),
                Some(Ok(LogOutput::StdIn { .. })) => continue,
            };
            let Some((time, text)) = split_time(&message) else { continue };
            if self.place.is_new(stream, time) {
                self.bytes += text.len() as u64;
                self.take(stream, time, text).await;
            }
        }
        self.hand_over().await;
        Ok(())
    }

    /// Takes one entry: a whole line, or a piece of one that has no newline.
    async fn take(&mut self, stream: usize, time: Nanos, text: &[u8]) {
        let millis = UnixMillis::try_from(time / 1_000_000).unwrap_or_default();
        let piece = !text.ends_with(b"\n");
        // Docker's pieces have the time of the first one, and the last piece has no newline either.
        let ended = !self.podman && self.pieces[stream].is_some_and(|before| before != time);
        self.pieces[stream] = piece.then_some(time);
        let fits = self.together.bytes.len() < TOGETHER;
        if !(self.together.stream == stream && self.together.time == millis && fits) {
            self.hand_over().await;
            (self.together.stream, self.together.time) = (stream, millis);
        }
        if ended {
            self.together.bytes.push(b'\n');
        }
        self.together.bytes.extend_from_slice(text);
    }

    async fn hand_over(&mut self) {
        if self.together.bytes.is_empty() {
            return;
        }
        let mut batches = Vec::new();
        self.merge.feed(self.together.stream, &self.together.bytes, self.together.time, &mut batches);
        self.together.bytes.clear();
        for batch in batches {
            self.lines.send(self.container, batch, None).await;
        }
    }
}

/// Whole seconds since the Unix epoch.
fn seconds(at: SystemTime) -> Option<i32> {
    i32::try_from(at.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs()).ok()
}

/// What is known of the task's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It is not asked for.
    Now,
    NotYet,
    Seen,
    /// Nobody will tell any more.
    Lost,
}

impl End {
    fn of(until: &Until) -> Self {
        match until {
            Until::Now => Self::Now,
            Until::End(ended) => match (ended.borrow().is_some(), ended.has_changed()) {
                (true, _) => Self::Seen,
                (false, Err(_)) => Self::Lost,
                (false, Ok(_)) => Self::NotYet,
            },
        }
    }
}

/// Returns when there is news of the task's end.
async fn changed(until: &mut Until) {
    match until {
        Until::Now => std::future::pending().await,
        // A sender that is gone is news too.
        Until::End(ended) => {
            let _ = ended.changed().await;
        }
    }
}
