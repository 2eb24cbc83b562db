//! One contract: every scenario of a task's life runs on the process, Docker, Podman and Fargate
//! back ends and is the same on all of them: exit code, verdict, every line, what a reporter says.
//!
//! A scenario is left out where it has no meaning (a process has no image) or where the emulator
//! cannot play it (it does not know `dependsOn`); each says so in [`Scenario::on`].

use rustix::process::Signal;
use serde_json::Value;
use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Engine;
use sortie_tests::Output;
use sortie_tests::Sortie;
use sortie_tests::cloud::shell;
use sortie_tests::guests;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Process,
    Docker,
    Podman,
    Fargate,
}

use Place::*;

const EVERYWHERE: &[Place] = &[Process, Docker, Podman, Fargate];
const CONTAINERS: &[Place] = &[Docker, Podman, Fargate];
/// The emulator starts all containers at once.
const ENGINES: &[Place] = &[Docker, Podman];

struct Scenario {
    name: &'static str,
    on: &'static [Place],
    /// Container definitions; a process runs the script alone.
    containers: Value,
    script: Option<&'static str>,
    args: Vec<&'static str>,
    env: Vec<(&'static str, &'static str)>,
    /// A plugin's file.
    plugin: Option<Vec<u8>>,
    /// Sent when the text has been printed.
    signal: Option<(&'static str, Signal)>,
    code: i32,
    verdict: &'static str,
    lines: Option<Vec<String>>,
}

/// What is the same everywhere.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    code: Option<i32>,
    verdict: String,
    /// Container and line, sorted by container, each container's in order.
    lines: Vec<(String, String)>,
    complete: bool,
    /// In plain words, where they are sortie's own: why a task did not start, the platform tells.
    reason: String,
    /// What the reporter wrote, with what differs by nature left out.
    reported: Vec<String>,
}

impl Scenario {
    fn new(name: &'static str, script: &'static str, code: i32, verdict: &'static str) -> Self {
        Self {
            name,
            on: EVERYWHERE,
            containers: json!([shell("app", "false")]),
            script: Some(script),
            args: Vec::new(),
            env: Vec::new(),
            plugin: None,
            signal: None,
            code,
            verdict,
            lines: None,
        }
    }

    fn lines(mut self, lines: &[&str]) -> Self {
        self.lines = Some(lines.iter().map(|line| (*line).to_owned()).collect());
        self
    }

