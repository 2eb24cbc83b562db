//! Reporters at work.

use std::io::Read as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use serde_json::json;
use sortie::event::Event;
use sortie::event::EventKind;
use sortie::event::FilterCounter;
use sortie::event::FilterNote;
use sortie::event::Filtered;
use sortie::event::Planned;
use sortie::event::Stage;
use sortie::exit::ExitCode;
use sortie::mark::Annotation;
use sortie::mark::AnnotationLevel;
use sortie::mark::PhaseMark;
use sortie::plugin::Failure;
use sortie::plugin::Happening;
use sortie::plugin::Level;
use sortie::plugin::Limits;
use sortie::plugin::Plugin;
use sortie::plugin::PluginError;
use sortie::plugin::Reported;
use sortie::plugin::Reporter;
use sortie::report::ContainerEnd;
use sortie::report::RunReport;
use sortie::report::Verdict;
use sortie::stream::Attempt;
use sortie::stream::Clock;
use sortie::stream::Moment;
use sortie_lines::Label;
use sortie_lines::LineBatch;

use crate::support::REPORTER;
use crate::support::SHORT;
use crate::support::assert_safe;
use crate::support::batch;
use crate::support::context;
use crate::support::file;
use crate::support::host;
use crate::support::is_limit;
use crate::support::load_error;
use crate::support::load_with;
use crate::support::settings;
use crate::support::texts;
use crate::support::with_mode;

/// A reporter that was granted this, and is to send its requests there.
fn reporter_to(mode: &str, grants: &[&str], url: &str) -> Reporter {
    match load_with(&with_mode(&REPORTER, mode), grants, json!({"url": url})).unwrap() {
        Plugin::Reporter(reporter) => reporter,
        _ => unreachable!("evil-reporter is a reporter"),
    }
}

/// A reporter that was granted this.
fn reporter(mode: &str, grants: &[&str]) -> Reporter {
    match load_with(&with_mode(&REPORTER, mode), grants, json!({})).unwrap() {
        Plugin::Reporter(reporter) => reporter,
        _ => unreachable!("evil-reporter is a reporter"),
    }
}

fn moment() -> Moment {
    Clock::since(Instant::now()).moment(Attempt::FIRST)
}

fn event(kind: EventKind) -> Event {
    Clock::since(Instant::now()).stamp(Attempt::FIRST, kind)
}

fn running() -> Event {
    event(EventKind::StateChanged { stage: Stage::Running, state: "running".to_owned() })
}

pub(crate) fn finished() -> Event {
    event(EventKind::Finished(Box::new(RunReport {
        id: "arn:task/1".to_owned(),
        exit_code: ExitCode(3),
        verdict: Verdict::Failed,
        reason: "the container main ended with 3".to_owned(),
        hint: String::new(),
        main_container: "main".to_owned(),
        containers: vec![ContainerEnd {
            name: "main".to_owned(),
            exit_code: Some(3),
            reason: String::new(),
            out_of_memory: false,
        }],
        logs: Vec::new(),
        phases: Vec::new(),
        steps: Vec::new(),
        outputs: [("url".to_owned(), "https://x".to_owned())].into(),
        links: Vec::new(),
        plugin_failures: Vec::new(),
        counters: Vec::new(),
        tails: Vec::new(),
    })))
}

fn tell(reporter: &mut Reporter, event: &Event) -> Result<Reported, PluginError> {
    reporter.report(Happening::Event(event))
}

/// The commands that it writes when it is told that the task runs.
fn commands(reporter: &mut Reporter) -> Vec<String> {
    tell(reporter, &running()).unwrap().commands
}

/// The same when the run has ended.
fn last_command(reporter: &mut Reporter) -> String {
    let mut commands = tell(reporter, &finished()).unwrap().commands;
    assert_eq!(commands.len(), 1, "{commands:?}");
    commands.remove(0)
}

fn log_lines(reporter: &mut Reporter, lines: &LineBatch) -> Vec<String> {
    let happening = Happening::LogLines { moment: moment(), container: 0, name: "main", lines };
    reporter.report(happening).unwrap().commands
}

