//! An API that throttles, fails and breaks off: the run ends as it would have without.

use std::time::Duration;

use serde_json::json;
use sortie_tests::Cloud;

const SCRIPT: &str = "echo one; sleep 1; echo two; exit 3";

#[test]
fn throttling_on_every_call() {
    let cloud = Cloud::faulty("throttled");
    let throttled = |service: &str, operation: &str| {
        let error = json!({ "code": "ThrottlingException", "message": "Rate exceeded" });
        json!({ "service": service, "operation": operation, "times": 3, "error": error })
    };
    cloud.shell(SCRIPT).faults(json!([
        throttled("ecs", "DescribeTaskDefinition"),
        throttled("ecs", "RunTask"),
        throttled("ecs", "DescribeTasks"),
        throttled("logs", "GetLogEvents"),
    ]));
    cloud.run().run().assert_code(3).assert_stdout("one\ntwo\n");
}

/// The account's quotas are shared: another job's burst lasts longer than a few calls.
#[test]
fn throttling_for_most_of_a_minute() {
    let cloud = Cloud::faulty("throttled-long");
    let error = json!({ "code": "ThrottlingException", "message": "Rate exceeded" });
    cloud.shell(SCRIPT).faults(json!([
        { "service": "ecs", "operation": "DescribeTasks", "times": 10, "error": error },
        { "service": "logs", "operation": "GetLogEvents", "times": 10, "error": error },
    ]));
    let output = cloud.run().args(["-v"]).run();
    output.assert_code(3).assert_stdout("one\ntwo\n").assert_stderr("DescribeTasks: Rate exceeded");
    assert!(output.elapsed > Duration::from_secs(20), "{output}");
}

#[test]
fn server_errors() {
    let cloud = Cloud::faulty("server-errors");
    let failing = |service: &str, operation: &str, code: &str| json!({ "service": service, "operation": operation, "times": 2, "error": { "code": code, "status": 500 } });
    cloud.shell(SCRIPT).faults(json!([
        failing("ecs", "RunTask", "ServerException"),
        failing("ecs", "DescribeTasks", "ServerException"),
        failing("logs", "GetLogEvents", "ServiceUnavailableException"),
    ]));
    cloud.run().run().assert_code(3).assert_stdout("one\ntwo\n");
}

#[test]
fn connections_that_break() {
    let cloud = Cloud::faulty("resets");
    let reset = |service: &str, operation: &str| json!({ "service": service, "operation": operation, "times": 2, "reset": true });
    cloud.shell(SCRIPT).faults(json!([
        reset("ecs", "RunTask"),
        reset("ecs", "DescribeTasks"),
        reset("logs", "GetLogEvents"),
    ]));
    cloud.run().run().assert_code(3).assert_stdout("one\ntwo\n");
    // One attempt is one token, so that a call whose answer was lost makes no second task.
    let tokens: Vec<_> =
        cloud.calls("RunTask").iter().map(|call| call.request()["clientToken"].clone()).collect();
    assert!(tokens.len() > 1 && tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
}

#[test]
fn answer_of_run_task_that_is_lost_makes_no_second_task() {
    let cloud = Cloud::faulty("lost-answer");
    cloud.shell("echo here; sleep 2").faults(json!([
        { "service": "ecs", "operation": "RunTask", "times": 1, "response": { "abort_frac": 0.3 } },
    ]));
    let running = cloud.run().start();
    running.await_stdout("here\n");
    assert_eq!(cloud.running_containers().len(), 1);
    running.finish().assert_code(0).assert_stdout("here\n");
}

#[test]
fn log_pages_that_break_off_lose_no_line() {
    let cloud = Cloud::faulty("broken-pages");
    cloud.shell("seq 1 5000").faults(json!([
        { "service": "logs", "operation": "GetLogEvents", "times": 3, "response": { "abort_frac": 0.5 } },
    ]));
    let output = cloud.run().run();
    output.assert_code(0);
    let expected: String = (1..=5_000).map(|i| format!("{i}\n")).collect();
    assert!(output.text() == expected, "{} lines\n{output}", output.lines().len());
}

#[test]
fn access_denied_is_125_and_named() {
    let cloud = Cloud::faulty("denied");
    cloud.shell(SCRIPT).faults(json!([{
        "service": "ecs", "operation": "RunTask",
        "error": { "code": "AccessDeniedException", "message": "not authorized to perform: iam:PassRole" },
    }]));
    let output = cloud.run().run();
    assert!(matches!(output.code, Some(2 | 125)), "{output}");
    output.assert_stderr("iam:PassRole");
}
