//! A filter that does what [`mode`] says; modes of every guest are in [`evil_mode`].
//!
//! | mode | when it is configured |
//! |---|---|
//! | `interests-many` | declares 10,001 interests |
//! | `interests-huge` | declares 100 MB of interests |
//! | `pattern-long` | declares a pattern of 65 KiB |
//! | `literal-empty` | declares an empty literal |
//! | `literal-newline` | declares a literal with a newline |
//! | `regex-broken` | declares a fine literal and an expression that is none |
//! | `regex-empty` | declares an expression that matches the empty string |
//! | `regex-large` | declares an expression that becomes too large |
//! | `tick-0`, `tick-1`, `tick-max` | wants a tick every 0, 1, 2^32 - 1 milliseconds, counted in `ticks` |
//!
//! | mode | when it is shown lines |
//! |---|---|
//! | `trap-after` | panics when it has seen more than three lines |
//! | `trap-secret` | panics when it sees `secret` |
//! | `trap-gated` | declares `secret` as its interest and panics when it is shown anything |
//! | `panic-line` | says the batch as an error and panics with it |
//! | `spin-process`, `eat-memory` | never ends, eats memory |
//! | `line-outside` | edits the line after the last |
//! | `not-ascending` | edits line 1, then line 0 |
//! | `line-twice` | edits line 0 twice |
//! | `end-outside` | replaces by more bytes than there are |
//! | `end-backwards` | replaces by bytes that end before they begin |
//! | `drop-with-bytes` | drops a line and hands over bytes for it |
//! | `bytes-of-nobody` | hands over bytes that belong to no edit |
//! | `answer-huge` | replaces a line by 64 MiB |
//! | `edits-many` | makes 2,000,000 edits |
//! | `calls` | replaces each line by how often this instance was described and configured |
//! | `label` | labels every line: `level` is `error`, `evil` the number of the line in the log |
//! | `show-labels` | replaces each line by its labels |
//! | `label-outside` | labels the line after the last |
//! | `label-not-ascending` | labels line 1, then line 0 |
//! | `label-twice` | labels line 0 twice by one name |
//! | `label-dropped` | labels a line that it drops |
//! | `label-name`, `label-name-empty`, `label-name-long` | labels a line by a bad name |
//! | `label-control` | gives a label escapes and newlines as its value |
//! | `label-level` | says of a line that its level is `shouting` |
//! | `label-huge` | gives a label a value of 1 MiB |
//! | `labels-many` | makes 1,000,000 labels |
//! | `interests-later` | from the second batch on, cares about `secret` alone, and drops what that hits |
//! | `interests-flip` | with every batch, changes between every line and `secret` |
//! | `interests-broken-later` | changes its interests to an expression that is none |
//! | `interests-empty-later` | changes its interests to an empty literal |
//! | `interests-many-later` | changes its interests to 10,001 |
//! | `interests-none-later` | changes its interests to none at all |
//! | `whole` | knows nothing of pieces; drops lines that begin with `drop`, replaces those with `replace` |
//! | `follow` | says with every batch that it is in the middle of something |
//! | `error-process` | answers an error that quotes the batch, in several lines with escapes |
//! | `error-code` | answers an error whose code is [`EVIL_TEXT`] |
//! | `error-huge` | answers an error of 20 MiB |
//! | `log-line` | says the batch at every level |
//! | `log-flood` | says the batch 100,000 times |
//! | `log-huge` | says 20 MiB |
//!
//! | mode | when time has passed (all tick every 100 ms) |
//! |---|---|
//! | `hold` | lets go of all lines, each of which it held back |
//! | `hold-for-ever` | lets nothing go until the end |
//! | `trap-tick`, `spin-tick` | panics, never ends |
//! | `panic-tick` | says what it holds and panics with it |
//! | `error-tick` | answers an error that quotes what it holds |
//! | `tick-huge` | lets go of 20 MiB in one line |
//! | `tick-lines` | lets go of 20 MiB in lines of one byte |
//! | `tick-no-newline` | lets go of what it holds without the last newline |
//! | `tick-label-outside` | lets go of a line and labels the one after it |
//! | `tick-forger` | lets go of lines that never were there |
//!
//! | mode | when the log has ended |
//! |---|---|
//! | `trap-finish`, `spin-finish` | panics, never ends |
//! | `finish-huge` | lets go of 64 MiB |
//! | `finish-no-newline` | lets go of what it holds without the last newline |
//! | `finish-label-outside` | lets go of a line and labels the one after it |
//! | `error-finish` | answers an error that quotes what it holds |
//! | `notes` | has a note, a warning and an error to say |
//! | `notes-many` | has 1,000,000 notes |
//! | `notes-huge` | has a note of 32 MiB |
//! | `notes-control` | has [`EVIL_TEXT`] to say |
//! | `counters` | has two counters, `lines` and `batches` |
//! | `counters-many` | has 1,000,000 counters |
//! | `counter-nan`, `counter-infinite`, `counter-negative` | has a counter that counts nothing |
//! | `counter-name` | has a counter named [`EVIL_TEXT`] |
//! | `counter-twice` | has two counters of one name |
//!
//! And `order`: panics when it is called in another order than the interface says.

