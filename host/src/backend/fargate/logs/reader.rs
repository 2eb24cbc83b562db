//! Reading containers' lines from CloudWatch Logs: one reader a container, all at once.
//!
//! The rules of GetLogEvents (CloudWatch Logs API reference): with a forward token
//! `startFromHead` must be true; a page may be short or empty without being the last; the end
//! of what there is now is reached when the token that was sent comes back; the same token shows
//! later events later. So a reader never loses its place: it goes forward by tokens alone, and
//! no event is seen twice or left out.

use std::time::Duration;

use aws_sdk_cloudwatchlogs::types::OutputLogEvent;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::rejoin::LineSink;
use super::rejoin::Rejoin;
use super::settle::Settle;
use super::streams::LogSource;
use super::streams::stream_name;
use crate::backend::EndCause;
use crate::backend::LineSender;
use crate::backend::TaskEnd;
use crate::backend::backoff::Backoff;
use crate::backend::fargate::aws::clients::Clients;
use crate::backend::fargate::aws::clients::LogsClient;
use crate::backend::fargate::aws::failure::Class;
use crate::backend::fargate::aws::failure::Failure;
use crate::backend::fargate::aws::pace::LogPace;
use crate::backend::fargate::handle::FargateHandle;
use crate::backend::fargate::handle::Life;
use crate::backend::fargate::handle::Stage;
use crate::event::RunEvent;
use crate::lines::ContainerIndex;
use crate::lines::LineBatch;
use crate::lines::batch::UnixMillis;
use crate::report::ContainerLog;
use crate::settings::LogSettle;

/// How long calls may fail one after the other once the task has ended. Before its end they may
/// fail for ever: nothing is lost by asking later.
const FAILURE_TOLERANCE: Duration = Duration::from_secs(300);

/// A page with so many events says that there is more to catch up with. An empty page with another
/// token says so too: a page may end anywhere.
const CATCHING_UP: usize = 100;

/// An empty page with another token: what follows is there, but a long row of such pages must not
/// use up the account's quota.
const EMPTY_PAGE_PAUSE: Duration = Duration::from_millis(100);

/// A reader of a stream that does not exist asks at least this often once the task has ended.
const NOT_THERE_PAUSE: Duration = Duration::from_millis(250);

/// Reads all containers' lines to their end.
pub(crate) async fn follow(
    clients: &Clients,
    handle: &FargateHandle,
    log_settle: LogSettle,
    lines: &LineSender,
    ended: watch::Receiver<Option<TaskEnd>>,
) -> Vec<ContainerLog> {
    let mut readers = JoinSet::new();
    for (index, (name, source)) in handle.containers.iter().zip(&handle.sources).enumerate() {
        let name = name.clone();
        let lines = lines.clone();
        match source {
            LogSource::CloudWatch { group, prefix, region } => {
                let reader = Reader {
                    client: clients.logs(region),
                    group: group.clone(),
                    stream: stream_name(prefix, &name, handle.task_id()),
                    place: Place::default(),
                    settle: Settle::new(log_settle),
                    pace: LogPace::new(),
                    rejoin: Rejoin::default(),
                    out: Out::new(index, lines.clone()),
                    life: handle.life.clone(),
                    name,
                };
                let mut ended = ended.clone();
                readers.spawn(async move {
                    let log = reader.read(ended.clone()).await;
                    // A task that may be launched again has not begun its log yet. An error means that
                    // nobody will tell how it ended.
                    let passing = ended.wait_for(Option::is_some).await;
                    if !passing.is_ok_and(|end| end.as_ref().is_some_and(|end| end.passing)) {
                        lines.ended(index);
                    }
                    (index, log)
                });
            }
            LogSource::Unreadable(why) => {
                let incomplete = Some(format!("not read: {why}"));
                readers.spawn(async move {
                    lines.ended(index);
                    (index, lines.log(index, &name, incomplete))
                });
            }
        }
    }
    lines.logs(readers, &handle.containers).await
}

/// Reads one stream.
struct Reader {
    client: LogsClient,
    group: String,
    stream: String,
    name: String,
    place: Place,
    settle: Settle,
    pace: LogPace,
    rejoin: Rejoin,
    out: Out,
    life: std::sync::Arc<Life>,
}

/// How far a stream has been read.
#[derive(Debug, Default)]
struct Place {
    token: Option<String>,
    /// Timestamp of the last event, and how many events had it: where to go on if the token is
    /// refused (it expires after 24 hours).
    last: Option<(UnixMillis, usize)>,
    /// Events of the time `last` that are to be passed over, because they were read before.
    pass_over: usize,
}

/// What a poll brought.
enum Poll {
    /// Events, or another token.
    More {
        events: usize,
    },
    /// The token that was sent.
    Nothing,
    Failed(Failure),
}