/// Why it fails on an event.
fn failure_on(mode: &str, grants: &[&str], event: &Event) -> PluginError {
    let begin = Instant::now();
    let mut reporter = reporter(mode, grants);
    let error = tell(&mut reporter, event).map(|reported| panic!("{mode}: {reported:?}")).unwrap_err();
    assert!(begin.elapsed() < Duration::from_secs(60), "{mode}");
    assert_eq!((error.during, error.is_usage()), ("report", false), "{mode}");
    assert_safe(&format!("{error}{}", error.said.last_words));
    let again = tell(&mut reporter, event).unwrap_err();
    assert_eq!(again.failure, Failure::FailedBefore, "{mode}");
    error
}

fn failure(mode: &str, grants: &[&str]) -> Failure {
    failure_on(mode, grants, &running()).failure
}

/// A directory, and the grant of the file `log` in it.
fn granted_log() -> (tempfile::TempDir, PathBuf, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log.txt");
    let grant = format!("file:log={}", path.display());
    (directory, path, grant)
}

#[test]
fn a_command_is_one_line_of_bounded_length_and_harmless() {
    let escapes = format!("{} ok ok ok", ["invalid"; 8].join(" "));
    for (mode, answers, commands) in [
        ("command-lines", "invalid ok ok invalid invalid invalid", 2),
        ("command-escapes", escapes.as_str(), 3),
        ("command-long", "ok too-large", 1),
        ("command-large", "too-large", 0),
        ("command-many", "ok too-large", 1_000),
        ("command-once", "ok", 1),
    ] {
        let (_directory, path, grant) = granted_log();
        let written = tell(&mut reporter(mode, &["commands", &grant]), &running()).unwrap().commands;
        assert_eq!(written.len(), commands, "{mode}");
        assert!(written.iter().all(|command| sortie_lines::is_one_line(command)), "{mode}: {written:?}");
        assert_eq!(std::fs::read_to_string(path).unwrap(), format!("{answers}\n"), "{mode}");
    }
}

#[test]
fn commands_without_their_grant_are_denied() {
    let (_directory, path, grant) = granted_log();
    let reported = tell(&mut reporter("command-once", &[&grant]), &running()).unwrap();
    assert_eq!(reported.commands, [""; 0]);
    assert_eq!(std::fs::read_to_string(path).unwrap(), "denied\n");
    assert_eq!(texts(&reported.messages), [""; 0], "it was told when the plugin was loaded");
}

#[test]
fn a_refused_effect_is_told_once() {
    let mut reporter = reporter("append-other", &["commands"]);
    let reported = tell(&mut reporter, &running()).unwrap();
    assert_eq!(reported.commands, ["denied denied denied denied denied"]);
    let [message] = &reported.messages[..] else { panic!("{:?}", reported.messages) };
    assert_eq!((message.level, message.of_host), (Level::Warn, true));
    // It asks for `other`: that it is not granted was told when the plugin was loaded.
    assert_eq!(message.text, "append to `undeclared`: no file of this name is granted");
    assert_eq!(tell(&mut reporter, &running()).unwrap().messages, [], "once");
}

#[test]
fn a_command_while_it_is_configured_is_refused() {
    let mut reporter = reporter("command-configure", &["commands"]);
    assert_eq!(commands(&mut reporter), [""; 0]);
}

