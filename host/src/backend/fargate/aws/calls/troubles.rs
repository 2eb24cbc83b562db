//! What is under way, what fails, and when it is to be said. No I/O, and no clock of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use tokio::time::Instant;

use super::route::Route;
use crate::backend::fargate::aws::failure::Class;
use crate::backend::fargate::aws::failure::Failure;

/// How long nothing is said of a call that has no answer, or is made again.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// How often it is said again.
const AGAIN: Duration = Duration::from_secs(60);

/// Whoever makes a call again does so sooner; later, it was given up. The longest pause between two tries
/// is 10 s.
const GIVEN_UP: Duration = Duration::from_secs(15);

/// All operations of which something may have to be said.
#[derive(Debug, Default)]
pub(super) struct Troubles(BTreeMap<&'static str, Trouble>);

/// An operation that is under way, or fails.
#[derive(Debug)]
struct Trouble {
    route: Arc<OnceLock<Route>>,
    /// The last good answer is older than this.
    since: Instant,
    /// The last call began or ended.
    last: Instant,
    /// Calls that wait for an answer.
    under_way: u32,
    /// Calls that failed since then, and those among them that the clock was to blame for.
    failed: u32,
    clock: u32,
    /// What the last one of them led to.
    why: Option<Why>,
    said: Option<Instant>,
}

/// What a call led to.
#[derive(Debug, Clone)]
enum Why {
    /// No answer, and why not.
    NoAnswer(String),
    /// An answer that says that it should be made again.
    Answer(String),
}

/// How an operation was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tried {
    /// How often, in a row.
    pub(super) times: u32,
    /// Since when.
    pub(super) since: Duration,
    /// How often it was the clock's fault.
    pub(super) clock: u32,
}

impl Troubles {
    /// A call begins.
    pub(super) fn begun(&mut self, operation: &'static str, route: &Arc<OnceLock<Route>>, now: Instant) {
        let trouble = self.0.entry(operation).or_insert_with(|| Trouble {
            route: route.clone(),
            since: now,
            last: now,
            under_way: 0,
            failed: 0,
            clock: 0,
            why: None,
            said: None,
        });
        trouble.under_way += 1;
        trouble.last = now;
    }

    /// A call has ended, or is not waited for any longer.
    pub(super) fn not_under_way(&mut self, operation: &'static str, now: Instant) {
        if let Some(trouble) = self.0.get_mut(operation) {
            trouble.under_way = trouble.under_way.saturating_sub(1);
            trouble.last = now;
        }
    }

    /// A call was answered. What is to be said, if something was said before.
    pub(super) fn answered(&mut self, operation: &'static str, now: Instant) -> Option<String> {
        let trouble = self.0.get_mut(operation)?;
        let said = trouble.said.take().map(|_| {
            let lasted = spoken(now.saturating_duration_since(trouble.since));
            match &trouble.why {
                Some(Why::Answer(_)) => format!("{operation} works again, after {lasted}"),
                _ => format!("{} answers again, after {lasted}", trouble.place()),
            }
        });
        (trouble.since, trouble.failed, trouble.clock, trouble.why) = (now, 0, 0, None);
        if trouble.under_way == 0 {
            self.0.remove(operation);
        }
        said
    }

    /// A call failed, and will be made again.
    pub(super) fn failed(&mut self, operation: &'static str, failure: &Failure, now: Instant) -> Tried {
        let Some(trouble) = self.0.get_mut(operation) else {
            return Tried { times: 1, since: Duration::ZERO, clock: 0 };
        };
        trouble.failed += 1;
        trouble.clock += u32::from(failure.class == Class::Clock);
        trouble.last = now;
        let was_silent = trouble.is_silent();
        trouble.why = Some(match failure.unreached {
            true => Why::NoAnswer(failure.message.clone()),
            false => Why::Answer(failure.to_string()),
        });
        // Another trouble than what was said.
        if trouble.is_silent() != was_silent {
            trouble.said = None;
        }
        let since = now.saturating_duration_since(trouble.since);
        Tried { times: trouble.failed, since, clock: trouble.clock }
    }

