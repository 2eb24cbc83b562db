//! launch, wait, logs and stop on their own.

use std::fs::File;
use std::time::Duration;
use std::time::Instant;

use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Sortie;
use sortie_tests::cloud::shell;
use sortie_tests::guests;

#[test]
fn launch_wait_and_logs_make_a_run() {
    let cloud = Cloud::real("steps");
    cloud.shell("echo first; sleep 2; echo second; exit 5");
    let launched = cloud.sortie(&["launch"]).args(cloud.target()).run();
    launched.assert_code(0);
    let id = launched.text().trim().to_owned();
    assert!(id.starts_with("arn:aws:ecs:us-east-1:") && id.contains(cloud.name()), "{launched}");

    cloud.sortie(&["wait", &id]).run().assert_code(5);
    cloud.sortie(&["logs", &id]).run().assert_code(0).assert_stdout("first\nsecond\n");
}

/// However late somebody asks: the time is the task's.
#[test]
fn wait_tells_how_long_the_task_ran() {
    let cloud = Cloud::scripted("wait-later");
    cloud.shell("x").life(json!({ "steps": [
        { "status": "RUNNING" },
        { "after": 2.1, "status": "STOPPED", "task": { "stopCode": "EssentialContainerExited" },
          "containers": { "app": { "exitCode": 7 } } },
    ]}));
    let launched = cloud.sortie(&["launch"]).args(cloud.target()).run();
    let id = launched.text().trim().to_owned();
    for _ in 0..2 {
        let output = cloud.sortie(&["wait", &id]).run();
        output.assert_code(7);
        let ran = output.stderr.contains("after 2.") || output.stderr.contains("after 3.");
        assert!(ran, "it ran for 2.1 s\n{output}");
    }
}

/// A plugin that a step has no use for is not started in it, whatever it would do there.
#[test]
fn each_step_starts_only_the_plugins_that_it_uses() {
    let cloud = Cloud::real("step-plugins");
    cloud.shell("echo hello");
    let launch = |plugin: Vec<u8>| {
        cloud.sortie(&["launch", "--plugin", "./p.wasm"]).file("p.wasm", plugin).args(cloud.target()).run()
    };
    launch(guests::transform("trap-configure")).assert_code(120).assert_stderr("plugin");
    let launched = launch(guests::filter("trap-configure"));
    launched.assert_code(0).assert_stderr("plugin `./p.wasm` does nothing in `launch`");
    let id = launched.text().trim().to_owned();
    let logs = |plugin: Vec<u8>| {
        cloud.sortie(&["logs", &id, "--follow", "--plugin", "./p.wasm"]).file("p.wasm", plugin).run()
    };
    logs(guests::transform("trap-configure")).assert_code(0).assert_stdout("hello\n");
    logs(guests::filter("trap-configure")).assert_code(120).assert_stdout("");
    // A digest that does not fit is an error everywhere.
    let pinned = format!("[[plugin]]\nsource = \"./p.wasm\"\ndigest = \"sha256:{}\"\n", "0".repeat(64));
    let other = cloud
        .sortie(&["launch"])
        .file("sortie.toml", pinned)
        .file("p.wasm", guests::filter("trap-configure"))
        .args(cloud.target());
    other.run().assert_code(2).assert_stderr("its digest is");
}

#[test]
fn logs_follow_to_the_end() {
    let cloud = Cloud::real("follow");
    cloud.shell("for i in 1 2 3 4; do echo $i; sleep 1; done");
    let id = cloud.sortie(&["launch"]).args(cloud.target()).run().text().trim().to_owned();
    cloud.sortie(&["logs", &id, "--follow"]).run().assert_code(0).assert_stdout("1\n2\n3\n4\n");
}

#[test]
fn stop_stops_and_may_be_said_twice() {
    let cloud = Cloud::real("stop");
    cloud.shell("sleep 60");
    let id = cloud.sortie(&["launch"]).args(cloud.target()).run().text().trim().to_owned();
    cloud.sortie(&["stop", &id]).run().assert_code(0);
    cloud.assert_nothing_runs();
    cloud.sortie(&["stop", &id]).run().assert_code(0);
}

