//! `sortie doctor`: what a run would stumble over, found without one.

use serde_json::Value;
use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Engine;
use sortie_tests::Hook;
use sortie_tests::Output;
use sortie_tests::Sortie;
use sortie_tests::Vpc;
use sortie_tests::hook::Answer;
use sortie_tests::servers::repository;

fn doctor(cloud: &Cloud) -> Sortie {
    cloud.sortie(&["doctor"]).args(cloud.target())
}

/// The same of a task in this subnet.
fn attached(cloud: &Cloud, subnet: &str, group: &str) -> Sortie {
    let target = ["--cluster", cloud.name(), "--task-definition", cloud.name()];
    cloud.sortie(&["doctor"]).args(target).args(["--subnet", subnet, "--security-group", group])
}

/// Name, outcome and words of each check.
fn checks(sortie: Sortie, code: i32) -> Vec<(String, String, String)> {
    let output = sortie.args(["--output", "json"]).run();
    output.assert_code(code);
    rows(&output)
}

/// Those of the network, whatever else is found.
fn of_network(sortie: Sortie) -> Vec<(String, String, String)> {
    let all = rows(&sortie.args(["--output", "json"]).run());
    all.into_iter().filter(|(name, ..)| name == "network").collect()
}

fn rows(output: &Output) -> Vec<(String, String, String)> {
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
    let vpc = Vpc::new(&cloud);
    let (subnet, table) = vpc.subnet(1);
    vpc.lead_to_internet(&table);
    let found = checks(attached(&cloud, &subnet, &vpc.group("task")).args(["--assign-public-ip"]), 0);
    assert_found(&found, "cluster", "ok", &[cloud.name(), "is active"]);
    assert_found(&found, "permissions", "ok", &["ecs:DescribeTasks", "ecs:StopTask", "ecs:ListTasks"]);
    assert_found(&found, "log", "ok", &[&cloud.log_group()]);
    assert_found(&found, "launch", "unsure", &["ecs:RunTask and iam:PassRole", "sortie plan --iam"]);
    assert_found(
        &found,
        "network",
        "ok",
        &[&subnet, "reaches logs and docker.io through the internet gateway"],
    );
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

const ECR: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com/deploy:1";

#[test]
fn what_a_subnet_does_not_reach_is_told_with_what_it_lacks() {
    let cloud = Cloud::scripted("doctor-network");
    cloud.define(json!([{ "name": "app", "image": ECR }]));
    let vpc = Vpc::new(&cloud);
    let (private, private_table) = vpc.subnet(1);
    let (public, public_table) = vpc.subnet(2);
    let (behind_nat, nat_table) = vpc.subnet(3);
    let (with_endpoints, endpoint_table) = vpc.subnet(4);
    vpc.lead_to_internet(&public_table);
    vpc.lead_through_nat(&nat_table, &public);
    let (task, endpoint) = (vpc.group("task"), vpc.group("endpoint"));

    let found = of_network(attached(&cloud, &private, &task));
    assert_found(
        &found,
        "network",
        "problem",
        &[
            &format!("from {private} the task does not reach ecr.api, ecr.dkr, logs and s3"),
            &format!("its route table {private_table} has no default route"),
            "interface endpoints with private DNS for ecr.api, ecr.dkr and logs",
        ],
    );
    // As it is shown in the README.
    let printed = attached(&cloud, &private, &task).run().text();
    let printed = printed.replace(&private, "subnet-1").replace(&private_table, "rtb-1");
    let lines: Vec<&str> = printed.lines().skip_while(|line| !line.starts_with("problem  network")).collect();
    let readme = std::fs::read_to_string(repository().join("README.md")).expect("there is a README");
    assert!(lines.len() == 2 && readme.contains(&lines.join("\n")), "not in the README: {printed}");

    let found = of_network(attached(&cloud, &public, &task));
    assert_found(&found, "network", "problem", &["the task has no public address", "--assign-public-ip"]);
    let found = of_network(attached(&cloud, &public, &task).args(["--assign-public-ip"]));
    assert_found(
        &found,
        "network",
        "ok",
        &["ecr.api, ecr.dkr, logs and s3 through the internet gateway igw-"],
    );
    let found = of_network(attached(&cloud, &behind_nat, &task));
    assert_found(&found, "network", "ok", &["ecr.api, ecr.dkr, logs and s3 through the NAT gateway nat-"]);
    let found = of_network(attached(&cloud, "subnet-gone", &task));
    assert_found(&found, "network", "problem", &["there is no subnet subnet-gone in us-east-1"]);
    let found = of_network(attached(&cloud, &behind_nat, "sg-gone"));
    assert_found(&found, "network", "problem", &["there is no security group sg-gone"]);

    // An endpoint whose security group lets nobody in is worse than none.
    for service in ["ecr.api", "ecr.dkr", "logs"] {
        vpc.interface(service, &with_endpoints, &endpoint);
    }
    vpc.gateway(&endpoint_table);
    for subnet in [&with_endpoints, &behind_nat] {
        let found = of_network(attached(&cloud, subnet, &task));
        let words = [&*format!("{endpoint} does not let the task in"), &format!("TCP 443 from {task}")];
        assert_found(&found, "network", "problem", &words);
    }
    vpc.let_in(&endpoint, &task);
    let found = of_network(attached(&cloud, &with_endpoints, &task));
    assert_found(&found, "network", "ok", &["ecr.api, ecr.dkr, logs and s3 through VPC endpoints"]);
    // Docker Hub has no endpoint.
    let found = of_network(attached(&cloud, &with_endpoints, &task).args(["--image", "alpine"]));
    assert_found(&found, "network", "problem", &["does not reach docker.io", "or the image in ECR"]);
}

#[test]
fn a_network_that_may_not_be_looked_at_is_no_problem() {
    let cloud = Cloud::real("doctor-no-ec2");
    cloud.shell("x");
    let refused = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized to \
                   perform this operation.</Message></Error></Errors></Response>";
    let words = ["ec2:DescribeSubnets is not allowed", "ec2:DescribeRouteTables", "a run does not need them"];
    for (status, body, words) in
        [(403, refused, &words[..]), (404, "<html>", &["the network is not looked at", "HTTP status 404"])]
    {
        let ec2 = Hook::start(Answer::Text(status, body.to_owned()));
        let url = format!("http://127.0.0.1:{}", ec2.port());
        let found = checks(doctor(&cloud).env("AWS_ENDPOINT_URL_EC2", url), 0);
        assert_found(&found, "network", "unsure", words);
        let asked = ec2.requests().concat();
        assert!(
            asked.contains("Action=DescribeSubnets") && asked.contains("/us-east-1/ec2/aws4_request"),
            "{asked}"
        );
    }
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
