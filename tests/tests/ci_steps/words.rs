//! How an input becomes words: as a shell would have it, of which nothing is expanded.

use std::process::Command;

use sortie_tests::servers::cache;
use sortie_tests::servers::repository;

fn of_the_action(text: &str) -> Vec<String> {
    let module = repository().join(".ci/steps/github/words.js");
    let program =
        "process.stdout.write(JSON.stringify(require(process.argv[1]).words(process.argv[2], 'args')))";
    let output = Command::new(cache().join("ci-tools/bin/node"))
        .args(["-e", program])
        .arg(module)
        .arg(text)
        .output()
        .expect("node starts");
    assert!(output.status.success(), "{text:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("a list of words")
}

/// What `SORTIE_COMMAND` holds.
fn of_the_variable(text: &str) -> Vec<String> {
    sortie::settings::words::parse(text).expect("there are words")
}

fn of_a_shell(text: &str) -> Vec<String> {
    let output = Command::new("bash")
        .args(["-c", &format!("printf '%s\\0' {}", text.replace('\n', " "))])
        .output()
        .expect("bash starts");
    let text = String::from_utf8(output.stdout).expect("words are text");
    text.split_terminator('\0').map(str::to_owned).collect()
}

#[test]
fn words_are_a_shells() {
    for text in [
        "a b  c",
        "  --cluster ci\n--subnet subnet-1,subnet-2  ",
        r#"sh -c 'echo "$1" && exit 3' x"#,
        r#""a b"'c d'e\ f"#,
        r#"'' "" x"#,
        r#""\"\\\$\`\n""#,
        r"\'\\a",
        "'a\tb' ü'ß'",
        "a=b=c --x='y z'",
        r#""it's" 'say "x"'"#,
        "'&&' \"|\" \\;",
        "https://x/y?a=1'&'b=2",
    ] {
        assert_eq!(of_the_action(text), of_a_shell(text), "{text:?}");
        assert_eq!(of_the_variable(text), of_a_shell(text), "{text:?}");
    }
    assert_eq!(of_the_action("a \\\n b"), ["a", "b"]);
    assert_eq!(of_the_action(""), [""; 0]);
}

/// Whoever writes a variable or a pattern gets it as it is, and not what happens to be there.
#[test]
fn nothing_is_expanded() {
    let text = r#"$HOME "${HOME}" * ~ {a,b}"#;
    assert_eq!(of_the_action(text), ["$HOME", "${HOME}", "*", "~", "{a,b}"]);
}
