use sortie_plugin_sdk::Context;
use sortie_plugin_sdk::Pair;
use sortie_plugin_sdk::reporter::ContainerEnd;
use sortie_plugin_sdk::reporter::Finished;
use sortie_plugin_sdk::reporter::HttpResponse;
use sortie_plugin_sdk::reporter::Launched;
use sortie_plugin_sdk::reporter::Link;
use sortie_plugin_sdk::reporter::LogTail;
use sortie_plugin_sdk::reporter::Other;
use sortie_plugin_sdk::reporter::Planned;
use sortie_plugin_sdk::testing;
use sortie_plugin_sdk::testing::FakeEffects;
use sortie_plugin_sdk::testing::FakeEnvironment;
use sortie_plugin_sdk::testing::ReporterDriver;

use super::*;

/// What surrounds the reporter of this name where sortie runs in this CI system.
pub(crate) fn environment(name: &str, ci: Option<&str>) -> FakeEnvironment {
    let mut context = Context::for_tests();
    context.ci = ci.map(str::to_owned);
    context.more = vec![Pair::new("first-party", name)];
    FakeEnvironment::new().with_context(context)
}

fn other(name: &str, json: &str) -> Event {
    at(2, Event::new(Other::new(name, json)))
}

/// The event, so many seconds after a round moment.
fn at(seconds: u32, mut event: Event) -> Event {
    event.at_ms = 1_700_000_000_000.0 + f64::from(seconds) * 1e3;
    event.elapsed_ms = f64::from(seconds) * 1e3;
    event
}

