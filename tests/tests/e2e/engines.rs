//! Which container engine is taken, and what docker's own configuration says of it.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use sortie_tests::Sortie;
use sortie_tests::cloud::IMAGE;
use sortie_tests::servers::servers;

/// `sortie run` in the engine that docker's command line would take, with a configuration of this content.
fn run(config: &str) -> Sortie {
    let sortie = Sortie::new().args(["run", "--backend", "docker", "--image", IMAGE, "--network", "none"]);
    let sortie = sortie.file("config.json", config);
    let directory = sortie.path(".");
    sortie.env("DOCKER_CONFIG", directory)
}

#[test]
fn context_that_does_not_exist_is_never_another_engine() {
    for (config, context) in
        [("{}", Some("nope")), (r#"{"currentContext":"nope"}"#, None), ("{\"currentContext\":", None)]
    {
        let run = run(config);
        let run = context.iter().fold(run, |run, context| run.env("DOCKER_CONTEXT", context));
        // The usual place of another engine.
        let socket = servers().docker.trim_start_matches("unix://").to_owned();
        std::fs::create_dir_all(run.path(".docker/run")).expect("ours");
        std::os::unix::fs::symlink(socket, run.path(".docker/run/docker.sock")).expect("ours");
        let home = run.path(".");
        let output = run.env("HOME", home).script("echo wrong engine").run();
        output.assert_code(2).assert_stdout("");
        match config {
            "{\"currentContext\":" => output.assert_stderr("config.json cannot be understood"),
            _ => output.assert_stderr("docker context `nope`").assert_stderr("does not exist"),
        };
    }
}

/// As `docker run` does it.
#[test]
fn proxies_of_dockers_configuration_reach_the_containers() {
    let config =
        r#"{"proxies":{"default":{"httpProxy":"http://me:hunter2@proxy:3128","noProxy":"localhost"}}}"#;
    let run = |arguments: &[&str]| run(config).env("DOCKER_HOST", &servers().docker).args(arguments);
    // Its password is there, and is masked where it is printed.
    let show = "echo $HTTP_PROXY; echo ${#HTTP_PROXY}; echo $http_proxy; echo $NO_PROXY; echo $no_proxy";
    let output = run(&["--env", "http_proxy=mine"]).script(show).run();
    output.assert_code(0).assert_stdout("http://me:***@proxy:3128\n28\nmine\nlocalhost\nlocalhost\n");
    let mut plan = Sortie::new().args(["plan", "--backend", "docker", "--image", IMAGE]);
    plan = plan.file("config.json", config);
    let directory = plan.path(".");
    let output = plan.env("DOCKER_CONFIG", directory).env("DOCKER_HOST", &servers().docker).run();
    output.assert_code(0).assert_nowhere("hunter2");
    assert!(output.text().contains("HTTP_PROXY"), "{output}");
}

#[test]
fn network_that_does_not_exist_is_a_mistake_with_its_name() {
    for network in ["nosuchnet", "container:nosuchcontainer"] {
        let sortie =
            Sortie::new().args(["run", "--backend", "docker", "--image", IMAGE, "--network", network]);
        let output = sortie.env("DOCKER_HOST", &servers().docker).script("echo hi").run();
        output.assert_code(2).assert_stdout("").assert_stderr(&format!("--network is `{network}`"));
        output.assert_stderr("docker network ls");
    }
}

#[test]
fn engine_that_cannot_be_reached_is_said_without_password_and_without_the_librarys_words() {
    let nobody = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    for host in [format!("tcp://{nobody}"), format!("tcp://me:hunter2@{nobody}")] {
        let output = run("{}").env("DOCKER_HOST", &host).script("echo hi").run();
        output.assert_code(2).assert_stderr("DOCKER_HOST").assert_nowhere("hunter2").assert_nowhere("hyper");
    }
}

/// A helper may ask a keychain that nobody can answer.
#[test]
fn helper_that_hangs_is_said_and_one_that_is_missing_named() {
    let registry = &servers().registry;
    let image = format!("{registry}/nothing:1");
    let pull = |config: String| {
        let sortie = Sortie::new().args(["run", "--backend", "docker", "--image", &image]);
        let sortie =
            sortie.file("config.json", config).file("docker-credential-slow", "#!/bin/sh\nexec sleep 60\n");
        let helper = sortie.path("docker-credential-slow");
        std::fs::set_permissions(helper, std::fs::Permissions::from_mode(0o755)).expect("ours");
        let directory = sortie.path(".");
        let path = format!("{}:{}", directory.display(), std::env::var("PATH").expect("there is one"));
        sortie.env("DOCKER_CONFIG", directory).env("PATH", path).env("DOCKER_HOST", &servers().docker)
    };
    let missing = pull(format!(r#"{{"credHelpers":{{"{registry}":"gone"}}}}"#)).script("true").run();
    missing.assert_code(121).assert_stderr("docker-credential-gone is not on PATH");
    let running = pull(r#"{"credsStore":"slow"}"#.to_owned()).script("true").start();
    running.await_stderr("waiting for the credentials of");
    running.finish().assert_stderr("docker-credential-slow did not answer within 30 s");
}
