//! Every line, once, in order, and nothing else on standard output.

use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::cloud::shell;

#[test]
fn burst_of_20000_lines_arrives_whole() {
    let cloud = Cloud::real("burst");
    let output = cloud.shell("seq 1 20000").run().args(["--require-complete-logs"]).run();
    output.assert_code(0);
    let expected: String = (1..=20_000).map(|i| format!("{i}\n")).collect();
    assert!(output.text() == expected, "{} lines\n{output}", output.lines().len());
    output.assert_stderr("20,000 lines");
}

#[test]
fn burst_before_the_end_of_a_longer_task_arrives_whole() {
    let cloud = Cloud::real("burst-late");
    let output =
        cloud.shell("echo first; sleep 3; seq 1 20000; exit 4").run().args(["--log-settle", "0"]).run();
    output.assert_code(4);
    let expected: String = (1..=20_000).map(|i| format!("{i}\n")).collect();
    assert!(output.text() == format!("first\n{expected}"), "{} lines\n{output}", output.lines().len());
}

#[test]
fn lines_come_while_the_task_runs() {
    let cloud = Cloud::real("live");
    let running = cloud.shell("echo early; sleep 8; echo late").run().start();
    running.await_stdout("early\n");
    assert!(!cloud.running_containers().is_empty(), "the line came only after the task");
    running.finish().assert_code(0).assert_stdout("early\nlate\n");
}

#[test]
fn long_line_stays_one_line() {
    let cloud = Cloud::real("long-line");
    let output = cloud.shell("head -c 200000 /dev/zero | tr '\\0' x; echo; echo end").run().run();
    output.assert_code(0);
    assert_eq!(output.lines().iter().map(String::len).collect::<Vec<_>>(), [200_000, 3]);
}

#[test]
fn text_beyond_ascii_passes() {
    let cloud = Cloud::real("utf8");
    cloud.shell("echo 'größer 日本 🚀'").run().run().assert_code(0).assert_stdout("größer 日本 🚀\n");
}

#[test]
fn task_that_prints_nothing_prints_nothing() {
    let cloud = Cloud::real("silent");
    cloud.shell("exit 0").run().run().assert_code(0).assert_stdout("");
}

#[test]
fn order_holds_within_each_container() {
    let cloud = Cloud::real("interleaved");
    let mut side = shell("side", "for i in $(seq 500); do echo side $i; done; sleep 2");
    side["essential"] = false.into();
    cloud.define(json!([side, shell("app", "for i in $(seq 500); do echo app $i; done; sleep 1")]));
    let output = cloud.run().run();
    output.assert_code(0);
    for container in ["side", "app"] {
        let numbers: Vec<usize> = output
            .lines()
            .iter()
            .filter_map(|line| line.split_once(&format!("{container} "))?.1.rsplit(' ').next()?.parse().ok())
            .collect();
        assert_eq!(numbers, (1..=500).collect::<Vec<_>>(), "{container}\n{output}");
    }
}

#[test]
fn late_events_are_waited_for() {
    let cloud = Cloud::scripted("late");
    cloud.shell("x").life(json!({ "steps": [
        { "after": 0.3, "status": "RUNNING", "log": { "app": ["on time"] } },
        { "after": 0.3, "status": "STOPPED", "task": { "stopCode": "EssentialContainerExited" } },
        { "after": 1.2, "log": { "app": ["late"] } },
    ]}));
    cloud.run().args(["--log-settle", "4s"]).run().assert_code(0).assert_stdout("on time\nlate\n");
}

#[test]
fn empty_pages_are_not_the_end() {
    let cloud = Cloud::scripted("empty-pages");
    cloud.shell("x").life(json!({ "emptyPages": 6, "steps": [
        { "after": 0.2, "status": "RUNNING", "log": { "app": ["one", "two"] } },
        { "after": 0.2, "status": "STOPPED", "task": { "stopCode": "EssentialContainerExited" } },
    ]}));
    cloud.run().args(["--log-settle", "0"]).run().assert_code(0).assert_stdout("one\ntwo\n");
}

#[test]
fn stream_that_never_appears_is_said_and_keeps_the_code() {
    let cloud = Cloud::scripted("no-stream");
    cloud.shell("x").life(json!({ "steps": [
        { "after": 0.3, "status": "RUNNING" },
        { "after": 0.5, "status": "STOPPED", "task": { "stopCode": "EssentialContainerExited" },
          "containers": { "app": { "exitCode": 4 } } },
    ]}));
    let output = cloud.run().args(["--log-settle", "1s"]).run();
    output.assert_code(4).assert_stdout("");
    assert!(output.stderr.contains("stream"), "nothing says that the log stream is missing\n{output}");
}

#[test]
fn missing_log_is_126_where_complete_logs_are_required() {
    let cloud = Cloud::real("required");
    let mut app = shell("app", "echo lost");
    app["logConfiguration"] = json!({ "logDriver": "awsfirelens" });
    cloud.define(json!([app]));
    let output = cloud.run().args(["--require-complete-logs"]).run();
    output.assert_code(126).assert_stderr("awsfirelens");
}
