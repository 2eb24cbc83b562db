//! Plugins that were made by other toolchains: a filter in Python, a reporter in JavaScript by two
//! compilers (both are examples of the guide), and a filter in Rust that imports WASI. What they ask of an
//! operating system comes to nothing, and they fail as every plugin does.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use serde_json::json;
use sortie::plugin::Digest;
use sortie_tests::Cloud;
use sortie_tests::Output;
use sortie_tests::Sortie;
use sortie_tests::cloud::shell;
use sortie_tests::guests;
use sortie_tests::languages;
use sortie_tests::languages::PROBE;
use sortie_tests::languages::SQUEEZE;
use sortie_tests::languages::TEAMCITY;
use sortie_tests::languages::TEAMCITY_SMALL;
use sortie_tests::servers::repository;

/// Keeps `squeeze` from telling a count before another line comes, on however slow a machine.
const TELL_LATE: &str = "config = { tell = 60000 }";

const SECRET: &str = "s3cr3t-Deploy-Value-0815";

/// A run of the process back end with one plugin.
fn with(component: &Path) -> Sortie {
    Sortie::new().args(["run", "--backend", "process", "--plugin"]).args([component])
}

/// The same with a plugin from `sortie.toml`, where a plugin's table can say more.
fn with_table(component: &Path, more: &str) -> Sortie {
    let table = format!("[[plugin]]\nsource = \"{}\"\n{more}\n", component.display());
    Sortie::new().args(["run", "--backend", "process"]).file("sortie.toml", table)
}

/// Runs the probe on one line, which must make it fail.
fn probe_fails(line: &str) -> Output {
    let script = format!("echo before; sleep 0.3; echo {line}; echo after; echo done > done");
    let output = with(&PROBE.component()).script(&script).run();
    output.assert_code(120).assert_stdout("before\n").assert_nowhere(SECRET).assert_stderr("filter `probe`");
    output.assert_nowhere("ValueError").assert_nowhere("Traceback").assert_nowhere("probe.py");
    assert_eq!(output.file("done"), "done\n", "{output}");
    output
}

#[test]
fn guide_shows_the_commands_that_make_the_examples() {
    let guide = std::fs::read_to_string(repository().join("plugin-sdk/README.md")).expect("there is a guide");
    // Over several lines there.
    let words: Vec<&str> = guide.split_whitespace().filter(|word| *word != "\\").collect();
    let guide = words.join(" ");
    for recipe in [SQUEEZE, TEAMCITY, TEAMCITY_SMALL] {
        assert!(guide.contains(recipe.command), "the guide does not say `{}`", recipe.command);
    }
}

#[test]
fn filter_in_python_edits_lines() {
    let script = "for line in a a a b c c; do echo $line; done; sleep 0.3; echo c; printf d";
    let output = with_table(&SQUEEZE.component(), TELL_LATE).script(script).run();
    output.assert_code(0).assert_stdout("a\n(and 2 more)\nb\nc\n(and 2 more)\nd\n");
}

#[test]
fn filter_in_python_tells_a_count_while_nothing_comes() {
    let sortie = with_table(&SQUEEZE.component(), "config = { tell = 200 }");
    let go = sortie.path("go");
    let running = sortie.script("echo a; echo a; until [ -e go ]; do sleep 0.05; done; echo b").start();
    running.await_stdout("a\n(and 1 more)\n");
    std::fs::write(go, "").expect("the working directory is ours");
    running.finish().assert_code(0).assert_stdout("a\n(and 1 more)\nb\n");
}

#[test]
fn filter_in_python_is_configured() {
    let component = SQUEEZE.component();
    let script = "echo a; echo a; echo a; exit 3";
    let output = with_table(&component, "config = { keep = 2, tell = 60000 }").script(script).run();
    output.assert_code(3).assert_stdout("a\na\n(and 1 more)\n");

    let wrong = with_table(&component, "config = { keep = 0, kep = 1 }").script("echo launched > launched");
    let output = wrong.run();
    output.assert_code(2).assert_stderr("keep").assert_stderr("kep");
    assert!(!output.has_file("launched"), "{output}");
}

#[test]
fn filter_in_python_keeps_up_with_a_flood_of_short_lines() {
    let output = with_table(&SQUEEZE.component(), TELL_LATE).script("yes | head -n 200000").run();
    output.assert_code(0).assert_stdout("y\n(and 199999 more)\n");
}