#[test]
fn a_reporter_appends_to_its_granted_file_only_and_writes_it_only() {
    let directory = tempfile::tempdir().unwrap();
    let undeclared = format!("file:undeclared={}", directory.path().join("undeclared").display());
    let log = format!("file:log={}", directory.path().join("log").display());
    for mode in ["append-other", "write-other"] {
        let mut reporter = reporter(mode, &["commands", &log, &undeclared]);
        assert_eq!(commands(&mut reporter), ["denied denied denied denied denied"], "{mode}");
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn what_was_in_a_granted_file_stays_when_it_is_appended_to() {
    let (_directory, path, grant) = granted_log();
    std::fs::write(&path, "before ").unwrap();
    let mut reporter = reporter("append-log", &["commands", &grant]);
    assert_eq!(commands(&mut reporter), ["ok"]);
    assert_eq!(commands(&mut reporter), ["ok"]);
    // On a line of its own: whoever wrote before may have left a line open.
    assert_eq!(std::fs::read_to_string(path).unwrap(), "before \nevilevil");
}

#[test]
fn a_granted_file_is_replaced_as_often_as_it_is_written() {
    for (mode, content) in [("write-log", "evil"), ("write-many", "999"), ("write-append", "three")] {
        let (directory, path, grant) = granted_log();
        std::fs::write(&path, "before").unwrap();
        let answers = commands(&mut reporter(mode, &["commands", &grant])).remove(0);
        assert!(answers.split(' ').all(|answer| answer == "ok"), "{mode}: {answers}");
        assert_eq!(std::fs::read_to_string(path).unwrap(), content, "{mode}");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "{mode}: nothing beside it");
    }
}

#[test]
fn a_link_in_the_place_of_a_granted_file_is_not_followed_elsewhere() {
    let (directory, path, grant) = granted_log();
    let elsewhere = tempfile::tempdir().unwrap();
    let target = elsewhere.path().join("target");
    std::fs::write(&target, "untouched").unwrap();
    let relative = Path::new("..").join(elsewhere.path().file_name().unwrap()).join("target");
    for link in [target.clone(), relative, elsewhere.path().join("new")] {
        symlink(link, &path).unwrap();
        for mode in ["append-log", "write-log"] {
            let answer = commands(&mut reporter(mode, &["commands", &grant])).remove(0);
            assert!(answer.starts_with("io("), "{mode}: {answer}");
        }
        std::fs::remove_file(&path).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "untouched");
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 1);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn a_reporter_appends_no_more_than_its_limit() {
    let (_directory, path, grant) = granted_log();
    let answers = commands(&mut reporter("append-beyond", &["commands", &grant]));
    assert_eq!(answers, ["too-large ok too-large ok too-large"]);
    assert_eq!(std::fs::metadata(path).unwrap().len(), Limits::default().file_bytes);
}

#[test]
fn a_reporter_hands_over_no_more_than_its_limit() {
    let (_directory, path, grant) = granted_log();
    let modes =
        ["append-huge", "command-huge", "write-large", "write-huge", "log-huge", "error-huge", "eat-memory"];
    for mode in modes {
        let failure = failure(mode, &["commands", &grant]);
        assert!(is_limit(&failure), "{mode}: {failure}");
    }
    assert!(!path.exists());
}

#[test]
fn a_reporter_that_loops_or_traps_is_stopped() {
    assert!(matches!(failure("spin-report", &[]), Failure::Timeout(_)));
    assert!(matches!(failure("trap-report", &[]), Failure::Trap(_)));
    // Its half report is gone.
    assert!(matches!(failure("trap-after-command", &["commands"]), Failure::Trap(_)));
}

#[test]
fn a_reporter_may_fail_at_the_very_end() {
    for mode in ["trap-finished", "error-finished"] {
        assert_eq!(commands(&mut reporter(mode, &[])), [""; 0], "{mode}");
        let error = failure_on(mode, &[], &finished());
        assert!(matches!(error.failure, Failure::Trap(_) | Failure::Said(_)), "{mode}: {error}");
    }
}

#[test]
fn a_reporters_error_and_last_words_are_told_and_safe() {
    let said = failure("error-report", &[]);
    assert!(matches!(&said, Failure::Said(words) if words.starts_with("evil [2J ]52;c;")), "{said}");
    assert_eq!(failure("error-code", &[]), Failure::Said("as told".to_owned()));
    let error = failure_on("panic-event", &[], &running());
    assert!(matches!(error.failure, Failure::Trap(_)), "{error}");
    assert!(error.said.last_words.contains("state: \"running\""), "{}", error.said.last_words);
    assert!(!error.to_string().contains("running"), "{error}");
}

#[test]
fn what_a_reporter_says_is_safe_and_bounded() {
    let mut escape = reporter("log-escape", &[]);
    for _ in 0..2 {
        let messages = tell(&mut escape, &running()).unwrap().messages;
        let levels: Vec<Level> = messages.iter().map(|message| message.level).collect();
        assert_eq!(levels, [Level::Debug, Level::Info, Level::Warn, Level::Error]);
        messages.iter().for_each(|message| assert_safe(&message.text));
        assert!(messages.iter().all(|message| !message.of_host));
    }
    let messages = tell(&mut reporter("log-flood", &[]), &running()).unwrap().messages;
    assert_eq!(messages.len(), Limits::default().log_messages + 1);
    let left_out = "messages left out, too many in one call: 99900";
    assert_eq!(texts(&messages).last(), Some(&left_out));
}

#[test]
fn a_reporter_sees_log_lines_and_variables_only_when_granted() {
    let lines = batch(&["one", "two"]);
    let mut without = reporter("show-lines", &["commands"]);
    assert!(!without.wants_log_lines());
    assert_eq!(log_lines(&mut without, &lines), [""; 0]);
    let mut with = reporter("show-lines", &["commands", "log-lines"]);
    assert!(with.wants_log_lines());
    assert_eq!(log_lines(&mut with, &lines), ["one|two|"]);
    let seen = commands(&mut reporter("read-env", &["commands", "env:PATH"])).remove(0);
    let denied = r#"Err(Error { code: "denied", message: "the variable is not granted" })"#;
    assert_eq!(seen, format!("EVIL_GRANTED={denied} PATH={denied}"), "granted, but not asked for");
}

#[test]
fn log_lines_come_with_their_labels() {
    let mut lines = batch(&["one", "two"]);
    let label =
        |line, name: &str, value: &str| Label { line, name: name.to_owned(), value: value.to_owned() };
    lines.labels = vec![label(0, "level", "warn"), label(1, "own", "1")];
    let mut reporter = reporter("show-labels", &["commands", "log-lines"]);
    assert_eq!(log_lines(&mut reporter, &lines), ["0:level=warn 1:own=1"]);
}

#[test]
fn a_reporter_is_told_of_the_run() {
    let told = commands(&mut reporter("context", &["commands"])).remove(0);
    for part in [r#"run-id: "run-1""#, r#"command: "run""#, r#"ci: Some("github")"#, "container: None"] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

/// What the interface has no case for.
const OTHERS: [&str; 7] =
    ["progress", "detail", "recovered", "registered", "awaiting-stop", "phase", "annotation"];

/// One of each kind, with its name.
fn all_events() -> Vec<(&'static str, Event)> {
    let text = |text: &str| text.to_owned();
    let planned = Planned {
        name: text("deploy"),
        backend: text("process"),
        containers: vec![text("db"), text("main")],
        main_container: text("main"),
        warnings: vec![text("careful")],
    };
    let filtered = Filtered {
        filter: text("redact"),
        container: "db".to_owned(),
        index: 1,
        notes: vec![FilterNote { warning: true, message: text("masked") }],
        counters: vec![FilterCounter { name: text("masked-lines"), value: 3.0 }],
    };
    let kinds = [
        ("planned", EventKind::Planned(planned)),
        ("warning", EventKind::warning("beware")),
        ("retrying", EventKind::Retrying { reason: text("throttled"), delay: Duration::from_millis(250) }),
        ("launched", EventKind::Launched { id: text("arn"), url: Some(text("https://console.example")) }),
        ("progress", EventKind::Progress { state: text("pulling") }),
        ("detail", EventKind::detail("somehow")),
        ("recovered", EventKind::Recovered { message: text("it answers again") }),
        ("registered", EventKind::Registered { task_definition: text("arn"), reused: false }),
        ("awaiting-stop", EventKind::AwaitingStop { containers: vec![text("db")], kill_in: None }),
        (
            "phase",
            EventKind::Phase(PhaseMark {
                container: 1,
                name: text("main"),
                title: text("./kops.sh validate"),
                time_ms: 1_700_000_000_123,
            }),
        ),
        (
            "annotation",
            EventKind::Annotation(Annotation {
                container: 1,
                name: text("main"),
                level: AnnotationLevel::Error,
                file: Some(text("src/a.ts")),
                line: Some(3),
                column: None,
                message: text("TS2322"),
            }),
        ),
        ("stopping", EventKind::Stopping { reason: text("a signal"), advice: String::new() }),
        ("filtered", EventKind::Filtered(filtered)),
    ];
    let mut events: Vec<_> = kinds.into_iter().map(|(name, kind)| (name, event(kind))).collect();
    events.extend([("state", running()), ("finished", finished())]);
    events
}

#[test]
fn every_event_that_the_interface_has_a_case_for_is_told_and_others_only_where_asked_for() {
    let mut all = reporter("show-events", &["commands"]);
    assert_eq!(all.wishes().events, None);
    let mut other = reporter("events-other", &["commands"]);
    for (name, event) in all_events() {
        let told = tell(&mut all, &event).unwrap().commands;
        let has_no_case = OTHERS.contains(&name);
        assert_eq!(told, if has_no_case { vec![] } else { vec![name.to_owned()] });
        assert_eq!(tell(&mut other, &event).unwrap().commands, [name]);
    }
    let asked: Vec<&str> = other.wishes().events.iter().flatten().map(String::as_str).collect();
    let want = ["annotation", "awaiting-stop", "detail", "finished", "phase", "progress", "recovered"];
    assert_eq!(asked, [&want[..], &["registered"]].concat());
}

/// Reporters read these members by their names.
#[test]
fn marks_arrive_as_json_objects() {
    let (_directory, path, grant) = granted_log();
    let mut reporter = reporter("dump-other", &[&grant]);
    for (_, event) in all_events() {
        tell(&mut reporter, &event).unwrap();
    }
    let told = std::fs::read_to_string(path).unwrap();
    let objects: Vec<serde_json::Value> =
        told.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let of = |name: &str| objects.iter().find(|object| object["type"] == name).cloned().unwrap();
    let phase = of("phase");
    for (member, value) in [
        ("container", json!(1)),
        ("name", json!("main")),
        ("title", json!("./kops.sh validate")),
        ("timeMs", json!(1_700_000_000_123_i64)),
    ] {
        assert_eq!(phase[member], value, "{phase}");
    }
    let annotation = of("annotation");
    for (member, value) in [
        ("container", json!(1)),
        ("name", json!("main")),
        ("level", json!("error")),
        ("file", json!("src/a.ts")),
        ("line", json!(3)),
        ("column", json!(null)),
        ("message", json!("TS2322")),
    ] {
        assert_eq!(annotation[member], value, "{annotation}");
    }
}

#[test]
fn events_arrive_with_all_that_they_say() {
    let (_directory, path, grant) = granted_log();
    let mut reporter = reporter("dump-events", &[&grant]);
    for (_, event) in all_events() {
        tell(&mut reporter, &event).unwrap();
    }
    let told = std::fs::read_to_string(path).unwrap();
    for part in [
        "task: 0, attempt: 1",
        r#"name: "deploy", backend: "process", containers: ["db", "main"], main-container: 1"#,
        r#"warnings: ["careful"]"#,
        r#"reason: "throttled", delay-ms: 250.0"#,
        r#"id: "arn", url: Some("https://console.example")"#,
        r#"filter: "redact", container: 1, notes: ["masked"]"#,
        r#"name: "masked-lines", value: 3.0"#,
        r#"stage: "running", state: "running""#,
        r#"id: "arn:task/1", exit-code: 3, verdict: "failed""#,
        r#"log-incomplete: Some("it was not read")"#,
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn a_reporter_says_which_events_it_wants() {
    let asked = |mode: &str| {
        let reporter = reporter(mode, &["log-lines"]);
        assert!(!reporter.wants_log_lines(), "{mode}: `log` is not among them");
        reporter.wishes().events.clone().unwrap().into_iter().collect::<Vec<_>>()
    };
    assert_eq!(asked("events-none"), [""; 0]);
    assert_eq!(asked("events-some"), ["finished", "launched"]);
    // Names that nobody knows ask for nothing.
    assert!(asked("events-nonsense").contains(&"finished".to_owned()));
    assert!(is_limit(&load_error(&REPORTER, "events-many", &[]).failure));
}

#[test]
fn ticks_are_as_seldom_as_is_asked_for_and_no_more_often_than_they_may_be() {
    for (mode, every) in [("tick-0", 100), ("tick-1", 100), ("tick-100", 100), ("tick-max", u32::MAX)] {
        let mut reporter = reporter(mode, &["commands"]);
        assert_eq!(reporter.wishes().tick, Some(Duration::from_millis(every.into())), "{mode}");
        assert_eq!(reporter.report(Happening::Tick(moment())).unwrap().commands, ["tick"], "{mode}");
    }
    assert_eq!(reporter("", &[]).wishes().tick, None);
    for mode in ["trap-tick", "spin-tick"] {
        let mut reporter = reporter(mode, &[]);
        assert_eq!(reporter.wishes().tick, Some(Duration::from_millis(100)), "{mode}");
        assert_eq!(commands(&mut reporter), [""; 0], "{mode}");
        let failure = reporter.report(Happening::Tick(moment())).unwrap_err().failure;
        assert!(matches!(failure, Failure::Trap(_) | Failure::Timeout(_)), "{mode}: {failure}");
        let failure = reporter.report(Happening::Event(&finished())).unwrap_err().failure;
        assert_eq!(failure, Failure::FailedBefore, "{mode}");
    }
}

/// A server that answers every request after a while, and counts them.
pub(crate) struct Server {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) fn new(after: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&requests);
        // It ends with the test's process.
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(after);
                // A request of the tests is small: it is there at once. Nobody may be there any more.
                let _ = stream.read(&mut [0; 8192]);
                let answer = "HTTP/1.1 201 Created\r\ncontent-type: text/plain\r\nset-cookie: a=b\r\n\
                              content-length: 5\r\n\r\nhello";
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { address, requests }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub(crate) fn grant(&self) -> String {
        format!("http:POST:{}", self.url())
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

#[test]
fn a_granted_request_is_sent_and_answered() {
    let server = Server::new(Duration::ZERO);
    let grants = ["commands", &server.grant()];
    assert_eq!(last_command(&mut reporter_to("http-post", &grants, &server.url())), "201 hello");
    let answer = last_command(&mut reporter_to("http-response", &grants, &server.url()));
    assert!(answer.contains("content-type") && !answer.contains("set-cookie"), "{answer}");
    assert_eq!(server.requests(), 2);
}

#[test]
fn requests_that_are_not_granted_or_are_none_are_not_sent() {
    let server = Server::new(Duration::ZERO);
    let denied = last_command(&mut reporter_to("http-post", &["commands"], &server.url()));
    assert!(denied.starts_with("denied: POST `http://127.0.0.1:"), "{denied}");
    let elsewhere =
        "denied denied denied invalid invalid denied invalid invalid denied invalid invalid invalid";
    let methods = "denied invalid invalid invalid invalid invalid";
    let headers =
        "invalid invalid invalid invalid invalid denied denied denied denied denied too-large too-large";
    let grant = format!("{}#Authorization=Bearer theirs", server.grant());
    for (mode, answers) in [("http-other", elsewhere), ("http-methods", methods), ("http-headers", headers)] {
        let mut reporter = reporter_to(mode, &["commands", &grant], &server.url());
        let reported = tell(&mut reporter, &finished()).unwrap();
        assert_eq!(reported.commands, [answers], "{mode}");
        assert!(!reported.messages.is_empty() && reported.messages.len() <= 3, "{:?}", reported.messages);
        reported.messages.iter().for_each(|message| assert_safe(&message.text));
    }
    assert_eq!(server.requests(), 0);
}

#[test]
fn requests_are_bounded_in_size_number_and_time() {
    let server = Server::new(Duration::ZERO);
    let grants = ["commands", &server.grant()];
    for mode in ["http-large", "http-huge"] {
        let error = tell(&mut reporter_to(mode, &grants, &server.url()), &finished()).unwrap_err();
        assert!(is_limit(&error.failure), "{mode}: {error}");
    }
    assert_eq!(server.requests(), 0);
    assert_eq!(last_command(&mut reporter_to("http-many", &grants, &server.url())), "too-large");
    assert_eq!(server.requests(), Limits::default().http_requests);
    let slow = Server::new(Duration::from_millis(100));
    let grants = ["commands", &slow.grant()];
    assert_eq!(last_command(&mut reporter_to("http-timeout", &grants, &slow.url())), "timeout ok");
}

#[test]
fn the_time_that_a_reporter_waits_for_a_server_is_none_of_its_own() {
    let slow = Server::new(SHORT + Duration::from_secs(1));
    let component = file(&with_mode(&REPORTER, "http-post"));
    let settings = settings(&component, &["commands", &slow.grant()], json!({"url": slow.url()}));
    let plugin = host(SHORT).load(&settings).and_then(|described| described.configure(&context())).unwrap();
    let Plugin::Reporter(mut reporter) = plugin else { unreachable!("evil-reporter is a reporter") };
    assert_eq!(last_command(&mut reporter), "201 hello");
}

#[test]
fn nothing_is_sent_while_it_is_configured() {
    let server = Server::new(Duration::ZERO);
    let mut granted = reporter_to("http-configure", &["commands", &server.grant()], &server.url());
    assert_eq!(last_command(&mut granted), "unsupported");
    assert_eq!(server.requests(), 0);
}
