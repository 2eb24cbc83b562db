//! What only a container engine on this machine has: images, volumes, sockets, leftovers.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;
use sortie_tests::Engine;
use sortie_tests::Sortie;
use sortie_tests::cloud::IMAGE;
use sortie_tests::servers::REGISTRY_USER;
use sortie_tests::servers::repository;
use sortie_tests::servers::servers;

const FOREVER: &str = "trap '' TERM; echo up; while :; do sleep 0.1; done";

#[test]
fn killed_sortie_leaves_what_reap_removes_and_a_living_one_keeps_its_own() {
    let _alone = Engine::alone();
    for engine in Engine::both("reap") {
        let file = json!({ "family": "f", "containerDefinitions": [
            { "name": "app", "image": IMAGE, "command": ["sh", "-c", FOREVER],
              "mountPoints": [{ "sourceVolume": "scratch", "containerPath": "/scratch" }] },
            { "name": "side", "image": IMAGE, "command": ["sh", "-c", FOREVER], "essential": false },
        ], "volumes": [{ "name": "scratch" }] });
        let start = || {
            let sortie = engine.run().file("task.json", file.to_string());
            sortie.args(["--network", "none", "--task-definition", "file:task.json"]).start()
        };
        let (living, killed) = (start(), start());
        living.await_stdout("app  | up\n");
        killed.await_stdout("app  | up\n");
        killed.signal(Signal::KILL);
        assert_eq!(killed.finish().code, None);
        assert_eq!(engine.leftovers().len(), 8, "three containers and a volume each");

        let dry = engine.sortie("reap").args(["--dry-run"]).run();
        dry.assert_code(0);
        assert!(
            dry.text().contains("would remove ") && dry.text().contains("its sortie still runs"),
            "{dry}"
        );
        assert_eq!(engine.leftovers().len(), 8, "nothing is removed\n{dry}");
        // As the README says it, without the engine's address.
        let reap = Sortie::new();
        let runtime = reap.path("");
        std::fs::create_dir(runtime.join("podman")).expect("ours");
        let name =
            if engine.address().ends_with("podman.sock") { "podman/podman.sock" } else { "docker.sock" };
        let socket = engine.address().trim_start_matches("unix://");
        std::os::unix::fs::symlink(socket, runtime.join(name)).expect("ours");
        let reaped = reap.env("XDG_RUNTIME_DIR", &runtime).args(["reap", "--local"]).run();
        reaped.assert_code(0);
        assert!(reaped.text().contains("removed ") && reaped.text().contains("kept "), "{reaped}");
        assert_eq!(engine.leftovers().len(), 4, "the living run's own\n{reaped}");

        living.signal(Signal::INT);
        std::thread::sleep(Duration::from_millis(300));
        let second = living.signal(Signal::INT);
        let output = living.finish();
        output.assert_code(130);
        assert!(
            second.elapsed() < Duration::from_secs(15),
            "left {:?} after the second signal",
            second.elapsed()
        );
        assert_eq!(engine.leftovers(), Vec::<String>::new(), "{output}");
    }
}

#[test]
fn volumes_files_of_variables_user_and_directory() {
    for engine in Engine::both("dev") {
        let file = json!({ "family": "f", "containerDefinitions": [{
            "name": "app", "image": IMAGE, "user": "65534:65534", "workingDirectory": "/work", "memory": 64,
            "readonlyRootFilesystem": true,
            "entryPoint": ["sh", "-c"], "command": ["cat note; echo $A; id -u; touch /x 2>/dev/null || echo read-only; pwd"],
        }]});
        let sortie = engine.run().file("task.json", file.to_string()).file("note", "from this machine\n");
        let sortie = sortie.file("vars", "A=1 2\n").args(["--network", "none", "--env-file", "vars"]);
        let output = sortie.args(["--task-definition", "file:task.json", "--volume", ".:/work:ro"]).run();
        output.assert_code(0).assert_stdout("from this machine\n1 2\n65534\nread-only\n/work\n");
    }
}

#[test]
fn task_for_another_architecture_is_said_and_runs() {
    for engine in Engine::both("arch") {
        let run = |platform: &str| {
            let file = json!({ "family": "f", "runtimePlatform": { "cpuArchitecture": platform },
                "containerDefinitions": [{ "name": "app", "image": IMAGE, "command": ["echo", "hi"] }] });
            let sortie = engine.run().file("task.json", file.to_string());
            sortie.args(["--network", "none", "--task-definition", "file:task.json"]).run()
        };
        let (own, other) = match std::env::consts::ARCH {
            "aarch64" => ("ARM64", "X86_64"),
            _ => ("X86_64", "ARM64"),
        };
        run(other)
            .assert_code(0)
            .assert_stdout("hi\n")
            .assert_stderr("(runtimePlatform), and the engine is for");
        run(own).assert_code(0).assert_stdout("hi\n").assert_nowhere("runtimePlatform");
    }
}

