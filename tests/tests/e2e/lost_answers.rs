//! RunTask has created a task, its answer is lost, and the user cancels: the task must be found
//! and stopped, because nobody else knows that it runs.

use std::thread;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Output;

const SLEEP: &str = "while :; do sleep 0.1; done";

/// Loses answers of RunTask by `rules`, and sends SIGINT once sortie has noticed.
fn cancelled_in_doubt(cloud: &Cloud, rules: Value, args: &[&str]) -> Output {
    cloud.shell(SLEEP).faults(rules);
    let running = cloud.run().args(args).start();
    running.await_stderr("retrying in");
    running.signal(Signal::INT);
    running.finish()
}

/// Every call of RunTask is the same launch.
fn assert_one_token(cloud: &Cloud) {
    let tokens: Vec<_> =
        cloud.calls("RunTask").iter().map(|call| call.request()["clientToken"].clone()).collect();
    assert!(tokens.len() > 1 && tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
}

fn assert_stopped(cloud: &Cloud, output: &Output) {
    output.assert_code(130);
    assert!(!cloud.calls("StopTask").is_empty(), "the task that RunTask made was not stopped\n{output}");
    cloud.assert_nothing_runs();
}

fn run_task(times: u32, fault: &str, value: Value) -> Value {
    json!({ "service": "ecs", "operation": "RunTask", "times": times, fault: value })
}

#[test]
fn answer_that_breaks_off() {
    let cloud = Cloud::faulty("doubt-abort");
    let output =
        cancelled_in_doubt(&cloud, json!([run_task(1, "response", json!({ "abort_frac": 0.3 }))]), &[]);
    assert_one_token(&cloud);
    assert_stopped(&cloud, &output);
}

#[test]
fn answer_that_is_cut_short() {
    let cloud = Cloud::faulty("doubt-truncate");
    let output =
        cancelled_in_doubt(&cloud, json!([run_task(1, "response", json!({ "truncate_frac": 0.5 }))]), &[]);
    assert_one_token(&cloud);
    assert_stopped(&cloud, &output);
}

/// The first answer is lost, and the question that follows the signal is throttled: with a
/// `startedBy` that others share there is no other way to the task than to ask once more.
#[test]
fn question_after_the_signal_that_is_throttled_is_asked_again() {
    let cloud = Cloud::faulty("doubt-throttled");
    let rules = json!([
        run_task(1, "response", json!({ "abort_frac": 0.3 })),
        run_task(2, "error", json!({ "code": "ThrottlingException" })),
    ]);
    let output = cancelled_in_doubt(&cloud, rules, &["--started-by", "shared"]);
    assert_one_token(&cloud);
    assert_stopped(&cloud, &output);
}

/// No answer of RunTask ever comes: the task is found by its `startedBy`.
#[test]
fn answers_that_are_all_lost() {
    let cloud = Cloud::faulty("doubt-all");
    let output =
        cancelled_in_doubt(&cloud, json!([run_task(1000, "response", json!({ "abort_frac": 0.3 }))]), &[]);
    assert_stopped(&cloud, &output);
}

/// In a CI system every attempt at a step starts tasks by the same name: this one is found by its tag.
#[test]
fn answers_that_are_all_lost_in_ci() {
    let cloud = Cloud::faulty("doubt-ci");
    let another = |cloud: &Cloud| {
        cloud.run().env("GITHUB_ACTIONS", "true").env("GITHUB_RUN_ID", "42").env("GITHUB_JOB", "deploy")
    };
    // Another one of the same step, which is none of ours.
    cloud.shell(SLEEP);
    let other = another(&cloud).args(["--reporter", "none"]).start();
    other.await_stderr("running");
    cloud.faults(json!([run_task(1000, "response", json!({ "abort_frac": 0.3 }))]));
    let running = another(&cloud).args(["--reporter", "none"]).start();
    running.await_stderr("retrying in");
    running.signal(Signal::INT);
    let output = running.finish();
    output.assert_code(130);
    let stopped = cloud.calls("StopTask");
    assert_eq!(stopped.len(), 1, "{output}");
    assert_eq!(cloud.running_containers().len(), 1, "the other one goes on\n{output}");
    other.signal(Signal::INT);
    other.finish().assert_code(130);
    cloud.assert_nothing_runs();
}

/// No answer comes and the task has no name of its own: at least a person hears how to look for it.
#[test]
fn task_that_can_not_be_found_is_said() {
    let cloud = Cloud::faulty("doubt-unknown");
    let rules = json!([run_task(1000, "reset", true.into())]);
    let output = cancelled_in_doubt(&cloud, rules, &["--started-by", "shared"]);
    output.assert_stderr("MAY have been started").assert_stderr("aws ecs list-tasks");
    assert!(output.code.is_some_and(|code| code != 0), "{output}");
}

/// Whoever cannot wait for the answer is told how to look for the task.
#[test]
fn second_signal_before_the_answer_says_how_to_look_for_the_task() {
    for command in ["run", "launch"] {
        let cloud = Cloud::faulty("doubt-left");
        cloud.shell(SLEEP).faults(json!([run_task(1000, "reset", true.into())]));
        let running = cloud.sortie(&[command]).args(cloud.target()).start();
        running.await_stderr("retrying in");
        running.signal(Signal::INT);
        thread::sleep(Duration::from_millis(500));
        running.signal(Signal::TERM);
        let output = running.finish();
        assert!(matches!(output.code, Some(130 | 143)), "{output}");
        let started_by = cloud.calls("RunTask")[0].request()["startedBy"].clone();
        let command =
            format!("--cluster {} --started-by {}", cloud.name(), started_by.as_str().unwrap_or("?"));
        output.assert_stderr("a task may have been created").assert_stderr(&command);
    }
}

#[test]
fn server_error_after_the_task_was_created() {
    let cloud = Cloud::scripted("doubt-500");
    let failed = json!({ "error": "ServerException", "status": 500, "created": true });
    cloud.shell("x").life(json!({ "runTask": [failed], "steps": [
        { "after": 0.2, "status": "RUNNING" },
        { "after": 300, "status": "STOPPED" },
    ]}));
    let running = cloud.run().args(["--log-settle", "0"]).start();
    running.await_stderr("retrying in");
    running.signal(Signal::INT);
    let output = running.finish();
    output.assert_code(130);
    assert_one_token(&cloud);
    let launched = cloud.call("ecs", "ListTasks", &json!({ "cluster": cloud.name() }));
    let arns = launched["taskArns"].as_array().cloned().unwrap_or_default();
    assert_eq!(arns.len(), 1, "{output}");
    let stops = cloud.calls("StopTask");
    assert!(stops.iter().any(|call| call.request()["task"] == arns[0]), "{stops:?}\n{output}");
}
