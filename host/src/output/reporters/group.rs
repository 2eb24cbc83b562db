//! All reporters of a run, as the output thread sees them.

use std::io;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use tokio::sync::mpsc;

use super::Effects;
use super::Failed;
use super::Limits;
use super::Remark;
use super::Reporter;
use super::Subscription;
use super::queue::Item;
use super::queue::Next;
use super::queue::Queue;
use crate::event::Event;
use crate::output::render::text;
use crate::stream::Attempt;
use crate::stream::Clock;
use crate::stream::ContainerIndex;
use crate::stream::Moment;
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
    subscription: Subscription,
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
    result: Result<Effects, Failed>,
}

/// What an answer comes to.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// To be done, by the reporter of this name.
    Done(String, Effects),
    /// The reporter of this name failed: it is not called again. What it said before, and one line.
    Failed(String, Vec<Remark>, String),
}

impl Reporters {
    /// Starts a thread for each.
    pub fn start(reporters: Vec<Box<dyn Reporter>>, limits: Limits, clock: Clock) -> io::Result<Self> {
        let (sender, answers) = mpsc::channel(ANSWERS);
        let start = |(index, reporter): (usize, Box<dyn Reporter>)| {
            let handle = Handle {
                name: reporter.name().to_owned(),
                subscription: reporter.subscription(),
                queue: Arc::new(Queue::new(limits.queue_bytes)),
                unanswered: 0,
                told_at: Instant::now(),
                late: false,
            };
            let (queue, answers) = (Arc::clone(&handle.queue), sender.clone());
            let thread = std::thread::Builder::new().name("reporter".into());
            thread.spawn(move || serve(index, reporter, &queue, &answers, clock))?;
            Ok(Some(handle))
        };
        let handles = reporters.into_iter().enumerate().map(start).collect::<io::Result<_>>()?;
        Ok(Self { limits, handles, answers })
    }

    /// Tells an event to those who want it.
    pub fn tell(&mut self, event: &Arc<Event>) {
        let wants = |handle: &Handle| handle.subscription.wants(&event.kind);
        self.push(wants, || Item::Event(Arc::clone(event)));
    }

    /// Asks everybody to say when all that was told so far is done.
    pub fn mark(&mut self) {
        self.push(|_| true, || Item::Mark);
    }

    fn push(&mut self, to: impl Fn(&Handle) -> bool, item: impl Fn() -> Item) {
        for handle in self.handles.iter_mut().flatten().filter(|handle| to(handle)) {
            handle.unanswered += 1;
            handle.told_at = Instant::now();
            handle.queue.push(item());
        }
    }

    /// Whether anybody wants log lines.
    pub fn want_log_lines(&self) -> bool {
        self.handles.iter().flatten().any(|handle| handle.subscription.log_lines)
    }

    /// Tells lines of a container to those who want them.
    pub fn tell_lines(&mut self, moment: Moment, container: ContainerIndex, name: &str, batch: LineBatch) {
        let (name, batch): (Arc<str>, _) = (name.into(), Arc::new(batch));
        for handle in self.handles.iter().flatten().filter(|handle| handle.subscription.log_lines) {
            let (name, batch) = (Arc::clone(&name), Arc::clone(&batch));
            handle.queue.push(Item::Lines { moment, container, name, batch });
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
            Err(Failed { reason, remarks }) => {
                *slot = None;
                let message = format!("reporter `{name}` failed and is not called again: {reason}");
                Outcome::Failed(name, remarks, message)
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

/// A reporter's thread: tells it one thing after the other, and the time, and sends the answers.
fn serve(
    index: usize,
    mut reporter: Box<dyn Reporter>,
    queue: &Queue,
    answers: &mpsc::Sender<Answer>,
    clock: Clock,
) {
    let every = reporter.subscription().tick;
    let mut tick = every.map(|every| Instant::now() + every);
    let mut attempt = Attempt::FIRST;
    loop {
        let (item, counts) = match queue.next(tick) {
            Next::Closed => return,
            Next::Time => (None, false),
            Next::Item(item) => {
                let counts = !matches!(item, Item::Lines { .. });
                (Some(item), counts)
            }
        };
        if let Some(Item::Event(event)) = &item {
            attempt = event.attempt;
        }
        let result = catch_unwind(AssertUnwindSafe(|| match &item {
            Some(Item::Event(event)) => reporter.event(event),
            Some(Item::Lines { moment, container, name, batch }) => {
                reporter.log_lines(*moment, *container, name, batch)
            }
            Some(Item::Mark) => Ok(Effects::default()),
            None => reporter.tick(clock.moment(attempt)),
        }));
        if item.is_none() {
            tick = every.map(|every| Instant::now() + every);
        }
        let result =
            result.unwrap_or_else(|_| Err("it panicked; this is a defect of sortie".to_owned().into()));
        let failed = result.is_err();
        if answers.blocking_send(Answer { reporter: index, counts, result }).is_err() || failed {
            return;
        }
    }
}
