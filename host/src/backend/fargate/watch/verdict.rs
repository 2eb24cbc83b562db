//! Whether an answer of DescribeTasks holds the end of the task.
//!
//! On Fargate the state STOPPED comes 12 to 37 s after everything about the end can be read: while the
//! task is DEPROVISIONING (its network interface is detached) its containers have stopped already,
//! with exit codes and reasons, and `stopCode`, `stoppedReason` and `executionStoppedAt` are there.
//! So the task has ended for sortie at the first answer that holds all of that:
//!
//! - every container of the definition has stopped, with an exit code or a reason (a sidecar that
//!   still runs keeps the task open; containers that the platform added itself do not);
//! - `executionStoppedAt` is there, so that the logs know from when to count;
//! - something has run: what failed to start is told in full only in the end;
//! - `stopCode` names a cause that is known. Without it nobody can tell an exit from an interruption,
//!   whatever the exit code is.
//!
//! Where anything of that is missing, STOPPED is waited for as before: no shorter wait is safe, and it
//! always comes. Words that may only follow are waited for [`LATE_WORDS`] at most: they change what is
//! said about an end, and hardly ever the exit code.

use std::fmt;
use std::time::Duration;

use super::diagnose;
use super::task::Container;
use super::task::Task;

/// How long words that often follow are waited for, from the first answer that holds everything else.
const LATE_WORDS: Duration = Duration::from_secs(3);

/// Exit codes of a process that was killed (SIGKILL) or told to end (SIGTERM) from outside. When an
/// essential container ends so by itself, the platform may have more to say: an `OutOfMemoryError`, or
/// an interruption.
const SIGNALLED: [i32; 2] = [137, 143];

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The task has not ended as far as the answer tells.
    Open(Missing),
    /// It has, but what is missing may follow within a moment.
    LookAgain(Missing),
    /// It has, and the answer holds everything.
    Ended,
}

/// What an answer lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Missing {
    /// The answer has none of the task's containers.
    Containers,
    /// This container has not stopped.
    Stop(String),
    /// This container has stopped, with neither a code nor a reason.
    Code(String),
    /// Nothing has run.
    Start,
    /// When the execution stopped.
    ExecutionEnd,
    /// Why the task stopped, as a code that is known.
    Cause,
    /// Words about it.
    Words,
}

/// What `task` says about its end. `names` are the containers of its definition; `held_for` is for how
/// long answers have held everything but words.
pub(super) fn of(task: &Task, names: &[String], held_for: Duration) -> Verdict {
    if task.is_stopped() {
        // A code may follow the state by a moment, and without one nothing can be told.
        let late = names.iter().find(|name| held_for < LATE_WORDS && lacks_its_code(task, name));
        return late.map_or(Verdict::Ended, |name| Verdict::LookAgain(Missing::Code(name.clone())));
    }
    if let Some(missing) = missing(task, names) {
        return Verdict::Open(missing);
    }
    if held_for < LATE_WORDS && words_may_follow(task) {
        return Verdict::LookAgain(Missing::Words);
    }
    Verdict::Ended
}

fn missing(task: &Task, names: &[String]) -> Option<Missing> {
    if names.is_empty() {
        return Some(Missing::Containers);
    }
    for name in names {
        let Some(container) = task.container(name) else { return Some(Missing::Containers) };
        if !container.is_stopped() {
            return Some(Missing::Stop(name.clone()));
        }
        if container.exit_code.is_none() && container.reason.is_empty() {
            return Some(Missing::Code(name.clone()));
        }
    }
    if !task.has_run() {
        Some(Missing::Start)
    } else if task.execution_stopped_at.is_none() {
        Some(Missing::ExecutionEnd)
    } else if !diagnose::is_final_cause(&task.stop_code) {
        Some(Missing::Cause)
    } else {
        None
    }
}

/// Whether a container has run to its end, as far as the task tells, and its code is not there.
fn lacks_its_code(task: &Task, name: &str) -> bool {
    let silent = |container: &Container| {
        container.is_stopped() && container.exit_code.is_none() && container.reason.is_empty()
    };
    task.stop_code == diagnose::EXITED
        && task.started_at.is_some()
        && task.container(name).is_some_and(silent)
}

