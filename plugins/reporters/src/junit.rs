//! JUnit XML: the run as a test suite, which nearly every CI system shows (GitLab, CircleCI, Azure, Jenkins,
//! TeamCity, Buildkite).
//!
//! A test case for each step of the task's work and for each container. What is written is valid for both of
//! the schemas that are in use, the strict one of windyroad/JUnit-Schema (`JUnit.xsd`) and that of Jenkins'
//! xUnit plugin (`junit-10.xsd`): a time without a zone, at most three decimals, and elements in one order.

use std::fmt::Write as _;

use sortie_story::Story;
use sortie_story::plain;
use sortie_story::timestamp;

use crate::form::Form;
use crate::voice::Voice;

/// Name of the file, as the grant calls it.
pub const REPORT_FILE: &str = "report";

/// Steps and containers that are told of.
const MAX_CASES: usize = 1_000;

/// The reporter.
#[derive(Default)]
pub struct Junit;

impl Form for Junit {
    fn files(&self) -> &'static [&'static str] {
        &[REPORT_FILE]
    }

    fn finished(&mut self, story: &Story, voice: &mut Voice<'_>) {
        let began_ms = voice.at_ms - story.elapsed_ms;
        voice.write(REPORT_FILE, &document(story, began_ms));
    }
}

/// A test case.
struct Case {
    class: String,
    name: String,
    seconds: f64,
    /// Type, message and text of a failure.
    failure: Option<[String; 3]>,
}

/// The document; `began_ms` is when the run began, in milliseconds since the Unix epoch.
fn document(story: &Story, began_ms: f64) -> String {
    let cases = cases(story);
    let failures = cases.iter().filter(|case| case.failure.is_some()).count();
    let title = story.title();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    // Writing to a string does not fail.
    let _ = write!(
        xml,
        "<testsuite id=\"0\" package=\"sortie\" name=\"{}\" timestamp=\"{}\" hostname=\"localhost\" tests=\"{}\" \
         failures=\"{failures}\" errors=\"0\" time=\"{}\">\n<properties>\n",
        escape(title),
        timestamp::without_zone(began_ms),
        cases.len(),
        seconds(story.elapsed_ms),
    );
    let properties = [("task", story.id().unwrap_or_default()), ("verdict", &story.finished.verdict)];
    for (name, value) in properties {
        let _ = writeln!(xml, "<property name=\"{name}\" value=\"{}\"/>", escape(value));
    }
    xml.push_str("</properties>\n");
    for case in &cases {
        let (class, name, time) = (escape(&case.class), escape(&case.name), seconds(case.seconds * 1e3));
        let _ = write!(xml, "<testcase classname=\"{class}\" name=\"{name}\" time=\"{time}\"");
        match &case.failure {
            None => xml.push_str("/>\n"),
            Some([kind, message, text]) => {
                let (kind, message, text) = (escape(kind), escape(message), escape(text));
                let _ = writeln!(
                    xml,
                    "><failure type=\"{kind}\" message=\"{message}\">{text}</failure></testcase>"
                );
            }
        }
    }
    let tails: Vec<String> = story
        .tails()
        .iter()
        .map(|tail| {
            let lines: Vec<String> = tail.lines.iter().map(|line| plain::line(line)).collect();
            format!("{}:\n{}\n", plain::line(&tail.container), lines.join("\n"))
        })
        .collect();
    let _ = write!(
        xml,
        "<system-out>{}</system-out>\n<system-err></system-err>\n</testsuite>\n</testsuites>\n",
        escape(&tails.concat())
    );
    xml
}

fn cases(story: &Story) -> Vec<Case> {
    let title = story.title();
    let failure = |message: &str, text: String| {
        Some([story.finished.verdict.clone(), plain::line(message), plain::lines(&text)])
            .filter(|_| !story.finished.succeeded())
    };
    let failing = story.failing_step();
    let reason = story.failure().map(|failure| failure.message).unwrap_or_default();
    // Where a step failed, the last lines are its own; they are what a list of failed tests shows.
    let last_lines = story.tails().into_iter().find(|tail| story.is_main(&tail.container));
    let last_lines = last_lines.map(|tail| tail.lines).unwrap_or_default();
    let of_step =
        last_lines.iter().fold(reason.clone(), |text, line| format!("{text}\n{}", plain::line(line)));
    let step = |(index, step): (usize, &sortie_story::Step)| {
        let failed = failing.is_some_and(|failing| std::ptr::eq(failing, step));
        Case {
            class: format!("{title}.steps"),
            name: plain::line(&step.title),
            seconds: story.step_ms(index).unwrap_or_default() / 1e3,
            failure: failed.then(|| failure(&story.finished.reason, of_step.clone())).flatten(),
        }
    };
    let ran = story.finished.phases.iter().find(|phase| phase.name == "run");
    let ran = ran.map_or(0.0, |phase| phase.duration_ms / 1e3);
    let container = |end: &sortie_plugin_sdk::reporter::ContainerEnd| {
        let failed = story.is_main(&end.name) || end.exit_code.is_some_and(|code| code != 0);
        let message = if end.reason.is_empty() { &story.finished.reason } else { &end.reason };
        Case {
            class: format!("{title}.containers"),
            name: plain::line(&end.name),
            seconds: ran,
            failure: failed.then(|| failure(message, reason.clone())).flatten(),
        }
    };
    let steps = story.steps.iter().enumerate().map(step);
    let mut cases: Vec<Case> =
        steps.chain(story.finished.containers.iter().map(container)).take(MAX_CASES).collect();
    // A task that was never launched has no container that could have failed.
    if !cases.iter().any(|case| case.failure.is_some()) {
        cases.push(Case {
            class: title.to_owned(),
            name: "run".to_owned(),
            seconds: story.elapsed_ms / 1e3,
            failure: failure(&story.finished.reason, reason.clone()),
        });
    }
    cases
}

/// Milliseconds as seconds of three decimals.
fn seconds(milliseconds: f64) -> String {
    // A conversion that saturates: what is no length of time is none.
    let milliseconds = milliseconds as u64;
    format!("{}.{:03}", milliseconds / 1_000, milliseconds % 1_000)
}

/// Text in XML, in an attribute too. What XML 1.0 cannot hold (section 2.2) is U+FFFD.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\n' | '\t' => escaped.push(character),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(
            escape("<a b=\"'\">]]>\u{1b}\0\u{ffff}ü"),
            "&lt;a b=&quot;&apos;&quot;&gt;]]&gt;\u{fffd}\u{fffd}\u{fffd}ü"
        );
        assert_eq!((seconds(12_345.6), seconds(-1.0)), ("12.345".to_owned(), "0.000".to_owned()));
    }
}