#[allow(
    missing_docs,
    unreachable_pub,
    unsafe_op_in_unsafe_fn,
    clippy::all,
    clippy::undocumented_unsafe_blocks,
    reason = "generated"
)]
mod bindings {
    wit_bindgen::generate!({ world: "filter-plugin", path: "../../../wit" });
}

use std::cell::Cell;
use std::cell::RefCell;

use bindings::exports::sortie::plugin::filter::Ending;
use bindings::exports::sortie::plugin::filter::Guest;
use bindings::exports::sortie::plugin::filter::Setup;
use bindings::sortie::plugin::environment;
use bindings::sortie::plugin::lines::Action;
use bindings::sortie::plugin::lines::Batch;
use bindings::sortie::plugin::lines::Edit;
use bindings::sortie::plugin::lines::Edits;
use bindings::sortie::plugin::lines::Hit;
use bindings::sortie::plugin::lines::Interest;
use bindings::sortie::plugin::lines::Label;
use bindings::sortie::plugin::lines::Pattern;
use bindings::sortie::plugin::lines::Released;
use bindings::sortie::plugin::logging::Level;
use bindings::sortie::plugin::logging::log;
use bindings::sortie::plugin::types::Context;
use bindings::sortie::plugin::types::Counter;
use bindings::sortie::plugin::types::Description;
use bindings::sortie::plugin::types::Error;
use bindings::sortie::plugin::types::Finding;
use bindings::sortie::plugin::types::Need;
use bindings::sortie::plugin::types::Severity;
use evil_mode::EVIL_TEXT;
use evil_mode::FLOOD;
use evil_mode::eat_memory;
use evil_mode::mode;
use evil_mode::spin;

/// Lines after which `trap-after` traps.
const LINES_BEFORE_TRAP: usize = 3;
/// More than a guest may hand over in one call.
const HUGE: usize = 64 << 20;
/// What might pass a limit for one call, and must not pass one for a line or for a log.
const LARGE: usize = 20 << 20;
/// Of things that are small each.
const MANY: usize = 1_000_000;

/// Where in its life an instance is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    New,
    Described,
    Configured,
    Finished,
}

thread_local! {
    static STAGE: Cell<Stage> = const { Cell::new(Stage::New) };
    /// How often it was described and configured.
    static CALLS: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
    /// Lines and batches that were shown so far.
    static SEEN: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
    static TICKS: Cell<usize> = const { Cell::new(0) };
    /// Lines that are held back, a newline after each.
    static HELD: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static CONTEXT: RefCell<String> = const { RefCell::new(String::new()) };
}

struct Evil;

/// In the mode `order`, panics unless the instance has come as far as one of these.
fn expect_stage(stages: &[Stage], next: Stage) {
    let stage = STAGE.replace(next);
    assert!(mode() != "order" || stages.contains(&stage), "called when {stage:?}");
}