    /// What is to be said now: a sentence, and the same for a live line.
    pub(super) fn due(&mut self, now: Instant) -> Vec<(String, String)> {
        self.0.retain(|_, trouble| {
            trouble.under_way > 0
                || trouble.failed > 0 && now.saturating_duration_since(trouble.last) < GIVEN_UP
        });
        let mut said = Vec::new();
        // One endpoint that does not answer is said once, whatever it is asked.
        let mut places: Vec<String> = Vec::new();
        for trouble in self.0.values() {
            if trouble.is_silent() && trouble.said.is_some_and(|at| now.saturating_duration_since(at) < AGAIN)
            {
                places.push(trouble.place());
            }
        }
        for (operation, trouble) in &mut self.0 {
            let since = now.saturating_duration_since(trouble.since);
            let due = trouble.said.is_none_or(|at| now.saturating_duration_since(at) >= AGAIN);
            if since < PATIENCE || !due {
                continue;
            }
            if trouble.is_silent() {
                let place = trouble.place();
                if places.contains(&place) {
                    continue;
                }
                places.push(place);
            }
            trouble.said = Some(now);
            said.push(trouble.told(operation, since));
        }
        said
    }

    /// Nothing is under way and nothing fails.
    pub(super) fn is_quiet(&self) -> bool {
        self.0.is_empty()
    }
}

