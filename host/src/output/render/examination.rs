//! What `sortie doctor` found.

use std::fmt::Write as _;

use anstyle::Style;

use super::style::Styles;
use super::text;
use crate::report::examination::Check;
use crate::report::examination::Outcome;

/// A line for each thing that was looked at, and one below it with what to do.
pub fn render(checks: &[Check], styles: &Styles) -> String {
    let width = checks.iter().map(|check| check.name.chars().count()).max().unwrap_or_default();
    let mut out = String::new();
    for check in checks {
        let (word, style) = outcome(check.outcome, styles);
        let (name, said) = (text::one_line(&check.name), text::one_line(&check.said));
        // Writing to a string does not fail.
        let _ = writeln!(out, "{style}{word:WORD$}{style:#}  {name:width$}  {said}");
        if let Some(remedy) = &check.remedy {
            let dim = styles.dim;
            let _ = writeln!(out, "{:WORD$}  {:width$}  {dim}{}{dim:#}", "", "", text::one_line(remedy));
        }
    }
    out
}

/// Columns of the longest word.
const WORD: usize = "problem".len();

fn outcome(outcome: Outcome, styles: &Styles) -> (&'static str, Style) {
    match outcome {
        Outcome::Ok => ("ok", styles.good),
        Outcome::Unsure => ("unsure", styles.warning),
        Outcome::Problem => ("problem", styles.bad),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_has_a_line_and_what_to_do_stands_below() {
        let checks = [
            Check::ok("settings", "sortie.toml is read"),
            Check::unsure("network", "routes are not looked at", ""),
            Check::problem("log", "there is no log group /ecs/\u{1b}[2Jx", "make it"),
        ];
        insta::assert_snapshot!(render(&checks, &Styles::default()), @r"
        ok       settings  sortie.toml is read
        unsure   network   routes are not looked at
        problem  log       there is no log group /ecs/\u{1b}[2Jx
                           make it
        ");
    }
}