fn needs(needs: Vec<evil_mode::Need>) -> Vec<Need> {
    let need = |need: evil_mode::Need| Need {
        capability: need.capability.to_owned(),
        argument: need.argument.to_owned(),
        required: need.required,
        reason: need.reason.to_owned(),
    };
    needs.into_iter().map(need).collect()
}

fn literal(bytes: &[u8]) -> Interest {
    Interest { pattern: Pattern::Literal(bytes.to_vec()), opens: false }
}

fn regex(regex: &str) -> Interest {
    Interest { pattern: Pattern::Regex(regex.to_owned()), opens: false }
}

fn error(code: &str, message: impl Into<String>) -> Error {
    Error { code: code.to_owned(), message: message.into() }
}

fn finding(severity: Severity, message: &str) -> Finding {
    Finding { severity, path: String::new(), message: message.to_owned() }
}

fn label(line: u32, name: &str, value: &str) -> Label {
    Label { line, name: name.to_owned(), value: value.to_owned() }
}

fn counter(name: &str, value: f64) -> Counter {
    Counter { name: name.to_owned(), value }
}

/// Edits as they stand, whether they make sense or not.
fn edits(edits: &[(u32, Action, u32)], bytes: Vec<u8>) -> Edits {
    let edits = edits.iter().map(|&(line, action, end)| Edit { line, action, end }).collect();
    Edits { edits, bytes, ..nothing() }
}

fn nothing() -> Edits {
    Edits { edits: Vec::new(), bytes: Vec::new(), labels: Vec::new(), follow: false, interests: None }
}

fn labelled(labels: Vec<Label>) -> Edits {
    Edits { labels, ..nothing() }
}

fn interested(interests: Vec<Interest>) -> Edits {
    Edits { interests: Some(interests), ..nothing() }
}

/// Replaces every line of the batch.
fn replace_all(batch: &Batch, text: impl Fn(u32) -> String) -> Edits {
    let mut edits = nothing();
    for line in 0..batch.ends.len() as u32 {
        edits.bytes.extend_from_slice(text(line).as_bytes());
        edits.edits.push(Edit { line, action: Action::Replace, end: edits.bytes.len() as u32 });
    }
    edits
}

fn drop_all(batch: &Batch) -> Edits {
    let drops: Vec<_> = (0..batch.ends.len() as u32).map(|line| (line, Action::Drop, 0)).collect();
    edits(&drops, Vec::new())
}

fn holds_secret(batch: &Batch) -> bool {
    batch.bytes.windows(6).any(|window| window == b"secret")
}

/// What `edit` says of each line: its action, which replaces by an `x`.
fn edit_lines(batch: &Batch, edit: impl Fn(&[u8]) -> Option<Action>) -> Edits {
    let mut edits = nothing();
    let mut begin = 0;
    for (line, &end) in batch.ends.iter().enumerate() {
        if let Some(action) = edit(&batch.bytes[begin..end as usize]) {
            if action == Action::Replace {
                edits.bytes.push(b'x');
            }
            edits.edits.push(Edit { line: line as u32, action, end: edits.bytes.len() as u32 });
        }
        begin = end as usize + 1;
    }
    edits
}

fn drop_secret(line: &[u8]) -> Option<Action> {
    line.windows(6).any(|window| window == b"secret").then_some(Action::Drop)
}

fn by_first_word(line: &[u8]) -> Option<Action> {
    if line.starts_with(b"drop") {
        Some(Action::Drop)
    } else {
        line.starts_with(b"replace").then_some(Action::Replace)
    }
}

/// Of one line, as a `show-labels` has it.
fn labels_of(batch: &Batch, line: u32) -> String {
    let of_line = batch.labels.iter().filter(|label| label.line == line);
    let shown: Vec<String> = of_line.map(|label| format!("{}={}", label.name, label.value)).collect();
    shown.join(" ")
}

