//! The last lines of a run: how it ended, where the time went, whether the log is complete.

use std::cmp::Reverse;
use std::time::Duration;
use std::time::SystemTime;

use super::notices::PREFIX;
use super::style::Styles;
use super::text;
use crate::report::Link;
use crate::report::Phase;
use crate::report::PhaseName;
use crate::report::PluginCounter;
use crate::report::RunReport;
use crate::report::Step;
use crate::report::Verdict;
use crate::unix_time;

/// The summary. With -q only what is not as it should be: how a run failed, and the task's page; with -qq
/// nothing.
pub fn render(report: &RunReport, elapsed: Duration, styles: &Styles, verbosity: i8) -> String {
    let mut lines = Vec::new();
    let good = report.verdict == Verdict::Succeeded;
    if verbosity < -1 || (good && verbosity < 0) {
        return String::new();
    }
    let verdict_style = if good { styles.good } else { styles.bad };
    let verdict = report.verdict.as_str().replace('-', " ");
    let reason = match report.reason.is_empty() {
        true => String::new(),
        false => format!(": {}", text::one_line(&report.reason)),
    };
    let after =
        took(report, elapsed).map_or_else(String::new, |took| format!(" after {}", text::duration(took)));
    lines.push(format!(
        "{verdict_style}{verdict}{verdict_style:#} (exit code {}){after}{reason}",
        report.exit_code
    ));
    if !report.hint.is_empty() {
        let strong = styles.strong;
        lines.push(format!("  {strong}hint{strong:#}: {}", text::one_line(&report.hint)));
    }
    if verbosity >= 0 {
        lines.extend(details(report, styles));
    }
    for failure in &report.plugin_failures {
        let bad = styles.bad;
        lines.push(format!("  {bad}plugin{bad:#}: {}", text::one_line(failure)));
    }
    let links = if verbosity < 0 { 1 } else { report.links.len() };
    for Link { name, url, .. } in report.links.iter().take(links) {
        lines.push(format!("  {}: {}", text::one_line(name), text::one_line(url)));
    }
    lines.iter().map(|line| format!("{PREFIX} {line}\n")).collect()
}

/// Where the time went, how each container ended, what came of the log.
fn details(report: &RunReport, styles: &Styles) -> Vec<String> {
    let mut lines = Vec::new();
    if !report.phases.is_empty() {
        let phases: Vec<String> = report
            .phases
            .iter()
            .map(|phase| format!("{} {}", phase.name.as_str(), phase_duration(phase)))
            .collect();
        lines.push(format!("  time: {}", phases.join(", ")));
    }
    lines.extend(steps_lines(report));
    if !report.outputs.is_empty() {
        let names: Vec<&str> = report.outputs.keys().map(String::as_str).collect();
        lines.push(format!("  outputs: {}", names.join(", ")));
    }
    if report.containers.len() > 1 {
        for container in &report.containers {
            let code =
                container.exit_code.map_or_else(|| "no exit code".into(), |code| format!("exit code {code}"));
            let main = if container.name == report.main_container { " (main)" } else { "" };
            let reason = match container.reason.is_empty() {
                true => String::new(),
                false => format!(", {}", text::one_line(&container.reason)),
            };
            lines.push(format!("  container {}{main}: {code}{reason}", text::one_line(&container.name)));
        }
    }
    if !report.logs.is_empty() {
        lines.push(log_line(report, styles));
    }
    lines.extend(counters_lines(report));
    lines
}

/// How many steps are shown: the longest.
const SHOWN_STEPS: usize = 20;

