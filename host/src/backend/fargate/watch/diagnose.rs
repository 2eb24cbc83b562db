//! Why a task ended, in plain words, from what ECS says about it.
//!
//! Reasons come before codes: an exit code of 0 with the reason `OutOfMemoryError` is an
//! out-of-memory kill, and a code of 2 with the reason "Your Spot Task was interrupted." is an
//! interruption.

use super::task::Task;
use crate::backend::EndCause;
use crate::backend::TaskEnd;
use crate::backend::fargate::aws::clock;
use crate::report::ContainerEnd;
use crate::report::Phase;
use crate::report::PhaseName;

/// The end of a task that has stopped. `names` are its containers in the definition's order; the
/// order in which ECS lists them is not stable.
pub(super) fn end(task: &Task, names: &[String]) -> TaskEnd {
    let containers: Vec<_> = names.iter().map(|name| container(task, name)).collect();
    let stopped_reason = task.stopped_reason.trim();
    let ran = task.has_run();
    let Judged { cause, transient } = judge(&task.stop_code, stopped_reason, ran);
    let reason = reason(cause, stopped_reason, &containers);
    let everything: String = containers
        .iter()
        .map(|end| end.reason.as_str())
        .chain([stopped_reason])
        .collect::<Vec<_>>()
        .join("\n");
    TaskEnd {
        cause,
        transient: !ran && (cause == EndCause::NoCapacity || cause == EndCause::NeverStarted && transient),
        hint: hint(cause, &everything).to_owned(),
        reason,
        execution_stopped_at: task.execution_stopped_at,
        phases: phases(task),
        containers,
    }
}

fn container(task: &Task, name: &str) -> ContainerEnd {
    let container = task.container(name);
    let reason = container.map(|container| container.reason.clone()).unwrap_or_default();
    ContainerEnd {
        name: name.to_owned(),
        exit_code: container.and_then(|container| container.code()),
        // Source: amazon-ecs-agent issues 1187 (with 137) and 2467 (with 0).
        out_of_memory: reason.to_lowercase().contains("outofmemory"),
        reason,
    }
}

/// What is known of an end.
#[derive(Debug, Clone, Copy)]
struct Judged {
    cause: EndCause,
    /// The failure has nothing to do with the task: launched again it may well start.
    transient: bool,
}

/// A text of the platform, in lower case, and what it says about the end.
struct Rule {
    text: Text,
    cause: EndCause,
    transient: bool,
}