#[test]
fn what_a_machine_can_not_give_is_said_once_with_the_way_out() {
    let engine = Engine::docker("secrets");
    let file = json!({ "family": "f", "taskRoleArn": "arn:aws:iam::1:role/r", "cpu": "16384", "memory": "32768",
    "containerDefinitions": [{
        "name": "app", "image": IMAGE, "command": ["sh", "-c", "echo password=$PASSWORD"],
        "secrets": [{ "name": "PASSWORD", "valueFrom": "arn:aws:ssm:eu-west-1:1:parameter/p" }],
    }]});
    let run = || {
        engine
            .run()
            .args(["--network", "none", "--task-definition", "file:task.json"])
            .file("task.json", file.to_string())
    };
    let without = run().run();
    without
        .assert_code(0)
        .assert_stdout("password=\n")
        .assert_stderr("--secret-from-env PASSWORD")
        .assert_stderr("task role");
    let with =
        run().env("PASSWORD", "s3cr3t-0815").args(["--secret-from-env", "PASSWORD", "--plugin", "redact"]);
    let with = with
        .args(["--plugin-config", r#"redact={"env":["PASSWORD"]}"#, "--grant", "redact=env:PASSWORD"])
        .run();
    with.assert_code(0).assert_stdout("password=***\n").assert_nowhere("s3cr3t-0815");
    assert!(!with.stderr.contains("--secret-from-env"), "{with}");
    let shown =
        engine.sortie("plan").args(["--task-definition", "file:task.json", "--secret-from-env", "PASSWORD"]);
    shown
        .env("PASSWORD", "s3cr3t-0815")
        .file("task.json", file.to_string())
        .run()
        .assert_code(0)
        .assert_nowhere("s3cr3t-0815");
}

#[test]
fn images_are_pulled_as_asked_with_dockers_credentials() {
    let (user, password) = REGISTRY_USER;
    for engine in Engine::both("pull") {
        let image = format!("{}/{}:1", servers().registry, engine.name());
        let configuration = Sortie::new();
        // base64 of `e2e:e2e-password`.
        assert_eq!((user, password), ("e2e", "e2e-password"));
        let auths = json!({ "auths": { &servers().registry: { "auth": "ZTJlOmUyZS1wYXNzd29yZA==" } } });
        let configuration = configuration.file("config.json", auths.to_string());
        let directory = configuration.path("").display().to_string();
        let docker = Engine::docker("push");
        docker.client(&["tag", IMAGE, &image]);
        docker.client(&["--config", &directory, "push", "--quiet", &image]);
        docker.client(&["rmi", &image]);

        let run = |pull: &str| engine.run().args(["--network", "none", "--image", &image, "--pull", pull]);
        let denied = run("missing").script("echo in").run();
        denied.assert_code(121).assert_stderr("docker login").assert_nowhere(password);
        run("never").script("echo in").run().assert_code(121).assert_stderr("--pull missing");
        let script = format!("echo in with {password}");
        let pulled = run("missing").env("DOCKER_CONFIG", &directory).script(&script).run();
        // It is known by then, and masked in the log too.
        pulled
            .assert_code(0)
            .assert_stdout("in with ***\n")
            .assert_stderr("pulling ")
            .assert_nowhere(password);
        let there = run("missing").script("echo in").run();
        there.assert_code(0).assert_stdout("in\n");
        assert!(!there.stderr.contains("pulling"), "{there}");
        let always = run("always").script(&script);
        let helper = format!("#!/bin/sh\necho '{{\"Username\":\"{user}\",\"Secret\":\"{password}\"}}'\n");
        let always =
            always.file("config.json", r#"{"credsStore":"e2e"}"#).file("docker-credential-e2e", helper);
        std::fs::set_permissions(always.path("docker-credential-e2e"), Permissions::from_mode(0o755))
            .expect("ours");
        let here = always.path(".");
        let path = format!("{}:{}", here.display(), std::env::var("PATH").expect("there is one"));
        let always = always.env("DOCKER_CONFIG", here).env("PATH", path).run();
        always
            .assert_code(0)
            .assert_stdout("in with ***\n")
            .assert_stderr("pulling ")
            .assert_nowhere(password);
        engine.client(&["rmi", "--force", &image]);
    }
}

#[test]
fn example_of_the_readme_runs() {
    let example = std::fs::read_to_string(repository().join("tests/demo/task.json")).expect("it is there");
    for engine in Engine::both("example") {
        let sortie = engine.run().file("task.json", example.replace("busybox:1", IMAGE));
        let output = sortie.args(["--network", "none", "--task-definition", "file:task.json"]).run();
        let lines =
            ["asking the database", "3 migrations", "done"].map(|line| format!("app      | {line}\n"));
        output.assert_code(0).assert_stdout(&lines.concat());
    }
}

#[test]
fn no_engine_is_a_clear_error_before_anything_else() {
    let output = Sortie::new()
        .args(["run", "--backend", "docker", "--engine", "unix:///no/such.sock", "--image", "x"])
        .script("true")
        .run();
    output.assert_code(2).assert_stderr("/no/such.sock").assert_stderr("--engine");
    let ssh = Sortie::new().env("DOCKER_HOST", "ssh://host").args(["run", "--local", "--image", "x"]).run();
    ssh.assert_code(2).assert_stderr("DOCKER_HOST").assert_stderr("ssh -L");
    let registered = Engine::docker("registered");
    let registered = registered.run().args(["--task-definition", "deploy"]).run();
    registered
        .assert_code(2)
        .assert_stderr("aws ecs describe-task-definition --task-definition deploy > task.json");
}

#[test]
fn local_takes_the_first_engine_that_answers() {
    // Nobody listens in docker's places of this home; podman's is the machine's runtime directory.
    let engine = Engine::podman("auto");
    let sortie = Sortie::new();
    let runtime = sortie.path("");
    std::fs::create_dir(runtime.join("podman")).expect("ours");
    let socket = engine.address().trim_start_matches("unix://");
    std::os::unix::fs::symlink(socket, runtime.join("podman/podman.sock")).expect("ours");
    let sortie = sortie.env("XDG_RUNTIME_DIR", &runtime).args(["run", "--local", "--network", "none"]);
    let output = sortie.args(["--name", engine.name(), "--image", IMAGE]).script("echo in podman").run();
    output.assert_code(0).assert_stdout("in podman\n");
}

/// A second Ctrl-C ends sortie at once, also between the containers that it makes.
#[test]
fn two_signals_while_containers_are_made_leave_nothing() {
    for engine in Engine::both("twice") {
        let one = |name: &str| json!({ "name": name, "image": IMAGE, "command": ["sh", "-c", FOREVER] });
        let names: Vec<String> = (0..9).map(|index| format!("c{index}")).collect();
        let containers: Vec<_> = names.iter().map(|name| one(name)).collect();
        let file = json!({ "family": "f", "containerDefinitions": containers });
        let run = || {
            let sortie = engine.run().file("task.json", file.to_string());
            let sortie = sortie.args(["--network", "none", "--task-definition", "file:task.json"]);
            sortie.args(["--container", "c0"]).start()
        };
        for pause in [0, 150, 400] {
            let running = run();
            let deadline = std::time::Instant::now() + Duration::from_secs(30);
            while engine.leftovers().is_empty() && std::time::Instant::now() < deadline {}
            std::thread::sleep(Duration::from_millis(pause));
            running.signal(Signal::INT);
            // Two at the same moment would be one.
            std::thread::sleep(Duration::from_millis(50));
            running.signal(Signal::INT);
            let output = running.finish_within(Duration::from_secs(30));
            output.assert_code(130);
            assert_eq!(engine.leftovers(), Vec::<String>::new(), "{pause} ms\n{output}");
        }
    }
}

#[test]
fn unhealthy_container_may_become_healthy() {
    for engine in Engine::both("late") {
        let file = json!({ "family": "f", "containerDefinitions": [
            { "name": "db", "image": IMAGE, "essential": false,
              "command": ["sh", "-c", "sleep 8; touch /ready; trap 'exit 0' TERM; while :; do sleep 0.1; done"],
              "healthCheck": { "command": ["CMD-SHELL", "test -e /ready"], "interval": 5, "retries": 1 } },
            { "name": "app", "image": IMAGE, "command": ["echo", "ready"],
              "dependsOn": [{ "containerName": "db", "condition": "HEALTHY" }] },
        ]});
        let sortie = engine.run().file("task.json", file.to_string());
        let output = sortie.args(["--network", "none", "--task-definition", "file:task.json"]).run();
        output.assert_code(0).assert_stdout("app | ready\n").assert_stderr("container `db` is unhealthy");
        // Not for ever, where the definition says so.
        let never = file.to_string().replace("sleep 8; touch", "sleep 60; touch");
        let never = never.replace("\"essential\":false", "\"essential\":false,\"startTimeout\":3");
        let sortie = engine.run().file("task.json", never);
        let output = sortie.args(["--network", "none", "--task-definition", "file:task.json"]).run();
        output.assert_code(121).assert_stdout("").assert_stderr("startTimeout");
        assert_eq!(engine.leftovers(), Vec::<String>::new());
    }
}

#[test]
fn limits_of_the_definition_hold() {
    for engine in Engine::both("limits") {
        let script = "ulimit -Sn; ulimit -Hn; cat /proc/sys/net/core/somaxconn; df -k /scratch | awk 'END { print $2 }'; \
                      df -k /dev/shm | awk 'END { print $2 }'; grep CapEff /proc/self/status";
        let file = json!({ "family": "f", "containerDefinitions": [{
            "name": "app", "image": IMAGE, "command": ["sh", "-c", script],
            "ulimits": [{ "name": "nofile", "softLimit": 512, "hardLimit": 900 }],
            "systemControls": [{ "namespace": "net.core.somaxconn", "value": "321" }],
            "linuxParameters": {
                "tmpfs": [{ "containerPath": "/scratch", "size": 16 }],
                "sharedMemorySize": 8,
                "capabilities": { "drop": ["ALL"] },
            },
        }]});
        let sortie = engine.run().file("task.json", file.to_string());
        let output = sortie.args(["--network", "none", "--task-definition", "file:task.json"]).run();
        output.assert_code(0).assert_stdout("512\n900\n321\n16384\n8192\nCapEff:\t0000000000000000\n");
    }
}

/// An engine waits 2 s for what it holds of a container that has ended.
#[test]
fn reader_that_pauses_over_the_end_loses_nothing_or_hears_of_it() {
    for engine in Engine::both("pauses") {
        let run = |lines: u32, seconds: u32| {
            let sortie =
                engine.run().args(["--network", "none", "--image", IMAGE, "--require-complete-logs"]);
            let script = format!("seq 1 {lines}");
            let sortie = sortie
                .script(&script)
                .within(&format!(r#""$@" | (sleep {seconds}; wc -l); exit "${{PIPESTATUS[0]}}""#));
            let output = sortie.run();
            (output.text().trim().parse::<u32>().expect("a count"), output)
        };
        // Held in memory: nobody waits.
        let (count, output) = run(300_000, 4);
        output.assert_code(0);
        assert_eq!(count, 300_000, "{output}");
        // More than that: the container waits, and ends as soon as its last lines are out of its hands.
        // Where that is depends on what sockets and pipes hold: here, it was from 639,000 to 668,000.
        for lines in [600_000, 640_000, 645_000, 650_000, 655_000, 660_000, 665_000, 700_000, 900_000] {
            let (count, output) = run(lines, 4);
            match output.code {
                Some(0) => assert_eq!(count, lines, "{output}"),
                code => assert_eq!(code, Some(126), "{output}"),
            }
        }
    }
}

#[test]
fn containers_that_print_and_die_at_once_are_heard() {
    for engine in Engine::both("dies") {
        for _ in 0..10 {
            let run = engine.run().args(["--network", "none", "--image", IMAGE]).args(["--", "echo", "gone"]);
            run.run().assert_code(0).assert_stdout("gone\n");
        }
    }
}

/// As the help shows it: no network is named, no file is there.
#[test]
fn image_runs_without_any_configuration() {
    let engine = Engine::docker("plain");
    let output = engine.run().args(["--image", IMAGE]).script("echo here; exit 4").run();
    output.assert_code(4).assert_stdout("here\n");
    assert_eq!(engine.leftovers(), Vec::<String>::new());
}

#[test]
fn another_image_and_variables_in_a_file() {
    for engine in Engine::both("other-image") {
        let app = json!({ "name": "app", "image": "${WHAT}:not-there", "command": ["sh", "-c", "echo $$ ran | tail -c 4"] });
        let side = json!({ "name": "side", "image": "${WHAT}:e2e", "essential": false, "command": ["true"] });
        let file = json!({ "family": "f", "containerDefinitions": [app, side] }).to_string();
        let sortie = engine.run().file("task.json", file).env("WHAT", "busybox");
        let sortie = sortie.args(["--network", "none", "--task-definition", "file:task.json"]);
        let output = sortie.args(["--expand", "--image", &format!("app={IMAGE}")]).run();
        output.assert_code(0);
        assert!(output.text().contains("ran"), "{output}");
    }
}
