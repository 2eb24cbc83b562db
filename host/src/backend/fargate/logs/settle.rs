//! When a log has settled: the rule by which sortie says "complete".
//!
//! CloudWatch Logs never says that a stream has ended, and gives no bound for the time between a
//! line's acceptance and its showing up. What is known:
//!
//! - A container's output is handed to CloudWatch before the platform reports the end of the
//!   container's execution (`executionStoppedAt`): the driver flushes when the container ends.
//! - So only the time from acceptance to visibility is left, and it runs from
//!   `executionStoppedAt`. Detaching the network interface, which ECS does before it reports
//!   STOPPED, counts towards it.
//! - An event says when it was accepted (`ingestionTime`). Reading a stream while the task runs
//!   therefore measures how far behind it is.
//!
//! The rule: after the end was seen, the forward token must come back unchanged from
//! [`UNCHANGED_POLLS`] polls in a row, and the settle time must have passed since
//! `executionStoppedAt`. The settle time is `--log-settle`.
//!
//! Where that is `auto`, it is [`DEFAULT_LOG_SETTLE`], or less where the end is told at once:
//!
//! - A stream that has shown lines promptly needs only [`PROMPT`], one that was there and empty for
//!   [`WATCHED`] only [`QUIET`] (its driver was connected, and had nothing to say for long), each plus
//!   three times the worst delay that was proven.
//! - A line that arrives after an unchanged poll, or was accepted after the end was seen, proves the
//!   stream to be late: the full time then begins anew, and at least three times the longest pause
//!   that such a stream has made between lines must pass.
//! - A stream with many lines still to read when the end was seen is not taken for prompt.
//!
//! On Fargate ECS tells the end about 10 s after the execution stopped, so every settle time has passed
//! by then and only the polls are waited for; a line that shows up within these seconds is read. The
//! shortcuts are for platforms that tell it at once. In no case is this a proof, so whoever says
//! "complete" says for how long was waited ([`Settle::waited`]).
//!
//! With `--log-settle 0` one unchanged poll ends it.

use std::time::Duration;

use tokio::time::Instant;

use crate::settings::DEFAULT_LOG_SETTLE;
use crate::settings::LogSettle;

/// Polls in a row, begun after the end was seen, that must bring nothing.
const UNCHANGED_POLLS: u32 = 3;

/// Settle time of a stream that has shown its lines promptly.
const PROMPT: Duration = Duration::from_millis(400);

/// Settle time of a stream that has been seen empty for [`WATCHED`].
const QUIET: Duration = Duration::from_millis(500);

/// How long a stream must have been seen before its silence says something.
const WATCHED: Duration = Duration::from_secs(5);

/// A stream that had more events than this to be caught up with at the end was busy: what it
/// showed before says little about what may still be on its way.
const BUSY: usize = 100;

/// A line that is seen this soon after its acceptance came promptly.
const PROMPTLY: i64 = 1000;

/// Max time that late lines can keep a log open after the task's end.
const MAX_LATE: Duration = Duration::from_secs(60);

/// One container's log on its way to being complete.
#[derive(Debug)]
pub(super) struct Settle {
    full: Duration,
    /// A stream that has shown lines promptly needs less than the full time.
    adaptive: bool,
    /// The stream has shown a line promptly, and none late since.
    prompt: bool,
    /// When the stream was first seen to be there.
    there: Option<Instant>,
    /// The stream was there for long before the end, and has shown nothing late.
    watched: bool,
    /// The worst delay between acceptance and visibility that a poll has proven.
    proven: Duration,
    end: Option<End>,
}

#[derive(Debug)]
struct End {
    seen: Instant,
    /// When the execution stopped.
    stopped: Instant,
    /// When the reader last caught up with something that was there before.
    progress: Instant,
    /// The same by the platform's clock, in milliseconds.
    seen_at: i64,
    /// Events that were there to be caught up with.
    backlog: usize,
    /// When a late event came last, and the longest pause before one.
    arrival: Instant,
    longest_pause: Duration,
    /// From here the settle time counts.
    since: Instant,
    unchanged: u32,
    /// A poll after the end has come back unchanged, so what comes now is late.
    caught_up: bool,
}

