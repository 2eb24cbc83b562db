//! What `sortie init` writes into an empty repository runs as it stands, and is as its system wants it.

use serde_json::Value;
use sortie_tests::Cloud;
use sortie_tests::Output;
use sortie_tests::sortie::binary;

use crate::failed_deployment::values;
use crate::github;
use crate::gitlab;
use crate::published;
use crate::shells;

/// The file that is written for this system, in an account with one cluster and one task definition.
fn written(cloud: &Cloud, system: &str, path: &str) -> Value {
    let output = cloud
        .sortie(&["init", system])
        .args(cloud.target())
        .args(["--", "sh", "-c", "echo \"it's $HOME\"; exit 7"])
        .run();
    output.assert_code(0);
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("written.yml");
    std::fs::write(&file, output.file(path)).expect("the directory is ours");
    published::yaml(&file).remove(0)
}

fn assert_ran(output: &Output) {
    output.assert_code(7);
    assert!(output.text().contains("it's /"), "{output}");
}

#[test]
fn a_step_runs_as_it_is_written() {
    let cloud = Cloud::real("written");
    cloud.shell("x");

    let workflow = written(&cloud, "github", ".github/workflows/sortie.yml");
    published::assert_documents("vendor.github-workflows", std::slice::from_ref(&workflow));
    let mut inputs = values(&workflow["jobs"]["sortie"]["steps"][0]["with"]);
    inputs.push(("binary".to_owned(), binary().display().to_string()));
    let inputs: Vec<_> = inputs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_ran(&github::main(cloud.sortie(&[]), &inputs).run());

    let pipeline = written(&cloud, "gitlab", ".gitlab-ci.yml");
    published::assert_documents("vendor.gitlab-ci", std::slice::from_ref(&pipeline));
    let (script, variables) = gitlab::script_of_the_job(&values(&pipeline["include"][0]["inputs"]));
    let job = variables.iter().fold(cloud.sortie(&[]), |job, (name, value)| job.env(name, value));
    let job = job.env("CI_JOB_ID", "7190").env("PATH", shells::path());
    assert_ran(&job.within(&script).run());

    let config = written(&cloud, "circleci", ".circleci/config.yml");
    published::assert_documents("vendor.circle-ci", std::slice::from_ref(&config));
    let jobs = &config["workflows"]["sortie"]["jobs"];
    let parameters = shells::parameters_of_circleci(&values(&jobs[0]["sortie/run-task"]));
    let job = shells::circleci(cloud.sortie(&[]), "run.sh");
    assert_ran(&parameters.iter().fold(job, |job, (name, value)| job.env(name, value)).run());
    let clean_up = &jobs[1]["sortie/clean-up"];
    assert_eq!(
        (&clean_up["cluster"], &clean_up["requires"][0]["sortie"][0]),
        (&cloud.name().into(), &"canceled".into())
    );

    let pipeline = written(&cloud, "codefresh", "codefresh.yml");
    published::assert_codefresh(&pipeline);
    let arguments = values(&pipeline["steps"]["sortie"]["arguments"]);
    assert_ran(&shells::codefresh(cloud.sortie(&[]), &arguments).run());
}