impl Reader {
    async fn read(mut self, mut ended: watch::Receiver<Option<TaskEnd>>) -> ContainerLog {
        let mut stage = self.life.stage.subscribe();
        let mut backoff = Backoff::for_calls();
        let mut last_answer = Instant::now();
        let mut before: Option<i64> = None;
        let incomplete = loop {
            // What a poll says about the end counts only if it began after the end was known.
            let end = End::now(&ended);
            if !matches!(end, End::NotYet) {
                let ago = match &end {
                    End::Seen(seen) => {
                        seen.execution_stopped_at.map(|at| self.life.ago(at)).unwrap_or_default()
                    }
                    _ => Duration::ZERO,
                };
                self.settle.ended(Instant::now(), self.life.platform_now(), ago);
            }
            let began = self.life.platform_now();
            // Time that passes while standard output takes the lines is not the stream's.
            let asked = Instant::now();
            let pause = match self.poll(before, began).await {
                Poll::More { events } => {
                    backoff = Backoff::for_calls();
                    last_answer = Instant::now();
                    self.settle.is_there(last_answer);
                    before = Some(began);
                    self.settle.changed();
                    if events > 0 {
                        self.pace.flows();
                    }
                    if self.settle.is_overdue(asked) {
                        break Some("lines still arrive long after the task's end".to_owned());
                    }
                    match end {
                        // A few lines of a running task: what follows is not written yet, and
                        // every call counts against the account's quota.
                        End::NotYet if (1..CATCHING_UP).contains(&events) => self.pace.pause(false),
                        _ if events == 0 => EMPTY_PAGE_PAUSE,
                        // Whatever there is more is there now.
                        _ => Duration::ZERO,
                    }
                }
                Poll::Nothing => {
                    backoff = Backoff::for_calls();
                    last_answer = Instant::now();
                    self.settle.is_there(last_answer);
                    before = Some(began);
                    self.settle.unchanged();
                    if self.settle.is_settled(last_answer) {
                        break match end {
                            End::Lost => Some("sortie lost sight of the task before its end".to_owned()),
                            _ => None,
                        };
                    }
                    match end {
                        End::NotYet => self.pace.pause(*stage.borrow() == Stage::Starting),
                        _ => self.settle.pause(last_answer),
                    }
                }
                Poll::Failed(failure) => match failure.class {
                    Class::Missing => {
                        backoff = Backoff::for_calls();
                        last_answer = Instant::now();
                        before = Some(began);
                        self.settle.unchanged();
                        let never_ran = match &end {
                            End::Seen(seen) => never_ran(seen, &self.name),
                            _ => false,
                        };
                        if !matches!(end, End::NotYet) && (never_ran || self.settle.is_settled(last_answer)) {
                            break (!never_ran).then(|| self.never_appeared());
                        }
                        match end {
                            End::NotYet => self.pace.pause(*stage.borrow() == Stage::Starting),
                            _ => self.settle.pause(last_answer).max(NOT_THERE_PAUSE),
                        }
                    }
                    Class::Invalid if self.place.token.is_some() => {
                        self.place.restart();
                        backoff.pause()
                    }
                    _ if failure.is_passing()
                        && (matches!(end, End::NotYet)
                            || self.patient_since(last_answer).elapsed() < FAILURE_TOLERANCE) =>
                    {
                        let pause = backoff.pause();
                        let message = format!(
                            "GetLogEvents for container `{}`: {failure}; again in {:.1} s",
                            self.name,
                            pause.as_secs_f64(),
                        );
                        self.out.sender.events().send(RunEvent::Detail { message });
                        pause
                    }
                    _ => {
                        let why = self.unreadable(&failure);
                        if matches!(end, End::NotYet) {
                            // Not only in the summary: nothing is shown of the task from here on.
                            let message = format!("no more of container `{}` is shown: {why}", self.name);
                            self.out.sender.events().send(RunEvent::Warning { message });
                        }
                        break Some(why);
                    }
                },
            };
            if pause.is_zero() {
                continue;
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                // The end, and the start of the containers, are reasons to look at once; but not
                // for a reader that is backing off.
                changed = ended.changed(), if matches!(end, End::NotYet) => {
                    let _ = changed;
                }
                _ = stage.changed(), if matches!(end, End::NotYet) => {}
            }
        };
        self.rejoin.finish(&mut self.out);
        self.out.flush().await;
        self.out.sender.log(self.out.container, &self.name, incomplete)
    }

    /// One GetLogEvents. `before` and `began` are when the last poll and this one began.
    async fn poll(&mut self, before: Option<i64>, began: i64) -> Poll {
        let call = self
            .client
            .client
            .get_log_events()
            .log_group_name(&self.group)
            .log_stream_name(&self.stream)
            .start_from_head(true)
            .set_start_time(match (&self.place.token, self.place.last) {
                (None, Some((time, _))) => Some(time),
                _ => None,
            })
            .set_next_token(self.place.token.clone());
        self.client.get_log_events.ready().await;
        let page = match call.send().await {
            Ok(page) => page,
            Err(error) => return Poll::Failed(Failure::new("GetLogEvents", &error)),
        };
        let events = page.events.unwrap_or_default();
        let now = Instant::now();
        for event in &events {
            if let Some(ingested) = event.ingestion_time {
                self.settle.event(ingested, before, began, now);
            }
            self.take(event);
            if self.out.batch.is_full() || !self.out.full.is_empty() {
                self.out.flush().await;
            }
        }
        self.out.flush().await;
        let same = page.next_forward_token.is_none() || page.next_forward_token == self.place.token;
        self.place.token = page.next_forward_token.or(self.place.token.take());
        if same && events.is_empty() { Poll::Nothing } else { Poll::More { events: events.len() } }
    }

