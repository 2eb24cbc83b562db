//! Lines that are long, no text, or unfinished.

use serde_json::json;
use sortie_tests::Cloud;
use sortie_tests::Output;
use sortie_tests::Sortie;
use sortie_tests::cloud::shell;

/// Length at which the host cuts a line in pieces.
const MAX_LINE: usize = 1 << 20;

const SECRET: &str = "swordfish-0123456789-swordfish";

fn process() -> Sortie {
    Sortie::new().args(["run", "--backend", "process"])
}

/// With the redactor, which masks [`SECRET`].
fn redacted(sortie: Sortie) -> Sortie {
    let config = "[[plugin]]\nname = \"redact\"\nconfig = { env = [\"LOGIN\"] }\ngrant = [\"env:LOGIN\"]\n";
    sortie.file("sortie.toml", config).env("LOGIN", SECRET)
}

/// A line whose secret begins `before` bytes before the seam of two pieces, and goes on behind it;
/// then an unfinished line.
fn script(before: usize) -> String {
    let (head, tail) = (MAX_LINE - before, 300_000);
    let fill = |count: usize, letter: char| format!("head -c {count} /dev/zero | tr '\\0' {letter}");
    format!("{}; printf {SECRET}; {}; echo; echo next; printf last", fill(head, 'a'), fill(tail, 'b'))
}

/// One line, whole, with the secret masked; and what follows it.
#[track_caller]
fn assert_whole_and_masked(output: &Output, before: usize) {
    output.assert_code(0);
    let text = output.text();
    assert!(!text.contains("swordfish") && !text.contains("0123456789"), "the secret was printed");
    let wanted = format!("{}***{}\nnext\nlast\n", "a".repeat(MAX_LINE - before), "b".repeat(300_000));
    let lengths: Vec<usize> = text.lines().map(str::len).collect();
    assert!(text == wanted, "lines of {lengths:?} bytes\n{}", output.stderr);
}

#[test]
fn secret_across_the_seam_of_a_long_line_is_masked() {
    for before in [1, 15, SECRET.len() - 1] {
        let output = redacted(process()).script(&script(before)).run();
        assert_whole_and_masked(&output, before);
    }
}

/// The driver cuts the line in events of 256 KiB; sortie joins them, as far as one piece goes.
#[test]
fn secret_across_the_seam_of_a_long_line_is_masked_on_fargate() {
    let cloud = Cloud::real("seam");
    cloud.shell(&script(15));
    let output = redacted(cloud.run()).run();
    assert_whole_and_masked(&output, 15);
}

/// The same at the driver's own seams.
#[test]
fn secret_across_the_seam_of_two_events_is_masked_on_fargate() {
    const EVENT: usize = 262_118;
    let cloud = Cloud::real("event-seam");
    let head = format!("head -c {} /dev/zero | tr '\\0' a", EVENT - 10);
    cloud.shell(&format!("{head}; printf {SECRET}; echo ' end'; echo next"));
    let output = redacted(cloud.run()).run();
    output.assert_code(0).assert_nowhere("swordfish");
    assert!(
        output.text() == format!("{}*** end\nnext\n", "a".repeat(EVENT - 10)),
        "{:?}",
        output.lines().len()
    );
}

#[test]
fn long_line_without_filters_is_one_line() {
    let output = process().script(&script(0)).run();
    output.assert_code(0);
    let lengths: Vec<usize> = output.lines().iter().map(String::len).collect();
    assert_eq!(lengths, [MAX_LINE + SECRET.len() + 300_000, 4, 4]);
}

#[test]
fn long_line_in_json_says_that_it_goes_on() {
    let output = process().args(["--output", "json"]).script(&script(0)).run();
    output.assert_code(0);
    let objects = output.json_lines();
    let logs: Vec<_> = objects.iter().filter(|object| object["type"] == "log").collect();
    let partial: Vec<bool> = logs.iter().map(|object| object["partial"] == true).collect();
    assert_eq!(partial, [true, false, false, false]);
    let text: String = logs.iter().filter_map(|object| object["line"].as_str()).collect();
    assert_eq!(text.len(), MAX_LINE + SECRET.len() + 300_000 + "nextlast".len());
}

/// All bytes but the newline, which ends a line.
#[test]
fn every_byte_passes_unharmed() {
    let bytes: Vec<u8> = (0..=255).filter(|byte| *byte != b'\n').collect();
    let mut wanted = bytes.repeat(3);
    wanted.push(b'\n');
    wanted.extend_from_slice(&bytes);
    // Nothing is added to what lacks its newline but that.
    let mut printed = wanted.clone();
    printed.push(b'\n');
    let plain = process().file("bytes", &wanted).args(["--", "cat", "bytes"]).run();
    plain.assert_code(0);
    assert!(plain.stdout == printed, "{plain}");
    let filtered = redacted(process()).file("bytes", &wanted).args(["--", "cat", "bytes"]).run();
    filtered.assert_code(0);
    assert!(filtered.stdout == printed, "{filtered}");
}

/// One text for both streams: a notice stands between two lines of the log, never within one.
#[test]
fn notices_stand_on_lines_of_their_own_where_the_streams_are_one() {
    let output = process().within("\"$@\" 2>&1").script(&script(0)).run();
    output.assert_code(0);
    let text = output.text();
    let notices = text.lines().filter(|line| line.contains("sortie:"));
    assert!(
        notices.clone().count() > 3 && notices.clone().all(|line| line.starts_with("sortie:")),
        "{output}"
    );
}

/// In JSON, which is text, what is no text is shown as such; the line itself goes on.
#[test]
fn bytes_that_are_no_text_leave_json_valid() {
    let output = process().args(["--output", "json"]).script("printf 'a\\377b\\n\\300'").run();
    output.assert_code(0);
    let objects = output.json_lines();
    let lines: Vec<_> = objects
        .iter()
        .filter(|object| object["type"] == "log")
        .map(|object| object["line"].clone())
        .collect();
    assert_eq!(lines, [json!("a\u{fffd}b"), json!("\u{fffd}")]);
}

#[test]
fn last_line_without_a_newline_is_shown_on_fargate() {
    let cloud = Cloud::real("no-newline");
    cloud.shell("echo one; printf two").run().run().assert_code(0).assert_stdout("one\ntwo\n");
}

#[test]
fn unfinished_last_lines_of_two_containers_are_two_lines() {
    let cloud = Cloud::real("two-unfinished");
    let mut side = shell("side", "printf left; sleep 3");
    side["essential"] = false.into();
    cloud.define(json!([side, shell("app", "printf right; sleep 1")]));
    let output = cloud.run().run();
    output.assert_code(0);
    let mut lines = output.lines();
    lines.sort();
    assert_eq!(lines, ["app  | right", "side | left"]);
}
