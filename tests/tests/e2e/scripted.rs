//! Task lives that a container engine cannot produce.

use serde_json::Value;
use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Output;
use sortie_tests::cloud::shell;

/// Runs a task of one container that lives so; log settling is off.
fn lived(test: &str, life: Value) -> (Cloud, Output) {
    let cloud = Cloud::scripted(test);
    cloud.shell("x").life(life);
    let output = cloud.run().args(["--log-settle", "0"]).run();
    (cloud, output)
}

fn stopped(task: Value, app: Value) -> Value {
    json!({ "steps": [
        { "after": 0.2, "status": "RUNNING", "log": { "app": ["hello"] } },
        { "after": 0.2, "status": "STOPPED", "task": task, "containers": { "app": app } },
    ]})
}

#[test]
fn spot_interruption_is_123_whatever_the_code() {
    let reason = "Your Spot Task was interrupted.";
    let task = json!({ "stopCode": "SpotInterruption", "stoppedReason": reason });
    let (_, output) = lived("spot", stopped(task, json!({ "exitCode": 2 })));
    output.assert_code(123).assert_stdout("hello\n").assert_stderr(reason);
}

#[test]
fn retirement_of_the_host_is_123() {
    let task = json!({ "stopCode": "TerminationNotice", "stoppedReason": "Fargate task retirement" });
    let (_, output) = lived("retired", stopped(task, json!({ "exitCode": 143 })));
    output.assert_code(123).assert_stderr("retirement");
}

#[test]
fn stop_by_somebody_else_is_123() {
    let task = json!({ "stopCode": "UserInitiated", "stoppedReason": "Stopped by ops" });
    let (_, output) = lived("outside", stopped(task, json!({ "exitCode": 143 })));
    output.assert_code(123).assert_stderr("Stopped by ops");
}

#[test]
fn out_of_memory_with_exit_0_is_out_of_memory() {
    let task = json!({ "stopCode": "EssentialContainerExited", "stoppedReason": "Essential container in task exited" });
    let app = json!({ "exitCode": 0, "reason": "OutOfMemoryError: Container killed due to memory usage" });
    let (_, output) = lived("oom-0", stopped(task, app));
    output.assert_code(137);
    assert!(output.stderr.to_lowercase().contains("memory"), "{output}");
}

#[test]
fn missing_exit_code_is_no_success() {
    let task = json!({ "stopCode": "EssentialContainerExited", "stoppedReason": "Essential container in task exited" });
    let (_, output) = lived("no-code", stopped(task, json!({})));
    assert!(output.code.is_some_and(|code| code != 0), "{output}");
}

#[test]
fn tasks_that_fail_to_start_are_121_with_the_reason() {
    for (test, reason) in [
        ("pull", "CannotPullContainerError: pull image manifest has been retried 1 time(s): not found"),
        (
            "init",
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed",
        ),
        ("eni", "Timeout waiting for network interface provisioning to complete."),
    ] {
        let (_, output) = lived(
            test,
            json!({ "steps": [
                { "after": 0.2, "status": "STOPPED", "task": { "stopCode": "TaskFailedToStart", "stoppedReason": reason } },
            ]}),
        );
        output.assert_code(121).assert_stdout("").assert_stderr(reason);
    }
}

#[test]
fn capacity_that_comes_back_is_waited_for_with_a_token_per_attempt() {
    let reason =
        "Capacity is unavailable at this time. Please try again later or in a different availability zone";
    let mut life = stopped(json!({ "stopCode": "EssentialContainerExited" }), json!({ "exitCode": 0 }));
    life["runTask"] = json!([{ "failures": [{ "reason": reason }] }, { "failures": [{ "reason": reason }] }]);
    let (cloud, output) = lived("capacity", life);
    output.assert_code(0).assert_stderr("Capacity is unavailable");
    let mut tokens: Vec<_> =
        cloud.calls("RunTask").iter().map(|call| call.request()["clientToken"].to_string()).collect();
    assert_eq!(tokens.len(), 3, "{output}");
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), 3, "attempts shared a token");
}

