//! launch, wait, logs and stop as separate steps, the same on every platform that keeps tasks.

use std::time::Duration;
use std::time::Instant;

use rustix::process::Signal;
use serde_json::Value;
use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Engine;
use sortie_tests::Output;
use sortie_tests::Sortie;
use sortie_tests::cloud::shell;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Docker,
    Podman,
    Fargate,
}

use Place::*;

const EVERYWHERE: [Place; 3] = [Docker, Podman, Fargate];
/// The emulator of Fargate starts all containers at once.
const ENGINES: [Place; 2] = [Docker, Podman];

const FOREVER: &str = "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.1; done";

/// A task that was launched, and nothing but its id.
struct Launched {
    place: Place,
    cloud: Cloud,
    engine: Option<Engine>,
    id: String,
}

impl Launched {
    fn new(place: Place, name: &str, containers: Value) -> Self {
        let mut launched = Self::somewhere(place, name);
        let output = launched.launch(containers).run();
        output.assert_code(0);
        launched.id = output.text().trim().to_owned();
        assert_eq!(output.text(), format!("{}\n", launched.id), "{output}");
        launched
    }

    fn somewhere(place: Place, name: &str) -> Self {
        let engine = match place {
            Docker => Some(Engine::docker(name)),
            Podman => Some(Engine::podman(name)),
            Fargate => None,
        };
        Self { place, cloud: Cloud::real(name), engine, id: String::new() }
    }

    fn launch(&self, containers: Value) -> Sortie {
        match &self.engine {
            Some(engine) => engine
                .sortie("launch")
                .args(["--name", engine.name(), "--network", "none", "--task-definition", "file:task.json"])
                .file("task.json", self.cloud.task_definition(containers).to_string()),
            None => {
                self.cloud.define(containers);
                self.cloud.sortie(&["launch"]).args(self.cloud.target())
            }
        }
    }

    /// A later step, which knows the id alone.
    fn step(&self, command: &str) -> Sortie {
        match &self.engine {
            Some(_) => Sortie::new().args([command, self.id.as_str()]),
            None => self.cloud.sortie(&[command, self.id.as_str()]),
        }
    }

    fn at(&self, output: &Output) -> String {
        format!("on {:?}\n{output}", self.place)
    }

    /// Waits until its log has this line.
    fn await_line(&self, line: &str) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !self.step("logs").run().lines().iter().any(|other| other == line) {
            assert!(Instant::now() < deadline, "no {line:?} on {:?}", self.place);
        }
    }

    /// How many of its containers run.
    fn running(&self) -> usize {
        match &self.engine {
            Some(engine) => engine.leftovers().iter().filter(|line| line.contains(" Up ")).count(),
            None => self.cloud.running_containers().len(),
        }
    }
}

impl Drop for Launched {
    fn drop(&mut self) {
        if self.engine.is_some() && !self.id.is_empty() {
            self.step("stop").args(["-q"]).run();
            self.step("wait").args(["--rm", "-q"]).run();
        }
    }
}

fn one(script: &str) -> Value {
    json!([shell("app", script)])
}

