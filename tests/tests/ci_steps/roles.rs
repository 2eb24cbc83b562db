//! AWS credentials without a key: the token that a system hands out to a job is what STS gets for the role, and the
//! next one where the session ends while the run lasts; none of them stands in the log.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use rustix::process::Signal;
use sortie_tests::Cloud;
use sortie_tests::Sortie;
use sortie_tests::servers::repository;
use sortie_tests::sortie::binary;
use sortie_tests::sts::Sts;
use tempfile::TempDir;

use crate::downloads::Place;
use crate::github;
use crate::gitlab;
use crate::shells;

/// Of the account that the emulator has by itself.
const ROLE: &str = "arn:aws:iam::000000000000:role/ci";

const FIRST: &str = "eyJhbGciOiJub25lIn0.the-first-token.x";
const SECOND: &str = "eyJhbGciOiJub25lIn0.the-second-token.x";

/// A step of a system, and how the system hands out another token from now on.
struct Handed {
    step: Sortie,
    hand: Box<dyn Fn(&str)>,
}

/// What a step needs beside its role: no keys, which would come first.
fn base(cloud: &Cloud, sts: &Sts) -> Sortie {
    Sortie::new()
        .env("AWS_ENDPOINT_URL", cloud.endpoint())
        .env("AWS_ENDPOINT_URL_STS", sts.address())
        .env("AWS_REGION", "us-east-1")
}

/// The target, and the role of the steps in a shell, as the systems put inputs into variables.
fn with_target(step: Sortie, cloud: &Cloud) -> Sortie {
    step.env("SORTIE_CLUSTER", cloud.name())
        .env("SORTIE_TASK_DEFINITION", cloud.name())
        .env("SORTIE_SUBNET", "subnet-1")
        .env("SORTIE_SECURITY_GROUP", "sg-1")
        .env("STEP_ROLE_ARN", ROLE)
}

/// A copy of a step's files, in which `from` is `to`: minutes are seconds.
fn copy(of: &str, directory: &Path, from: &str, to: &str) -> PathBuf {
    let copied = directory.join("step");
    let mut replaced = 0;
    for folder in ["", "hooks", "lib"] {
        let source = repository().join(of).join(folder);
        let Ok(files) = std::fs::read_dir(&source) else { continue };
        std::fs::create_dir_all(copied.join(folder)).expect("ours");
        for file in files.flatten().filter(|file| file.path().is_file()) {
            let bytes = std::fs::read(file.path()).expect("it is there");
            let text = String::from_utf8_lossy(&bytes);
            replaced += text.matches(from).count();
            std::fs::write(copied.join(folder).join(file.file_name()), text.replace(from, to)).expect("ours");
        }
    }
    assert!(replaced > 0, "{from:?} in {of}");
    copied
}

/// Writes a program that prints what stands in the file `token` of its directory, for these words alone.
fn program(directory: &Path, name: &str, words: &str) -> Box<dyn Fn(&str)> {
    let token = directory.join("token");
    let script = format!("#!/bin/sh\n[ \"$*\" = '{words}' ] && cat '{}'\n", token.display());
    let path = directory.join(name);
    std::fs::write(&path, script).expect("ours");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("ours");
    Box::new(move |text| {
        let beside = token.with_extension("new");
        std::fs::write(&beside, text).expect("ours");
        std::fs::rename(&beside, &token).expect("ours");
    })
}

fn path_with(directory: &Path) -> String {
    format!("{}:{}:/usr/bin:/bin", directory.display(), binary().with_file_name("").display())
}

fn github(base: Sortie, directory: &Path) -> Handed {
    let place = Place::start();
    let action = copy(".ci/steps/github", directory, "4 * 60_000", "1000");
    let base = base
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", place.url("/oidc?v=1"))
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "request-token");
    let program = binary().display().to_string();
    let inputs = [("binary", program.as_str()), ("role-to-assume", ROLE)];
    let step = github::script(base, &action.join("main.js"), &inputs);
    let hand = move |text: &str| {
        place.serve("/oidc?v=1&audience=sts.amazonaws.com", format!("{{\"value\":\"{text}\"}}").as_bytes());
    };
    Handed { step, hand: Box::new(hand) }
}

fn circleci(base: Sortie, directory: &Path, job: &str) -> Handed {
    let scripts = copy(".ci/steps/circleci/src/scripts", directory, "sleep 240", "sleep 1");
    let hand = program(directory, "circleci", "run oidc get --claims {\"aud\":\"sts.amazonaws.com\"}");
    let step = base
        .env("PATH", path_with(directory))
        .env("CIRCLECI", "true")
        .env("CIRCLE_WORKFLOW_JOB_ID", job)
        .within(&format!("exec bash -eo pipefail '{}'", scripts.join("run.sh").display()));
    Handed { step, hand }
}

