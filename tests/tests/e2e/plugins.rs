//! Plugins in a run: the first-party ones, and hostile files.

use std::time::Duration;

use sortie::plugin::Digest;
use sortie_tests::Cloud;
use sortie_tests::Output;
use sortie_tests::Sortie;
use sortie_tests::guests;

const SECRET: &str = "s3cr3t-Deploy-Value-0815";

fn redacted(sortie: Sortie) -> Sortie {
    let config = r#"redact={"env":["DEPLOY_TOKEN"]}"#;
    sortie
        .args(["--plugin", "redact", "--plugin-config", config, "--grant", "redact=env:DEPLOY_TOKEN"])
        .env("DEPLOY_TOKEN", SECRET)
}

#[test]
fn redact_lets_no_secret_through() {
    let cloud = Cloud::real("redact");
    let script = format!("echo before; echo token={SECRET}; echo AKIAIOSFODNN7EXAMPLE; echo after; exit 3");
    let output = redacted(cloud.shell("x").run()).args(["--env", "DEPLOY_TOKEN"]).script(&script).run();
    output.assert_code(3).assert_nowhere(SECRET).assert_nowhere("AKIAIOSFODNN7EXAMPLE");
    let lines = output.lines();
    assert_eq!((lines.len(), lines[0].as_str(), lines[3].as_str()), (4, "before", "after"), "{output}");
}

#[test]
fn one_component_is_two_plugins_by_their_names() {
    let table = |name: &str, value: &str| {
        format!("[[plugin]]\nname = \"{name}\"\nsource = \"redact\"\nconfig = {{ values = [\"{value}\"] }}\n")
    };
    let sortie = |file: String, command: &str| {
        Sortie::new().args([command, "--backend", "process"]).file("sortie.toml", file)
    };
    let both = table("first", "alpha-value-1") + &table("second", "beta-value-2");
    let output = sortie(both.clone(), "run").script("echo alpha-value-1 beta-value-2").run();
    output.assert_code(0).assert_stdout("*** ***\n");

    let planned = sortie(both.clone(), "plan").args(["--json"]).script("true").run();
    let plan: serde_json::Value = serde_json::from_slice(&planned.stdout).expect("JSON");
    let names: Vec<_> =
        plan["plugins"].as_array().into_iter().flatten().map(|p| (&p["name"], &p["component"])).collect();
    let (first, second, redact) = ("first".into(), "second".into(), "redact".into());
    assert_eq!(names, [(&first, &redact), (&second, &redact)], "{planned}");

    let wrong = sortie(both, "run").args(["--plugin-config", "second={\"valeus\":[]}"]).script("true").run();
    wrong.assert_code(2).assert_stderr("plugin second (redact ").assert_nowhere("beta-value-2");
    let taken = sortie(table("github", "alpha-value-1"), "run").script("true").run();
    taken.assert_code(2).assert_stderr("is that of a first-party plugin");
}

/// What a plugin notes of its configuration is shown to who wants to know, and to nobody else.
#[test]
fn notes_of_plugins_are_shown_with_v() {
    let run = || Sortie::new().args(["run", "--backend", "process", "--plugin", "ci-tags"]);
    let note = "transform `ci-tags`: ";
    run().args(["-v"]).script("true").run().assert_code(0).assert_stderr(note);
    run().script("true").run().assert_code(0).assert_nowhere(note);
}

#[test]
fn redact_masks_in_json_output_and_on_the_process_back_end() {
    let run = Sortie::new().args(["run", "--backend", "process", "--output", "json"]);
    let output = redacted(run).script("echo token=$DEPLOY_TOKEN; printf $DEPLOY_TOKEN").run();
    output.assert_code(0).assert_nowhere(SECRET);
    output.json_lines();
}

#[test]
fn redact_masks_a_private_key_of_many_lines() {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
    let script = format!(
        "echo start; echo '-----BEGIN PRIVATE KEY-----'; for i in 1 2 3 4 5; do echo {body}$i; sleep 0.1; done; echo '-----END PRIVATE KEY-----'; echo end"
    );
    let run = Sortie::new().args(["run", "--backend", "process", "--plugin", "redact"]);
    let output = run.script(&script).run();
    output.assert_code(0).assert_nowhere(body);
    let lines = output.lines();
    assert_eq!((lines[0].as_str(), lines[lines.len() - 1].as_str()), ("start", "end"), "{output}");
}

#[test]
fn ci_tags_tag_the_task() {
    let cloud = Cloud::real("tags");
    let output = cloud
        .shell("x")
        .run()
        .args(["--plugin", "ci-tags"])
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_REPOSITORY", "octo/deploy")
        .env("GITHUB_RUN_ID", "4711")
        .env("GITHUB_SHA", "0123456789abcdef0123456789abcdef01234567")
        .script("true")
        .run();
    output.assert_code(0);
    let request = cloud.calls("RunTask")[0].request();
    assert!(request["tags"].to_string().contains("octo/deploy"), "{request}");
    assert!(request["startedBy"].as_str().is_some_and(|by| by.contains("4711")), "{request}");
}