/// Waiting twice, reading and stopping come to the same on all platforms.
#[test]
fn a_task_that_ends_by_itself() {
    let _shared = Engine::shared();
    let memory = || {
        let mut app = shell("app", "echo up; x=a; for i in $(seq 29); do x=$x$x; done; echo survived");
        app["memory"] = 32.into();
        json!([app])
    };
    let long = "x".repeat(40_000);
    let cases: [(&str, Value, i32, &str, &[&str]); 6] = [
        (
            "d-ok",
            one("echo one; sleep 0.3; echo two >&2; sleep 0.3; echo three"),
            0,
            "succeeded",
            &["one", "two", "three"],
        ),
        ("d-seven", one("printf 'no end'; exit 7"), 7, "failed", &["no end"]),
        ("d-term", one("echo before; exit 143"), 143, "failed", &["before"]),
        ("d-never", json!([{ "name": "app", "command": ["/no/such"] }]), 121, "never-started", &[]),
        ("d-memory", memory(), 137, "out-of-memory", &["up"]),
        (
            "d-long",
            one("echo 'größer 日本'; head -c 40000 /dev/zero | tr '\\0' x; echo; echo; echo end"),
            0,
            "succeeded",
            &["größer 日本", &long, "", "end"],
        ),
    ];
    for place in EVERYWHERE {
        let tasks: Vec<Launched> = cases
            .iter()
            .map(|(name, containers, ..)| Launched::new(place, name, containers.clone()))
            .collect();
        for (task, (_, _, code, verdict, lines)) in tasks.iter().zip(&cases) {
            for _ in 0..2 {
                let waited = task.step("wait").args(["--output", "json"]).run();
                assert_eq!(waited.code, Some(*code), "{}", task.at(&waited));
                let finished = waited.json_lines().pop().unwrap_or_default();
                // Podman 4 does not tell that the kernel killed for memory; the code is the same.
                let told = place != Podman || *verdict != "out-of-memory";
                assert!(finished["verdict"] == *verdict || !told, "{}", task.at(&waited));
            }
            let logs = task.step("logs").run();
            // What never ran has no log: where the platform can tell, that is no matter.
            assert_eq!(logs.code, Some(0), "{}", task.at(&logs));
            // CloudWatch Logs keeps no empty line.
            let kept = |line: &&&str| place != Fargate || !line.is_empty();
            let lines: Vec<&str> = lines.iter().filter(kept).copied().collect();
            assert_eq!(logs.lines(), lines, "{}", task.at(&logs));
            let stopped = task.step("stop").run();
            assert_eq!(stopped.code, Some(0), "{}", task.at(&stopped));
            assert!(stopped.stderr.contains("had ended already"), "{}", task.at(&stopped));
        }
    }
}

#[test]
fn a_task_that_is_stopped() {
    let _shared = Engine::shared();
    for place in EVERYWHERE {
        let task = Launched::new(place, "d-stop", one(FOREVER));
        task.await_line("up");
        let stopped = task.step("stop").args(["--reason", "enough", "--output", "json"]).run();
        let said = stopped.json_lines();
        assert_eq!(stopped.code, Some(0), "{}", task.at(&stopped));
        let result = if place == Fargate { "stopping" } else { "stopped" };
        assert_eq!(said[0]["result"], result, "{}", task.at(&stopped));
        for _ in 0..2 {
            let waited = task.step("wait").run();
            assert_eq!(waited.code, Some(123), "{}", task.at(&waited));
            assert!(waited.stderr.contains("stopped from outside: enough"), "{}", task.at(&waited));
        }
        let again = task.step("stop").run();
        assert!(again.code == Some(0) && again.stderr.contains("had ended already"), "{}", task.at(&again));
        let logs = task.step("logs").args(["--follow"]).run();
        assert_eq!(
            (logs.code, logs.lines()),
            (Some(0), vec!["up".to_owned(), "bye".to_owned()]),
            "{}",
            task.at(&logs)
        );
        assert_eq!(task.running(), 0);
    }
}

#[test]
fn a_task_that_is_not_waited_for_any_longer_goes_on() {
    let _shared = Engine::shared();
    for place in EVERYWHERE {
        let task = Launched::new(place, "d-timeout", one(FOREVER));
        let waited = task.step("wait").args(["--timeout", "2s"]).run();
        assert_eq!(waited.code, Some(124), "{}", task.at(&waited));
        waited
            .assert_stderr("did not end within 2.0 s and goes on")
            .assert_stderr(&format!("sortie stop {}", task.id));
        // What a file says of runs is no more than what the flag says.
        let waited = task.step("wait").file("sortie.toml", "timeout = \"1s\"\n").run();
        assert_eq!(waited.code, Some(124), "{}", task.at(&waited));
        assert_eq!(task.running(), 1, "{}", task.at(&waited));
        let stopped = task.step("wait").args(["--timeout", "1s", "--stop-on-timeout"]).run();
        assert_eq!(stopped.code, Some(124), "{}", task.at(&stopped));
        stopped.assert_stderr("stopping");
        assert_eq!(task.running(), 0, "{}", task.at(&stopped));
        let waited = task.step("wait").run();
        assert_eq!(waited.code, Some(123), "{}", task.at(&waited));
    }
}

