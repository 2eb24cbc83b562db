//! What would be sent, and wrong usage: nothing is launched.

use serde_json::Value;
use sortie_tests::Cloud;
use sortie_tests::Sortie;
use sortie_tests::cloud::IMAGE;

#[test]
fn plan_launches_nothing_and_shows_the_request() {
    let cloud = Cloud::real("plan");
    cloud.shell("x");
    let output = cloud
        .sortie(&["plan"])
        .args(cloud.target())
        .args(["--tag", "team=build"])
        .script("echo planned")
        .run();
    output.assert_code(0);
    let text = output.text();
    for part in ["echo planned", cloud.name(), "subnet-1", "sg-1", "build"] {
        assert!(text.contains(part), "no {part:?}\n{output}");
    }
    assert!(cloud.calls("RunTask").is_empty() && cloud.calls("RegisterTaskDefinition").is_empty());
}

#[test]
fn plan_as_json_is_json() {
    let cloud = Cloud::real("plan-json");
    cloud.shell("x");
    let output = cloud.sortie(&["plan", "--json"]).args(cloud.target()).script("echo planned").run();
    output.assert_code(0);
    let plan: serde_json::Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{output}"));
    assert!(plan.to_string().contains("echo planned"), "{output}");
    assert!(cloud.calls("RunTask").is_empty());
}

#[test]
fn plan_shows_no_copied_secret() {
    let cloud = Cloud::real("plan-secret");
    cloud.shell("x");
    for flags in [vec!["plan"], vec!["plan", "--json"]] {
        let sortie = cloud.sortie(&flags).args(cloud.target()).args(["--env", "DEPLOY_TOKEN"]);
        let output = sortie.env("DEPLOY_TOKEN", "tops3cret-value").script("x").run();
        output.assert_code(0).assert_nowhere("tops3cret-value");
        assert!(output.text().contains("DEPLOY_TOKEN"), "{output}");
    }
}

#[test]
fn no_back_end_is_an_error_that_shows_both() {
    let output = Sortie::new().args(["run"]).script("echo must not run").run();
    output.assert_code(2).assert_stdout("").assert_stderr("--cluster").assert_stderr("--backend process");
}

#[test]
fn unknown_key_is_an_error_with_the_nearest() {
    let output = Sortie::new()
        .file("sortie.toml", "backend = \"process\"\nsubents = [\"subnet-1\"]\n")
        .args(["run"])
        .script("echo must not run")
        .run();
    output.assert_code(2).assert_stdout("").assert_stderr("subents").assert_stderr("subnet");
}

#[test]
fn file_environment_and_flags_win_in_that_order() {
    let cloud = Cloud::real("origins");
    cloud.shell("echo $WHO");
    let file = format!(
        "cluster = \"nowhere\"\ntask-definition = \"{0}\"\nsubnet = [\"subnet-1\"]\nsecurity-group = [\"sg-1\"]\nenv = {{ WHO = \"file\" }}\n",
        cloud.name()
    );
    let sortie = cloud.sortie(&["run"]).file("sortie.toml", &file).env("SORTIE_CLUSTER", cloud.name());
    sortie.args(["--env", "WHO=flag"]).run().assert_code(0).assert_stdout("flag\n");
    assert_eq!(cloud.calls("RunTask")[0].request()["cluster"], cloud.name());
}

#[test]
fn overrides_that_are_too_long_are_refused_before_the_call() {
    let cloud = Cloud::real("too-long");
    cloud.shell("x");
    let output = cloud.run().args(["--env", &format!("BIG={}", "x".repeat(9_000))]).run();
    output.assert_code(2).assert_stderr("8192");
    assert!(cloud.calls("RunTask").is_empty());
}

#[test]
fn sizes_that_fargate_does_not_have_are_refused_before_the_call() {
    let cloud = Cloud::real("sizes");
    cloud.shell("x");
    cloud.run().args(["--cpu", "256", "--memory", "8192"]).run().assert_code(2).assert_stderr("256");
    assert!(cloud.calls("RunTask").is_empty());
}

#[test]
fn unknown_flag_is_2() {
    Sortie::new().args(["run", "--no-such-flag"]).run().assert_code(2);
}

#[test]
fn help_tells_the_exit_codes() {
    let output = Sortie::new().args(["help", "exit-codes"]).run();
    output.assert_code(0);
    assert!(output.text().contains("121") && output.text().contains("130"), "{output}");
}

/// Everything that a run calls, and nothing that it does not.
#[test]
fn the_policy_allows_what_this_run_calls() {
    for (name, flags) in [
        ("policy", vec!["--tag", "team=build"]),
        (
            "policy-image",
            vec!["--image", IMAGE, "--execution-role", "arn:aws:iam::123456789012:role/execution"],
        ),
    ] {
        let cloud = Cloud::real(name);
        let with = |command: &str| {
            let sortie = cloud.sortie(&[command]).args(["--subnet", "subnet-1", "--security-group", "sg-1"]);
            let sortie = sortie.args(["--cluster", cloud.name(), "--name", cloud.name()]);
            match flags.contains(&"--image") {
                true => sortie.args(["--log-group", &cloud.log_group()]),
                false => sortie.args(["--task-definition", cloud.name()]),
            }
            .args(&flags)
        };
        cloud.shell("echo it ran");
        let planned = with("plan").args(["--iam"]).script("echo it ran").run();
        planned.assert_code(0);
        let policy: Value =
            serde_json::from_slice(&planned.stdout).unwrap_or_else(|error| panic!("{error}\n{planned}"));
        let actions: Vec<String> = policy["Statement"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|statement| match &statement["Action"] {
                Value::Array(actions) => actions.clone(),
                action => vec![action.clone()],
            })
            .filter_map(|action| action.as_str().map(str::to_owned))
            .collect();
        assert!(cloud.calls("RunTask").is_empty(), "{name}: nothing is launched");
        with("run").script("echo it ran").run().assert_code(0).assert_stdout("it ran\n");
        for exchange in cloud.exchanges() {
            let action = format!("{}:{}", exchange.service, exchange.operation);
            // The test's own: it made the log group and the cluster.
            let is_of_the_test =
                exchange.operation.starts_with("Create") || exchange.operation == "PutLogEvents";
            assert!(is_of_the_test || actions.contains(&action), "{name}: {action} is not in {policy:#}");
        }
        let registers = actions.iter().any(|action| action == "ecs:RegisterTaskDefinition");
        assert_eq!(registers, name == "policy-image", "{policy:#}");
    }
}

#[test]
fn a_policy_is_of_fargate_alone() {
    let output = Sortie::new().args(["plan", "--iam", "--backend", "process", "--", "true"]).run();
    output.assert_code(2).assert_stderr("the back end `process` asks for no permissions in AWS");
}
