//! Why a task ended, in plain words, from what ECS says about it.
//!
//! Reasons come before codes: an exit code of 0 with the reason `OutOfMemoryError` is an
//! out-of-memory kill, and a code of 2 with the reason "Your Spot Task was interrupted." is an
//! interruption.

use std::time::SystemTime;

use aws_sdk_ecs::types::Task;

use crate::backend::EndCause;
use crate::backend::TaskEnd;
use crate::backend::fargate::aws::clock;
use crate::report::ContainerEnd;
use crate::report::Phase;
use crate::report::PhaseName;

/// The end of a task that has stopped. `names` are its containers in the definition's order; the
/// order in which ECS lists them is not stable.
pub(crate) fn end(task: &Task, names: &[String]) -> TaskEnd {
    let containers = containers(task, names);
    let stopped_reason = task.stopped_reason().unwrap_or_default().trim();
    let stop_code = task.stop_code().map(|code| code.as_str()).unwrap_or_default();
    let ran = task.started_at().is_some() || containers.iter().any(|end| end.exit_code.is_some());
    let cause = cause(stop_code, stopped_reason, ran);
    let reason = reason(cause, stopped_reason, &containers);
    let everything: String = containers
        .iter()
        .map(|end| end.reason.as_str())
        .chain([stopped_reason])
        .collect::<Vec<_>>()
        .join("\n");
    let hint = hint(cause, &everything);
    TaskEnd {
        cause,
        // Not one that somebody stopped with such words.
        transient: !ran
            && (cause == EndCause::NoCapacity || cause == EndCause::NeverStarted && hint == PASSING),
        hint: hint.to_owned(),
        reason,
        execution_stopped_at: clock::time(task.execution_stopped_at()),
        phases: phases(task),
        containers,
    }
}

fn containers(task: &Task, names: &[String]) -> Vec<ContainerEnd> {
    names
        .iter()
        .map(|name| {
            let container = task.containers().iter().find(|container| container.name() == Some(name));
            let reason = container.and_then(|container| container.reason()).unwrap_or_default().to_owned();
            ContainerEnd {
                name: name.clone(),
                exit_code: container.and_then(|container| container.exit_code()),
                // Source: amazon-ecs-agent issues 1187 (with 137) and 2467 (with 0).
                out_of_memory: reason.to_lowercase().contains("outofmemory"),
                reason,
            }
        })
        .collect()
}

/// Texts that say more than the stop code does, or stand alone where the code is empty.
/// All in lower case; the first that is contained counts.
const TEXTS: &[(&str, EndCause)] = &[
    // AWS re:Post, ecs-fargate-runtask-capacity: also as the reason of a stopped task.
    ("capacity is unavailable", EndCause::NoCapacity),
    // Amazon ECS Developer Guide, Fargate Spot: comes with any exit code (wrapbox PR 53).
    ("your spot task was interrupted", EndCause::Interrupted),
    // Amazon ECS Developer Guide, Fargate task retirement.
    ("retire", EndCause::Interrupted),
    ("underlying infrastructure", EndCause::Interrupted),
    // Amazon ECS Developer Guide, stopped task error codes.
    ("task failed to start", EndCause::NeverStarted),
    ("cannotpull", EndCause::NeverStarted),
    ("cannotcreatecontainer", EndCause::NeverStarted),
    ("cannotstartcontainer", EndCause::NeverStarted),
    ("containerruntimeerror", EndCause::NeverStarted),
    ("resourceinitializationerror", EndCause::NeverStarted),
    ("timeout waiting for network interface", EndCause::NeverStarted),
    ("timeout waiting for ephemeralstorage", EndCause::NeverStarted),
    ("unexpected ec2 error", EndCause::NeverStarted),
    ("service discovery instance could not be registered", EndCause::NeverStarted),
    ("stopped by user", EndCause::Stopped),
    ("essential container", EndCause::Exited),
];