/// How long each step of the task's own work took.
fn steps_lines(report: &RunReport) -> Vec<String> {
    let mut shown: Vec<(usize, &Step)> = report.steps.iter().enumerate().collect();
    if shown.is_empty() {
        return Vec::new();
    }
    let failed = matches!(report.verdict, Verdict::Failed | Verdict::OutOfMemory);
    let is_failed = |step: &Step| failed && step.last && step.container == report.main_container;
    shown.sort_by_key(|(_, step)| (!is_failed(step), Reverse(step.duration)));
    let rest = shown.split_off(shown.len().min(SHOWN_STEPS));
    shown.sort_by_key(|(index, _)| *index);
    let durations: Vec<String> = shown.iter().map(|(_, step)| text::duration(step.duration)).collect();
    let width = durations.iter().map(String::len).max().unwrap_or_default();
    let several = report.steps.iter().any(|step| step.index != report.steps[0].index);
    let line = |((_, step), duration): (&(usize, &Step), &String)| {
        let whose = if several { format!("{}: ", text::one_line(&step.container)) } else { String::new() };
        let end = if is_failed(step) { " (failed)" } else { "" };
        format!("    {duration:>width$}  {whose}{}{end}", text::one_line(&step.title))
    };
    let mut lines = vec!["  steps:".to_owned()];
    lines.extend(shown.iter().zip(&durations).map(line));
    if !rest.is_empty() {
        let took = rest.iter().map(|(_, step)| step.duration).sum();
        let more = text::counted(rest.len() as u64, "shorter one");
        lines.push(format!("    and {more}, {} together", text::duration(took)));
    }
    lines
}

/// How long a phase took. Between two stamps of whole seconds it may have been a second more or less: without
/// a word, a part would last longer than the whole.
fn phase_duration(phase: &Phase) -> String {
    let whole = |time: &SystemTime| unix_time::millis(*time) % 1000 == 0;
    let rough = phase.started_at.as_ref().is_some_and(whole) && phase.duration.subsec_millis() == 0;
    match (rough, phase.duration.as_secs()) {
        (false, _) => text::duration(phase.duration),
        (true, 0) => "< 1 s".to_owned(),
        (true, _) => format!("~{}", text::whole_seconds(phase.duration)),
    }
}

/// How long it took: from the launch, or, where somebody else launched it, as long as the task ran.
fn took(report: &RunReport, elapsed: Duration) -> Option<Duration> {
    let phase = |name| report.phases.iter().find(|phase| phase.name == name).map(|phase| phase.duration);
    // Who only waits for a task has launched nothing and reads no log.
    let waited = phase(PhaseName::Launch).is_none() && report.logs.is_empty() && !report.phases.is_empty();
    if waited { phase(PhaseName::Run) } else { Some(elapsed) }
}

/// What filters counted, a line each, summed up over the containers.
fn counters_lines(report: &RunReport) -> Vec<String> {
    let mut of_filters: Vec<(&str, Vec<(&str, f64)>)> = Vec::new();
    for PluginCounter { plugin, name, value, .. } in &report.counters {
        let at = match of_filters.iter().position(|(filter, _)| filter == plugin) {
            Some(at) => at,
            None => {
                of_filters.push((plugin, Vec::new()));
                of_filters.len() - 1
            }
        };
        let sums = &mut of_filters[at].1;
        match sums.iter_mut().find(|(counted, _)| counted == name) {
            Some((_, sum)) => *sum += value,
            None => sums.push((name, *value)),
        }
    }
    let line = |(filter, sums): (&str, Vec<(&str, f64)>)| {
        let sums = sums.into_iter();
        let sums = sums.map(|(name, sum)| format!("{} {sum}", text::one_line(name).replace('-', " ")));
        format!("  counted by {}: {}", text::one_line(filter), sums.collect::<Vec<_>>().join(", "))
    };
    of_filters.into_iter().map(line).collect()
}