#[test]
fn github_annotates_a_failure_and_writes_the_summary() {
    let sortie = Sortie::new().args(["run", "--backend", "process", "--plugin", "github"]);
    let summary = sortie.path("summary.md");
    let output_file = sortie.path("output.txt");
    let sortie = sortie
        .file("summary.md", "")
        .file("output.txt", "")
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", &summary)
        .env("GITHUB_OUTPUT", &output_file);
    let output = sortie.script("echo '::warning::not ours'; exit 3").run();
    output.assert_code(3);
    let all = format!("{}{}", output.text(), output.stderr);
    assert!(all.lines().any(|line| line.starts_with("::error")), "{output}");
    assert!(
        !all.lines().any(|line| line.starts_with("::warning::not ours")),
        "a log line became a command\n{output}"
    );
    assert!(output.file("summary.md").contains('3'), "{output}");
    assert!(!output.file("output.txt").is_empty(), "{output}");
}

#[test]
fn plugin_that_does_not_exist_launches_nothing() {
    let cloud = Cloud::real("no-plugin");
    cloud.shell("x").run().args(["--plugin", "./nope.wasm"]).run().assert_code(2).assert_stderr("nope.wasm");
    assert!(cloud.calls("RunTask").is_empty());
}

#[test]
fn file_that_is_no_plugin_launches_nothing() {
    let cloud = Cloud::real("bad-plugin");
    let output = cloud.shell("x").run().file("bad.wasm", "not wasm").args(["--plugin", "./bad.wasm"]).run();
    assert!(matches!(output.code, Some(2 | 120)), "{output}");
    output.assert_stderr("bad.wasm");
    assert!(cloud.calls("RunTask").is_empty());
}

