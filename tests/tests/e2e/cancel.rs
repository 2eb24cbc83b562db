//! Signals and timeouts: the task is stopped, and nothing is left running.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;
use sortie_tests::Cloud;

/// 200 ms are promised from the signal to StopTask; the tests share two cores with everything.
const STOP_WITHIN: Duration = Duration::from_secs(2);

const SLEEP: &str = "trap 'echo stopping; exit 0' TERM; echo up; while :; do sleep 0.1; done";

#[allow(clippy::print_stderr, reason = "a measure, for whoever runs the tests with --nocapture")]
fn cancelled_by(signal: Signal, code: i32, test: &str) {
    let cloud = Cloud::real(test);
    let running = cloud.shell(SLEEP).run().start();
    running.await_stdout("up\n");
    let sent = running.signal(signal);
    let output = running.finish();
    output.assert_code(code);
    let delay = cloud.await_call("StopTask").at.saturating_duration_since(sent);
    eprintln!("{test}: StopTask came {:.1} ms after the signal", delay.as_secs_f64() * 1e3);
    assert!(delay < STOP_WITHIN, "StopTask came {delay:?} after the signal\n{output}");
    cloud.assert_nothing_runs();
}

#[test]
fn sigint_stops_the_task_and_is_130() {
    cancelled_by(Signal::INT, 130, "sigint");
}

#[test]
fn sigterm_stops_the_task_and_is_143() {
    cancelled_by(Signal::TERM, 143, "sigterm");
}

#[test]
fn sighup_stops_the_task_and_is_129() {
    cancelled_by(Signal::HUP, 129, "sighup");
}

/// The shortest time that a system leaves is 5 s, and less of it is sortie's.
const SEQUENCE_STOPS_WITHIN: Duration = Duration::from_secs(1);

/// How a CI system cancels a step.
struct Sequence {
    system: &'static str,
    /// How sortie is started; it must see its own process as that of the step.
    within: &'static str,
    /// Signals in their order, to the step's process or to its group, each with the time until the next.
    signals: &'static [(Signal, bool, Duration)],
}

/// Sources: actions/runner and azure-pipelines-agent, `ProcessInvoker` (the entry process alone, 7.5 s and 2.5 s);
/// gitlab-runner, `killer` (SIGTERM to the group, SIGKILL 10 min later) and its docker executor (SIGTERM, and
/// SIGKILL with the container 10 s later); buildkite/agent (SIGTERM to the group, 9 s); Jenkins, `ProcessTree`
/// (SIGTERM, 5 s); circleci/runner-init, `cmd/orchestrator` (SIGTERM, and SIGKILL to the group 10 s later, when its
/// pod ends: what a cancel sends is not documented); woodpecker, its docker back end, and Codefresh, where nothing is
/// documented: as `docker stop` does (SIGTERM to the first process, 10 s). Each ends with SIGKILL.
const SEQUENCES: [Sequence; 9] = [
    Sequence {
        system: "github",
        within: "exec \"$@\"",
        signals: &[
            (Signal::INT, false, Duration::from_millis(7500)),
            (Signal::TERM, false, Duration::from_millis(2500)),
        ],
    },
    Sequence {
        system: "azure",
        within: "exec bash --noprofile --norc -c 'exec \"$@\"' bash \"$@\"",
        signals: &[
            (Signal::INT, false, Duration::from_millis(7500)),
            (Signal::TERM, false, Duration::from_millis(2500)),
        ],
    },
    Sequence {
        system: "circleci",
        within: "exec setsid bash -eo pipefail -c 'exec \"$@\"' bash \"$@\"",
        signals: &[(Signal::TERM, false, Duration::from_secs(10))],
    },
    Sequence {
        system: "codefresh",
        within: "exec busybox sh -c 'exec \"$@\"' sh \"$@\"",
        signals: &[(Signal::TERM, false, Duration::from_secs(10))],
    },
    Sequence {
        system: "woodpecker",
        within: "exec sh -e -c 'exec \"$@\"' sh \"$@\"",
        signals: &[(Signal::TERM, false, Duration::from_secs(10))],
    },
    Sequence {
        system: "gitlab-docker",
        within: "exec \"$@\"",
        signals: &[
            (Signal::TERM, false, Duration::from_millis(6000)),
            (Signal::TERM, false, Duration::from_millis(4000)),
        ],
    },
    Sequence {
        system: "gitlab-shell",
        within: "exec setsid bash -c '\"$@\"; exit $?' bash \"$@\"",
        signals: &[(Signal::TERM, true, Duration::from_secs(600))],
    },
    Sequence {
        system: "buildkite",
        within: "exec setsid bash -c '\"$@\"; exit $?' bash \"$@\"",
        signals: &[(Signal::TERM, true, Duration::from_millis(9000))],
    },
    Sequence {
        system: "jenkins",
        within: "exec setsid bash -c '\"$@\"; exit $?' bash \"$@\"",
        signals: &[(Signal::TERM, true, Duration::from_millis(5000))],
    },
];

