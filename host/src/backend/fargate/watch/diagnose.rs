//! Why a task ended, in plain words, from what ECS says about it.
//!
//! Reasons come before codes: an exit code of 0 with the reason `OutOfMemoryError` is an
//! out-of-memory kill, and a code of 2 with the reason "Your Spot Task was interrupted." is an
//! interruption.

use super::stop_reasons;
use super::task::Task;
use crate::backend::EndCause;
use crate::backend::Memory;
use crate::backend::TaskEnd;
use crate::backend::fargate::aws::clock;
use crate::backend::fargate::guard::command;
use crate::backend::fargate::guard::command::Limit;
use crate::backend::fargate::guard::schedule;
use crate::backend::fargate::guard::sidecar;
use crate::backend::fargate::guard::sidecar::Said;
use crate::report::ContainerEnd;
use crate::report::Phase;
use crate::report::PhaseName;

/// The end of a task that has stopped. `names` are its containers in the definition's order; the
/// order in which ECS lists them is not stable.
pub(super) fn end(task: &Task, names: &[String]) -> TaskEnd {
    let mut containers: Vec<_> = names.iter().map(|name| container(task, name)).collect();
    let stopped_reason = task.stopped_reason.trim();
    let stopped_by_somebody = STOPPED.contains(&task.stop_code.as_str());
    if stop_reasons::begins_out_of_memory(stopped_reason) && !stopped_by_somebody {
        blame_memory(&mut containers, stopped_reason);
    }
    let ran = task.has_run();
    let cause = cause(&task.stop_code, stopped_reason, ran);
    let (cause, reason) = match (cause, guard(task)) {
        (EndCause::Exited, Some((Said::Over, _))) => (EndCause::Overdue, overdue(task)),
        (EndCause::Stopped, _) if schedule::is_reason(stopped_reason) => {
            (EndCause::Overdue, stopped_reason.to_owned())
        }
        (EndCause::Exited, Some((Said::Broken(code), why))) => (EndCause::Stopped, broken(code, why)),
        (_, guard) => {
            let words = guard.map(|(_, words)| (sidecar::NAME, words));
            let all = containers.iter().map(|end| (end.name.as_str(), end.reason.as_str()));
            (cause, reason(cause, stopped_reason, all.chain(words)))
        }
    };
    // Somebody's own words, where somebody stopped it, say nothing of the platform.
    let reasons = containers.iter().map(|end| end.reason.as_str());
    let said = match cause {
        EndCause::Stopped => stop_reasons::most_telling(reasons),
        _ => stop_reasons::most_telling(reasons.chain([stopped_reason])),
    };
    let passes = said.is_some_and(|said| said.passing);
    TaskEnd {
        cause,
        transient: !ran && (cause == EndCause::NoCapacity || cause == EndCause::NeverStarted && passes),
        hint: said
            .map(|said| said.hint)
            .filter(|hint| !hint.is_empty())
            .unwrap_or_else(|| hint(cause))
            .to_owned(),
        reason,
        execution_stopped_at: task.execution_stopped_at,
        phases: phases(task),
        memory: names.iter().map(|name| memory(task, name)).collect(),
        containers,
    }
}

/// Essential container `first` ended before the others, which were then stopped: this is what theirs came of.
pub(super) fn tell_first(end: &mut TaskEnd, first: &str) {
    /// Of a process that was stopped: by SIGKILL, by SIGTERM, before it ran.
    const STOPPED: [Option<i32>; 3] = [Some(137), Some(143), None];
    let Some(one) = end.containers.iter().find(|one| one.name == first) else { return };
    let with = one.exit_code.map(|code| format!(", with {code}")).unwrap_or_default();
    let others = end.containers.iter_mut().filter(|other| other.name != first);
    if end.cause == EndCause::Exited {
        for other in others.filter(|other| other.reason.is_empty() && STOPPED.contains(&other.exit_code)) {
            other.reason = format!("essential container `{first}` ended first{with}");
        }
    }
}

