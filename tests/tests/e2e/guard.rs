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
