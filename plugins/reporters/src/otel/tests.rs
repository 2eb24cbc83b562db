use serde_json::Value;
use sortie_plugin_sdk::Event;
use sortie_plugin_sdk::reporter::Happening;
use sortie_plugin_sdk::reporter::HttpResponse;
use sortie_plugin_sdk::reporter::Other;
use sortie_plugin_sdk::reporter::Phase;
use sortie_plugin_sdk::testing;
use sortie_plugin_sdk::testing::FakeEffects;
use sortie_plugin_sdk::testing::FakeEnvironment;
use sortie_plugin_sdk::testing::ReporterDriver;

use crate::Reporters;
use crate::tests::environment;
use crate::tests::events;

const BASE: &str = "http:POST:$OTEL_EXPORTER_OTLP_ENDPOINT/v1/traces";

fn told(environment: &FakeEnvironment, json: &str, effects: FakeEffects) -> ReporterDriver<Reporters> {
    let mut driver = testing::reporter_in::<Reporters>(json, environment, effects).expect("a configuration");
    let mut events = events();
    let last = events.pop().expect("an end");
    events.iter().for_each(|event| driver.report(event).expect("no failure"));
    let mut last = last;
    if let Happening::Finished(finished) = &mut last.what {
        let mut run = Phase::new("run", 6_000.0);
        run.started_at_ms = Some(1_700_000_002_500.0);
        finished.phases = vec![Phase::new("launch", 500.0), run, Phase::new("drain", 250.0)];
    }
    driver.report(&last).expect("no failure");
    driver
}

fn taken() -> FakeEffects {
    FakeEffects::default().grant(BASE).answer(HttpResponse::new(200, "{}"))
}

fn sent(driver: &ReporterDriver<Reporters>) -> Value {
    serde_json::from_slice(&driver.effects().requests()[0].body).expect("JSON")
}