fn released(bytes: Vec<u8>) -> Released {
    Released { bytes, labels: Vec::new() }
}

fn held() -> Vec<u8> {
    HELD.take()
}

/// What is held, with what no terminal should be sent.
fn quoted(bytes: &[u8]) -> String {
    format!("{}{EVIL_TEXT}", String::from_utf8_lossy(bytes))
}

fn without_last_newline(mut lines: Vec<u8>) -> Vec<u8> {
    lines.pop();
    lines
}

fn says_at_every_level(text: &str) {
    for level in [Level::Debug, Level::Info, Level::Warn, Level::Error] {
        log(level, text);
    }
}

fn flood(text: &str) {
    for _ in 0..FLOOD {
        log(Level::Warn, text);
    }
}

/// Whether the mode holds every line back.
fn holds(mode: &str) -> bool {
    matches!(
        mode,
        "hold"
            | "hold-for-ever"
            | "panic-tick"
            | "error-tick"
            | "tick-no-newline"
            | "error-finish"
            | "finish-no-newline"
    )
}

impl Guest for Evil {
    fn describe() -> Description {
        expect_stage(&[Stage::New], Stage::Described);
        let (described, configured) = CALLS.get();
        CALLS.set((described + 1, configured));
        Description {
            name: evil_mode::name("evil-filter"),
            version: "1.0.0".to_owned(),
            summary: "Does what it should not".to_owned(),
            needs: needs(evil_mode::described_needs()),
            config_schema: String::new(),
        }
    }

    fn configure(_config: String, context: Context) -> Result<Setup, Error> {
        // An instance for a log is not described once more.
        expect_stage(&[Stage::New, Stage::Described], Stage::Configured);
        let (described, configured) = CALLS.get();
        CALLS.set((described, configured + 1));
        CONTEXT.set(format!("{context:?}"));
        let mode = mode();
        let interests = match mode.as_str() {
            "trap-configure" => panic!("as told"),
            "error-configure" => return Err(error("failed", EVIL_TEXT)),
            "log-levels" => {
                says_at_every_level("as told");
                None
            }
            "log-configure" => {
                says_at_every_level(EVIL_TEXT);
                None
            }
            "log-flood-configure" => {
                flood("as told");
                None
            }
            "interests-many" => Some(vec![literal(b"x"); 10_001]),
            "interests-huge" => Some(vec![literal(&[b'x'; 1024]); 100_000]),
            "pattern-long" => Some(vec![literal(&[b'x'; 65 << 10])]),
            "literal-empty" => Some(vec![literal(b"")]),
            "literal-newline" => Some(vec![literal(b"a\nb")]),
            "regex-broken" => Some(vec![literal(b"fine"), regex("(unclosed")]),
            "regex-empty" => Some(vec![regex("a*")]),
            "regex-large" => Some(vec![regex("(?:[a-z]{1000}){1000}")]),
            "trap-gated" => Some(vec![literal(b"secret")]),
            _ => None,
        };
        let tick_ms = match mode.as_str() {
            "tick-0" => Some(0),
            "tick-1" => Some(1),
            "tick-max" => Some(u32::MAX),
            other if holds(other) || other.contains("tick") || other == "order" => Some(100),
            _ => None,
        };
        let needs = needs(evil_mode::configured_needs());
        Ok(Setup { findings: Vec::new(), needs, interests, pieces: mode != "whole", tick_ms })
    }

