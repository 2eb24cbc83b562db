//! Output streams that nobody reads, that are full, or that are closed: a run goes on, loses
//! nothing that could be kept, says what it lost, and never hangs.

use std::fs::File;
use std::io::PipeReader;
use std::io::Read as _;
use std::os::fd::AsFd as _;
use std::thread;
use std::time::Duration;

use rustix::fs::OFlags;
use sortie_tests::Sortie;

/// How long the reader of a pipe stops reading.
const READERS_PAUSE: Duration = Duration::from_secs(2);

fn process() -> Sortie {
    Sortie::new().args(["run", "--backend", "process"])
}

/// About 5 MB.
const FLOOD: &str = "seq 1 700000";

fn flood() -> Vec<u8> {
    (1..=700_000).flat_map(|number: u32| format!("{number}\n").into_bytes()).collect()
}

/// Reads one line, then nothing for a while, then the rest.
fn read_late(mut reader: PipeReader) -> Vec<u8> {
    let mut seen = vec![0; 1000];
    reader.read_exact(&mut seen).expect("the first lines come");
    thread::sleep(READERS_PAUSE);
    reader.read_to_end(&mut seen).expect("the pipe can be read");
    seen
}

#[test]
fn reader_that_pauses_loses_nothing() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let running = process().stdout(writer).script(&format!("{FLOOD}; exit 3")).start();
    let seen = read_late(reader);
    running.finish().assert_code(3);
    assert!(seen == flood(), "{} bytes", seen.len());
}

/// A parent such as Node.js makes the pipes that it shares with its children non-blocking.
#[test]
fn pipe_that_does_not_block_loses_nothing() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let flags = rustix::fs::fcntl_getfl(writer.as_fd()).expect("flags of a pipe");
    rustix::fs::fcntl_setfl(writer.as_fd(), flags | OFlags::NONBLOCK).expect("flags of a pipe");
    let running = process().stdout(writer).script(FLOOD).start();
    let seen = read_late(reader);
    running.finish().assert_code(0);
    assert!(seen == flood(), "{} bytes", seen.len());
}

#[test]
fn pipe_that_does_not_block_loses_no_json() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let flags = rustix::fs::fcntl_getfl(writer.as_fd()).expect("flags of a pipe");
    rustix::fs::fcntl_setfl(writer.as_fd(), flags | OFlags::NONBLOCK).expect("flags of a pipe");
    let running = process().args(["--output", "json"]).stdout(writer).script("seq 1 50000").start();
    let seen = read_late(reader);
    running.finish().assert_code(0);
    let text = String::from_utf8(seen).expect("JSON is UTF-8");
    let lines = text.lines().map(|line| {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"))
    });
    let numbers: Vec<u32> = lines
        .filter(|object| object["type"] == "log")
        .map(|object| object["line"].as_str().and_then(|line| line.parse().ok()).expect("a number"))
        .collect();
    assert_eq!(numbers.len(), 50_000);
    assert!(numbers.iter().zip(1..).all(|(seen, wanted)| *seen == wanted));
}

#[test]
fn full_standard_output_is_125_over_a_success() {
    let output = process().stdout(full()).script("echo one; sleep 0.3; echo two").run();
    output.assert_code(125).assert_stderr("standard output cannot be written");
    output.assert_within(Duration::from_secs(20));
}

#[test]
fn full_standard_output_keeps_the_tasks_code() {
    let output = process().stdout(full()).script("echo one; exit 7").run();
    output.assert_code(7).assert_stderr("standard output could not be written");
}

#[test]
fn full_standard_output_stops_no_flood() {
    let output = process().stdout(full()).script(&format!("{FLOOD}; touch done")).run();
    output.assert_code(125).assert_within(Duration::from_secs(60));
    assert!(output.has_file("done"), "the command did not come to its end\n{output}");
}

#[test]
fn full_standard_output_of_json_is_125() {
    let output = process().args(["--output", "json"]).stdout(full()).script("echo one").run();
    output.assert_code(125);
}

fn full() -> File {
    File::options().write(true).open("/dev/full").expect("/dev/full is there")
}

#[test]
fn reader_that_goes_away_does_not_end_the_run() {
    let run = process().within("\"$@\" | head -n 1; exit ${PIPESTATUS[0]}");
    let output = run.script(&format!("{FLOOD}; touch done; exit 4")).run();
    output.assert_code(4).assert_stdout("1\n").assert_stderr("closed by its reader");
    assert!(output.has_file("done"), "the command did not come to its end\n{output}");
}

#[test]
fn closed_standard_output_keeps_the_code() {
    for code in [0, 5] {
        let output = process().within("exec \"$@\" >&-").script(&format!("echo one; exit {code}")).run();
        output.assert_code(code);
        assert!(!output.stderr.contains("panicked"), "{output}");
    }
}

/// What sortie says has no place to go. It must not end up in a file or socket that took over the
/// number of the closed stream, nor in the log.
#[test]
fn closed_standard_error_keeps_log_and_code() {
    let output = process().within("exec \"$@\" 2>&-").script("echo one; exit 5").run();
    output.assert_code(5).assert_stdout("one\n");
    let output = Sortie::new().within("exec \"$@\" 2>&-").args(["run", "--nonsense"]).run();
    output.assert_code(2).assert_stdout("");
}

#[test]
fn full_standard_error_keeps_log_and_code() {
    let output = process().within("exec \"$@\" 2>/dev/full").script("echo one; exit 5").run();
    output.assert_code(5).assert_stdout("one\n");
}

#[test]
fn all_streams_closed_keep_the_code() {
    let output = process().within("exec \"$@\" <&- >&- 2>&-").script("echo one; touch done; exit 5").run();
    output.assert_code(5);
    assert!(output.has_file("done"), "{output}");
}

/// `| head -n 1`, as people look at long documents.
#[test]
fn documents_may_be_cut_short() {
    let head = "\"$@\" | head -n 1; exit ${PIPESTATUS[0]}";
    for args in [
        ["help", "settings"].as_slice(),
        &["help", "exit-codes"],
        &["help", "run"],
        &["--help"],
        &["run", "--help"],
        &["plan", "--backend", "process", "--", "true"],
        &["plan", "--backend", "process", "--json", "--", "true"],
    ] {
        let output = Sortie::new().within(head).args(args).run();
        output.assert_code(0);
        assert_eq!(output.lines().len(), 1, "{output}");
        assert!(output.stderr.is_empty(), "{output}");
    }
    // Surely gone before the first byte is written.
    let gone = "\"$@\" | true; exit ${PIPESTATUS[0]}";
    let output = Sortie::new().within(gone).args(["help", "settings"]).run();
    output.assert_code(0);
    assert!(output.stderr.is_empty(), "{output}");
}

#[test]
fn documents_that_can_not_be_written_are_125() {
    for args in [
        ["help", "settings"].as_slice(),
        &["--help"],
        &["--version"],
        &["plan", "--backend", "process", "--", "true"],
    ] {
        let output = Sortie::new().args(args).stdout(full()).run();
        output.assert_code(125);
        assert!(output.stderr.contains("standard output"), "nothing says why\n{output}");
    }
}
