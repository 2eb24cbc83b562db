//! Reading one container's stream from where a cursor says to its end.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::cursor::Cursor;
use super::get_log_events::Page;
use super::get_log_events::Pages;
use super::settle::Settle;
use super::unpack::Batch;
use super::unpack::Unpack;
use crate::backend::EndCause;
use crate::backend::TaskEnd;
use crate::backend::Until;
use crate::backend::backoff::Backoff;
use crate::backend::fargate::aws::failure::Class;
use crate::backend::fargate::aws::failure::Failure;
use crate::backend::fargate::aws::pace::LogPace;
use crate::backend::fargate::aws::retry::InARow;
use crate::backend::fargate::handle::Life;
use crate::backend::fargate::handle::Stage;
use crate::event::EventKind;
use crate::report::ContainerLog;
use crate::report::PhaseName;
use crate::settings::LogSettle;
use crate::stream;
use crate::stream::ContainerIndex;
use crate::stream::LineSender;

/// How long calls may fail one after the other once the task has ended. Before its end they may fail
/// for as long as it runs: nothing is lost by asking later.
const FAILURE_TOLERANCE: Duration = Duration::from_secs(300);

/// A page with so many events says that there is more to catch up with. An empty page with another
/// token says so too: a page may end anywhere.
const CATCHING_UP: usize = 100;

/// An empty page with another token: what follows is there, but a long row of such pages must not
/// use up the account's quota.
const EMPTY_PAGE_PAUSE: Duration = Duration::from_millis(100);

/// A reader of a stream that does not exist asks at least this often once the task has ended.
const NOT_THERE_PAUSE: Duration = Duration::from_millis(250);

/// Reads one stream.
pub(super) struct Reader<P> {
    pages: P,
    /// Which stream it is, for a person.
    place: String,
    unpack: Unpack,
    settle: Settle,
    pace: LogPace,
    life: Arc<Life>,
    out: Out,
    backoff: Backoff,
    in_a_row: InARow,
    /// The last answer that could be read, be it that there is no such stream.
    last_answer: Instant,
    /// When the poll before began, by the platform's clock.
    before: Option<i64>,
    /// Begin with so many of the last events; `None` once that is done.
    last: Option<usize>,
}

/// Where a container's lines go.
pub(super) struct Out {
    /// Its index.
    pub(super) container: ContainerIndex,
    /// Its name.
    pub(super) name: String,
    /// Where its lines are sent.
    pub(super) lines: LineSender,
}

/// What a poll brought.
enum Poll {
    /// Events, or another token.
    More {
        events: usize,
        /// When the last of them was accepted.
        accepted: Option<i64>,
    },
    /// The token that was sent.
    Nothing,
    Failed(Failure),
}

/// What comes after a poll.
enum Next {
    /// Another one, after this pause.
    PollIn(Duration),
    /// The log ends here: complete, or why not.
    End(Option<String>),
}

impl<P: Pages> Reader<P> {
    /// Reads from `cursor` on.
    pub(super) fn new(
        pages: P,
        place: String,
        cursor: Cursor,
        log_settle: LogSettle,
        life: Arc<Life>,
        out: Out,
    ) -> Self {
        Self {
            pages,
            place,
            unpack: Unpack::from(cursor),
            settle: Settle::new(log_settle),
            pace: LogPace::new(),
            life,
            out,
            backoff: Backoff::for_calls(),
            in_a_row: InARow::default(),
            last_answer: Instant::now(),
            before: None,
            last: None,
        }
    }

    /// The same, beginning with so many of the last events.
    pub(super) fn beginning_with_the_last(self, last: Option<usize>) -> Self {
        Self { last, ..self }
    }

    /// Reads to the end, sending lines on the way.
    pub(super) async fn read(mut self, mut until: Until) -> ContainerLog {
        let mut stage = self.life.stage.subscribe();
        let now = self.life.platform_now();
        let incomplete = loop {
            // What a poll says about the end counts only if it began after the end was known.
            let end = End::of(&until, now);
            if let End::Seen(_) | End::Lost = end {
                let stopped = end.seen().and_then(|end| end.execution_stopped_at);
                let ago = stopped.map(|at| self.life.ago(at)).unwrap_or_default();
                self.settle.ended(Instant::now(), self.life.platform_now(), ago);
            }
            let began = self.life.platform_now();
            // Time that passes while standard output takes the lines is not the stream's.
            let asked = Instant::now();
            let starting = *stage.borrow() == Stage::Starting;
            let next = match self.poll(began).await {
                Poll::More { events, accepted } => self.more(&end, asked, events, accepted),
                Poll::Nothing => self.nothing(&end, starting),
                Poll::Failed(failure) if failure.class == Class::Missing => self.missing(&end, starting),
                Poll::Failed(failure) => self.failed(&end, &failure),
            };
            if self.last_answer >= asked {
                self.before = Some(began);
            }
            let pause = match next {
                Next::End(incomplete) => break incomplete,
                Next::PollIn(pause) if pause.is_zero() => continue,
                Next::PollIn(pause) => pause,
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                // The end, and the start of the containers, are reasons to look at once; but not
                // for a reader that is backing off.
                () = changed(&mut until), if matches!(end, End::NotYet) => {}
                _ = stage.changed(), if matches!(end, End::NotYet) => {}
            }
        };
        let rest = self.unpack.finish();
        self.send(rest).await;
        let log = self.out.lines.log(self.out.container, &self.out.name, incomplete);
        ContainerLog { waited: self.settle.waited(self.last_answer), ..log }
    }