#[test]
fn filter_in_python_has_an_instance_for_each_container() {
    let cloud = Cloud::real("python");
    let words = "for word in one one one two; do echo $word; sleep 0.1; done";
    cloud.define(json!([shell("app", words), shell("sidecar", words)]));
    let table = format!("[[plugin]]\nsource = \"{}\"\n{TELL_LATE}\n", SQUEEZE.component().display());
    let output = cloud.run().args(["--container", "app"]).file("sortie.toml", table).run();
    output.assert_code(0);
    for container in ["app", "sidecar"] {
        let lines = output.lines();
        let own = lines.iter().filter(|line| line.contains(container));
        let words: Vec<&str> = own.filter_map(|line| line.split('|').next_back()).map(str::trim).collect();
        assert_eq!(words, ["one", "(and 2 more)", "two"], "{container}\n{output}");
    }
}

#[test]
fn reporter_in_javascript_reports_what_it_was_granted() {
    reports_what_it_was_granted(&TEAMCITY.component());
}

#[test]
fn reporter_in_javascript_with_a_small_interpreter_does_the_same() {
    reports_what_it_was_granted(&TEAMCITY_SMALL.component());
}

fn reports_what_it_was_granted(component: &Path) {
    let digest = Digest::of(&std::fs::read(component).expect("the component is there"));
    let script = "echo 'not ours: ##teamcity[buildStop]'; exit 3";
    let grants = "config = { progress = false }\ngrant = [\"commands\", \"file:record=record.json\"]";

    let output = with_table(component, grants).script(script).run();
    output.assert_code(2).assert_stdout("").assert_stderr(&format!("digest = \"{digest}\""));

    let pinned = format!("digest = \"{digest}\"\n{grants}");
    // Not beside sortie's own for the same system.
    let sortie = with_table(component, &pinned).env("TEAMCITY_VERSION", "2026.1");
    let output = sortie.env("SORTIE_REPORTER", "none").script(script).run();
    output.assert_code(3);
    let lines = output.lines();
    assert_eq!(lines[0], r"not ours: #\#teamcity[buildStop]", "{output}");
    let problem = "##teamcity[buildProblem identity='failed' description='container `process` ended with 3";
    assert!(lines.iter().any(|line| line.starts_with(problem)), "{output}");
    let record: Value = serde_json::from_str(&output.file("record.json")).expect("a document of JSON");
    let ended = (&record["exitCode"], &record["containers"][0]["logLines"]);
    assert_eq!(ended, (&json!(3), &json!(1)), "{output}");

    let output = with(component).script(script).run();
    output.assert_code(3).assert_stdout("not ours: ##teamcity[buildStop]\n");
    output.assert_stderr("plugin `teamcity` asks for commands (").assert_stderr("which is not granted");
    assert!(!output.has_file("record.json") && !output.stderr.contains("reporter `teamcity`"), "{output}");
}

#[test]
fn guest_in_python_sees_nothing_of_the_machine() {
    let output = with(&PROBE.component()).env("PROBE_TOKEN", SECRET).script("echo look").run();
    output.assert_code(0).assert_nowhere(SECRET);
    let seen: Value = serde_json::from_str(&output.text()).expect("the line was replaced");
    assert_eq!((&seen["variables"], &seen["arguments"]), (&json!({}), &json!([])), "{output}");
    assert_eq!(seen["input"], "", "{output}");
    for what in ["list", "read", "write", "connect", "listen", "resolve"] {
        assert!(seen[what].as_str().is_some_and(|result| result != "worked"), "{what}\n{output}");
    }
}

#[test]
fn what_a_guest_in_python_prints_is_seen_by_nobody() {
    // 1,000 times on each stream, far more than is kept of them.
    let output = with(&PROBE.component()).script(&format!("echo say {SECRET}; echo end")).run();
    output.assert_code(0).assert_stdout("said\nend\n").assert_nowhere(SECRET);
}

#[test]
fn guest_in_python_that_raises_fails_closed_without_its_last_words() {
    probe_fails(&format!("raise {SECRET}")).assert_stderr("it crashed").assert_stderr("2 lines of container");
}

