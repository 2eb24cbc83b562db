//! Filters at work on lines.

use std::time::Duration;
use std::time::Instant;

use sortie::plugin::Failure;
use sortie_lines::Edits;
use sortie_lines::Gate;
use sortie_lines::LineFilter as _;
use sortie_lines::MAX_BATCH_LINES;

use crate::support::FILTER;
use crate::support::assert_closed;
use crate::support::assert_safe;
use crate::support::batch;
use crate::support::chain;
use crate::support::chain_of;
use crate::support::context;
use crate::support::filter;
use crate::support::filter_with;
use crate::support::is_limit;
use crate::support::is_protocol;
use crate::support::load;
use crate::support::load_error;
use crate::support::processed;

/// Feeds lines to a filter that fails on them, and more afterwards. Nothing may come out. Returns
/// the reason.
fn fails_closed(mode: &str) -> String {
    let begin = Instant::now();
    let mut chain = chain_of(mode);
    let mut lines = batch(&["secret one", "two"]);
    let failure = chain.process(&mut lines).unwrap_or_else(|| panic!("{mode}: {lines:?}"));
    assert!(lines.is_empty() && lines.bytes.is_empty(), "{mode}");
    assert_closed(mode, &mut chain, &failure);
    assert_eq!(chain.withheld(), 3, "{mode}");
    assert!(begin.elapsed() < Duration::from_secs(60), "{mode}");
    let reason = failure.to_string();
    let names_it = "filter `evil-filter` failed: plugin evil-filter 1.0.0: process: ";
    assert!(reason.starts_with(names_it), "{mode}: {reason}");
    assert!(reason.contains("on the log of container main"), "{mode}: {reason}");
    reason
}

#[test]
fn filters_that_answer_out_of_protocol_fail_closed() {
    for (mode, why) in [
        ("line-outside", "an edit or a label of line 2 of 2"),
        ("not-ascending", "not in ascending order"),
        ("line-twice", "not in ascending order"),
        ("end-outside", "not within the replacements"),
        ("end-backwards", "not within the replacements"),
        ("drop-with-bytes", "a dropped line with a replacement"),
        ("bytes-of-nobody", "belong to no edit"),
        ("label-outside", "an edit or a label of line 2 of 2"),
        ("label-not-ascending", "not in ascending order"),
        ("label-name", "a label whose name is not of lower-case letters"),
        ("label-name-empty", "a label whose name is not of lower-case letters"),
        ("label-name-long", "a label whose name is not of lower-case letters"),
        ("interests-empty-later", "an empty literal as an interest"),
    ] {
        let reason = fails_closed(mode);
        assert!(reason.contains("it answered out of protocol: "), "{mode}: {reason}");
        assert!(reason.contains(why), "{mode}: {reason}");
    }
}

#[test]
fn filters_that_exceed_a_limit_fail_closed() {
    for (mode, why) in [
        ("spin-process", "it took longer than 2s and was stopped"),
        ("eat-memory", "bytes of memory wanted"),
        ("answer-huge", "bytes handed over in one call"),
        ("edits-many", "bytes handed over in one call"),
        ("labels-many", "bytes handed over in one call"),
        ("label-huge", "a label of 1048576 bytes, 4096 allowed"),
        ("error-huge", "bytes handed over in one call"),
        ("log-huge", "bytes handed over in one call"),
        ("interests-many-later", "10001 interests, 10000 allowed"),
    ] {
        let reason = fails_closed(mode);
        assert!(reason.contains(why), "{mode}: {reason}");
    }
}

#[test]
fn the_words_of_a_filters_error_are_not_told() {
    for mode in ["error-process", "error-code"] {
        let reason = fails_closed(mode);
        assert!(reason.contains("it answered an error, whose words may quote log lines"), "{reason}");
        for word in ["evil\u{1b}", "::error", "as told", "one", "two"] {
            assert!(!reason.contains(word), "{mode}: {word}: {reason}");
        }
    }
}

#[test]
fn of_a_filters_panic_only_the_place_is_told() {
    let reason = fails_closed("panic-line");
    assert!(reason.ends_with("it crashed: it panicked or aborted, on the log of container main"), "{reason}");
    // Its last words are the line, which reads as what a panic says.
    let mut chain = chain_of("panic-line");
    let failure = chain.process(&mut batch(&["panicked at src/lib.rs:30:9: secret"])).unwrap();
    let tail = "it panicked or aborted at src/lib.rs:30:9, on the log of container main";
    assert!(failure.reason.ends_with(tail), "{failure}");
    assert_closed("panic-line", &mut chain, &failure);
}

