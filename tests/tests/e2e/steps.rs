//! launch, wait, logs and stop on their own.

use sortie_tests::Cloud;

#[test]
fn launch_wait_and_logs_make_a_run() {
    let cloud = Cloud::real("steps");
    cloud.shell("echo first; sleep 2; echo second; exit 5");
    let launched = cloud.sortie(&["launch"]).args(cloud.target()).run();
    launched.assert_code(0);
    let id = launched.text().trim().to_owned();
    assert!(id.starts_with("arn:aws:ecs:us-east-1:") && id.contains(cloud.name()), "{launched}");

    cloud.sortie(&["wait", &id]).run().assert_code(5);
    cloud.sortie(&["logs", &id]).run().assert_code(0).assert_stdout("first\nsecond\n");
}

#[test]
fn logs_follow_to_the_end() {
    let cloud = Cloud::real("follow");
    cloud.shell("for i in 1 2 3 4; do echo $i; sleep 1; done");
    let id = cloud.sortie(&["launch"]).args(cloud.target()).run().text().trim().to_owned();
    cloud.sortie(&["logs", &id, "--follow"]).run().assert_code(0).assert_stdout("1\n2\n3\n4\n");
}

#[test]
fn stop_stops_and_may_be_said_twice() {
    let cloud = Cloud::real("stop");
    cloud.shell("sleep 60");
    let id = cloud.sortie(&["launch"]).args(cloud.target()).run().text().trim().to_owned();
    cloud.sortie(&["stop", &id]).run().assert_code(0);
    cloud.assert_nothing_runs();
    cloud.sortie(&["stop", &id]).run().assert_code(0);
}

#[test]
fn wait_for_a_task_that_never_was_fails() {
    let cloud = Cloud::real("nothing");
    let arn = format!("arn:aws:ecs:us-east-1:000000000000:task/{}/0123456789abcdef", cloud.name());
    let output = cloud.sortie(&["wait", &arn]).run();
    assert!(matches!(output.code, Some(2 | 125)), "{output}");
    output.assert_stderr("0123456789abcdef");
}
