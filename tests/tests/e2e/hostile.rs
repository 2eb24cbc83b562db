//! Thousands of lines that are written to be obeyed, through the whole of sortie: no reader obeys one, and
//! sortie's own commands are obeyed.

use serde_json::Value;
use sortie_tests::Hook;
use sortie_tests::Output;
use sortie_tests::Sortie;
use sortie_tests::hook::Answer;
use sortie_tests::oracles;
use sortie_tests::readers::azure;
use sortie_tests::readers::buildkite;
use sortie_tests::readers::github::Obeyed;
use sortie_tests::readers::github::Runner;
use sortie_tests::readers::gitlab;
use sortie_tests::readers::hostile;
use sortie_tests::readers::screen;
use sortie_tests::readers::teamcity;

/// On each of the two streams of the process.
const LINES: usize = 10_000;

/// A run whose process writes hostile lines to both of its streams, and fails.
fn run(seed: u64, args: &[&str]) -> Sortie {
    let lines = |seed| hostile::lines(seed, LINES).join(&b'\n');
    Sortie::new()
        .args(["run", "--backend", "process"])
        .args(args)
        .file("out", lines(seed))
        .file("err", lines(seed + 1))
        .script("cat out; echo; cat err >&2; exit 3")
}

/// Runs it; answers what both streams held, each by itself, since nobody knows how they are mixed.
#[track_caller]
fn streams(sortie: Sortie) -> (Output, [String; 2]) {
    let output = sortie.run();
    output.assert_code(3);
    let said = output.text().matches(hostile::WORD).count();
    assert!(said > 2 * LINES, "{said} words of the log are left");
    let streams = [output.text(), output.stderr.clone()];
    (output, streams)
}

/// What is printed is what a screen shows: no byte of it is done.
#[track_caller]
fn assert_shown(output: &Output) {
    assert_eq!(screen::done(&output.stdout), Vec::<String>::new());
    assert_eq!(screen::done(output.stderr.as_bytes()), Vec::<String>::new());
    assert!(output.stderr.contains("escaped characters "), "they are counted\n{}", output.stderr);
}

/// Commands that are sortie's own.
fn is_own(command: &Obeyed) -> bool {
    let token = |text: &str| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match command.name.as_str() {
        "stop-commands" => token(&command.data),
        "group" | "endgroup" | "error" | "warning" => !command.data.contains(hostile::WORD),
        name => token(name),
    }
}

#[test]
fn github_obeys_none_without_a_reporter() {
    let (output, streams) = streams(run(10, &["--reporter", "none"]).env("GITHUB_ACTIONS", "true"));
    let mut runner = Runner::default();
    let obeyed: Vec<Obeyed> = streams.iter().flat_map(|stream| runner.read(stream)).collect();
    assert!(obeyed.iter().all(is_own), "{obeyed:#?}");
    let names: Vec<&str> = obeyed.iter().map(|command| command.name.as_str()).collect();
    assert!(names.len() == 2 && names[0] == "stop-commands" && !runner.is_stopped(), "{names:?}");
    assert_eq!(runner.looked_at, Vec::<String>::new(), "these stand outside the wall");
    // The first wall alone holds, too.
    for stream in &streams {
        let obeyed = Runner::obeying_always().read(stream);
        assert!(obeyed.iter().all(is_own), "{obeyed:#?}");
    }
    assert_shown(&output);
    assert!(output.stderr.contains("broken commands "), "{}", output.stderr);
}

#[test]
fn github_obeys_the_reporter_alone() {
    let sortie = run(20, &["--plugin", "github"]).env("GITHUB_ACTIONS", "true");
    let (output, streams) = streams(sortie);
    let mut runner = Runner::default();
    let obeyed: Vec<Obeyed> = streams.iter().flat_map(|stream| runner.read(stream)).collect();
    assert!(obeyed.iter().all(is_own), "{obeyed:#?}");
    let mut names: Vec<&str> = obeyed.iter().map(|command| command.name.as_str()).collect();
    names.retain(|name| name.len() != 32 && *name != "stop-commands");
    assert_eq!(names, ["group", "endgroup", "error"]);
    assert!(!runner.is_stopped());
    for stream in &streams {
        let obeyed = Runner::obeying_always().read(stream);
        assert!(obeyed.iter().all(is_own), "{obeyed:#?}");
    }
    assert_shown(&output);
}