/// The command of a container ends by itself after a time: whether that is how the task has ended. A code alone does not
/// say so, since the command may have it of its own.
pub(super) fn tell_limit(end: &mut TaskEnd, limit: &Limit, task: &Task) {
    let code = end.containers.iter().find(|one| one.name == limit.container).and_then(|one| one.exit_code);
    let lived = clock::between(task.created_at, task.execution_stopped_at.or(task.stopping_at));
    let is_over = lived.is_some_and(|lived| lived.as_secs() >= limit.seconds);
    if end.cause == EndCause::Exited && code == Some(command::OVER) && is_over {
        end.cause = EndCause::Overdue;
        end.reason = overdue(task);
        end.hint = hint(EndCause::Overdue).to_owned();
    }
}

/// What the exit code of the task's guard says, and the platform's words about it, where it has one.
fn guard(task: &Task) -> Option<(Said, &str)> {
    let guard = task.container(sidecar::NAME)?;
    Some((sidecar::said(guard.code()), &guard.reason))
}

/// The guard ended the task, when its time was over.
fn overdue(task: &Task) -> String {
    let at = task.stopping_at.or(task.execution_stopped_at);
    let at = at.map(|at| format!(" at {}", humantime::format_rfc3339_seconds(at)));
    format!("the task did not end in its time: its deadline guard ended it{}", at.unwrap_or_default())
}

/// The guard ended the task by a failure of its own.
fn broken(code: i32, why: &str) -> String {
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    format!("its deadline guard, container `{}`, ended with {code}{why}", sidecar::NAME)
}

fn container(task: &Task, name: &str) -> ContainerEnd {
    let container = task.container(name);
    let reason = container.map(|container| container.reason.clone()).unwrap_or_default();
    ContainerEnd {
        name: name.to_owned(),
        exit_code: container.and_then(|container| container.code()),
        out_of_memory: stop_reasons::is_out_of_memory(&reason),
        reason,
    }
}

/// The memory that a container may use: its own hard limit, or the task's, whichever is lower.
fn memory(task: &Task, name: &str) -> Memory {
    let own = task.container(name).and_then(|container| container.memory);
    match (own, task.memory) {
        (Some(own), of_task) if of_task.is_none_or(|of_task| own <= of_task) => Memory::OfContainer(own),
        (_, Some(of_task)) => Memory::OfTask(of_task),
        _ => Memory::Unknown,
    }
}

/// The task was killed for memory, and no container says that it was it: those that were killed are, or
/// where none was, any may be.
fn blame_memory(containers: &mut [ContainerEnd], reason: &str) {
    /// Of a process that SIGKILL ended.
    const KILLED: Option<i32> = Some(137);
    if containers.iter().any(|end| end.out_of_memory) {
        return;
    }
    let any = containers.iter().any(|end| end.exit_code == KILLED);
    for end in containers.iter_mut().filter(|end| !any || end.exit_code == KILLED) {
        end.out_of_memory = true;
        if end.reason.is_empty() {
            reason.clone_into(&mut end.reason);
        }
    }
}

/// The stop code of a task whose essential container has ended by itself.
pub(super) const EXITED: &str = "EssentialContainerExited";

/// Stop codes of a task that the platform took away.
const INTERRUPTED: [&str; 3] = ["SpotInterruption", "TerminationNotice", "InfrastructureHealth"];

/// Stop codes of a task that somebody stopped.
const STOPPED: [&str; 2] = ["UserInitiated", "ServiceSchedulerInitiated"];

/// Whether a stop code tells the cause of a task that has run, whatever may be told later.
pub(super) fn is_final_cause(stop_code: &str) -> bool {
    stop_code == EXITED || INTERRUPTED.contains(&stop_code) || STOPPED.contains(&stop_code)
}

/// Source of the codes: Amazon ECS API reference, Task, `stopCode`. Emulators leave it empty.
fn cause(stop_code: &str, reason: &str, ran: bool) -> EndCause {
    let said = stop_reasons::said(reason).map(|said| said.cause);
    match stop_code {
        code if INTERRUPTED.contains(&code) => EndCause::Interrupted,
        // Its reason is free text of whoever asked, which may hold any words.
        code if STOPPED.contains(&code) => match stop_reasons::is_spot(reason) {
            true => EndCause::Interrupted,
            false => EndCause::Stopped,
        },
        "TaskFailedToStart" => match said {
            Some(cause @ (EndCause::NoCapacity | EndCause::Interrupted)) => cause,
            _ => EndCause::NeverStarted,
        },
        EXITED => match said {
            Some(EndCause::Interrupted) => EndCause::Interrupted,
            _ if ran => EndCause::Exited,
            _ => EndCause::NeverStarted,
        },
        _ => match said {
            Some(EndCause::Exited) if !ran => EndCause::NeverStarted,
            Some(cause) => cause,
            None if ran => EndCause::Exited,
            None => EndCause::NeverStarted,
        },
    }
}

