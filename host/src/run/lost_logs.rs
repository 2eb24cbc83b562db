//! Logs that should be there and are not: what is said of them, and which pages show nothing.

use crate::report::ContainerLog;
use crate::report::Link;
use crate::report::RunReport;
use crate::report::Verdict;

/// A sentence for every log that is not complete although its container has run and sortie can read such
/// logs: what cannot be read was said before the launch.
pub(super) fn warnings(report: &RunReport, reads_log_of: impl Fn(&str) -> bool) -> Vec<String> {
    let lost = report.logs.iter().filter(|log| has_run(report, log) && reads_log_of(&log.container));
    let lost = lost.filter_map(|log| Some((&log.container, log.incomplete.as_ref()?)));
    // Where it is what the run fails with, the first is the reason.
    let told = usize::from(report.verdict == Verdict::LogsIncomplete);
    let sentence =
        |(name, why): (&String, &String)| format!("the log of container `{name}` is incomplete: {why}");
    lost.map(sentence).skip(told).collect()
}

/// The pages without those of logs that were never begun.
pub(super) fn living_links(report: &RunReport) -> Vec<Link> {
    let is_dead = |link: &&Link| {
        let log =
            link.container.as_ref().and_then(|name| report.logs.iter().find(|log| log.container == *name));
        log.is_some_and(|log| log.lines == 0 && (log.incomplete.is_some() || !has_run(report, log)))
    };
    report.links.iter().filter(|link| !is_dead(link)).cloned().collect()
}

/// Whether the log's container has run, as far as anybody can tell.
fn has_run(report: &RunReport, log: &ContainerLog) -> bool {
    let end = report.containers.iter().find(|end| end.name == log.container);
    log.lines > 0 || end.is_none_or(|end| end.exit_code.is_some())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::exit::ExitCode;
    use crate::report::ContainerEnd;

    fn is_read(container: &str) -> bool {
        container != "silent"
    }

    /// One container with so many lines, its exit code, and why its log is incomplete.
    fn report(name: &str, lines: u64, code: Option<i32>, incomplete: Option<&str>) -> RunReport {
        let end =
            ContainerEnd { name: name.into(), exit_code: code, reason: String::new(), out_of_memory: false };
        let log = ContainerLog {
            incomplete: incomplete.map(str::to_owned),
            ..ContainerLog::complete(name, lines, lines)
        };
        let link = |name: &str, container: Option<&str>| Link {
            name: name.into(),
            url: "https://x".into(),
            container: container.map(str::to_owned),
        };
        RunReport {
            id: "task/1".into(),
            exit_code: ExitCode::SUCCESS,
            verdict: Verdict::Succeeded,
            reason: String::new(),
            hint: String::new(),
            main_container: name.into(),
            containers: vec![end],
            logs: vec![log],
            phases: Vec::new(),
            steps: Vec::new(),
            outputs: BTreeMap::new(),
            links: vec![link("task", None), link("log", Some(name))],
            plugin_failures: Vec::new(),
            counters: Vec::new(),
            tails: Vec::new(),
        }
    }

    #[test]
    fn only_a_log_that_should_be_there_is_missed() {
        for (name, lines, code, incomplete, said) in [
            ("app", 0, Some(0), Some("no group"), true),
            ("app", 3, None, Some("broken off"), true),
            ("app", 3, Some(1), None, false),
            // It never ran, so nothing is missing.
            ("app", 0, None, Some("no stream"), false),
            ("silent", 0, Some(0), Some("splunk"), false),
        ] {
            let warnings = warnings(&report(name, lines, code, incomplete), is_read);
            assert_eq!(!warnings.is_empty(), said, "{name} {lines} {code:?} {incomplete:?}: {warnings:?}");
        }
        let mut failed = report("app", 0, Some(0), Some("no group"));
        failed.verdict = Verdict::LogsIncomplete;
        assert_eq!(warnings(&failed, is_read), Vec::<String>::new(), "the reason says it");
    }

    #[test]
    fn pages_that_show_nothing_are_left_out() {
        let links = |lines, code, incomplete| living_links(&report("app", lines, code, incomplete)).len();
        assert_eq!(
            (links(1, Some(0), None), links(0, Some(0), None), links(1, Some(0), Some("cut"))),
            (2, 2, 2)
        );
        assert_eq!((links(0, None, None), links(0, Some(0), Some("no stream"))), (1, 1));
    }
}
