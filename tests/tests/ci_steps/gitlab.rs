//! The GitLab component, run by `gitlab-ci-local`, which nobody here wrote: without a container, since the job's
//! image is not there.

use std::path::Path;

use rustix::process::Signal;
use sortie_tests::Cloud;
use sortie_tests::Sortie;
use sortie_tests::servers::cache;
use sortie_tests::servers::repository;
use sortie_tests::sortie::binary;

use crate::published::yaml;

/// A job of the component with these inputs.
pub(crate) fn job(base: Sortie, inputs: &str) -> Sortie {
    let component = repository().join(".ci/steps/gitlab/templates/sortie.yml");
    let pipeline =
        format!("include:\n  - local: templates/sortie.yml\n    inputs:\n      job: deploy\n{inputs}");
    let path = [
        shown(&binary().with_file_name("")),
        shown(&cache().join("ci-tools/bin")),
        "/usr/bin:/bin".to_owned(),
    ];
    base.file(".gitlab-ci.yml", pipeline)
        .env("PATH", path.join(":"))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .within(&format!(
            "set -e; mkdir templates; cp '{}' templates/; git init -q -b main; git add .
             git -c user.name=x -c user.email=x@x commit -q -m x; git remote add origin git@gitlab.com:a/b.git
             exec gitlab-ci-local --force-shell-executor --no-color deploy",
            component.display()
        ))
}

/// The component's script and variables, with these inputs as GitLab puts them in.
pub(crate) fn script_of_the_job(inputs: &[(String, String)]) -> (String, Vec<(String, String)>) {
    let documents = yaml(&repository().join(".ci/steps/gitlab/templates/sortie.yml"));
    let defaults = documents[0]["spec"]["inputs"].as_object().expect("inputs").iter();
    let with_inputs = |text: &str| {
        let text = inputs.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("$[[ inputs.{name} ]]"), value)
        });
        defaults.clone().fold(text, |text, (name, input)| {
            text.replace(&format!("$[[ inputs.{name} ]]"), input["default"].as_str().unwrap_or_default())
        })
    };
    let job = &documents[1]["$[[ inputs.job ]]"];
    let variables = job["variables"].as_object().expect("variables").iter();
    let variables = variables.filter_map(|(name, value)| {
        let text = value.as_str().or(value["value"].as_str())?;
        Some((name.clone(), with_inputs(text)))
    });
    (job["script"][0].as_str().expect("a script").to_owned(), variables.collect())
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn the_job_ends_with_the_code_and_nothing_is_expanded_on_the_way() {
    let output = job(
        Sortie::new(),
        "      args: --backend process --env 'A=1 2'\n      command: sh -c 'echo \"<$A|$1>\"; exit 7' x \"a  $HOME b\"\n",
    )
    .run();
    assert!(output.text().contains("<1 2|a  $HOME b>"), "{output}");
    output.assert_stderr("FAIL 7");
}

#[test]
fn what_a_killed_run_has_left_is_stopped_after_the_script() {
    let cloud = Cloud::real("gitlab-kill");
    cloud.shell("echo up; sleep 300");
    let name = cloud.name();
    let inputs = format!(
        "      cluster: {name}\n      task-definition: {name}\n      subnets: subnet-1,subnet-2\n      security-groups: sg-1\n"
    );
    let running = job(cloud.sortie(&[]), &inputs).start();
    running.await_stdout("up\n");
    let sortie = crate::processes::descendant(running.pid(), "sortie");
    rustix::process::kill_process(sortie, Signal::KILL).expect("it runs");
    let output = running.finish();
    assert!(output.text().contains("Running after script"), "{output}");
    assert_eq!(cloud.calls("StopTask").len(), 1, "{output}");
    cloud.assert_nothing_runs();
}