/// Where a text has to stand. Names of images, secrets and groups are part of many reasons, and may
/// hold any words.
enum Text {
    /// The reason begins with it.
    Begins(&'static str),
    /// The reason holds it.
    Holds(&'static str),
}

impl Text {
    fn fits(&self, reason: &str) -> bool {
        match self {
            Self::Begins(text) => reason.starts_with(text),
            Self::Holds(text) => reason.contains(text),
        }
    }
}

const fn begins(text: &'static str, cause: EndCause) -> Rule {
    Rule { text: Text::Begins(text), cause, transient: false }
}

const fn holds(text: &'static str, cause: EndCause) -> Rule {
    Rule { text: Text::Holds(text), cause, transient: false }
}

/// A failure of the platform to start the task, which has nothing to do with the task.
const fn transient(text: &'static str) -> Rule {
    Rule { text: Text::Begins(text), cause: EndCause::NeverStarted, transient: true }
}

/// Texts that say more than the stop code does, or stand alone where the code is empty. The first that
/// fits counts. Source, unless another is named: Amazon ECS Developer Guide, stopped task error
/// messages.
const RULES: &[Rule] = &[
    begins("cannotpull", EndCause::NeverStarted),
    begins("cannotcreatecontainer", EndCause::NeverStarted),
    begins("cannotstartcontainer", EndCause::NeverStarted),
    begins("containerruntimeerror", EndCause::NeverStarted),
    begins("resourceinitializationerror", EndCause::NeverStarted),
    transient("timeout waiting for network interface"),
    transient("timeout waiting for ephemeralstorage"),
    transient("unexpected ec2 error"),
    begins("task failed to start", EndCause::NeverStarted),
    // AWS re:Post, ecs-fargate-runtask-capacity: also as the reason of a stopped task.
    holds("capacity is unavailable", EndCause::NoCapacity),
    // Amazon ECS Developer Guide, Fargate Spot: comes with any exit code (wrapbox PR 53).
    holds(SPOT, EndCause::Interrupted),
    // Amazon ECS Developer Guide, task retirement: "ECS is performing maintenance on the underlying
    // infrastructure hosting the task."
    holds("underlying infrastructure", EndCause::Interrupted),
    holds("service discovery instance could not be registered", EndCause::NeverStarted),
    holds("stopped by user", EndCause::Stopped),
    holds("essential container", EndCause::Exited),
];

const SPOT: &str = "your spot task was interrupted";

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
fn judge(stop_code: &str, reason: &str, ran: bool) -> Judged {
    let reason = reason.to_lowercase();
    let rule = RULES.iter().find(|rule| rule.text.fits(&reason));
    let said = rule.map(|rule| rule.cause);
    let cause = match stop_code {
        code if INTERRUPTED.contains(&code) => EndCause::Interrupted,
        // Its reason is free text of whoever asked, which may hold any words.
        code if STOPPED.contains(&code) => match said {
            Some(EndCause::Interrupted) if reason.contains(SPOT) => EndCause::Interrupted,
            _ => EndCause::Stopped,
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
    };
    Judged { cause, transient: rule.is_some_and(|rule| rule.transient) }
}

/// The platform's words. A container's own reason says more than "Essential container in task
/// exited".
fn reason(cause: EndCause, stopped_reason: &str, containers: &[ContainerEnd]) -> String {
    let mut reason = if stopped_reason.is_empty() {
        match cause {
            EndCause::Exited => "an essential container exited".to_owned(),
            _ => "the platform gave no reason".to_owned(),
        }
    } else {
        stopped_reason.to_owned()
    };
    for end in containers.iter().filter(|end| !end.reason.is_empty()) {
        if !reason.contains(&end.reason) {
            reason = format!("{reason}; container `{}`: {}", end.name, end.reason);
        }
    }
    reason
}

/// Texts (lower case, all must be contained) and what a person can do. The first that fits counts.
/// Source, unless another is named: Amazon ECS Developer Guide, stopped task error messages.
const HINTS: &[(&[&str], &str)] = &[
    (&["outofmemory"], "raise --memory (or the container's `memory`), or make the program use less"),
    // Docker Hub's limit on anonymous pulls.
    (&["cannotpull", "toomanyrequests"], "the registry limits pulls: use a mirror such as ECR, or sign in"),
    (&["cannotpull", "not found"], "check the image's name and tag, and the registry's region"),
    (&["cannotpull", "manifest unknown"], "check the image's name and tag, and the registry's region"),
    (&["cannotpull", "does not exist"], "check the image's name and tag, and the registry's region"),
    (&["cannotpull", "no matching manifest"], "the image is not built for the task's CPU architecture"),
    (&["cannotpull", "platform"], "the image is not built for the task's CPU architecture"),
    (&["cannotpull", "denied"], PULL_DENIED),
    (&["cannotpull", "authorization"], PULL_DENIED),
    (&["cannotpull", "no basic auth"], PULL_DENIED),
    (&["cannotpull", "403"], PULL_DENIED),
    (&["cannotpull", "timeout"], NO_ROUTE),
    (&["cannotpull", "deadline exceeded"], NO_ROUTE),
    (&["cannotpull", "dial tcp"], NO_ROUTE),
    (&["cannotpull", "eof"], NO_ROUTE),
    (&["cannotpull"], "check the image's name, the execution role and the way to the registry"),
    (&["resourceinitializationerror", "accessdenied"], INIT_DENIED),
    (&["resourceinitializationerror", "not authorized"], INIT_DENIED),
    (&["resourceinitializationerror", "log group"], LOG_GROUP),
    (&["resourceinitializationerror", "logger"], LOG_GROUP),
    (&["resourceinitializationerror", "secret"], SECRETS),
    (&["resourceinitializationerror", "ssm"], SECRETS),
    (&["resourceinitializationerror", "registry auth"], NO_ROUTE),
    (
        &["resourceinitializationerror"],
        "check the execution role, and that the subnets reach the AWS services",
    ),
    (&["exec format error"], "the program is not built for the task's CPU architecture"),
    (&["executable file not found"], "the command does not exist in the image; check it and the entry point"),
    (&["no such file or directory", "cannotstart"], "the command does not exist in the image"),
    (&["timeout waiting for network interface"], TRANSIENT),
    (&["timeout waiting for ephemeralstorage"], TRANSIENT),
    (&["unexpected ec2 error"], TRANSIENT),
    (
        &["capacity is unavailable"],
        "try again later, add subnets in other availability zones, or another size",
    ),
];

const PULL_DENIED: &str = "the execution role may not pull: allow ecr:GetAuthorizationToken, ecr:BatchGetImage and \
     ecr:GetDownloadUrlForLayer, or set `repositoryCredentials`";
const NO_ROUTE: &str = "the subnets do not reach the registry: they need a NAT gateway, a public IP address \
     (--assign-public-ip), or VPC endpoints for ecr.api, ecr.dkr and s3";
const INIT_DENIED: &str = "the execution role lacks a permission; the reason names it";
const LOG_GROUP: &str = "create the log group, or set awslogs-create-group to true and allow the execution role \
     logs:CreateLogGroup, logs:CreateLogStream and logs:PutLogEvents";
const SECRETS: &str = "check the secret's name, the execution role's permission to read it, and that the subnets \
     reach Secrets Manager or SSM";
const TRANSIENT: &str = "this passes: run it again";

fn hint(cause: EndCause, text: &str) -> &'static str {
    let text = text.to_lowercase();
    if let Some((_, hint)) = HINTS.iter().find(|(words, _)| words.iter().all(|word| text.contains(word))) {
        return hint;
    }
    match cause {
        EndCause::Interrupted if text.contains("spot") => {
            "run it again, or without FARGATE_SPOT (--capacity-provider FARGATE)"
        }
        EndCause::Interrupted => "run it again",
        EndCause::NoCapacity => "try again later",
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
    fn failures_to_start_come_with_advice() {
        let cases = [
            ("CannotPullContainerError: pull access denied for x", "execution role may not pull"),
            ("CannotPullContainerError: ref x: not found", "name and tag"),
            ("CannotPullContainerError: dial tcp 1.2.3.4:443: i/o timeout", "NAT"),
            ("CannotPullContainerError: 429 toomanyrequests", "limits pulls"),
            (
                "ResourceInitializationError: failed to validate logger args: log group does not exist",
                "log group",
            ),
            ("ResourceInitializationError: unable to pull secrets or registry auth", "secret"),
            ("Timeout waiting for network interface provisioning to complete.", "run it again"),
        ];
        for (reason, words) in cases {
            let end = end_of("TaskFailedToStart", reason, None, "");
            assert!(end.hint.contains(words), "{reason}: {}", end.hint);
            assert_eq!(end.transient, words == "run it again", "{reason}");
        }
    }

    /// What is pulled, or read, may have any name.
    #[test]
    fn names_inside_a_reason_are_not_taken_for_the_platforms_words() {
        for reason in [
            "CannotPullContainerError: pull access denied for registry.example/retirement-api",
            "CannotPullContainerError: ref registry.example/capacity is unavailable: not found",
            "ResourceInitializationError: unable to pull secret retired/underlying infrastructure",
            "CannotStartContainerError: exec: \"./retire\": your spot task was interrupted",
        ] {
            for code in ["TaskFailedToStart", ""] {
                let end = end_of(code, reason, None, "");
                assert_eq!(end.cause, EndCause::NeverStarted, "{code}: {reason}");
                assert!(!end.transient, "{code}: {reason}");
            }
        }
        let network = "Timeout waiting for network interface provisioning to complete.";
        assert!(!end_of("UserInitiated", network, None, "").transient, "somebody's own words");
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