fn codefresh(base: Sortie) -> Handed {
    let place = Place::start();
    let base =
        base.env("CF_OIDC_REQUEST_URL", place.url("/oidc")).env("CF_OIDC_REQUEST_TOKEN", "request-token");
    let step = shells::codefresh_with(base, &[], |script| {
        assert_eq!(script.matches("sleep 240").count(), 1);
        script.replace("sleep 240", "sleep 1")
    });
    let hand = move |text: &str| {
        let answer = format!("{{ \"id_token\": \"{text}\" }}");
        place.serve("/oidc?audience=sts.amazonaws.com", answer.as_bytes());
    };
    Handed { step, hand: Box::new(hand) }
}

fn buildkite(base: Sortie, directory: &Path) -> Handed {
    let plugin = copy(".ci/steps/buildkite", directory, "sleep 240", "sleep 1");
    let hand = program(directory, "buildkite-agent", "oidc request-token --audience sts.amazonaws.com");
    let step = base
        .env("PATH", path_with(directory))
        .env("TMPDIR", directory)
        .env("BUILDKITE", "true")
        .env("BUILDKITE_JOB_ID", "0190046e-e199-453b-a302-a21a4d649d31")
        .env("BUILDKITE_PLUGIN_SORTIE_ROLE_ARN", ROLE)
        .within(&format!("exec bash '{}'", plugin.join("hooks/command").display()));
    Handed { step, hand }
}

/// The sessions of the tests end after seconds, and the systems' tokens are renewed each second.
#[test]
fn a_role_is_assumed_with_the_system_s_token_and_again_with_the_next() {
    for system in ["github", "circleci", "codefresh", "buildkite"] {
        let cloud = Cloud::real(&format!("role-{system}"));
        cloud.shell("trap 'echo stopping; exit 0' TERM; echo up; while :; do sleep 0.1; done");
        let sts = Sts::start();
        let directory = TempDir::new().expect("a directory");
        let base = base(&cloud, &sts);
        let job = format!("{}-{system}", std::process::id());
        let Handed { step, hand } = match system {
            "github" => github(base, directory.path()),
            "circleci" => circleci(base, directory.path(), &job),
            "codefresh" => codefresh(base),
            _ => buildkite(base, directory.path()),
        };
        hand(FIRST);
        let running = with_target(step, &cloud).start();
        running.await_stdout("up\n");
        hand(SECOND);
        sts.await_token(SECOND);
        // Below node and below the hook of Buildkite it is a child.
        let pid = match system {
            "github" | "circleci" | "codefresh" => running.pid(),
            _ => crate::processes::descendant(running.pid(), "sortie"),
        };
        rustix::process::kill_process(pid, Signal::TERM).expect("it runs");
        let output = running.finish();
        output.assert_code(143);
        cloud.assert_nothing_runs();
        let exchanges = sts.exchanges();
        assert_eq!(exchanges[0].token, FIRST, "{system}: {exchanges:?}");
        for exchanged in &exchanges {
            assert!([FIRST, SECOND].contains(&exchanged.token.as_str()), "{system}: {exchanged:?}");
            assert_eq!(exchanged.role, ROLE, "{system}");
            assert!(exchanged.session.starts_with("sortie-"), "{system}: {exchanged:?}");
            output.assert_nowhere(&exchanged.secret);
        }
        for secret in ["the-first-token", "the-second-token", "request-token"] {
            output.assert_nowhere(secret);
        }
        // What the orb's next step removes.
        let _ = std::fs::remove_dir_all(format!("/tmp/sortie-{job}"));
        let _ = std::fs::remove_file("/tmp/sortie.jwt");
    }
}

/// GitLab's token lives as long as the job, and the component has it from the start.
#[test]
fn gitlab_s_token_is_what_sts_gets_as_often_as_a_session_ends() {
    let cloud = Cloud::real("role-gitlab");
    cloud.shell("echo up; sleep 8; echo down");
    let sts = Sts::start();
    let name = cloud.name();
    let inputs = format!(
        "      cluster: {name}\n      task-definition: {name}\n      subnets: subnet-1\n      security-groups: sg-1\n      \
         role-arn: {ROLE}\n"
    );
    let output =
        gitlab::job(base(&cloud, &sts), &inputs).env("GCL_VARIABLE", format!("STEP_ID_TOKEN={FIRST}")).run();
    output.assert_code(0).assert_nowhere("the-first-token");
    let exchanges = sts.exchanges();
    assert!(exchanges.len() > 1, "{exchanges:?}\n{output}");
    for exchanged in exchanges {
        assert_eq!((exchanged.token.as_str(), exchanged.role.as_str()), (FIRST, ROLE));
        output.assert_nowhere(&exchanged.secret);
    }
}
