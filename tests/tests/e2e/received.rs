//! What others receive of a run: a collector its trace, a webhook its end.

use serde_json::Value;
use sortie_tests::Cloud;
use sortie_tests::Hook;
use sortie_tests::Output;
use sortie_tests::Sortie;
use sortie_tests::hook::Answer;
use sortie_tests::oracles;
use sortie_tests::oracles::Collector;
use sortie_tests::oracles::Webhook;

const SECRET: &str = "s3cr3t-Otlp-Token-0815";

/// A task of three steps, which fails in the last, and whose trace is sent there.
fn traced(endpoint: &str) -> Sortie {
    let sortie = Sortie::new()
        .args(["run", "--backend", "process", "--reporter", "otel", "--plugin", "steps", "--name", "deploy"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        .env("OTEL_EXPORTER_OTLP_HEADERS", format!("api-key={SECRET}"));
    sortie.args(["--", "bash", "-exc", "/bin/echo one\n/bin/sleep 0.1\n/bin/sh -c 'exit 7'\n"])
}

/// The body of the only request.
#[track_caller]
fn body(hook: &Hook) -> String {
    let requests = hook.requests();
    assert_eq!(requests.len(), 1, "{requests:#?}");
    let (head, body) = requests[0].split_once("\n\n").expect("a body");
    assert!(
        head.starts_with("POST /v1/traces ") && head.contains("content-type: application/json"),
        "{head}"
    );
    assert!(head.contains(&format!("api-key: {SECRET}")), "{head}");
    body.to_owned()
}

/// Spans of an export.
fn spans(export: &Value) -> Vec<Value> {
    export["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().expect("spans").clone()
}

#[test]
fn collector_takes_the_trace_of_a_run() {
    let collector = Collector::start();
    let output = traced(&collector.endpoint()).run();
    output.assert_code(7).assert_nowhere(SECRET);
    assert!(!output.stderr.contains("warning"), "{output}");
    let printed = collector.printed("cicd.pipeline.task.name: Str(/bin/sh -c 'exit 7')");
    let values = |name: &str| -> Vec<&str> {
        let of_name = |line: &&String| line.trim_start().starts_with(name);
        printed.iter().filter(of_name).filter_map(|line| line.split(": ").nth(1)).collect()
    };
    let steps = ["/bin/echo one", "/bin/sleep 0.1", "/bin/sh -c 'exit 7'"];
    assert_eq!(values("Name "), [&["deploy", "launch", "run", "drain"][..], &steps].concat(), "{printed:#?}");
    // Beneath the run its phases, and beneath the phase `run` the steps.
    let (ids, above) = (values("ID "), values("Parent ID "));
    assert_eq!(above, ["", ids[0], ids[0], ids[0], ids[2], ids[2], ids[2]], "{printed:#?}");
    for line in [
        "     -> service.name: Str(sortie)",
        "     -> process.exit.code: Int(7)",
        "     -> cicd.pipeline.task.run.result: Str(failure)",
        "     -> error.type: Str(failed)",
        "     -> container.name: Str(process)",
        "     -> sortie.log.complete: Bool(true)",
        "    Status code    : STATUS_CODE_ERROR",
    ] {
        assert!(printed.iter().any(|there| there == line), "{line}\n{printed:#?}");
    }
}

/// By OpenTelemetry's own messages, in which nothing is overlooked.
#[test]
fn trace_is_what_the_protocol_says() {
    let hook = Hook::start(Answer::Echo(200));
    let output = traced(&hook.url().replace("/ci", "")).run();
    output.assert_code(7).assert_nowhere(SECRET);
    let body = body(&hook);
    let read = oracles::read("otlp", &body).unwrap_or_else(|why| panic!("{why}\n{body}"));
    let (sent, read) = (spans(&serde_json::from_str(&body).expect("JSON")), spans(&read));
    assert_eq!(read.len(), 7, "{read:#?}");
    for (sent, read) in sent.iter().zip(&read) {
        for key in ["traceId", "spanId", "parentSpanId", "name", "startTimeUnixNano", "attributes"] {
            assert_eq!(sent[key], read[key], "{key}");
        }
        assert_eq!(read["kind"], "SPAN_KIND_INTERNAL");
    }
    assert!(!body.contains("\"one\""), "no line of the log is sent\n{body}");

    // What reads it would say so if it were otherwise.
    for (from, to) in [
        ("\"kind\":1", "\"kindd\":1"),
        ("\"kind\":1", "\"kind\":\"x\""),
        ("\"spanId\":\"", "\"spanId\":\"g"),
        ("\"traceId\":\"", "\"traceId\":\"00"),
        ("\"startTimeUnixNano\":\"1", "\"startTimeUnixNano\":\"x"),
    ] {
        let other = body.replacen(from, to, 1);
        assert!(other != body && oracles::read("otlp", &other).is_err(), "{to}");
    }
    let collector = Collector::start();
    let post = |body: &str| {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let url = format!("{}/v1/traces", collector.endpoint());
        let answer = agent.post(url).header("content-type", "application/json").send(body);
        answer.expect("an answer").status().as_u16()
    };
    assert_eq!((post(&body), post(&body.replacen("\"spanId\":\"", "\"spanId\":\"g", 1))), (200, 400));
}

/// What only a task in the cloud has: an ARN, and phases that are the platform's.
#[test]
fn trace_of_a_task_in_the_cloud_has_its_phases_and_arns() {
    let (cloud, hook) = (Cloud::real("traced"), Hook::start(Answer::Echo(200)));
    cloud.shell("echo hello; exit 3");
    let output = cloud
        .run()
        .args(["--reporter", "otel"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", hook.url().replace("/ci", ""))
        .env("OTEL_EXPORTER_OTLP_HEADERS", format!("api-key={SECRET}"))
        .run();
    output.assert_code(3).assert_stdout("hello\n");
    let read = oracles::read("otlp", &body(&hook)).expect("an export");
    let spans = spans(&read);
    let names: Vec<&str> = spans.iter().skip(1).filter_map(|span| span["name"].as_str()).collect();
    assert_eq!(names, ["launch", "provisioning", "pull", "run", "stop", "drain"], "{spans:#?}");
    let root = spans[0]["attributes"].to_string();
    let arn = |key: &str, what: &str| {
        let begins = format!(r#"{{"key":"{key}","value":{{"stringValue":"arn:aws:ecs:us-east-1:"#);
        assert!(
            root.contains(&begins) && root.contains(&format!(":{what}/{}", cloud.name())),
            "{key}: {root}"
        );
    };
    arn("aws.ecs.task.arn", "task");
    arn("aws.ecs.cluster.arn", "cluster");
    assert!(
        root.contains(r#"{"stringValue":"us-east-1"}"#) && root.contains("cicd.pipeline.task.run.url.full")
    );
}

/// In CI a line of the log says where to look, and the pipeline's own span is above the run's.
#[test]
fn run_is_part_of_the_trace_that_the_environment_tells() {
    let hook = Hook::start(Answer::Echo(200));
    let output = traced(&hook.url().replace("/ci", ""))
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_WORKFLOW", "Deploy")
        .env("GITHUB_RUN_ID", "42")
        .env("TRACEPARENT", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        .run();
    output.assert_code(7);
    assert!(output.lines().contains(&"trace 4bf92f3577b34da6a3ce929d0e0e4736".to_owned()), "{output}");
    let read = oracles::read("otlp", &body(&hook)).expect("an export");
    let resource = read["resourceSpans"][0]["resource"].to_string();
    assert!(resource.contains(r#"{"stringValue":"Deploy"}"#) && resource.contains(r#"{"stringValue":"42"}"#));
    let spans = spans(&read);
    assert_eq!(spans[0]["parentSpanId"], "00f067aa0ba902b7");
    assert!(spans.iter().all(|span| span["traceId"] == "4bf92f3577b34da6a3ce929d0e0e4736"), "{spans:#?}");
}

#[test]
fn trace_that_is_not_taken_changes_nothing_of_the_run() {
    let nowhere = traced("").run();
    nowhere.assert_stderr("OTEL_EXPORTER_OTLP_ENDPOINT").assert_nowhere("launched");
    assert_eq!(nowhere.code, Some(2), "{nowhere}");
    let failed = |output: &Output, asked: (&Hook, usize), why: &str| {
        output.assert_code(7).assert_stderr(why).assert_nowhere(SECRET);
        assert_eq!(asked.0.requests().len(), asked.1);
    };
    // It answers with what it was asked.
    let busy = Hook::start(Answer::Echo(503));
    failed(&traced(&busy.url().replace("/ci", "")).run(), (&busy, 2), "of the trace answered 503");
    let refusing = Hook::start(Answer::Echo(401));
    failed(&traced(&refusing.url().replace("/ci", "")).run(), (&refusing, 1), "of the trace answered 401");
}

#[test]
fn webhook_is_signed_so_that_others_can_check_it() {
    let webhook = Webhook::start(SECRET);
    let run = |secret: &str| {
        let sortie = Sortie::new().args(["run", "--backend", "process", "--reporter", "hook"]);
        let sortie = sortie.env("WEBHOOK_URL", webhook.url()).env("WEBHOOK_SECRET", secret);
        sortie.script("printf 'größer\\n'; exit 3").run()
    };
    let output = run(SECRET);
    output.assert_code(3).assert_nowhere(SECRET);
    assert!(!output.stderr.contains("warning"), "{output}");
    let requests = webhook.requests();
    let (verified, body) = &requests[0];
    assert!(requests.len() == 1 && *verified, "{requests:#?}");
    assert_eq!((&body["verdict"], &body["exitCode"]), (&"failed".into(), &3.into()));
    assert_eq!(body["logTails"].to_string().matches("größer").count(), 1, "{body}");
    // Another key is another signature, and a receiver that does not take it is asked once more.
    let other = run("another");
    other.assert_code(3).assert_stderr("the webhook answered 401 twice").assert_nowhere("another");
    let verified: Vec<bool> = webhook.requests().iter().map(|(verified, _)| *verified).collect();
    assert_eq!(verified, [true, false, false]);
}