#[test]
fn wait_takes_the_only_essential_container() {
    let cloud = Cloud::real("wait-sidecar");
    let mut proxy = shell("proxy", "sleep 60");
    proxy["essential"] = false.into();
    cloud.define(json!([proxy, shell("app", "exit 4")]));
    let id = cloud.sortie(&["launch"]).args(cloud.target()).run().text().trim().to_owned();
    cloud.sortie(&["wait", &id]).run().assert_code(4);
    cloud.sortie(&["wait", &id, "--container", "app"]).run().assert_code(4);
}

#[test]
fn flags_that_would_do_nothing_are_refused() {
    for (command, flag) in [("wait", "--plugin=redact"), ("stop", "--timeout=1")] {
        let output = Cloud::scripted("no-flag").sortie(&[command, "id", flag]).run();
        output.assert_code(2).assert_stderr("no flag of sortie");
    }
    let launch = Sortie::new().args(["launch", "--timeout", "5m", "--local", "--image", "x"]).run();
    launch.assert_code(2).assert_stderr("`--timeout` is no flag of sortie launch");
    assert!(!launch.stderr.contains("--stop-timeout"), "{launch}");
}

/// Whoever may stop tasks and nothing else can do so, and a definition that is gone is in nobody's way.
#[test]
fn stop_asks_for_nothing_else() {
    let cloud = Cloud::real("stop-only");
    cloud.shell("sleep 60");
    let id = cloud.sortie(&["launch"]).args(cloud.target()).run().text().trim().to_owned();
    let before = cloud.exchanges().len();
    cloud.sortie(&["stop", &id]).run().assert_code(0);
    let calls: Vec<String> =
        cloud.exchanges().split_off(before).into_iter().map(|call| call.operation).collect();
    assert_eq!(calls, ["StopTask"]);
    cloud.assert_nothing_runs();
}

#[test]
fn wait_for_a_task_that_never_was_fails() {
    let cloud = Cloud::real("nothing");
    let arn = format!("arn:aws:ecs:us-east-1:000000000000:task/{}/0123456789abcdef", cloud.name());
    let output = cloud.sortie(&["wait", &arn]).run();
    output.assert_code(2);
    output.assert_stderr("ECS does not know the task").assert_stderr("0123456789abcdef");
    output.assert_stderr("check the cluster and the region");
    // Patience for an id that is only a moment old, and no more than that.
    output.assert_within(Duration::from_secs(40));
}

/// DescribeTasks may know a task only some seconds after RunTask has named it.
#[test]
fn task_that_is_missing_right_after_its_launch_is_found() {
    let cloud = Cloud::scripted("missing-at-first");
    cloud.shell("x").life(json!({ "missing": 4, "steps": [
        { "after": 0.2, "status": "RUNNING", "log": { "app": ["hello"] } },
        { "after": 0.2, "status": "STOPPED", "task": { "stopCode": "EssentialContainerExited" },
          "containers": { "app": { "exitCode": 3 } } },
    ]}));
    let launch = || {
        let launched = cloud.sortie(&["launch"]).args(cloud.target()).run();
        launched.assert_code(0);
        launched.text().trim().to_owned()
    };
    cloud.sortie(&["wait", &launch()]).run().assert_code(3);
    let logs = cloud.sortie(&["logs", &launch(), "--follow", "--log-settle", "0"]).run();
    logs.assert_code(0).assert_stdout("hello\n");
    // The short id, as the console shows it.
    let id = launch();
    let short = id.rsplit('/').next().unwrap_or_default();
    cloud.sortie(&["wait", short, "--cluster", cloud.name()]).run().assert_code(3);
    cloud.sortie(&["stop", &launch()]).run().assert_code(0);
}

