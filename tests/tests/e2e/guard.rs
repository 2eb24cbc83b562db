//! `--deadline-guard`: a task ends by itself when nobody is left who would end it.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Sortie;
use sortie_tests::cloud::IMAGE;
use sortie_tests::cloud::shell;

const FOREVER: &str = "trap 'exit 0' TERM; echo up; while :; do sleep 0.1; done";

/// With a container as the guard, of the one image that the engine has.
fn sidecar(sortie: Sortie, timeout: &str) -> Sortie {
    sortie.args(["--timeout", timeout, "--deadline-guard", "sidecar", "--deadline-guard-image", IMAGE])
}

/// Kills the sortie of this run as soon as its task runs, and returns the task's ARN.
fn orphaned(cloud: &Cloud, run: Sortie) -> String {
    let running = run.start();
    running.await_stdout("up\n");
    running.signal(Signal::KILL);
    running.finish();
    let answer: Value = serde_json::from_str(&cloud.await_call("RunTask").response).expect("JSON");
    answer["tasks"][0]["taskArn"].as_str().expect("an ARN").to_owned()
}

#[test]
fn sidecar_ends_the_task_of_a_sortie_that_was_killed() {
    let cloud = Cloud::real("guard-sidecar");
    cloud.shell(FOREVER);
    let id = orphaned(&cloud, sidecar(cloud.run(), "6s"));
    assert!(cloud.calls("StopTask").is_empty());
    cloud.assert_nothing_runs();
    // The task ended with 0 on the stop signal, and has still not done its work.
    let waited = cloud.sortie(&["wait", &id]).run();
    waited.assert_code(124).assert_stderr("did not end in its time: its deadline guard ended it at ");
    assert!(cloud.calls("StopTask").is_empty(), "nobody but the guard ended it");
}

/// `attach` and `logs` know the task's containers from its definition, which has the guard.
#[test]
fn sidecar_is_none_of_the_task_s_containers() {
    let cloud = Cloud::real("guard-attach");
    cloud.shell("echo up; sleep 3; echo done; exit 5");
    let id = orphaned(&cloud, sidecar(cloud.run(), "10m"));
    cloud.sortie(&["attach", &id]).run().assert_code(5).assert_stdout("done\n");
    cloud.sortie(&["logs", &id]).run().assert_code(0).assert_stdout("up\ndone\n");
    cloud.assert_nothing_runs();
}