    /// One GetLogEvents. `began` is now by the platform's clock.
    async fn poll(&mut self, began: i64) -> Poll {
        let walk = &self.unpack.walk;
        let page = match self.last {
            Some(last) => self.pages.last(last).await,
            None => self.pages.page(walk.token(), walk.start_time()).await,
        };
        let Page { events, next } = match page {
            Ok(page) => page,
            Err(failure) => return Poll::Failed(failure),
        };
        let now = Instant::now();
        for ingested in events.iter().filter_map(|event| event.ingestion_time) {
            self.settle.event(ingested, self.before, began, now);
        }
        let (batches, more) = self.unpack.page(&events, next);
        self.send(batches).await;
        let accepted = events.last().and_then(|event| event.ingestion_time);
        self.has_begun();
        if more { Poll::More { events: events.len(), accepted } } else { Poll::Nothing }
    }

    async fn send(&self, batches: Vec<Batch>) {
        for (batch, cursor) in batches {
            self.out.lines.send(self.out.container, batch, stream::Cursor::new(&cursor)).await;
        }
    }

    fn answered(&mut self) {
        self.last_answer = Instant::now();
        self.backoff = Backoff::for_calls();
        self.in_a_row = InARow::default();
    }

    fn more(&mut self, end: &End, asked: Instant, events: usize, accepted: Option<i64>) -> Next {
        self.answered();
        self.settle.is_there(self.last_answer);
        self.settle.changed();
        if events > 0 {
            self.pace.flows();
        }
        if self.settle.is_overdue(asked) {
            let why = match self.settle.has_late_lines() {
                true => "lines still arrive long after the task's end",
                false => "CloudWatch Logs tells no end of the stream, and sends empty pages",
            };
            return Next::End(Some(why.to_owned()));
        }
        match end {
            // What a task goes on writing meanwhile is not asked for.
            End::UpTo(now) if accepted.is_some_and(|accepted| accepted > *now) => Next::End(None),
            // A few lines of a running task: what follows is not written yet, and every call counts
            // against the account's quota.
            End::NotYet if (1..CATCHING_UP).contains(&events) => Next::PollIn(self.pace.pause(false)),
            _ if events == 0 => Next::PollIn(EMPTY_PAGE_PAUSE),
            // Whatever there is more is there now.
            _ => Next::PollIn(Duration::ZERO),
        }
    }

    fn nothing(&mut self, end: &End, starting: bool) -> Next {
        self.answered();
        self.settle.is_there(self.last_answer);
        self.settle.unchanged();
        match end {
            End::UpTo(_) => Next::End(None),
            End::NotYet => Next::PollIn(self.pace.pause(starting)),
            _ if !self.settle.is_settled(self.last_answer) => {
                Next::PollIn(self.settle.pause(self.last_answer))
            }
            End::Seen(_) => Next::End(None),
            End::Lost => Next::End(Some("sortie lost sight of the task before its end".to_owned())),
        }
    }

    /// The last events of those that there were have been sent: all that follow are new.
    fn has_begun(&mut self) {
        if self.last.take().is_some() {
            self.out.lines.caught_up(self.out.container);
        }
    }

    /// There is no such stream.
    fn missing(&mut self, end: &End, starting: bool) -> Next {
        self.has_begun();
        self.answered();
        self.settle.unchanged();
        let never_ran = end.seen().is_some_and(|end| never_ran(end, &self.out.name));
        match end {
            End::UpTo(_) => Next::End(Some(format!("{} does not exist (yet)", self.place))),
            End::NotYet => Next::PollIn(self.pace.pause(starting)),
            _ if never_ran => Next::End(None),
            _ if self.settle.is_settled(self.last_answer) => Next::End(Some(format!(
                "{} never appeared: the execution role needs logs:CreateLogStream and logs:PutLogEvents, and the \
                 group must exist in the region of the log configuration",
                self.place
            ))),
            _ => Next::PollIn(self.settle.pause(self.last_answer).max(NOT_THERE_PAUSE)),
        }
    }