/// Who does not know the system breaks what any of them obeys.
#[test]
fn no_other_system_obeys_one() {
    let none = Vec::<String>::new();
    for (seed, variable, value) in [
        (30, "TF_BUILD", "True"),
        (40, "TEAMCITY_VERSION", "2025.11"),
        (50, "GITLAB_CI", "true"),
        (60, "BUILDKITE", "true"),
        (70, "CIRCLECI", "true"),
        (80, "JENKINS_URL", "https://ci.example"),
        (90, "CI", "true"),
    ] {
        let (output, streams) = streams(run(seed, &["--reporter", "none"]).env(variable, value));
        let any = variable == "CI";
        for stream in &streams {
            if any || variable == "TF_BUILD" {
                assert_eq!(azure::commands(stream), none, "{variable}");
            }
            if any || variable == "TEAMCITY_VERSION" {
                assert_eq!(teamcity::messages(stream), none, "{variable}");
            }
            if any || variable == "GITLAB_CI" {
                assert_eq!((gitlab::sections(stream), gitlab::hidden(stream)), (none.clone(), none.clone()));
            }
            if variable == "BUILDKITE" {
                assert_eq!(buildkite::obeyed(stream), none);
            }
            if any {
                let obeyed = Runner::obeying_always().read(stream);
                assert!(obeyed.is_empty(), "{obeyed:#?}");
            }
        }
        assert_shown(&output);
    }
}

/// And of what a reporter writes, what is its own.
#[test]
fn other_systems_obey_the_reporter_alone() {
    let sections = |stream: &str| gitlab::sections(stream);
    type Reader = fn(&str) -> Vec<String>;
    let systems: [(u64, &str, Reader, usize); 4] = [
        // Group and its end, the reason, eight variables.
        (31, "TF_BUILD", azure::commands, 11),
        (41, "TEAMCITY_VERSION", teamcity::messages, 11),
        (51, "GITLAB_CI", sections, 2),
        // The task, and the group before it that is opened.
        (61, "BUILDKITE", buildkite::obeyed, 2),
    ];
    for (seed, variable, reader, own) in systems {
        let (_, streams) = streams(run(seed, &[]).env(variable, "true"));
        let obeyed: Vec<String> = streams.iter().flat_map(|stream| reader(stream)).collect();
        assert!(!obeyed.iter().any(|command| command.contains(hostile::WORD)), "{variable}: {obeyed:#?}");
        assert_eq!(obeyed.len(), own, "{variable}: {obeyed:#?}");
    }
}

