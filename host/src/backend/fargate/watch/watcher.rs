//! What is made of the answers of DescribeTasks: when to ask again, what to say, and when the task has
//! ended. No I/O and no clock of its own, so that tests can run a thousand lives through it.

use std::time::Duration;

use tokio::time::Instant;

use super::describe::forgotten;
use super::diagnose;
use super::task::Container;
use super::task::Task;
use super::verdict;
use super::verdict::Missing;
use super::verdict::Verdict;
use crate::backend::TaskEnd;
use crate::backend::backoff::Backoff;
use crate::backend::fargate::aws::failure::Failure;
use crate::backend::fargate::aws::pace::TaskPace;
use crate::backend::fargate::aws::retry::InARow;
use crate::backend::fargate::guard::command::Limit;
use crate::error::Error;
use crate::error::Kind;

/// How long a task may be unknown after its launch, or after it was last seen: DescribeTasks is
/// eventually consistent. Source: Amazon ECS API reference, RunTask; Dagster allows 51 s
/// (issue 4448).
const MISSING_TOLERANCE: Duration = Duration::from_secs(60);

/// How long calls may fail one after the other (throttling, server errors, connections) before
/// sortie loses sight of the task. The task goes on meanwhile, so patience costs nothing.
const FAILURE_TOLERANCE: Duration = Duration::from_secs(600);

/// How long a task may be on its way to STOPPED without any news. The longest known way is a stop
/// timeout of 120 s and the detaching of a network interface.
const ENDING_TOLERANCE: Duration = Duration::from_secs(600);

/// A task that is watched.
#[derive(Debug)]
pub(super) struct Watcher<'a> {
    id: &'a str,
    /// Containers of the definition.
    names: &'a [String],
    /// Those of them whose end ends the task.
    essential: &'a [String],
    /// The command of a container ends by itself.
    limit: Option<&'a Limit>,
    /// The one of those that was seen to have ended while others still ran.
    first: Option<&'a str>,
    /// The last state that was told, in lower case.
    state: String,
    /// When the state changed, or a stop was accepted.
    changed: Instant,
    last_seen: Instant,
    /// The last answer that could be read.
    last_answer: Instant,
    /// Since when answers hold the task's end, words apart.
    held: Option<Instant>,
    /// What the last answer lacked while the task was ending.
    missing: Option<Missing>,
    backoff: Backoff,
    in_a_row: InARow,
}

/// What an answer leads to.
#[derive(Debug)]
pub(super) struct Step {
    /// What is to be said, in this order.
    pub(super) news: Vec<News>,
    /// What is to be done.
    pub(super) next: Next,
}

/// What is to be said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    /// The task is in another state, in lower case.
    State(String),
    /// For whoever looks for a cause.
    Detail(String),
    /// For everybody.
    Warning(String),
}

/// What is to be done.
#[derive(Debug)]
pub(super) enum Next {
    /// Ask again after this pause.
    AskIn(Duration),
    /// The task has ended; nothing more is asked.
    Ended(TaskEnd),
    /// It is not known any more how the task goes on.
    Lost(Error),
}

impl<'a> Watcher<'a> {
    /// Watches a task that was launched, or found, at `since`.
    pub(super) fn new(id: &'a str, names: &'a [String], since: Instant, now: Instant) -> Self {
        Self {
            id,
            names,
            essential: &[],
            limit: None,
            first: None,
            state: String::new(),
            changed: now,
            last_seen: since,
            last_answer: now,
            held: None,
            missing: None,
            backoff: Backoff::for_calls(),
            in_a_row: InARow::default(),
        }
    }

    /// Looks which of these ends first: the end of each ends the task.
    pub(super) fn telling_first(self, essential: &'a [String]) -> Self {
        Self { essential, ..self }
    }

    /// Tells the end by the limit of a container's command as what it is.
    pub(super) fn limited(self, limit: Option<&'a Limit>) -> Self {
        Self { limit, ..self }
    }

    /// Whether the task's containers run, or have run.
    pub(super) fn has_started(&self) -> bool {
        self.pace() != TaskPace::Starting
    }

    /// Something is about to happen: a stop was accepted.
    pub(super) fn hurry(&mut self, now: Instant) {
        self.changed = now;
    }

    /// Takes what a call has led to, `now`.
    pub(super) fn take(&mut self, now: Instant, answer: Result<Option<Task>, Failure>) -> Step {
        match answer {
            Ok(found) => {
                self.last_answer = now;
                self.backoff = Backoff::for_calls();
                self.in_a_row = InARow::default();
                match found {
                    Some(task) => self.seen(now, &task),
                    None => self.not_found(now),
                }
            }
            Err(failure) => self.failed(now, &failure),
        }
    }

