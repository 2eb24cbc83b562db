//! Nothing that comes from outside is obeyed by the CI system that reads sortie's output: neither from
//! standard output nor from standard error.

use std::io::Read as _;
use std::io::Write as _;
use std::net::TcpListener;

use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Output;
use sortie_tests::Sortie;
use sortie_tests::cloud::shell;
use sortie_tests::guests;

/// Stops the runner's obeying until the token comes, and hides what follows.
const HOSTILE: &str = "##[stop-commands]tok";

fn process() -> Sortie {
    Sortie::new().args(["run", "--backend", "process"])
}

/// Without a reporter: whatever is obeyed is from outside.
fn on_github(sortie: Sortie) -> Sortie {
    sortie.env("CI", "true").env("GITHUB_ACTIONS", "true").env("SORTIE_REPORTER", "none")
}

/// What GitHub's runner obeys (actions/runner: `ProcessInvoker.cs`, `ActionCommand.cs`): it reads both
/// streams, ends lines at bare carriage returns too, takes `::command::` at their start, after all
/// white space, and `##[command]` anywhere.
fn obeyed_by_github(text: &str) -> Vec<String> {
    let commands = text.split(['\n', '\r']).filter_map(|line| {
        if let Some((command, _)) =
            line.trim_start().strip_prefix("::").and_then(|rest| rest.split_once("::"))
        {
            return Some(command.to_owned());
        }
        let (_, rest) = line.split_once("##[")?;
        rest.split_once(']').map(|(command, _)| command.to_owned())
    });
    commands.collect()
}

/// Fails the test when either stream holds a command, or when what was hostile is not there at all.
#[track_caller]
fn assert_said_and_not_obeyed(output: &Output, said: &str) {
    let all = format!("{}\n{}", output.text(), output.stderr);
    assert_eq!(obeyed_by_github(&all), Vec::<String>::new(), "{output}");
    assert!(all.contains(said), "{said} is not told\n{output}");
}

#[test]
fn name_of_a_task() {
    for more in [["--name", HOSTILE].as_slice(), &["--name", "x\r::stop-commands::tok"]] {
        let output = on_github(process()).args(more).script("exit 3").run();
        output.assert_code(3);
        assert_said_and_not_obeyed(&output, "stop-commands");
    }
}

#[test]
fn name_of_a_container() {
    let output = on_github(process()).args(["--container", HOSTILE]).script("exit 3").run();
    output.assert_code(3);
    assert_said_and_not_obeyed(&output, "stop-commands");
}

/// Before each of their lines, too.
#[test]
fn names_of_several_containers() {
    let cloud = Cloud::scripted("names");
    let name = "##[group]x";
    cloud.define(json!([shell(name, "x"), shell("other", "x")]));
    let containers = json!({ name: { "exitCode": 3 }, "other": { "exitCode": 0 } });
    cloud.life(json!({ "steps": [
        { "after": 0.2, "status": "RUNNING", "log": { name: ["hello"], "other": ["there"] } },
        { "after": 0.2, "status": "STOPPED", "containers": containers },
    ]}));
    let output = on_github(cloud.run()).args(["--log-settle", "0", "--container", name]).run();
    output.assert_code(3);
    assert!(output.text().contains("| hello\n") && output.text().contains("| there\n"), "{output}");
    assert_said_and_not_obeyed(&output, "group]x");
}

#[test]
fn reason_of_a_stop() {
    let cloud = Cloud::scripted("reason");
    let reason = "##[set-output name=ok]1\u{200b}\u{feff}\u{202e}";
    let task = json!({ "stopCode": "UserInitiated", "stoppedReason": reason });
    cloud.shell("x").life(json!({ "steps": [
        { "after": 0.2, "status": "RUNNING" },
        { "after": 0.2, "status": "STOPPED", "task": task },
    ]}));
    let output = on_github(cloud.run()).args(["--log-settle", "0"]).run();
    output.assert_code(123);
    assert_said_and_not_obeyed(&output, "set-output name=ok]1");
    output.assert_nowhere("\u{200b}").assert_nowhere("\u{feff}").assert_nowhere("\u{202e}");
}

