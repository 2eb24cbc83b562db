//! Tables of steps.

use super::*;
use crate::backend::EndCause;
use crate::backend::handle::HandleContainer;
use crate::backend::task::StopAgain;

const LIMITS: Limits = Limits {
    timeout: Some(Duration::from_secs(60)),
    stop_on_timeout: true,
    stop_timeout: Duration::from_secs(30),
    capacity_budget: Duration::from_secs(600),
    stop_on_filter_failure: true,
};

fn handle() -> Handle {
    Handle {
        backend: "fargate".into(),
        id: "task/1".into(),
        main: None,
        containers: vec![HandleContainer { name: "app".into(), essential: true }],
        links: Vec::new(),
        stop_command: "stop it".into(),
        platform: serde_json::Value::Null,
    }
}

fn end(transient: bool) -> TaskEnd {
    TaskEnd {
        memory: Vec::new(),
        cause: if transient { EndCause::NeverStarted } else { EndCause::Exited },
        transient,
        reason: "the platform's words".into(),
        hint: String::new(),
        containers: Vec::new(),
        execution_stopped_at: None,
        phases: Vec::new(),
    }
}

fn no_capacity() -> Step {
    Step::NotLaunched(LaunchError::Failed(Error::no_capacity("none")))
}

fn refused(again: StopAgain) -> Step {
    Step::Stopped(Err(StopError { error: Error::platform("denied"), again }))
}

/// What is to be done, one word each.
fn words(todo: &[Do]) -> Vec<&'static str> {
    let word = |action: &Do| match action {
        Do::Launch(_) => "launch",
        Do::CancelLaunch => "cancel",
        Do::Watch => "watch",
        Do::ReadLogs => "read",
        Do::TellEnd(Some(_)) => "tell",
        Do::TellEnd(None) => "tell-lost",
        Do::Stop(_) => "stop",
        Do::GiveUp => "give-up",
        Do::Release => "release",
        Do::Print => "print",
        Do::Say(EventKind::Launched { .. }) => "launched",
        Do::Say(EventKind::Stopping { .. }) => "stopping",
        Do::Say(EventKind::Retrying { .. }) => "retrying",
        Do::Say(EventKind::Warning { .. }) => "warning",
        Do::Say(_) => "detail",
        Do::Finish(_) => "finish",
        Do::Leave(_) => "leave",
    };
    todo.iter().map(word).collect()
}

/// A supervision under test, whose time stands still unless it is moved.
struct Table {
    state: State,
    now: Instant,
}

impl Table {
    fn of(mode: Mode) -> Self {
        let now = Instant::now();
        Self { state: State::new(mode, LIMITS, now), now }
    }

    fn launched() -> Self {
        let mut table = Self::of(Mode::RUN);
        assert_eq!(words(&table.state.launch()), ["launch"]);
        table.step(Step::Launched(handle(), Place::Platform), &["launched", "read", "watch"]);
        table
    }

    fn attached(mode: Mode) -> Self {
        let mut table = Self::of(mode);
        let now = table.now;
        table.state.attach(handle(), Place::Platform, now, now);
        table
    }

    fn step(&mut self, step: Step, todo: &[&str]) -> Vec<Do> {
        let shown = format!("{step:?}");
        let done = self.state.on(step, self.now);
        assert_eq!(words(&done), todo, "after {shown}");
        done
    }

