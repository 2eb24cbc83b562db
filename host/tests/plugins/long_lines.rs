//! Lines that come in pieces, through a filter that does not know about pieces, and through some that do.

use sortie::pipeline::chain::Chain;
use sortie::pipeline::chain::Remarks;
use sortie_lines::Framer;
use sortie_lines::LineBatch;
use sortie_lines::MAX_LINE;
use sortie_lines::Pieces;

use crate::support::chain;
use crate::support::chain_of;
use crate::support::filter;
use crate::support::printed;

/// A line of 3 MiB and some that begins so.
fn long(beginning: &str) -> String {
    format!("{beginning}{}", "y".repeat(3 * MAX_LINE + 100))
}

/// What is printed of a log, and what is said of it.
fn through(chain: &mut Chain, log: &str) -> (Vec<u8>, Vec<Remarks>) {
    let (mut framer, mut batches) = (Framer::default(), Vec::new());
    framer.feed(log.as_bytes(), 1, &mut batches);
    framer.finish(1, &mut batches);
    let (mut out, mut remarks): (Vec<LineBatch>, _) = (Vec::new(), Vec::new());
    for mut batch in batches {
        assert_eq!(chain.process(&mut batch), None);
        if !batch.is_empty() {
            out.push(batch);
        }
    }
    assert_eq!(chain.finish(&mut out, &mut remarks), None);
    let mut open = false;
    for batch in &out {
        assert_eq!(batch.continued, open, "each batch says whether it goes on with a line");
        open = batch.partial;
    }
    assert!(!open, "the last line is ended");
    (printed(&out), remarks)
}

/// Compares without printing megabytes.
fn assert_same(printed: &[u8], expected: &str) {
    let beginning = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(100)]).into_owned();
    let told = format!("{} bytes: {}", printed.len(), beginning(printed));
    assert!(printed == expected.as_bytes(), "{told}, not {} bytes", expected.len());
}

#[test]
fn a_filter_says_whether_it_knows_about_pieces() {
    assert_eq!(filter("whole").wishes().pieces, Pieces::OneLine);
    assert_eq!(filter("pass").wishes().pieces, Pieces::Each);
}

#[test]
fn a_long_line_that_is_dropped_leaves_nothing() {
    let log = format!("a\n{}\nb\n", long("drop it"));
    let (printed, remarks) = through(&mut chain_of("whole"), &log);
    assert_same(&printed, "a\nb\n");
    assert_eq!(remarks, []);
    // Also at the very end of a log, without a newline.
    let (printed, _) = through(&mut chain_of("whole"), &format!("a\n{}", long("drop it")));
    assert_same(&printed, "a\n");
}

#[test]
fn of_a_long_line_that_is_replaced_only_the_replacement_is_left_and_that_is_said() {
    let log = format!("a\n{}\nb\n{}\n{}\n", long("replace it"), long("replace it"), long("drop it"));
    let (printed, remarks) = through(&mut chain_of("whole"), &log);
    assert_same(&printed, "a\nx\nb\nx\n");
    let [Remarks { filter, notes, .. }] = &remarks[..] else { panic!("{remarks:?}") };
    assert_eq!((filter.as_str(), notes.len(), notes[0].warning), ("evil-filter", 1, true));
    let said = "the rest of 2 overlong lines is not printed: their beginnings were replaced";
    assert_eq!(notes[0].message, said);
}

#[test]
fn a_replaced_line_of_ordinary_length_is_not_spoken_of() {
    let (printed, remarks) = through(&mut chain_of("whole"), "replace\ndrop\nkeep\n");
    assert_same(&printed, "x\nkeep\n");
    assert_eq!(remarks, []);
}

#[test]
fn a_long_line_that_is_kept_is_whole_and_its_later_pieces_are_shown() {
    let log = format!("a\n{}\nb\n", long("keep it"));
    let (printed, remarks) = through(&mut chain_of("whole"), &log);
    assert_same(&printed, &log);
    assert_eq!(remarks, []);
    // The second piece begins with `drop`, the third with `replace`, and the last with `drop`.
    let piece = |beginning: &str| format!("{beginning}{}", "y".repeat(MAX_LINE - beginning.len()));
    let (kept, dropped, replaced) = (piece("keep"), piece("drop"), piece("replace"));
    let log = format!("{kept}{dropped}{replaced}drop the end\nb\n");
    let (printed, remarks) = through(&mut chain_of("whole"), &log);
    assert_same(&printed, &format!("{kept}x\nb\n"));
    assert_eq!(remarks, [], "the rest of the line was looked at");
}

#[test]
fn each_piece_is_its_own_for_a_filter_that_knows_about_them() {
    // It drops and holds every piece, and lets go of what it takes for lines: it was told.
    let log = format!("{}\nb\n", long(""));
    let (printed, _) = through(&mut chain_of("hold"), &log);
    let ends: Vec<usize> = printed.split(|&byte| byte == b'\n').map(<[u8]>::len).collect();
    assert_eq!(ends, [MAX_LINE, MAX_LINE, MAX_LINE, 100, 1, 0]);
    // Every piece has a replacement.
    let (printed, _) = through(&mut chain_of("calls"), &log);
    let said = "described 0, configured 1";
    assert_same(&printed, &format!("{}\n{said}\n", said.repeat(4)));
    // Interests do not hide a piece: what they would hit may lie across two.
    let (mut framer, mut batches) = (Framer::default(), Vec::new());
    framer.feed(log.as_bytes(), 1, &mut batches);
    assert!(chain_of("trap-gated").process(&mut batches[0]).is_some());
}

#[test]
fn what_one_filter_leaves_of_a_long_line_the_next_sees_as_lines() {
    let (whole, pass) = (filter("whole"), filter("follow"));
    let log = format!("{}\n{}\n{}\nb\n", long("keep"), long("replace"), long("drop"));
    let (printed, _) = through(&mut chain(&[&pass, &whole, &pass, &whole]), &log);
    assert_same(&printed, &format!("{}\nx\nb\n", long("keep")));
}