#[test]
fn what_a_filter_says_of_lines_is_counted_only() {
    for (mode, count) in [("log-line", 4), ("log-flood", 100_000)] {
        let mut chain = chain_of(mode);
        assert_eq!(processed(&mut chain, &["secret one", "two"]).bytes, b"secret one\ntwo\n", "{mode}");
        let (mut tail, mut remarks) = (Vec::new(), Vec::new());
        assert_eq!(chain.finish(&mut tail, &mut remarks), None, "{mode}");
        let [remark] = &remarks[..] else { panic!("{mode}: {remarks:?}") };
        let [note] = &remark.notes[..] else { panic!("{mode}: {remark:?}") };
        let left_out = format!("messages left out, which may quote log lines: {count}");
        assert_eq!((note.warning, &note.message), (false, &left_out), "{mode}");
    }
}

#[test]
fn a_filter_that_traps_withholds_its_batch_and_all_that_follows() {
    let mut chain = chain_of("trap-after");
    assert_eq!(processed(&mut chain, &["one", "two"]).bytes, b"one\ntwo\n", "before it failed");
    let mut lines = batch(&["three", "secret"]);
    let failure = chain.process(&mut lines).unwrap();
    assert!(failure.reason.contains("process: it crashed: it panicked or aborted"), "{failure}");
    for _ in 0..2 {
        assert!(lines.is_empty() && lines.bytes.is_empty());
        lines = batch(&["secret"]);
        assert_eq!(chain.process(&mut lines), None);
    }
    assert_eq!(chain.withheld(), 4);
}

#[test]
fn a_filter_that_trapped_is_not_asked_again() {
    let mut stream = filter("trap-secret").open(&context().of_container(0)).unwrap();
    let mut edits = Edits::default();
    let lines = batch(&["secret"]);
    let first = stream.process(&lines, None, &mut edits).unwrap_err().message;
    assert!(first.contains("it crashed"), "{first}");
    let clean = batch(&["clean"]);
    for message in [
        stream.process(&clean, None, &mut edits).unwrap_err().message,
        stream.tick().unwrap_err().message,
        stream.finish().unwrap_err().message,
    ] {
        assert!(message.contains("it has failed before and is not asked again"), "{message}");
    }
    assert!(edits.edits.is_empty() && edits.bytes.is_empty());
}

#[test]
fn streams_of_one_filter_fail_on_their_own() {
    let filter = filter("trap-secret");
    let (mut one, mut other) = (chain(&[&filter]), chain(&[&filter]));
    assert!(one.process(&mut batch(&["secret"])).is_some());
    assert_eq!(processed(&mut other, &["clean"]).bytes, b"clean\n");
}

#[test]
fn every_stream_of_a_filter_has_an_instance_that_was_made_in_the_same_way() {
    let filter = filter("calls");
    for _ in 0..2 {
        let lines = processed(&mut chain(&[&filter]), &["x"]);
        assert_eq!(String::from_utf8_lossy(&lines.bytes), "described 0, configured 1\n");
    }
}

