//! Who calls, when, and where: credentials that end, a clock that is off, another region.

use std::time::Duration;

use serde_json::Value;
use serde_json::json;
use sortie_tests::Cloud;

const SKEWED: &str =
    "Signature expired: 20261201T010000Z is now earlier than 20261201T015500Z (20261201T020000Z - 5 min.)";

fn error(service: &str, operation: &str, times: u32, code: &str, message: &str) -> Value {
    json!({ "service": service, "operation": operation, "times": times, "error": { "code": code, "message": message } })
}

/// A job's credentials end after an hour, and its task runs on.
#[test]
fn credentials_that_end_in_the_middle_say_how_to_renew_them_and_how_to_come_back() {
    let cloud = Cloud::faulty("expired");
    cloud.shell("echo hello; sleep 300");
    let running = cloud.run().start();
    running.await_stdout("hello\n");
    let message = "The security token included in the request is expired";
    cloud.faults(json!([
        error("ecs", "DescribeTasks", 1000, "ExpiredTokenException", message),
        error("logs", "GetLogEvents", 1000, "ExpiredTokenException", message),
    ]));
    let output = running.finish_within(Duration::from_secs(40));
    output.assert_code(125).assert_stderr("aws sso login").assert_stderr("may still run");
    let arn = cloud.call("ecs", "ListTasks", &json!({ "cluster": cloud.name() }))["taskArns"][0].clone();
    let id = arn.as_str().expect("it runs");
    output.assert_stderr(&format!("sortie wait {id}")).assert_stderr(&format!("sortie logs {id}"));
    output.assert_stderr("aws ecs stop-task");
    assert!(!output.stderr.contains("set AWS_ACCESS_KEY_ID"), "they are set\n{output}");
    cloud.call("ecs", "StopTask", &json!({ "cluster": cloud.name(), "task": arn }));
    cloud.assert_nothing_runs();
}

/// A virtual machine was resumed, and its clock is set a moment later.
#[test]
fn signature_that_is_refused_once_costs_neither_the_run_nor_its_log() {
    for (code, message) in [("InvalidSignatureException", SKEWED), ("RequestExpired", "Request has expired.")]
    {
        let cloud = Cloud::faulty("skew-once");
        cloud.shell("echo one; sleep 2; echo two; exit 3").faults(json!([
            error("ecs", "DescribeTaskDefinition", 1, code, message),
            error("ecs", "RunTask", 1, code, message),
            error("ecs", "DescribeTasks", 1, code, message),
            error("logs", "GetLogEvents", 1, code, message),
        ]));
        cloud.run().run().assert_code(3).assert_stdout("one\ntwo\n");
    }
}

#[test]
fn signature_that_is_refused_again_and_again_is_the_clock_or_the_key() {
    let mismatch = "The request signature we calculated does not match the signature you provided.";
    for (message, hint) in [(SKEWED, "clock is off"), (mismatch, "the secret access key does not belong")] {
        let cloud = Cloud::faulty("skewed");
        let refused = error("ecs", "DescribeTaskDefinition", 1000, "InvalidSignatureException", message);
        cloud.shell("exit 3").faults(json!([refused]));
        let output = cloud.run().run();
        output.assert_code(125).assert_stderr(hint).assert_stderr(message);
        assert!(cloud.calls("DescribeTaskDefinition").len() <= 3, "{output}");
    }
}

#[test]
fn cluster_and_definition_of_another_region_are_refused_before_any_call() {
    let cloud = Cloud::real("region");
    let cluster = "arn:aws:ecs:eu-west-1:000000000000:cluster/ci";
    let definition = "arn:aws:ecs:eu-west-1:000000000000:task-definition/deploy:1";
    let task = ["run", "--subnet", "s"];
    for arguments in [
        ["--cluster", cluster, "--task-definition", "deploy"],
        ["--cluster", "ci", "--task-definition", definition],
    ] {
        let output = cloud.sortie(&task).args(arguments).run();
        output.assert_code(2).assert_stderr("is in eu-west-1, and sortie asks in us-east-1");
        output.assert_stderr("give --region eu-west-1");
    }
    let output = cloud.sortie(&["stop", "0123456789abcdef0123456789abcdef", "--cluster", cluster]).run();
    output.assert_code(2).assert_stderr("give --region eu-west-1");
    assert_eq!(cloud.exchanges().len(), 0);
}

/// Whoever finds no credentials is told what to set, and not where the SDK has looked.
#[test]
fn no_credentials_are_said_in_a_line() {
    let cloud = Cloud::real("nobody");
    let run = cloud.run().env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "");
    let output = run.run();
    output.assert_code(125).assert_stderr("no AWS credentials were found").assert_stderr("AWS_PROFILE");
    assert!(!output.stderr.contains("Attempted") && !output.stderr.contains(" /  "), "{output}");
}