fn words_may_follow(task: &Task) -> bool {
    let signalled = task.containers.iter().any(|container| {
        container.reason.is_empty() && container.code().is_some_and(|code| SIGNALLED.contains(&code))
    });
    task.stopped_reason.is_empty() || task.stop_code == diagnose::EXITED && signalled
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Containers => f.write_str("its containers are not all listed"),
            Self::Stop(name) => write!(f, "container `{name}` has not stopped"),
            Self::Code(name) => write!(f, "container `{name}` has neither an exit code nor a reason yet"),
            Self::Start => f.write_str("nothing of it has run"),
            Self::ExecutionEnd => f.write_str("the end of its execution is not told yet"),
            Self::Cause => f.write_str("the cause is not told yet"),
            Self::Words => f.write_str("the reason may still follow"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::*;

    /// A task that is DEPROVISIONING and holds its end, changed as the JSON says.
    fn verdict(change: Value, held_for: u64) -> Verdict {
        let mut task = json!({
            "lastStatus": "DEPROVISIONING",
            "stopCode": "EssentialContainerExited",
            "stoppedReason": "Essential container in task exited",
            "startedAt": 100,
            "executionStoppedAt": 110,
            "containers": [
                { "name": "app", "lastStatus": "STOPPED", "exitCode": 3 },
                { "name": "proxy", "lastStatus": "STOPPED", "exitCode": 0 },
            ],
        });
        for (name, value) in change.as_object().unwrap() {
            task[name] = value.clone();
        }
        let task: Task = serde_json::from_value(task).unwrap();
        of(&task, &["app".to_owned(), "proxy".to_owned()], Duration::from_secs(held_for))
    }

    fn containers(app: Value, proxy: Value) -> Value {
        let whole = |name: &str, mut container: Value| {
            container["name"] = name.into();
            container
        };
        json!({ "containers": [whole("proxy", proxy), whole("app", app)] })
    }

    #[test]
    fn an_answer_that_holds_everything_is_the_end_whatever_the_state() {
        for state in ["DEPROVISIONING", "DEACTIVATING", "STOPPING", "RUNNING", "STOPPED"] {
            assert_eq!(verdict(json!({ "lastStatus": state }), 0), Verdict::Ended, "{state}");
        }
        for (cause, reason) in [
            ("UserInitiated", "stopped by sortie: cancelled"),
            ("SpotInterruption", "Your Spot Task was interrupted."),
            ("TerminationNotice", "ECS is performing maintenance on the underlying infrastructure"),
            ("InfrastructureHealth", "The underlying host failed"),
        ] {
            let told = json!({ "stopCode": cause, "stoppedReason": reason });
            assert_eq!(verdict(told, 0), Verdict::Ended, "{cause}");
        }
        let agent = json!({ "name": "aws-guardduty-agent", "lastStatus": "RUNNING" });
        let mut with_agent = containers(
            json!({ "lastStatus": "STOPPED", "exitCode": 0 }),
            json!({ "lastStatus": "STOPPED", "reason": "OutOfMemoryError" }),
        );
        with_agent["containers"].as_array_mut().unwrap().push(agent);
        assert_eq!(verdict(with_agent, 0), Verdict::Ended);
    }

    #[test]
    fn whatever_is_missing_keeps_the_task_open_until_it_has_stopped() {
        let stopped = || json!({ "lastStatus": "STOPPED", "exitCode": 0 });
        for (change, missing) in [
            (json!({ "containers": [] }), Missing::Containers),
            (containers(stopped(), json!({ "lastStatus": "RUNNING" })), Missing::Stop("proxy".into())),
            (containers(json!({ "exitCode": 0 }), stopped()), Missing::Stop("app".into())),
            (containers(json!({ "lastStatus": "STOPPED" }), stopped()), Missing::Code("app".into())),
            (json!({ "executionStoppedAt": null }), Missing::ExecutionEnd),
            (json!({ "stopCode": null, "stoppedReason": null }), Missing::Cause),
            (json!({ "stopCode": null }), Missing::Cause),
            (json!({ "stopCode": "TaskFailedToStart" }), Missing::Cause),
            (json!({ "stopCode": "SomethingNew" }), Missing::Cause),
        ] {
            let late = match &missing {
                // A code is waited for a moment, whatever the state.
                Missing::Code(name) => Verdict::LookAgain(Missing::Code(name.clone())),
                _ => Verdict::Ended,
            };
            assert_eq!(verdict(change.clone(), 600), Verdict::Open(missing), "{change}");
            let mut change = change;
            change["lastStatus"] = "STOPPED".into();
            assert_eq!(verdict(change.clone(), 0), late, "{change}");
            assert_eq!(verdict(change.clone(), 3), Verdict::Ended, "{change}");
        }
        let reason = json!({ "lastStatus": "STOPPED", "reason": "CannotStartContainerError: x" });
        let mut nothing_ran = containers(reason.clone(), reason);
        nothing_ran["startedAt"] = Value::Null;
        assert_eq!(verdict(nothing_ran, 600), Verdict::Open(Missing::Start));
    }

    #[test]
    fn words_that_may_follow_are_waited_for_a_moment() {
        let code = |code: i32, reason: &str| {
            let app = json!({ "lastStatus": "STOPPED", "exitCode": code, "reason": reason });
            containers(app, json!({ "lastStatus": "STOPPED", "exitCode": 0 }))
        };
        for change in [code(137, ""), code(143, ""), json!({ "stoppedReason": "" })] {
            assert_eq!(verdict(change.clone(), 0), Verdict::LookAgain(Missing::Words), "{change}");
            assert_eq!(verdict(change.clone(), 2), Verdict::LookAgain(Missing::Words), "{change}");
            assert_eq!(verdict(change.clone(), 3), Verdict::Ended, "{change}");
        }
        assert_eq!(verdict(code(137, "OutOfMemoryError: x"), 0), Verdict::Ended);
        let mut stopped = code(137, "");
        stopped["stopCode"] = "UserInitiated".into();
        assert_eq!(verdict(stopped, 0), Verdict::Ended, "a stop kills, and that is told");
    }
}