#[test]
fn sidecar_changes_nothing_of_a_run_that_ends_by_itself() {
    let cloud = Cloud::real("guard-quiet");
    cloud.define(json!([shell("app", "echo out; exit 3"), { "name": "side", "essential": false, "command": ["sleep", "60"], "stopTimeout": 2 }]));
    let bare = cloud.run().run();
    let guarded = sidecar(cloud.run(), "10m").run();
    for output in [&bare, &guarded] {
        output.assert_code(3).assert_stdout("app  | out\n");
    }
    let names = |timeout: &str| {
        let lines = sidecar(cloud.run(), timeout).args(["--output", "json"]).run().json_lines();
        let last = lines.last().cloned().unwrap_or_default();
        let all = last["containers"].as_array().cloned().unwrap_or_default();
        all.iter().map(|one| one["name"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("20m"), ["app", "side"]);
    // How long it lasts is no part of the definition.
    let registered = cloud.calls("RegisterTaskDefinition");
    assert_eq!(registered.len(), 1);
    let overrides: Vec<Value> = cloud
        .calls("RunTask")
        .iter()
        .flat_map(|call| {
            call.request()["overrides"]["containerOverrides"].as_array().cloned().unwrap_or_default()
        })
        .map(|one| one["command"].clone())
        .collect();
    assert_eq!(overrides, [json!(["600"]), json!(["1200"])]);
    cloud.assert_nothing_runs();
}

/// A sortie that lives stops the task itself, as ever.
#[test]
fn sidecar_leaves_the_stop_to_a_sortie_that_lives() {
    let cloud = Cloud::real("guard-alive");
    cloud.shell(FOREVER);
    let output = sidecar(cloud.run(), "3s").run();
    output.assert_code(124).assert_stderr("did not end within 3.0 s").assert_within(Duration::from_secs(60));
    assert_eq!(cloud.calls("StopTask").len(), 1, "{output}");
    cloud.assert_nothing_runs();
}

#[test]
fn guard_without_a_time_limit_is_refused_before_anything_is_asked() {
    let cloud = Cloud::real("guard-refused");
    let output = cloud.run().args(["--deadline-guard", "sidecar"]).run();
    output.assert_code(2).assert_stderr("--timeout").assert_stderr("--deadline-guard");
    assert!(cloud.exchanges().is_empty(), "{output}");
}

#[test]
fn plan_says_what_guards_the_task_and_what_that_needs() {
    let cloud = Cloud::real("guard-plan");
    cloud.shell("x");
    let plan = |more: &[&str]| {
        let plan = cloud.sortie(&["plan"]).args(cloud.target()).args(more);
        plan.args(["--timeout", "20m", "--deadline-guard", "sidecar"]).run()
    };
    let said = plan(&[]);
    said.assert_code(0);
    let words = "guarded by container `sortie-deadline-guard` (public.ecr.aws/docker/library/busybox:";
    assert!(said.text().contains(words) && said.text().contains("1200 s"), "{said}");
    assert!(plan(&["--iam"]).text().contains("ecs:RegisterTaskDefinition"));
    assert!(cloud.calls("RegisterTaskDefinition").is_empty());
}

/// With a shell around the command as the guard.
fn in_shell(sortie: Sortie, timeout: &str) -> Sortie {
    sortie.args(["--timeout", timeout, "--deadline-guard", "shell"])
}

#[test]
fn shell_ends_the_task_of_a_sortie_that_was_killed() {
    let cloud = Cloud::real("guard-shell");
    cloud.shell(FOREVER);
    let id = orphaned(&cloud, in_shell(cloud.run(), "6s"));
    cloud.assert_nothing_runs();
    let waited = cloud.sortie(&["wait", &id]).run();
    waited.assert_code(124).assert_stderr("did not end in its time: its deadline guard ended it at ");
    assert!(cloud.calls("StopTask").is_empty(), "nobody but the guard ended it");
    let logged = cloud.sortie(&["logs", &id]).run();
    assert!(logged.text().contains("the deadline guard ends the command after 6 s"), "{logged}");
}

/// The command's code, its lines and its way to end are its own, whether the definition names an entry point or not.
#[test]
fn shell_changes_nothing_of_a_run_that_ends_otherwise() {
    let cloud = Cloud::real("guard-shell-quiet");
    cloud.shell("x");
    in_shell(cloud.run(), "10m").script("echo out; exit 3").run().assert_code(3).assert_stdout("out\n");
    assert!(cloud.calls("RegisterTaskDefinition").is_empty(), "an override is enough");
    let running = in_shell(cloud.run(), "10m")
        .script("trap 'echo last words; exit 0' TERM; echo up; while :; do sleep 0.1; done")
        .start();
    running.await_stdout("up\n");
    running.signal(Signal::TERM);
    running.finish().assert_code(143).assert_stdout("up\nlast words\n");
    cloud.define(json!([{ "name": "app", "entryPoint": ["sh", "-c"], "command": ["echo both; exit 4"] }]));
    in_shell(cloud.run(), "10m").run().assert_code(4).assert_stdout("both\n");
    cloud.assert_nothing_runs();
}

#[test]
fn shell_is_refused_where_the_command_is_not_known() {
    let cloud = Cloud::real("guard-shell-unknown");
    cloud.define(json!([{ "name": "app" }]));
    in_shell(cloud.run(), "10m")
        .run()
        .assert_code(2)
        .assert_stderr("which is not known here")
        .assert_stderr("after `--`");
    assert!(cloud.calls("RunTask").is_empty());
}

const ROLE: &str = "arn:aws:iam::123456789012:role/stops";

/// With a schedule as the guard.
fn scheduled(sortie: Sortie, timeout: &str) -> Sortie {
    sortie.args(["--timeout", timeout, "--deadline-guard", "schedule", "--deadline-guard-role", ROLE])
}

/// What EventBridge Scheduler does when the moment has come.
fn fire(cloud: &Cloud, schedule: &Value) {
    assert_eq!(schedule["Target"]["Arn"], "arn:aws:scheduler:::aws-sdk:ecs:stopTask");
    let input: Value =
        serde_json::from_str(schedule["Target"]["Input"].as_str().expect("a text")).expect("JSON");
    let body = json!({ "cluster": input["Cluster"], "task": input["Task"], "reason": input["Reason"] });
    cloud.call("ecs", "StopTask", &body);
}

#[test]
fn schedule_stops_the_task_of_a_sortie_that_was_killed() {
    let cloud = Cloud::real("guard-schedule");
    cloud.shell(FOREVER);
    let id = orphaned(&cloud, scheduled(cloud.run(), "10m"));
    let update = cloud.await_call("UpdateSchedule").request();
    let name = update["Name"].as_str().expect("a name");
    let left = cloud.schedule(name).expect("it outlives sortie");
    assert_eq!(left["ActionAfterCompletion"], "DELETE");
    assert_eq!(left["Target"]["RoleArn"], ROLE);
    assert!(left["ScheduleExpression"].as_str().is_some_and(|at| at.starts_with("at(20")), "{left}");
    fire(&cloud, &left);
    cloud.assert_nothing_runs();
    let waited = cloud.sortie(&["wait", &id]).run();
    waited
        .assert_code(124)
        .assert_stderr("the deadline guard stopped the task: no sortie has watched it since");
}

#[test]
fn schedule_is_made_before_the_launch_and_deleted_at_the_end() {
    let cloud = Cloud::real("guard-schedule-quiet");
    cloud.shell("echo out; exit 3");
    let output = scheduled(cloud.run(), "10m").run();
    output.assert_code(3).assert_stdout("out\n");
    let calls: Vec<String> = cloud
        .exchanges()
        .into_iter()
        .map(|exchange| exchange.operation)
        .filter(|operation| operation.contains("Schedule") || operation == "RunTask")
        .collect();
    assert_eq!(calls, ["CreateSchedule", "RunTask", "UpdateSchedule", "DeleteSchedule"], "{output}");
    let made = cloud.await_call("CreateSchedule").request();
    let launched: Value = serde_json::from_str(&cloud.await_call("RunTask").response).expect("JSON");
    let aimed = cloud.await_call("UpdateSchedule").request();
    let at = |request: &Value| request["Target"]["Input"].as_str().unwrap_or_default().to_owned();
    assert!(at(&made).contains("000000000000000000"), "it stops no task yet: {made}");
    assert!(at(&aimed).contains(launched["tasks"][0]["taskArn"].as_str().expect("an ARN")), "{aimed}");
    assert_eq!(cloud.schedule(made["Name"].as_str().expect("a name")), None);
}

/// A sortie that takes the task up goes on with its schedule, by the task's tag alone.
#[test]
fn schedule_is_moved_forward_by_an_attach() {
    let cloud = Cloud::real("guard-schedule-attach");
    cloud.shell("echo up; sleep 4; exit 5");
    let id = orphaned(&cloud, scheduled(cloud.run(), "10m"));
    cloud.await_call("UpdateSchedule");
    let attached = cloud.sortie(&["attach", &id]).run();
    attached.assert_code(5);
    assert_eq!(cloud.calls("UpdateSchedule").len(), 2, "{attached}");
    assert_eq!(cloud.calls("DeleteSchedule").len(), 1, "{attached}");
}

#[test]
fn schedule_without_a_role_is_refused() {
    let cloud = Cloud::real("guard-schedule-role");
    cloud.shell("x");
    let output = cloud.run().args(["--timeout", "10m", "--deadline-guard", "schedule"]).run();
    output.assert_code(2).assert_stderr("--deadline-guard-role").assert_stderr("scheduler.amazonaws.com");
    assert!(cloud.calls("RunTask").is_empty() && cloud.calls("CreateSchedule").is_empty());
    let plan = scheduled(cloud.sortie(&["plan", "--iam"]).args(cloud.target()), "10m").run();
    for action in ["scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule", ROLE] {
        assert!(plan.text().contains(action), "no {action}: {plan}");
    }
}

fn denied(operation: &str) -> Value {
    json!([{ "service": "scheduler", "operation": operation, "times": 9, "error": {
        "code": "AccessDeniedException",
        "message": format!("User: x is not authorized to perform: scheduler:{operation}"),
    } }])
}

#[test]
fn schedule_that_may_not_be_made_keeps_the_task_from_being_launched() {
    let cloud = Cloud::faulty("guard-schedule-denied");
    cloud.shell("x").faults(denied("CreateSchedule"));
    let output = scheduled(cloud.run(), "10m").run();
    output
        .assert_code(125)
        .assert_stderr("allow scheduler:CreateSchedule")
        .assert_stderr("--deadline-guard-role");
    assert!(cloud.calls("RunTask").is_empty(), "{output}");
}

#[test]
fn task_for_which_the_schedule_cannot_be_set_is_stopped() {
    let cloud = Cloud::faulty("guard-schedule-unset");
    cloud.shell(FOREVER).faults(denied("UpdateSchedule"));
    let output = scheduled(cloud.run(), "10m").run();
    output.assert_code(125).assert_stderr("was stopped again, since it has no deadline guard");
    let made = cloud.await_call("CreateSchedule").request();
    assert_eq!(cloud.schedule(made["Name"].as_str().expect("a name")), None, "{output}");
    cloud.assert_nothing_runs();
}

#[test]
fn doctor_says_what_it_has_not_tried() {
    let cloud = Cloud::real("guard-doctor");
    cloud.shell("x");
    let output = in_shell(cloud.sortie(&["doctor"]).args(cloud.target()), "10m").script("true").run();
    // The emulator has no such subnet, which is another check's.
    assert!(output.text().contains("not tried: a shell"), "{output}");
}