#[test]
#[allow(clippy::print_stderr, reason = "a measure, for whoever runs the tests with --nocapture")]
fn cancel_sequence_of_each_ci_system_leaves_no_task() {
    for Sequence { system, within, signals } in SEQUENCES {
        let cloud = Cloud::real(&format!("cancel-{system}"));
        let mut running = cloud.shell(SLEEP).run().within(within).start();
        running.await_stdout("up\n");
        let mut first = None;
        for (signal, group, until_next) in signals {
            let sent = match group {
                true => running.signal_group(*signal),
                false => running.signal(*signal),
            };
            first.get_or_insert(sent);
            if running.ends_within(*until_next) {
                break;
            }
        }
        let output = running.kill_and_finish();
        let stop = cloud.await_call("StopTask");
        let delay = first.map(|first| stop.at.saturating_duration_since(first)).unwrap_or_default();
        eprintln!("{system}: StopTask came {:.1} ms after the first signal", delay.as_secs_f64() * 1e3);
        assert!(
            delay < SEQUENCE_STOPS_WITHIN,
            "{system}: StopTask came {delay:?} after the signal\n{output}"
        );
        assert!(!output.stderr.contains("goes on"), "{system}\n{output}");
        cloud.assert_nothing_runs();
    }
}

/// Where no signal arrives (below a shell on GitHub, or with a runner that is lost), a later step or job stops what
/// this run has started.
#[test]
fn step_that_hears_no_signal_is_cleaned_up_after() {
    let cloud = Cloud::real("cancel-deaf");
    let of_run = |sortie: sortie_tests::Sortie, job: &str| {
        sortie.env("CIRCLECI", "true").env("CIRCLE_PIPELINE_ID", "p-1").env("CIRCLE_JOB", job)
    };
    let running = of_run(cloud.shell(SLEEP).run(), "deploy").start();
    running.await_stdout("up\n");
    running.signal(Signal::KILL);
    running.finish();
    let reaped =
        of_run(cloud.sortie(&["reap", "--this-run"]).args(["--cluster", cloud.name()]), "clean-up").run();
    reaped.assert_code(0);
    cloud.assert_nothing_runs();
}

#[test]
fn last_words_of_a_cancelled_task_are_shown() {
    let cloud = Cloud::real("last-words");
    let running = cloud.shell(SLEEP).run().start();
    running.await_stdout("up\n");
    running.signal(Signal::INT);
    running.finish().assert_code(130).assert_stdout("up\nstopping\n");
}

#[test]
fn sigint_before_the_launch_launches_nothing() {
    let cloud = Cloud::faulty("int-before");
    cloud.shell(SLEEP).faults(json!([
        { "service": "ecs", "operation": "DescribeTaskDefinition", "latency": 3000 },
    ]));
    let running = cloud.run().start();
    cloud.await_call("DescribeTaskDefinition");
    running.signal(Signal::INT);
    running.finish().assert_code(130);
    assert!(cloud.calls("RunTask").is_empty(), "a task was launched after the signal");
}

#[test]
fn sigint_while_run_task_is_in_flight_stops_the_task() {
    let cloud = Cloud::faulty("int-during");
    cloud.shell(SLEEP).faults(json!([{ "service": "ecs", "operation": "RunTask", "latency": 2500 }]));
    let running = cloud.run().start();
    cloud.await_call("RunTask");
    running.signal(Signal::INT);
    let output = running.finish();
    output.assert_code(130);
    assert!(!cloud.calls("StopTask").is_empty(), "the task that RunTask made was not stopped\n{output}");
    cloud.assert_nothing_runs();
}

#[test]
fn second_sigint_leaves_at_once_and_names_the_task() {
    let cloud = Cloud::scripted("second");
    cloud.shell("x").life(json!({
        "steps": [{ "after": 0.2, "status": "RUNNING", "log": { "app": ["up"] } }, { "after": 300 }],
        "onStop": [{ "after": 300, "status": "STOPPED" }],
    }));
    let running = cloud.run().start();
    running.await_stdout("up\n");
    running.signal(Signal::INT);
    cloud.await_call("StopTask");
    std::thread::sleep(Duration::from_millis(300));
    let second = running.signal(Signal::INT);
    let output = running.finish();
    output.assert_code(130).assert_stderr(&format!("task/{}/", cloud.name()));
    assert!(second.elapsed() < Duration::from_secs(3), "left {:?} after the second signal", second.elapsed());
}

#[test]
fn stop_task_that_fails_is_tried_again() {
    let cloud = Cloud::faulty("stop-fails");
    cloud.shell(SLEEP).faults(json!([
        { "service": "ecs", "operation": "StopTask", "times": 2, "error": { "code": "ThrottlingException" } },
    ]));
    let running = cloud.run().start();
    running.await_stdout("up\n");
    running.signal(Signal::INT);
    running.finish().assert_code(130);
    cloud.assert_nothing_runs();
}

#[test]
fn timeout_stops_the_task_and_is_124() {
    let cloud = Cloud::real("timeout");
    let output = cloud.shell(SLEEP).run().args(["--timeout", "3s"]).run();
    output.assert_code(124).assert_within(Duration::from_secs(30));
    assert!(output.text().starts_with("up\n"), "{output}");
    cloud.assert_nothing_runs();
}

#[test]
fn task_that_ignores_the_stop_signal_is_killed() {
    let cloud = Cloud::real("stubborn");
    let output = cloud
        .shell("trap '' TERM; echo up; while :; do sleep 0.1; done")
        .run()
        .args(["--timeout", "2s"])
        .run();
    output.assert_code(124);
    cloud.assert_nothing_runs();
}