    fn process(batch: Batch, _hits: Option<Vec<Hit>>) -> Result<Edits, Error> {
        expect_stage(&[Stage::Configured], Stage::Configured);
        let (lines, batches) = SEEN.get();
        SEEN.set((lines + batch.ends.len(), batches + 1));
        let text = String::from_utf8_lossy(&batch.bytes);
        let first = batches == 0;
        let mode = mode();
        Ok(match mode.as_str() {
            "trap-after" if lines + batch.ends.len() > LINES_BEFORE_TRAP => panic!("as told"),
            "trap-secret" if holds_secret(&batch) => panic!("as told"),
            "trap-gated" => panic!("as told"),
            "panic-line" => {
                log(Level::Error, &text);
                panic!("{text}")
            }
            "spin-process" => spin(),
            "eat-memory" => edits(&[], vec![0; eat_memory()]),
            "line-outside" => edits(&[(batch.ends.len() as u32, Action::Drop, 0)], Vec::new()),
            "not-ascending" => edits(&[(1, Action::Drop, 0), (0, Action::Drop, 0)], Vec::new()),
            "line-twice" => edits(&[(0, Action::Drop, 0), (0, Action::Drop, 0)], Vec::new()),
            "end-outside" => edits(&[(0, Action::Replace, 4)], b"abc".to_vec()),
            "end-backwards" => edits(&[(0, Action::Replace, 3), (1, Action::Replace, 2)], b"abc".to_vec()),
            "drop-with-bytes" => edits(&[(0, Action::Drop, 3)], b"abc".to_vec()),
            "bytes-of-nobody" => edits(&[(0, Action::Replace, 1)], b"abc".to_vec()),
            "answer-huge" => edits(&[(0, Action::Replace, HUGE as u32)], vec![b'x'; HUGE]),
            "edits-many" => edits(&vec![(0, Action::Drop, 0); 2 * MANY], Vec::new()),
            "calls" => {
                let (described, configured) = CALLS.get();
                replace_all(&batch, |_| format!("described {described}, configured {configured}"))
            }
            "read-env" => {
                let names = ["EVIL_GRANTED", "EVIL_MISSING", "PATH"];
                let values = names.map(|name| format!("{name}={:?}", environment::get(name)));
                replace_all(&batch, |_| values.join(" "))
            }
            "context" => replace_all(&batch, |_| CONTEXT.with_borrow(Clone::clone)),
            "label" => labelled(
                (0..batch.ends.len() as u32)
                    .flat_map(|line| {
                        let number = (lines + line as usize).to_string();
                        [label(line, "level", "error"), label(line, "evil", &number)]
                    })
                    .collect(),
            ),
            "show-labels" => replace_all(&batch, |line| labels_of(&batch, line)),
            "label-outside" => labelled(vec![label(batch.ends.len() as u32, "evil", "x")]),
            "label-not-ascending" => labelled(vec![label(1, "evil", "x"), label(0, "evil", "x")]),
            "label-twice" => labelled(vec![label(0, "evil", "x"), label(0, "evil", "y")]),
            "label-dropped" => {
                Edits { labels: vec![label(0, "evil", "x")], ..edits(&[(0, Action::Drop, 0)], Vec::new()) }
            }
            "label-name" => labelled(vec![label(0, "Evil\u{1b}[2J\nName", "x")]),
            "label-name-empty" => labelled(vec![label(0, "", "x")]),
            "label-name-long" => labelled(vec![label(0, &"e".repeat(65), "x")]),
            "label-control" => labelled(vec![label(0, "evil", EVIL_TEXT)]),
            "label-level" => labelled(vec![label(0, "level", "shouting")]),
            "label-huge" => labelled(vec![label(0, "evil", &"x".repeat(1 << 20))]),
            "labels-many" => labelled(vec![label(0, "evil", "x"); MANY]),
            "interests-later" if first => interested(vec![literal(b"secret")]),
            "interests-later" => edit_lines(&batch, drop_secret),
            "whole" => edit_lines(&batch, by_first_word),
            "interests-flip" if batches % 2 == 0 => interested(vec![literal(b"secret")]),
            // An expression that every line has. (The empty list would mean none.)
            "interests-flip" => interested(vec![regex("(?s).")]),
            "interests-broken-later" => interested(vec![literal(b"fine"), regex("(unclosed")]),
            "interests-empty-later" => interested(vec![literal(b"")]),
            "interests-many-later" => interested(vec![literal(b"x"); 10_001]),
            "interests-none-later" => interested(Vec::new()),
            "follow" => Edits { follow: true, ..nothing() },
            "error-process" => return Err(error("failed", quoted(&batch.bytes))),
            "error-code" => return Err(error(EVIL_TEXT, "as told")),
            "error-huge" => return Err(error("failed", "x".repeat(LARGE))),
            "log-line" => {
                says_at_every_level(&text);
                nothing()
            }
            "log-flood" => {
                flood(&text);
                nothing()
            }
            "log-huge" => {
                log(Level::Error, &"x".repeat(LARGE));
                nothing()
            }
            other if holds(other) => {
                HELD.with_borrow_mut(|held| held.extend_from_slice(&batch.bytes));
                drop_all(&batch)
            }
            _ => nothing(),
        })
    }

