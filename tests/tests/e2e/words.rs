//! What plugins say, and what sortie says of them: messages, panics, notes, labels and counters.

use std::path::Path;

use serde_json::Value;
use serde_json::json;
use sortie_tests::Output;
use sortie_tests::Sortie;
use sortie_tests::examples;

const SECRET: &str = "s3cr3t-Deploy-Value-0815";

/// A transform that says what it does, and panics where it is configured to.
const TRANSFORM: &str = r#"
use sortie_plugin_sdk::{About, Error, Finding, NoConfig, Notes, Setup, TaskSpec, Transform, log};
struct Talker;
impl Transform for Talker {
    type Config = NoConfig;
    const ABOUT: About = About::new("talker", "1.0.0", "Says what it does.");
    fn configure(_: NoConfig, _: &mut Setup<'_>) -> Result<Self, Finding> {
        log::info("configured");
        log::debug("with nothing");
        Ok(Self)
    }
    fn transform(&mut self, task: &mut TaskSpec, _: &mut Notes) -> Result<(), Error> {
        log::info("looking");
        log::debug("closely");
        if task.name == "panic" {
            let number: Result<u32, _> = "4711x".parse();
            number.expect("a number");
        }
        Ok(())
    }
}
sortie_plugin_sdk::export!(transform: Talker);
"#;

/// The same as a reporter.
const REPORTER: &str = r#"
use sortie_plugin_sdk::reporter::{Finished, Launched};
use sortie_plugin_sdk::{About, Effects, Error, Event, Finding, NoConfig, Reporter, Setup, log};
struct Talker;
impl Reporter for Talker {
    type Config = NoConfig;
    const ABOUT: About = About::new("talker", "1.0.0", "Says what it does.");
    fn configure(_: NoConfig, _: &mut Setup<'_>) -> Result<Self, Finding> {
        log::info("configured");
        log::debug("with nothing");
        Ok(Self)
    }
    fn launched(&mut self, _: &Event, _: &Launched, _: &mut dyn Effects) -> Result<(), Error> {
        log::info("looking");
        log::debug("closely");
        Ok(())
    }
    fn finished(&mut self, _: &Event, finished: &Finished, _: &mut dyn Effects) -> Result<(), Error> {
        assert_eq!(finished.exit_code, 0, "it did not succeed");
        Ok(())
    }
}
sortie_plugin_sdk::export!(reporter: Talker);
"#;

/// A filter whose words, in panics too, quote lines.
const FILTER: &str = r#"
use sortie_plugin_sdk::{About, Filter, Finding, LineOut, NoConfig, Setup, log};
struct Talker;
impl Filter for Talker {
    type Config = NoConfig;
    const ABOUT: About = About::new("talker", "1.0.0", "Says what it does.");
    fn configure(_: NoConfig, _: &mut Setup<'_>) -> Result<Self, Finding> {
        log::info("configured");
        log::debug("with nothing");
        Ok(Self)
    }
    fn line(&mut self, line: &[u8], _: &mut LineOut<'_>) {
        let line = String::from_utf8_lossy(line);
        log::info(&line);
        assert!(!line.starts_with("panic"), "{line}");
    }
}
sortie_plugin_sdk::export!(filter: Talker);
"#;

/// Line and column of this in a source.
fn place(source: &str, what: &str) -> String {
    let at = source.find(what).expect("it is there");
    let before = &source[..at];
    let line = before.matches('\n').count() + 1;
    let column = at - before.rfind('\n').map_or(0, |newline| newline + 1) + 1;
    format!("src/lib.rs:{line}:{column}")
}

/// A run with the plugin under the name `talker`.
fn with(component: &Path) -> Sortie {
    let plugin = format!("talker={}", component.display());
    Sortie::new().args(["run", "--backend", "process", "--plugin", &plugin])
}

/// Fails the test unless standard error has these words, or has them not.
#[track_caller]
fn assert_says(output: &Output, words: &[&str], says: bool) {
    for word in words {
        assert_eq!(output.stderr.contains(&format!("talker`: {word}\n")), says, "{word}\n{output}");
    }
}

#[test]
fn words_of_plugins_are_shown_to_whom_they_are_for() {
    for (kind, source) in [("transform", TRANSFORM), ("reporter", REPORTER)] {
        let Some(component) = examples::plugin(&format!("talker-{kind}"), kind, source) else { return };
        let run = |flags: &[&str]| with(&component).args(flags).script("true").run();
        let (info, debug) = (&["configured", "looking"], &["with nothing", "closely"]);
        for (flags, says_info, says_debug) in
            [(&[][..], false, false), (&["-v"], true, false), (&["-vv"], true, true)]
        {
            let output = run(flags);
            output.assert_code(0).assert_stdout("");
            assert_says(&output, info, says_info);
            assert_says(&output, debug, says_debug);
        }
    }
}