    /// The last step, and what it ends with.
    fn over(&mut self) -> (Box<Seen>, Option<StoppedBy>) {
        match self.step(Step::Printed(PipelineReport::default()), &["finish"]).pop() {
            Some(Do::Finish(Over::Seen { seen, stopped_by, .. })) => (seen, stopped_by),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_run_ends_when_its_end_is_known_and_its_logs_are_read() {
    for logs_first in [true, false] {
        let mut table = Table::launched();
        if logs_first {
            table.step(Step::Logged(Vec::new()), &[]);
            table.step(Step::Ended(Ok(end(false))), &["tell", "release"]);
        } else {
            table.step(Step::Ended(Ok(end(false))), &["tell"]);
            table.step(Step::Logged(Vec::new()), &["release"]);
        }
        table.step(Step::Released(Ok(())), &["print"]);
        let (seen, stopped_by) = table.over();
        assert!(seen.end.is_some() && stopped_by.is_none());
    }
}

#[test]
fn want_of_capacity_is_tried_again_until_the_budget_is_used_up() {
    let mut table = Table::of(Mode::RUN);
    table.state.launch();
    table.step(no_capacity(), &["retrying"]);
    let pause = table.state.timers.pause.expect("a pause");
    assert!(pause > table.now);
    table.step(Step::PauseOver, &["launch"]);
    table.now += LIMITS.capacity_budget;
    match table.step(no_capacity(), &["finish"]).pop() {
        Some(Do::Finish(Over::NotLaunched { error: LaunchError::Failed(error), signal: None })) => {
            assert_eq!(error.kind(), Kind::NoCapacity);
            assert!(error.to_string().contains("given up after 2 attempts in 600 s"), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn another_failure_of_the_launch_is_final() {
    let mut table = Table::of(Mode::RUN);
    table.state.launch();
    table.step(Step::NotLaunched(LaunchError::Failed(Error::usage("wrong"))), &["finish"]);
}

#[test]
fn a_task_that_failed_to_start_in_passing_is_launched_again() {
    let mut table = Table::launched();
    table.step(Step::Ended(Ok(end(true))), &["tell"]);
    table.step(Step::Logged(Vec::new()), &["retrying"]);
    assert_eq!(table.state.timers, Timers { pause: table.state.timers.pause, ..Timers::default() });
    table.step(Step::PauseOver, &["launch"]);
    table.step(Step::Launched(handle(), Place::Platform), &["launched", "read", "watch"]);
    table.step(Step::Ended(Ok(end(false))), &["tell"]);
    table.step(Step::Logged(Vec::new()), &["release"]);
}

#[test]
fn a_signal_while_pausing_ends_the_run_without_a_task() {
    let mut table = Table::of(Mode::RUN);
    table.state.launch();
    table.step(no_capacity(), &["retrying"]);
    match table.step(Step::Signal(Signal::Term), &["finish"]).pop() {
        Some(Do::Finish(Over::NotLaunched { error: LaunchError::Cancelled, signal: Some(Signal::Term) })) => {
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_signal_while_launching_waits_for_the_answer_and_stops_what_it_names() {
    let mut table = Table::of(Mode::RUN);
    table.state.launch();
    table.step(Step::Signal(Signal::Int), &["cancel", "stopping"]);
    table.step(Step::Launched(handle(), Place::Platform), &["launched", "read", "watch", "stopping", "stop"]);
    table.step(Step::Stopped(Ok(())), &[]);
    table.step(Step::Ended(Ok(end(false))), &["tell"]);
    table.step(Step::Logged(Vec::new()), &["release"]);
    table.step(Step::Released(Ok(())), &["print"]);
    assert_eq!(table.over().1, Some(StoppedBy::Signal(Signal::Int)));
}

#[test]
fn a_signal_while_launching_without_capacity_is_a_cancelled_run() {
    let mut table = Table::of(Mode::RUN);
    table.state.launch();
    table.step(Step::Signal(Signal::Int), &["cancel", "stopping"]);
    match table.step(no_capacity(), &["finish"]).pop() {
        Some(Do::Finish(Over::NotLaunched { error: LaunchError::Cancelled, .. })) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_second_signal_leaves_at_once_wherever_it_comes() {
    let leave = |table: &mut Table| match table.step(Step::Signal(Signal::Hup), &["leave"]).pop() {
        Some(Do::Leave(left)) => left,
        other => panic!("{other:?}"),
    };
    let again = |stop| Left::Ours { signal: Signal::Hup, again: true, stop };
    let mut launching = Table::of(Mode::RUN);
    launching.state.launch();
    launching.step(Step::Signal(Signal::Int), &["cancel", "stopping"]);
    assert_eq!(leave(&mut launching), Left::Launching(Signal::Int));

    let mut watching = Table::launched();
    watching.step(Step::Signal(Signal::Int), &["stopping", "stop"]);
    assert_eq!(leave(&mut watching), again(StopSoFar::Unanswered(Duration::ZERO)));

    let mut printing = Table::launched();
    printing.step(Step::Ended(Ok(end(false))), &["tell"]);
    printing.step(Step::Logged(Vec::new()), &["release"]);
    printing.step(Step::Signal(Signal::Int), &["stopping"]);
    printing.step(Step::Released(Ok(())), &["print"]);
    assert_eq!(leave(&mut printing), again(StopSoFar::Ended));
}

#[test]
fn what_is_said_of_a_stop_is_what_the_platform_said() {
    let left = |answer: Option<Step>| {
        let mut table = Table::launched();
        table.step(Step::Signal(Signal::Int), &["stopping", "stop"]);
        if let Some(answer) = answer {
            table.state.on(answer, table.now);
        }
        table.now += Duration::from_secs(2);
        match table.step(Step::Signal(Signal::Int), &["leave"]).pop() {
            Some(Do::Leave(Left::Ours { again: true, stop, .. })) => stop,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(left(None), StopSoFar::Unanswered(Duration::from_secs(2)));
    assert_eq!(left(Some(Step::Stopped(Ok(())))), StopSoFar::Accepted);
    let not_accepted = StopSoFar::NotAccepted("denied".into());
    assert_eq!(left(Some(refused(StopAgain::Soon))), not_accepted);
    assert_eq!(left(Some(refused(StopAgain::Never))), not_accepted);
    assert_eq!(left(Some(Step::Ended(Ok(end(false))))), StopSoFar::Ended);
}

#[test]
fn sigquit_leaves_at_once_the_first_time_already() {
    let quit = |table: &mut Table| table.step(Step::Signal(Signal::Quit), &["leave"]).pop();
    let mut launching = Table::of(Mode::RUN);
    launching.state.launch();
    assert!(matches!(quit(&mut launching), Some(Do::Leave(Left::Launching(Signal::Quit)))));
    match quit(&mut Table::launched()) {
        Some(Do::Leave(left)) => {
            assert_eq!(left, Left::Ours { signal: Signal::Quit, again: false, stop: StopSoFar::NotAsked })
        }
        other => panic!("{other:?}"),
    }
    let mut pausing = Table::of(Mode::RUN);
    pausing.state.launch();
    pausing.step(no_capacity(), &["retrying"]);
    match pausing.step(Step::Signal(Signal::Quit), &["finish"]).pop() {
        Some(Do::Finish(Over::NotLaunched { signal: Some(Signal::Quit), .. })) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_reader_of_standard_output_that_has_stopped_keeps_nobody_after_a_signal() {
    let mut table = Table::launched();
    table.step(Step::Ended(Ok(end(false))), &["tell"]);
    table.step(Step::Logged(Vec::new()), &["release"]);
    table.step(Step::Released(Ok(())), &["print"]);
    assert_eq!(table.state.timers.grace, None, "without a signal it is waited for");
    table.step(Step::Signal(Signal::Int), &["stopping"]);
    assert_eq!(table.state.timers.grace, Some(table.now + stop::GRACE));
    table.step(Step::GraceOver, &["leave"]);
}

#[test]
fn the_timeout_stops_the_task_and_the_platform_has_its_time() {
    let mut table = Table::launched();
    assert_eq!(table.state.timers.deadline, Some(table.now + Duration::from_secs(60)));
    table.step(Step::DeadlineOver, &["stopping", "stop"]);
    assert_eq!(table.state.timers.grace, Some(table.now + LIMITS.stop_timeout + stop::GRACE));
    table.step(Step::Stopped(Ok(())), &[]);
    table.step(Step::GraceOver, &["give-up", "release"]);
    table.step(Step::Released(Ok(())), &["print"]);
    let (seen, stopped_by) = table.over();
    assert_eq!(stopped_by, Some(StoppedBy::Timeout(Duration::from_secs(60))));
    assert!(seen.end.is_none() && seen.logs.is_none() && seen.stop_refused.is_none());
}

#[test]
fn a_refused_stop_is_said_and_nothing_is_waited_for() {
    let mut table = Table::launched();
    table.step(Step::Signal(Signal::Int), &["stopping", "stop"]);
    table.step(refused(StopAgain::Never), &["warning"]);
    assert_eq!(table.state.timers.grace, Some(table.now));
    table.step(Step::GraceOver, &["give-up", "release"]);
    table.step(Step::Released(Ok(())), &["print"]);
    assert!(table.over().0.stop_refused.is_some());
}

#[test]
fn a_stop_that_may_be_accepted_later_is_asked_for_again_for_a_minute_at_most() {
    let mut table = Table::launched();
    table.step(Step::Signal(Signal::Int), &["stopping", "stop"]);
    let mut tries = 0;
    loop {
        let todo = table.state.on(refused(StopAgain::Soon), table.now);
        match words(&todo)[..] {
            ["detail"] => {}
            ["warning"] => break,
            ref other => panic!("{other:?}"),
        }
        tries += 1;
        table.now = table.state.timers.stop_pause.expect("a pause");
        table.step(Step::StopPauseOver, &["stop"]);
    }
    assert!(tries > 5, "{tries}");
}

#[test]
fn a_task_that_ended_meanwhile_needs_no_stop() {
    let mut table = Table::launched();
    table.step(Step::Signal(Signal::Int), &["stopping", "stop"]);
    table.step(Step::Ended(Ok(end(false))), &["tell"]);
    table.step(Step::Logged(Vec::new()), &[]);
    table.step(refused(StopAgain::Soon), &["release"]);
}

#[test]
fn a_filter_that_fails_stops_the_task_once_where_that_was_asked_for() {
    let mut table = Table::launched();
    assert!(table.state.heeds_filters());
    table.step(Step::FilterFailed, &["stopping", "stop"]);
    assert!(!table.state.heeds_filters());
    table.step(Step::FilterFailed, &[]);
    // The signal after it does not stop twice, and counts.
    table.step(Step::Signal(Signal::Int), &["stopping"]);
}

#[test]
fn a_task_that_is_lost_from_sight_ends_with_what_was_read() {
    let mut table = Table::launched();
    table.step(Step::Ended(Err(Error::platform("gone"))), &["tell-lost"]);
    assert_eq!(table.state.timers.grace, Some(table.now + stop::GRACE));
    table.step(Step::Logged(Vec::new()), &["release"]);
    table.step(Step::Released(Ok(())), &["print"]);
    let (seen, stopped_by) = table.over();
    assert!(seen.error.is_some() && stopped_by.is_none());
}

#[test]
fn a_launch_alone_is_over_when_there_is_a_task() {
    let mut table = Table::of(Mode::LAUNCH);
    table.state.launch();
    table.step(Step::Launched(handle(), Place::Platform), &["launched", "release"]);
    let mut cancelled = Table::of(Mode::LAUNCH);
    cancelled.state.launch();
    cancelled.step(Step::Signal(Signal::Int), &["cancel", "stopping"]);
    cancelled.step(Step::Launched(handle(), Place::Platform), &["launched", "stopping", "stop"]);
    cancelled.step(Step::Stopped(Ok(())), &["release"]);
}

#[test]
fn a_task_that_was_there_before_goes_on_when_sortie_leaves() {
    for mode in [Mode::WAIT, Mode::LOGS, Mode::FOLLOW] {
        let mut table = Table::attached(mode);
        match table.step(Step::Signal(Signal::Int), &["leave"]).pop() {
            Some(Do::Leave(Left::Unwatched { signal: Signal::Int, stop: StopSoFar::NotAsked })) => {}
            other => panic!("{other:?}"),
        }
    }
    let mut waiting = Table::attached(Mode::WAIT);
    waiting.step(Step::DeadlineOver, &["stopping", "stop"]);
    match waiting.step(Step::Signal(Signal::Int), &["leave"]).pop() {
        Some(Do::Leave(Left::Unwatched { stop: StopSoFar::Unanswered(_), .. })) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn logs_alone_are_done_when_they_are_read() {
    let mut table = Table::attached(Mode::LOGS);
    table.step(Step::Logged(Vec::new()), &["release"]);
    let mut follow = Table::attached(Mode::FOLLOW);
    follow.step(Step::Logged(Vec::new()), &["release"]);
}
