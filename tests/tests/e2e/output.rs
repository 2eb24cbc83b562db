//! `--output json`: one object a line, and nothing else.

use sortie_tests::Cloud;

#[test]
fn every_line_is_an_object() {
    let cloud = Cloud::real("json");
    let output =
        cloud.shell("echo hello; echo '{\"not\": ours}'; exit 3").run().args(["--output", "json"]).run();
    output.assert_code(3);
    let objects = output.json_lines();
    assert!(objects.iter().all(serde_json::Value::is_object), "{output}");
    let all = output.text();
    assert!(all.contains("hello") && all.contains("arn:aws:ecs"), "{output}");
    let last = objects.last().expect("at least the result").to_string();
    assert!(last.contains('3'), "the last line does not hold the exit code\n{output}");
}

#[test]
fn quiet_run_still_prints_the_log() {
    let cloud = Cloud::real("quiet");
    let output = cloud.shell("echo hello").run().args(["-q"]).run();
    output.assert_code(0).assert_stdout("hello\n");
}

#[test]
fn pipes_hold_no_escape_sequences() {
    let cloud = Cloud::real("plain");
    cloud.shell("echo hello").run().run().assert_code(0).assert_nowhere("\u{1b}[");
}
