//! The images, of the context that the release workflow lays out: what is in them, as the first process of a
//! container, as the image of a job, and as a GitLab Function.
//!
//! The program is the one under test in place of the static one; a layer more, which no release has, holds the
//! libraries that it needs, and a shell for it to run.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

use serde_json::Value;
use sortie_tests::Engine;
use sortie_tests::servers::repository;
use sortie_tests::sortie::binary;
use tempfile::TempDir;

use crate::published::yaml;
use crate::shells::COMMAND;

/// An image in an engine, which is gone when the test has ended.
struct Image {
    engine: Engine,
    tag: String,
}

impl Image {
    /// The image as it is released, or a stage before it.
    fn released(test: &str, stage: &[&str]) -> Self {
        let engine = Engine::podman(test);
        let tag = format!("localhost/{}:released", engine.name());
        build(&engine, &tag, &repository().join(".ci/release/Containerfile"), stage, context().path());
        Self { engine, tag }
    }

    /// With what the program under test needs.
    fn to_run(test: &str, stage: &[&str]) -> Self {
        let mut image = Self::released(test, stage);
        let context = TempDir::new().expect("a directory");
        let (containerfile, more) = (context.path().join("Containerfile"), context.path().join("more"));
        fs::write(&containerfile, format!("FROM {}\nCOPY more /\n", image.tag)).expect("it is ours");
        fs::create_dir(&more).expect("it is ours");
        libraries(binary(), &more);
        let busybox = run(Command::new("bash").args(["-c", "command -v busybox"]));
        fs::copy(busybox.trim(), more.join("busybox")).expect("busybox is installed");
        let tag = image.tag.replace(":released", ":to-run");
        build(&image.engine, &tag, &containerfile, &[], context.path());
        // Its layers stay as long as another image has them.
        image.engine.client(&["rmi", "--force", &image.tag]);
        image.tag = tag;
        image
    }

    /// `docker run` with these options, these words as the container's, and this on its standard input.
    fn run(&self, options: &[&str], words: &[&str], input: &str) -> Output {
        let name = format!("sortie-{}-container", self.engine.name());
        let mut docker = Command::new("docker");
        // Without `--rm`: podman forgets the exit code with the container.
        docker.args([
            "-H",
            self.engine.address(),
            "run",
            "--interactive",
            "--network",
            "none",
            "--name",
            &name,
        ]);
        docker.args(options).arg(&self.tag).args(words);
        docker.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = docker.spawn().expect("docker starts");
        // What does not read it may have ended before.
        let _ = running.stdin.take().expect("it is piped").write_all(input.as_bytes());
        let output = running.wait_with_output().expect("it ends");
        self.engine.client(&["rm", "--force", &name]);
        output
    }

    /// The files of the image, each with content, below a directory: as GitLab's step runner unpacks its layers.
    fn unpacked(&self) -> TempDir {
        let directory = TempDir::new().expect("a directory");
        let name = format!("sortie-{}-unpacked", self.engine.name());
        self.engine.client(&["create", "--name", &name, &self.tag]);
        let script = "docker -H \"$1\" export \"$2\" | tar -x --no-same-owner -C \"$3\" && find \"$3\" -size 0 -type f -delete";
        run(Command::new("bash")
            .args(["-o", "pipefail", "-c", script, "bash", self.engine.address()])
            .args([&name, &directory.path().display().to_string()]));
        self.engine.client(&["rm", "--force", &name]);
        directory
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.engine.client(&["rmi", "--force", &self.tag]);
        }
    }
}