#[test]
fn a_filter_is_told_of_the_run_and_of_the_container() {
    let filter = filter("context");
    for (index, named) in [(0, "container: Some(0)"), (1, "container: Some(1)")] {
        let mut stream = filter.open(&context().of_container(index)).unwrap();
        let mut edits = Edits::default();
        stream.process(&batch(&["x"]), None, &mut edits).unwrap();
        let told = String::from_utf8(edits.bytes).unwrap();
        for part in [named, r#"run-id: "run-1""#, r#"containers: ["main", "db"]"#, "main-container: Some(0)"]
        {
            assert!(told.contains(part), "{part}: {told}");
        }
    }
}

#[test]
fn a_filter_is_shown_only_the_lines_that_its_interests_hit() {
    let mut chain = chain_of("trap-gated");
    assert_eq!(processed(&mut chain, &["clean", "lines"]).len(), 2, "it would have trapped");
    let mut lines = batch(&["clean", "a secret", "clean"]);
    assert!(chain.process(&mut lines).is_some());
    assert!(lines.is_empty(), "neither the line that was hit nor its neighbours");
}

#[test]
fn interests_beyond_their_limits_are_refused() {
    for mode in ["interests-many", "interests-huge", "pattern-long"] {
        let failure = load_error(&FILTER, mode, &[]).failure;
        assert!(is_limit(&failure), "{mode}: {failure}");
    }
    let failure = load_error(&FILTER, "literal-empty", &[]).failure;
    assert!(is_protocol(&failure), "{failure}");
}

#[test]
fn interests_that_can_not_be_searched_are_named() {
    for (mode, index) in [("regex-broken", 1), ("regex-empty", 0), ("regex-large", 0), ("literal-newline", 0)]
    {
        let begin = Instant::now();
        let filter = filter(mode);
        let error = Gate::new(filter.wishes().interests.as_deref().unwrap()).unwrap_err();
        assert_eq!(error.index, index, "{mode}: {error}");
        assert!(begin.elapsed() < Duration::from_secs(60), "{mode}");
    }
}

#[test]
fn interests_that_change_hold_from_the_next_batch_on() {
    let mut chain = chain_of("interests-later");
    assert_eq!(processed(&mut chain, &["secret", "clean"]).len(), 2, "it sees every line, and changes them");
    assert_eq!(processed(&mut chain, &["secret", "clean"]).bytes, b"clean\n");
    assert_eq!(processed(&mut chain, &["clean"]).bytes, b"clean\n");
    // It would panic, were a line shown between two of which it says that it wants to see them.
    let mut chain = chain_of("interests-flip");
    for _ in 0..20 {
        assert_eq!(processed(&mut chain, &["secret", "clean", "secret"]).len(), 3);
    }
    let mut chain = chain_of("interests-none-later");
    for _ in 0..3 {
        assert_eq!(processed(&mut chain, &["secret", "clean"]).len(), 2);
    }
}

#[test]
fn interests_that_become_none_that_can_be_searched_fail_closed_and_are_not_told() {
    let mut chain = chain_of("interests-broken-later");
    let mut lines = batch(&["secret one", "two"]);
    let failure = chain.process(&mut lines).unwrap();
    assert!(lines.is_empty() && lines.bytes.is_empty());
    assert_closed("interests-broken-later", &mut chain, &failure);
    assert!(failure.reason.contains("interest 1 cannot be searched"), "{failure}");
    // Where it changes with what the filter was shown, a pattern may quote it.
    assert!(!failure.reason.contains("unclosed"), "{failure}");
}

#[test]
fn a_filter_that_follows_sees_every_line() {
    let mut chain = chain_of("follow");
    for _ in 0..3 {
        assert_eq!(processed(&mut chain, &["one", "two"]).bytes, b"one\ntwo\n");
    }
}

#[test]
fn labels_reach_the_filters_after_it_and_are_taken_over_within_bounds() {
    let shown = |mode: &str, lines: &[&str]| {
        let (first, second) = (filter(mode), filter("show-labels"));
        let mut chain = chain(&[&first, &second]);
        String::from_utf8(processed(&mut chain, lines).bytes).unwrap()
    };
    assert_eq!(shown("label", &["a", "b"]), "level=error evil=0\nlevel=error evil=1\n");
    assert_eq!(shown("label-twice", &["a"]), "evil=y\n", "the later one counts");
    assert_eq!(shown("label-level", &["a"]), "level=shouting\n", "the set is open");
    assert_eq!(shown("label-dropped", &["a", "b"]), "\n", "it goes with its line");
    let control = shown("label-control", &["a"]);
    assert!(control.starts_with("evil=evil [2J ]52;c;"), "{control:?}");
    assert_safe(control.trim_end());
    assert_eq!(shown("pass", &["a"]), "\n");
}

#[test]
fn labels_of_every_line_take_no_time() {
    let lines = vec!["a line"; MAX_BATCH_LINES];
    let mut chain = chain_of("label");
    let begin = Instant::now();
    for _ in 0..4 {
        assert_eq!(processed(&mut chain, &lines).labels.len(), 2 * lines.len());
    }
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
}

#[test]
fn a_filter_reads_only_the_variables_that_it_was_granted() {
    let filter = filter_with("read-env", &["env:EVIL_GRANTED", "env:PATH"]);
    // The second stream is another instance, with the same grants.
    for mut chain in [chain(&[&filter]), chain(&[&filter])] {
        let seen = String::from_utf8(processed(&mut chain, &["x"]).bytes).unwrap();
        assert!(seen.contains("EVIL_GRANTED=Ok(None)"), "{seen}");
        assert!(seen.contains(r#"EVIL_MISSING=Err(Error { code: "denied""#), "{seen}");
        assert!(seen.contains(r#"PATH=Err(Error { code: "denied""#), "granted, but not asked for: {seen}");
    }
}

#[test]
fn a_filter_that_fails_before_its_first_line_may_say_why() {
    let error = load(&FILTER, "error-configure", &[]).err().unwrap();
    assert!(matches!(&error.failure, Failure::Said(words) if words.starts_with("evil [2J")), "{error}");
}
