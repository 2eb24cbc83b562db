//! The output thread with reporters of all kinds beside it.

use std::io::Write;
use std::sync::mpsc as channel;
use std::time::Duration;

use sortie_lines::Label;
use tokio::sync::Semaphore;
use tokio::sync::oneshot;

use super::*;
use crate::exit::ExitCode;
use crate::output::reporters::Command;
use crate::output::reporters::Effects;
use crate::output::reporters::Failed;
use crate::output::reporters::Subscription;
use crate::output::surroundings::Surroundings;
use crate::report::RunReport;
use crate::report::Verdict;
use crate::secrecy::Secrets;
use crate::settings::ColorChoice;
use crate::settings::OutputFormat;
use crate::stream::Moment;

/// Says when what was written.
#[derive(Clone)]
struct Paper(channel::Sender<(Instant, Vec<u8>)>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.send((Instant::now(), bytes.to_vec()));
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

type Told = Arc<Mutex<Vec<String>>>;

/// A reporter that notes what it is told, and does what the test says.
struct Scripted<F> {
    name: &'static str,
    lines: bool,
    /// How often it wants to be told the time, in milliseconds.
    tick: Option<u64>,
    told: Told,
    act: F,
}

impl<F: FnMut(&str) -> Result<Effects, Failed> + Send> Scripted<F> {
    fn note(&mut self, what: String) -> Result<Effects, Failed> {
        let result = (self.act)(&what);
        self.told.lock().unwrap().push(what);
        result
    }
}

impl<F: FnMut(&str) -> Result<Effects, Failed> + Send> Reporter for Scripted<F> {
    fn name(&self) -> &str {
        self.name
    }
    fn subscription(&self) -> Subscription {
        // Details are what the tests tell.
        let events = ["launched", "detail", "finished", "warning", "stopping", "phase", "annotation"];
        let tick = self.tick.map(Duration::from_millis);
        Subscription { events: Some(events.map(str::to_owned).into()), log_lines: self.lines, tick }
    }
    fn event(&mut self, event: &Event) -> Result<Effects, Failed> {
        self.note(match &event.kind {
            EventKind::Launched { .. } => "launched".to_owned(),
            EventKind::Finished(_) => "finished".to_owned(),
            EventKind::Detail { message } => message.clone(),
            EventKind::Phase(phase) => phase.title.clone(),
            EventKind::Annotation(annotation) => annotation.message.clone(),
            other => format!("{other:?}"),
        })
    }
    fn log_lines(
        &mut self,
        _: Moment,
        _: ContainerIndex,
        _: &str,
        batch: &LineBatch,
    ) -> Result<Effects, Failed> {
        self.note(format!("{} lines", batch.len()))
    }
    fn tick(&mut self, _: Moment) -> Result<Effects, Failed> {
        self.note("tick".to_owned())
    }
}

fn scripted(
    name: &'static str,
    lines: bool,
    act: impl FnMut(&str) -> Result<Effects, Failed> + Send + 'static,
) -> (Box<dyn Reporter>, Told) {
    let told = Told::default();
    (Box::new(Scripted { name, lines, tick: None, told: Arc::clone(&told), act }), told)
}

fn command(line: &str) -> Result<Effects, Failed> {
    let commands = vec![Command::new(line.to_owned()).expect("one line")];
    Ok(Effects { commands, ..Effects::default() })
}

/// An output thread whose both streams are one paper.
struct Run {
    runtime: tokio::runtime::Runtime,
    sender: mpsc::UnboundedSender<Message>,
    thread: std::thread::JoinHandle<()>,
    paper: channel::Receiver<(Instant, Vec<u8>)>,
}

fn limits() -> Limits {
    Limits {
        at_end: Duration::from_millis(300),
        at_end_when_stopping: Duration::from_millis(100),
        ..Limits::default()
    }
}

fn start(reporters: Vec<Box<dyn Reporter>>, limits: Limits, format: OutputFormat) -> Run {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (sender, paper) = channel::channel();
    let paper_of_both = Paper(sender);
    let parts = Parts {
        containers: vec!["app".to_owned()],
        opened: Arc::new(Mutex::new(BTreeMap::from([(Attempt::FIRST, vec![Chain::new([])])]))),
        excerpt: Excerpt::default(),
        pass_over: PassOver::default(),
        journal: Journal::default(),
        prefixes: true,
        outputs_of: Some(0),
        reporters,
        limits,
        streams: Streams::new(paper_of_both.clone(), paper_of_both, Surroundings::default(), &Secrets::new()),
        log_file: None,
        settings: OutputSettings {
            format,
            color: ColorChoice::Never,
            timestamps: false,
            verbosity: 0,
            ..OutputSettings::default()
        },
        started: Instant::now(),
        filter_failed: watch::channel(false).0,
    };
    let guard = runtime.enter();
    let (sender, thread) = spawn(parts).unwrap();
    drop(guard);
    Run { runtime, sender, thread, paper }
}

impl Run {
    fn event(&self, kind: EventKind) {
        let event = Clock::since(Instant::now()).stamp(Attempt::FIRST, kind);
        self.sender.send(Message::Event(event)).unwrap();
    }

    fn launched(&self) {
        self.event(EventKind::Launched { id: "task-1".to_owned(), url: None });
    }

    fn detail(&self, message: &str) {
        self.event(EventKind::detail(message));
    }

    fn line(&self, text: &str) {
        self.lines(&[text], Vec::new());
    }

    fn lines(&self, lines: &[&str], labels: Vec<Label>) {
        let mut batch = LineBatch { labels, ..LineBatch::default() };
        lines.iter().for_each(|line| batch.push(line.as_bytes(), 0));
        let room = Arc::new(Semaphore::new(1));
        let room = self.runtime.block_on(room.acquire_owned()).unwrap();
        let address = Attempt::FIRST.container(0);
        self.sender.send(Message::Lines { address, batch, cursor: None, room }).unwrap();
    }

    fn sync(&self) -> PipelineReport {
        let (answer, failures) = oneshot::channel();
        self.sender.send(Message::Sync(answer)).unwrap();
        self.runtime.block_on(failures).unwrap().pipeline
    }

    /// Finishes the run; all that was written.
    fn finish(self) -> String {
        let report = RunReport {
            id: "task-1".to_owned(),
            exit_code: ExitCode(3),
            verdict: Verdict::Failed,
            reason: String::new(),
            hint: String::new(),
            main_container: "app".to_owned(),
            containers: Vec::new(),
            logs: Vec::new(),
            phases: Vec::new(),
            steps: Vec::new(),
            outputs: BTreeMap::new(),
            links: Vec::new(),
            plugin_failures: Vec::new(),
            counters: Vec::new(),
            tails: Vec::new(),
        };
        self.event(EventKind::Finished(Box::new(report)));
        self.sender.send(Message::Close).unwrap();
        self.thread.join().unwrap();
        let written: Vec<u8> = self.paper.try_iter().flat_map(|(_, bytes)| bytes).collect();
        String::from_utf8(written).unwrap()
    }
}

#[track_caller]
fn assert_in_order(text: &str, parts: &[&str]) {
    let mut from = 0;
    for part in parts {
        match text[from..].find(part) {
            Some(at) => from += at + part.len(),
            None => panic!("no {part:?} after byte {from} of\n{text}"),
        }
    }
}

/// The largest time from sending a line to its being written, beside a reporter that hangs for 5 s in
/// each call.
fn largest_delay() -> Duration {
    let (hanging, _) = scripted("hanging", true, |_| {
        std::thread::sleep(Duration::from_secs(5));
        Ok(Effects::default())
    });
    let run = start(vec![hanging], limits(), OutputFormat::Text);
    run.launched();
    let mut sent = Vec::new();
    for number in 0..100 {
        sent.push(Instant::now());
        run.line(&format!("line {number}"));
        std::thread::sleep(Duration::from_millis(3));
    }
    let mut written = Vec::new();
    while written.len() < sent.len() {
        let (at, bytes) = run.paper.recv_timeout(Duration::from_secs(20)).expect("every line is written");
        // Lines that were there together are written together.
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"line "));
        written.extend(lines.map(|_| at));
    }
    written.iter().zip(&sent).map(|(written, sent)| written.duration_since(*sent)).max().unwrap()
}

