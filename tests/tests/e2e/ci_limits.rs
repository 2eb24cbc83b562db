//! Long logs and long silence, where a CI system cuts one off and ends the other.

use sortie_tests::Sortie;

/// Without a reporter: what is printed is the log.
fn process(args: &[&str]) -> Sortie {
    Sortie::new().args(["run", "--backend", "process", "--reporter", "none"]).args(args)
}

/// Lines of 1,024 bytes.
const KILOBYTES: &str =
    r#"line=$(printf '%1023s' x); i=0; while [ $i -lt 4000 ]; do echo "$line"; i=$((i + 1)); done"#;

#[test]
fn log_ends_before_gitlab_cuts_it_off_and_the_summary_does_not() {
    let script = format!("{KILOBYTES}; echo the last line; exit 3");
    let output = process(&[]).env("GITLAB_CI", "true").script(&script).run();
    output.assert_code(3);
    assert_eq!(output.stdout.len(), 3 << 20);
    output
        .assert_stderr("3 MB of the log are printed, and no more")
        .assert_stderr("--log-file PATH keeps all of it");
    output.assert_stderr("sortie: failed (exit code 3)").assert_stderr("unprinted lines 929");
    output.assert_nowhere("the last line");
    let whole = process(&["--log-limit", "none"]).env("GITLAB_CI", "true").script(&script).run();
    assert!(
        whole.text().ends_with("the last line\n") && !whole.stderr.contains("unprinted"),
        "{}",
        whole.stderr
    );
}

#[test]
fn log_file_holds_all_of_it_as_it_was() {
    let script = r"echo one; printf '::error::\033[2J\n'; echo three";
    let sortie = process(&["--log-limit", "1KB", "--log-file", "all.log"]).env("GITHUB_ACTIONS", "true");
    let output = sortie.script(&format!("{script}; {KILOBYTES}")).run();
    output
        .assert_code(0)
        .assert_stderr("1 KB of the log are printed")
        .assert_stderr("all of it is in all.log");
    assert!(output.text().contains(":\\:error::\\u{1b}[2J\nthree\n"), "{output}");
    let file = output.file("all.log");
    assert!(file.starts_with("one\n::error::\u{1b}[2J\nthree\n"), "{}", &file[..200]);
    assert_eq!(file.lines().count(), 4003);
}

#[test]
fn log_file_that_is_none_launches_nothing() {
    for path in ["link", "/dev/null", "none/there", "."] {
        let sortie = process(&["--log-file", path]);
        std::os::unix::fs::symlink("target", sortie.path("link")).expect("a link");
        let output = sortie.script("echo launched").run();
        output.assert_code(2).assert_stderr("--log-file").assert_nowhere("launched");
    }
}

/// A full disk is no failure of the task, unless the log must be whole.
#[test]
fn log_file_that_cannot_be_written_is_told() {
    let limited = |args: &[&str]| {
        let sortie = process(args).args(["--log-file", "all.log"]).script(KILOBYTES);
        // The signal is ignored, so that the write fails.
        sortie.within(r#"trap '' XFSZ; ulimit -f 8; exec "$@""#).run()
    };
    let output = limited(&[]);
    output.assert_code(0).assert_stderr("warning: the log cannot be written to all.log any more");
    assert_eq!(output.stdout.len(), 4000 << 10);
    limited(&["--require-complete-logs"]).assert_code(126);
}

#[test]
fn silence_is_broken_in_ci() {
    let run = |args: &[&str]| process(args).env("CIRCLECI", "true").script("echo one; sleep 3; echo two");
    let output = run(&["--heartbeat", "1s"]).run();
    output.assert_code(0).assert_stdout("one\ntwo\n");
    output.assert_stderr("sortie: still waiting for the task (").assert_stderr("its last line came");
    assert!(!run(&[]).run().stderr.contains("still waiting"), "not yet");
    assert!(!run(&["--heartbeat", "0"]).run().stderr.contains("still waiting"), "it is turned off");
    let output = run(&["--heartbeat", "1s", "--output", "json"]).run();
    let beat = output.json_lines().into_iter().find(|object| object["type"] == "still-waiting");
    assert!(beat.is_some_and(|beat| beat["lastLineMs"].is_u64()), "{output}");
    // Silence is what was asked for.
    assert_eq!(run(&["--heartbeat", "1s", "-qq"]).run().stderr, "");
}
