//! Filters that act as time passes, and when their log has ended.

use std::time::Duration;
use std::time::Instant;

use sortie::pipeline::chain::Chain;
use sortie::pipeline::chain::ChainFailure;
use sortie::pipeline::chain::Remarks;
use sortie::unix_time;
use sortie_lines::LineBatch;

use crate::support::assert_closed;
use crate::support::assert_safe;
use crate::support::batch;
use crate::support::chain;
use crate::support::chain_of;
use crate::support::filter;
use crate::support::printed;
use crate::support::processed;

/// What the next tick lets go, when it is due.
fn ticked(chain: &mut Chain) -> Vec<LineBatch> {
    let due = chain.next_tick().unwrap();
    let mut out = Vec::new();
    assert_eq!(chain.tick(due - Duration::from_millis(1), &mut out), None);
    assert_eq!(out, [], "not yet");
    assert_eq!(chain.tick(due, &mut out), None);
    assert!(chain.next_tick().unwrap() > due, "it is told again");
    out
}

fn finished(chain: &mut Chain) -> (Vec<LineBatch>, Vec<Remarks>) {
    let (mut out, mut remarks) = (Vec::new(), Vec::new());
    assert_eq!(chain.finish(&mut out, &mut remarks), None);
    (out, remarks)
}

#[test]
fn what_is_held_back_comes_out_at_a_tick_and_nothing_is_lost_or_repeated() {
    let began = unix_time::now();
    let mut chain = chain_of("hold");
    assert!(processed(&mut chain, &["one", "two"]).is_empty());
    let out = ticked(&mut chain);
    assert_eq!(printed(&out), b"one\ntwo\n");
    let now = unix_time::now();
    assert!(
        out[0].times.len() == 2 && out[0].times.iter().all(|time| (began..=now).contains(time)),
        "{out:?}"
    );
    assert_eq!(ticked(&mut chain), [], "once");
    assert!(processed(&mut chain, &["three"]).is_empty());
    let (out, remarks) = finished(&mut chain);
    assert_eq!(printed(&out), b"three\n");
    assert_eq!(remarks, []);
}

#[test]
fn what_is_let_go_passes_the_filters_after_it() {
    let (hold, label, show) = (filter("hold"), filter("label"), filter("show-labels"));
    let mut chain = chain(&[&hold, &label, &show]);
    assert!(processed(&mut chain, &["one", "two"]).is_empty());
    assert_eq!(printed(&ticked(&mut chain)), b"level=error evil=0\nlevel=error evil=1\n");
    assert!(processed(&mut chain, &["three"]).is_empty());
    assert_eq!(printed(&finished(&mut chain).0), b"level=error evil=2\n");
}

#[test]
fn two_filters_that_hold_let_go_one_after_the_other() {
    let hold = filter("hold");
    let mut chain = chain(&[&hold, &hold]);
    assert!(processed(&mut chain, &["one"]).is_empty());
    // What the first lets go, the second holds back until it is told, too.
    let mut out = Vec::new();
    let due = chain.next_tick().unwrap() + Duration::from_millis(50);
    assert_eq!(chain.tick(due, &mut out), None);
    let (rest, _) = finished(&mut chain);
    out.extend(rest);
    assert_eq!(printed(&out), b"one\n");
}

#[test]
fn a_filter_may_hold_its_lines_until_the_end() {
    let mut chain = chain_of("hold-for-ever");
    assert!(processed(&mut chain, &["one", "two"]).is_empty());
    assert_eq!(ticked(&mut chain), []);
    assert!(processed(&mut chain, &["three"]).is_empty());
    assert_eq!(printed(&finished(&mut chain).0), b"one\ntwo\nthree\n");
}

#[test]
fn a_line_that_is_let_go_without_its_newline_is_a_line() {
    let mut chain = chain_of("tick-no-newline");
    processed(&mut chain, &["one", "two"]);
    let mut out = ticked(&mut chain);
    processed(&mut chain, &["three"]);
    out.extend(finished(&mut chain).0);
    assert_eq!(printed(&out), b"one\ntwo\nthree\n");
    let mut chain = chain_of("finish-no-newline");
    processed(&mut chain, &["one", "two"]);
    assert_eq!(printed(&finished(&mut chain).0), b"one\ntwo\n");
}

#[test]
fn a_filter_may_say_what_never_was_in_the_log() {
    let mut chain = chain_of("tick-forger");
    assert_eq!(processed(&mut chain, &["one"]).bytes, b"one\n");
    assert_eq!(printed(&ticked(&mut chain)), b"never said\n");
}

#[test]
fn calls_come_in_order() {
    let mut chain = chain_of("order");
    assert_eq!(ticked(&mut chain), [], "before the first line");
    processed(&mut chain, &["one"]);
    ticked(&mut chain);
    processed(&mut chain, &["two"]);
    assert_eq!(finished(&mut chain), (Vec::new(), Vec::new()));
}

#[test]
fn ticks_are_as_seldom_as_is_asked_for_and_no_more_often_than_they_may_be() {
    for (mode, every) in [
        ("tick-0", Duration::from_millis(100)),
        ("tick-1", Duration::from_millis(100)),
        ("tick-max", Duration::from_millis(u64::from(u32::MAX))),
    ] {
        assert_eq!(filter(mode).wishes().tick, Some(every), "{mode}");
        let begin = Instant::now();
        let mut chain = chain_of(mode);
        let due = chain.next_tick().unwrap();
        assert!(due >= begin + every && due <= Instant::now() + every, "{mode}");
        assert_eq!(ticked(&mut chain), [], "{mode}");
        // A machine that slept owes one tick, not all that were missed.
        assert_eq!(chain.tick(due + every * 10, &mut Vec::new()), None, "{mode}");
        let (_, remarks) = finished(&mut chain);
        assert_eq!(remarks[0].counters[0].value, 2.0, "{mode}");
    }
    assert_eq!(filter("").wishes().tick, None);
    assert_eq!(chain_of("").next_tick(), None);
}

