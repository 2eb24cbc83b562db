//! Tasks know the CI run that started them, and when they are to be over; `reap` finds them by both.

use std::time::Duration;
use std::time::Instant;

use rustix::process::Signal;
use serde_json::Value;
use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Sortie;

const FOREVER: &str = "echo up; while :; do sleep 0.1; done";

/// A step of a run of GitHub Actions.
fn step(sortie: Sortie, job: &str, attempt: &str) -> Sortie {
    [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_REPOSITORY", "o/r"),
        ("GITHUB_RUN_ID", "42"),
        ("GITHUB_RUN_ATTEMPT", attempt),
        ("GITHUB_JOB", job),
        ("GITHUB_ACTION", "__run"),
    ]
    .into_iter()
    .fold(sortie, |sortie, (name, value)| sortie.env(name, value))
}

fn tags(request: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let tags = request["tags"].as_array().cloned().unwrap_or_default();
    tags.iter().map(|tag| (text(&tag["key"]), text(&tag["value"]))).collect()
}

#[test]
fn a_task_says_which_ci_run_started_it_and_when_it_is_over() {
    let cloud = Cloud::real("ci-run");
    cloud.shell("exit 0");
    let run = || step(cloud.run(), "deploy", "1");
    run().args(["--timeout", "10m", "--tag", "team=build"]).run().assert_code(0);
    run().args(["--started-by", "me", "--tag", "sortie:run=mine"]).run().assert_code(0);
    run().args(["--ci", "none"]).run().assert_code(0);
    let requests: Vec<Value> = cloud.calls("RunTask").into_iter().map(|call| call.request()).collect();
    assert_eq!(requests[0]["startedBy"], "sortie/github/o/r/42/deploy/__run");
    let said = tags(&requests[0]);
    let names: Vec<&str> = said.iter().map(|(name, _)| name.as_str()).collect();
    let own = ["sortie:deadline", "sortie:launch", "sortie:run", "sortie:url", "sortie:request"];
    assert_eq!((names[0], &names[1..]), ("team", &own[..]), "{said:?}");
    assert_eq!(requests[0]["clientToken"], *said[2].1);
    assert_eq!(said[3].1, "sortie/github/o/r/42");
    assert_eq!(said[4].1, "https://github.com/o/r/actions/runs/42");
    assert_eq!(requests[1]["startedBy"], "me");
    assert_eq!(tags(&requests[1])[0], ("sortie:run".to_owned(), "mine".to_owned()), "the user's stays");
    assert!(requests[2]["startedBy"].as_str().is_some_and(|by| by.starts_with("sortie-")));
    assert_eq!(tags(&requests[2]), []);
}

/// A role that may run tasks and not tag them runs them as ever.
#[test]
fn a_launch_that_may_not_tag_does_without() {
    let cloud = Cloud::scripted("ci-no-tags");
    let denied =
        "User: arn:aws:sts::1:assumed-role/ci is not authorized to perform: ecs:TagResource on resource: *";
    cloud.shell("x").life(json!({ "runTask": [{ "error": "AccessDeniedException", "message": denied }] }));
    let output = step(cloud.run(), "deploy", "1").run();
    output.assert_code(0).assert_stderr("which needs ecs:TagResource");
    let requests: Vec<Value> = cloud.calls("RunTask").into_iter().map(|call| call.request()).collect();
    assert_eq!((tags(&requests[0]).len(), tags(&requests[1]).len()), (4, 0), "{output}");
    assert_ne!(requests[0]["clientToken"], requests[1]["clientToken"]);
}

/// Starts a run whose sortie is killed as soon as its task runs.
fn orphan(sortie: Sortie) {
    let running = sortie.start();
    running.await_stdout("up");
    running.signal(Signal::KILL);
    running.finish();
}

/// A job whose runner was lost is run again: its task is attached to, and nothing is launched a second time.
#[test]
fn a_step_that_is_run_again_attaches_to_its_task() {
    let cloud = Cloud::real("ci-reattach");
    cloud.shell("echo up; sleep 6; echo done; exit 5");
    let run = |attempt: &str| step(cloud.run().args(["--reattach", "--reporter", "none"]), "deploy", attempt);
    orphan(run("1"));
    let other = step(cloud.run().args(["--reattach", "--env", "A=1"]), "deploy", "2").start();
    other.await_stderr("with another request");
    other.await_stdout("up");
    let again = run("3").run();
    // What the first one has printed is not printed again.
    again.assert_code(5).assert_stdout("done\n").assert_stderr("attached to");
    other.finish().assert_code(5);
    assert_eq!(cloud.calls("RunTask").len(), 2, "{again}");
    cloud.run().args(["--reattach"]).run().assert_code(2).assert_stderr("--started-by");
}

#[test]
fn reap_stops_what_this_run_has_started_and_what_is_late() {
    let cloud = Cloud::real("ci-reap");
    cloud.shell(FOREVER);
    orphan(step(cloud.run(), "deploy", "1"));
    orphan(step(cloud.run(), "other", "1").env("GITHUB_RUN_ID", "43"));
    orphan(cloud.run().args(["--timeout", "3s"]));
    let late = Instant::now() + Duration::from_secs(4);
    let reap = || cloud.sortie(&["reap", "--cluster", cloud.name()]);
    reap().args(["--this-run"]).run().assert_code(2).assert_stderr("which CI run this is");
    let dry = step(reap(), "clean-up", "2").args(["--this-run", "--dry-run", "--output", "json"]).run();
    dry.assert_code(0);
    let objects = dry.json_lines();
    let mine = |object: &&Value| object["reason"].as_str().is_some_and(|why| why.contains("42/deploy"));
    assert_eq!(
        objects.iter().find(mine).map(|object| &object["result"]),
        Some(&json!("would-stop")),
        "{dry}"
    );
    assert!(cloud.calls("StopTask").is_empty());
    std::thread::sleep(late.saturating_duration_since(Instant::now()));
    let reaped = reap().run();
    reaped.assert_code(0);
    assert_eq!(reaped.lines().len(), 1, "the late one\n{reaped}");
    assert!(
        reaped.text().starts_with("stopping ") && reaped.text().contains("its time was over"),
        "{reaped}"
    );
    let reaped = step(reap(), "clean-up", "2").args(["--this-run"]).run();
    reaped.assert_code(0);
    assert!(reaped.text().contains("started by this CI run"), "{reaped}");
    let stopped = cloud.calls("StopTask").len();
    assert!((2..=3).contains(&stopped), "{stopped} stops\n{reaped}");
    let deadline = Instant::now() + Duration::from_secs(20);
    while cloud.running_containers().len() > 1 {
        assert!(Instant::now() < deadline, "they were told to stop");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(cloud.running_containers().len(), 1, "the other run's goes on");
    reap().args(["--older-than", "1d"]).run().assert_code(0).assert_stdout("");
    reap().args(["--older-than", "soon"]).run().assert_code(2).assert_stderr("--older-than");
    let old = reap().args(["--older-than", "1s"]).run();
    old.assert_code(0);
    assert!(old.text().contains("started by a CI run (sortie/github/"), "{old}");
    cloud.assert_nothing_runs();
}