/// Each line, once and in order, however the log is read.
#[test]
fn a_log_is_complete_while_it_is_written_and_later() {
    let _shared = Engine::shared();
    let script = "sleep 1; i=0; while [ $i -lt 10 ]; do seq $((i*2000+1)) $((i*2000+2000)); sleep 0.2; i=$((i+1)); done";
    let expected: Vec<String> = (1..=20_000).map(|number| number.to_string()).collect();
    for place in ENGINES {
        let task = Launched::new(place, "d-burst", one(script));
        let followed = task.step("logs").args(["--follow"]).run();
        assert!(followed.code == Some(0) && followed.lines() == expected, "{}", task.at(&followed));
        let later = task.step("logs").run();
        assert!(later.code == Some(0) && later.lines() == expected, "{}", task.at(&later));
        assert!(!later.stderr.contains("incomplete"), "{}", task.at(&later));
    }
}

/// The launch stays until everything is started; whoever waits ends the task.
#[test]
fn containers_that_wait_for_each_other() {
    let _shared = Engine::shared();
    for place in ENGINES {
        let mut db = shell(
            "db",
            "sleep 1; touch /ready; trap 'echo closing; exit 0' TERM; while :; do sleep 0.1; done",
        );
        db["essential"] = false.into();
        db["healthCheck"] = json!({ "command": ["CMD-SHELL", "test -e /ready"], "interval": 5 });
        let mut init = shell("init", "echo migrating");
        init["essential"] = false.into();
        init["dependsOn"] = json!([{ "containerName": "db", "condition": "HEALTHY" }]);
        let mut app = shell("app", "echo serving; sleep 1; exit 4");
        app["dependsOn"] = json!([{ "containerName": "init", "condition": "SUCCESS" }]);
        let task = Launched::new(place, "d-depends", json!([app, init, db]));
        for _ in 0..2 {
            let waited = task.step("wait").run();
            assert_eq!(waited.code, Some(4), "{}", task.at(&waited));
        }
        let logs = task.step("logs").run();
        for line in ["app  | serving", "init | migrating", "db   | closing"] {
            assert!(logs.lines().iter().any(|other| other == line), "{}", task.at(&logs));
        }
        assert_eq!(task.running(), 0, "the network's container too");
        // A dependency that fails: nobody sees it at the launch, and everybody later.
        let mut init = shell("init", "echo failing; exit 3");
        init["essential"] = false.into();
        let mut app = shell("app", "echo started");
        app["dependsOn"] = json!([{ "containerName": "init", "condition": "SUCCESS" }]);
        let task = Launched::new(place, "d-never-ready", json!([init, app]));
        for _ in 0..2 {
            let waited = task.step("wait").run();
            assert_eq!(waited.code, Some(121), "{}", task.at(&waited));
            waited.assert_stderr("`init`, which ended with 3 and should succeed");
        }
        let logs = task.step("logs").run();
        assert_eq!(logs.lines(), ["init | failing"], "{}", task.at(&logs));
    }
}

#[test]
fn a_launch_that_is_cancelled_leaves_nothing() {
    for place in ENGINES {
        let mut db = shell("db", FOREVER);
        db["essential"] = false.into();
        db["healthCheck"] = json!({ "command": ["CMD-SHELL", "false"], "interval": 5 });
        let mut app = shell("app", "echo started");
        app["dependsOn"] = json!([{ "containerName": "db", "condition": "HEALTHY" }]);
        let task = Launched::somewhere(place, "d-cancel");
        let launching = task.launch(json!([db, app])).start();
        launching.await_stderr("pending");
        std::thread::sleep(Duration::from_secs(1));
        launching.signal(Signal::INT);
        let output = launching.finish();
        assert_eq!(output.code, Some(130), "{}", task.at(&output));
        assert_eq!(task.engine.as_ref().map(Engine::leftovers), Some(Vec::new()), "{}", task.at(&output));
    }
}

#[test]
fn a_task_that_is_not_there_is_the_askers_mistake() {
    let engine = Engine::docker("d-nothing");
    for command in ["wait", "logs", "stop"] {
        let output = engine.sortie(command).args(["docker/nothing-0123abcd"]).run();
        output.assert_code(2).assert_stderr("no task nothing-0123abcd").assert_stderr(engine.address());
    }
    // One that a `sortie run` watches is not for others.
    let running = engine.image().script(FOREVER).start();
    running.await_stdout("up");
    let name = engine.client(&[
        "ps",
        "--filter",
        &format!("name=sortie-{}-", engine.name()),
        "--format",
        "{{.Names}}",
    ]);
    let run = name.trim().trim_start_matches("sortie-").trim_end_matches("-main").to_owned();
    for command in ["wait", "logs", "stop"] {
        let output = engine.sortie(command).args([&run]).run();
        output.assert_code(2).assert_stderr("belongs to a `sortie run` that still goes on");
    }
    running.signal(Signal::INT);
    running.finish().assert_code(130);
}