/// Every report at once: what each reader makes of it are texts, and the log of the CI system stays as it was.
#[test]
fn reports_hold_hostile_lines_as_text() {
    let (hook, collector) = (Hook::start(Answer::Echo(200)), Hook::start(Answer::Echo(200)));
    let title = "<img src=\"http://EVIL\"> ]]> `EVIL` [EVIL](http://EVIL) \u{1b}]0;EVIL\u{7} ##[error]EVIL";
    let config = serde_json::json!({ "title": title, "log-tails": true });
    let configs = ["github", "junit", "markdown", "hook", "otel"].map(|name| format!("{name}={config}"));
    let mut args = vec!["--reporter", "auto,junit,markdown,hook,otel"];
    configs.iter().for_each(|config| args.extend(["--plugin-config", config]));
    let sortie = run(130, &args)
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", "step.md")
        .env("WEBHOOK_URL", hook.url())
        .env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", collector.url());
    let (output, streams) = streams(sortie);
    let mut runner = Runner::default();
    let obeyed: Vec<Obeyed> = streams.iter().flat_map(|stream| runner.read(stream)).collect();
    let is_title = |command: &Obeyed| ["group", "error"].contains(&&*command.name);
    assert!(obeyed.iter().all(|command| is_own(command) || is_title(command)), "{obeyed:#?}");
    assert!(!runner.is_stopped());
    assert!(!output.stderr.contains("warning: reporter"), "{}", output.stderr);

    let junit = output.file("sortie-junit.xml");
    let read = oracles::read("junit", &junit).unwrap_or_else(|why| panic!("{why}\n{junit}"));
    assert_eq!((&read[0]["tests"], &read[0]["failures"]), (&1.into(), &1.into()), "{junit}");
    assert!(oracles::read("junit", &junit.replacen(" tests=", " test=", 1)).is_err(), "it is checked");
    assert!(read[0]["output"].as_str().is_some_and(|text| text.contains(hostile::WORD)), "{junit}");

    for file in ["sortie-summary.md", "step.md"] {
        let summary = output.file(file);
        let read = oracles::read("markdown", &summary).expect("Markdown");
        let of = |what: &str| -> Vec<String> {
            let texts = read[what].as_array().expect("texts").iter();
            texts.map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
        };
        let fences = of("fences");
        assert_eq!(fences.len(), 1, "{summary}");
        assert!(fences[0].lines().count() >= 50 && fences[0].contains(hostile::WORD), "{summary}");
        let own = |html: &String| !html.contains(hostile::WORD);
        assert!(of("html").iter().all(own) && of("links").iter().all(own), "{read:#?}\n{summary}");
        let outside = of("text").iter().filter(|text| text.contains(hostile::WORD)).count();
        assert!((1..=2).contains(&outside), "the title alone: {read:#?}\n{summary}");
    }

    let body = |hook: &Hook| -> Value {
        let requests = hook.requests();
        assert_eq!(requests.len(), 1, "{requests:#?}");
        serde_json::from_str(requests[0].split_once("\n\n").expect("a body").1).expect("JSON")
    };
    let told = body(&hook);
    let tail: Vec<&str> =
        told["logTails"][0]["lines"].as_array().expect("lines").iter().filter_map(Value::as_str).collect();
    assert!(tail.len() >= 50 && tail.iter().any(|line| line.contains(hostile::WORD)), "{told:#}");
    let trace = oracles::read("otlp", &body(&collector).to_string()).expect("an export");
    let spans = &trace["resourceSpans"][0]["scopeSpans"][0]["spans"];
    assert_eq!(spans.as_array().map(Vec::len), Some(4), "{spans:#}");
    assert!(spans[0]["events"][0].to_string().contains(hostile::WORD), "{spans:#}");
    let controls = |text: &str| text.chars().any(|c| c.is_control() || c == '\u{202e}');
    assert!(!controls(&spans[0]["name"].to_string()), "{spans:#}");
}

/// A program reads what was written, and no reader of its lines obeys one.
#[test]
fn json_of_hostile_lines_is_not_obeyed_and_says_all() {
    let (output, streams) =
        streams(run(100, &["--output", "json", "--plugin", "github"]).env("GITHUB_ACTIONS", "true"));
    for stream in &streams {
        assert_eq!(Runner::obeying_always().read(stream), []);
    }
    assert_eq!(screen::done(&output.stdout), Vec::<String>::new());
    let logged: Vec<String> = output
        .json_lines()
        .iter()
        .filter(|object| object["type"] == "log")
        .filter_map(|object| object["line"].as_str().map(str::to_owned))
        .collect();
    let lossy = |line: &Vec<u8>| String::from_utf8_lossy(line).into_owned();
    let mut left = logged.iter();
    assert!(hostile::lines(100, LINES).iter().map(lossy).all(|line| left.any(|logged| *logged == line)));
}