/// A busy machine may stop any thread for a while, but hardly three times in a row.
#[test]
fn a_reporter_that_hangs_delays_no_line() {
    let delays: Vec<Duration> = (0..3).map(|_| largest_delay()).collect();
    assert!(delays.iter().any(|delay| *delay < Duration::from_millis(50)), "{delays:?}");
    assert!(delays.iter().all(|delay| *delay < Duration::from_secs(2)), "{delays:?}");
}

#[test]
fn a_command_stands_where_its_event_does() {
    for _ in 0..50 {
        let (folding, told) = scripted("folding", false, |what| match what {
            "launched" => {
                std::thread::sleep(Duration::from_millis(2));
                command("::group::x")
            }
            "finished" => command("::endgroup::"),
            _ => Ok(Effects::default()),
        });
        let run = start(vec![folding], Limits::default(), OutputFormat::Text);
        run.launched();
        run.line("hello");
        let text = run.finish();
        assert_in_order(
            &text,
            &["launched task-1", "::group::x\n", "hello\n", "::endgroup::\n", "sortie: failed"],
        );
        assert_eq!(*told.lock().unwrap(), ["launched", "finished"]);
    }
}

#[test]
fn in_json_commands_and_failures_are_objects_in_the_same_order() {
    let (folding, _) = scripted("folding", false, |what| match what {
        "launched" => command("::group::x"),
        _ => Err("no more".to_owned().into()),
    });
    let run = start(vec![folding], Limits::default(), OutputFormat::Json);
    run.launched();
    run.line("hello");
    let text = run.finish();
    let objects: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let types: Vec<&str> = objects.iter().filter_map(|object| object["type"].as_str()).collect();
    assert_eq!(types, ["launched", "command", "log", "warning", "finished"]);
    assert_eq!(objects[1]["line"], "::group::x");
}

