//! Named values that are broken over lines and batches.

use regex::bytes::RegexBuilder;
use sortie_plugin_sdk::Pattern;

use super::clothes::base64;
use super::redactor;

const TOKEN: &str = "s3cr3tTok3nXyZ01";
const PASSWORD: &str = "it's a p&ss\"word-é$ 12";

/// What is printed, in one batch and in others, which must make no difference, and without the search.
fn printed(values: &[&str], log: &str) -> String {
    let whole = redactor(values).run(log.as_bytes());
    let ends: Vec<usize> = log.match_indices('\n').map(|(end, _)| end + 1).collect();
    let cut = redactor(values).run_cut(log.as_bytes(), &ends);
    assert_eq!(String::from_utf8_lossy(&cut), String::from_utf8_lossy(&whole), "in batches of a line");
    let alone = redactor(values).ungated().run(log.as_bytes());
    assert_eq!(String::from_utf8_lossy(&alone), String::from_utf8_lossy(&whole), "without the search");
    String::from_utf8(whole).expect("UTF-8")
}

/// A text in lines of so many characters.
fn wrapped(text: &str, width: usize) -> String {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(width).map(|line| line.iter().collect::<String>() + "\n").collect()
}

#[test]
fn a_value_that_is_broken_anywhere_is_masked() {
    for value in [TOKEN, PASSWORD, "correct-horse-battery-staple"] {
        // Where it has letters enough to be told.
        let told = if value == PASSWORD { value.find("-é").expect("there") } else { 4 };
        let places: Vec<usize> =
            value.char_indices().map(|(place, _)| place).filter(|place| *place >= told).collect();
        for place in places {
            let (first, rest) = value.split_at(place);
            // As a terminal, a person with a backslash, and YAML do it.
            for between in ["\n", "\r\n", "\n    "] {
                let out = printed(&[value], &format!("a line\nx={first}{between}{rest} y\nlast\n"));
                let is_space = first.ends_with(' ') || rest.starts_with(' ');
                assert!(
                    is_space || out.contains("x=***") && out.contains("*** y\nlast"),
                    "{first}|{rest}: {out}"
                );
                assert!(rest.len() < 4 || !out.contains(rest.trim()), "{first}|{rest}: {out}");
            }
        }
    }
}

/// Nobody looks at a line for its last three bytes.
#[test]
fn of_a_value_that_is_broken_early_the_rest_is_masked() {
    for value in [TOKEN, PASSWORD, "hunter2-xY"] {
        for place in if value == PASSWORD { 1..12 } else { 1..4 } {
            let (first, rest) = value.split_at(place);
            let out = printed(&[value], &format!("x={first}\n{rest} y\n"));
            assert_eq!(out.replace("\n ", "\n"), format!("x={first}\n*** y\n"));
        }
    }
}

#[test]
fn base64_in_lines_is_masked_wherever_it_is_broken() {
    for width in [40, 64, 76] {
        for before in (0..90).step_by(4) {
            let text =
                format!("{}{TOKEN} and what follows it, for some lines more of base64", "x".repeat(before));
            let log = wrapped(&base64(text.as_bytes()), width);
            let out = printed(&[TOKEN], &log);
            // What is left of it, letter by letter, is not what it was.
            let letters: String = out.split('\n').collect::<Vec<_>>().concat();
            let part = &base64(&TOKEN.as_bytes()[(3 - before % 3) % 3..])[..8];
            assert!(out.contains("***"), "{width} {before}: {out}");
            assert!(!letters.contains(&part[2..]), "{width} {before}: {out}");
        }
    }
}

#[test]
fn a_key_in_base64_is_masked_line_by_line() {
    let body: String = (0..20).map(|line| format!("{line:02}{}\n", "qL7vK2xZ9".repeat(7))).collect();
    let key = format!("-----BEGIN SECRET-----\n{body}-----END SECRET-----\n");
    let out = printed(&[&key], &format!("begin\n{}end\n", wrapped(&base64(key.as_bytes()), 76)));
    let rest = out.lines().filter(|line| !["begin", "end"].contains(line) && !line.contains("***"));
    assert_eq!(rest.count(), 0, "{out}");
    assert!(out.lines().all(|line| line.len() <= 16), "{out}");
}

#[test]
fn hexadecimal_in_lines_is_masked() {
    let digits: String =
        format!("{}{PASSWORD}", "x".repeat(17)).bytes().map(|byte| format!("{byte:02x}")).collect();
    let out = printed(&[PASSWORD], &wrapped(&digits, 60));
    assert_eq!(out, format!("{}***\n***\n", "78".repeat(17)));
}

#[test]
fn a_line_that_only_looks_like_a_beginning_stays() {
    let log = "x=s3cr3t\nx=s3cr3tTok3n\nother\ns3cr3tTok3nXyZ0\n\n1\n";
    assert_eq!(printed(&[TOKEN], log), log);
    let mut driver = redactor(&[TOKEN]);
    driver.push(&sortie_plugin_sdk::testing::Chunk { lines: vec![b"x=s3cr3t".to_vec()], partial: false });
    assert!(driver.take_output().is_empty() && driver.follow(), "it waits for the next line");
    driver.tick();
    assert_eq!(driver.take_output(), b"x=s3cr3t\n", "but not for long");
    assert!(!driver.follow());
}

#[test]
fn a_line_in_pieces_comes_after_what_waited() {
    let long = "x".repeat(crate::stream::WINDOW + 1);
    let log = format!("x=s3cr3t\n{long}\ny=s3cr3t\n");
    assert_eq!(printed(&[TOKEN], &log), log);
}

/// What is shown for no reason takes time.
#[test]
fn a_whole_value_does_not_seem_to_go_on() {
    for value in ["correct-horse-battery-staple", "s3cr3t/with+chars==", TOKEN, PASSWORD] {
        let interests = redactor(&[value]).interests().expect("declared");
        let opening = interests.iter().filter(|interest| interest.opens);
        for interest in opening {
            let expression = match &interest.pattern {
                Pattern::Regex(expression) => expression.clone(),
                Pattern::Literal(text) => regex::escape(&String::from_utf8_lossy(text)),
            };
            let regex = RegexBuilder::new(&expression).unicode(false).build().expect("an expression");
            for line in [format!("x={value}"), format!("{{\"k\":\"{value}\"}}"), format!("{value} and more")]
            {
                assert!(!regex.is_match(line.as_bytes()), "{expression} in {line}");
            }
        }
    }
}

#[test]
fn a_whole_line_of_a_value_does_not_wait_for_the_next() {
    for gated in [true, false] {
        let driver = redactor(&["line one\nline two"]);
        let mut driver = if gated { driver } else { driver.ungated() };
        driver
            .push(&sortie_plugin_sdk::testing::Chunk { lines: vec![b"x line one".to_vec()], partial: false });
        assert_eq!(driver.take_output(), b"x ***\n");
    }
}

#[test]
fn short_lines_of_a_value_are_masked_between_their_neighbours() {
    let value = "-----BEGIN X-----\nlong enough\nab\n1\nlong again\nxyz\n";
    let log = format!("ab\nxyz\n{value}ab\n");
    assert_eq!(printed(&[value], &log), "ab\nxyz\n***\n***\n***\n***\n***\n***\nab\n");
    let log = "a | long enough\na | ab\na | 1\na | long again\nb | xyz\n";
    assert_eq!(printed(&[value], log), "a | ***\na | ***\na | ***\na | ***\nb | xyz\n");
    let log = "long enough\nab\nsomething else\n";
    assert_eq!(printed(&[value], log), "***\nab\nsomething else\n");
}