    fn seen(&mut self, now: Instant, task: &Task) -> Step {
        self.last_seen = now;
        self.look_for_first(task);
        let mut news = Vec::new();
        self.enter(now, &task.last_status, &mut news);
        let held_for = self.held.map_or(Duration::ZERO, |held| now.saturating_duration_since(held));
        let missing = match verdict::of(task, self.names, held_for) {
            Verdict::Ended => return self.ended(now, task, news),
            Verdict::LookAgain(missing) => {
                self.held.get_or_insert(now);
                missing
            }
            Verdict::Open(missing) => {
                self.held = None;
                missing
            }
        };
        let pace = self.pace();
        let since = now.saturating_duration_since(self.changed);
        if pace == TaskPace::Ending {
            if since > ENDING_TOLERANCE {
                let minutes = since.as_secs() / 60;
                let what = format!(
                    "the task {} has been {} for {minutes} min and {missing}; it is not waited for any longer",
                    self.id, self.state
                );
                news.push(News::Warning(what));
                return self.ended(now, task, news);
            }
            if !task.is_stopped() && self.missing.as_ref() != Some(&missing) {
                news.push(News::Detail(format!("the task is {}: {missing}", self.state)));
                self.missing = Some(missing);
            }
        }
        Step { news, next: Next::AskIn(pace.pause(since)) }
    }

    /// ECS tells no order of ends; but an answer in which one has ended and others have not does.
    fn look_for_first(&mut self, task: &Task) {
        let has_ended = |name: &&String| task.container(name).is_some_and(Container::is_stopped);
        let (ended, open): (Vec<&'a String>, Vec<&'a String>) = self.essential.iter().partition(has_ended);
        if let ([one], false, None) = (&ended[..], open.is_empty(), self.first) {
            self.first = Some(one);
        }
    }

    /// Notes and tells a state.
    fn enter(&mut self, now: Instant, state: &str, news: &mut Vec<News>) {
        if !state.is_empty() && !state.eq_ignore_ascii_case(&self.state) {
            self.state = state.to_lowercase();
            self.changed = now;
            news.push(News::State(self.state.clone()));
        }
    }

    /// All containers have stopped, which is what the state `stopped` tells whoever reads it; what
    /// the platform still has to take down is none of the task.
    fn ended(&mut self, now: Instant, task: &Task, mut news: Vec<News>) -> Step {
        if !task.is_stopped() {
            self.enter(now, "stopped", &mut news);
        }
        let mut end = diagnose::end(task, self.names);
        if let Some(limit) = self.limit {
            diagnose::tell_limit(&mut end, limit, task);
        }
        if let Some(first) = self.first {
            diagnose::tell_first(&mut end, first);
        }
        Step { news, next: Next::Ended(end) }
    }

    fn not_found(&mut self, now: Instant) -> Step {
        let unknown_for = now.saturating_duration_since(self.last_seen);
        let next = if unknown_for > MISSING_TOLERANCE {
            Next::Lost(forgotten(self.id))
        } else {
            Next::AskIn(TaskPace::Starting.pause(unknown_for))
        };
        Step { news: Vec::new(), next }
    }

    fn failed(&mut self, now: Instant, failure: &Failure) -> Step {
        let for_long = now.saturating_duration_since(self.last_answer);
        if !self.in_a_row.allows(failure) || for_long >= FAILURE_TOLERANCE {
            let error = failure.error(&format!("of {}", self.id)).of_kind(Kind::Platform);
            let error = error.reworded(|what| format!("{what}; the task was not stopped and may still run"));
            let id = self.id;
            let error =
                error.hint(format!("to come back to it: sortie wait {id}; its log: sortie logs {id}"));
            return Step { news: Vec::new(), next: Next::Lost(error) };
        }
        // A time without answers says nothing about whether the task is known.
        self.last_seen = now;
        Step { news: Vec::new(), next: Next::AskIn(self.backoff.pause()) }
    }

    /// Source: Amazon ECS Developer Guide, task life cycle.
    fn pace(&self) -> TaskPace {
        match self.state.as_str() {
            "" | "provisioning" | "pending" | "activating" => TaskPace::Starting,
            "running" if self.held.is_none() => TaskPace::Running,
            _ => TaskPace::Ending,
        }
    }
}