/// A deployment that failed in its second step, and printed two values.
pub(crate) fn events() -> Vec<Event> {
    let mut app = ContainerEnd::new("app", Some(3));
    (app.log_lines, app.log_bytes) = (20.0, 1_234.0);
    let mut finished = Finished::new("failed", 3);
    finished.id = "arn:aws:ecs:eu-west-1:1:task/ci/ab12".to_owned();
    finished.reason = "container `app` ended with 3:\n\u{1b}[2Jit's $HOME".to_owned();
    finished.hint = "Look at the cluster.".to_owned();
    finished.main_container = "app".to_owned();
    finished.containers = vec![app];
    finished.links = vec![
        Link::new("task", "https://console.aws.amazon.com/ecs"),
        Link::new("log of app", "https://console.aws.amazon.com/cw#logs/$252Fci"),
        Link::new("bad", "javascript:alert(1)"),
    ];
    finished.more = vec![
        Pair::new("output.version", "1.2"),
        Pair::new("output.notes", "a\nb"),
        Pair::new("output.price", "$PRICE"),
    ];
    let step = |title: &str| {
        other("phase", &format!(r#"{{"container":0,"name":"app","title":"{title}","timeMs":1}}"#))
    };
    let found = |level: &str, file: &str| {
        let json = format!(
            r#"{{"container":0,"name":"app","level":"{level}",{file}"message":"mis\u001b[1mmatched"}}"#
        );
        other("annotation", &json)
    };
    vec![
        at(0, Event::new(Planned::new("deploy", ["app"]))),
        at(1, Event::new(Launched::new("arn:aws:ecs:eu-west-1:1:task/ci/ab12"))),
        step("./kops.sh export"),
        step("./kops.sh \\u001b[2J##[error]validate"),
        found("error", r#""file":"src/a.rs","line":3,"column":5,"#),
        found("warning", ""),
        at(9, Event::new(finished.with_log_tails(&[LogTail::new("app", ["a <b>", "]]>\u{1b}[0m&\u{1}"])]))),
    ]
}

/// The reporter after such a run, with these files.
fn told(name: &str, json: &str, files: &[&str]) -> ReporterDriver<Reporters> {
    let environment = environment(name, Some(name)).set("CF_STEP_NAME", "deploy-it");
    let mut driver = testing::reporter_in::<Reporters>(json, &environment, FakeEffects::granted(files))
        .unwrap_or_else(|findings| panic!("refused: {findings:?}"));
    events().iter().for_each(|event| driver.report(event).expect("no failure"));
    driver
}

fn file(driver: &ReporterDriver<Reporters>, name: &str) -> String {
    String::from_utf8(driver.effects().file(name)).expect("UTF-8")
}

const BLOCK: [&str; 6] = [
    "\u{1b}[1;31m✘ deploy: failed\u{1b}[0m",
    "\u{1b}[1;31m  container `app` ended with 3:\u{1b}[0m",
    "\u{1b}[1;31m  it's $HOME\u{1b}[0m",
    "\u{1b}[1;31m  It failed in the step `./kops.sh #\\#[error]validate`.\u{1b}[0m",
    "\u{1b}[1;31m  src/a.rs:3:5: mismatched\u{1b}[0m",
    "\u{1b}[33m  Look at the cluster.\u{1b}[0m",
];

#[test]
fn gitlab_folds_the_log_by_steps_and_shows_the_reason() {
    let driver = told("gitlab", "{}", &[]);
    let commands = driver.effects().commands();
    let sections = [
        "\u{1b}[0Ksection_start:1700000001:sortie_1700000001000_1\r\u{1b}[0Kdeploy (arn:aws:ecs:eu-west-1:1:task/ci/ab12)",
        "\u{1b}[0Ksection_start:1700000002:sortie_1700000002000_2\r\u{1b}[0K./kops.sh export",
        "\u{1b}[0Ksection_end:1700000002:sortie_1700000002000_2\r\u{1b}[0K",
        "\u{1b}[0Ksection_start:1700000002:sortie_1700000002000_3\r\u{1b}[0K./kops.sh #\\#[error]validate",
        "\u{1b}[0Ksection_end:1700000009:sortie_1700000002000_3\r\u{1b}[0K",
        "\u{1b}[0Ksection_end:1700000009:sortie_1700000001000_1\r\u{1b}[0K",
    ];
    assert_eq!(commands[..6], sections);
    // Nothing is said of outputs that nobody asked for.
    assert_eq!(commands[6..], BLOCK);
}

#[test]
fn gitlab_reports_what_it_keeps() {
    let driver = told("gitlab", r#"{"groups":false}"#, &["dotenv", "annotations", "codequality"]);
    let expected = "TASK_ARN=arn:aws:ecs:eu-west-1:1:task/ci/ab12\nTASK_EXIT_CODE=3\nTASK_VERDICT=failed\n\
                    TASK_LOG_URL=https://console.aws.amazon.com/cw#logs/$252Fci\nTASK_LOG_LINES=20\n\
                    TASK_LOG_BYTES=1234\nTASK_LOGS_COMPLETE=true\nTASK_VERSION=1.2\n";
    assert_eq!(file(&driver, "dotenv"), expected);
    let last = driver.effects().commands().last().copied().unwrap_or_default();
    assert!(last.starts_with("not given to later steps: TASK_REASON, TASK_NOTES, TASK_PRICE ("), "{last}");
    let links: serde_json::Value = serde_json::from_str(&file(&driver, "annotations")).expect("JSON");
    let link =
        |label: &str, url: &str| serde_json::json!({ "external_link": { "label": label, "url": url } });
    let expected = [
        link("task", "https://console.aws.amazon.com/ecs"),
        link("log of app", "https://console.aws.amazon.com/cw#logs/$252Fci"),
    ];
    assert_eq!(links, serde_json::json!({ "sortie": expected }));
    let issues: serde_json::Value = serde_json::from_str(&file(&driver, "codequality")).expect("JSON");
    assert_eq!(
        (
            issues.as_array().map(Vec::len),
            &issues[0]["location"],
            &issues[0]["severity"],
            &issues[0]["description"]
        ),
        (
            Some(1),
            &serde_json::json!({ "path": "src/a.rs", "lines": { "begin": 3 } }),
            &"major".into(),
            &"mismatched".into()
        )
    );
}

#[test]
fn circleci_is_given_shell_code_of_quoted_values() {
    let driver = told("circleci", "{}", &["output"]);
    let commands = driver.effects().commands();
    assert_eq!(commands[..6], BLOCK);
    assert_eq!(commands[6..], ["not given to later steps: TASK_NOTES (a value of several lines)"]);
    let output = file(&driver, "output");
    assert!(output.starts_with("export TASK_ARN='arn:aws:ecs:eu-west-1:1:task/ci/ab12'\n"), "{output}");
    assert!(
        output.contains("\nexport TASK_REASON='container `app` ended with 3: it'\\''s $HOME'\n"),
        "{output}"
    );
    assert!(output.ends_with("export TASK_VERSION='1.2'\nexport TASK_PRICE='$PRICE'\n"), "{output}");
}

#[test]
fn codefresh_is_given_lines_and_a_link() {
    let driver = told("codefresh", r#"{"output-prefix":"RUN_"}"#, &["output"]);
    assert_eq!(driver.effects().commands()[..6], BLOCK);
    let output = file(&driver, "output");
    assert!(
        output.starts_with("RUN_TASK_ARN=arn:aws:ecs:eu-west-1:1:task/ci/ab12\nRUN_EXIT_CODE=3\n"),
        "{output}"
    );
    let link = "deploy-it_CF_OUTPUT_URL=https://console.aws.amazon.com/cw#logs/$252Fci\n";
    assert!(output.ends_with(&format!("RUN_VERSION=1.2\nRUN_PRICE=$PRICE\n{link}")), "{output}");
}

#[test]
fn nothing_is_told_elsewhere_and_by_a_name_that_is_none() {
    for ci in [None, Some("jenkins")] {
        let environment = environment("gitlab", ci);
        let effects = FakeEffects::granted(&["dotenv"]);
        let mut driver = testing::reporter_in::<Reporters>("{}", &environment, effects).expect("accepted");
        events().iter().for_each(|event| driver.report(event).expect("no failure"));
        assert!(driver.effects().done.is_empty());
    }
    for environment in [environment("nobody", None), FakeEnvironment::new()] {
        assert!(testing::reporter_in::<Reporters>("{}", &environment, FakeEffects::default()).is_err());
    }
}

#[test]
fn a_prefix_that_would_set_sortie_is_refused() {
    for name in ["gitlab", "circleci", "codefresh"] {
        let json = r#"{"output-prefix":"SORTIE_"}"#;
        let environment = environment(name, Some(name));
        let refused = testing::reporter_in::<Reporters>(json, &environment, FakeEffects::default());
        assert_eq!(refused.err().expect("a refusal")[0].path, "/output-prefix", "{name}");
    }
}

#[test]
fn parts_can_be_turned_off() {
    let json = r#"{"groups":false,"annotations":false,"outputs":false}"#;
    let driver = told("gitlab", json, &["dotenv", "annotations", "codequality"]);
    assert!(driver.effects().done.is_empty());
}

#[test]
fn buildkite_opens_the_step_that_failed() {
    let driver = told("buildkite", "{}", &["annotation"]);
    let commands = driver.effects().commands();
    let headers = [
        "--- deploy (arn:aws:ecs:eu-west-1:1:task/ci/ab12)",
        "--- ./kops.sh export",
        "--- ./kops.sh #\\#[error]validate",
        "^^^ +++",
    ];
    assert_eq!((&commands[..4], &commands[4..]), (&headers[..], &BLOCK[..]));
    assert!(file(&driver, "annotation").starts_with("### ❌ deploy: failed\n"));
}

#[test]
fn azure_is_told_issues_groups_and_variables() {
    let driver = told("azure", "{}", &[]);
    let commands = driver.effects().commands();
    let expected = [
        "##[group]deploy (arn:aws:ecs:eu-west-1:1:task/ci/ab12)",
        "##[endgroup]",
        "##[group]./kops.sh export",
        "##[endgroup]",
        "##[group]./kops.sh #\\#[error]validate",
        "##vso[task.logissue type=error;sourcepath=src/a.rs;linenumber=3;columnnumber=5;]mismatched",
        "##vso[task.logissue type=warning;]mismatched",
        "##[endgroup]",
        "##vso[task.logissue type=error;]deploy: failed%0Acontainer `app` ended with 3:%0Ait's $HOME%0AIt failed \
         in the step `./kops.sh ##[error]validate`.%0Asrc/a.rs:3:5: mismatched%0ALook at the cluster.",
        "##vso[task.setvariable variable=TASK_ARN;isOutput=true;]arn:aws:ecs:eu-west-1:1:task/ci/ab12",
    ];
    assert_eq!(commands[..expected.len()], expected);
    let notes = "##vso[task.setvariable variable=TASK_NOTES;isOutput=true;]a%0Ab";
    assert!(commands.contains(&notes), "{commands:?}");
}

#[test]
fn teamcity_is_told_blocks_messages_a_problem_and_parameters() {
    let driver = told("teamcity", "{}", &[]);
    let commands = driver.effects().commands();
    let expected = [
        "##teamcity[blockOpened name='deploy (arn:aws:ecs:eu-west-1:1:task/ci/ab12)']",
        "##teamcity[blockOpened name='./kops.sh export']",
        "##teamcity[blockClosed name='./kops.sh export']",
        "##teamcity[blockOpened name='./kops.sh ##|[error|]validate']",
        "##teamcity[message text='error: src/a.rs:3:5: mismatched' status='WARNING']",
        "##teamcity[message text='warning: mismatched' status='WARNING']",
        "##teamcity[blockClosed name='./kops.sh ##|[error|]validate']",
        "##teamcity[blockClosed name='deploy (arn:aws:ecs:eu-west-1:1:task/ci/ab12)']",
        "##teamcity[buildProblem description='deploy: failed|ncontainer `app` ended with 3:|nit|'s $HOME|nIt failed \
         in the step `./kops.sh ##|[error|]validate`.|nsrc/a.rs:3:5: mismatched|nLook at the cluster.']",
        "##teamcity[setParameter name='env.TASK_ARN' value='arn:aws:ecs:eu-west-1:1:task/ci/ab12']",
    ];
    assert_eq!(commands[..expected.len()], expected);
    assert!(
        commands.contains(&"##teamcity[setParameter name='env.TASK_NOTES' value='a|nb']"),
        "{commands:?}"
    );
}

#[test]
fn jenkins_is_given_properties_and_nothing_on_its_console() {
    let driver = told("jenkins", "{}", &["output"]);
    assert!(driver.effects().commands().is_empty());
    let output = file(&driver, "output");
    assert!(
        output.starts_with("TASK_ARN=arn:aws:ecs:eu-west-1:1:task/ci/ab12\nTASK_EXIT_CODE=3\n"),
        "{output}"
    );
    assert!(output.ends_with("TASK_VERSION=1.2\nTASK_NOTES=a\\nb\nTASK_PRICE=$PRICE\n"), "{output}");
}

/// The expected document is checked against both schemas by `junit/check.py`.
#[test]
fn junit_has_a_case_for_each_step_and_container() {
    let document = file(&told("junit", "{}", &["report"]), "report");
    let expected = include_str!("junit/expected.xml");
    assert_eq!(document, expected);
}

#[test]
fn what_is_for_everybody_is_told_outside_of_ci_too() {
    let environment = environment("markdown", None);
    let effects = FakeEffects::granted(&["report"]);
    let mut driver = testing::reporter_in::<Reporters>("{}", &environment, effects).expect("accepted");
    events().iter().for_each(|event| driver.report(event).expect("no failure"));
    assert!(file(&driver, "report").starts_with("### ❌ deploy: failed\n"));
    assert!(driver.effects().commands().is_empty());
}

#[test]
fn a_webhook_is_sent_a_signed_document_and_once_more_where_it_fails() {
    let environment = environment("hook", None).set("WEBHOOK_SECRET", "Jefe");
    let effects = FakeEffects::default()
        .grant("http:POST:$WEBHOOK_URL")
        .answer(HttpResponse::new(503, ""))
        .answer(HttpResponse::new(204, ""));
    let mut driver = testing::reporter_in::<Reporters>("{}", &environment, effects).expect("accepted");
    events().iter().for_each(|event| driver.report(event).expect("no failure"));
    let requests = driver.effects().requests();
    assert_eq!((requests.len(), requests[0]), (2, requests[1]));
    let body: serde_json::Value = serde_json::from_slice(&requests[0].body).expect("JSON");
    assert_eq!(
        (&body["verdict"], &body["exitCode"], &body["outputs"]["version"]),
        (&"failed".into(), &3.into(), &"1.2".into())
    );
    let header = |name: &str| {
        requests[0].headers.iter().find(|header| header.name == name).map(|header| header.value.clone())
    };
    let signature = header("x-sortie-signature-256").expect("a signature");
    assert!(signature.starts_with("sha256=") && signature.len() == 71, "{signature}");
    assert!(driver.needs().iter().any(|need| need.argument == "POST:$WEBHOOK_URL" && need.required));
}

#[test]
fn slack_is_sent_a_message_in_which_nothing_is_markup() {
    let environment = environment("hook", None);
    let effects = FakeEffects::default().grant("http:POST:$WEBHOOK_URL").answer(HttpResponse::new(200, "ok"));
    let json = r#"{"format":"slack","title":"<!channel> & co"}"#;
    let mut driver = testing::reporter_in::<Reporters>(json, &environment, effects).expect("accepted");
    events().iter().for_each(|event| driver.report(event).expect("no failure"));
    let body: serde_json::Value = serde_json::from_slice(&driver.effects().requests()[0].body).expect("JSON");
    let text = body["text"].as_str().expect("a text");
    assert!(
        text.starts_with(
            ":x: &lt;!channel&gt; &amp; co: failed\ncontainer `app` ended with 3:\nit's $HOME\n"
        ),
        "{text}"
    );
    assert!(text.ends_with("|log of app>") && !text.contains("javascript"), "{text}");
}
