//! `--output json`: one object a line, and nothing else. `json_lines` holds each to the schema.

use std::fs::File;

use serde_json::Value;
use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Output;
use sortie_tests::Sortie;

/// The types of the objects, in their order.
fn types(objects: &[Value]) -> Vec<&str> {
    objects.iter().filter_map(|object| object["type"].as_str()).collect()
}

/// The object of the error that ended the command: the only one, and the last.
#[track_caller]
fn error(output: &Output) -> Value {
    let objects = output.json_lines();
    let errors = types(&objects).iter().filter(|kind| **kind == "error").count();
    assert_eq!((errors, types(&objects).last()), (1, Some(&"error")), "{output}");
    let error = objects.last().expect("there is one").clone();
    assert_eq!(error["exitCode"].as_i64(), output.code.map(i64::from), "{output}");
    let message = error["message"].as_str().expect("a text");
    assert!(output.stderr.contains(&format!("sortie: error: {message}\n")), "{output}");
    for hint in error["hints"].as_array().expect("a list") {
        assert!(
            output.stderr.contains(hint.as_str().expect("texts").lines().next().unwrap_or_default()),
            "{output}"
        );
    }
    error
}

#[test]
fn every_line_is_an_object() {
    let cloud = Cloud::real("json");
    let output =
        cloud.shell("echo hello; echo '{\"not\": ours}'; exit 3").run().args(["--output", "json"]).run();
    output.assert_code(3);
    let objects = output.json_lines();
    let all = output.text();
    assert!(all.contains("hello") && all.contains("arn:aws:ecs"), "{output}");
    let last = objects.last().expect("at least the result");
    assert_eq!((&last["type"], &last["exitCode"]), (&json!("finished"), &json!(3)), "{output}");
}

/// Every command, each with what only it prints.
#[test]
fn every_command_prints_what_the_schema_says() {
    let cloud = Cloud::real("json-steps");
    cloud.shell("echo hello; exit 3");
    let json = |args: &[&str]| cloud.sortie(args).env("SORTIE_OUTPUT", "json");
    let plan = json(&["plan", "--plugin", "ci-tags", "--env", "A=1"]).args(cloud.target()).run();
    plan.assert_code(0);
    assert_eq!(types(&plan.json_lines()), ["plan"], "{plan}");
    let launched = json(&["launch"]).args(cloud.target()).run();
    launched.assert_code(0);
    let objects = launched.json_lines();
    let id = objects.iter().find(|object| object["type"] == "launched").expect("it is told")["id"].clone();
    let id = id.as_str().expect("a text");
    let waited = json(&["wait", id]).run();
    waited.assert_code(3);
    assert_eq!(types(&waited.json_lines()).last(), Some(&"finished"), "{waited}");
    let logs = json(&["logs", id]).run();
    logs.assert_code(0);
    let lines: Vec<Value> = logs.json_lines().into_iter().filter(|object| object["type"] == "log").collect();
    assert_eq!(lines.len(), 1, "{logs}");
    assert_eq!((&lines[0]["line"], &lines[0]["partial"]), (&json!("hello"), &json!(false)), "{logs}");
    let stopped = json(&["stop", id]).run();
    stopped.assert_code(0).json_lines();
}

