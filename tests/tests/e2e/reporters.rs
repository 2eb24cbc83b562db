//! What CI systems and others are told of a run, each in its own way.

use serde_json::Value;
use serde_json::json;
use sortie_tests::Sortie;

fn run(args: &[&str]) -> Sortie {
    Sortie::new().args(["run", "--backend", "process"]).args(args)
}

/// A job as `sortie help ci` shows it.
#[test]
fn gitlab_gets_sections_and_the_reports_that_the_job_names() {
    let sortie = run(&["--name", "deploy"]).env("GITLAB_CI", "true");
    let sortie = sortie
        .env("GITLAB_DOTENV_REPORT", "sortie.env")
        .env("GITLAB_ANNOTATIONS_REPORT", "sortie-links.json")
        .file("sortie.env", "BEFORE=1\n");
    let output = sortie.script("echo hello; exit 3").run();
    output.assert_code(3);
    let text = output.text();
    let (start, rest) = text.split_once("hello\n").unwrap_or_else(|| panic!("{output}"));
    assert!(
        start.starts_with("\u{1b}[0Ksection_start:") && start.contains("\r\u{1b}[0Kdeploy (process/"),
        "{output}"
    );
    assert!(rest.starts_with("\u{1b}[0Ksection_end:"), "{output}");
    assert!(rest.contains("\u{1b}[1;31m✘ deploy: failed\u{1b}[0m\n"), "{output}");
    let dotenv = output.file("sortie.env");
    assert!(dotenv.starts_with("BEFORE=1\nTASK_ARN=process/"), "{dotenv}");
    assert!(dotenv.contains("\nTASK_EXIT_CODE=3\nTASK_VERDICT=failed\n"), "{dotenv}");
    let links: Value = serde_json::from_str(&output.file("sortie-links.json")).expect("JSON");
    assert_eq!(links, json!({ "sortie": [] }), "a process has no pages");
}

#[test]
fn later_steps_of_circleci_have_the_outputs() {
    let sortie =
        run(&[]).env("CIRCLECI", "true").env("BASH_ENV", "bash_env").file("bash_env", "export A=1\n");
    let output = sortie.script("exit 3").run();
    output.assert_code(3);
    let script = format!("{}\necho \"$A $TASK_EXIT_CODE $TASK_VERDICT\"", output.file("bash_env"));
    let read = std::process::Command::new("bash").args(["-c", &script]).output().expect("bash runs");
    assert_eq!(String::from_utf8_lossy(&read.stdout), "1 3 failed\n");
}

#[test]
fn reports_for_everybody_are_written_outside_of_ci() {
    let output = run(&["--reporter", "junit,markdown"]).script("echo '<b>'; exit 3").run();
    output.assert_code(3).assert_stdout("<b>\n");
    let junit = output.file("sortie-junit.xml");
    assert!(
        junit.contains("failures=\"1\"") && junit.contains("<system-out>process:\n&lt;b&gt;\n"),
        "{junit}"
    );
    assert!(output.file("sortie-summary.md").starts_with("### ❌ sh: failed\n"));
    let elsewhere = run(&["--reporter", "junit", "--grant", "junit=file:report=x.xml"]).script("true").run();
    elsewhere.assert_code(0);
    assert!(elsewhere.file("x.xml").contains("failures=\"0\""), "{elsewhere}");
}

#[test]
fn a_hook_without_an_address_launches_nothing() {
    let output = run(&["--reporter", "hook"]).script("echo launched").run();
    output.assert_stderr("WEBHOOK_URL").assert_nowhere("launched");
    assert!(matches!(output.code, Some(2 | 120)), "{output}");
}