/// A step and an annotation in the middle of a batch.
fn marked_lines(run: &Run) {
    let label =
        |line, name: &str, value: &str| Label { line, name: name.to_owned(), value: value.to_owned() };
    let labels = vec![
        label(1, "phase", "second"),
        label(2, "annotation", r#"{"level":"error","file":"a.c","line":1,"message":"third"}"#),
    ];
    run.lines(&["one", "two", "three"], labels);
}

#[test]
fn what_a_reporter_does_about_a_mark_stands_right_before_its_line() {
    let (folding, told) = scripted("folding", false, |what| match what {
        "second" => command("::group::second"),
        "third" => command("::error::third"),
        _ => Ok(Effects::default()),
    });
    let run = start(vec![folding], Limits::default(), OutputFormat::Text);
    marked_lines(&run);
    let text = run.finish();
    assert!(text.starts_with("one\n::group::second\ntwo\n::error::third\nthree\n"), "{text}");
    assert_eq!(*told.lock().unwrap(), ["second", "third", "finished"], "without any log line");
}

#[test]
fn in_json_marks_are_objects_before_their_lines() {
    let run = start(Vec::new(), Limits::default(), OutputFormat::Json);
    marked_lines(&run);
    let steps = run.sync().steps;
    assert_eq!(steps.iter().map(|step| &*step.title).collect::<Vec<_>>(), ["second"]);
    let text = run.finish();
    let objects: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let types: Vec<&str> = objects.iter().filter_map(|object| object["type"].as_str()).collect();
    assert_eq!(types, ["log", "phase", "log", "annotation", "log", "finished"]);
    assert_eq!((&objects[1]["title"], &objects[3]["file"]), (&"second".into(), &"a.c".into()));
}

#[test]
fn outputs_are_taken_and_their_lines_are_printed() {
    let run = start(Vec::new(), Limits::default(), OutputFormat::Text);
    run.lines(&["one", "sortie:output url=https://x"], Vec::new());
    let outputs = run.sync().outputs;
    assert_eq!(outputs.values.into_iter().collect::<Vec<_>>(), [("url".into(), "https://x".into())]);
    assert!(run.finish().starts_with("one\nsortie:output url=https://x\n"));
}

#[test]
fn a_reporter_that_fails_is_not_called_again_and_others_go_on() {
    let (failing, told_failing) = scripted("failing", false, |what| match what {
        "two" => Err("disk full".to_owned().into()),
        _ => Ok(Effects::default()),
    });
    let (panicking, told_panicking) = scripted("panicking", false, |_| panic!("as told"));
    let (good, told_good) = scripted("good", false, |_| Ok(Effects::default()));
    let run = start(vec![failing, panicking, good], Limits::default(), OutputFormat::Text);
    ["one", "two"].iter().for_each(|message| run.detail(message));
    let failures = run.sync();
    run.detail("three");
    let text = run.finish();
    let failed = "reporter `failing` failed and is not called again: disk full";
    assert_eq!(failures.reporters.iter().filter(|failure| *failure == failed).count(), 1, "{failures:?}");
    assert!(failures.reporters.iter().any(|failure| failure.contains("`panicking` failed")), "{failures:?}");
    assert_in_order(&text, &[failed, "sortie: failed"]);
    assert_eq!(*told_failing.lock().unwrap(), ["one", "two"]);
    assert_eq!(*told_panicking.lock().unwrap(), Vec::<String>::new());
    assert_eq!(*told_good.lock().unwrap(), ["one", "two", "three", "finished"]);
}

#[test]
fn a_slow_reporter_misses_lines_and_no_event() {
    let (go, gone) = channel::channel::<()>();
    let (slow, told) = scripted("slow", true, move |what| {
        if what == "first" {
            let _ = gone.recv();
        }
        Ok(Effects::default())
    });
    let run = start(vec![slow], Limits { queue_bytes: 1000, ..Limits::default() }, OutputFormat::Text);
    run.detail("first");
    for number in 0..100 {
        run.line(&"x".repeat(99));
        run.detail(&number.to_string());
    }
    // All is written while the reporter has not answered once.
    let mut lines = 0;
    while lines < 100 {
        let (_, bytes) = run.paper.recv_timeout(Duration::from_secs(20)).expect("every line is written");
        lines += bytes.iter().filter(|byte| **byte == b'\n').count();
    }
    std::thread::sleep(Duration::from_millis(20));
    go.send(()).unwrap();
    let failures = run.sync();
    run.finish();
    let told = told.lock().unwrap();
    let events: Vec<&String> = told.iter().filter(|what| !what.ends_with(" lines")).collect();
    let wanted: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    assert_eq!(events[0], "first");
    assert!(events[1..101].iter().zip(&wanted).all(|(told, wanted)| *told == wanted), "{events:?}");
    let seen = told.iter().filter_map(|what| what.strip_suffix(" lines")?.parse::<u64>().ok()).sum::<u64>();
    assert!((1..=10).contains(&seen), "{told:?}");
    let said = format!("was not told {} log lines", 100 - seen);
    assert!(failures.reporters.len() == 1 && failures.reporters[0].contains(&said), "{failures:?} {said}");
}

#[test]
fn a_reporter_that_does_not_finish_is_left_and_it_is_said() {
    for hangs_at in ["first", "finished"] {
        let (hanging, _) = scripted("hanging", false, move |what| {
            if what == hangs_at {
                std::thread::sleep(Duration::from_secs(60));
            }
            Ok(Effects::default())
        });
        let (good, told) = scripted("good", false, |what| match what {
            "finished" => command("::endgroup::"),
            _ => Ok(Effects::default()),
        });
        let run = start(vec![hanging, good], limits(), OutputFormat::Text);
        run.detail("first");
        let failures = run.sync();
        let said = "reporter `hanging` did not finish within 0.3 s and was left";
        assert_eq!(failures.reporters.contains(&said.to_owned()), hangs_at == "first", "{failures:?}");
        let started = Instant::now();
        let text = run.finish();
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
        assert_eq!(text.matches(said).count(), 1, "{text}");
        assert_in_order(&text, &["::endgroup::", "sortie: failed"]);
        assert_in_order(&text, &[said, "sortie: failed"]);
        assert_eq!(*told.lock().unwrap(), ["first", "finished"]);
    }
}

#[test]
fn a_run_that_is_stopped_waits_less() {
    let (hanging, _) = scripted("hanging", false, |_| {
        std::thread::sleep(Duration::from_secs(60));
        Ok(Effects::default())
    });
    let run = start(vec![hanging], limits(), OutputFormat::Text);
    run.event(EventKind::Stopping { reason: "task-1: cancelled".to_owned(), advice: String::new() });
    assert_in_order(&run.finish(), &["did not finish within 0.1 s and was left", "sortie: failed"]);
}

#[test]
fn a_reporter_is_told_the_time_also_when_nothing_happens() {
    let told = Told::default();
    let act = |_: &str| Ok(Effects::default());
    let ticking = Scripted { name: "ticking", lines: false, tick: Some(20), told: Arc::clone(&told), act };
    let run = start(vec![Box::new(ticking)], limits(), OutputFormat::Text);
    let until = Instant::now() + Duration::from_secs(20);
    while told.lock().unwrap().len() < 3 && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
    }
    run.finish();
    let told = told.lock().unwrap();
    assert!(told.len() >= 4 && told[..3].iter().all(|what| what == "tick"), "{told:?}");
    assert_eq!(told.iter().filter(|what| *what == "finished").count(), 1);
}

#[test]
fn what_a_filter_says_of_a_log_is_told_to_all() {
    let (good, told) = scripted("good", false, |_| Ok(Effects::default()));
    let run = start(vec![good], limits(), OutputFormat::Json);
    run.launched();
    run.sender.send(Message::Ended(Attempt::FIRST.container(0))).unwrap();
    let pipeline = run.sync();
    assert!(pipeline.counters.is_empty(), "there is no filter");
    let text = run.finish();
    assert!(!text.contains("filtered"), "{text}");
    assert_eq!(*told.lock().unwrap(), ["launched", "finished"]);
}

#[test]
fn the_last_lines_are_kept_for_reporters_and_for_nobody_else() {
    let (good, _) = scripted("good", false, |_| Ok(Effects::default()));
    for (reporters, kept) in [(vec![good], vec!["a", "b"]), (Vec::new(), Vec::new())] {
        let run = start(reporters, limits(), OutputFormat::Text);
        run.launched();
        run.line("a");
        run.line("b");
        let tails = run.sync().tails;
        assert_eq!(tails.iter().flat_map(|tail| &tail.lines).collect::<Vec<_>>(), kept);
        run.finish();
    }
}