/// `12 s`, `2 min 05 s`.
pub(super) fn spoken(span: Duration) -> String {
    match span.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

impl Trouble {
    /// Whether there is no answer at all.
    fn is_silent(&self) -> bool {
        !matches!(self.why, Some(Why::Answer(_)))
    }

    fn place(&self) -> String {
        self.route.get().map_or_else(|| "AWS".to_owned(), ToString::to_string)
    }

    fn told(&self, operation: &str, since: Duration) -> (String, String) {
        let since = spoken(since);
        let place = self.place();
        let meanwhile = match operation {
            "DescribeTasks" | "GetLogEvents" => "; the task goes on",
            _ => "",
        };
        let trying = if self.failed > 0 { "; trying on" } else { "" };
        match (&self.why, self.route.get()) {
            (Some(Why::Answer(answer)), _) => (
                format!("{operation} fails: {answer}{trying}, since {since}{meanwhile}"),
                format!("{operation} fails"),
            ),
            (Some(Why::NoAnswer(why)), Some(_)) => (
                format!("{place} does not answer ({operation}): {why}{trying}, since {since}{meanwhile}"),
                format!("{place} does not answer"),
            ),
            (None, Some(_)) => (
                format!("{place} does not answer ({operation}), since {since}{meanwhile}"),
                format!("{place} does not answer"),
            ),
            // Nothing was sent yet: the SDK asks whoever gives credentials.
            (why, None) => {
                let why = match why {
                    Some(Why::NoAnswer(why)) => format!(": {why}"),
                    _ => String::new(),
                };
                (
                    format!("no AWS credentials yet for {operation}{why}{trying}, since {since}"),
                    "waiting for AWS credentials".to_owned(),
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::route::Proxies;
    use super::*;

    const OPERATION: &str = "GetLogEvents";

    fn route(host: &str) -> Arc<OnceLock<Route>> {
        Arc::new(OnceLock::from(Proxies::default().route(&format!("https://{host}/"))))
    }

    fn at(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    fn refused(troubles: &mut Troubles, operation: &'static str, route: &Arc<OnceLock<Route>>, now: Instant) {
        troubles.begun(operation, route, now);
        troubles.not_under_way(operation, now);
        troubles.failed(operation, &Failure::unreached(operation, "connection refused"), now);
    }

    #[test]
    fn what_passes_within_two_seconds_is_not_spoken_of() {
        let (mut troubles, start, logs) = (Troubles::default(), Instant::now(), route("logs"));
        refused(&mut troubles, OPERATION, &logs, start);
        assert_eq!(troubles.due(at(start, 1)), []);
        troubles.begun(OPERATION, &logs, at(start, 1));
        troubles.not_under_way(OPERATION, at(start, 1));
        assert_eq!(troubles.answered(OPERATION, at(start, 1)), None);
        assert!(troubles.due(at(start, 60)).is_empty() && troubles.is_quiet());
    }

    #[test]
    fn what_goes_on_is_said_each_minute_and_when_it_is_over() {
        let (mut troubles, start, ecs) = (Troubles::default(), Instant::now(), route("ecs"));
        let mut said = Vec::new();
        for second in 0..=130 {
            if second % 5 == 0 {
                refused(&mut troubles, OPERATION, &ecs, at(start, second));
            }
            said.extend(troubles.due(at(start, second)).into_iter().map(|_| second));
        }
        assert_eq!(said, [2, 62, 122]);
        troubles.begun(OPERATION, &ecs, at(start, 131));
        troubles.not_under_way(OPERATION, at(start, 131));
        let over = troubles.answered(OPERATION, at(start, 131));
        assert_eq!(over.as_deref(), Some("ecs:443 answers again, after 2 min 11 s"));
    }

    #[test]
    fn one_endpoint_is_said_once_and_two_are_two() {
        let (mut troubles, start) = (Troubles::default(), Instant::now());
        let (one, other) = (route("one"), route("other"));
        for operation in ["DescribeTasks", "StopTask"] {
            refused(&mut troubles, operation, &one, start);
        }
        refused(&mut troubles, OPERATION, &other, start);
        let said = troubles.due(at(start, 3));
        let first = "one:443 does not answer (DescribeTasks): connection refused; trying on, since 3 s; the task goes on";
        assert_eq!(said.len(), 2, "{said:?}");
        assert_eq!(said[0], (first.to_owned(), "one:443 does not answer".to_owned()));
        assert_eq!(troubles.due(at(start, 4)), []);
    }

    #[test]
    fn what_an_answer_says_is_said() {
        let (mut troubles, start, ecs) = (Troubles::default(), Instant::now(), route("ecs"));
        troubles.begun("RunTask", &ecs, start);
        troubles.not_under_way("RunTask", start);
        let mut failure = Failure::unreadable("RunTask", "EOF");
        failure.route = "ecs:443".into();
        troubles.failed("RunTask", &failure, start);
        let said = troubles.due(at(start, 2));
        assert_eq!(
            said[0].0,
            "RunTask fails: ecs:443: the answer could not be read: EOF; trying on, since 2 s"
        );
        troubles.begun("RunTask", &ecs, at(start, 3));
        assert_eq!(
            troubles.answered("RunTask", at(start, 5)).as_deref(),
            Some("RunTask works again, after 5 s")
        );
    }

    #[test]
    fn an_answer_after_silence_is_other_news() {
        let (mut troubles, start, ecs) = (Troubles::default(), Instant::now(), route("ecs"));
        troubles.begun("RunTask", &ecs, start);
        assert_eq!(troubles.due(at(start, 2)).len(), 1);
        troubles.not_under_way("RunTask", at(start, 3));
        troubles.failed("RunTask", &Failure::unreadable("RunTask", "EOF"), at(start, 3));
        assert!(troubles.due(at(start, 3))[0].0.starts_with("RunTask fails: "));
        assert_eq!(troubles.due(at(start, 4)), []);
    }

    #[test]
    fn what_was_given_up_is_forgotten() {
        let (mut troubles, start, ecs) = (Troubles::default(), Instant::now(), route("ecs"));
        refused(&mut troubles, "StopTask", &ecs, start);
        assert_eq!(troubles.due(at(start, 14)).len(), 1);
        assert_eq!(troubles.due(at(start, 100)), []);
        assert!(troubles.is_quiet());
    }

    #[test]
    fn credentials_that_do_not_come_are_told_from_an_endpoint() {
        let (mut troubles, start) = (Troubles::default(), Instant::now());
        troubles.begun("RunTask", &Arc::default(), start);
        let (said, status) = troubles.due(at(start, 2)).remove(0);
        assert_eq!(said, "no AWS credentials yet for RunTask, since 2 s");
        assert_eq!(status, "waiting for AWS credentials");
    }
}