    fn take(&mut self, event: &OutputLogEvent) {
        let time = event.timestamp.unwrap_or_default();
        if !self.place.is_new(time) {
            return;
        }
        self.rejoin.push(event.message.as_deref().unwrap_or_default(), time, &mut self.out);
    }

    /// From when failures are counted: the last answer, or the task's end if that came later.
    fn patient_since(&self, last_answer: Instant) -> Instant {
        self.settle.end_seen().map_or(last_answer, |seen| seen.max(last_answer))
    }

    fn never_appeared(&self) -> String {
        format!(
            "the log stream {} never appeared in group {}: the execution role needs logs:CreateLogStream and \
             logs:PutLogEvents, and the group must exist in the region of the log configuration",
            self.stream, self.group
        )
    }

    fn unreadable(&self, failure: &Failure) -> String {
        let hint = match failure.class {
            Class::Denied if failure.hint != crate::backend::fargate::aws::clients::CREDENTIALS_HINT => {
                "; allow logs:GetLogEvents for whoever runs sortie"
            }
            _ => "",
        };
        format!("the log stream {} in group {} cannot be read: {failure}{hint}", self.stream, self.group)
    }
}

impl Place {
    /// Counts an event; whether it was not read before.
    fn is_new(&mut self, time: UnixMillis) -> bool {
        match &mut self.last {
            Some((last, count)) if *last == time => {
                if self.pass_over > 0 {
                    self.pass_over -= 1;
                    return false;
                }
                *count += 1;
            }
            last => {
                self.pass_over = 0;
                *last = Some((time, 1));
            }
        }
        true
    }

    /// The token is refused: goes on from the time of the last event, passing over what was read.
    fn restart(&mut self) {
        self.token = None;
        self.pass_over = self.last.map_or(0, |(_, count)| count);
    }
}

/// What is known of the task's end.
enum End {
    NotYet,
    Seen(TaskEnd),
    /// Nobody will tell any more.
    Lost,
}

impl End {
    fn now(ended: &watch::Receiver<Option<TaskEnd>>) -> Self {
        match (&*ended.borrow(), ended.has_changed()) {
            (Some(end), _) => Self::Seen(end.clone()),
            (None, Err(_)) => Self::Lost,
            (None, Ok(_)) => Self::NotYet,
        }
    }
}

/// The container has no log because it never ran, which the task's end explains.
fn never_ran(end: &TaskEnd, name: &str) -> bool {
    let not_started = matches!(end.cause, EndCause::NeverStarted | EndCause::NoCapacity);
    match end.containers.iter().find(|container| container.name == name) {
        // An end that nobody saw explains nothing.
        None => not_started,
        Some(container) => {
            container.exit_code.is_none()
                && (not_started || !end.phases.iter().any(|phase| phase.name == "run"))
        }
    }
}

/// Lines on their way out.
struct Out {
    container: ContainerIndex,
    sender: LineSender,
    batch: LineBatch,
    /// Batches that end with a piece: nothing may follow an unfinished line in its batch.
    full: Vec<LineBatch>,
}

impl Out {
    fn new(container: ContainerIndex, sender: LineSender) -> Self {
        Self { container, sender, batch: LineBatch::default(), full: Vec::new() }
    }

    async fn flush(&mut self) {
        for batch in std::mem::take(&mut self.full) {
            self.sender.send(self.container, batch).await;
        }
        if !self.batch.is_empty() {
            let batch = std::mem::take(&mut self.batch);
            self.sender.send(self.container, batch).await;
        }
    }
}

impl LineSink for Out {
    fn line(&mut self, line: &[u8], time: UnixMillis) {
        self.batch.push(line, time);
    }

    fn piece(&mut self, piece: &[u8], time: UnixMillis) {
        self.batch.push(piece, time);
        self.batch.partial = true;
        self.full.push(std::mem::take(&mut self.batch));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_refused_token_nothing_is_read_twice() {
        let mut place = Place { token: Some("t".to_owned()), ..Place::default() };
        let read = |place: &mut Place, times: &[i64]| -> Vec<bool> {
            times.iter().map(|time| place.is_new(*time)).collect()
        };
        assert_eq!(read(&mut place, &[1, 2, 2]), [true; 3]);
        place.restart();
        assert_eq!(place.token, None);
        // From time 2 on: the two that were read, a third of the same time, and a later one.
        assert_eq!(read(&mut place, &[2, 2, 2, 3]), [false, false, true, true]);
        place.restart();
        assert_eq!(read(&mut place, &[4]), [true], "events of an old time may be gone");
    }
}