/// What runs and what has ended is listed with ids that work; what has ended is removed, what goes on stays.
#[test]
fn tasks_are_listed_and_reaped() {
    let _alone = Engine::alone();
    for place in ENGINES {
        let (running, ended) =
            (Launched::new(place, "d-ps", one(FOREVER)), Launched::new(place, "d-ps-end", one("exit 3")));
        ended.step("wait").run().assert_code(3);
        let engine = running.engine.as_ref().expect("an engine's task");
        let listed = engine.sortie("ps").args(["--output", "json"]).run();
        listed.assert_code(0);
        let state = |task: &Launched, output: &Output| {
            let mine = |object: &Value| object["id"] == task.id.as_str() && object["mine"] == true;
            output.json_lines().into_iter().find(mine).unwrap_or_else(|| panic!("{}", task.at(output)))["state"].clone()
        };
        assert_eq!(
            (state(&running, &listed), state(&ended, &listed)),
            (json!("running"), json!("exited (3)")),
            "{listed}"
        );
        let table = engine.sortie("ps").run();
        assert!(
            table.lines().iter().any(|line| line.starts_with(&running.id) && line.contains("running")),
            "{table}"
        );
        let others = engine.sortie("ps").args(["--started-by", "somebody-else"]).run();
        others.assert_code(0).assert_stdout("").assert_stderr("of others: --all");
        assert!(
            engine
                .sortie("ps")
                .args(["--started-by", "somebody-else", "--all"])
                .run()
                .text()
                .contains(&running.id)
        );

        let reaped = engine.sortie("reap").args(["--output", "json"]).run();
        reaped.assert_code(0);
        let objects = reaped.json_lines();
        let fate = |task: &Launched| {
            let run = |object: &&Value| task.id.contains(object["run"].as_str().unwrap_or("?"));
            objects.iter().find(run).unwrap_or_else(|| panic!("{}", task.at(&reaped)))["result"].clone()
        };
        assert_eq!((fate(&running), fate(&ended)), (json!("kept"), json!("removed")), "{reaped}");
        running.step("logs").run().assert_code(0);
        ended.step("logs").run().assert_code(2).assert_stderr("is gone");
    }
    // Alone it is about this machine, whatever the file says of runs; and it says that nothing is there.
    let engine = Engine::docker("d-reap-nothing");
    let reap = || {
        Sortie::new().args(["reap", "--engine", engine.address()]).file("sortie.toml", "cluster = \"ci\"\n")
    };
    reap().run().assert_code(0);
    reap().run().assert_code(0).assert_stdout("").assert_stderr("nothing is left in");
}

#[test]
fn tasks_of_a_cluster_are_listed() {
    let cloud = Cloud::real("ps");
    cloud.shell("sleep 60");
    let launch = |by: &str| {
        let launched = cloud.sortie(&["launch", "--started-by", by]).args(cloud.target()).run();
        launched.text().trim().to_owned()
    };
    let (mine, other) = (launch("me"), launch("somebody"));
    let ps = |args: &[&str]| cloud.sortie(&["ps", "--cluster", cloud.name()]).args(args).run();
    let listed = ps(&["--started-by", "me"]);
    listed.assert_code(0);
    assert!(listed.text().contains(&mine) && !listed.text().contains(&other), "{listed}");
    for everything in [ps(&[]), ps(&["--started-by", "me", "--all"])] {
        assert!(everything.text().contains(&mine) && everything.text().contains(&other), "{everything}");
    }
    for id in [mine, other] {
        cloud.sortie(&["stop", &id]).run().assert_code(0);
    }
    cloud.assert_nothing_runs();
}

