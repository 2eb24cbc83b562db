//! A filter that does what [`mode`] says.

#[allow(
    missing_docs,
    unreachable_pub,
    unsafe_op_in_unsafe_fn,
    clippy::all,
    clippy::undocumented_unsafe_blocks,
    reason = "generated"
)]
mod bindings {
    wit_bindgen::generate!({ world: "filter", path: "../../../wit" });
}

use std::cell::Cell;

use bindings::Guest;
use bindings::Setup;
use bindings::sortie::plugin::environment;
use bindings::sortie::plugin::lines::Action;
use bindings::sortie::plugin::lines::Batch;
use bindings::sortie::plugin::lines::Edit;
use bindings::sortie::plugin::lines::Edits;
use bindings::sortie::plugin::lines::Interest;
use bindings::sortie::plugin::lines::Pattern;
use bindings::sortie::plugin::types::Description;
use bindings::sortie::plugin::types::Kind;
use bindings::sortie::plugin::types::Need;
use evil_mode::eat_memory;
use evil_mode::mode;
use evil_mode::spin;

/// Lines after which `trap-after` traps.
const LINES_BEFORE_TRAP: usize = 3;

thread_local! {
    /// Lines that were shown so far.
    static SEEN: Cell<usize> = const { Cell::new(0) };
    /// What was called before the first batch.
    static CALLS: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

struct Evil;

fn literal(bytes: &[u8]) -> Interest {
    Interest { pattern: Pattern::Literal(bytes.to_vec()), opens: false }
}

fn regex(regex: &str) -> Interest {
    Interest { pattern: Pattern::Regex(regex.to_owned()), opens: false }
}

/// Edits as they stand, whether they make sense or not.
fn edits(edits: &[(u32, Action, u32)], bytes: Vec<u8>) -> Edits {
    let edits = edits.iter().map(|&(line, action, end)| Edit { line, action, end }).collect();
    Edits { edits, bytes, follow: false }
}

/// Replaces every line of the batch.
fn replace_all(batch: &Batch, text: &[u8]) -> Edits {
    let mut edits = Edits { edits: Vec::new(), bytes: Vec::new(), follow: false };
    for line in 0..batch.ends.len() as u32 {
        edits.bytes.extend_from_slice(text);
        edits.edits.push(Edit { line, action: Action::Replace, end: edits.bytes.len() as u32 });
    }
    edits
}

fn holds_secret(batch: &Batch) -> bool {
    batch.bytes.windows(6).any(|window| window == b"secret")
}

impl Guest for Evil {
    fn describe() -> Description {
        let (described, configured) = CALLS.get();
        CALLS.set((described + 1, configured));
        Description {
            name: "evil-filter".to_owned(),
            version: "1.0.0".to_owned(),
            kind: Kind::Filter,
            summary: "Does what it should not".to_owned(),
            needs: vec![Need::Env("EVIL_GRANTED".to_owned()), Need::Env("EVIL_MISSING".to_owned())],
            config_schema: String::new(),
        }
    }

    fn configure(_config: String) -> Setup {
        let (described, configured) = CALLS.get();
        CALLS.set((described, configured + 1));
        let interests = match mode().as_str() {
            "trap-configure" => panic!("as told"),
            "interests-many" => Some(vec![literal(b"x"); 10_001]),
            "interests-huge" => Some(vec![literal(&[b'x'; 1024]); 100_000]),
            "pattern-long" => Some(vec![literal(&[b'x'; 65 << 10])]),
            "literal-empty" => Some(vec![literal(b"")]),
            "regex-broken" => Some(vec![literal(b"fine"), regex("(unclosed")]),
            "regex-empty" => Some(vec![regex("a*")]),
            "regex-large" => Some(vec![regex("(?:[a-z]{1000}){1000}")]),
            "trap-gated" => Some(vec![literal(b"secret")]),
            _ => None,
        };
        Setup { diagnostics: Vec::new(), interests }
    }

    fn process(batch: Batch) -> Edits {
        let seen = SEEN.get() + batch.ends.len();
        SEEN.set(seen);
        match mode().as_str() {
            "trap-after" if seen > LINES_BEFORE_TRAP => panic!("as told"),
            "trap-secret" if holds_secret(&batch) => panic!("as told"),
            "trap-gated" => panic!("as told"),
            "spin-process" => spin(),
            "eat-memory" => edits(&[], vec![0; eat_memory()]),
            "line-outside" => edits(&[(batch.ends.len() as u32, Action::Drop, 0)], Vec::new()),
            "not-ascending" => edits(&[(1, Action::Drop, 0), (0, Action::Drop, 0)], Vec::new()),
            "line-twice" => edits(&[(0, Action::Drop, 0), (0, Action::Drop, 0)], Vec::new()),
            "end-outside" => edits(&[(0, Action::Replace, 4)], b"abc".to_vec()),
            "end-backwards" => edits(&[(0, Action::Replace, 3), (1, Action::Replace, 2)], b"abc".to_vec()),
            "drop-with-bytes" => edits(&[(0, Action::Drop, 3)], b"abc".to_vec()),
            "bytes-of-nobody" => edits(&[(0, Action::Replace, 1)], b"abc".to_vec()),
            "answer-huge" => edits(&[(0, Action::Replace, 64 << 20)], vec![b'x'; 64 << 20]),
            "edits-many" => edits(&vec![(0, Action::Drop, 0); 2_000_000], Vec::new()),
            "calls" => {
                let (described, configured) = CALLS.get();
                replace_all(&batch, format!("described {described}, configured {configured}").as_bytes())
            }
            "read-env" => {
                let names = ["EVIL_GRANTED", "EVIL_MISSING", "PATH"];
                let values = names.map(|name| format!("{name}={:?}", environment::get(name)));
                replace_all(&batch, values.join(" ").as_bytes())
            }
            _ => edits(&[], Vec::new()),
        }
    }

    fn finish() -> Vec<u8> {
        match mode().as_str() {
            "trap-finish" => panic!("as told"),
            "spin-finish" => spin(),
            "finish-huge" => vec![b'x'; 64 << 20],
            _ => Vec::new(),
        }
    }
}

#[allow(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks, reason = "generated")]
mod exports {
    use super::Evil;
    super::bindings::export!(Evil with_types_in super::bindings);
}
