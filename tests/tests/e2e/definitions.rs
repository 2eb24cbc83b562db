//! Some hundreds of task definitions, each with what `sortie plan` must say of it: none that
//! RegisterTaskDefinition or RunTask on Fargate refuses may pass, and none that they take may be refused.
//!
//! `tests/data/definitions.jsonl` has one a line:
//!
//! - `set`: JSON pointers with the values that stand there in place of those of [`good`] (`null`: nothing);
//! - `text`: a file of its own. `like` says what it has the shape of: a file of a public repository, with
//!   other values, or what a tool writes.
//! - `verdict`: `fine`; `doubtful`, a warning that has the words of `says`; or `refused`, an error that has
//!   them.

use std::sync::Mutex;
use std::thread;

use serde_json::Value;
use serde_json::json;
use sortie_tests::Sortie;

/// How many are tried at once.
const AT_ONCE: usize = 4;

fn good() -> Value {
    json!({
        "family": "f", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256",
        "memory": "512", "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
        "containerDefinitions": [{
            "name": "app", "image": "busybox:1", "essential": true,
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": "/g", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "p",
                    "mode": "blocking",
                },
            },
        }],
    })
}

fn set(definition: &mut Value, pointer: &str, value: &Value) {
    let (parent, member) = pointer.rsplit_once('/').expect("a pointer");
    match definition.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}: its parent is there")) {
        Value::Object(map) => drop(map.insert(member.to_owned(), value.clone())),
        Value::Array(list) => list.push(value.clone()),
        _ => panic!("{pointer}: neither an object nor a list"),
    }
}

/// What is wrong with the verdict on a case, if anything.
fn judge(case: &Value) -> Option<String> {
    let text = |member: &str| case[member].as_str().unwrap_or_default();
    let content = case["text"].as_str().map(str::to_owned).unwrap_or_else(|| {
        let mut definition = good();
        for (pointer, value) in case["set"].as_object().expect("every case has a text or changes") {
            set(&mut definition, pointer, value);
        }
        definition.to_string()
    });
    let output = Sortie::new()
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        // Nobody is asked: everything is known offline.
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        .args(["plan", "--cluster", "ci", "--subnet", "subnet-1", "--task-definition", "file:task.json"])
        .args(["--container", "app"].iter().take(if content.contains("side") { 2 } else { 0 }))
        .file("task.json", content)
        .run();
    let warnings = output.text().split("\nWarnings\n").nth(1).unwrap_or_default().to_owned();
    let (code, said) = match text("verdict") {
        "fine" => (0, warnings.is_empty()),
        "doubtful" => (0, warnings.contains(text("says"))),
        "refused" => (2, output.stderr.contains(text("says"))),
        other => panic!("no verdict: {other}"),
    };
    (output.code != Some(code) || !said).then(|| format!("{case}\n{warnings}\n{}", output.stderr))
}

#[test]
fn every_definition_gets_its_verdict() {
    let data = include_str!("../../data/definitions.jsonl");
    let cases: Vec<Value> = data
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect();
    assert!(cases.len() >= 200, "{}", cases.len());
    let (next, wrong) = (Mutex::new(cases.iter()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(case) = next.lock().expect("nobody panics").next() else { return };
                    let found = judge(case);
                    wrong.lock().expect("nobody panics").extend(found);
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("nobody panics");
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n---\n"));
}