    fn args(mut self, args: &[&'static str]) -> Self {
        self.args.extend(args);
        self
    }

    /// Definitions instead of a script, in which case a process cannot run it.
    fn containers(mut self, containers: Value) -> Self {
        self.containers = containers;
        self.script = None;
        self.on = CONTAINERS;
        self
    }

    fn on(mut self, on: &'static [Place]) -> Self {
        self.on = on;
        self
    }

    fn signal(mut self, text: &'static str, signal: Signal) -> Self {
        self.signal = Some((text, signal));
        self
    }

    /// Runs it everywhere, and compares.
    #[track_caller]
    fn check(self) {
        let mut first: Option<(Place, Outcome)> = None;
        for place in self.on {
            let (output, outcome) = self.run(*place);
            let where_ = format!("{} on {place:?}", self.name);
            assert_eq!(outcome.code, Some(self.code), "{where_}\n{output}");
            assert!(self.known_difference(*place) || outcome.verdict == self.verdict, "{where_}\n{output}");
            if let Some(expected) = &self.lines {
                let got: Vec<&String> = outcome.lines.iter().map(|(_, line)| line).collect();
                assert!(got == expected.iter().collect::<Vec<_>>(), "{where_}\n{output}");
            }
            match &first {
                Some((other, expected)) if !self.known_difference(*place) => {
                    assert!(*expected == outcome, "{where_} is not as on {other:?}: {expected:#?}\n{output}");
                }
                Some(_) => {}
                None => first = Some((*place, outcome)),
            }
        }
    }

    /// Runs it everywhere, and compares code, verdict and lines alone.
    fn run_everywhere(self) {
        for place in self.on {
            let (output, outcome) = self.run(*place);
            let got = (outcome.code, outcome.verdict.as_str(), outcome.lines.len());
            let expected = (Some(self.code), self.verdict, self.lines.as_ref().map_or(0, Vec::len));
            assert_eq!(got, expected, "{} on {place:?}\n{output}", self.name);
        }
    }

    /// Podman 4 does not tell that the kernel killed for memory; the code is the same.
    fn known_difference(&self, place: Place) -> bool {
        place == Podman && self.verdict == "out-of-memory"
    }

    fn run(&self, place: Place) -> (Output, Outcome) {
        let cloud = Cloud::real(self.name);
        let engine = match place {
            Docker => Some(Engine::docker(self.name)),
            Podman => Some(Engine::podman(self.name)),
            Process | Fargate => None,
        };
        let definition = cloud.task_definition(self.containers.clone());
        let sortie = match (place, &engine) {
            (Process, _) => Sortie::new().args(["run", "--backend", "process", "--container", "app"]),
            (_, Some(engine)) => engine
                .run()
                .args(["--network", "none", "--task-definition", "file:task.json"])
                .file("task.json", definition.to_string()),
            (_, None) => cloud.define(self.containers.clone()).run(),
        };
        let summary = sortie.path("summary.md");
        let mut sortie = sortie
            .args(["--output", "json", "--plugin", "github"])
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_STEP_SUMMARY", &summary)
            .file("summary.md", "")
            .args(&self.args);
        for (name, value) in &self.env {
            sortie = sortie.env(name, value);
        }
        if let Some(plugin) = &self.plugin {
            sortie = sortie.file("plugin.wasm", plugin).args(["--plugin", "./plugin.wasm"]);
        }
        if let Some(script) = self.script {
            sortie = sortie.script(script);
        }
        let output = match self.signal {
            None => sortie.run(),
            Some((text, signal)) => {
                let running = sortie.start();
                running.await_stdout(text);
                running.signal(signal);
                running.finish()
            }
        };
        if place == Fargate {
            cloud.assert_nothing_runs();
        }
        if let Some(engine) = &engine {
            assert_eq!(engine.leftovers(), Vec::<String>::new(), "{} on {place:?}\n{output}", self.name);
        }
        let outcome = outcome(&output);
        (output, outcome)
    }
}

fn outcome(output: &Output) -> Outcome {
    // The reporter's CI commands stand between the objects.
    let objects: Vec<Value> =
        output.lines().iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let of = |kind: &str| objects.iter().filter(|object| object["type"] == kind).collect::<Vec<_>>();
    let mut lines: Vec<(String, String)> =
        of("log").iter().map(|log| (text(&log["container"]), text(&log["line"]))).collect();
    lines.sort_by(|a, b| a.0.cmp(&b.0));
    let finished = of("finished").first().map_or(Value::Null, |finished| (*finished).clone());
    let complete =
        finished["logs"].as_array().is_some_and(|logs| logs.iter().all(|log| log["complete"] == true));
    let verdict = text(&finished["verdict"]);
    let reason = match verdict.as_str() {
        "never-started" | "out-of-memory" => String::new(),
        _ => text(&finished["reason"]),
    };
    // The title's verdict and the row of the exit code; times and ids differ.
    let reported = output.file("summary.md");
    let reported = reported.lines().filter_map(|line| match line.split_once(": ") {
        Some((heading, said)) if heading.starts_with("###") => Some(said.to_owned()),
        _ => line.starts_with("| Exit code").then(|| line.to_owned()),
    });
    Outcome { code: output.code, verdict, lines, complete, reason, reported: reported.collect() }
}

#[test]
fn success() {
    Scenario::new("p-ok", "echo fine", 0, "succeeded").lines(&["fine"]).check();
}

#[test]
fn failure_keeps_its_code_and_both_streams() {
    // Engines keep the order within a stream only; written apart, lines stay apart.
    let script = "echo out; sleep 0.5; echo err >&2; exit 3";
    Scenario::new("p-three", script, 3, "failed").lines(&["out", "err"]).check();
}

#[test]
fn nothing_printed() {
    Scenario::new("p-silent", "exit 0", 0, "succeeded").lines(&[]).check();
}

#[test]
fn code_of_a_killed_child() {
    Scenario::new("p-kill", "sh -c 'kill -9 $$'; exit $?", 137, "failed").check();
}

#[test]
fn burst_of_20000_lines() {
    let numbers: Vec<String> = (1..=20_000).map(|i| i.to_string()).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    Scenario::new("p-burst", "seq 1 20000", 0, "succeeded").lines(&numbers).check();
}

#[test]
fn long_line_and_a_last_line_without_its_end() {
    let script = "head -c 200000 /dev/zero | tr '\\0' x; echo; printf end";
    let long = "x".repeat(200_000);
    Scenario::new("p-long", script, 0, "succeeded").lines(&[&long, "end"]).check();
}

#[test]
fn text_beyond_ascii() {
    let script = "echo 'größer 日本 🚀'; exit 9";
    Scenario::new("p-utf8", script, 9, "failed").lines(&["größer 日本 🚀"]).check();
}

#[test]
fn environment_and_a_masked_secret() {
    let mut scenario =
        Scenario::new("p-env", "echo $WHO $TOKEN", 0, "succeeded").lines(&["you ***"]).args(&[
            "--env",
            "WHO=you",
            "--env",
            "TOKEN",
            "--plugin",
            "redact",
            "--plugin-config",
            r#"redact={"env":["TOKEN"]}"#,
            "--grant",
            "redact=env:TOKEN",
        ]);
    scenario.env.push(("TOKEN", "s3cr3t-Value-4711"));
    scenario.check();
}

#[test]
fn filter_that_traps_fails_closed() {
    let mut scenario =
        Scenario::new("p-trap", "echo my secret is 4711; exit 0", 120, "plugin-failed").lines(&[]);
    scenario.plugin = Some(guests::filter("trap-secret"));
    scenario.check();
}

#[test]
fn transform_that_traps_launches_nothing() {
    let mut scenario = Scenario::new("p-transform", "echo launched", 120, "").lines(&[]);
    scenario.plugin = Some(guests::transform("trap"));
    scenario.check();
}

#[test]
fn reporter_that_traps_changes_nothing() {
    let mut scenario = Scenario::new("p-reporter", "echo one; exit 3", 3, "failed").lines(&["one"]);
    scenario.plugin = Some(guests::reporter("trap-report"));
    scenario.check();
}

#[test]
fn ten_second_task() {
    let scenario = Scenario::new("p-ten", "echo up; sleep 10; echo down; exit 7", 7, "failed");
    scenario.lines(&["up", "down"]).check();
}

/// What engines and processes carry whole; CloudWatch Logs holds text alone.
#[test]
fn bytes_that_are_no_text() {
    let scenario = Scenario::new("p-bytes", r"printf 'a\377b\n\001c\r\n'; echo end", 0, "succeeded");
    scenario.on(&[Process, Docker, Podman]).check();
}

#[test]
fn line_of_more_than_a_mebibyte() {
    let script = "head -c 1500000 /dev/zero | tr '\\0' y; echo; echo end";
    // An event of CloudWatch Logs holds one mebibyte at most, and the emulator does not split.
    Scenario::new("p-mebibyte", script, 0, "succeeded").on(&[Process, Docker, Podman]).check();
}

#[test]
fn two_containers_that_write_at_once_keep_their_order() {
    let count = |name: &str| {
        shell(
            name,
            "i=0; while [ $i -lt 400 ]; do i=$((i+1)); echo $HOSTNAME-$i >/dev/null; echo $i; done; sleep 1",
        )
    };
    let mut sidecar = count("sidecar");
    sidecar["essential"] = false.into();
    let numbers: Vec<String> = (1..=400).chain(1..=400).map(|i: u32| i.to_string()).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let scenario = Scenario::new("p-chatty", "", 0, "succeeded");
    scenario.containers(json!([count("app"), sidecar])).lines(&numbers).check();
}

#[test]
fn sigint_while_it_is_launched() {
    // Whether the first line was written by then differs; that nothing is left does not.
    let scenario = Scenario::new("p-int-early", "sleep 60", 130, "cancelled").lines(&[]);
    scenario.signal("\"planned\"", Signal::INT).run_everywhere();
}

#[test]
fn command_that_cannot_be_started() {
    let mut scenario = Scenario::new("p-command", "", 121, "never-started").lines(&[]);
    scenario.script = None;
    scenario.args(&["--", "/no/such/program"]).check();
}

#[test]
fn image_that_cannot_be_pulled() {
    let containers = json!([{ "name": "app", "image": "127.0.0.1:1/none:1", "command": ["x"] }]);
    Scenario::new("p-image", "", 121, "never-started").containers(containers).lines(&[]).check();
}

#[test]
fn out_of_memory() {
    let mut app = shell("app", "x=a; for i in $(seq 29); do x=$x$x; done; echo survived");
    app["memory"] = 32.into();
    Scenario::new("p-memory", "", 137, "out-of-memory").containers(json!([app])).lines(&[]).check();
}

#[test]
fn timeout() {
    let script = "trap 'echo stopping; exit 0' TERM; echo up; while :; do sleep 0.1; done";
    let scenario = Scenario::new("p-timeout", script, 124, "timed-out").lines(&["up", "stopping"]);
    scenario.args(&["--timeout", "3s"]).check();
}

#[test]
fn timeout_of_a_task_that_ignores_the_stop_signal() {
    let script = "trap '' TERM; echo up; while :; do sleep 0.1; done";
    let mut scenario = Scenario::new("p-stubborn", script, 124, "timed-out").lines(&["up"]);
    scenario.containers[0]["stopTimeout"] = 2.into();
    scenario.args(&["--timeout", "3s"]).check();
}

fn cancelled(name: &'static str, signal: Signal, code: i32) {
    let script = "trap 'echo stopping; exit 0' TERM; echo up; while :; do sleep 0.1; done";
    Scenario::new(name, script, code, "cancelled")
        .lines(&["up", "stopping"])
        .signal("\"up\"", signal)
        .check();
}

#[test]
fn sigint() {
    cancelled("p-int", Signal::INT, 130);
}

#[test]
fn sigterm() {
    cancelled("p-term", Signal::TERM, 143);
}

#[test]
fn sighup() {
    cancelled("p-hup", Signal::HUP, 129);
}

#[test]
fn sidecar_that_succeeds_does_not_hide_the_main_containers_5() {
    let mut sidecar = shell("sidecar", "echo from the sidecar; exit 0");
    sidecar["essential"] = false.into();
    let containers = json!([sidecar, shell("app", "sleep 1; echo from the app; exit 5")]);
    let scenario = Scenario::new("p-sidecar", "", 5, "failed").containers(containers);
    scenario.lines(&["from the app", "from the sidecar"]).check();
}

#[test]
fn sidecar_that_goes_on_is_stopped_with_the_main_container() {
    let mut sidecar = shell("sidecar", "trap 'echo bye; exit 0' TERM; while :; do sleep 0.1; done");
    sidecar["essential"] = false.into();
    let containers = json!([shell("app", "sleep 1; echo done"), sidecar]);
    let scenario = Scenario::new("p-forever", "", 0, "succeeded").containers(containers);
    scenario.lines(&["done", "bye"]).check();
}

#[test]
fn containers_reach_each_other_on_localhost() {
    let mut server = shell("server", "while :; do echo hello | nc -l -p 8080; done");
    server["essential"] = false.into();
    server["stopTimeout"] = 2.into();
    let client = "until nc 127.0.0.1 8080 </dev/null | grep hello; do sleep 0.1; done";
    let containers = json!([server, shell("client", client)]);
    // The emulator gives each container a network of its own.
    Scenario::new("p-localhost", "", 0, "succeeded")
        .containers(containers)
        .on(ENGINES)
        .lines(&["hello"])
        .check();
}

#[test]
fn container_that_waits_for_another_one_to_be_healthy() {
    let mut db = shell("db", "sleep 1; touch /ready; trap 'exit 0' TERM; while :; do sleep 0.1; done");
    db["essential"] = false.into();
    db["healthCheck"] = json!({ "command": ["CMD-SHELL", "test -e /ready"], "interval": 5 });
    let mut app = shell("app", "echo started; exit 4");
    app["dependsOn"] = json!([{ "containerName": "db", "condition": "HEALTHY" }]);
    let scenario = Scenario::new("p-healthy", "", 4, "failed").containers(json!([db, app])).on(ENGINES);
    scenario.lines(&["started"]).check();
}

#[test]
fn container_whose_dependency_fails_is_never_started() {
    let mut init = shell("init", "echo migrating; exit 3");
    init["essential"] = false.into();
    let mut app = shell("app", "echo started");
    app["dependsOn"] = json!([{ "containerName": "init", "condition": "SUCCESS" }]);
    let scenario =
        Scenario::new("p-init", "", 121, "never-started").containers(json!([init, app])).on(ENGINES);
    scenario.lines(&["migrating"]).check();
}

#[test]
fn two_essential_containers_need_a_choice() {
    let containers = json!([shell("one", "exit 0"), shell("two", "exit 6")]);
    let mut chosen = json!([shell("one", "sleep 20"), shell("two", "exit 6")]);
    chosen[0]["stopTimeout"] = 2.into();
    for place in CONTAINERS {
        let scenario = Scenario::new("p-choice", "", 2, "").containers(containers.clone());
        let (output, _) = scenario.run(*place);
        output.assert_code(2).assert_stderr("one").assert_stderr("two").assert_stderr("--container");
    }
    let scenario = Scenario::new("p-chosen", "", 6, "failed").containers(chosen);
    scenario.args(&["--container", "two"]).check();
}

/// Guards the comparison itself: it must fail when a place differs.
#[test]
#[should_panic(expected = "p-guard on")]
fn a_difference_would_be_seen() {
    // The shells of the image and of this machine have different parents.
    let scenario = Scenario::new("p-guard", "echo $PPID", 0, "succeeded").on(&[Process, Docker]);
    scenario.check();
}
