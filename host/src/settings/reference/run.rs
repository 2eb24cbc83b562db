//! Settings of how sortie waits for a task, stops it and ends.

use super::END;
use super::FARGATE;
use super::Kind;
use super::LINES;
use super::Setting;
use super::WHOLE;
use crate::settings::DeadlineGuard;
use crate::settings::choice::Choice as _;

const COMMON: Setting = Setting { heading: "Waiting and stopping", ..super::COMMON };

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        key: "timeout",
        kind: Kind::Amount,
        commands: END,
        value_name: "DURATION",
        help: "Time limit (10m, 1h 30m, or seconds): `run` stops the task, `wait` waits no longer; exit code 124",
        more: "`sortie run` stops the task, so long after the launch. `sortie wait` counts from its own start \
               and only ends its waiting, unless --stop-on-timeout is given. 0 turns it off.",
        ..COMMON
    },
    Setting {
        key: "deadline-guard",
        kind: Kind::Choice(DeadlineGuard::WORDS),
        commands: WHOLE,
        value_name: "WAY",
        default: Some("none"),
        backends: FARGATE,
        help: "What ends the task at --timeout when sortie is gone: none, sidecar (a container), shell (around the command) or schedule",
        more: "`sidecar` adds an essential container that ends so long after its start, which ends the task: in a \
               revision that sortie registers. `shell` starts the command in a shell of the image, which ends it. \
               `schedule` makes a schedule of EventBridge Scheduler that stops the task, and moves it forward while \
               sortie lives. The exit code is 124 then, as with --timeout. `sortie help killed` says more.",
        ..COMMON
    },
    Setting {
        key: "deadline-guard-image",
        commands: WHOLE,
        value_name: "IMAGE",
        backends: FARGATE,
        help: "Image of the container of --deadline-guard sidecar; it needs a shell and `sleep`",
        more: "Default: a busybox of Amazon's public registry, which a task without a way to the internet cannot \
               pull. The task's own image will do, if it has a shell.",
        ..COMMON
    },
    Setting {
        key: "deadline-guard-role",
        commands: WHOLE,
        value_name: "ARN",
        backends: FARGATE,
        help: "Role with which --deadline-guard schedule stops the task",
        more: "scheduler.amazonaws.com must be allowed to assume it, and it to do ecs:StopTask in the cluster.",
        ..COMMON
    },
    Setting {
        key: "stop-timeout",
        kind: Kind::Amount,
        value_name: "DURATION",
        help: "Time between the stop signal and the kill; on Fargate 2s to 120s",
        more: "On this machine it holds for every container of the task, in place of what the definition says; \
               on Fargate for the main container, where the others keep their definition's. Without it and \
               without a definition's it is 30 s.",
        ..COMMON
    },
    Setting {
        key: "log-settle",
        kind: Kind::Amount,
        commands: LINES,
        value_name: "DURATION",
        default: Some("auto"),
        help: "Minimum time between the end of the task and the end of its log; 0 turns it off",
        more: "`auto` is 5 s, or less for a stream whose lines have shown up promptly or that has been \
               silent for long. CloudWatch Logs gives no bound for how late a line may show up. The time \
               is counted from the end of the task's execution, which Fargate tells about 10 s later, so \
               there it costs nothing.",
        ..COMMON
    },
    Setting {
        key: "require-complete-logs",
        kind: Kind::Switch,
        commands: LINES,
        help: "Make incomplete logs an error, exit code 126",
        ..COMMON
    },
    Setting {
        key: "reattach",
        kind: Kind::Switch,
        commands: WHOLE,
        backends: FARGATE,
        help: "Attach to the task that this step has launched before, if it still runs, instead of launching another",
        more: "For a CI job that is run again because its runner was lost. The task is found by who started it: \
               --started-by, or the run and step of the CI system, where attempts do not count. It must have \
               been launched with the same request; of one that was not, a warning tells. `sortie help killed` \
               says more.",
        ..COMMON
    },
    Setting {
        key: "capacity-timeout",
        kind: Kind::Amount,
        value_name: "DURATION",
        // Longer than the minutes for which Fargate commonly lacks capacity in one zone, shorter
        // than a person's patience with a CI job that does nothing.
        default: Some("5m"),
        backends: FARGATE,
        help: "How long to keep trying while the platform has no capacity; then exit code 122",
        more: "A task that the platform could not start for a transient reason (no network interface in \
               time) is relaunched within this time too. None of it has run then.",
        ..COMMON
    },
];