/// What fails before anything is launched, by every way to ask for JSON.
#[test]
fn every_failure_is_an_object() {
    let toml = "output = \"json\"\nbackend = \"process\"\n";
    for (kind, sortie) in [
        ("usage", Sortie::new().args(["run", "--output", "json"]).script("true")),
        ("usage", Sortie::new().args(["run", "--clutser", "x", "--output=json"]).script("true")),
        ("usage", Sortie::new().args(["plan", "--json", "--memory", "lots", "--cluster", "x"])),
        ("usage", Sortie::new().args(["frobnicate"]).env("SORTIE_OUTPUT", "json")),
        ("usage", Sortie::new().args(["help", "frobnicate"]).env("SORTIE_OUTPUT", "json")),
        ("usage", Sortie::new().args(["wait", "x"]).env("SORTIE_OUTPUT", "json")),
        ("usage", Sortie::new().args(["run"]).file("sortie.toml", toml)),
        ("usage", Sortie::new().args(["run"]).file("sortie.toml", format!("{toml}x = 1\n")).script("true")),
        ("usage", Sortie::new().args(["run"]).file("sortie.toml", format!("{toml}x = [\n")).script("true")),
        ("usage", Sortie::new().args(["run", "--config", "c"]).file("c", format!("{toml}x = 1\n"))),
        (
            "plugin",
            Sortie::new()
                .args(["run", "--backend", "process", "--output", "json", "--plugin", "./p.wasm"])
                .file("p.wasm", sortie_tests::guests::transform("trap-configure"))
                .script("true"),
        ),
    ] {
        let output = sortie.run();
        let error = error(&output);
        assert_eq!(error["kind"], kind, "{output}");
    }
    let text = Sortie::new().args(["run", "--backend", "process", "--", "echo", "--output=json", "--x"]);
    text.run().assert_code(0).assert_stdout("--output=json --x\n");
    Sortie::new().args(["run"]).script("true").run().assert_code(2).assert_stdout("");
}

#[test]
fn failures_of_the_platform_are_objects() {
    let cloud = Cloud::scripted("json-unknown");
    let json = |args: &[&str]| cloud.sortie(args).args(["--output", "json", "--cluster", "no-such-cluster"]);
    for command in ["wait", "logs", "stop"] {
        let output = json(&[command, "0123456789abcdef"]).run();
        error(&output);
    }
    let run = json(&["run", "--task-definition", "nothing", "--subnet", "s", "--security-group", "g"]).run();
    error(&run);
    assert!(cloud.calls("RunTask").is_empty());
}

#[test]
fn a_place_is_a_member() {
    let file = "backend = \"process\"\noutput = \"json\"\ntimeout = \"soon\"\n";
    let output = Sortie::new().args(["run"]).file("sortie.toml", file).script("true").run();
    let error = error(&output);
    assert_eq!((&error["on"], &error["kind"]), (&json!("sortie.toml:3"), &json!("usage")), "{output}");
}

/// Warnings about the settings are in the plan, and events elsewhere.
#[test]
fn warnings_about_settings_are_told_to_programs() {
    let sortie = |command: &str| {
        let sortie = Sortie::new().args([command, "--backend", "process", "--memory", "1GB"]);
        sortie.args(["--output", "json"]).env("SORTIE_CLUSTR", "ci").script("true").run()
    };
    let plan = sortie("plan");
    let objects = plan.json_lines();
    assert_eq!(types(&objects), ["plan"], "{plan}");
    let warnings = objects[0]["warnings"].to_string();
    assert!(warnings.contains("--memory") && warnings.contains("SORTIE_CLUSTER"), "{plan}");
    let run = sortie("run");
    run.assert_code(0);
    let objects = run.json_lines();
    assert_eq!(types(&objects)[..3], ["warning", "warning", "planned"], "{run}");
}

/// A program's own output is the first thing that it loses.
#[test]
fn standard_output_that_is_full_is_said_on_standard_error() {
    for command in ["run", "plan"] {
        let full = File::options().write(true).open("/dev/full").expect("/dev/full is there");
        let sortie = Sortie::new().args([command, "--backend", "process", "--output", "json"]).script("true");
        let output = sortie.stdout(full).run();
        output.assert_code(125).assert_stderr("standard output").assert_stderr("No space left");
    }
}

#[test]
fn the_schema_and_its_topic_are_printed() {
    let schema = Sortie::new().args(["help", "json", "--schema"]).run();
    schema.assert_code(0).assert_stdout(sortie::output::json::SCHEMA);
    Sortie::new().args(["help", "exit-codes", "--schema"]).run().assert_code(2).assert_stderr("no schema");
    let topic = Sortie::new().args(["help", "json"]).run();
    topic.assert_code(0);
    assert!(topic.text().contains("elapsedMs") && topic.text().contains("finished"), "{topic}");
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
