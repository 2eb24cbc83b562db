//! How long a stop takes, and what is said while it goes on.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Engine;
use sortie_tests::Sortie;
use sortie_tests::cloud::shell;

/// Does not end on SIGTERM, as any shell does not that is the first process of a container.
const STUBBORN: &str = "trap '' TERM; echo up; while :; do sleep 0.1; done";

fn process() -> Sortie {
    Sortie::new().args(["run", "--backend", "process"])
}

/// A task of two containers: `app` ends by itself, `side` does not.
fn two(stop_timeout: u32) -> serde_json::Value {
    json!({ "family": "two", "containerDefinitions": [
        { "name": "app", "image": "busybox:e2e", "essential": true, "command": ["sh", "-c", "sleep 1; exit 3"] },
        { "name": "side", "image": "busybox:e2e", "essential": false, "stopTimeout": stop_timeout,
          "command": ["sh", "-c", STUBBORN] },
    ]})
}

#[test]
fn stop_timeout_holds_for_every_container_on_this_machine() {
    for engine in Engine::both("all-stop") {
        let run = engine.run().args(["--network", "none", "--task-definition", "file:two.json"]);
        let run = run.file("two.json", two(60).to_string()).args(["--stop-timeout", "1s"]);
        run.run().assert_code(3).assert_within(Duration::from_secs(25));
    }
}

#[test]
fn waiting_for_a_container_names_it_and_says_how_long() {
    let engine = Engine::docker("named-stop");
    let run = || {
        let run = engine.run().args(["--network", "none", "--task-definition", "file:two.json"]);
        run.file("two.json", two(5).to_string())
    };
    let output = run().run();
    output.assert_code(3).assert_stderr("waiting for container `side` to stop (killed in ");
    let output = run().args(["--output", "json"]).run();
    let objects = output.json_lines();
    let waiting = objects.iter().find(|object| object["type"] == "awaiting-stop");
    let waiting = waiting.unwrap_or_else(|| panic!("nothing is waited for\n{output}"));
    assert_eq!(waiting["containers"], json!(["side"]));
    let left = waiting["killInMs"].as_u64().expect("a time");
    assert!((500..5_000).contains(&left), "{left} ms\n{output}");
}

/// The platform does not tell when it kills.
#[test]
fn waiting_for_a_container_on_fargate_names_it() {
    let cloud = Cloud::scripted("named-stop");
    let mut side = shell("side", "x");
    side["essential"] = false.into();
    cloud.define(json!([shell("app", "x"), side])).life(json!({ "steps": [
        { "after": 0.2, "status": "RUNNING", "log": { "app": ["hello"], "side": ["hello"] } },
        { "after": 0.3, "status": "DEACTIVATING",
          "containers": { "app": { "lastStatus": "STOPPED", "exitCode": 3 } } },
        { "after": 5, "status": "STOPPED", "task": { "stopCode": "EssentialContainerExited" },
          "containers": { "app": { "exitCode": 3 }, "side": { "exitCode": 137 } } },
    ]}));
    let output = cloud.run().run();
    output.assert_code(3).assert_stderr("waiting for container `side` to stop\n");
    assert_eq!(output.stderr.matches("waiting for").count(), 1, "{output}");
}

#[test]
fn first_signal_says_what_it_does_and_what_a_second_one_would() {
    let running = process().args(["--stop-timeout", "3s"]).script(STUBBORN).start();
    running.await_stdout("up\n");
    running.signal(Signal::INT);
    let output = running.finish();
    output.assert_code(130);
    output.assert_stderr(
        "cancelled by SIGINT; it has 3 s before it is killed; a second signal kills it at once",
    );
    output.assert_stderr("waiting for container `process` to stop (killed in 1 s)");
    // What is done is said before what comes of it.
    let at = |text: &str| output.stderr.find(text).unwrap_or_else(|| panic!("no {text:?}\n{output}"));
    assert!(at("stopping process/") < at("sortie: stopping ("), "{output}");
}

#[test]
fn second_signal_says_that_a_stop_was_accepted() {
    let cloud = Cloud::scripted("accepted");
    cloud.shell("x").life(json!({
        "steps": [{ "after": 0.2, "status": "RUNNING", "log": { "app": ["up"] } }, { "after": 300 }],
        "onStop": [{ "after": 300, "status": "STOPPED" }],
    }));
    let running = cloud.run().start();
    running.await_stdout("up\n");
    running.signal(Signal::INT);
    running.await_stderr("a second signal leaves at once");
    cloud.await_call("StopTask");
    std::thread::sleep(Duration::from_millis(500));
    running.signal(Signal::INT);
    running.finish().assert_code(130).assert_stderr("which is stopping").assert_stderr("aws ecs stop-task");
}

/// Refused for a while, or without an answer: in both cases nothing stops.
#[test]
fn second_signal_says_that_a_stop_was_not_accepted() {
    let error = json!({ "code": "ServerException", "message": "out of order", "status": 500 });
    for (fault, said) in [
        (json!({ "service": "ecs", "operation": "StopTask", "latency": 20_000 }), "is not accepted yet"),
        (json!({ "service": "ecs", "operation": "StopTask", "error": error }), "accepted"),
    ] {
        let cloud = Cloud::faulty("not-accepted");
        cloud.shell("echo up; sleep 20").faults(json!([fault]));
        let running = cloud.run().start();
        running.await_stdout("up\n");
        running.signal(Signal::INT);
        cloud.await_call("StopTask");
        std::thread::sleep(Duration::from_secs(2));
        running.signal(Signal::INT);
        let output = running.finish();
        output.assert_code(130).assert_stderr(said).assert_stderr("to stop it by hand: aws ecs stop-task");
        assert!(!output.stderr.contains("which is stopping"), "{output}");
    }
}
