//! A filter that joins a line with those after it that begin with white space, and labels every line
//! with its level.
//!
//! It can only tell that a line is complete when another one comes. So it holds every line back: the
//! next one is replaced by it and held in its turn. What nothing follows for more than 200 ms, a tick
//! lets go.
//!
//! What is put between joined lines is in the variable `JOIN_WITH`, where that is granted; else a space.

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
use bindings::sortie::plugin::lines::Label;
use bindings::sortie::plugin::lines::Released;
use bindings::sortie::plugin::types::Context;
use bindings::sortie::plugin::types::Counter;
use bindings::sortie::plugin::types::Description;
use bindings::sortie::plugin::types::Error;
use bindings::sortie::plugin::types::Finding;
use bindings::sortie::plugin::types::Need;
use bindings::sortie::plugin::types::Severity;

const JOIN_WITH: &str = "JOIN_WITH";
const TICK_MS: u32 = 100;
/// Ticks after which 200 ms have passed: the first may come right after a line.
const PATIENCE: u32 = 3;
/// Bytes beyond which a line is not joined with another.
const MAX_JOINED: usize = 64 << 10;
/// Words that a line of a level has near its beginning.
const LEVELS: [(&str, &str); 6] = [
    ("FATAL", "fatal"),
    ("ERROR", "error"),
    ("WARN", "warn"),
    ("INFO", "info"),
    ("DEBUG", "debug"),
    ("TRACE", "trace"),
];
/// Bytes of a line among which its level is looked for.
const LEVEL_WITHIN: usize = 64;

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

#[derive(Default)]
struct State {
    join_with: Vec<u8>,
    /// The line that is held back.
    held: Option<Vec<u8>>,
    /// Ticks since it was last added to.
    ticks: u32,
    joined: usize,
    /// Lines that a tick let go.
    late: usize,
}

impl State {
    fn process(&mut self, batch: &Batch) -> Edits {
        // A piece of a line that is too long for the host is neither held nor joined.
        let piece = batch.continued || batch.partial;
        let mut edits = Edits {
            edits: Vec::new(),
            bytes: Vec::new(),
            labels: Vec::new(),
            follow: false,
            interests: None,
        };
        let mut begin = 0;
        for (index, &end) in (0..).zip(&batch.ends) {
            let line = &batch.bytes[begin..end as usize];
            begin = end as usize + 1;
            if piece {
                self.before_piece(index, line, &mut edits);
            } else if self.join(line) {
                edits.edits.push(Edit { line: index, action: Action::Drop, end: edits.bytes.len() as u32 });
            } else {
                self.instead(index, line, &mut edits);
            }
        }
        edits
    }

    /// Adds a line to the one that is held, if it belongs there.
    fn join(&mut self, line: &[u8]) -> bool {
        let Some(held) = &mut self.held else { return false };
        let rest = line.trim_ascii();
        let begins_with_space = line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        if !begins_with_space || rest.is_empty() || held.len() + rest.len() > MAX_JOINED {
            return false;
        }
        held.extend_from_slice(&self.join_with);
        held.extend_from_slice(rest);
        self.ticks = 0;
        self.joined += 1;
        true
    }

    /// Holds this line, and shows the one that was held in its place.
    fn instead(&mut self, index: u32, line: &[u8], edits: &mut Edits) {
        let shown = self.held.replace(line.to_vec());
        self.ticks = 0;
        let action = if shown.is_some() { Action::Replace } else { Action::Drop };
        if let Some(shown) = shown {
            edits.labels.push(level(index, &shown));
            edits.bytes.extend_from_slice(&shown);
        }
        edits.edits.push(Edit { line: index, action, end: edits.bytes.len() as u32 });
    }

    /// Shows what was held before this piece of a line.
    fn before_piece(&mut self, index: u32, piece: &[u8], edits: &mut Edits) {
        let Some(held) = self.held.take() else { return };
        edits.bytes.extend_from_slice(&held);
        edits.bytes.push(b'\n');
        edits.bytes.extend_from_slice(piece);
        edits.edits.push(Edit { line: index, action: Action::Replace, end: edits.bytes.len() as u32 });
    }

    fn release(&mut self) -> Released {
        let Some(mut bytes) = self.held.take() else { return nothing() };
        let labels = vec![level(0, &bytes)];
        bytes.push(b'\n');
        Released { bytes, labels }
    }
}

fn nothing() -> Released {
    Released { bytes: Vec::new(), labels: Vec::new() }
}

/// The label of a line; of one that says nothing of a level, too, since in its place there may be the
/// label of the line that it replaces.
fn level(index: u32, line: &[u8]) -> Label {
    let start = &line[..line.len().min(LEVEL_WITHIN)];
    let words = start.split(|byte| !byte.is_ascii_alphabetic());
    let level = words
        .filter_map(|word| LEVELS.iter().find(|(name, _)| word == name.as_bytes()))
        .map(|&(_, level)| level)
        .next();
    Label { line: index, name: "level".to_owned(), value: level.unwrap_or("info").to_owned() }
}

struct Hold;

impl Guest for Hold {
    fn describe() -> Description {
        Description {
            name: "hold".to_owned(),
            version: "1.0.0".to_owned(),
            summary: "Joins lines that belong together, and labels them with their level".to_owned(),
            needs: vec![Need {
                capability: "env".to_owned(),
                argument: JOIN_WITH.to_owned(),
                required: false,
                reason: "What to put between joined lines, instead of a space".to_owned(),
            }],
            config_schema: String::new(),
        }
    }

    fn configure(_config: String, _context: Context) -> Result<Setup, Error> {
        let join_with = environment::get(JOIN_WITH).ok().flatten();
        let join_with = join_with.unwrap_or_else(|| " ".to_owned());
        let findings = if join_with.contains('\n') {
            let message = format!("a newline in {JOIN_WITH} joins nothing");
            vec![Finding { severity: Severity::Error, path: String::new(), message }]
        } else {
            Vec::new()
        };
        STATE.with_borrow_mut(|state| state.join_with = join_with.into_bytes());
        Ok(Setup { findings, needs: Vec::new(), interests: None, pieces: true, tick_ms: Some(TICK_MS) })
    }

    fn process(batch: Batch, _hits: Option<Vec<Hit>>) -> Result<Edits, Error> {
        Ok(STATE.with_borrow_mut(|state| state.process(&batch)))
    }

    fn tick() -> Result<Released, Error> {
        Ok(STATE.with_borrow_mut(|state| {
            state.ticks += 1;
            if state.held.is_none() || state.ticks < PATIENCE {
                return nothing();
            }
            state.late += 1;
            state.release()
        }))
    }

    fn finish() -> Result<Ending, Error> {
        Ok(STATE.with_borrow_mut(|state| {
            let released = state.release();
            let mut notes = Vec::new();
            if state.joined > 0 {
                let message = format!("joined {} lines with others", state.joined);
                notes.push(Finding { severity: Severity::Note, path: String::new(), message });
            }
            let counter = |name: &str, value: usize| Counter { name: name.to_owned(), value: value as f64 };
            Ending {
                released,
                notes,
                counters: vec![counter("joined", state.joined), counter("late", state.late)],
            }
        }))
    }
}

#[allow(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks, reason = "generated")]
mod exports {
    use super::Hold;
    super::bindings::export!(Hold with_types_in super::bindings);
}
