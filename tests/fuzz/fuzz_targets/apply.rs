//! What a filter answers is either refused or applied to the letter; nothing it says can panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sortie_fuzz::lines::LineBatch;
use sortie_fuzz::lines::edits::Action;
use sortie_fuzz::lines::edits::Edit;
use sortie_fuzz::lines::edits::Edits;
use sortie_fuzz::pieces;
use sortie_fuzz::pipeline::apply;

fuzz_target!(|input: (Vec<u8>, bool, Vec<(u8, bool, u8)>, Vec<u8>, Option<u64>, bool)| {
    let (text, partial, wanted, bytes, shown, in_order) = input;
    let mut batch = LineBatch::default();
    for (time, line) in (0..).zip(text.split(|byte| *byte == b'\n')) {
        batch.push(line, time);
    }
    // A batch with a partial line is always shown whole.
    batch.partial = partial;
    let shown: Option<Vec<u32>> = shown
        .filter(|_| !partial)
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
    let edits = Edits { edits, bytes, follow: false };

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
    let mut dropped_last = false;
    for (index, line) in batch.lines().enumerate() {
        let place = match &shown {
            None => Some(index),
            Some(shown) => shown.iter().position(|line| *line as usize == index),
        };
        let found = edits.edits.iter().position(|edit| Some(edit.line as usize) == place);
        dropped_last = false;
        match found.map(|at| (at, edits.edits[at])) {
            None => expected.push(line, batch.times[index]),
            Some((_, Edit { action: Action::Drop, .. })) => dropped_last = true,
            Some((at, edit)) => {
                let start = if at == 0 { 0 } else { edits.edits[at - 1].end as usize };
                for piece in edits.bytes[start..edit.end as usize].split(|byte| *byte == b'\n') {
                    expected.push(piece, batch.times[index]);
                }
            }
        }
    }
    expected.partial = partial && !dropped_last;

    let mut out = LineBatch::default();
    apply::apply(&batch, &edits, shown.as_deref(), &mut out);
    assert_eq!(out, expected);
    pieces::print(&out, &mut Vec::new());
});