/// The platform's words. A container's own reason says more than "Essential container in task
/// exited".
fn reason<'a>(
    cause: EndCause,
    stopped_reason: &str,
    containers: impl Iterator<Item = (&'a str, &'a str)>,
) -> String {
    let mut reason = if stopped_reason.is_empty() {
        match cause {
            EndCause::Exited => "an essential container exited".to_owned(),
            _ => "the platform gave no reason".to_owned(),
        }
    } else {
        stopped_reason.to_owned()
    };
    for (name, words) in containers {
        if !reason.contains(words) {
            reason = format!("{reason}; container `{name}`: {words}");
        }
    }
    reason
}

/// What a person can do where the words say nothing.
fn hint(cause: EndCause) -> &'static str {
    match cause {
        EndCause::Interrupted => "run it again",
        EndCause::NoCapacity => "try again later",
        EndCause::Overdue => "a longer --timeout gives it more time",
        _ => "",
    }
}

/// Source of the timestamps: Amazon ECS API reference, Task.
fn phases(task: &Task) -> Vec<Phase> {
    let execution_stopped = task.execution_stopped_at.or(task.stopping_at);
    [
        (
            PhaseName::Provisioning,
            task.created_at,
            task.pull_started_at.or(task.started_at).or(task.stopped_at),
        ),
        (PhaseName::Pull, task.pull_started_at, task.pull_stopped_at),
        (PhaseName::Run, task.started_at, execution_stopped.or(task.stopped_at)),
        (PhaseName::Stop, execution_stopped, task.stopped_at),
    ]
    .into_iter()
    .filter_map(|(name, from, to)| {
        Some(Phase { started_at: from, ..Phase::lasting(name, clock::between(from, to)?) })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;
    use std::time::SystemTime;

    use serde_json::Value;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_lower_limit_of_memory_counts() {
        let limit = |task: Value, own: Value| {
            let task =
                json!({ "memory": task, "containers": [{ "name": "app", "exitCode": 137, "memory": own }] });
            end(&serde_json::from_value(task).unwrap(), &["app".to_owned()]).memory
        };
        assert_eq!(limit(json!("2048"), json!("512")), [Memory::OfContainer(512)]);
        assert_eq!(limit(json!("2048"), json!(null)), [Memory::OfTask(2_048)]);
        assert_eq!(limit(json!("512"), json!("1024")), [Memory::OfTask(512)]);
        assert_eq!(limit(json!(null), json!("")), [Memory::Unknown]);
    }

    fn task(stop_code: &str, reason: &str, containers: &[(&str, Option<i64>, &str)]) -> Task {
        let container = |(name, code, reason): &(&str, Option<i64>, &str)| -> Value {
            json!({ "name": name, "exitCode": code, "reason": reason })
        };
        let containers: Vec<_> = containers.iter().map(container).collect();
        let task = json!({ "stopCode": stop_code, "stoppedReason": reason, "containers": containers });
        serde_json::from_value(task).unwrap()
    }

    fn end_of(stop_code: &str, reason: &str, code: Option<i64>, container_reason: &str) -> TaskEnd {
        end(&task(stop_code, reason, &[("app", code, container_reason)]), &["app".to_owned()])
    }

    #[test]
    fn causes_by_code_and_text() {
        const EXITED: &str = "Essential container in task exited";
        const CAPACITY: &str = "Capacity is unavailable at this time. Please try again later or in a different \
                                availability zone";
        let cases = [
            ("EssentialContainerExited", EXITED, Some(3), EndCause::Exited),
            ("", "Essential container exited", Some(3), EndCause::Exited),
            ("EssentialContainerExited", EXITED, None, EndCause::NeverStarted),
            ("TaskFailedToStart", "CannotPullContainerError: x", None, EndCause::NeverStarted),
            ("", "CannotPullContainerError: x", None, EndCause::NeverStarted),
            ("TaskFailedToStart", CAPACITY, None, EndCause::NoCapacity),
            ("", CAPACITY, None, EndCause::NoCapacity),
            ("SpotInterruption", "Your Spot Task was interrupted.", Some(2), EndCause::Interrupted),
            ("", "Your Spot Task was interrupted.", Some(0), EndCause::Interrupted),
            ("UserInitiated", "Your Spot Task was interrupted.", Some(2), EndCause::Interrupted),
            ("TerminationNotice", "", Some(143), EndCause::Interrupted),
            ("InfrastructureHealth", "", Some(137), EndCause::Interrupted),
            ("InfrastructureHealth", "The host is not healthy", None, EndCause::Interrupted),
            (
                "",
                "ECS is performing maintenance on the underlying infrastructure hosting the task.",
                Some(143),
                EndCause::Interrupted,
            ),
            (
                "UserInitiated",
                "stopped by sortie: capacity is unavailable, retired",
                Some(137),
                EndCause::Stopped,
            ),
            ("", "Task stopped by user", Some(137), EndCause::Stopped),
            ("", "", Some(0), EndCause::Exited),
            ("", "", None, EndCause::NeverStarted),
            ("SomethingNew", "", Some(1), EndCause::Exited),
        ];
        for (code, reason, exit, cause) in cases {
            let end = end_of(code, reason, exit, "");
            assert_eq!(end.cause, cause, "{code}: {reason}");
            assert!(!end.reason.is_empty());
            assert_eq!(end.containers[0].exit_code.map(i64::from), exit);
        }
    }

    #[test]
    fn out_of_memory_is_told_by_the_reason_whatever_the_code() {
        for code in [Some(137), Some(0), None] {
            let end = end_of(
                "EssentialContainerExited",
                "Essential container in task exited",
                code,
                "OutOfMemoryError: Container killed due to memory usage",
            );
            assert!(end.containers[0].out_of_memory);
            assert!(
                end.reason.contains("`app`: OutOfMemoryError") && end.hint.contains("--memory"),
                "{end:?}"
            );
        }
        assert!(!end_of("UserInitiated", "x", Some(137), "").containers[0].out_of_memory);
    }

    #[test]
    fn containers_keep_the_definitions_order() {
        let task = task("", "", &[("side", Some(0), ""), ("app", Some(5), "")]);
        let names = ["app".to_owned(), "side".to_owned(), "gone".to_owned()];
        let codes: Vec<_> = end(&task, &names).containers.iter().map(|end| end.exit_code).collect();
        assert_eq!(codes, [Some(5), Some(0), None]);
    }

    #[test]
    fn what_a_container_says_counts_where_the_task_says_little() {
        let flake = "CannotPullContainerError: context canceled";
        let end = end_of("TaskFailedToStart", "Task failed to start", None, flake);
        assert!(end.transient && end.hint.contains("run it again"), "{end:?}");
        assert!(!end_of("TaskFailedToStart", "Task failed to start", None, "").transient);
    }

    #[test]
    fn somebodys_own_words_are_not_the_platforms() {
        let network = "Timeout waiting for network interface provisioning to complete.";
        let end = end_of("UserInitiated", network, None, "");
        assert!(!end.transient && end.hint.is_empty(), "{end:?}");
    }

    /// The memory of which container it was is not told.
    #[test]
    fn memory_that_only_the_task_speaks_of_is_the_container_s_that_was_killed() {
        let reason = "OutOfMemoryError: Container killed due to memory usage";
        let names = ["app".to_owned(), "side".to_owned()];
        let killed = |app: Option<i64>, side: Option<i64>| -> Vec<bool> {
            let task = task("EssentialContainerExited", reason, &[("app", app, ""), ("side", side, "")]);
            end(&task, &names).containers.iter().map(|end| end.out_of_memory).collect()
        };
        assert_eq!(killed(Some(137), Some(0)), [true, false]);
        assert_eq!(killed(Some(0), Some(137)), [false, true]);
        assert_eq!(killed(Some(0), Some(0)), [true, true], "any may be");
        assert_eq!(killed(Some(0), None), [true, true]);
    }

    #[test]
    fn a_guard_s_exit_code_says_who_ended_the_task() {
        const EXITED: &str = "Essential container in task exited";
        let guarded = |stop_code: &str, app: Option<i64>, guard: Option<i64>, why: &str| {
            let mut task = task(stop_code, EXITED, &[(sidecar::NAME, guard, why), ("app", app, "")]);
            task.stopping_at = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045));
            let end = end(&task, &["app".to_owned()]);
            assert_eq!(end.containers.len(), 1, "it is none of the user's containers");
            end
        };
        let over = guarded("EssentialContainerExited", Some(0), Some(124), "");
        assert_eq!(
            (over.cause, &*over.reason),
            (
                EndCause::Overdue,
                "the task did not end in its time: its deadline guard ended it at 2026-01-02T03:04:05Z"
            )
        );
        assert!(over.hint.contains("--timeout"), "{over:?}");
        let own = guarded("EssentialContainerExited", Some(3), Some(0), "");
        assert_eq!((own.cause, &*own.reason), (EndCause::Exited, EXITED));
        assert_eq!(guarded("UserInitiated", Some(143), Some(124), "").cause, EndCause::Stopped);
        let broken = guarded("EssentialContainerExited", Some(143), Some(127), "no /bin/sh");
        assert_eq!(broken.cause, EndCause::Stopped);
        assert!(broken.reason.ends_with("`sortie-deadline-guard`, ended with 127: no /bin/sh"), "{broken:?}");
        let unstarted = guarded("TaskFailedToStart", None, None, "CannotPullContainerError: x");
        assert!(
            unstarted.reason.ends_with("container `sortie-deadline-guard`: CannotPullContainerError: x"),
            "{unstarted:?}"
        );
    }

    #[test]
    fn a_code_of_the_command_s_guard_counts_when_the_time_was_over() {
        let limit = Limit { container: "app".to_owned(), seconds: 60 };
        let cause = |code: i64, seconds: u64| {
            let mut task = task("EssentialContainerExited", "", &[("app", Some(code), "")]);
            task.created_at = Some(SystemTime::UNIX_EPOCH);
            task.execution_stopped_at = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
            let mut end = end(&task, &["app".to_owned()]);
            tell_limit(&mut end, &limit, &task);
            (end.cause, end.reason.contains("deadline guard") && end.hint.contains("--timeout"))
        };
        assert_eq!(cause(124, 61), (EndCause::Overdue, true));
        for (code, seconds) in [(124, 59), (0, 61), (143, 61)] {
            assert_eq!(cause(code, seconds), (EndCause::Exited, false), "{code} after {seconds} s");
        }
    }

    #[test]
    fn phases_come_from_the_timestamps_that_are_there() {
        let times = json!({
            "createdAt": 100,
            "pullStartedAt": 110,
            "pullStoppedAt": 115,
            "startedAt": 116,
            "executionStoppedAt": 126,
            "stoppedAt": 140,
        });
        let task: Task = serde_json::from_value(times).unwrap();
        let end = end(&task, &[]);
        let seconds: Vec<_> = end.phases.iter().map(|phase| (phase.name, phase.duration.as_secs())).collect();
        assert_eq!(
            seconds,
            [
                (PhaseName::Provisioning, 10),
                (PhaseName::Pull, 5),
                (PhaseName::Run, 10),
                (PhaseName::Stop, 14)
            ]
        );
        assert_eq!(end.execution_stopped_at, Some(SystemTime::UNIX_EPOCH + Duration::from_secs(126)));
        let bare: Task = serde_json::from_value(json!({ "createdAt": 100, "stoppedAt": 101 })).unwrap();
        let phases = super::end(&bare, &[]).phases;
        let provisioning = Phase {
            started_at: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(100)),
            ..Phase::lasting(PhaseName::Provisioning, Duration::from_secs(1))
        };
        assert_eq!(phases, [provisioning]);
    }
}
