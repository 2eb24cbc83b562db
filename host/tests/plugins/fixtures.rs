//! Components as plugin authors have them: what they were made for must go on working, whatever becomes of
//! the SDK and of `wit/`. A change that fails these tests is a new version of the interface.

use std::time::Instant;

use serde_json::json;
use sortie::plugin::Happening;
use sortie::plugin::Plugin;
use sortie::plugin::TransformError;
use sortie::spec::ContainerSpec;
use sortie::spec::TaskSpec;

use crate::reporter::Server;
use crate::reporter::finished;
use crate::support::chain;
use crate::support::load_with;
use crate::support::printed;
use crate::support::processed;
use crate::support::texts;

const OWNER: &[u8] = include_bytes!("../fixtures/0.2.0/owner.wasm");
const STACK_TRACES: &[u8] = include_bytes!("../fixtures/0.2.0/stack-traces.wasm");
const WEBHOOK: &[u8] = include_bytes!("../fixtures/0.2.0/webhook.wasm");

fn task(image: &str) -> TaskSpec {
    let container = ContainerSpec {
        name: "main".to_owned(),
        image: image.to_owned(),
        essential: true,
        ..ContainerSpec::default()
    };
    TaskSpec { name: "deploy".to_owned(), containers: vec![container], ..TaskSpec::default() }
}

#[test]
fn transform_of_0_2_0_changes_and_refuses_tasks() {
    let Plugin::Transform(mut owner) = load_with(OWNER, &[], json!({ "owner": "shop" })).unwrap() else {
        panic!("owner is a transform");
    };
    let transformed = owner.transform(&task("busybox:1.37")).unwrap();
    assert_eq!(transformed.task.tags[0].value, "shop");
    let notes: Vec<String> = transformed.notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes, ["the owner is shop: it is configured", "nothing limits the task's memory"]);
    let refused = owner.transform(&task("busybox:latest"));
    assert!(matches!(refused, Err(TransformError::Refused { .. })), "{refused:?}");
    assert!(load_with(OWNER, &[], json!({ "ownr": "shop" })).err().unwrap().is_usage());
}

#[test]
fn filter_of_0_2_0_is_shown_hits_and_told_the_time() {
    let Plugin::Filter(filter) = load_with(STACK_TRACES, &[], json!({ "keep": 1 })).unwrap() else {
        panic!("stack-traces is a filter");
    };
    let mut chain = chain(&[&filter]);
    let lines = processed(&mut chain, &["up", "a.Exception: x", "  at 1", "  at 2", "down", "b.Exception"]);
    assert_eq!(
        printed(std::slice::from_ref(&lines)),
        b"up\na.Exception: x\n  at 1\n    (and 1 more)\ndown\nb.Exception\n"
    );
    let labels: Vec<(u32, &str)> =
        lines.labels.iter().map(|label| (label.line, label.value.as_str())).collect();
    assert_eq!(labels, [(1, "error"), (5, "error")]);

    processed(&mut chain, &["  at 1", "  at 2", "  at 3"]);
    let mut released = Vec::new();
    for _ in 0..2 {
        let due = chain.next_tick().unwrap();
        assert_eq!(chain.tick(due.max(Instant::now()), &mut released), None);
    }
    assert_eq!(printed(&released), b"    (and 2 more)\n");

    let (mut tail, mut remarks) = (Vec::new(), Vec::new());
    assert_eq!(chain.finish(&mut tail, &mut remarks), None);
    assert_eq!(remarks[0].counters[0].value, 3.0);
    assert_eq!(remarks[0].notes[0].message, "left out 3 lines of stack traces");
}

#[test]
fn reporter_of_0_2_0_posts_and_writes() {
    let server = Server::new(std::time::Duration::ZERO);
    let directory = tempfile::tempdir().unwrap();
    let status = directory.path().join("status");
    let grants = [server.grant(), format!("file:status={}", status.display())];
    let grants: Vec<&str> = grants.iter().map(String::as_str).collect();
    let Plugin::Reporter(mut webhook) = load_with(WEBHOOK, &grants, json!({ "url": server.url() })).unwrap()
    else {
        panic!("webhook is a reporter");
    };
    let reported = webhook.report(Happening::Event(&finished())).unwrap();
    assert_eq!(server.requests(), 1);
    assert_eq!(std::fs::read_to_string(status).unwrap(), "201\n");
    assert_eq!(texts(&reported.messages), [format!("{} answered 201", server.url()), "hello".to_owned()]);
}
