//! The first-party plugins in a run.

use sortie_tests::Cloud;
use sortie_tests::Sortie;

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