/// A tick at which the filter fails, after it was shown lines. Nothing may come out.
fn fails_at_a_tick(mode: &str) -> ChainFailure {
    let begin = Instant::now();
    let mut chain = chain_of(mode);
    processed(&mut chain, &["secret one", "two"]);
    let mut out = Vec::new();
    let failure =
        chain.tick(chain.next_tick().unwrap(), &mut out).unwrap_or_else(|| panic!("{mode}: {out:?}"));
    assert_eq!(out, [], "{mode}");
    assert_closed(mode, &mut chain, &failure);
    assert!(begin.elapsed() < Duration::from_secs(60), "{mode}");
    let during = "plugin evil-filter 1.0.0: tick: ";
    assert!(failure.reason.starts_with(during), "{mode}: {failure}");
    assert!(failure.reason.ends_with(", on the log of container main"), "{mode}: {failure}");
    failure
}

#[test]
fn a_filter_that_fails_at_a_tick_fails_closed() {
    for (mode, why) in [
        ("trap-tick", "it crashed: it panicked or aborted"),
        ("panic-tick", "it crashed: it panicked or aborted"),
        ("spin-tick", "it took longer than 2s and was stopped"),
        ("error-tick", "it answered an error, whose words may quote log lines"),
        ("tick-huge", "bytes handed over in one call"),
        ("tick-lines", "bytes handed over in one call"),
        ("tick-label-outside", "an edit or a label of line 1 of 1"),
    ] {
        let failure = fails_at_a_tick(mode);
        assert!(failure.reason.contains(why), "{mode}: {failure}");
    }
}

/// A filter that fails when its log has ended. Of what it holds nothing may come out.
fn fails_at_the_end(mode: &str) -> ChainFailure {
    let mut chain = chain_of(mode);
    processed(&mut chain, &["secret one"]);
    let (mut tail, mut remarks) = (Vec::new(), Vec::new());
    let failure =
        chain.finish(&mut tail, &mut remarks).unwrap_or_else(|| panic!("{mode}: {tail:?} {remarks:?}"));
    assert!(tail.is_empty() && remarks.is_empty(), "{mode}");
    assert!(failure.reason.starts_with("plugin evil-filter 1.0.0: finish: "), "{mode}: {failure}");
    assert!(!failure.reason.contains("secret"), "{mode}: {failure}");
    assert_safe(&failure.reason);
    failure
}

#[test]
fn a_filter_that_fails_in_its_last_call_is_reported() {
    for (mode, why) in [
        ("trap-finish", "it crashed"),
        ("spin-finish", "it took longer than 2s and was stopped"),
        ("finish-huge", "it exceeded a limit"),
        ("finish-label-outside", "an edit or a label of line 1 of 1"),
        ("error-finish", "it answered an error, whose words may quote log lines"),
        ("notes", "a note that calls itself an error"),
        ("notes-many", "it exceeded a limit"),
        ("notes-huge", "it exceeded a limit"),
        ("counters-many", "it exceeded a limit"),
        ("counter-nan", "or that is no number"),
        ("counter-infinite", "or that is no number"),
        ("counter-name", "a counter whose name is not of lower-case letters"),
    ] {
        let failure = fails_at_the_end(mode);
        assert!(failure.reason.contains(why), "{mode}: {failure}");
    }
}

#[test]
fn what_a_filter_says_at_the_end_is_safe() {
    let mut chain = chain_of("notes-control");
    processed(&mut chain, &["one"]);
    let (_, remarks) = finished(&mut chain);
    let [Remarks { filter, notes, .. }] = &remarks[..] else { panic!("{remarks:?}") };
    assert_eq!(filter, "evil-filter");
    assert!(notes.len() == 1 && notes[0].warning, "{notes:?}");
    assert!(notes[0].message.starts_with("evil [2J ]52;c;"), "{notes:?}");
    assert_safe(&notes[0].message);
}

#[test]
fn what_a_filter_counts_is_taken_over() {
    let counted = |mode: &str| {
        let mut chain = chain_of(mode);
        processed(&mut chain, &["one", "two"]);
        processed(&mut chain, &["three"]);
        let (_, remarks) = finished(&mut chain);
        let counters = remarks.into_iter().flat_map(|remarks| remarks.counters);
        counters.map(|counter| (counter.name, counter.value)).collect::<Vec<_>>()
    };
    let named = |name: &str, value: f64| (name.to_owned(), value);
    assert_eq!(counted("counters"), [named("lines", 3.0), named("batches", 2.0)]);
    assert_eq!(counted("counter-negative"), [named("evil", -1.5)]);
    assert_eq!(counted("counter-twice"), [named("evil", 1.0), named("evil", 2.0)]);
}

#[test]
fn a_tick_in_the_middle_of_an_overlong_line_is_not_made() {
    let mut chain = chain_of("tick-forger");
    let mut piece = batch(&["begun"]);
    piece.partial = true;
    assert_eq!(chain.process(&mut piece), None);
    assert!(piece.partial && !piece.continued);
    assert_eq!(ticked(&mut chain), [], "it would run into the line");
    let mut more = batch(&["more"]);
    more.partial = true;
    assert_eq!(chain.process(&mut more), None);
    assert!(more.partial && more.continued);
    assert_eq!(ticked(&mut chain), []);
    let end = processed(&mut chain, &["end", "next"]);
    assert!(end.continued && !end.partial);
    assert_eq!(printed(&ticked(&mut chain)), b"never said\n");
}