/// An attribute's value as text.
fn attribute(thing: &Value, key: &str) -> Option<String> {
    let found = thing["attributes"].as_array()?.iter().find(|attribute| attribute["key"] == key)?;
    let value = found["value"].as_object()?.values().next()?;
    Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

#[test]
fn a_run_is_a_trace_of_phases_and_steps() {
    let driver = told(&environment("otel", None), "{}", taken());
    let trace = sent(&driver);
    let resource = &trace["resourceSpans"][0]["resource"];
    assert_eq!(attribute(resource, "service.name").as_deref(), Some("sortie"));
    let spans = trace["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().expect("spans");
    let shown: Vec<(&str, &str, &str)> = spans
        .iter()
        .map(|span| {
            let text = |key: &str| span[key].as_str().unwrap_or_default();
            (text("name"), text("startTimeUnixNano"), text("endTimeUnixNano"))
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("deploy", "1700000000000000000", "1700000009000000000"),
            // Nobody knows when it began: as the run itself did.
            ("launch", "1700000000000000000", "1700000000500000000"),
            ("run", "1700000002500000000", "1700000008500000000"),
            ("drain", "1700000008500000000", "1700000008750000000"),
            ("./kops.sh export", "1000000", "1000000"),
            ("./kops.sh ##[error]validate", "1000000", "1700000008500000000"),
        ]
    );
    let root = &spans[0];
    let above: Vec<&Value> = spans.iter().map(|span| &span["parentSpanId"]).collect();
    assert!(above[0].is_null() && root["flags"] == 1, "{root}");
    assert_eq!(above[1..4], [&root["spanId"]; 3]);
    assert_eq!(above[4..], [&spans[2]["spanId"]; 2]);
    for (key, expected) in [
        ("cicd.pipeline.task.name", "deploy"),
        ("cicd.pipeline.task.run.id", "arn:aws:ecs:eu-west-1:1:task/ci/ab12"),
        ("cicd.pipeline.task.run.result", "failure"),
        ("cicd.pipeline.task.run.url.full", "https://console.aws.amazon.com/ecs"),
        ("error.type", "failed"),
        ("process.exit.code", "3"),
        ("aws.ecs.task.arn", "arn:aws:ecs:eu-west-1:1:task/ci/ab12"),
        ("aws.ecs.cluster.arn", "arn:aws:ecs:eu-west-1:1:cluster/ci"),
        ("cloud.region", "eu-west-1"),
        ("container.name", "app"),
        ("sortie.verdict", "failed"),
        ("sortie.log.lines", "20"),
        ("sortie.log.complete", "true"),
    ] {
        assert_eq!(attribute(root, key).as_deref(), Some(expected), "{key}");
    }
    assert_eq!(root["status"]["code"], 2);
    assert_eq!(root["status"]["message"], "container `app` ended with 3: it's $HOME");
    assert!(spans[4]["status"].is_null() && spans[5]["status"]["code"] == 2);
    assert_eq!(attribute(&spans[5], "error.type").as_deref(), Some("failed"));
    // Lines of the log leave the machine only where somebody says so.
    assert!(!trace.to_string().contains("a <b>"), "{trace}");
    assert!(driver.effects().commands().is_empty());
    let driver = told(&environment("otel", None), r#"{"log-tails":true}"#, taken());
    assert!(
        sent(&driver)["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["events"][0]
            .to_string()
            .contains("a <b>")
    );
}

#[test]
fn what_is_sent_is_not_too_much() {
    let environment = environment("otel", None);
    let mut driver = testing::reporter_in::<Reporters>("{}", &environment, taken()).expect("accepted");
    let mut before = events();
    let last = before.pop().expect("an end");
    let title = "\u{1f680}".repeat(5_000);
    let long = Event::new(Other::new("phase", format!(r#"{{"name":"app","title":"{title}"}}"#)));
    let all = before.into_iter().chain(vec![long; 1_000]).chain([last]);
    all.for_each(|event| driver.report(&event).expect("no failure"));
    assert!(driver.effects().requests()[0].body.len() < 1 << 20);
    let trace = sent(&driver);
    let spans = trace["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().expect("spans");
    let left_out: usize =
        attribute(&spans[0], "sortie.steps.left_out").and_then(|text| text.parse().ok()).expect("a number");
    assert_eq!(spans.len() - 1 + left_out, 1_000, "steps of a story");
    assert_eq!(
        spans.last().map(|span| &span["status"]["code"]),
        Some(&2.into()),
        "the one that failed is there"
    );
}

#[test]
fn the_environment_tells_the_parent_the_pipeline_and_the_headers() {
    let environment = environment("otel", Some("github"))
        .set("TRACEPARENT", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        .set("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hunter%32")
        .set("OTEL_RESOURCE_ATTRIBUTES", "team=a%20b,service.name=x")
        .set("OTEL_SERVICE_NAME", "deployments")
        .set("GITHUB_WORKFLOW", "Deploy")
        .set("GITHUB_RUN_ID", "42")
        .set("GITHUB_SERVER_URL", "https://github.com")
        .set("GITHUB_REPOSITORY", "o/r");
    let driver = told(&environment, "{}", taken().grant("commands"));
    let trace = sent(&driver);
    let resource = &trace["resourceSpans"][0]["resource"];
    for (key, expected) in [
        ("service.name", "deployments"),
        ("team", "a b"),
        ("cicd.pipeline.name", "Deploy"),
        ("cicd.pipeline.run.id", "42"),
        ("cicd.pipeline.run.url.full", "https://github.com/o/r/actions/runs/42"),
    ] {
        assert_eq!(attribute(resource, key).as_deref(), Some(expected), "{key}");
    }
    let root = &trace["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    assert_eq!(root["traceId"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!((&root["parentSpanId"], &root["flags"]), (&"00f067aa0ba902b7".into(), &0x301.into()));
    let request = driver.effects().requests()[0];
    assert!(request.headers.iter().any(|pair| pair.name == "api-key" && pair.value == "hunter2"));
    assert_eq!(driver.effects().commands(), ["trace 4bf92f3577b34da6a3ce929d0e0e4736"]);
}

#[test]
fn a_trace_that_nobody_samples_is_not_sent() {
    let environment = environment("otel", None)
        .set("TRACEPARENT", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
    let driver = told(&environment, "{}", taken());
    assert!(driver.effects().requests().is_empty());
}

#[test]
fn what_the_environment_says_wrong_is_told_without_its_values() {
    let refused = |name: &str, value: &str| {
        let environment = environment("otel", None).set(name, value);
        match testing::reporter_in::<Reporters>("{}", &environment, taken()) {
            Ok(driver) => driver.findings().iter().map(|finding| finding.message.clone()).collect(),
            Err(findings) => vec![format!("refused: {findings:?}")],
        }
        .concat()
    };
    let headers = refused("OTEL_EXPORTER_OTLP_HEADERS", "hunter2");
    assert!(
        headers.starts_with("refused") && headers.contains("OTEL_EXPORTER_OTLP_HEADERS is no list"),
        "{headers}"
    );
    assert!(!headers.contains("hunter2"), "{headers}");
    assert!(refused("TRACEPARENT", "00-x").contains("TRACEPARENT is not one"));
    assert!(refused("OTEL_RESOURCE_ATTRIBUTES", "x").contains("left out"));
    assert!(refused("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc").contains("http/json"));
}

#[test]
fn a_receiver_is_asked_again_where_that_may_help_and_complained_of() {
    let failure = |answers: &[(u16, &str)]| {
        let effects = answers.iter().fold(FakeEffects::default().grant(BASE), |effects, (status, body)| {
            effects.answer(HttpResponse::new(*status, *body))
        });
        let mut driver =
            testing::reporter_in::<Reporters>("{}", &environment("otel", None), effects).expect("accepted");
        let failures: Vec<String> = events()
            .iter()
            .filter_map(|event| driver.report(event).err().map(|error| error.to_string()))
            .collect();
        (driver.effects().requests().len(), failures.concat())
    };
    assert_eq!(failure(&[(503, ""), (200, "{}")]), (2, String::new()));
    let (asked, why) = failure(&[(429, ""), (503, "")]);
    assert_eq!((asked, why.as_str()), (2, "the receiver of the trace answered 503"));
    let (asked, why) = failure(&[(400, r#"{"message":"bad"}"#), (200, "{}")]);
    assert_eq!((asked, why.as_str()), (1, "the receiver of the trace answered 400: bad"));
    let partial = r#"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too many"}}"#;
    assert_eq!(
        failure(&[(200, partial)]),
        (1, "the receiver rejected 3 spans of the trace: too many".to_owned())
    );
}

#[test]
fn an_endpoint_is_one_of_three() {
    let needed = |json: &str, variable: Option<&str>| {
        let environment = environment("otel", None);
        let environment = match variable {
            Some(name) => environment.set(name, "http://127.0.0.1:1/v1/traces"),
            None => environment,
        };
        let driver = testing::reporter_in::<Reporters>(json, &environment, taken()).expect("accepted");
        let needs = driver.needs().iter().filter(|need| need.capability == "http" && need.required);
        needs.map(|need| need.argument.clone()).collect::<Vec<_>>().concat()
    };
    assert_eq!(needed("{}", None), "POST:$OTEL_EXPORTER_OTLP_ENDPOINT/v1/traces");
    assert_eq!(
        needed("{}", Some("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")),
        "POST:$OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
    );
    assert_eq!(needed(r#"{"endpoint":"https://h/x"}"#, None), "POST:https://h/x");
}
