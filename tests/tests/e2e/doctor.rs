//! `sortie doctor`: what a run would stumble over, found without one.

use serde_json::Value;
use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Engine;
use sortie_tests::Sortie;

fn doctor(cloud: &Cloud) -> Sortie {
    cloud.sortie(&["doctor"]).args(cloud.target())
}

/// Name, outcome and words of each check.
fn checks(sortie: Sortie, code: i32) -> Vec<(String, String, String)> {
    let output = sortie.args(["--output", "json"]).run();
    output.assert_code(code);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = output.json_lines().into_iter().map(|line| {
        assert_eq!(line["type"], "check", "{line}");
        let said = format!("{}\n{}", text(&line["said"]), text(&line["remedy"]));
        (text(&line["name"]), text(&line["outcome"]), said)
    });
    rows.collect()
}

/// Fails unless one check has this name and outcome, and these words.
fn assert_found(checks: &[(String, String, String)], name: &str, outcome: &str, words: &[&str]) {
    let is_it = |(of, what, said): &&(String, String, String)| {
        of == name && what == outcome && words.iter().all(|word| said.contains(word))
    };
    assert!(checks.iter().any(|check| is_it(&check)), "no {name} {outcome} {words:?}: {checks:#?}");
}

#[test]
fn where_all_is_well_nothing_is_launched_and_what_cannot_be_known_is_said() {
    let cloud = Cloud::real("doctor");
    cloud.shell("x");
    let found = checks(doctor(&cloud), 0);
    assert_found(&found, "cluster", "ok", &[cloud.name(), "is active"]);
    assert_found(&found, "permissions", "ok", &["ecs:DescribeTasks", "ecs:StopTask", "ecs:ListTasks"]);
    assert_found(&found, "log", "ok", &[&cloud.log_group()]);
    assert_found(&found, "launch", "unsure", &["ecs:RunTask and iam:PassRole", "sortie plan --iam"]);
    assert_found(&found, "network", "unsure", &["NAT gateway or VPC endpoints"]);
    let calls: Vec<String> = cloud.exchanges().into_iter().map(|exchange| exchange.operation).collect();
    assert!(!calls.iter().any(|call| call == "RunTask"), "{calls:?}");
}

#[test]
fn what_is_missing_is_named_with_its_remedy() {
    let cloud = Cloud::real("doctor-missing");
    cloud.shell("x");
    cloud.call("logs", "DeleteLogGroup", &json!({ "logGroupName": cloud.log_group() }));
    let found = checks(doctor(&cloud), 1);
    assert_found(
        &found,
        "log",
        "problem",
        &["there is no log group", "aws logs create-log-group", &cloud.log_group()],
    );

    let found = checks(doctor(&cloud).args(["--cluster", "nowhere"]), 1);
    assert_found(&found, "cluster", "problem", &["there is no cluster nowhere in us-east-1"]);

    let found = checks(doctor(&cloud).args(["--capacity-provider", "OTHER"]), 1);
    assert_found(&found, "cluster", "problem", &["has no capacity provider OTHER"]);

    let found = checks(doctor(&cloud).args(["--task-definition", "nobody-has-this"]), 1);
    assert_found(&found, "run", "problem", &["nobody-has-this"]);

    let found = checks(doctor(&cloud).args(["--plugin", "./nowhere.wasm"]), 1);
    assert_found(&found, "run", "problem", &["nowhere.wasm"]);
}

#[test]
fn what_is_not_allowed_is_named() {
    let cloud = Cloud::faulty("doctor-denied");
    let denied = |operation: &str| {
        json!({ "service": "ecs", "operation": operation, "times": 9, "error": {
            "code": "AccessDeniedException",
            "message": format!("User: x is not authorized to perform: ecs:{operation}"),
        } })
    };
    cloud.shell("x").faults(json!([denied("StopTask"), denied("ListTasks"), denied("DescribeClusters")]));
    let found = checks(doctor(&cloud), 1);
    assert_found(&found, "permissions", "problem", &["ecs:StopTask is not allowed", "sortie plan --iam"]);
    assert_found(&found, "permissions", "unsure", &["ecs:ListTasks is not allowed"]);
    assert_found(&found, "permissions", "ok", &["ecs:DescribeTasks allowed"]);
    assert_found(&found, "cluster", "unsure", &["a run does not need it"]);
}

#[test]
fn an_engine_and_this_machine_are_looked_at_too() {
    let engine = Engine::docker("doctor");
    let found = checks(engine.sortie("doctor").args(["--image", "alpine"]), 0);
    assert_found(&found, "docker", "ok", &["an engine answers at"]);
    let nowhere = ["doctor", "--backend", "docker", "--engine", "unix:///nowhere.sock", "--image", "alpine"];
    let found = checks(Sortie::new().args(nowhere), 1);
    assert_found(&found, "docker", "problem", &["/nowhere.sock"]);
    let output = Sortie::new().args(["doctor", "--backend", "process", "--", "true"]).run();
    output.assert_code(0);
    assert!(output.text().contains("ok       process   on this machine"), "{output}");
}
