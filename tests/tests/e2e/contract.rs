//! Every test checks its own calls against the AWS service models; this proves that the check
//! would notice.

use std::time::Instant;

use sortie_tests::contract::violations;
use sortie_tests::recorder::Exchange;

fn exchange(operation: &str, request: &str, response: &str) -> Exchange {
    Exchange {
        service: "ecs",
        operation: operation.to_owned(),
        request: request.to_owned(),
        status: Some(200),
        response: response.to_owned(),
        at: Instant::now(),
    }
}

#[test]
fn good_call_passes() {
    let request = r#"{"taskDefinition":"t:1","launchType":"FARGATE","networkConfiguration":{"awsvpcConfiguration":{"subnets":["s"],"assignPublicIp":"ENABLED"}}}"#;
    assert_eq!(violations(&exchange("RunTask", request, r#"{"tasks":[],"failures":[]}"#)), [""; 0]);
}

#[test]
fn violations_are_found_at_any_depth() {
    for (request, found) in [
        (r#"{"taskDefinition":"t","launchTyp":"FARGATE"}"#, "launchTyp"),
        (r#"{"taskDefinition":"t","launchType":"FARGAT"}"#, "FARGAT"),
        (r#"{"taskDefinition":"t","overrides":{"containerOverrides":[{"nam":"x"}]}}"#, "nam"),
        (r#"{"taskDefinition":"t","networkConfiguration":{"awsvpcConfiguration":{}}}"#, "subnets"),
        (r#"{"taskDefinition":1}"#, "taskDefinition"),
        (r#"{"cluster":"ci"}"#, "taskDefinition"),
    ] {
        let all = violations(&exchange("RunTask", request, "{}"));
        assert!(all.iter().any(|violation| violation.contains(found)), "{request}: {all:?}");
    }
    let response = r#"{"tasks":[{"stopCode":"Nope","containers":[{"exitCode":"42"}]}]}"#;
    let all = violations(&exchange("DescribeTasks", r#"{"tasks":["a"]}"#, response)).join("\n");
    assert!(all.contains("Nope") && all.contains("exitCode"), "{all}");
}
