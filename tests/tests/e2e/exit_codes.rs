//! The container's code, or the reason why there is none.

use std::time::Duration;

use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Sortie;
use sortie_tests::cloud::shell;

#[test]
fn success_is_0() {
    let cloud = Cloud::real("zero");
    cloud.shell("echo fine").run().run().assert_code(0).assert_stdout("fine\n");
}

#[test]
fn instant_task_that_exits_3_is_3_and_soon() {
    let cloud = Cloud::real("three");
    let output = cloud.shell("echo done; exit 3").run().run();
    // Against this engine 4 s are promised; the other tests share its machine.
    output.assert_code(3).assert_stdout("done\n").assert_within(Duration::from_secs(12));
}

#[test]
fn instant_task_without_settling_is_sooner() {
    let cloud = Cloud::real("three-now");
    let output = cloud.shell("echo done; exit 3").run().args(["--log-settle", "0"]).run();
    // 1.5 s are promised on an idle machine.
    output.assert_code(3).assert_stdout("done\n").assert_within(Duration::from_secs(6));
}

#[test]
fn code_137_without_a_memory_reason_is_137() {
    let cloud = Cloud::real("kill");
    // The kernel shields a container's first process from its own signals, so a child is killed.
    cloud.shell("sh -c 'kill -9 $$'; exit $?").run().run().assert_code(137);
}

#[test]
fn command_after_the_dashes_replaces_the_definitions() {
    let cloud = Cloud::real("override");
    let output =
        cloud.shell("exit 1").run().args(["--env", "WHO=you"]).script("echo hello $WHO; exit 7").run();
    output.assert_code(7).assert_stdout("hello you\n");
}

#[test]
fn ten_second_task_costs_little_more() {
    let cloud = Cloud::real("ten");
    let output = cloud.shell("for i in $(seq 10); do echo $i; sleep 1; done").run().run();
    output.assert_code(0);
    assert_eq!(output.lines(), (1..=10).map(|i| i.to_string()).collect::<Vec<_>>());
    // Polling is cheap: the quotas of these calls are an account's, not a run's. A busy machine takes longer.
    let allowed = 6.0 * output.elapsed.as_secs_f64();
    let mut calls = std::collections::BTreeMap::<String, usize>::new();
    for exchange in cloud.exchanges() {
        *calls.entry(exchange.operation).or_default() += 1;
    }
    let made: usize = calls.values().sum();
    assert!(made as f64 <= allowed, "{calls:?} in {:?} for a task of ten seconds", output.elapsed);
}

#[test]
fn sidecar_that_succeeds_does_not_hide_the_main_containers_5() {
    let cloud = Cloud::real("sidecar");
    let mut sidecar = shell("sidecar", "echo from the sidecar; exit 0");
    sidecar["essential"] = false.into();
    cloud.define(json!([sidecar, shell("app", "sleep 1; echo from the app; exit 5")]));
    let output = cloud.run().run();
    output.assert_code(5);
    let lines = output.lines();
    assert!(
        lines.iter().any(|line| line.contains("sidecar") && line.ends_with("from the sidecar")),
        "{output}"
    );
    assert!(lines.iter().any(|line| line.contains("app") && line.ends_with("from the app")), "{output}");
}

#[test]
fn two_essential_containers_need_a_choice() {
    let cloud = Cloud::real("choice");
    cloud.define(json!([shell("one", "exit 0"), shell("two", "sleep 1; exit 6")]));
    let output = cloud.run().run();
    output.assert_code(2).assert_stderr("one").assert_stderr("two").assert_stderr("--container");
    assert!(cloud.calls("RunTask").is_empty(), "{output}");
}

#[test]
fn chosen_container_counts() {
    let cloud = Cloud::real("chosen");
    let mut side = shell("side", "sleep 30");
    side["essential"] = false.into();
    cloud.define(json!([shell("one", "sleep 20"), shell("two", "exit 6"), side]));
    cloud.run().args(["--container", "two"]).run().assert_code(6);
    cloud.assert_nothing_runs();
}

