//! A person's terminal, which `script` plays: the live line, and what stays on the screen.

use sortie_tests::Output;
use sortie_tests::Sortie;

/// Clears the line that the cursor is on.
const CLEAR: &str = "\r\x1b[2K";

/// Runs sortie in a terminal. Everything that reached the screen is its standard output.
fn in_a_terminal(sortie: Sortie) -> Output {
    // The variable keeps the quotes of the arguments, whatever they hold.
    sortie.within(r#"script --quiet --return --command "$(printf '%q ' "$@")" /dev/null"#).run()
}

fn run() -> Sortie {
    Sortie::new()
        .args(["run", "--backend", "process"])
        .env("TERM", "xterm-256color")
        .script("echo one; sleep 1; echo two; exit 3")
}

#[test]
fn live_line_goes_away_before_anything_else_is_written() {
    let output = in_a_terminal(run());
    output.assert_code(3);
    let screen = output.text();
    assert!(screen.contains(&format!("{CLEAR}\x1b[2m")) && screen.contains("running · 0."), "{output}");
    // What remains of each line once the terminal has done what it was told.
    let lines: Vec<&str> =
        screen.split("\r\n").map(|line| line.rsplit(CLEAR).next().unwrap_or_default()).collect();
    assert_eq!(lines.iter().filter(|line| **line == "one" || **line == "two").count(), 2, "{lines:#?}");
    assert!(lines.iter().all(|line| !line.contains(" · ")), "{lines:#?}");
}

#[test]
fn live_line_counts_down_what_is_left_of_a_stop() {
    let stubborn = "trap '' TERM; sleep 0.5; kill -INT $PPID; while :; do sleep 0.1; done";
    let sortie = Sortie::new().args(["run", "--backend", "process", "--stop-timeout", "4s"]);
    let output = in_a_terminal(sortie.env("TERM", "xterm-256color").script(stubborn));
    output.assert_code(130);
    let screen = output.text();
    for left in ["waiting for container `process` to stop (killed in 2 s) · ", "(killed in 1 s) · "] {
        assert!(screen.contains(left), "no {left:?}\n{output}");
    }
    assert!(!screen.contains("to stop (killed in 2 s)\r\n"), "it stands in the live line alone\n{output}");
}

#[test]
fn no_live_line_in_a_ci_system_that_has_terminals() {
    for (name, value) in [("CI", "true"), ("TERM", "dumb")] {
        let output = in_a_terminal(run().env(name, value));
        output.assert_code(3);
        assert!(!output.text().contains(CLEAR) && output.text().contains("one\r\n"), "{output}");
    }
}