#[test]
fn words_of_a_filter_are_counted_once_it_has_seen_a_line() {
    let Some(component) = examples::plugin("talker-filter", "filter", FILTER) else { return };
    let script = format!("echo one {SECRET}; echo two");
    let run = |flag: &str| with(&component).args([flag]).script(&script).run();
    let output = run("-v");
    output.assert_code(0).assert_stdout(&format!("one {SECRET}\ntwo\n"));
    assert!(!output.stderr.contains(SECRET), "{output}");
    assert_says(&output, &["configured"], true);
    assert_says(&output, &["with nothing"], false);
    output.assert_stderr("which may quote log lines: 2");
    let output = run("-vv");
    assert!(!output.stderr.contains(SECRET), "{output}");
    assert_says(&output, &["configured", "with nothing"], true);
}

#[test]
fn panic_is_told_with_words_and_place() {
    let Some(transform) = examples::plugin("talker-transform", "transform", TRANSFORM) else { return };
    let output = with(&transform).args(["--name", "panic"]).script("echo launched > launched").run();
    output.assert_code(120).assert_stderr("it panicked").assert_stderr("a number: ParseIntError");
    output.assert_stderr(&place(TRANSFORM, "expect("));
    assert!(!output.has_file("launched"), "{output}");

    let reporter = examples::plugin("talker-reporter", "reporter", REPORTER).expect("as before");
    let output = with(&reporter).script("exit 3").run();
    output.assert_code(3).assert_stderr("it panicked").assert_stderr("it did not succeed");
    output.assert_stderr(&place(REPORTER, "assert_eq!("));
}

#[test]
fn panic_of_a_filter_is_told_with_its_place_only() {
    let Some(component) = examples::plugin("talker-filter", "filter", FILTER) else { return };
    let output = with(&component).args(["-vv"]).script(&format!("echo panic {SECRET}")).run();
    output.assert_code(120).assert_stdout("").assert_nowhere(SECRET);
    output.assert_stderr("it panicked").assert_stderr(&place(FILTER, "assert!("));
}

#[test]
fn labels_notes_and_counters_are_in_json() {
    let Some(component) = examples::example("stack-traces") else { return };
    let plugin = format!("traces={}", component.display());
    let sortie = Sortie::new().args(["run", "--backend", "process", "--output", "json", "--plugin", &plugin]);
    let output = sortie.args(["--plugin-config", r#"traces={"keep":0}"#]);
    let output = output.script(r"echo up; printf 'a.Exception: b\n\tat c\n\tat d\n'").run();
    output.assert_code(0);
    let events = output.json_lines();
    let of = |kind: &str| events.iter().filter(|event| event["type"] == kind).collect::<Vec<_>>();
    let lines: Vec<(&Value, &Value)> = of("log").iter().map(|log| (&log["line"], &log["labels"])).collect();
    let shown = (json!("a.Exception: b"), json!({ "level": "error" }));
    let (up, more, none) = (json!("up"), json!("    (and 2 more)"), json!({}));
    assert_eq!(lines, [(&up, &none), (&shown.0, &shown.1), (&more, &none)], "{output}");
    let [filtered] = of("filtered")[..] else { panic!("one is expected\n{output}") };
    assert_eq!(filtered["filter"], "traces", "{output}");
    assert_eq!(filtered["notes"][0]["message"], "left out 2 lines of stack traces", "{output}");
    assert_eq!(filtered["counters"], json!([{ "name": "frames-dropped", "value": 2 }]), "{output}");
    let counted = &of("finished")[0]["counters"];
    let want = json!([{
        "plugin": "traces", "container": "process", "containerIndex": 0, "name": "frames-dropped", "value": 2,
    }]);
    assert_eq!(*counted, want, "{output}");
}

#[test]
fn notes_of_a_transform_are_in_the_plan() {
    let Some(component) = examples::example("owner") else { return };
    let plugin = format!("owner={}", component.display());
    let sortie = Sortie::new().args(["plan", "--backend", "process", "--json", "--plugin", &plugin]);
    // Outside of this test there may be a CI system; within it there is the one that is set.
    let output = sortie.env("GITHUB_ACTIONS", "true").script("true").run();
    output.assert_code(0);
    let plan: Value = serde_json::from_slice(&output.stdout).expect("--json prints JSON");
    assert_eq!(plan["changes"][0]["notes"], json!(["the owner is github: sortie runs there"]), "{output}");
    assert_eq!(plan["task"]["tags"], json!([{ "name": "owner", "value": "github" }]), "{output}");
}