/// What `.ci/release/context` makes of archives.
fn context() -> TempDir {
    let directory = TempDir::new().expect("a directory");
    let stub = directory.path().join("stub");
    fs::write(&stub, "a stub").expect("the directory is ours");
    let (dist, context) = (directory.path().join("dist"), directory.path().join("context"));
    for architecture in ["x86_64", "aarch64"] {
        let target = format!("{architecture}-unknown-linux-musl");
        let build = repository().join(".ci/release/build");
        run(Command::new(build).arg(target).arg(&dist).env("SORTIE_PROGRAM", &stub));
    }
    run(Command::new(repository().join(".ci/release/context")).args([&dist, &context]));
    for platform in ["amd64", "arm64"] {
        assert_eq!(
            fs::read(context.join("linux").join(platform).join("sortie")).expect("it is there"),
            b"a stub"
        );
    }
    let program = context.join(platform()).join("sortie");
    run(Command::new("strip").arg("--strip-debug").arg("-o").arg(&program).arg(binary()));
    let laid_out = TempDir::new().expect("a directory");
    run(Command::new("cp").arg("-r").arg(context.join(".")).arg(laid_out.path()));
    laid_out
}

/// As engines name it.
fn platform() -> &'static str {
    match std::env::consts::ARCH {
        "aarch64" => "linux/arm64",
        _ => "linux/amd64",
    }
}

fn build(engine: &Engine, tag: &str, containerfile: &Path, more: &[&str], context: &Path) {
    let arguments = ["BASE=busybox:e2e", "INSTALL=true", &format!("TARGETPLATFORM={}", platform())]
        .map(|argument| format!("--build-arg={argument}"));
    let (file, context) = (containerfile.display().to_string(), context.display().to_string());
    let mut words = vec!["build", "--network", "none", "--tag", tag, "--file", &file];
    words.extend(arguments.iter().map(String::as_str));
    words.extend(more);
    words.push(&context);
    engine.client(&words);
}

/// Copies the libraries of a program.
fn libraries(program: &Path, to: &Path) {
    let script = "ldd \"$1\" | sed -n 's#^[^/]*\\(/[^ ]*\\) (0x.*#\\1#p' | xargs -r cp --parents --dereference -t \"$2\"";
    run(Command::new("bash").args(["-o", "pipefail", "-c", script, "bash"]).args([program, to]));
}