/// The last lines, those of one container, those since a time, on every platform.
#[test]
fn a_part_of_a_log() {
    let _shared = Engine::shared();
    for place in EVERYWHERE {
        let mut side = shell("side", "echo beside; trap 'exit 0' TERM; while :; do sleep 0.1; done");
        side["essential"] = false.into();
        let task = Launched::new(
            place,
            "d-part",
            json!([shell("app", "seq 1 500; sleep 10; seq 501 503; sleep 2"), side]),
        );
        // What is not there yet when it begins is no part of the last lines.
        task.await_line("app  | 500");
        let followed = task.step("logs").args(["--follow", "-n", "2", "--container", "app"]).run();
        assert_eq!(followed.code, Some(0), "{}", task.at(&followed));
        assert_eq!(followed.lines(), ["499", "500", "501", "502", "503"], "{}", task.at(&followed));
        let tail = task.step("logs").args(["--tail", "2"]).run();
        for line in ["app  | 502", "app  | 503", "side | beside"] {
            assert!(tail.lines().iter().any(|other| other == line), "{}", task.at(&tail));
        }
        assert_eq!(tail.lines().len(), 3, "{}", task.at(&tail));
        let one = task.step("logs").args(["--container", "side", "-t"]).run();
        let line = one.lines().pop().unwrap_or_default();
        assert!(line.starts_with("20") && line.ends_with("Z beside"), "{}", task.at(&one));
        let now = task.step("logs").args(["--since", "2999-01-01T00:00:00Z"]).run();
        assert_eq!((now.code, now.text().as_str()), (Some(0), ""), "{}", task.at(&now));
        let all = task.step("logs").args(["--since", "1h", "--container", "app"]).run();
        assert_eq!(all.lines().len(), 503, "{}", task.at(&all));
        let unknown = task.step("logs").args(["--container", "web"]).run();
        unknown.assert_code(2).assert_stderr("app, side");
        task.step("logs").args(["--since", "yesterday"]).run().assert_code(2).assert_stderr("--since");
    }
}

/// A filter is shown what lies before the last lines: it knows that it is in the middle of a key.
#[test]
fn the_last_lines_hide_what_all_lines_hide() {
    let _shared = Engine::shared();
    let body: Vec<String> = (0..40).map(|number| format!("MIIEowIBAAKCAQEA{number:048}")).collect();
    let script = format!(
        "echo -----BEGIN RSA PRIVATE KEY-----; for line in {}; do echo $line; done; echo -----END RSA PRIVATE KEY-----; echo end",
        body.join(" ")
    );
    for place in EVERYWHERE {
        let task = Launched::new(place, "d-key", one(&script));
        task.step("wait").run().assert_code(0);
        let tail = task.step("logs").args(["--tail", "5", "--plugin", "redact"]).run();
        assert!(
            tail.code == Some(0) && tail.lines().last().is_some_and(|line| line == "end"),
            "{}",
            task.at(&tail)
        );
        assert!(!tail.text().contains("MIIEow"), "{}", task.at(&tail));
    }
}

/// The tail of a long stream is not the whole of it.
#[test]
fn the_last_lines_of_a_stream_are_read_backwards() {
    let cloud = Cloud::real("tail-back");
    cloud.shell("seq 1 30000");
    let id = cloud.sortie(&["launch"]).args(cloud.target()).run().text().trim().to_owned();
    cloud.sortie(&["wait", &id]).run().assert_code(0);
    let all = cloud.sortie(&["logs", "--follow", &id]).run();
    assert_eq!(all.lines().len(), 30_000, "{}", all.stderr);
    let before = cloud.calls("GetLogEvents").len();
    let tail = cloud.sortie(&["logs", "--tail", "3", &id]).run();
    tail.assert_code(0).assert_stdout("29998\n29999\n30000\n");
    let calls = cloud.calls("GetLogEvents").split_off(before);
    assert!(calls.len() <= 3, "{} calls", calls.len());
}

/// Whoever has read enough ends it, at once and without a word.
#[test]
fn a_reader_that_goes_away_ends_the_log() {
    let _shared = Engine::shared();
    for place in EVERYWHERE {
        let task = Launched::new(place, "d-head", one("seq 1 1000; sleep 60"));
        task.await_line("1000");
        for arguments in ["--follow", "--tail=1000"] {
            let script = "\"$@\" | head -n 3; echo ${PIPESTATUS[0]}";
            let output = task.step("logs").args([arguments, "-q"]).within(script).run();
            output.assert_stdout("1\n2\n3\n0\n").assert_within(Duration::from_secs(20));
            assert_eq!(output.stderr, "", "{}", task.at(&output));
        }
        task.step("stop").run().assert_code(0);
    }
}
