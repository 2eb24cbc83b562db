//! Every test checks its own calls against the AWS service models; this proves that the check
//! would notice.

use std::process::Command;
use std::time::Instant;

use sortie_tests::contract::violations;
use sortie_tests::recorder::Exchange;
use sortie_tests::servers::cache;
use sortie_tests::servers::repository;

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

#[test]
fn the_members_that_a_file_may_have_are_the_service_models() {
    let printed = Command::new(cache().join("moto/bin/python"))
        .arg(repository().join("tests/emulators/task_definition_members.py"))
        .output()
        .expect("python starts");
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    let table = repository().join("host/src/ecs_definition/model/members.json");
    let table = std::fs::read_to_string(table).expect("it is there");
    assert!(String::from_utf8_lossy(&printed.stdout) == table, "make members.json anew, as the script says");
}