impl Settle {
    /// The rule for `--log-settle`.
    pub(super) fn new(settle: LogSettle) -> Self {
        let (full, adaptive) = match settle {
            LogSettle::Auto => (DEFAULT_LOG_SETTLE, true),
            LogSettle::AtLeast(full) => (full, false),
        };
        Self { full, adaptive, prompt: false, there: None, watched: false, proven: Duration::ZERO, end: None }
    }

    /// A poll brought an event that was accepted at `ingested`. The poll began at
    /// `began`, and the one before it, if there was one, at `before`, all in milliseconds of the
    /// platform's clock; it was read `now`.
    pub(super) fn event(&mut self, ingested: i64, before: Option<i64>, began: i64, now: Instant) {
        let missed_by = before.map_or(0, |before| before - ingested);
        if missed_by > 0 {
            self.proven = self.proven.max(Duration::from_millis(u64::try_from(missed_by).unwrap_or(0)));
        }
        if let Some(end) = &mut self.end {
            end.backlog += 1;
            if !end.caught_up {
                // Catching up is not lateness.
                end.progress = now;
            }
            if ingested > end.seen_at || end.caught_up {
                end.longest_pause = end.longest_pause.max(now.saturating_duration_since(end.arrival));
                end.arrival = now;
                end.since = now;
                self.prompt = false;
                self.watched = false;
                return;
            }
            if end.backlog > BUSY {
                self.prompt = false;
                self.watched = false;
                return;
            }
        }
        // Read long after the fact (`sortie logs` on an old task) proves nothing either way.
        if began - ingested <= PROMPTLY {
            self.prompt = true;
        }
    }

    /// The task's end is known; its execution stopped `ago`. `seen_at` is now by the platform's
    /// clock, in milliseconds.
    pub(super) fn ended(&mut self, now: Instant, seen_at: i64, ago: Duration) {
        if self.end.is_none() {
            // A time before the clock's origin: long enough ago.
            let stopped = now.checked_sub(ago).unwrap_or(now);
            self.watched = self.there.is_some_and(|there| now.saturating_duration_since(there) >= WATCHED);
            self.end = Some(End {
                seen: now,
                stopped,
                progress: now,
                seen_at,
                backlog: 0,
                arrival: now,
                longest_pause: Duration::ZERO,
                since: stopped,
                unchanged: 0,
                caught_up: false,
            });
        }
    }

    /// A poll was answered, so the stream exists.
    pub(super) fn is_there(&mut self, now: Instant) {
        self.there.get_or_insert(now);
    }

    /// A poll that began after the end brought events or another token.
    pub(super) fn changed(&mut self) {
        if let Some(end) = &mut self.end {
            end.unchanged = 0;
        }
    }

    /// A poll that began after the end brought nothing.
    pub(super) fn unchanged(&mut self) {
        if let Some(end) = &mut self.end {
            end.unchanged += 1;
            end.caught_up = true;
        }
    }

    /// Whether the log is complete.
    pub(super) fn is_settled(&self, now: Instant) -> bool {
        let Some(end) = &self.end else { return false };
        let polls = if self.full.is_zero() { 1 } else { UNCHANGED_POLLS };
        end.unchanged >= polls && now.saturating_duration_since(end.since) >= self.needed()
    }

