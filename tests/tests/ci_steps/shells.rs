//! The scripts of the CircleCI orb and of the Codefresh step, in the shells that run them there.

use serde_json::Value;
use sortie_tests::Cloud;
use sortie_tests::Sortie;
use sortie_tests::servers::repository;
use sortie_tests::sortie::binary;

use crate::published::yaml;

/// A script as a step of a CircleCI job runs it.
pub(crate) fn circleci(base: Sortie, script: &str) -> Sortie {
    let script = repository().join(".ci/steps/circleci/src/scripts").join(script);
    let temporary = base.path("");
    with_sortie(base)
        .env("TMPDIR", temporary)
        .env("CIRCLECI", "true")
        .env("CIRCLE_WORKFLOW_JOB_ID", std::process::id().to_string())
        .within(&format!("exec bash -eo pipefail '{}'", script.display()))
}

/// The environment of `run.sh`, with these parameters as CircleCI puts them in.
pub(crate) fn parameters_of_circleci(parameters: &[(String, String)]) -> Vec<(String, String)> {
    let command = yaml(&repository().join(".ci/steps/circleci/src/commands/run-task.yml")).remove(0);
    let step = command["steps"].as_array().expect("steps").iter().map(|step| &step["run"]);
    let step = step.into_iter().find(|run| run["name"] == "sortie run").expect("the step");
    let environment = step["environment"].as_object().expect("an environment").iter();
    let value = |text: &str| {
        let given = |(name, _): &&(String, String)| text == format!("<< parameters.{name} >>");
        parameters.iter().find(given).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    environment.filter_map(|(name, text)| Some((name.clone(), value(text.as_str()?)))).collect()
}

/// The commands of the Codefresh step, in the shell of its image, with these arguments.
pub(crate) fn codefresh(base: Sortie, arguments: &[(String, String)]) -> Sortie {
    codefresh_with(base, arguments, |script| script)
}

/// The same with something changed in them.
pub(crate) fn codefresh_with(
    base: Sortie,
    arguments: &[(String, String)],
    change: impl Fn(String) -> String,
) -> Sortie {
    let step = yaml(&repository().join(".ci/steps/codefresh/step.yaml")).remove(0);
    let main = &step["spec"]["steps"]["main"];
    let script = change(main["commands"][0].as_str().expect("a script").to_owned());
    // Codefresh leaves what has no value as it is written.
    let environment = main["environment"].as_array().expect("a list").iter().map(Value::as_str);
    let base = environment.map(|pair| pair.and_then(|pair| pair.split_once('=')).expect("a pair")).fold(
        with_sortie(base.file("step.sh", script)).env("CF_BUILD_ID", "5f").env("CF_BUILD_URL", "https://x"),
        |base, (name, value)| {
            let given = |(argument, _): &&(String, String)| value == format!("${{{{{argument}}}}}");
            let value = arguments.iter().find(given).map_or(value, |(_, value)| value.as_str());
            base.env(name, value)
        },
    );
    base.within("exec busybox sh step.sh")
}

fn with_sortie(base: Sortie) -> Sortie {
    base.env("PATH", path())
}

/// A `PATH` on which sortie is.
pub(crate) fn path() -> String {
    format!("{}:/usr/bin:/bin", binary().with_file_name("").display())
}

pub(crate) const COMMAND: &str = "sh -c 'echo \"<$A|$1|$2>\"; exit 7' x \"a  $HOME b\" ''";

#[test]
fn parameters_reach_sortie_and_its_exit_code_the_system() {
    for step in [circleci(Sortie::new(), "run.sh"), codefresh(Sortie::new(), &[])] {
        let output =
            step.env("STEP_ARGS", "--backend process\n--env 'A=1 2'").env("STEP_COMMAND", COMMAND).run();
        output.assert_code(7);
        assert!(output.text().contains("<1 2|a  $HOME b|>\n"), "{output}");
        assert!(!output.stderr.contains("not known"), "{output}");
    }
    circleci(Sortie::new(), "stop.sh").run().assert_code(0).assert_stdout("");
}

/// The step's own process is sortie: what signals it stops the task.
#[test]
fn a_signal_to_the_step_stops_the_task() {
    let cloud = Cloud::real("shell-cancel");
    cloud.shell("trap 'echo stopping; exit 0' TERM; echo up; while :; do sleep 0.1; done");
    for step in [circleci(cloud.sortie(&[]), "run.sh"), codefresh(cloud.sortie(&[]), &[])] {
        let running = step
            .env("SORTIE_CLUSTER", cloud.name())
            .env("SORTIE_TASK_DEFINITION", cloud.name())
            .env("SORTIE_SUBNET", "subnet-1,subnet-2")
            .env("SORTIE_SECURITY_GROUP", "sg-1")
            .start();
        running.await_stdout("up\n");
        running.signal(rustix::process::Signal::TERM);
        let output = running.finish();
        output.assert_code(143);
        assert!(output.text().contains("up\nstopping\n"), "{output}");
        cloud.assert_nothing_runs();
    }
}

/// After a cancel CircleCI runs no further step of a job: another one, of the same pipeline, cleans up.
#[test]
fn another_job_of_the_pipeline_stops_what_a_killed_one_has_left() {
    let cloud = Cloud::real("shell-reap");
    cloud.shell("echo up; sleep 300");
    let job = |script: &str, name: &str| {
        circleci(cloud.sortie(&[]), script)
            .env("CIRCLE_PIPELINE_ID", format!("{}-pipeline", cloud.name()))
            .env("CIRCLE_JOB", name)
            .env("SORTIE_CLUSTER", cloud.name())
    };
    let running = job("run.sh", "deploy")
        .env("SORTIE_TASK_DEFINITION", cloud.name())
        .env("SORTIE_SUBNET", "subnet-1")
        .env("SORTIE_SECURITY_GROUP", "sg-1")
        .start();
    running.await_stdout("up\n");
    running.signal(rustix::process::Signal::KILL);
    running.finish();
    assert!(cloud.calls("StopTask").is_empty());
    job("clean-up.sh", "deploy-clean-up").run().assert_code(0);
    assert_eq!(cloud.calls("StopTask").len(), 1);
    cloud.assert_nothing_runs();
}