fn log_line(report: &RunReport, styles: &Styles) -> String {
    let lines: u64 = report.logs.iter().map(|log| log.lines).sum();
    let bytes: u64 = report.logs.iter().map(|log| log.bytes).sum();
    let missing: Vec<String> = report
        .logs
        .iter()
        .filter_map(|log| {
            log.incomplete.as_ref()?;
            Some(text::one_line(&log.container))
        })
        .collect();
    let state = match missing.is_empty() {
        true => match report.logs.iter().filter_map(|log| log.waited).min() {
            Some(waited) => format!("complete (waited {} after the end)", text::duration(waited)),
            None => "complete".to_owned(),
        },
        false => {
            let warning = styles.warning;
            format!("{warning}incomplete{warning:#}: {}", missing.join(", "))
        }
    };
    format!("  log: {}, {}, {state}", text::counted(lines, "line"), text::counted(bytes, "byte"))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    const ELAPSED: Duration = Duration::from_millis(70_000);

    use super::*;
    use crate::exit::ExitCode;
    use crate::report::ContainerEnd;
    use crate::report::ContainerLog;

    pub(crate) fn report() -> RunReport {
        RunReport {
            id: "arn:aws:ecs:eu-west-1:123456789012:task/ci/abc".into(),
            exit_code: ExitCode(5),
            verdict: Verdict::Failed,
            reason: "container `app` ended with 5".into(),
            hint: String::new(),
            main_container: "app".into(),
            containers: vec![
                ContainerEnd {
                    name: "app".into(),
                    exit_code: Some(5),
                    reason: String::new(),
                    out_of_memory: false,
                },
                ContainerEnd {
                    name: "proxy".into(),
                    exit_code: None,
                    reason: "never\nran".into(),
                    out_of_memory: false,
                },
            ],
            logs: vec![ContainerLog {
                container: "app".into(),
                lines: 20_000,
                bytes: 1_234_567,
                incomplete: None,
                waited: None,
            }],
            phases: vec![
                Phase::lasting(PhaseName::Provisioning, Duration::from_millis(3_100)),
                Phase::lasting(PhaseName::Run, Duration::from_millis(61_000)),
            ],
            steps: Vec::new(),
            outputs: BTreeMap::new(),
            links: vec![Link {
                name: "task".into(),
                url: "https://console.example/task".into(),
                container: None,
            }],
            plugin_failures: Vec::new(),
            counters: Vec::new(),
            tails: Vec::new(),
        }
    }

    #[test]
    fn a_failed_run() {
        insta::assert_snapshot!(render(&report(), ELAPSED, &Styles::new(false), 0), @r"
        sortie: failed (exit code 5) after 1 min 10 s: container `app` ended with 5
        sortie:   time: provisioning 3.1 s, run 1 min 01 s
        sortie:   container app (main): exit code 5
        sortie:   container proxy: no exit code, never / ran
        sortie:   log: 20,000 lines, 1,234,567 bytes, complete
        sortie:   task: https://console.example/task
        ");
    }

    fn step(index: usize, title: &str, millis: u64, last: bool) -> Step {
        Step {
            container: if index == 0 { "app".into() } else { "proxy".into() },
            index,
            title: title.into(),
            started_at: None,
            duration: Duration::from_millis(millis),
            last,
        }
    }

    #[test]
    fn the_steps_of_a_failed_run() {
        let mut report = report();
        report.steps = vec![
            step(0, "terraform init", 1_250, false),
            step(0, "terraform plan -out x", 72_000, false),
            step(0, "./kops.sh validate", 12_000, true),
        ];
        report.outputs = ["url", "version"].map(|name| (name.to_owned(), "x".to_owned())).into();
        report.reason.push_str("; failed in step `./kops.sh validate` after 12.0 s");
        insta::assert_snapshot!(render(&report, ELAPSED, &Styles::new(false), 0), @r"
        sortie: failed (exit code 5) after 1 min 10 s: container `app` ended with 5; failed in step `./kops.sh validate` after 12.0 s
        sortie:   time: provisioning 3.1 s, run 1 min 01 s
        sortie:   steps:
        sortie:          1.2 s  terraform init
        sortie:     1 min 12 s  terraform plan -out x
        sortie:         12.0 s  ./kops.sh validate (failed)
        sortie:   outputs: url, version
        sortie:   container app (main): exit code 5
        sortie:   container proxy: no exit code, never / ran
        sortie:   log: 20,000 lines, 1,234,567 bytes, complete
        sortie:   task: https://console.example/task
        ");
    }

    #[test]
    fn of_many_steps_the_longest_are_shown_in_their_order() {
        let mut report = report();
        report.steps = (0..30).map(|n| step(0, &format!("step {n}"), 1_000 + n * 10, false)).collect();
        // The one that failed is shown, however short it was.
        report.steps.insert(0, step(1, "of another\u{1b}[2J", 9_000, true));
        report.steps.push(step(0, "the last", 5, true));
        let text = render(&report, ELAPSED, &Styles::new(false), 0);
        let shown: Vec<&str> = text.lines().filter(|line| line.starts_with("sortie:     ")).collect();
        assert_eq!(shown.len(), SHOWN_STEPS + 1, "{text}");
        assert_eq!(shown[0], "sortie:     9.0 s  proxy: of another\\u{1b}[2J");
        assert_eq!(shown[1], "sortie:     1.1 s  app: step 12");
        assert_eq!(
            shown[19..],
            ["sortie:     0.0 s  app: the last (failed)", "sortie:     and 12 shorter ones, 12.7 s together"]
        );
    }

    #[test]
    fn stamps_of_whole_seconds_give_no_tenths() {
        let phase = |started: u64, lasted: u64| {
            let started_at = Some(SystemTime::UNIX_EPOCH + Duration::from_millis(started));
            phase_duration(&Phase {
                started_at,
                ..Phase::lasting(PhaseName::Pull, Duration::from_millis(lasted))
            })
        };
        assert_eq!((phase(5_000, 1_000), phase(5_000, 0)), ("~1 s".to_owned(), "< 1 s".to_owned()));
        assert_eq!((phase(5_001, 1_000), phase(5_000, 1_200)), ("1.0 s".to_owned(), "1.2 s".to_owned()));
        assert_eq!(phase_duration(&Phase::lasting(PhaseName::Run, Duration::from_secs(1))), "1.0 s");
    }

    #[test]
    fn one_byte_is_not_bytes() {
        let mut report = report();
        (report.logs[0].lines, report.logs[0].bytes) = (1, 1);
        assert!(render(&report, ELAPSED, &Styles::new(false), 0).contains("log: 1 line, 1 byte, complete"));
    }

    #[test]
    fn a_log_without_an_end_of_its_own_says_how_long_was_waited() {
        let mut report = report();
        let log =
            |waited| ContainerLog { waited: Some(Duration::from_millis(waited)), ..report.logs[0].clone() };
        report.logs = vec![log(10_400), log(5_020)];
        let text = render(&report, ELAPSED, &Styles::new(false), 0);
        assert!(text.contains("bytes, complete (waited 5.0 s after the end)\n"), "{text}");
        report.logs[0].incomplete = Some("no stream".into());
        let text = render(&report, ELAPSED, &Styles::new(false), 0);
        assert!(text.contains("bytes, incomplete: app\n"), "{text}");
    }

    #[test]
    fn a_quiet_run_says_what_went_wrong_and_nothing_else() {
        let good = RunReport { verdict: Verdict::Succeeded, exit_code: ExitCode(0), ..report() };
        assert_eq!(render(&good, ELAPSED, &Styles::new(false), -1), "");
        assert_eq!(render(&report(), ELAPSED, &Styles::new(false), -2), "");
        insta::assert_snapshot!(render(&report(), ELAPSED, &Styles::new(false), -1), @r"
        sortie: failed (exit code 5) after 1 min 10 s: container `app` ended with 5
        sortie:   task: https://console.example/task
        ");
    }

    #[test]
    fn what_filters_counted_is_summed_up_over_the_containers() {
        let counter = |plugin: &str, index, name: &str, value| PluginCounter {
            plugin: plugin.to_owned(),
            container: String::new(),
            index,
            name: name.to_owned(),
            value,
        };
        let mut report = report();
        report.counters = vec![
            counter("redact", 0, "masked-lines", 2.0),
            counter("redact", 0, "masked-values", 3.0),
            counter("quiet", 0, "dropped", 0.5),
            counter("redact", 1, "masked-lines", 4.0),
        ];
        let text = render(&report, ELAPSED, &Styles::new(false), 0);
        let counted: Vec<&str> = text.lines().filter(|line| line.contains("counted")).collect();
        let want = ["redact: masked lines 6, masked values 3", "quiet: dropped 0.5"];
        assert_eq!(counted, want.map(|line| format!("sortie:   counted by {line}")));
    }
}
