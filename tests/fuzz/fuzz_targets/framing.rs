//! However a log comes in pieces, the same lines come out.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sortie_fuzz::pieces;

fuzz_target!(|input: (Vec<u8>, Vec<u16>, u16, u16)| {
    let (text, cuts, max_line, max_batch) = input;
    let (max_line, max_batch) = (usize::from(max_line).max(1), usize::from(max_batch).max(1));
    let batches = pieces::batches(&pieces::chunks(&text, &cuts, 1), max_line, max_batch);

    let mut printed = Vec::new();
    let mut lines = 0;
    for batch in &batches {
        assert!(!batch.is_empty(), "an empty batch");
        assert_eq!(batch.ends.len(), batch.times.len());
        assert!(batch.lines().all(|line| line.len() <= max_line && !line.contains(&b'\n')));
        lines += batch.len() - usize::from(batch.partial);
        pieces::print(batch, &mut printed);
    }
    let wanted = pieces::ended(&text);
    assert!(printed == wanted, "the text changed");
    assert_eq!(lines, wanted.iter().filter(|byte| **byte == b'\n').count());
    assert!(batches.last().is_none_or(|batch| !batch.partial), "a line has no end");
});