#[test]
fn guest_in_python_that_answers_an_error_fails_closed_and_its_message_is_not_shown() {
    probe_fails(&format!("error {SECRET}")).assert_stderr("2 lines of container");
}

#[test]
fn guest_in_python_can_not_wait_and_is_stopped() {
    probe_fails("sleep").assert_stderr("a plugin cannot sleep").assert_within(Duration::from_secs(60));
    probe_fails("spin").assert_stderr("it took longer than 5s").assert_within(Duration::from_secs(60));
}

#[test]
fn last_words_about_a_configuration_are_shown() {
    let run = with_table(&PROBE.component(), "config = { raise = \"no such table\" }");
    let output = run.script("echo launched > launched").run();
    output.assert_code(120).assert_stderr("ValueError: no such table");
    assert!(!output.has_file("launched"), "{output}");
}

#[test]
fn guest_in_rust_with_wasi_gets_nothing_either() {
    let Some(component) = languages::wasi_filter() else {
        eprintln!("skipped: rustc has no wasm32-wasip2");
        return;
    };
    let run = |script: &str| {
        let sortie = Sortie::new().file("wasi.wasm", &component).env("PROBE_TOKEN", SECRET);
        sortie.args(["run", "--backend", "process", "--plugin", "./wasi.wasm"]).script(script).run()
    };
    let output = run(&format!("echo look; yes say {SECRET} | head -n 2000; echo end"));
    output
        .assert_code(0)
        .assert_nowhere(SECRET)
        .assert_stdout("variables=0 arguments=0 root=false file=false write=false network=false\nend\n");
    let output = run(&format!("echo panic {SECRET}"));
    output.assert_code(120).assert_stdout("").assert_nowhere(SECRET).assert_nowhere("panicked at");
    output.assert_stderr("wasi-filter").assert_stderr("it panicked");
    let output = run("echo sleep");
    output.assert_code(120).assert_stdout("").assert_stderr("a plugin cannot sleep");
}

/// Name, inode and time of every compiled component in a cache: all change when one is compiled
/// again, which ends with writing it.
fn entries(cache: &Path) -> Vec<(String, u64, i64)> {
    let Ok(files) = std::fs::read_dir(cache.join("sortie/plugins")) else { return Vec::new() };
    let mut entries: Vec<_> = files
        .flatten()
        .map(|file| {
            let metadata = file.metadata().expect("an entry stays");
            (file.file_name().to_string_lossy().into_owned(), metadata.ino(), metadata.mtime_nsec())
        })
        .filter(|(name, ..)| name.ends_with(".code"))
        .collect();
    entries.sort();
    entries
}

#[test]
fn component_is_compiled_once() {
    let cache = tempfile::tempdir().expect("a directory");
    let run = || {
        let sortie =
            Sortie::new().file("evil.wasm", guests::filter("pass")).env("XDG_CACHE_HOME", cache.path());
        sortie.args(["run", "--backend", "process", "--plugin", "./evil.wasm"]).script("echo one").run()
    };
    run().assert_code(0).assert_stdout("one\n");
    let first = entries(cache.path());
    assert_eq!(first.len(), 1, "{first:?}");
    run().assert_code(0).assert_stdout("one\n");
    assert_eq!(entries(cache.path()), first);
}

#[test]
fn interpreter_comes_from_the_cache() {
    let component = SQUEEZE.component();
    let home = sortie_tests::servers::cache().join("home/.cache");
    let before = entries(&home);
    with(&component).script("echo a; echo a").run().assert_code(0).assert_stdout("a\n(and 1 more)\n");
    let after = entries(&home);
    // Other tests may have added theirs meanwhile.
    assert!(!before.is_empty() && before.iter().all(|entry| after.contains(entry)), "{before:?}\n{after:?}");
}

#[test]
fn signal_while_a_component_is_compiled_launches_nothing() {
    let component = TEAMCITY.component();
    let cache = tempfile::tempdir().expect("a directory");
    let run = with(&component).env("XDG_CACHE_HOME", cache.path()).script("echo launched > launched").start();
    // Compiling takes many times as long, on any machine.
    std::thread::sleep(Duration::from_millis(1500));
    run.signal(Signal::INT);
    let output = run.finish();
    output.assert_code(130).assert_within(Duration::from_secs(10));
    assert!(!output.has_file("launched") && entries(cache.path()).is_empty(), "{output}");
}
