//! What a filter answers is either refused or applied to the letter; nothing it says can panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sortie_fuzz::pieces;
use sortie_lines::Action;
use sortie_lines::Edit;
use sortie_lines::Edits;
use sortie_lines::LineBatch;
use sortie_lines::OpenLine;
use sortie_lines::Pieces;
use sortie_lines::apply;

fuzz_target!(|input: (Vec<u8>, bool, Vec<(u8, bool, u8)>, Vec<u8>, Option<u64>, bool, u8, bool)| {
    let (text, partial, wanted, bytes, shown, in_order, open, each) = input;
    let pieces = if each { Pieces::Each } else { Pieces::OneLine };
    // What the batch before can have left.
    let undecided = if each { OpenLine::Unbegun } else { OpenLine::Decided };
    let open = [OpenLine::None, OpenLine::Kept, undecided][usize::from(open % 3)];
    let mut batch = LineBatch::default();
    for (time, line) in (0..).zip(text.split(|byte| *byte == b'\n')) {
        batch.push(line, time);
    }
    // A batch with a piece of a line is always shown whole.
    batch.partial = partial;
    let shown: Option<Vec<u32>> = shown
        .filter(|_| !partial && open == OpenLine::None)
        .map(|mask| (0..batch.len() as u32).filter(|line| mask.rotate_right(*line) & 1 == 1).collect());
    let lines = shown.as_ref().map_or(batch.len(), Vec::len);

    // Half of the inputs keep to the protocol, or few would come further than the check.
    let (mut line, mut end) = (0_u32, 0_u32);
    let edit = |(number, drop, more): &(u8, bool, u8)| {
        if in_order {
            line += u32::from(*number % 4);
            end = if *drop { end } else { (end + u32::from(*more % 8)).min(bytes.len() as u32) };
        } else {
            (line, end) = (u32::from(*number), u32::from(*more));
        }
        let edit = Edit { line, action: if *drop { Action::Drop } else { Action::Replace }, end };
        line += u32::from(in_order);
        edit
    };
    let edits: Vec<Edit> = wanted.iter().map(edit).collect();
    let mut bytes = bytes;
    if in_order {
        bytes.truncate(edits.last().map_or(0, |edit| edit.end as usize));
    }
    let edits = Edits { edits, bytes, ..Edits::default() };

    let mut before = (None, 0);
    let mut good = true;
    for edit in &edits.edits {
        let dropped = edit.action == Action::Drop;
        good &= before.0 < Some(edit.line) && (edit.line as usize) < lines;
        good &= if dropped { edit.end == before.1 } else { edit.end >= before.1 };
        before = (Some(edit.line), edit.end);
    }
    good &= before.1 as usize == edits.bytes.len();
    let checked = edits.check(lines);
    assert_eq!(checked.is_ok(), good, "{checked:?}");
    if checked.is_err() {
        return;
    }

    // Line by line, as slowly as it is simple.
    let mut expected = LineBatch::default();
    let mut left = open;
    for (index, line) in batch.lines().enumerate() {
        let is_first_piece = index > 0 || open == OpenLine::None;
        let is_finished = !partial || index + 1 < batch.len();
        let place = match &shown {
            None => Some(index),
            Some(shown) => shown.iter().position(|line| *line as usize == index),
        };
        let found = edits.edits.iter().position(|edit| Some(edit.line as usize) == place);
        let action = found.map(|at| edits.edits[at].action);
        if is_first_piece {
            left = OpenLine::Unbegun;
        }
        let before = left;
        match (action, pieces) {
            _ if before == OpenLine::Decided => {}
            (Some(Action::Drop), Pieces::OneLine) if before == OpenLine::Unbegun => left = OpenLine::Decided,
            (Some(Action::Replace), Pieces::OneLine) if before == OpenLine::Unbegun && !is_finished => {
                left = OpenLine::Decided;
            }
            (Some(Action::Drop), _) => {}
            _ => left = OpenLine::Kept,
        }
        let is_dropped = before == OpenLine::Decided || action == Some(Action::Drop);
        match found {
            _ if is_dropped => {
                // What was begun is ended.
                if is_finished && left == OpenLine::Kept {
                    expected.push(b"", batch.times[index]);
                }
            }
            None => expected.push(line, batch.times[index]),
            Some(at) => {
                let start = if at == 0 { 0 } else { edits.edits[at - 1].end as usize };
                let end = edits.edits[at].end as usize;
                for piece in edits.bytes[start..end].split(|byte| *byte == b'\n') {
                    expected.push(piece, batch.times[index]);
                }
            }
        }
        expected.partial = !is_finished && !is_dropped && left == OpenLine::Kept;
        if is_finished {
            left = OpenLine::None;
        }
    }

    let mut out = LineBatch::default();
    assert_eq!(apply(&batch, &edits, shown.as_deref(), pieces, open, &mut out), left);
    assert_eq!(out, expected);
    pieces::print(&out, &mut Vec::new());
});
