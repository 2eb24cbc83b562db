//! Task lives that a container engine cannot produce.

use std::time::Duration;
use std::time::Instant;

use rustix::process::Signal;
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
fn host_that_is_lost_is_123_with_a_code_and_without() {
    for (test, task, app) in [
        (
            "host",
            json!({ "stoppedReason": "Host EC2 (instance i-0123456789abcdef0) terminated." }),
            json!({}),
        ),
        ("unhealthy", json!({ "stopCode": "InfrastructureHealth" }), json!({ "exitCode": 137 })),
    ] {
        let (_, output) = lived(test, stopped(task, app));
        output.assert_code(123).assert_stderr("run it again");
        assert!(!output.stderr.contains("check the execution role"), "a guess\n{output}");
    }
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
fn essential_container_that_ended_first_is_named() {
    let cloud = Cloud::scripted("first");
    let exited = json!({ "stopCode": "EssentialContainerExited", "stoppedReason": "Essential container in task exited" });
    cloud.define(json!([shell("app", "x"), shell("proxy", "x")])).life(json!({ "steps": [
        { "after": 0.2, "status": "RUNNING", "log": { "app": ["hello"] } },
        { "after": 0.5, "containers": { "proxy": { "lastStatus": "STOPPED", "exitCode": 1 } } },
        { "after": 1.5, "status": "STOPPED", "task": exited, "containers": { "app": { "exitCode": 143 }, "proxy": { "exitCode": 1 } } },
    ]}));
    let output = cloud.run().args(["--container", "app", "--log-settle", "0"]).run();
    output.assert_code(143).assert_stderr("essential container `proxy` ended first, with 1");
}

/// The platform tells it of the task alone.
#[test]
fn memory_that_only_the_task_speaks_of_is_no_success() {
    let reason = "OutOfMemoryError: Container killed due to memory usage";
    let task = json!({ "stopCode": "EssentialContainerExited", "stoppedReason": reason });
    let (_, output) = lived("oom-task", stopped(task, json!({ "exitCode": 0 })));
    output.assert_code(137).assert_stderr("was killed for its memory: OutOfMemoryError");
}

#[test]
fn code_that_follows_the_end_by_a_moment_is_taken() {
    let task = json!({ "stopCode": "EssentialContainerExited", "stoppedReason": "Essential container in task exited" });
    let (_, output) = lived(
        "code-later",
        json!({ "steps": [
            { "after": 0.2, "status": "RUNNING", "log": { "app": ["hello"] } },
            { "after": 0.2, "status": "STOPPED", "task": task, "containers": { "app": {} } },
            { "after": 0.7, "containers": { "app": { "exitCode": 4 } } },
        ]}),
    );
    output.assert_code(4);
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

/// A task that the platform could not start, for want of capacity or of a network interface, has run
/// nothing: it is launched again, as long as `--capacity-timeout` says.
#[test]
fn task_that_fails_to_start_in_passing_is_launched_again() {
    for (test, reason, code) in [
        ("eni", "Timeout waiting for network interface provisioning to complete.", 121),
        ("no-room", "Capacity is unavailable at this time. Please try again later", 122),
        (
            "flake",
            "CannotPullContainerError: ref pull has been retried 1 time(s): failed to copy: context canceled",
            121,
        ),
    ] {
        let failed = json!([{ "after": 0.2, "status": "STOPPED",
            "task": { "stopCode": "TaskFailedToStart", "stoppedReason": reason } }]);
        let mut life = stopped(json!({ "stopCode": "EssentialContainerExited" }), json!({ "exitCode": 3 }));
        life["first"] = json!([failed]);
        let (cloud, output) = lived(test, life);
        output.assert_code(3).assert_stdout("hello\n").assert_stderr(reason).assert_stderr("retrying");
        let tokens: Vec<_> =
            cloud.calls("RunTask").iter().map(|call| call.request()["clientToken"].to_string()).collect();
        assert!(tokens.len() == 2 && tokens[0] != tokens[1], "{tokens:?}");

        // Not without an end, and not at all where the flag says so.
        let cloud = Cloud::scripted(test);
        cloud.shell("x").life(json!({ "first": vec![failed; 20] }));
        let output = cloud.run().args(["--log-settle", "0", "--capacity-timeout", "8s"]).run();
        output.assert_code(code).assert_stderr(reason);
        assert!((2..5).contains(&cloud.calls("RunTask").len()), "{output}");
        let before = cloud.calls("RunTask").len();
        cloud.run().args(["--log-settle", "0", "--capacity-timeout", "0"]).run().assert_code(code);
        assert_eq!(cloud.calls("RunTask").len(), before + 1);
    }
}

#[test]
fn signal_between_two_launches_ends_the_run() {
    let reason = "Timeout waiting for network interface provisioning to complete.";
    let failed = json!([{ "after": 0.2, "status": "STOPPED",
        "task": { "stopCode": "TaskFailedToStart", "stoppedReason": reason } }]);
    let cloud = Cloud::scripted("between");
    cloud.shell("x").life(json!({ "first": vec![failed; 20] }));
    let running = cloud.run().start();
    running.await_stderr("retrying");
    running.signal(Signal::INT);
    running.finish_within(Duration::from_secs(10)).assert_code(130);
    assert_eq!(cloud.calls("RunTask").len(), 1);
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

/// The end of a task as real Fargate tells it: DEPROVISIONING so long after the execution stopped, with
/// this and the exit code, and STOPPED so long after that.
fn told_end(deprovisioning: f64, task: Value, app: Value, stopped: f64) -> [Value; 2] {
    [
        json!({ "after": deprovisioning, "status": "DEPROVISIONING", "ended": deprovisioning, "task": task,
                "containers": { "app": app } }),
        json!({ "after": stopped, "status": "STOPPED", "containers": { "app": app } }),
    ]
}

fn exited() -> Value {
    json!({ "stopCode": "EssentialContainerExited", "stoppedReason": "Essential container in task exited" })
}

/// The timings of a record of Fargate 1.4.0. A line shows up 1.5 s after the end.
#[test]
fn task_on_fargate_ends_with_the_first_answer_that_holds_its_code() {
    let cloud = Cloud::scripted("real-end");
    let [deprovisioning, stopped] = told_end(8.6, exited(), json!({ "exitCode": 7 }), 22.9);
    let mut deprovisioning = deprovisioning;
    deprovisioning["ended"] = json!(10.1);
    cloud.shell("x").life(json!({ "steps": [
        { "after": 0.2, "status": "RUNNING", "log": { "app": ["on time"] } },
        { "after": 1.5, "log": { "app": ["late"] } },
        deprovisioning,
        stopped,
    ]}));
    let running = cloud.run().start();
    let output = running.finish_within(Duration::from_secs(20));
    let ended = Instant::now();
    output.assert_code(7).assert_stdout("on time\nlate\n");
    output.assert_stderr("complete (waited 10.").assert_stderr("stopped (");
    let describes = cloud.calls("DescribeTasks");
    let (last, before) = describes.split_last().expect("it was asked");
    assert!(
        last.response.contains("\"DEPROVISIONING\"") && last.response.contains("\"exitCode\": 7"),
        "{last:?}"
    );
    assert!(before.iter().all(|call| !call.response.contains("\"DEPROVISIONING\"")), "asked again\n{output}");
    let took = ended.duration_since(last.at);
    assert!(
        took < Duration::from_millis(500 + 600),
        "{took:?} after the answer that held the code\n{output}"
    );
}

/// Whatever is not told yet is waited for, and not asked for four times a second.
#[test]
fn code_that_is_told_late_is_waited_for_at_a_modest_pace() {
    let cloud = Cloud::scripted("late-code");
    let [deprovisioning, _] = told_end(0.5, exited(), json!({}), 0.0);
    cloud.shell("x").life(json!({ "steps": [
        { "after": 0.2, "status": "RUNNING", "log": { "app": ["hello"] } },
        deprovisioning,
        { "after": 6, "status": "STOPPED", "containers": { "app": { "exitCode": 9 } } },
    ]}));
    cloud.run().args(["-v"]).run().assert_code(9).assert_stderr("container `app` has neither an exit code");
    let asked = cloud.calls("DescribeTasks");
    let asked = asked.iter().filter(|call| call.response.contains("\"DEPROVISIONING\"")).count();
    assert!((3..=12).contains(&asked), "{asked}");
}

#[test]
fn cause_that_is_told_late_is_waited_for() {
    let (_, output) = lived(
        "late-cause",
        json!({ "steps": [
            { "after": 0.2, "status": "RUNNING", "log": { "app": ["hello"] } },
            { "after": 0.5, "status": "DEPROVISIONING", "ended": 0.5, "containers": { "app": { "exitCode": 0 } } },
            { "after": 3, "status": "STOPPED", "task": {
                "stopCode": "SpotInterruption", "stoppedReason": "Your Spot Task was interrupted." } },
        ]}),
    );
    output.assert_code(123).assert_stderr("Your Spot Task was interrupted.");
}

#[test]
fn memory_that_is_told_late_is_waited_for_a_moment() {
    let (_, output) = lived(
        "late-oom",
        json!({ "steps": [
            { "after": 0.2, "status": "RUNNING", "log": { "app": ["hello"] } },
            { "after": 0.5, "status": "DEPROVISIONING", "ended": 0.5, "task": exited(),
              "containers": { "app": { "exitCode": 137 } } },
            { "after": 1.5, "containers": { "app": {
                "reason": "OutOfMemoryError: Container killed due to memory usage" } } },
            { "after": 20, "status": "STOPPED" },
        ]}),
    );
    output.assert_code(137).assert_stderr("was killed for its memory");
    assert!(output.elapsed < Duration::from_secs(10), "{output}");
}

#[test]
fn sidecar_that_still_stops_keeps_the_task_open() {
    let cloud = Cloud::scripted("sidecar-stops");
    let mut sidecar = shell("sidecar", "x");
    sidecar["essential"] = false.into();
    cloud.define(json!([shell("app", "x"), sidecar])).life(json!({ "steps": [
        { "after": 0.2, "status": "RUNNING", "log": { "app": ["a"], "sidecar": ["s"] } },
        { "after": 0.5, "status": "DEPROVISIONING", "ended": 0.5, "task": exited(), "containers": {
            "app": { "exitCode": 4 }, "sidecar": { "lastStatus": "RUNNING" } } },
        { "after": 2, "log": { "sidecar": ["last words"] } },
        { "containers": { "sidecar": { "lastStatus": "STOPPED", "exitCode": 143 } } },
        { "after": 20, "status": "STOPPED" },
    ]}));
    let output = cloud.run().run();
    output.assert_code(4);
    assert!(output.lines().iter().any(|line| line.contains("last words")), "{output}");
    assert!(output.elapsed < Duration::from_secs(15), "{output}");
}

/// An access violation on Windows: 0xC0000005, which the SDK takes for a broken answer.
#[test]
fn exit_code_beyond_32_bits_is_read() {
    let violation = json!({ "exitCode": 3_221_225_477_u32 });
    let (_, output) = lived("windows", stopped(exited(), violation));
    output.assert_code(5).assert_stdout("hello\n");
}

#[test]
fn task_whose_answers_the_sdk_cannot_read_is_stopped_at_once() {
    let cloud = Cloud::scripted("windows-stop");
    let mut sidecar = shell("sidecar", "x");
    sidecar["essential"] = false.into();
    cloud.define(json!([shell("app", "x"), sidecar])).life(json!({ "steps": [
        { "after": 0.2, "status": "RUNNING", "log": { "app": ["hello"] } },
        { "containers": { "sidecar": { "lastStatus": "STOPPED", "exitCode": 3_221_225_477_u32 } } },
        { "after": 300, "status": "STOPPED" },
    ]}));
    let running = cloud.run().start();
    running.await_stdout("hello\n");
    running.signal(Signal::INT);
    running.finish_within(Duration::from_secs(20)).assert_code(130);
    assert_eq!(cloud.calls("StopTask").len(), 1);
}

#[test]
fn cluster_with_too_many_tasks_in_provisioning_has_no_capacity() {
    let full =
        json!({ "error": "ClientException", "message": "Tasks provisioning capacity limit exceeded." });
    let mut life = stopped(exited(), json!({ "exitCode": 3 }));
    life["runTask"] = json!([full]);
    let (cloud, output) = lived("provisioning", life);
    output.assert_code(3).assert_stderr("provisioning capacity limit exceeded");
    assert_eq!(cloud.calls("RunTask").len(), 2);
    cloud.life(json!({ "runTask": [full] }));
    cloud.run().args(["--capacity-timeout", "0"]).run().assert_code(122).assert_stderr("several clusters");
}

#[test]
fn answer_with_neither_task_nor_failure_is_no_success() {
    let (cloud, output) = lived("nothing", json!({ "runTask": [{ "failures": [] }] }));
    assert!(matches!(output.code, Some(121 | 125)), "{output}");
    output.assert_stderr("neither a task nor a failure");
    assert_eq!(cloud.calls("RunTask").len(), 1);
}

/// The error that a token causes whose task exists names that task.
#[test]
fn task_that_a_conflict_names_is_taken() {
    let mut life = stopped(json!({ "stopCode": "EssentialContainerExited" }), json!({ "exitCode": 4 }));
    life["runTask"] = json!([{ "conflict": true }]);
    let (cloud, output) = lived("conflict", life);
    output.assert_code(4).assert_stdout("hello\n");
    assert_eq!(cloud.calls("RunTask").len(), 1);
}

#[test]
fn stop_that_is_denied_is_said_with_the_command_to_do_it_by_hand() {
    let cloud = Cloud::scripted("stop-denied");
    let denied =
        json!({ "error": "AccessDeniedException", "message": "not authorized to perform: ecs:StopTask" });
    cloud.shell("x").life(json!({
        "stopTask": vec![denied; 20],
        "steps": [
            { "after": 0.2, "status": "RUNNING", "log": { "app": ["hello"] } },
            { "after": 300, "status": "STOPPED", "task": { "stopCode": "EssentialContainerExited" } },
        ],
    }));
    let running = cloud.run().start();
    running.await_stdout("hello\n");
    running.signal(Signal::INT);
    let output = running.finish_within(Duration::from_secs(20));
    output.assert_code(130).assert_stdout("hello\n");
    output.assert_stderr("ecs:StopTask").assert_stderr("could not be stopped and goes on");
    output.assert_stderr("aws ecs stop-task --region us-east-1");
    // The log was read as far as it was there, and is not called complete.
    output.assert_stderr("1 line, 5 bytes, incomplete");
}

#[test]
fn sight_that_is_lost_is_125_with_the_lines_so_far() {
    let cloud = Cloud::faulty("lost-sight");
    cloud.shell("echo hello; sleep 300");
    let running = cloud.run().start();
    running.await_stdout("hello\n");
    cloud.faults(json!([{
        "service": "ecs", "operation": "DescribeTasks",
        "error": { "code": "AccessDeniedException", "message": "not authorized to perform: ecs:DescribeTasks" },
    }]));
    let output = running.finish_within(Duration::from_secs(30));
    output.assert_code(125).assert_stdout("hello\n");
    output.assert_stderr("may still run").assert_stderr("aws ecs stop-task");
    output.assert_stderr("1 line, 5 bytes, incomplete");
    let arn = cloud.call("ecs", "ListTasks", &json!({ "cluster": cloud.name() }))["taskArns"][0].clone();
    cloud.call("ecs", "StopTask", &json!({ "cluster": cloud.name(), "task": arn }));
    cloud.assert_nothing_runs();
}

#[test]
fn log_that_may_not_be_read_is_said_while_the_task_runs() {
    let cloud = Cloud::faulty("log-denied");
    cloud.shell("sleep 3; exit 6").faults(json!([{
        "service": "logs", "operation": "GetLogEvents",
        "error": { "code": "AccessDeniedException", "message": "not authorized to perform: logs:GetLogEvents" },
    }]));
    let output = cloud.run().run();
    output.assert_code(6).assert_stderr("allow logs:GetLogEvents");
    let said = output.stderr.find("no more of container `app` is shown").expect("it is said");
    assert!(said < output.stderr.find("stopped (").expect("it ends"), "said only after the end\n{output}");
}

#[test]
fn refused_token_of_a_log_is_replaced_and_nothing_read_twice() {
    let cloud = Cloud::faulty("token");
    cloud.shell("echo one; sleep 2; echo two; sleep 2; echo three");
    let running = cloud.run().start();
    running.await_stdout("two\n");
    cloud.faults(json!([{
        "service": "logs", "operation": "GetLogEvents", "times": 1,
        "error": { "code": "InvalidParameterException", "message": "The specified nextToken is invalid." },
    }]));
    running.finish().assert_code(0).assert_stdout("one\ntwo\nthree\n");
}

/// A task that leaves the mode of its log driver to the account.
fn without_a_mode(test: &str) -> Cloud {
    let cloud = Cloud::scripted(test);
    let mut app = shell("app", "x");
    app["logConfiguration"] = json!({
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": cloud.log_group(),
            "awslogs-region": "us-east-1",
            "awslogs-stream-prefix": "run",
        },
    });
    cloud.define(json!([app]));
    cloud
}

#[test]
fn driver_that_may_drop_lines_is_warned_about() {
    let cloud = without_a_mode("non-blocking");
    cloud.life(stopped(json!({ "stopCode": "EssentialContainerExited" }), json!({ "exitCode": 0 })));
    let plan = cloud.sortie(&["plan"]).args(cloud.target()).run();
    plan.assert_code(0);
    assert!(plan.text().contains("non-blocking"), "{plan}");
    let output = cloud.run().run();
    output.assert_code(0).assert_stderr("non-blocking");
    assert_eq!(output.stderr.matches("may lose log lines").count(), 1, "{output}");
    assert_eq!(cloud.calls("ListAccountSettings").len(), 2, "one for the plan, one for the run");
}

/// The emulator knows the account's settings by the caller's access key.
#[test]
fn account_whose_default_loses_no_lines_is_not_warned() {
    for (mode, warned) in [("blocking", false), ("non-blocking", true)] {
        let cloud = without_a_mode(mode);
        let mut life = stopped(json!({ "stopCode": "EssentialContainerExited" }), json!({ "exitCode": 0 }));
        life["accountSettings"] = json!({ "defaultLogDriverMode": mode });
        cloud.life(life);
        let plan = cloud.sortie(&["plan"]).args(cloud.target());
        for sortie in [plan, cloud.run()] {
            let output = sortie.env("AWS_ACCESS_KEY_ID", cloud.name()).run();
            output.assert_code(0);
            let said = output.text() + &output.stderr;
            assert_eq!(said.contains("may lose log lines"), warned, "{mode}\n{output}");
        }
        assert_eq!(cloud.calls("ListAccountSettings").len(), 2, "one for the plan, one for the run");
    }
}
