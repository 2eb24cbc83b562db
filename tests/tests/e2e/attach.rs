//! A run whose sortie is killed goes on with `sortie attach`.

use std::fs::File;
use std::hash::BuildHasher as _;
use std::hash::Hasher as _;
use std::hash::RandomState;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Engine;
use sortie_tests::Output;
use sortie_tests::Sortie;
use sortie_tests::cloud::shell;
use tempfile::TempDir;

/// Lines of each container, which take about two seconds.
const LINES: usize = 60;

/// Ends with a code of its own, after `LINES` numbered lines; in the middle come many at once.
/// It ends `after` seconds after its last line.
fn counting(name: &str, after: u32, code: i32) -> Value {
    let script = format!(
        "i=0; while [ $i -lt {LINES} ]; do i=$((i+1)); echo {name} $i; \
         if [ $i = 30 ]; then j=0; while [ $j -lt 300 ]; do j=$((j+1)); echo {name} 30.$j; done; fi; \
         sleep 0.03; done; sleep {after}; exit {code}"
    );
    shell(name, &script)
}

fn expected(name: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for number in 1..=LINES {
        lines.push(format!("{name} {number}"));
        if number == 30 {
            lines.extend((1..=300).map(|burst| format!("{name} 30.{burst}")));
        }
    }
    lines
}

/// The lines of one container.
fn of(name: &str, output: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(output);
    let mine = |line: &str| Some(line.strip_prefix(&format!("{name:4} | "))?.to_owned());
    text.lines().filter_map(mine).collect()
}

/// Where standard output goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    File,
    Pipe,
}

/// A command of sortie, with a place of its own for what it notes.
fn noting(sortie: Sortie, state: &Path) -> Sortie {
    sortie.env("SORTIE_STATE_DIR", state)
}

/// Starts a command, kills it so long after it has said something, or after its start, and returns what it printed.
/// A file is one in `directory`, where whoever goes on looks at it.
fn killed_after(
    sortie: Sortie,
    to: To,
    directory: &Path,
    said: Option<&str>,
    after: Duration,
) -> (Vec<u8>, Output) {
    let path = directory.join(format!("stdout-{}", random(u64::MAX)));
    let sortie = match to {
        To::File => sortie.stdout(File::create(&path).expect("ours")),
        To::Pipe => sortie,
    };
    let running = sortie.start();
    if let Some(said) = said {
        running.await_stderr(said);
    }
    std::thread::sleep(after);
    running.signal(Signal::KILL);
    let output = running.finish();
    let printed = match to {
        To::File => std::fs::read(&path).expect("ours"),
        To::Pipe => output.stdout.clone(),
    };
    (printed, output)
}

/// Less than this.
fn random(end: u64) -> u64 {
    RandomState::new().build_hasher().finish() % end
}

/// Runs as many cases as there are, some at once.
fn all(cases: usize, case: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while let number @ 0.. = next.fetch_add(1, Ordering::Relaxed)
                    && number < cases
                {
                    case(number);
                }
            });
        }
    });
}

/// Fails unless each line of both containers was printed once. Of how many of them that is not sure to the line: of
/// what was being written to a pipe sortie says so, and prints it again.
fn assert_once(printed: &[u8], doubtful: bool, to: To, last: &Output, all: &str) -> usize {
    // On a machine that is busy with other things it may be stopped with the other one, in the middle.
    let was_stopped = ["137", "143"].map(|code| format!("container side: exit code {code}"));
    let was_stopped = was_stopped.iter().any(|said| last.stderr.contains(said));
    for name in ["app", "side"] {
        let (mut lines, mut whole) = (of(name, printed), expected(name));
        if doubtful {
            assert_eq!(to, To::Pipe, "{all}");
            lines.dedup();
        }
        if name == "side" && was_stopped {
            whole.truncate(lines.len());
        }
        assert_eq!(lines, whole, "{all}");
    }
    if doubtful { 2 } else { 0 }
}

