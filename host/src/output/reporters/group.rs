//! All reporters of a run, as the output thread sees them.

use std::io;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use tokio::sync::mpsc;

use super::Effects;
use super::Limits;
use super::Reporter;
use super::queue::Item;
use super::queue::Queue;
use crate::event::Event;
use crate::event::EventKind;
use crate::output::render::text;
use sortie_lines::LineBatch;

/// Answers under way to the output thread. A reporter whose answers are not taken waits.
const ANSWERS: usize = 16;

/// The reporters of a run. Telling them something never waits.
#[derive(Debug)]
pub struct Reporters {
    limits: Limits,
    /// In the user's order; `None` where one has failed or was left.
    handles: Vec<Option<Handle>>,
    answers: mpsc::Receiver<Answer>,
}

/// The output thread's end of one reporter.
#[derive(Debug)]
struct Handle {
    name: String,
    wants_log_lines: bool,
    queue: Arc<Queue>,
    /// Events and marks that were told and not answered.
    unanswered: usize,
    /// When the last of them was told.
    told_at: Instant,
    /// It took too long, and has not caught up since.
    late: bool,
}

/// What a reporter's thread says when it has been told something.
#[derive(Debug)]
pub struct Answer {
    reporter: usize,
    /// An event or a mark, and not log lines.
    counts: bool,
    result: Result<Effects, String>,
}

/// What an answer comes to.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// To be done, by the reporter of this name.
    Done(String, Effects),
    /// The reporter failed: it is not called again. One line.
    Failed(String),
}

impl Reporters {
    /// Starts a thread for each.
    pub fn start(reporters: Vec<Box<dyn Reporter>>, limits: Limits) -> io::Result<Self> {
        let (sender, answers) = mpsc::channel(ANSWERS);
        let start = |(index, reporter): (usize, Box<dyn Reporter>)| {
            let handle = Handle {
                name: reporter.name().to_owned(),
                wants_log_lines: reporter.wants_log_lines(),
                queue: Arc::new(Queue::new(limits.queue_bytes)),
                unanswered: 0,
                told_at: Instant::now(),
                late: false,
            };
            let (queue, answers) = (Arc::clone(&handle.queue), sender.clone());
            let thread = std::thread::Builder::new().name("reporter".into());
            thread.spawn(move || serve(index, reporter, &queue, &answers))?;
            Ok(Some(handle))
        };
        let handles = reporters.into_iter().enumerate().map(start).collect::<io::Result<_>>()?;
        Ok(Self { limits, handles, answers })
    }

    /// Tells an event to everybody. Progress is for the live line only.
    pub fn tell(&mut self, event: &Arc<Event>) {
        if !matches!(event.kind, EventKind::Progress { .. }) {
            self.push(|| Item::Event(Arc::clone(event)));
        }
    }

    /// Asks everybody to say when all that was told so far is done.
    pub fn mark(&mut self) {
        self.push(|| Item::Mark);
    }

    fn push(&mut self, item: impl Fn() -> Item) {
        for handle in self.handles.iter_mut().flatten() {
            handle.unanswered += 1;
            handle.told_at = Instant::now();
            handle.queue.push(item());
        }
    }

    /// Whether anybody wants log lines.
    pub fn want_log_lines(&self) -> bool {
        self.handles.iter().flatten().any(|handle| handle.wants_log_lines)
    }

    /// Tells lines of a container to those who want them.
    pub fn tell_lines(&mut self, container: &str, batch: LineBatch) {
        let (container, batch): (Arc<str>, _) = (container.into(), Arc::new(batch));
        for handle in self.handles.iter().flatten().filter(|handle| handle.wants_log_lines) {
            handle.queue.push(Item::Lines(Arc::clone(&container), Arc::clone(&batch)));
        }
    }

    /// The next answer; never, when nobody is left.
    pub async fn answer(&mut self) -> Answer {
        match self.answers.recv().await {
            Some(answer) => answer,
            None => std::future::pending().await,
        }
    }

    /// An answer that is there already.
    pub fn ready_answer(&mut self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }

    /// Notes an answer; `None` when it is of one that nobody listens to any more.
    pub fn take(&mut self, answer: Answer) -> Option<Outcome> {
        let slot = self.handles.get_mut(answer.reporter)?;
        let handle = slot.as_mut()?;
        if answer.counts {
            handle.unanswered = handle.unanswered.saturating_sub(1);
            handle.late &= handle.unanswered > 0;
        }
        let name = handle.name.clone();
        Some(match answer.result {
            Ok(effects) => Outcome::Done(name, effects),
            Err(reason) => {
                *slot = None;
                Outcome::Failed(format!("reporter `{name}` failed and is not called again: {reason}"))
            }
        })
    }

    /// Until when a log line waits for answers to events before it; `None` when it need not. Ask again
    /// after [`Reporters::LOOK_AGAIN`]: a reporter that begins has less time from then on.
    pub fn worth_waiting_for(&mut self) -> Option<Instant> {
        let now = Instant::now();
        let limits = self.limits;
        let mut until = None;
        for handle in self.handles.iter_mut().flatten().filter(|handle| handle.unanswered > 0 && !handle.late)
        {
            let deadline = match handle.queue.busy_since() {
                Some(since) => since + limits.patience,
                None => handle.told_at + limits.start_patience,
            };
            handle.late = deadline <= now;
            until = until.max((!handle.late).then_some(deadline));
        }
        until
    }

    /// How often to ask [`Reporters::worth_waiting_for`].
    pub const LOOK_AGAIN: Duration = Duration::from_millis(5);

    /// Whether everything that was told is done.
    pub fn are_done(&self) -> bool {
        self.handles.iter().flatten().all(|handle| handle.unanswered == 0)
    }

    /// Leaves those who are not done; says of each that it was left after this time.
    pub fn leave(&mut self, after: Duration) -> Vec<String> {
        let undone =
            self.handles.iter_mut().filter(|slot| slot.as_ref().is_some_and(|handle| handle.unanswered > 0));
        let left = undone.filter_map(Option::take);
        left.map(|handle| {
            format!("reporter `{}` did not finish within {} s and was left", handle.name, after.as_secs_f64())
        })
        .collect()
    }

    /// Says of each that missed log lines how many, since this was last asked.
    pub fn missed(&self) -> Vec<String> {
        let missed = self.handles.iter().flatten().map(|handle| (&handle.name, handle.queue.take_dropped()));
        let missed = missed.filter(|(_, lines)| *lines > 0);
        missed
            .map(|(name, lines)| {
                let lines = text::counted(lines, "log line");
                format!("reporter `{name}` was too slow and was not told {lines}; the log itself has them")
            })
            .collect()
    }
}

impl Drop for Handle {
    /// The thread ends with its call, which nobody waits for.
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// A reporter's thread: tells it one thing after the other, and sends the answers.
fn serve(index: usize, mut reporter: Box<dyn Reporter>, queue: &Queue, answers: &mpsc::Sender<Answer>) {
    while let Some(item) = queue.next() {
        let counts = !matches!(item, Item::Lines(..));
        let result = catch_unwind(AssertUnwindSafe(|| match &item {
            Item::Event(event) => reporter.event(event),
            Item::Lines(container, batch) => reporter.log_lines(container, batch),
            Item::Mark => Ok(Effects::default()),
        }));
        let result = result.unwrap_or_else(|_| Err("it panicked; this is a defect of sortie".to_owned()));
        let failed = result.is_err();
        if answers.blocking_send(Answer { reporter: index, counts, result }).is_err() || failed {
            return;
        }
    }
}