    fn failed(&mut self, end: &End, failure: &Failure) -> Next {
        if failure.class == Class::Invalid && self.unpack.walk.token().is_some() {
            self.unpack.walk.restart();
            return Next::PollIn(self.backoff.pause());
        }
        let tolerance = match end {
            End::NotYet => Duration::MAX,
            _ => FAILURE_TOLERANCE,
        };
        // Counted from the last answer, or from the task's end if that came later.
        let since = self.settle.end_seen().map_or(self.last_answer, |seen| seen.max(self.last_answer));
        let events = self.out.lines.events();
        if self.in_a_row.allows(failure) && since.elapsed() < tolerance {
            return Next::PollIn(self.backoff.pause());
        }
        let hint = if failure.hint.is_empty() { String::new() } else { format!("; {}", failure.hint) };
        let why = format!("{} cannot be read: {failure}{hint}", self.place);
        if matches!(end, End::NotYet) {
            // Not only in the summary: nothing is shown of the task from here on.
            let message = format!("no more of container `{}` is shown: {why}", self.out.name);
            events.send(EventKind::warning(message));
        }
        Next::End(Some(why))
    }
}

/// What is known of the task's end.
enum End {
    /// It is not asked for; the log is read up to this moment of the platform's clock.
    UpTo(i64),
    NotYet,
    Seen(TaskEnd),
    /// Nobody will tell any more.
    Lost,
}

impl End {
    fn of(until: &Until, now: i64) -> Self {
        match until {
            Until::Now => Self::UpTo(now),
            Until::End(ended) => match (&*ended.borrow(), ended.has_changed()) {
                (Some(end), _) => Self::Seen(end.clone()),
                (None, Err(_)) => Self::Lost,
                (None, Ok(_)) => Self::NotYet,
            },
        }
    }