    /// Whether late lines have kept the log open for too long.
    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        let max = MAX_LATE.max(self.full * 4);
        self.end.as_ref().is_some_and(|end| now.saturating_duration_since(end.progress) > max)
    }

    /// Whether lines came after the task's end.
    pub(super) fn has_late_lines(&self) -> bool {
        self.end.as_ref().is_some_and(|end| end.backlog > 0)
    }

    /// When the task's end was seen.
    pub(super) fn end_seen(&self) -> Option<Instant> {
        self.end.as_ref().map(|end| end.seen)
    }

    /// How long after the end of the execution the stream was read.
    pub(super) fn waited(&self, now: Instant) -> Option<Duration> {
        self.end.as_ref().map(|end| now.saturating_duration_since(end.stopped))
    }

    /// The pause before the next poll after the end: the polls that are still needed are spread
    /// over the time that is.
    pub(super) fn pause(&self, now: Instant) -> Duration {
        let Some(end) = &self.end else { return Duration::ZERO };
        let left = self.needed().saturating_sub(now.saturating_duration_since(end.since));
        let polls = UNCHANGED_POLLS.saturating_sub(end.unchanged).max(1);
        (left / polls).clamp(Duration::from_millis(50), Duration::from_secs(1))
    }

    fn needed(&self) -> Duration {
        if self.full.is_zero() {
            return Duration::ZERO;
        }
        if self.adaptive && (self.prompt || self.watched) {
            let least = if self.prompt { PROMPT } else { QUIET };
            return self.full.min(least + self.proven * 3);
        }
        let pause = self.end.as_ref().map_or(Duration::ZERO, |end| end.longest_pause);
        self.full.max(pause * 3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: Duration = DEFAULT_LOG_SETTLE;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_running_task_never_settles() {
        let mut settle = Settle::new(LogSettle::AtLeast(Duration::ZERO));
        settle.unchanged();
        assert!(!settle.is_settled(Instant::now()));
    }

    #[test]
    fn a_silent_stream_waits_in_full_from_the_end_of_execution() {
        let (mut settle, now) = (Settle::new(LogSettle::Auto), Instant::now() + ms(60_000));
        settle.ended(now, 50_000, ms(500));
        for _ in 0..3 {
            assert!(!settle.is_settled(now + ms(5000)), "three polls are needed");
            settle.unchanged();
        }
        assert!(!settle.is_settled(now + ms(4499)));
        assert!(settle.is_settled(now + ms(4500)));
    }

    #[test]
    fn a_stream_that_was_seen_empty_for_long_waits_less() {
        let (mut settle, now) = (Settle::new(LogSettle::Auto), Instant::now() + ms(60_000));
        settle.is_there(now);
        settle.is_there(now + ms(5000));
        settle.ended(now + ms(5000), 50_000, Duration::ZERO);
        (0..3).for_each(|_| settle.unchanged());
        assert!(!settle.is_settled(now + ms(5499)) && settle.is_settled(now + ms(5500)));
        // A line after an unchanged poll: the silence was no silence.
        settle.event(49_000, None, 50_000, now + ms(5100));
        (0..3).for_each(|_| settle.unchanged());
        assert!(!settle.is_settled(now + ms(5500)));
        let mut short = Settle::new(LogSettle::Auto);
        short.is_there(now + ms(1));
        short.ended(now + ms(5000), 50_000, Duration::ZERO);
        (0..3).for_each(|_| short.unchanged());
        assert!(!short.is_settled(now + ms(9999)) && short.is_settled(now + ms(10_000)));
    }

    #[test]
    fn time_before_the_end_was_seen_counts() {
        let (mut settle, now) = (Settle::new(LogSettle::Auto), Instant::now() + ms(60_000));
        settle.ended(now, 50_000, ms(12_000));
        (0..3).for_each(|_| settle.unchanged());
        assert!(settle.is_settled(now));
        assert_eq!(settle.waited(now + ms(300)), Some(ms(12_300)));
    }

    #[test]
    fn a_prompt_stream_waits_less_and_a_proven_delay_counts_threefold() {
        let (mut settle, now) = (Settle::new(LogSettle::Auto), Instant::now() + ms(60_000));
        settle.event(10_000, Some(9_900), 10_200, now);
        settle.ended(now, 50_000, Duration::ZERO);
        (0..3).for_each(|_| settle.unchanged());
        assert!(!settle.is_settled(now + ms(399)) && settle.is_settled(now + ms(400)));
        // Accepted 200 ms before a poll that did not show it.
        let mut settle = Settle::new(LogSettle::Auto);
        settle.event(10_000, Some(9_900), 10_200, now);
        settle.event(11_000, Some(11_200), 11_400, now);
        settle.ended(now, 50_000, Duration::ZERO);
        (0..3).for_each(|_| settle.unchanged());
        assert!(!settle.is_settled(now + ms(999)) && settle.is_settled(now + ms(1000)));
        settle.proven = ms(5000);
        assert!(!settle.is_settled(now + ms(4999)) && settle.is_settled(now + FULL), "never more than asked");
    }

    #[test]
    fn an_old_event_proves_nothing() {
        let (mut settle, now) = (Settle::new(LogSettle::Auto), Instant::now() + ms(60_000));
        settle.event(10_000, None, 20_000, now);
        settle.ended(now, 50_000, Duration::ZERO);
        (0..3).for_each(|_| settle.unchanged());
        assert!(!settle.is_settled(now + ms(4999)));
    }

    #[test]
    fn a_late_line_starts_the_full_time_anew() {
        let (mut settle, now) = (Settle::new(LogSettle::Auto), Instant::now() + ms(60_000));
        settle.event(10_000, None, 10_000, now);
        settle.ended(now, 50_000, ms(5000));
        // Catching up is not late.
        settle.event(11_000, None, 50_100, now);
        settle.changed();
        (0..3).for_each(|_| settle.unchanged());
        assert!(settle.is_settled(now));
        settle.event(11_500, None, 50_200, now + ms(100));
        settle.changed();
        (0..3).for_each(|_| settle.unchanged());
        assert!(!settle.is_settled(now + ms(5099)) && settle.is_settled(now + ms(5100)));
        assert!(!settle.is_overdue(now + ms(5100)) && settle.is_overdue(now + ms(60_001)));
    }

    #[test]
    fn a_line_accepted_after_the_end_shows_that_more_may_come() {
        let (mut settle, now) = (Settle::new(LogSettle::Auto), Instant::now() + ms(60_000));
        settle.event(10_000, None, 10_000, now);
        settle.ended(now, 50_000, ms(5000));
        settle.event(50_001, None, 50_100, now + ms(100));
        (0..3).for_each(|_| settle.unchanged());
        assert!(!settle.is_settled(now + ms(5099)) && settle.is_settled(now + ms(5100)));
    }

    #[test]
    fn a_late_stream_that_pauses_is_waited_for_three_pauses_long() {
        let (mut settle, now) = (Settle::new(LogSettle::Auto), Instant::now() + ms(60_000));
        settle.ended(now, 50_000, Duration::ZERO);
        settle.event(50_001, None, 50_100, now + ms(100));
        settle.event(52_001, None, 52_100, now + ms(2100));
        (0..3).for_each(|_| settle.unchanged());
        assert!(!settle.is_settled(now + ms(2100 + 5999)) && settle.is_settled(now + ms(2100 + 6000)));
    }

    #[test]
    fn a_stream_that_is_busy_at_the_end_waits_in_full() {
        let (mut settle, now) = (Settle::new(LogSettle::Auto), Instant::now() + ms(60_000));
        settle.event(10_000, None, 10_000, now);
        settle.ended(now, 50_000, Duration::ZERO);
        (0..=BUSY).for_each(|_| settle.event(49_990, None, 50_000, now));
        (0..3).for_each(|_| settle.unchanged());
        assert!(!settle.is_settled(now + ms(4999)) && settle.is_settled(now + FULL));
    }

    #[test]
    fn zero_turns_the_wait_off() {
        let (mut settle, now) = (Settle::new(LogSettle::AtLeast(Duration::ZERO)), Instant::now());
        settle.ended(now, 50_000, Duration::ZERO);
        assert!(!settle.is_settled(now), "one unchanged poll is needed");
        settle.unchanged();
        assert!(settle.is_settled(now));
    }
}