#[test]
fn image_that_cannot_be_pulled_is_121_with_the_reason() {
    let cloud = Cloud::real("image");
    cloud.define(json!([{ "name": "app", "image": "127.0.0.1:1/none:1", "command": ["x"] }]));
    cloud.run().run().assert_code(121).assert_stdout("").assert_stderr("CannotPullContainerError");
}

#[test]
fn command_that_cannot_be_started_is_121_with_the_reason() {
    let cloud = Cloud::real("command");
    cloud.define(json!([{ "name": "app", "command": ["/no/such/program"] }]));
    cloud.run().run().assert_code(121).assert_stderr("/no/such/program");
}

#[test]
fn out_of_memory_is_137_and_named() {
    let cloud = Cloud::real("memory");
    let mut app = shell("app", "x=a; for i in $(seq 29); do x=$x$x; done; echo survived");
    app["memory"] = 32.into();
    cloud.define(json!([app]));
    let output = cloud.run().run();
    output.assert_code(137).assert_nowhere("survived");
    assert!(output.stderr.to_lowercase().contains("memory"), "{output}");
}

/// A key that was pasted with a line break cannot be sent in a header.
#[test]
fn keys_that_can_be_nobodys_are_named_and_not_shown() {
    for (variable, part) in [
        ("AWS_ACCESS_KEY_ID", "the access key id has a line break in it"),
        ("AWS_SECRET_ACCESS_KEY", "the secret access key has a line break in it"),
        ("AWS_SESSION_TOKEN", "the session token has a line break in it"),
    ] {
        let task = "arn:aws:ecs:eu-west-1:123456789012:task/ci/0123456789abcdef";
        let sortie = Sortie::new().args(["stop", task]).env("AWS_REGION", "eu-west-1");
        let sortie = sortie.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
        let sortie = sortie.env("AWS_ACCESS_KEY_ID", "AKIAX").env("AWS_SECRET_ACCESS_KEY", "s");
        // White space around a token the SDK takes away itself.
        let output = sortie.env(variable, "hunter2\nx").run();
        output.assert_code(125).assert_stderr(part).assert_stderr(variable).assert_nowhere("hunter2");
    }
}

/// The SDK would step over them and take the next identity that it finds.
#[test]
fn profile_that_does_not_exist_and_half_a_pair_of_keys_are_wrong_usage() {
    let task = "arn:aws:ecs:eu-west-1:123456789012:task/ci/0123456789abcdef";
    let stop = || {
        let sortie = Sortie::new().file("aws", "[profile staging]\nregion = eu-west-1\n");
        let sortie = sortie.args(["stop", task]).env("AWS_REGION", "eu-west-1").env("AWS_CONFIG_FILE", "aws");
        sortie.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    };
    let output = stop().env("AWS_PROFILE", "stagng").run();
    output.assert_code(2).assert_stderr("AWS_PROFILE is `stagng`").assert_stderr("did you mean `staging`?");
    // As with the AWS CLI, keys in the environment do not make a wrong profile right.
    let keys = stop().env("AWS_ACCESS_KEY_ID", "AKIAX").env("AWS_SECRET_ACCESS_KEY", "hunter2");
    keys.env("AWS_PROFILE", "nosuch").run().assert_code(2).assert_stderr("AWS_PROFILE is `nosuch`");
    let output = stop().env("AWS_ACCESS_KEY_ID", "AKIAX").env("AWS_SECRET_ACCESS_KEY", "").run();
    output.assert_code(2).assert_stderr("AWS_SECRET_ACCESS_KEY is not").assert_nowhere("AKIAX");
    let output = stop().env("AWS_SECRET_ACCESS_KEY", "hunter2").run();
    output.assert_code(2).assert_stderr("AWS_ACCESS_KEY_ID is not").assert_nowhere("hunter2");
}