/// Neither the end of the task nor of its log is waited for.
#[test]
fn log_up_to_now_of_a_task_that_writes_on_and_on_ends() {
    let cloud = Cloud::scripted("up-to-now");
    let mut steps = vec![json!({ "after": 0.1, "status": "RUNNING", "log": { "app": ["first"] } })];
    steps.extend((0..600).map(|number| json!({ "after": 0.05, "log": { "app": [format!("{number}")] } })));
    steps.push(json!({ "status": "STOPPED" }));
    cloud.shell("x").life(json!({ "steps": steps }));
    let launched = cloud.sortie(&["launch"]).args(cloud.target()).run();
    launched.assert_code(0);
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let logs = cloud.sortie(&["logs", launched.text().trim()]).run();
        logs.assert_code(0).assert_within(Duration::from_secs(8));
        assert!(!logs.stderr.contains("still arrive"), "{logs}");
        if logs.lines().iter().any(|line| line == "first") {
            assert!(!logs.stderr.contains("incomplete"), "{logs}");
            return;
        }
        assert!(Instant::now() < deadline, "{logs}");
    }
}

#[test]
fn ids_that_can_not_be_of_a_task_fail_at_once() {
    let cloud = Cloud::scripted("no-cluster");
    for id in ["arn:aws:ecs:us-east-1:000000000000:task/no-such-cluster/0123456789abcdef", "0123456789abcdef"]
    {
        for command in ["wait", "logs", "stop"] {
            let output = cloud.sortie(&[command, id, "--cluster", "no-such-cluster"]).run();
            output.assert_code(2).assert_within(Duration::from_secs(10));
            output.assert_stderr("ClusterNotFoundException");
        }
    }
}

/// Back end, region and cluster stand in it, whatever the file of the directory says.
#[test]
fn an_id_is_all_that_a_later_step_needs() {
    let cloud = Cloud::real("id-alone");
    cloud.shell("echo hello; exit 6");
    let id = cloud.sortie(&["launch"]).args(cloud.target()).run().text().trim().to_owned();
    let later = |command: &str| {
        let sortie = Sortie::new().args([command, &id]).env("AWS_ENDPOINT_URL", cloud.endpoint());
        let sortie = sortie.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        sortie.env("AWS_REGION", "eu-central-1").file("sortie.toml", "local = true\nregion = \"eu-west-1\"\n")
    };
    later("wait").run().assert_code(6);
    later("logs").run().assert_code(0).assert_stdout("hello\n");
    later("stop").run().assert_code(0);
    let short = id.rsplit_once("/").map(|(_, id)| format!("{}/{id}", cloud.name())).unwrap_or_default();
    cloud.sortie(&["wait", &short]).run().assert_code(6);
    for flags in [["--region", "eu-west-1"], ["--cluster", "other"], ["--backend", "docker"]] {
        let output = later("stop").args(flags).run();
        output.assert_code(2).assert_stderr("contradicts the id").assert_stderr(flags[0]);
    }
    for nothing in ["", "deploy", "arn:aws:ecs:us-east-1:1:task-definition/deploy:7", "process/12"] {
        for command in ["wait", "logs", "stop"] {
            let output = Sortie::new().args([command, nothing]).run();
            output.assert_code(2).assert_stderr("an id is what `sortie launch` prints");
        }
    }
}

#[test]
fn log_that_can_not_be_printed_is_125() {
    let cloud = Cloud::real("logs-full");
    cloud.shell("echo hello");
    let id = cloud.sortie(&["launch"]).args(cloud.target()).run().text().trim().to_owned();
    let full = File::options().write(true).open("/dev/full").expect("/dev/full is there");
    let output = cloud.sortie(&["logs", &id, "--follow"]).stdout(full).run();
    output.assert_code(125).assert_stderr("standard output cannot be written");
}

/// The task runs by then: whoever launched it must hear its id somewhere.
#[test]
fn id_that_can_not_be_printed_is_said_and_125() {
    let cloud = Cloud::real("launch-full");
    cloud.shell("sleep 60");
    let full = File::options().write(true).open("/dev/full").expect("/dev/full is there");
    let output = cloud.sortie(&["launch"]).args(cloud.target()).args(["-q"]).stdout(full).run();
    output.assert_code(125);
    let tasks = cloud.call("ecs", "ListTasks", &json!({ "cluster": cloud.name() }));
    let id = tasks["taskArns"][0].as_str().expect("a task was launched").to_owned();
    output.assert_stderr(&id);
    cloud.sortie(&["stop", &id]).run().assert_code(0);
    cloud.assert_nothing_runs();
}