/// Outside of CI the bytes of a pipe are the task's own.
#[test]
fn bytes_of_a_pipe_stay_outside_of_ci() {
    let bytes = hostile::lines(110, LINES).join(&b'\n');
    let sortie =
        Sortie::new().args(["run", "--backend", "process"]).file("out", &bytes).script("cat out; echo");
    let output = sortie.run();
    output.assert_code(0);
    assert!(output.stdout == [&bytes[..], b"\n"].concat(), "{} bytes", output.stdout.len());
    assert!(!output.stderr.contains("escaped characters"), "{}", output.stderr);
}

#[test]
fn terminal_does_nothing_of_it() {
    let lines = hostile::lines(120, LINES).join(&b'\n');
    let sortie = Sortie::new().args(["run", "--backend", "process", "-qq"]).env("TERM", "xterm");
    let sortie = sortie.file("out", lines).script("cat out; echo");
    let output = sortie.within(r#"script --quiet --return --command "$(printf '%q ' "$@")" /dev/null"#).run();
    output.assert_code(0);
    // The terminal itself puts a carriage return before each line feed.
    let screen = output.text().replace("\r\n", "\n");
    assert_eq!(screen::done(screen.as_bytes()), Vec::<String>::new());
    assert!(screen.contains("\\u{1b}]52;c;"), "it is written out");
}

/// Commands go through the wall, and the wall stands again behind them.
#[test]
fn wall_is_taken_down_for_each_command() {
    let sortie = Sortie::new().args(["run", "--backend", "process", "--plugin", "github"]);
    let output = sortie.env("GITHUB_ACTIONS", "true").script("echo '##[b'; echo plain; exit 3").run();
    output.assert_code(3);
    let text = output.text();
    let lines: Vec<&str> = text.lines().collect();
    let at = |what: &str| {
        lines.iter().position(|line| line.starts_with(what)).unwrap_or_else(|| panic!("{output}"))
    };
    let up = at("::stop-commands::");
    let token = lines[up].trim_start_matches("::stop-commands::");
    let down = at(&format!("::{token}::"));
    assert_eq!(at("::group::") + 1, up, "{output}");
    assert!(up < at("#\\#[b") && at("plain") < down && down < at("::endgroup::"), "{output}");
    let quiet = Sortie::new().args(["run", "--backend", "process", "--reporter", "none"]);
    let quiet = quiet.env("GITHUB_ACTIONS", "true");
    let nothing = "nothing to look at: arn:aws:iam::123456789012:role/ci\n";
    quiet.script(&format!("printf '{nothing}'")).run().assert_stdout(nothing);
}

/// The user knows better than the environment.
#[test]
fn ci_is_what_the_user_says() {
    let run = |args: &[&str]| {
        let sortie = Sortie::new().args(["run", "--backend", "process", "--reporter", "none"]).args(args);
        sortie.script(r"printf '##vso[a.b]c ##[error]\033[2J\n'").env("GITHUB_ACTIONS", "true")
    };
    let raw = "##vso[a.b]c ##[error]\u{1b}[2J\n";
    run(&["--ci", "none"]).run().assert_code(0).assert_stdout(raw);
    run(&[]).env("SORTIE_CI", "none").run().assert_code(0).assert_stdout(raw);
    run(&["--ci", "teamcity"]).run().assert_stdout("##vso[a.b]c ##[error]\\u{1b}[2J\n");
    run(&["--ci", "azure"]).run().assert_stdout("#\\#vso[a.b]c #\\#[error]\\u{1b}[2J\n");
    run(&["--ci", "travis"]).run().assert_code(2).assert_stderr("none, github, gitlab");
    // In what is said of a wrong command line, too.
    let wrong = |args: &[&str]| Sortie::new().args(args).args(["--engine", "##[x]"]).run().stderr;
    assert!(wrong(&["run", "--ci", "teamcity", "--backend", "docker", "--image", "x"]).contains("##[x]"));
    let file = run(&[]).file("sortie.toml", "ci = \"none\"\n").run();
    file.assert_code(2).assert_stderr("ci");
}