    fn tick() -> Result<Released, Error> {
        expect_stage(&[Stage::Configured], Stage::Configured);
        TICKS.set(TICKS.get() + 1);
        Ok(match mode().as_str() {
            "hold" => released(held()),
            "trap-tick" => panic!("as told"),
            "spin-tick" => spin(),
            "panic-tick" => {
                let text = quoted(&held());
                log(Level::Error, &text);
                panic!("{text}")
            }
            "error-tick" => return Err(error("failed", quoted(&held()))),
            "tick-huge" => released(vec![b'x'; LARGE]),
            "tick-lines" => released(b"x\n".repeat(LARGE / 2)),
            "tick-no-newline" => released(without_last_newline(held())),
            "tick-label-outside" => {
                Released { bytes: b"one\n".to_vec(), labels: vec![label(1, "evil", "x")] }
            }
            "tick-forger" => released(b"never said\n".to_vec()),
            _ => released(Vec::new()),
        })
    }

    fn finish() -> Result<Ending, Error> {
        expect_stage(&[Stage::Configured], Stage::Finished);
        let mut ending = Ending { released: released(Vec::new()), notes: Vec::new(), counters: Vec::new() };
        match mode().as_str() {
            "trap-finish" => panic!("as told"),
            "spin-finish" => spin(),
            "finish-huge" => ending.released.bytes = vec![b'x'; HUGE],
            "hold" | "hold-for-ever" => ending.released.bytes = held(),
            "finish-no-newline" | "tick-no-newline" => {
                ending.released.bytes = without_last_newline(held());
            }
            "finish-label-outside" => {
                ending.released = Released { bytes: b"one\n".to_vec(), labels: vec![label(1, "evil", "x")] };
            }
            "error-finish" => return Err(error("failed", quoted(&held()))),
            "notes" => {
                ending.notes = vec![
                    finding(Severity::Note, "a note"),
                    finding(Severity::Warning, "a warning"),
                    finding(Severity::Error, "an error"),
                ];
            }
            "notes-many" => ending.notes = vec![finding(Severity::Warning, "x"); MANY],
            "notes-huge" => ending.notes = vec![finding(Severity::Warning, &"x".repeat(HUGE / 2))],
            "notes-control" => ending.notes = vec![finding(Severity::Warning, EVIL_TEXT)],
            "counters" => {
                let (lines, batches) = SEEN.get();
                ending.counters = vec![counter("lines", lines as f64), counter("batches", batches as f64)];
            }
            "tick-0" | "tick-1" | "tick-max" => ending.counters = vec![counter("ticks", TICKS.get() as f64)],
            "counters-many" => ending.counters = vec![counter("evil", 1.0); MANY],
            "counter-nan" => ending.counters = vec![counter("evil", f64::NAN)],
            "counter-infinite" => ending.counters = vec![counter("evil", f64::INFINITY)],
            "counter-negative" => ending.counters = vec![counter("evil", -1.5)],
            "counter-name" => ending.counters = vec![counter(EVIL_TEXT, 1.0)],
            "counter-twice" => ending.counters = vec![counter("evil", 1.0), counter("evil", 2.0)],
            _ => {}
        }
        Ok(ending)
    }
}

#[allow(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks, reason = "generated")]
mod exports {
    use super::Evil;
    super::bindings::export!(Evil with_types_in super::bindings);
}
