//! How little sortie says: with -q only what went wrong, with -qq nothing but the task's lines.

use serde_json::Value;
use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Engine;
use sortie_tests::Output;
use sortie_tests::Sortie;
use sortie_tests::guests;

fn process(quiet: &str) -> Sortie {
    Sortie::new().args(["run", "--backend", "process", quiet])
}

/// A task that ends with this code, and whose log is what `log` says.
fn lived(test: &str, quiet: &str, code: i32, log: Value) -> Output {
    let cloud = Cloud::scripted(test);
    // Non-blocking, of which a person is warned before the launch.
    let options = json!({ "awslogs-group": cloud.log_group(), "awslogs-region": "us-east-1", "awslogs-stream-prefix": "run" });
    let log_configuration = json!({ "logDriver": "awslogs", "options": options });
    cloud.define(json!([{ "name": "app", "logConfiguration": log_configuration }]));
    cloud.life(json!({ "steps": [
        { "after": 0.2, "status": "RUNNING", "log": log },
        { "after": 0.5, "status": "STOPPED", "containers": { "app": { "exitCode": code } },
          "task": { "stopCode": "EssentialContainerExited" } },
    ]}));
    cloud.run().args([quiet, "--log-settle", "1s"]).run()
}

fn hello() -> Value {
    json!({ "app": ["hello"] })
}

#[test]
fn good_run_says_nothing_with_q() {
    for quiet in ["-q", "-qq"] {
        let output = process(quiet).script("echo hello").run();
        output.assert_code(0).assert_stdout("hello\n");
        assert_eq!(output.stderr, "");
        let output = lived("quiet-good", quiet, 0, hello());
        output.assert_code(0).assert_stdout("hello\n");
        assert_eq!(output.stderr, "");
    }
}

/// The same rule for what is told beforehand on every back end.
#[test]
fn advice_is_not_what_went_wrong() {
    let engine = Engine::docker("quiet-advice");
    let output = engine.image().args(["-q", "--subnet", "subnet-1"]).script("echo hello").run();
    output.assert_code(0).assert_stdout("hello\n");
    assert_eq!(output.stderr, "");
    let output =
        process("-q").args(["--memory", "512"]).env("SORTIE_NO_SUCH", "1").script("echo hello").run();
    output.assert_code(0);
    assert_eq!(output.stderr, "");
}

#[test]
fn failed_run_says_how_with_q_and_no_more() {
    let output = process("-q").script("echo hello; exit 3").run();
    output.assert_code(3).assert_stdout("hello\n");
    assert!(output.stderr.starts_with("sortie: failed (exit code 3) after "), "{output}");
    assert_eq!(output.stderr.lines().count(), 1, "{output}");
    let output = lived("quiet-failed", "-q", 3, hello());
    output.assert_code(3).assert_stderr("sortie: failed (exit code 3) after ").assert_stderr("/tasks/");
    assert_eq!(output.stderr.lines().count(), 2, "{output}");
}

#[test]
fn failed_run_says_nothing_with_qq() {
    let output = process("-qq").script("echo hello; exit 3").run();
    output.assert_code(3).assert_stdout("hello\n");
    assert_eq!(output.stderr, "");
    let output = process("-qq").args(["--timeout", "1s"]).script("echo hello; sleep 20").run();
    output.assert_code(124).assert_stdout("hello\n");
    assert_eq!(output.stderr, "");
}

/// Without a task there are no lines, and a person must know why.
#[test]
fn what_keeps_a_run_from_starting_is_always_said() {
    for quiet in ["-q", "-qq"] {
        Sortie::new().args(["run", quiet]).script("true").run().assert_code(2).assert_stderr("error");
    }
}

#[test]
fn log_that_is_lost_is_a_warning_also_with_q() {
    for quiet in ["-v", "-q"] {
        let output = lived("quiet-lost", quiet, 0, json!({}));
        output.assert_code(0).assert_stdout("");
        output.assert_stderr("sortie: warning: the log of container `app` is incomplete: ");
        assert!(!output.stderr.contains("log of app:"), "a link to a log that never was\n{output}");
        assert_eq!(output.stderr.matches("is incomplete: ").count(), 1, "{output}");
    }
    assert_eq!(lived("quiet-lost", "-qq", 0, json!({})).assert_code(0).stderr, "");
}

#[test]
fn log_of_a_task_that_never_started_is_not_missed() {
    let cloud = Cloud::scripted("never-started-log");
    cloud.shell("x").life(json!({ "steps": [
        { "after": 0.3, "status": "STOPPED", "task": {
            "stopCode": "TaskFailedToStart",
            "stoppedReason": "CannotPullContainerError: pull image manifest has been retried 1 time(s): not found",
        } },
    ]}));
    let output = cloud.run().run();
    output.assert_code(121);
    assert!(
        !output.stderr.contains("warning: the log of") && !output.stderr.contains("log of app:"),
        "{output}"
    );
}

/// A filter that fails withholds lines: that went wrong.
#[test]
fn failing_plugin_is_said_with_q() {
    let filter = guests::filter("trap-finish");
    let run = || {
        Sortie::new().file("evil.wasm", &filter).args([
            "run",
            "--backend",
            "process",
            "--plugin",
            "./evil.wasm",
        ])
    };
    let output = run().args(["-q"]).script("echo hello").run();
    output.assert_code(120).assert_stderr("sortie: warning: ").assert_stderr("are withheld");
    assert_eq!(run().args(["-qq"]).script("echo hello").run().assert_code(120).stderr, "");
}
