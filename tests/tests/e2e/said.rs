//! What a person reads of a run: why a command did not start, which container ended it, what is tried
//! again, what is coloured.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Engine;
use sortie_tests::Sortie;
use sortie_tests::guests;

fn process() -> Sortie {
    Sortie::new().args(["run", "--backend", "process"])
}

/// `sortie run -- ./x`, which has this content and may be executed.
fn executable(content: &str) -> Sortie {
    let sortie = process().file("x", content);
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(sortie.path("x"), executable).expect("the working directory is ours");
    sortie.args(["--", "./x"])
}

#[test]
fn script_that_cannot_be_started_says_what_is_missing() {
    for (content, said) in [
        ("#!/bin/sh\r\necho hi\r\n", "CR LF"),
        ("#!/no/such/interpreter\necho hi\n", "its interpreter `/no/such/interpreter` is not there"),
        ("echo hi\n", "#!/bin/sh"),
        ("", "the file is empty"),
    ] {
        executable(content).run().assert_code(121).assert_stderr(said).assert_nowhere("on PATH?");
    }
    process().file("y", "echo hi\n").args(["--", "./y"]).run().assert_code(121).assert_stderr("chmod +x");
    let long = format!("LONG={}\n", "x".repeat(200_000));
    let run = process().file("env", long).args(["--env-file", "env", "--", "true"]);
    run.run().assert_code(121).assert_stderr("ARG_MAX");
}

#[test]
fn line_given_as_one_word_is_named_on_every_back_end() {
    for line in ["echo hi", "true && true"] {
        process().args(["--", line]).run().assert_code(121).assert_stderr("sh -c 'echo hi'");
        let docker = Engine::docker("one-word");
        docker.image().args(["--", line]).run().assert_code(121).assert_stderr("the command is one word");
    }
    let cloud = Cloud::scripted("one-word");
    let plan = cloud.shell("x").sortie(&["plan"]).args(cloud.target()).args(["--", "echo hi"]).run();
    plan.assert_code(0);
    assert!(plan.text().contains("the command is one word"), "{plan}");
    let plan = cloud.sortie(&["plan"]).args(cloud.target()).args(["--", "echo", "hi you"]).run();
    plan.assert_code(0).assert_nowhere("the command is one word");
}

#[test]
fn essential_container_that_ends_first_is_named() {
    let two = json!({ "family": "two", "containerDefinitions": [
        { "name": "init", "image": "busybox:e2e", "essential": true, "command": ["sleep", "1"] },
        { "name": "app", "image": "busybox:e2e", "essential": true, "command": ["sleep", "9"],
          "dependsOn": [{ "containerName": "db", "condition": "COMPLETE" }] },
        { "name": "db", "image": "busybox:e2e", "essential": false, "command": ["sleep", "30"] },
    ]});
    let beside = json!({ "family": "two", "containerDefinitions": [
        { "name": "side", "image": "busybox:e2e", "essential": true, "command": ["sh", "-c", "sleep 1; exit 4"] },
        { "name": "app", "image": "busybox:e2e", "essential": true,
          "command": ["sh", "-c", "trap 'exit 143' TERM; while :; do sleep 0.1; done"] },
    ]});
    for engine in Engine::both("first") {
        let run = |definition: &serde_json::Value| {
            let run = engine.run().args(["--network", "none", "--container", "app", "--stop-timeout", "1s"]);
            run.args(["--task-definition", "file:two.json"]).file("two.json", definition.to_string()).run()
        };
        let output = run(&two);
        output.assert_code(121).assert_stderr("container `app` was never started");
        output.assert_stderr("essential container `init` ended with 0");
        let output = run(&beside);
        output.assert_code(143).assert_stderr("stopped, since essential container `side` ended with 4");
    }
}

#[test]
fn want_of_capacity_is_tried_again_to_the_last_second() {
    let cloud = Cloud::scripted("capacity-end");
    let none = json!({ "failures": [{ "reason": "Capacity is unavailable at this time. Please try again later or in a different availability zone" }] });
    cloud.shell("x").life(json!({ "runTask": vec![none; 40], "steps": [] }));
    let output = cloud.run().args(["--capacity-timeout", "4s"]).run();
    output.assert_code(122);
    assert!(output.elapsed > Duration::from_secs(4), "{:?}\n{output}", output.elapsed);
    output.assert_stderr("retrying in ").assert_stderr(": attempt 1 failed: no capacity");
    output.assert_stderr(": attempt 2 failed: no capacity");
}

#[test]
fn colours_are_forced_where_the_reader_asks_for_them() {
    for name in ["FORCE_COLOR", "CLICOLOR_FORCE"] {
        process().env(name, "1").script("true").run().assert_code(0).assert_stderr("\u{1b}[");
        process().env(name, "0").script("true").run().assert_code(0).assert_nowhere("\u{1b}[");
        let output = process().env(name, "1").env("NO_COLOR", "1").script("true").run();
        output.assert_code(0).assert_nowhere("\u{1b}[");
        process().env(name, "1").args(["--color", "never"]).script("true").run().assert_nowhere("\u{1b}[");
    }
}

/// A program that reads JSON must not find out from the exit code alone.
#[test]
fn json_that_cannot_be_written_is_said() {
    let full = std::fs::File::options().write(true).open("/dev/full").expect("a Linux machine");
    let output = process().args(["--output", "json"]).script("echo hi").stdout(full).run();
    output.assert_code(125).assert_stderr("No space left on device");
}

#[test]
fn cache_that_cannot_be_written_is_said_once() {
    let filter = guests::filter("pass");
    let cache = tempfile::tempdir().expect("a directory");
    let own = cache.path().join("sortie");
    std::fs::create_dir(&own).expect("the directory is ours");
    let set_mode = |mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&own, mode).expect("the directory is ours");
    };
    let run = || {
        let run = process().file("evil.wasm", &filter).args(["--plugin", "./evil.wasm"]);
        run.env("XDG_CACHE_HOME", cache.path()).script("true").run()
    };
    set_mode(0o777);
    for _ in 0..2 {
        let output = run();
        output.assert_code(0).assert_stderr("compiled plugins are not kept").assert_stderr("chmod 700");
        assert_eq!(output.stderr.matches("compiled plugins").count(), 1, "{output}");
    }
    set_mode(0o700);
    for _ in 0..2 {
        run().assert_code(0).assert_nowhere("compiled plugins");
    }
}
