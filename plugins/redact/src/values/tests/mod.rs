//! Named values in all clothes.

mod clothes;
mod dumps;
mod programs;
mod spread;

use proptest::prelude::*;
use sortie_plugin_sdk::testing;
use sortie_plugin_sdk::testing::FilterDriver;

use crate::Redactor;

/// A redactor of these values alone.
fn redactor(values: &[&str]) -> FilterDriver<Redactor> {
    let json = serde_json::json!({ "builtin": false, "values": values }).to_string();
    testing::filter(&json).unwrap_or_else(|findings| panic!("refused: {findings:?}"))
}

/// What is left of each line, each alone, behind the host's search and without it.
fn masked(values: &[&str], lines: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let log = lines.join(&b'\n');
    let split = |log: Vec<u8>| -> Vec<Vec<u8>> {
        let log = log.strip_suffix(b"\n").expect("a line's end");
        log.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
    };
    let gated = split(redactor(values).run(&log));
    let alone = split(redactor(values).ungated().run(&log));
    if let Some(line) = (0..lines.len()).find(|line| gated[*line] != alone[*line]) {
        let [line, gated, alone] =
            [&lines[line], &gated[line], &alone[line]].map(|line| String::from_utf8_lossy(line));
        panic!("{values:?} in {line:?}: {gated:?} behind the search, {alone:?} without it");
    }
    gated
}

/// Fails unless what spells the value is gone but for a few bytes at its ends, and the rest is there.
fn check(value: &str, what: &str, spelt: &[u8], before: &[u8], after: &[u8], out: &[u8]) {
    let shown = || {
        let texts = [before, spelt, after, out].map(|text| String::from_utf8_lossy(text).into_owned());
        format!("{what} of {value:?}: {texts:?}")
    };
    let rest = out.strip_prefix(before).and_then(|out| out.strip_suffix(after));
    let Some(rest) = rest else { panic!("around: {}", shown()) };
    assert!(rest.windows(3).any(|part| part == b"***"), "not masked: {}", shown());
    // The quotes around it, the prefix of its first number, a letter of base64 at each end.
    assert!(rest.len() <= 3 + 16 && rest.len() < 3 + spelt.len(), "more than its ends is left: {}", shown());
}

/// A value in each of its clothes, in a line of its own.
fn check_all(value: &str) {
    for (before, after) in [("", ""), ("key: ", " end"), ("{\"k\":\"", "\"}"), ("x='", "' y")] {
        let all = clothes::of(value);
        let lines: Vec<Vec<u8>> =
            all.iter().map(|(_, spelt)| [before.as_bytes(), spelt, after.as_bytes()].concat()).collect();
        for ((what, spelt), out) in all.iter().zip(masked(&[value], &lines)) {
            check(value, what, spelt, before.as_bytes(), after.as_bytes(), &out);
        }
    }
}

/// Values of people and of generators.
const VALUES: [&str; 14] = [
    "s3cr3tTok3nXyZ01",
    "Pass<word>&123!\"q'x\\y+z=é/$1 w",
    "p@$$w'rd\"with&é",
    "a.*(b)[c]+$ {2}|^",
    "correct horse battery staple",
    "hunter2hunter2",
    "qW3rTy",
    "0123456789abcdef-key",
    "eW91J3JlIG5vdCBzdXBwb3NlZA==",
    "пароль-Zürich-€5😀",
    "x!9-password",
    "C:\\new\\table",
    "100%41&amp;lt;\\u0041%",
    "postgres://app:p%40ss@db/x?y='z'",
];

#[test]
fn values_are_masked_in_all_clothes() {
    VALUES.iter().for_each(|value| check_all(value));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_value_is_masked_in_all_clothes(
        value in "[a-zA-Z0-9]{0,3}[a-zA-Z0-9$&'\"\\\\%+/=<>!;:.,_~ é€-]{6,18}[a-zA-Z0-9]"
    ) {
        check_all(value.trim());
    }
}

#[test]
fn what_is_not_the_value_stays() {
    for (value, line) in [
        ("hunter2", "hun\\ter2 hun'ter2 hun\"\"ter2 hunter hunt%65r hunter-2"),
        ("abcd", "C:\\ab\\cd ab,cd [\"ab\",\"cd\"]"),
        ("it's-me", "its-me it\"s-me"),
        ("a.*c", "abc a..c a.*b"),
        ("1234", "12,34 1 2 3 4 12345678".replace("12345678", "123 45678").as_str()),
    ] {
        assert_eq!(masked(&[value], &[line.as_bytes().to_vec()])[0], line.as_bytes(), "{value}");
    }
}

/// The smallest part of a line is masked.
#[test]
fn nothing_around_a_value_is_masked() {
    for (value, line, out) in [
        ("it's-me", r#"{"k":"it's-me","l":1}"#, r#"{"k":"***","l":1}"#),
        ("'quoted'", r#"{"k":"'quoted'"}"#, r#"{"k":"***"}"#),
        ("\"quoted\"", r#"{"k":"\"quoted\""}"#, r#"{"k":"***"}"#),
        ("p&ss<word", "<a b='p&amp;ss&lt;word'>", "<a b='***'>"),
        ("hunter2-x", "a\x1b[1mb hun\x1b[31mter2\x1b[0m-x \x1b[0m", "a\x1b[1mb *** \x1b[0m"),
        ("s3cr3t-value", "dXNlcjpzM2NyM3QtdmFsdWU=", "dXNlcj***="),
        ("abcdef", "x 616263646566 y", "x *** y"),
    ] {
        let out_is = masked(&[value], &[line.as_bytes().to_vec()]);
        assert_eq!(String::from_utf8_lossy(&out_is[0]), out, "{value} in {line}");
    }
}