#[test]
fn capacity_that_never_comes_is_122() {
    let failure = json!({ "failures": [{ "reason": "Capacity is unavailable at this time." }] });
    let cloud = Cloud::scripted("no-capacity");
    cloud.shell("x").life(json!({ "runTask": vec![failure; 500] }));
    cloud.run().args(["--capacity-timeout", "2s"]).run().assert_code(122).assert_stderr("Capacity");
}

#[test]
fn permanent_failure_is_not_tried_again() {
    let reason = "The requested CPU configuration is above your limit";
    let (cloud, output) = lived("quota", json!({ "runTask": [{ "failures": [{ "reason": reason }] }] }));
    output.assert_stderr(reason);
    assert!(matches!(output.code, Some(121 | 122 | 125)), "{output}");
    assert_eq!(cloud.calls("RunTask").len(), 1);
}

#[test]
fn network_error_of_ec2_inside_a_client_error_is_tried_again() {
    let mut life = stopped(json!({ "stopCode": "EssentialContainerExited" }), json!({ "exitCode": 0 }));
    let message = "Error retrieving security group information for [sg-1]: Request limit exceeded. (ErrorCode: RequestLimitExceeded)";
    life["runTask"] = json!([{ "error": "InvalidParameterException", "message": message }]);
    let (cloud, output) = lived("ec2-throttle", life);
    output.assert_code(0);
    assert_eq!(cloud.calls("RunTask").len(), 2);
}

#[test]
fn wrong_parameter_is_not_tried_again() {
    let message = "Override for container named nope is not a container in the TaskDefinition.";
    let (cloud, output) =
        lived("wrong", json!({ "runTask": [{ "error": "InvalidParameterException", "message": message }] }));
    output.assert_stderr(message);
    assert!(matches!(output.code, Some(2 | 125)), "{output}");
    assert_eq!(cloud.calls("RunTask").len(), 1);
}

#[test]
fn task_that_is_missing_at_first_is_found() {
    let mut life = stopped(json!({ "stopCode": "EssentialContainerExited" }), json!({ "exitCode": 3 }));
    life["missing"] = 5.into();
    let (_, output) = lived("missing", life);
    output.assert_code(3).assert_stdout("hello\n");
}

#[test]
fn task_that_is_never_seen_running_keeps_its_code() {
    let (_, output) = lived(
        "never-running",
        json!({ "steps": [
            { "after": 0.3, "status": "PENDING" },
            { "log": { "app": ["hello"] } },
            { "after": 0.2, "status": "STOPPED", "task": { "stopCode": "EssentialContainerExited" },
              "containers": { "app": { "exitCode": 6 } } },
        ]}),
    );
    output.assert_code(6).assert_stdout("hello\n");
}

#[test]
fn containers_that_change_places_keep_their_codes() {
    let cloud = Cloud::scripted("order");
    let mut sidecar = shell("sidecar", "x");
    sidecar["essential"] = false.into();
    cloud.define(json!([sidecar, shell("app", "x")])).life(json!({ "unstableOrder": true, "steps": [
        { "after": 0.2, "status": "RUNNING", "log": { "app": ["a"], "sidecar": ["s"] } },
        { "after": 0.5, "status": "STOPPED", "task": { "stopCode": "EssentialContainerExited" },
          "containers": { "app": { "exitCode": 5 }, "sidecar": { "exitCode": 0 } } },
    ]}));
    cloud.run().args(["--log-settle", "0"]).run().assert_code(5);
}

#[test]
fn long_deprovisioning_is_waited_out_with_all_lines() {
    let (_, output) = lived(
        "eni-detach",
        json!({ "steps": [
            { "after": 0.2, "status": "RUNNING", "log": { "app": ["one"] } },
            { "after": 0.2, "status": "DEPROVISIONING", "task": { "stopCode": "EssentialContainerExited" },
              "containers": { "app": { "lastStatus": "STOPPED", "exitCode": 9 } } },
            { "after": 2, "log": { "app": ["two"] } },
            { "after": 2, "status": "STOPPED", "containers": { "app": { "exitCode": 9 } } },
        ]}),
    );
    output.assert_code(9).assert_stdout("one\ntwo\n");
}