#[test]
fn wrong_configuration_of_a_plugin_launches_nothing() {
    let cloud = Cloud::real("bad-config");
    let run =
        cloud.shell("x").run().args(["--plugin", "redact", "--plugin-config", r#"redact={"no-such-key":1}"#]);
    let output = run.run();
    assert!(matches!(output.code, Some(2 | 120)), "{output}");
    output.assert_stderr("no-such-key");
    assert!(cloud.calls("RunTask").is_empty());
}

/// A run of the process back end with a hostile plugin.
fn with_evil(component: &[u8]) -> Sortie {
    Sortie::new()
        .args(["run", "--backend", "process", "--plugin", "./evil.wasm"])
        .file("evil.wasm", component)
}

/// Fails the test unless the script wrote this file.
#[track_caller]
fn assert_ran_to_its_end(output: &Output) {
    assert_eq!(output.file("done"), "done\n", "{output}");
}

#[test]
fn filter_that_traps_withholds_the_lines_and_not_the_task() {
    let sortie = with_evil(&guests::filter("trap-secret"));
    let go = sortie.path("go");
    // The task goes on when its first line has been printed: what follows is another batch.
    let script = "echo before; until [ -e go ]; do sleep 0.05; done; \
                  echo my secret is 4711; echo after; sleep 0.5; echo later; echo done > done; exit 3";
    let running = sortie.script(script).start();
    running.await_stdout("before\n");
    std::fs::write(go, "").expect("the working directory is ours");
    let output = running.finish();
    output.assert_code(120).assert_stdout("before\n").assert_nowhere("4711");
    for line in ["after", "later"] {
        assert!(!output.stderr.lines().any(|said| said.trim() == line), "{line} was printed\n{output}");
    }
    output.assert_stderr("evil-filter").assert_stderr("it crashed").assert_stderr("3 lines of container");
    assert_ran_to_its_end(&output);
}

#[test]
fn filter_that_traps_at_the_end_fails_the_run() {
    let output = with_evil(&guests::filter("trap-finish")).script("echo one; echo done > done").run();
    output.assert_code(120).assert_stdout("one\n").assert_stderr("evil-filter");
    assert_ran_to_its_end(&output);
}

#[test]
fn filter_that_never_answers_is_stopped_and_fails_closed() {
    let output = with_evil(&guests::filter("spin-process")).script("echo s3cret; echo done > done").run();
    output.assert_code(120).assert_stdout("").assert_nowhere("s3cret").assert_within(Duration::from_secs(30));
    output.assert_stderr("evil-filter").assert_stderr("it took longer than 5s");
    assert_ran_to_its_end(&output);
}

#[test]
fn filter_whose_patterns_can_not_be_searched_launches_nothing() {
    let output = with_evil(&guests::filter("regex-broken")).script("touch launched").run();
    output.assert_code(120).assert_stderr("evil-filter").assert_stderr("interest 1");
    assert!(!output.has_file("launched"), "{output}");
}

#[test]
fn transform_that_refuses_or_fails_launches_nothing() {
    for (mode, said) in [
        ("refuse", "because [31m of reasons"),
        ("trap", "it crashed"),
        ("spin-transform", "it took longer than 5s"),
        ("bad-extra", "out of protocol"),
    ] {
        let output = with_evil(&guests::transform(mode)).script("touch launched").run();
        output.assert_code(120).assert_stdout("").assert_stderr("evil-transform").assert_stderr(said);
        assert!(!output.stderr.contains('\u{1b}'), "{mode}\n{output}");
        assert!(!output.has_file("launched"), "{mode}\n{output}");
    }
}

/// The one that did it is named, not the last one; and a task that was wrong before is nobody's fault.
#[test]
fn transform_that_makes_a_task_which_can_not_run_is_named() {
    let cloud = Cloud::real("culprit");
    cloud.shell("x");
    for mode in ["odd-size", "no-containers"] {
        let sortie = cloud.run().file("evil.wasm", guests::transform(mode));
        let output = sortie.args(["--plugin", "./evil.wasm", "--plugin", "ci-tags"]).run();
        output.assert_code(120).assert_stderr("transform `evil-transform` made a task that cannot run");
    }
    let output = cloud.run().args(["--plugin", "ci-tags", "--cpu", "300", "--memory", "77"]).run();
    output.assert_code(2).assert_stderr("300");
    assert!(!output.stderr.contains("ci-tags"), "{output}");
    assert!(cloud.calls("RunTask").is_empty());
}

#[test]
fn reporter_that_fails_changes_no_exit_code() {
    for (mode, said) in [
        ("trap-report", "it crashed"),
        ("trap-finished", "it crashed"),
        ("spin-report", "it took longer than 5s"),
    ] {
        let output = with_evil(&guests::reporter(mode)).script("echo one; echo done > done; exit 3").run();
        output.assert_code(3).assert_stdout("one\n");
        output.assert_stderr("reporter `evil-reporter` failed").assert_stderr(said);
        assert_ran_to_its_end(&output);
    }
}

#[test]
fn file_with_grants_runs_only_with_its_own_digest() {
    let component = guests::reporter("command-once");
    let digest = Digest::of(&component).to_string();
    let other = Digest::of(b"other").to_string();
    let grants = r#"grant = ["commands", "file:log=log.txt"]"#;
    let run = |table: &str| {
        let sortie = Sortie::new().file("evil.wasm", &component).file("sortie.toml", table).args([
            "run",
            "--backend",
            "process",
        ]);
        sortie.script("echo launched > launched").run()
    };
    let mut block = String::new();
    for pin in [String::new(), format!("digest = \"{other}\"\n")] {
        let table = format!("[[plugin]]\nsource = \"./evil.wasm\"\n{pin}{grants}\n");
        let output = run(&table);
        output.assert_code(2).assert_stderr("./evil.wasm").assert_stderr(&format!("digest = \"{digest}\""));
        assert!(!output.has_file("launched"), "{output}");
        let pasted = output.stderr.split_once("[[plugin]]").expect("a block to paste").1;
        let lines: Vec<&str> = pasted.lines().take(4).map(str::trim).collect();
        block = format!("[[plugin]]{}\n", lines.join("\n"));
    }
    let output = run(&block);
    output.assert_code(0);
    assert!(output.lines().iter().any(|line| line == "hello"), "the command was granted\n{output}");
    assert!(output.file("log.txt").starts_with("ok\n"), "{output}");
}

/// GitHub folds what is between the two: the last word must not be in there.
/// Outside of GitHub Actions the variables of its files are not set.
#[test]
fn plan_does_not_list_what_is_granted_as_not_granted() {
    let output =
        Sortie::new().args(["plan", "--backend", "process", "--plugin", "github"]).script("true").run();
    output.assert_code(0);
    assert!(output.text().contains("file:summary=$GITHUB_STEP_SUMMARY"), "{output}");
    assert!(!output.text().contains("not granted"), "{output}");
}

#[test]
fn github_closes_the_group_before_the_summary() {
    let sortie = Sortie::new().args(["run", "--backend", "process", "--plugin", "github"]);
    let sortie = sortie.env("GITHUB_ACTIONS", "true").script("echo hello; exit 3");
    let output = sortie.within(r#"exec "$@" 2>&1"#).run();
    output.assert_code(3);
    let text = output.text();
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("no {what}\n{output}"));
    assert!(at("::group::") < at("hello") && at("hello") < at("::endgroup::"), "{output}");
    assert!(at("::endgroup::") < at("sortie: failed"), "{output}");
}

/// The reader of a failed job sees its last lines, of which none is read as Markdown, nor as a secret.
#[test]
fn github_shows_the_last_lines_of_a_failed_run() {
    let sortie = Sortie::new().args(["run", "--backend", "process", "--plugin", "github"]);
    let sortie = redacted(sortie).env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", "summary.md");
    let script = format!("seq 100; echo '```'; printf '\\033[31m{SECRET}\\033[0m\\n'; exit 3");
    let output = sortie.file("summary.md", "").script(&script).run();
    output.assert_code(3).assert_nowhere(SECRET);
    let summary = output.file("summary.md");
    let head = "The last 50 lines of 102 of process:\n\n````text\n53\n54\n";
    assert!(summary.contains(head) && summary.contains("\n100\n```\n***\n````\n"), "{summary}");
}

/// A sortie.toml that a team shares with its CI is no noise on a developer's terminal.
#[test]
fn plugins_of_a_ci_system_are_silent_elsewhere() {
    let sortie = || {
        let args = ["run", "--backend", "process", "--plugin", "github", "--plugin", "ci-tags"];
        Sortie::new().args(args).script("echo hi")
    };
    let outside = sortie().run();
    outside.assert_code(0).assert_stdout("hi\n");
    assert!(!outside.stderr.contains("warning") && !outside.stderr.contains("github"), "{outside}");
    // Runners that imitate GitHub's have no such files.
    let imitated = sortie().env("GITHUB_ACTIONS", "true").run();
    imitated.assert_code(0).assert_nowhere("could not write").assert_nowhere("::warning");
    assert!(imitated.text().contains("::group::"), "{imitated}");
}

/// In CI its own reporter is taken, unless the user wants another or none; elsewhere there is none.
#[test]
fn reporter_of_the_ci_system_is_taken_by_itself() {
    let run = |command: &str, args: &[&str]| {
        let sortie = Sortie::new().args([command, "--backend", "process"]).args(args);
        sortie.env("GITHUB_ACTIONS", "true").script("echo hi")
    };
    let folded = run("run", &[]).run();
    folded.assert_code(0).assert_nowhere("warning");
    assert!(
        folded.text().starts_with("::group::") && folded.text().ends_with("hi\n::endgroup::\n"),
        "{folded}"
    );
    for none in [["--reporter", "none"].as_slice(), &["--ci", "none"], &["-qq"]] {
        run("run", none).run().assert_code(0).assert_stdout("hi\n");
    }
    let planned = run("plan", &[]).run();
    assert!(planned.text().contains("taken for --reporter auto, and GITHUB_ACTIONS is set"), "{planned}");
    assert!(planned.text().contains("file:summary=$GITHUB_STEP_SUMMARY"), "{planned}");
    let title = "github={\"title\":\"Deploy\"}";
    let titled = run("run", &["--plugin-config", title]).run();
    assert!(titled.text().starts_with("::group::Deploy ("), "{titled}");
    let wrong = run("run", &["--reporter", "gihtub"]).run();
    wrong.assert_code(2).assert_stdout("").assert_stderr("did you mean github?");
    let outside = Sortie::new().args(["plan", "--backend", "process"]).script("echo hi").run();
    outside.assert_code(0).assert_nowhere("taken for");
}

/// Whoever wrote to the step's outputs before may have left a line unfinished.
#[test]
fn outputs_begin_on_a_line_of_their_own() {
    let sortie = Sortie::new().args(["run", "--backend", "process", "--plugin", "github"]);
    let output = sortie
        .file("output", "a=b")
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_OUTPUT", "output")
        .script("true")
        .run();
    output.assert_code(0);
    assert!(output.file("output").starts_with("a=b\ntask-arn<<"), "{output}");
}

#[test]
fn grants_that_a_plugin_cannot_use_are_refused() {
    for (plugin, grant) in [("redact", "file:x=/tmp/x"), ("redact", "commands"), ("ci-tags", "log-lines")] {
        let sortie = Sortie::new().args(["run", "--backend", "process", "--plugin", plugin]);
        let output = sortie.args(["--grant", &format!("{plugin}={grant}")]).script("echo must not run").run();
        output.assert_code(2).assert_stdout("").assert_stderr("env:NAME alone");
    }
}

/// A sandbox reserves address space, which costs nothing but counts for `ulimit -v`.
#[test]
fn want_of_address_space_is_said_with_what_to_do() {
    for kibibytes in [3_000_000, 500_000] {
        let sortie = Sortie::new().args(["run", "--backend", "process", "--plugin", "redact"]);
        let limited = format!("ulimit -v {kibibytes}; exec \"$@\"");
        let output = sortie.script("echo must not run").within(&limited).run();
        output.assert_code(120).assert_stdout("").assert_stderr("4 GiB of address space");
        output.assert_stderr("`ulimit -v`").assert_nowhere("crashed");
    }
}