/// More than 50 moments, from before the launch to after the end, with a file and a pipe, with and without a filter; at
/// some of them the second sortie is killed too.
#[test]
#[allow(clippy::print_stderr, reason = "a measure, for whoever runs the tests with --nocapture")]
fn every_line_is_printed_once_whenever_sortie_is_killed() {
    let cloud = Cloud::real("attach-any");
    // Its end ends nothing, and it has time to come to it.
    let mut side = counting("side", 0, 0);
    side["essential"] = false.into();
    cloud.define(json!([counting("app", 3, 7), side]));
    let told = Mutex::new((0, 0));
    all(56, |number| {
        let state = TempDir::new().expect("a directory");
        let to = if number % 2 == 0 { To::File } else { To::Pipe };
        let filter: &[&str] = if number % 4 < 2 { &[] } else { &["--plugin", "redact"] };
        let run = cloud.run().args(["--container", "app", "--name", "attach"]).args(filter);
        // Most while the task prints, some before it is there.
        let said = (number % 7 > 0).then_some("launched");
        let after = Duration::from_millis(100 + 65 * number as u64 + random(65));
        let (mut printed, first) = killed_after(noting(run, state.path()), to, state.path(), said, after);
        let attach = || noting(cloud.sortie(&["attach", "--last"]), state.path()).args(filter);
        let mut outputs = vec![first];
        if number % 5 == 0 {
            let after = Duration::from_millis(100 + random(1400));
            let (more, second) = killed_after(attach(), to, state.path(), said.map(|_| "attached"), after);
            printed.extend(more);
            outputs.push(second);
        }
        let last = attach().run();
        let all = format!("{to:?}, killed after {after:?}\n{outputs:?}\n{last}");
        if last.code == Some(2) && last.stderr.contains("no run is noted here") {
            // Killed before the task was there, or before sortie knew of it.
            assert!(printed.is_empty(), "{all}");
            told.lock().unwrap().0 += 1;
            return;
        }
        assert_eq!(last.code, Some(7), "{all}");
        printed.extend_from_slice(&last.stdout);
        let doubtful = outputs.iter().chain([&last]).any(|output| output.stderr.contains("a second time"));
        told.lock().unwrap().1 += assert_once(&printed, doubtful, to, &last, &all);
    });
    let (early, doubtful) = *told.lock().unwrap();
    eprintln!("killed before the task was known: {early}; in the middle of writing to a pipe: {doubtful}");
    assert!(early <= 8, "all others are killed when the task is there: {early} were not");
}

/// The same of a task that `launch` has left in an engine: whoever reads its log or attaches to it is killed, and
/// another one goes on.
#[test]
fn every_line_of_a_launched_task_is_printed_once_whoever_is_killed() {
    let _shared = Engine::shared();
    let cloud = Cloud::real("attach-engine");
    // Its end ends nothing, and it has time to come to it.
    let mut side = counting("side", 0, 0);
    side["essential"] = false.into();
    let definition = cloud.task_definition(json!([counting("app", 3, 7), side])).to_string();
    all(18, |number| {
        let engine = match number % 3 {
            0 => Engine::podman("attach-engine"),
            _ => Engine::docker("attach-engine"),
        };
        let state = TempDir::new().expect("a directory");
        let to = if number % 2 == 0 { To::File } else { To::Pipe };
        let filter: &[&str] = if number % 4 < 2 { &[] } else { &["--plugin", "redact"] };
        let launched = noting(engine.sortie("launch"), state.path())
            .args(["--name", engine.name(), "--network", "none", "--task-definition", "file:task.json"])
            .file("task.json", &definition)
            .run();
        launched.assert_code(0);
        let id = launched.text().trim().to_owned();
        let command = |words: &[&str]| noting(Sortie::new().args(words), state.path());
        let moment = |span: u64| Duration::from_millis(50 + random(span));
        if number % 4 == 0 {
            // Who only reads notes nothing, and is in nobody's way.
            let reader = command(&["logs", "--follow", &id]);
            let (read, output) = killed_after(reader, To::Pipe, state.path(), None, moment(1500));
            for name in ["app", "side"] {
                let (lines, whole) = (of(name, &read), expected(name));
                // The last one may be cut off.
                let sure = lines.len().saturating_sub(1);
                assert!(whole.starts_with(&lines[..sure]), "{lines:?}\n{output}");
            }
        }
        let attach = |target: &str| command(&["attach", target]).args(filter);
        let (mut printed, first) =
            killed_after(attach(&id), to, state.path(), Some("attached"), moment(2500));
        let mut outputs = vec![first];
        if number % 3 == 1 {
            let (more, second) =
                killed_after(attach("--last"), to, state.path(), Some("attached"), moment(900));
            printed.extend(more);
            outputs.push(second);
        }
        let last = attach("--last").run();
        let all = format!("{to:?}\n{outputs:?}\n{last}");
        assert_eq!(last.code, Some(7), "{all}");
        printed.extend_from_slice(&last.stdout);
        let doubtful = outputs.iter().chain([&last]).any(|output| output.stderr.contains("a second time"));
        assert_once(&printed, doubtful, to, &last, &all);
        command(&["wait", "--rm", "-q", &id]).run().assert_code(7);
    });
}
