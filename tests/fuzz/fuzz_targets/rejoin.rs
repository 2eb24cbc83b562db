//! No byte of an event is lost, and lines that the driver has split come back whole.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sortie_fuzz::fargate;

/// Sizes at which drivers split, and sizes near them.
const SIZES: [usize; 8] = [16_384, 16_383, 16_381, 16_385, 262_118, 262_117, 1_048_550, 262_119];

/// An event: bytes 0 to 7 stand for a text of such a size, others for themselves.
fn message(seed: &[u8]) -> String {
    match seed {
        [first, rest @ ..] if usize::from(*first) < SIZES.len() => {
            let mut text = String::from_utf8_lossy(rest).into_owned();
            let size = SIZES[usize::from(*first)];
            text.truncate(text.floor_char_boundary(size));
            let fill = size - text.len();
            text.push_str(&"x".repeat(fill));
            text
        }
        seed => String::from_utf8_lossy(seed).into_owned(),
    }
}

fuzz_target!(|input: (Vec<(Vec<u8>, u8)>, Vec<(u16, bool)>)| {
    let (seeds, lengths) = input;

    // Any events at all.
    let events: Vec<(String, i64)> =
        seeds.iter().take(16).map(|(seed, time)| (message(seed), i64::from(*time / 64))).collect();
    let (printed, times) = fargate::printed(events.iter().map(|(message, time)| (message.as_str(), *time)));
    let without = |bytes: &[u8]| bytes.iter().copied().filter(|byte| *byte != b'\n').collect::<Vec<u8>>();
    let all: String = events.iter().map(|(message, _)| message.as_str()).collect();
    assert!(without(&printed) == without(all.as_bytes()), "the text changed");
    let lines = printed.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(lines, times.len());
    assert!(printed.is_empty() || printed.ends_with(b"\n"), "a line has no end");
    // Every newline of an event ends a line; a last one belongs to the event.
    let newlines: usize = events
        .iter()
        .map(|(message, _)| message.strip_suffix('\n').unwrap_or(message).matches('\n').count())
        .sum();
    assert!(lines >= newlines && lines <= newlines + events.len(), "{lines} lines");

    // Lines of any length, split as the driver does, each with a time of its own.
    for part in [16_384, 262_118] {
        let lines: Vec<String> = lengths
            .iter()
            .take(8)
            .map(|(length, far)| "y".repeat(usize::from(*length) * if *far { 10 } else { 1 }))
            .collect();
        let mut events: Vec<(&str, i64)> = Vec::new();
        for (time, line) in (0..).zip(&lines) {
            let mut rest = line.as_str();
            while rest.len() > part {
                let (head, tail) = rest.split_at(part);
                events.push((head, time));
                rest = tail;
            }
            events.push((rest, time));
        }
        let (printed, times) = fargate::printed(events);
        let wanted: String = lines.iter().map(|line| format!("{line}\n")).collect();
        assert!(printed == wanted.as_bytes(), "lines were not joined");
        assert!(times.iter().copied().eq((0..).take(lines.len())));
    }
});