/// An engine's words reach a person by way of an error.
#[test]
fn words_of_an_engine() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("tcp://{}", listener.local_addr().expect("a bound socket"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut request = [0; 8192];
                while let Ok(1..) = stream.read(&mut request) {
                    let body = json!({ "message": format!("{HOSTILE}\r\n::stop-commands::tok") }).to_string();
                    let head = "HTTP/1.1 500 Internal Server Error\r\ncontent-type: application/json";
                    let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                    if stream.write_all(answer.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    let run = Sortie::new().args([
        "run",
        "--backend",
        "docker",
        "--engine",
        &address,
        "--image",
        "x",
        "--",
        "true",
    ]);
    let output = on_github(run).run();
    assert!(output.code.is_some_and(|code| code != 0), "{output}");
    assert_said_and_not_obeyed(&output, "stop-commands");
}

#[test]
fn words_on_the_command_line() {
    for args in [
        ["run", "--backend", HOSTILE].as_slice(),
        &["run", HOSTILE],
        &["help", HOSTILE],
        &["run", "--backend", "docker", "--engine", "unix:///##[stop-commands]tok", "--image", "x"],
        &["plan", "--backend", "process", "--", "echo", HOSTILE],
        &["plan", "--backend", "process", "--json", "--", "echo", HOSTILE],
    ] {
        let output = on_github(Sortie::new()).args(args).run();
        assert_said_and_not_obeyed(&output, "stop-commands");
    }
}

/// A plugin without the grant `commands` gives none by another way.
#[test]
fn finding_of_a_plugin() {
    let config = format!(r#"./evil.wasm={{"a":"{HOSTILE}"}}"#);
    let sortie = process().file("evil.wasm", guests::transform("diagnostics-config"));
    let sortie = sortie.args(["-v", "--plugin", "./evil.wasm", "--plugin-config", &config]);
    let output = on_github(sortie).script("exit 3").run();
    output.assert_code(3);
    assert_said_and_not_obeyed(&output, "stop-commands");
}

#[test]
fn refusal_of_a_plugin() {
    let sortie = process().file("evil.wasm", guests::transform("refuse-command"));
    let output = on_github(sortie).args(["--plugin", "./evil.wasm"]).script("true").run();
    output.assert_code(120);
    assert_said_and_not_obeyed(&output, "stop-commands");
}

/// Each system's own commands, in log lines.
#[test]
fn log_lines_in_each_ci_system() {
    let lines = [
        "::add-mask::x",
        "a ##[group]b",
        "a ##vso[task.complete result=Failed]",
        "a ##teamcity[buildStatus text='x']",
        "a section_start:17:b\\r\\033[0Kc",
        "--- a/file",
    ];
    for (variable, value, broken) in [
        ("GITHUB_ACTIONS", "true", [":\\:add-mask", "#\\#[group]"].as_slice()),
        ("TF_BUILD", "True", &["#\\#vso[task", "#\\#[group]"]),
        ("TEAMCITY_VERSION", "2024.12", &["#\\#teamcity["]),
        ("GITLAB_CI", "true", &["s\\ection_start:17"]),
        ("BUILDKITE", "true", &["-\\-- a/file"]),
        ("CI", "yes", &[":\\:add", "#\\#[", "#\\#vso[", "#\\#teamcity[", "s\\ection_start", "\n--- a/file"]),
        (
            "CIRCLECI",
            "true",
            &["::add-mask::x\n", "##[group]b\n", "##vso[", "##teamcity[", "section_start:17"],
        ),
        ("PATHS", "none", &["::add-mask::x\n", "##[group]b\n", "##vso[", "##teamcity[", "section_start:17"]),
    ] {
        let script = format!("printf '{}\\n'", lines.join("\\n").replace('\'', "'\\''"));
        let output = process().env(variable, value).script(&script).run();
        output.assert_code(0);
        let text = output.text();
        assert!(broken.iter().all(|part| text.contains(part)), "{variable}: {text}\n{output}");
    }
}

/// A program reads the same words, and the runner no command.
#[test]
fn json_says_the_same_and_is_not_obeyed() {
    let run = process().args(["--output", "json", "--name", HOSTILE]);
    let output = on_github(run).script(&format!("echo 'a {HOSTILE}'; echo '::x::y'; exit 3")).run();
    output.assert_code(3);
    assert_said_and_not_obeyed(&output, "stop-commands");
    let objects = output.json_lines();
    let logged: Vec<&str> = objects
        .iter()
        .filter(|object| object["type"] == "log")
        .filter_map(|object| object["line"].as_str())
        .collect();
    assert_eq!(logged, [&format!("a {HOSTILE}"), "::x::y"]);
    let planned = objects.iter().find(|object| object["type"] == "planned").expect("an event");
    assert_eq!(planned["name"], HOSTILE);
}

/// A reporter that never answers: the log goes on, and its failure comes after.
#[test]
fn log_does_not_wait_for_a_reporter() {
    let sortie =
        process().file("evil.wasm", guests::reporter("spin-report")).args(["--plugin", "./evil.wasm"]);
    let sortie = sortie.within(r#""$@" 2>&1"#).script("echo one; sleep 1; echo two; exit 3");
    let output = sortie.run();
    output.assert_code(3);
    let text = output.text();
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("no {what}\n{output}"));
    assert!(at("one\n") < at("two\n") && at("two\n") < at("reporter `evil-reporter` failed"), "{output}");
    assert!(at("reporter `evil-reporter` failed") < at("sortie: failed"), "{output}");
}