/// Source of the codes: Amazon ECS API reference, Task, `stopCode`. Emulators leave it empty.
fn cause(stop_code: &str, reason: &str, ran: bool) -> EndCause {
    let reason = reason.to_lowercase();
    let by_text = TEXTS.iter().find(|(text, _)| reason.contains(text)).map(|(_, cause)| *cause);
    match stop_code {
        "SpotInterruption" | "TerminationNotice" => EndCause::Interrupted,
        // Its reason is free text of whoever asked, which may hold any words.
        "UserInitiated" | "ServiceSchedulerInitiated" => match by_text {
            Some(EndCause::Interrupted) if reason.contains("your spot task was interrupted") => {
                EndCause::Interrupted
            }
            _ => EndCause::Stopped,
        },
        "TaskFailedToStart" => match by_text {
            Some(EndCause::NoCapacity) => EndCause::NoCapacity,
            Some(EndCause::Interrupted) => EndCause::Interrupted,
            _ => EndCause::NeverStarted,
        },
        "EssentialContainerExited" => match by_text {
            Some(EndCause::Interrupted) => EndCause::Interrupted,
            _ if ran => EndCause::Exited,
            _ => EndCause::NeverStarted,
        },
        _ => match by_text {
            Some(EndCause::Exited) if !ran => EndCause::NeverStarted,
            Some(cause) => cause,
            None if ran => EndCause::Exited,
            None => EndCause::NeverStarted,
        },
    }
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
    (&["timeout waiting for network interface"], PASSING),
    (&["timeout waiting for ephemeralstorage"], PASSING),
    (&["unexpected ec2 error"], PASSING),
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
const PASSING: &str = "this passes: run it again";

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
    let created = clock::time(task.created_at());
    let pull_started = clock::time(task.pull_started_at());
    let pull_stopped = clock::time(task.pull_stopped_at());
    let started = clock::time(task.started_at());
    let execution_stopped = clock::time(task.execution_stopped_at()).or(clock::time(task.stopping_at()));
    let stopped = clock::time(task.stopped_at());
    let first = |one: Option<SystemTime>, other: Option<SystemTime>| one.or(other);
    [
        (PhaseName::Provisioning, created, first(pull_started, first(started, stopped))),
        (PhaseName::Pull, pull_started, pull_stopped),
        (PhaseName::Run, started, first(execution_stopped, stopped)),
        (PhaseName::Stop, execution_stopped, stopped),
    ]
    .into_iter()
    .filter_map(|(name, from, to)| Some(Phase { name, duration: clock::between(from, to)? }))
    .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_sdk_ecs::types::Container;
    use aws_smithy_types::DateTime;

    use super::*;

    fn task(stop_code: &str, reason: &str, containers: &[(&str, Option<i32>, &str)]) -> Task {
        let mut task = Task::builder().stopped_reason(reason);
        if !stop_code.is_empty() {
            task = task.stop_code(stop_code.into());
        }
        for (name, code, reason) in containers {
            let container = Container::builder().name(*name).set_exit_code(*code).reason(*reason);
            task = task.containers(container.build());
        }
        task.build()
    }

    fn end_of(stop_code: &str, reason: &str, code: Option<i32>, container_reason: &str) -> TaskEnd {
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
            assert_eq!(end.containers[0].exit_code, exit);
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

    #[test]
    fn phases_come_from_the_timestamps_that_are_there() {
        let at = DateTime::from_secs;
        let task = Task::builder()
            .created_at(at(100))
            .pull_started_at(at(110))
            .pull_stopped_at(at(115))
            .started_at(at(116))
            .execution_stopped_at(at(126))
            .stopped_at(at(140))
            .build();
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
        let bare = Task::builder().created_at(at(100)).stopped_at(at(101)).build();
        let phases = super::end(&bare, &[]).phases;
        assert_eq!(phases, [Phase { name: PhaseName::Provisioning, duration: Duration::from_secs(1) }]);
    }
}
