//! The Buildkite plugin: its hooks in bash, with the variables that the agent makes of its options.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use rustix::process::Signal;
use sortie_tests::Cloud;
use sortie_tests::Output;
use sortie_tests::Sortie;
use sortie_tests::servers::repository;
use sortie_tests::sortie::binary;

/// A hook of a job, which has its files in `directory`.
fn hook(base: Sortie, name: &str, directory: &std::path::Path, options: &[(&str, &str)]) -> Sortie {
    let hook = repository().join(".ci/steps/buildkite/hooks").join(name);
    let base = base
        .env("PATH", format!("{}:/usr/bin:/bin", binary().with_file_name("").display()))
        .env("TMPDIR", directory)
        .env("BUILDKITE", "true")
        .env("BUILDKITE_JOB_ID", "0190046e-e199-453b-a302-a21a4d649d31")
        .within(&format!("exec bash '{}'", hook.display()));
    options.iter().fold(base, |base, (name, value)| match name.starts_with("BUILDKITE_") {
        true => base.env(name, value),
        false => base.env(&format!("BUILDKITE_PLUGIN_SORTIE_{name}"), value),
    })
}

fn pre_exit(cloud: &Cloud, directory: &std::path::Path) -> Output {
    let output = hook(cloud.sortie(&[]), "pre-exit", directory, &[]).run();
    output.assert_code(0);
    assert_eq!(std::fs::read_dir(directory).expect("it is there").count(), 0, "{output}");
    output
}

#[test]
fn options_reach_sortie_and_its_exit_code_the_agent() {
    let directory = tempfile::tempdir().expect("a directory");
    let process = [("ARGS_0", "--backend"), ("ARGS_1", "process"), ("ENV", "A=1 2")];
    let listed =
        [&process[..], &[("COMMAND_0", "printf"), ("COMMAND_1", "<%s>"), ("COMMAND_2", "a  b")]].concat();
    let output = hook(Sortie::new(), "command", directory.path(), &listed).run();
    output.assert_code(0);
    assert!(output.text().contains("<a  b>\n"), "{output}");
    let own = [&process[..], &[("BUILDKITE_COMMAND", "echo \"$A\"\nexit 9")]].concat();
    let output = hook(Sortie::new(), "command", directory.path(), &own).run();
    output.assert_code(9);
    assert!(output.text().contains("1 2\n"), "{output}");
    pre_exit(&Cloud::real("bk-none"), directory.path());
}

/// In the place of the agent's own command stands one that notes what it is given.
#[test]
fn a_failed_run_is_annotated_on_the_page_of_the_build() {
    let directory = tempfile::tempdir().expect("a directory");
    let process = [("ARGS_0", "--backend"), ("ARGS_1", "process")];
    let annotated = |script: &str| {
        let options = [&process[..], &[("BUILDKITE_COMMAND", script)]].concat();
        let hook = hook(Sortie::new(), "command", directory.path(), &options);
        let agent = hook.path("buildkite-agent");
        let path = format!("{}:{}", hook.path("").display(), crate::shells::path());
        let hook = hook.file("buildkite-agent", "#!/bin/sh\n{ echo \"$@\"; cat; } >agent.txt\nexit 1\n");
        std::fs::set_permissions(agent, Permissions::from_mode(0o755)).expect("the file is ours");
        let output = hook.env("PATH", path).run();
        let noted = output.has_file("agent.txt").then(|| output.file("agent.txt"));
        pre_exit(&Cloud::real("bk-annotate"), directory.path());
        (output.code, noted)
    };
    assert_eq!(annotated("true"), (Some(0), None));
    let (code, noted) = annotated("echo why; exit 9");
    let noted = noted.unwrap_or_default();
    let given = "annotate --style error --context sortie-0190046e-e199-453b-a302-a21a4d649d31\n### ❌ ";
    assert!(code == Some(9) && noted.starts_with(given) && noted.contains("\nwhy\n"), "{code:?}\n{noted}");
}

#[test]
fn a_cancelled_job_stops_its_task_and_leaves_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let cloud = Cloud::real("bk-cancel");
    cloud.shell("trap 'echo stopping; exit 0' TERM; echo up; while :; do sleep 0.1; done");
    let options = [
        ("CLUSTER", cloud.name()),
        ("TASK_DEFINITION", cloud.name()),
        ("SUBNETS_0", "subnet-1"),
        ("SUBNETS_1", "subnet-2"),
        ("SECURITY_GROUPS", "sg-1"),
    ];
    let running = hook(cloud.sortie(&[]), "command", directory.path(), &options).start();
    running.await_stdout("up\n");
    // The agent signals the group: here, the hook and its child.
    let sortie = crate::processes::descendant(running.pid(), "sortie");
    running.signal(Signal::TERM);
    rustix::process::kill_process(sortie, Signal::TERM).expect("it runs");
    let output = running.finish();
    output.assert_code(143);
    assert!(output.text().contains("up\nstopping\n"), "{output}");
    cloud.assert_nothing_runs();
    pre_exit(&cloud, directory.path());
    assert_eq!(cloud.calls("StopTask").len(), 1);
}

#[test]
fn what_a_killed_run_has_left_is_stopped_before_the_exit() {
    let directory = tempfile::tempdir().expect("a directory");
    let cloud = Cloud::real("bk-kill");
    cloud.shell("echo up; sleep 300");
    let options = [
        ("CLUSTER", cloud.name()),
        ("TASK_DEFINITION", cloud.name()),
        ("SUBNETS", "subnet-1"),
        ("SECURITY_GROUPS", "sg-1"),
    ];
    let running = hook(cloud.sortie(&[]), "command", directory.path(), &options).start();
    running.await_stdout("up\n");
    let sortie = crate::processes::descendant(running.pid(), "sortie");
    rustix::process::kill_process(sortie, Signal::KILL).expect("it runs");
    running.finish().assert_code(137);
    pre_exit(&cloud, directory.path());
    assert_eq!(cloud.calls("StopTask").len(), 1);
    cloud.assert_nothing_runs();
}