#[track_caller]
fn run(command: &mut Command) -> String {
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{command:?}: {}", text(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_image_holds_the_program_and_certificates_alone() {
    let image = Image::released("image-files", &[]);
    let entry_point =
        image.engine.client(&["inspect", "--format", "{{json .Config.Entrypoint}}", &image.tag]);
    assert_eq!(entry_point.trim(), r#"["/sortie"]"#);
    let unpacked = image.unpacked();
    let files = run(Command::new("find").args([".", "-type", "f"]).current_dir(unpacked.path()));
    let mut files: Vec<&str> = files.lines().collect();
    files.sort_unstable();
    assert_eq!(files, ["./etc/ssl/certs/ca-certificates.crt", "./func.yml", "./sortie"]);
    let certificates = fs::read_to_string(unpacked.path().join(&files[0][2..])).expect("text");
    assert!(certificates.contains("-----BEGIN CERTIFICATE-----"));
}

#[test]
fn as_the_first_process_it_ends_with_the_code_passes_signals_on_and_reaps_orphans() {
    let image = Image::to_run("image-first", &[]);
    let output = image.run(&[], &["version"], "");
    assert!(output.status.success() && text(&output).starts_with("sortie "), "{}", text(&output));

    let sh = |script| ["run", "--backend", "process", "--", "/busybox", "sh", "-c", script];
    let code = image.run(&[], &sh("exit 7"), "");
    assert_eq!(code.status.code(), Some(7), "{}", text(&code));

    // A zombie's directory in /proc goes when it is reaped, and not before.
    let orphan = "/busybox sh -c '/busybox true & echo $! >/pid'
                  while [ -e /proc/$(/busybox cat /pid) ]; do /busybox sleep 0.05; done; echo reaped";
    let reaped = image.run(&[], &sh(orphan), "");
    assert!(text(&reaped).contains("reaped\n"), "{}", text(&reaped));

    // It stops itself when the first line is there.
    let waits =
        "trap 'echo stopping; exit 3' TERM; /busybox kill -TERM 1; while :; do /busybox sleep 0.05; done";
    let stopped = image.run(&[], &sh(waits), "");
    assert!(text(&stopped).contains("stopping\n"), "{}", text(&stopped));
    assert_eq!(stopped.status.code(), Some(143), "{}", text(&stopped));
}

/// GitLab hands a script to the shell of the image, CircleCI and Codefresh start the shell with one.
#[test]
fn a_job_runs_in_the_image_with_a_shell() {
    let image = Image::to_run("image-job", &["--target", "ci"]);
    let steps = repository().join(".ci/steps");
    let component = yaml(&steps.join("gitlab/templates/sortie.yml")).remove(1);
    let step = yaml(&steps.join("codefresh/step.yaml")).remove(0);
    let script = |value: &Value| value.as_str().expect("a script").to_owned();
    let scripts = [
        script(&component["$[[ inputs.job ]]"]["script"][0]),
        fs::read_to_string(steps.join("circleci/src/scripts/run.sh")).expect("it is there"),
        script(&step["spec"]["steps"]["main"]["commands"][0]),
    ];
    // The emptied test image has its shell on another path than alpine.
    let mut options = vec!["--entrypoint", ""];
    let variables = [
        "PATH=/usr/local/bin:/bin".to_owned(),
        "CI_JOB_ID=1".to_owned(),
        "CIRCLE_WORKFLOW_JOB_ID=1".to_owned(),
        "STEP_ARGS=--backend process --env 'A=1 2'".to_owned(),
        format!("STEP_COMMAND={COMMAND}"),
    ];
    variables.iter().for_each(|variable| options.extend(["--env", variable]));
    for script in scripts {
        let output = image.run(&options, &["sh"], &script);
        assert_eq!(output.status.code(), Some(7), "{script}: {}", text(&output));
        assert!(text(&output).contains("<1 2|a  $HOME b|>\n"), "{}", text(&output));
    }
}

/// As GitLab's step runner does it: the layers are unpacked into a directory, and what `func.yml` says is run there
/// with the inputs in place.
#[test]
fn the_image_is_a_gitlab_function() {
    let image = Image::released("image-function", &[]);
    let unpacked = image.unpacked();
    let documents = yaml(&unpacked.path().join("func.yml"));
    let [interface, definition] = &documents[..] else { panic!("two documents") };
    let expand = |value: &Value, given: &[(&str, &str)]| {
        let mut text = value
            .as_str()
            .expect("a text")
            .replace("${{ func_dir }}", &unpacked.path().display().to_string());
        for (name, input) in interface["spec"]["inputs"].as_object().expect("inputs") {
            let given = given.iter().find(|given| given.0 == name).map(|given| given.1);
            let value = given.or(input["default"].as_str()).expect("a value");
            text = text.replace(&format!("${{{{ inputs.{name} }}}}"), value);
        }
        assert!(!text.contains("${{"), "{text} is not known");
        text
    };
    let call = |given: &[(&str, &str)]| {
        let command = definition["exec"]["command"].as_array().expect("a list");
        let words: Vec<String> = command.iter().map(|word| expand(word, given)).collect();
        let environment = definition["env"].as_object().expect("variables");
        let environment = environment.iter().map(|(name, value)| (name, expand(value, given)));
        let mut program = Command::new(&words[0]);
        program.args(&words[1..]).env_clear().envs(environment).env("SORTIE_BACKEND", "process");
        program.env("PATH", "/usr/bin:/bin").current_dir(unpacked.path()).output().expect("it starts")
    };
    let output = call(&[("command", COMMAND), ("env", "A=1 2\nB=3")]);
    assert_eq!(output.status.code(), Some(7), "{}", text(&output));
    assert!(text(&output).contains("<1 2|a  $HOME b|>\n"), "{}", text(&output));
    assert!(!text(&output).contains("not known"), "{}", text(&output));
    let refused = call(&[("command", "a && b")]);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
    // Each input has a use.
    let used = definition["env"].to_string();
    for name in interface["spec"]["inputs"].as_object().expect("inputs").keys() {
        assert!(used.contains(&format!("${{{{ inputs.{name} }}}}")), "`{name}` is not used");
    }
}
