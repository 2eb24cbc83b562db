//! The GitHub Action: `main.js` and `post.js` as the runner starts them, with node alone.

use std::path::Path;
use std::path::PathBuf;

use rustix::process::Signal;
use sortie_tests::Cloud;
use sortie_tests::Output;
use sortie_tests::Sortie;
use sortie_tests::servers::repository;
use sortie_tests::sortie::binary;

use crate::downloads::Place;

/// `main.js` of this repository, with what the runner sets for every step; `inputs` in the action's words.
pub(crate) fn main(base: Sortie, inputs: &[(&str, &str)]) -> Sortie {
    script(base, &repository().join(".ci/steps/github/main.js"), inputs)
}

/// The same of another copy of the action.
pub(crate) fn script(base: Sortie, script: &Path, inputs: &[(&str, &str)]) -> Sortie {
    let temporary = base.path("");
    let files = ["GITHUB_STATE", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_PATH"];
    let step = files.iter().fold(base, |step, name| {
        let path = step.path(name);
        step.file(name, "").env(name, path)
    });
    let step = step
        .env("GITHUB_ACTIONS", "true")
        .env("CI", "true")
        .env("GITHUB_RUN_ID", "42")
        .env("GITHUB_RUN_ATTEMPT", "1")
        .env("RUNNER_TEMP", &temporary)
        .env("RUNNER_TOOL_CACHE", temporary.join("tools"));
    let step = inputs
        .iter()
        .fold(step, |step, (name, value)| step.env(&format!("INPUT_{}", name.to_uppercase()), value));
    // The runner starts node itself, and signals it alone.
    step.within(&format!("exec '{}' '{}'", node().display(), script.display()))
}

/// The node that runs the action, of the version that it names.
fn node() -> PathBuf {
    sortie_tests::servers::cache().join("ci-tools/bin/node")
}

/// What `main.js` has saved for `post.js`, as the variables that the runner makes of it.
fn states(main: &Output) -> Vec<(String, String)> {
    let text = main.file("GITHUB_STATE");
    let mut lines = text.lines();
    let mut states = Vec::new();
    while let Some(first) = lines.next() {
        let (name, delimiter) = first.split_once("<<").expect("a name and a delimiter");
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
        states.push((format!("STATE_{name}"), value.join("\n")));
    }
    states
}

/// Runs `post.js` after that.
fn post(cloud: &Cloud, main: &Output) -> Output {
    let base = states(main).iter().fold(cloud.sortie(&[]), |base, (name, value)| base.env(name, value));
    script(base, &repository().join(".ci/steps/github/post.js"), &[]).run()
}

fn built() -> (&'static str, &'static str) {
    ("binary", binary().to_str().expect("the path is text"))
}

#[test]
fn inputs_reach_sortie_and_its_exit_code_the_runner() {
    let output = main(
        Sortie::new(),
        &[
            built(),
            ("args", "--backend process\n--env MODE=fast"),
            ("env", "QUOTED='\"x y\"'\nINPUT_LIKE=1"),
            ("command", r#"sh -c 'echo "$MODE $QUOTED $1 ${INPUT_COMMAND-none}"; exit 7' x 'a  b'"#),
        ],
    )
    .run();
    output.assert_code(7);
    assert!(output.text().contains("fast '\"x y\"' a  b none\n"), "{output}");
    assert!(output.file("GITHUB_OUTPUT").contains("exit-code<<"), "the reporter is there\n{output}");
    // Nothing is left for the step after the job.
    assert!(post(&Cloud::real("gha-none"), &output).stderr.is_empty(), "{output}");
}

#[test]
fn what_is_wrong_is_said_as_an_annotation_before_anything_runs() {
    for (inputs, text) in [
        (
            &[built(), ("command", "make && make install")][..],
            "::error title=sortie::input `command` has `&&`",
        ),
        (&[built(), ("command", "sh -c 'x")], "a ' is not closed"),
        (&[("binary", "no/such/sortie")], "there is no "),
        (&[built(), ("install-only", "yes")], "it is true or false"),
        (&[("command", "x")], "this revision of the action is no release"),
        (&[built(), ("role-to-assume", "arn:aws:iam::1:role/x")], "id-token: write"),
    ] {
        let output = main(Sortie::new(), inputs).run();
        output.assert_code(2).assert_nowhere("launched");
        assert!(output.text().contains(text), "no {text:?}\n{output}");
    }
}

#[test]
fn a_cancelled_step_stops_its_task_and_leaves_nothing_to_the_next() {
    let cloud = Cloud::real("gha-cancel");
    cloud.shell("trap 'echo stopping; exit 0' TERM; echo up; while :; do sleep 0.1; done");
    let target = cloud.target().join(" ");
    // The first signal of the runner's three; the others do not come when the step has ended.
    let running = main(cloud.sortie(&[]), &[built(), ("args", &target)]).start();
    running.await_stdout("up\n");
    running.signal(Signal::INT);
    let output = running.finish();
    output.assert_code(130);
    cloud.assert_nothing_runs();
    assert!(post(&cloud, &output).assert_code(0).stderr.is_empty(), "{output}");
    assert_eq!(cloud.calls("StopTask").len(), 1);
}

/// The runner's second signal, before the task has ended: sortie leaves, and says so.
#[test]
fn a_task_that_takes_its_time_to_end_is_followed_up_after_the_job() {
    let cloud = Cloud::real("gha-slow");
    cloud.shell("trap '' TERM; echo up; while :; do sleep 0.1; done");
    let target = format!("{} --stop-timeout 10s", cloud.target().join(" "));
    let running = main(cloud.sortie(&[]), &[built(), ("args", &target)]).start();
    running.await_stdout("up\n");
    running.signal(Signal::INT);
    cloud.await_call("StopTask");
    running.signal(Signal::TERM);
    let output = running.finish();
    output.assert_code(143);
    post(&cloud, &output).assert_code(0).assert_stderr("the step ended before its task");
    cloud.assert_nothing_runs();
}

#[test]
fn a_step_that_is_killed_with_all_its_processes_leaves_its_task_to_the_step_after_the_job() {
    let cloud = Cloud::real("gha-kill");
    cloud.shell("echo up; sleep 300");
    let target = cloud.target().join(" ");
    let running = main(cloud.sortie(&[]), &[built(), ("args", &target)]).start();
    running.await_stdout("up\n");
    // The runner kills the tree.
    let sortie = crate::processes::descendant(running.pid(), "sortie");
    rustix::process::kill_process(sortie, Signal::KILL).expect("it runs");
    let output = running.finish();
    output.assert_code(137);
    assert!(cloud.calls("StopTask").is_empty(), "{output}");
    let post = post(&cloud, &output);
    post.assert_code(0).assert_stderr("the step ended before its task: stopping arn:aws:ecs:");
    cloud.assert_nothing_runs();
}

/// The token goes into a file that only this user can read, for as long as sortie runs, and nowhere else.
#[test]
fn a_role_is_assumed_with_a_token_that_is_in_one_file_only() {
    let place = Place::start();
    place.serve("/oidc?v=1&audience=sts.amazonaws.com", br#"{"value":"the.oidc.token"}"#);
    let stub = "#!/bin/sh\nstat -c 'mode %a' \"$AWS_WEB_IDENTITY_TOKEN_FILE\"\n\
                cmp -s token \"$AWS_WEB_IDENTITY_TOKEN_FILE\" && echo same\n\
                echo \"$AWS_ROLE_ARN $AWS_ROLE_SESSION_NAME ${AWS_ACCESS_KEY_ID-nothing}\"\n\
                echo \"$AWS_WEB_IDENTITY_TOKEN_FILE\" >file\n";
    let base = Sortie::new().file("stub", stub).file("token", "the.oidc.token");
    std::fs::set_permissions(base.path("stub"), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .expect("the file is ours");
    let stub = base.path("stub").display().to_string();
    let base = base
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", place.url("/oidc?v=1"))
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "request-token")
        .env("AWS_ACCESS_KEY_ID", "other");
    let output = main(base, &[("binary", &stub), ("role-to-assume", "arn:aws:iam::1:role/ci")]).run();
    output.assert_code(0).assert_nowhere("oidc.token");
    output.assert_stdout("mode 600\nsame\narn:aws:iam::1:role/ci sortie-42-1 nothing\n");
    assert!(place.requests()[0].contains("authorization: Bearer request-token"), "{:?}", place.requests());
    assert!(!Path::new(output.file("file").trim()).exists(), "the token is left behind\n{output}");
}