    fn seen(&self) -> Option<&TaskEnd> {
        match self {
            Self::Seen(end) => Some(end),
            _ => None,
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

/// The container has no log because it never ran, which the task's end explains.
fn never_ran(end: &TaskEnd, name: &str) -> bool {
    let not_started = matches!(end.cause, EndCause::NeverStarted | EndCause::NoCapacity);
    match end.containers.iter().find(|container| container.name == name) {
        // An end that nobody saw explains nothing.
        None => not_started,
        Some(container) => {
            container.exit_code.is_none()
                && (not_started || !end.phases.iter().any(|phase| phase.name == PhaseName::Run))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Mutex;

    use aws_sdk_cloudwatchlogs::types::OutputLogEvent;
    use tokio::sync::Semaphore;
    use tokio::sync::mpsc;
    use tokio::sync::watch;

    use super::*;
    use crate::stream::Attempt;
    use crate::stream::Clock;
    use crate::stream::Message;
    use sortie_lines::UnixMillis;

    /// Answers in this order; the last one without end.
    struct Script {
        answers: Mutex<VecDeque<Result<Page, Failure>>>,
        asked: Arc<Mutex<usize>>,
    }

    impl Pages for Script {
        async fn page(&self, _: Option<&str>, _: Option<UnixMillis>) -> Result<Page, Failure> {
            *self.asked.lock().unwrap() += 1;
            let mut answers = self.answers.lock().unwrap();
            let answer = answers.pop_front().unwrap();
            if answers.is_empty() {
                let again =
                    answer.as_ref().map(|page| Page { events: page.events.clone(), next: page.next.clone() });
                answers.push_back(again.map_err(Failure::clone));
            }
            answer
        }

        async fn last(&self, _: usize) -> Result<Page, Failure> {
            self.page(None, None).await
        }
    }

    fn page(lines: &[(&str, i64)], next: &str) -> Result<Page, Failure> {
        let event = |(line, accepted): &(&str, i64)| {
            OutputLogEvent::builder().message(*line).timestamp(*accepted).ingestion_time(*accepted).build()
        };
        Ok(Page { events: lines.iter().map(event).collect(), next: Some(next.to_owned()) })
    }

    fn missing() -> Result<Page, Failure> {
        Err(Failure { class: Class::Missing, ..Failure::unreadable("GetLogEvents", "no such stream") })
    }

    type Received = mpsc::UnboundedReceiver<Message>;

    /// A reader of these answers, what it sends, and how often it has asked.
    fn reader(answers: Vec<Result<Page, Failure>>) -> (Reader<Script>, Received, Arc<Mutex<usize>>) {
        let (sender, received) = mpsc::unbounded_channel();
        let lines = LineSender::new(
            sender,
            Arc::new(Semaphore::new(100)),
            Arc::default(),
            Clock::since(std::time::Instant::now()),
            Attempt::FIRST,
        );
        let out = Out { container: 0, name: "app".to_owned(), lines };
        let asked = Arc::new(Mutex::new(0));
        let script = Script { answers: Mutex::new(answers.into()), asked: Arc::clone(&asked) };
        let place = "the log stream s".to_owned();
        (Reader::new(script, place, Cursor::default(), LogSettle::Auto, Life::new(0), out), received, asked)
    }

    async fn up_to_now(answers: Vec<Result<Page, Failure>>) -> (ContainerLog, usize, Duration) {
        let (reader, _received, asked) = reader(answers);
        let start = Instant::now();
        let log = reader.read(Until::Now).await;
        let asked = *asked.lock().unwrap();
        (log, asked, start.elapsed())
    }

    #[tokio::test]
    async fn a_log_up_to_now_ends_at_the_first_token_that_repeats() {
        let soon = Duration::from_millis(300);
        let old = vec![
            page(&[("a", 1), ("b", 2)], "f/1"),
            page(&[], "f/2"),
            page(&[("c", 3)], "f/3"),
            page(&[], "f/3"),
        ];
        let (log, asked, took) = up_to_now(old).await;
        assert_eq!((log.lines, log.incomplete, asked), (3, None, 4), "an empty page is not the end");
        assert!(took < soon, "{took:?}");
    }

    /// However fast the task writes on: what is held back until then is printed.
    #[tokio::test]
    async fn the_last_lines_are_told_before_what_follows_them() {
        for first in [page(&[("a", 1)], "f/1"), missing()] {
            let (reader, mut received, _) = reader(vec![first, page(&[("b", 2)], "f/2"), page(&[], "f/2")]);
            let (_sender, ended) = watch::channel(None);
            let reading = reader.beginning_with_the_last(Some(5)).read(Until::End(ended));
            let _ = tokio::time::timeout(Duration::from_secs(3), reading).await;
            let mut seen = String::new();
            while let Ok(message) = received.try_recv() {
                match message {
                    Message::Lines { batch, .. } => seen += &String::from_utf8_lossy(&batch.bytes),
                    Message::CaughtUp(_) => seen += "caught up\n",
                    _ => {}
                }
            }
            assert!(["a\ncaught up\nb\n", "caught up\nb\n"].contains(&seen.as_str()), "{seen}");
        }
    }

    #[tokio::test]
    async fn a_task_that_writes_on_and_on_does_not_keep_a_log_up_to_now_open() {
        let later = crate::backend::fargate::aws::clock::millis(std::time::SystemTime::now()) + 60_000;
        let mut answers = vec![page(&[("old", 1)], "f/0")];
        answers.extend((1..50).map(|number| page(&[("new", later)], &format!("f/{number}"))));
        let (log, asked, _) = up_to_now(answers).await;
        assert_eq!((log.lines, log.incomplete, asked), (2, None, 2));
    }

    #[tokio::test]
    async fn a_stream_without_an_end_is_given_up_and_what_came_of_it_is_said() {
        let late = Instant::now() + Duration::from_secs(120);
        let why = |lines: usize| {
            let (mut reader, _received, _) = reader(vec![page(&[], "f/1")]);
            reader.settle.ended(Instant::now(), 50_000, Duration::ZERO);
            (0..lines).for_each(|_| reader.settle.event(50_001, None, 50_100, Instant::now()));
            match reader.more(&End::Lost, late, lines, None) {
                Next::End(why) => why.unwrap_or_default(),
                Next::PollIn(pause) => panic!("it goes on after {pause:?}"),
            }
        };
        assert_eq!(why(0), "CloudWatch Logs tells no end of the stream, and sends empty pages");
        assert_eq!(why(1), "lines still arrive long after the task's end");
    }

    #[tokio::test]
    async fn a_stream_that_is_not_there_now_is_not_waited_for() {
        let (log, asked, _) = up_to_now(vec![missing()]).await;
        assert_eq!((log.lines, asked), (0, 1));
        assert_eq!(log.incomplete.as_deref(), Some("the log stream s does not exist (yet)"));
    }

    #[tokio::test]
    async fn a_page_that_is_never_readable_ends_the_log_of_a_running_task_and_that_is_said() {
        let (mut reader, mut received, _) = reader(vec![page(&[], "f/1")]);
        let failure = Failure::unreadable("GetLogEvents", "x");
        let (_sender, ended) = watch::channel(None);
        let end = End::of(&Until::End(ended), 0);
        let mut fails = || {
            let next = reader.failed(&end, &failure);
            let mut texts = Vec::new();
            while let Ok(message) = received.try_recv() {
                if let Message::Event(event) = message
                    && let EventKind::Warning { message, .. } = event.kind
                {
                    texts.push(message);
                }
            }
            (matches!(next, Next::PollIn(_)), texts)
        };
        assert_eq!((fails(), fails()), ((true, Vec::new()), (true, Vec::new())));
        let (goes_on, said) = fails();
        assert!(!goes_on && said[0].contains("no more of container `app` is shown"), "{said:?}");
    }
}
