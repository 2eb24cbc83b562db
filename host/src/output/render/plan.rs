//! What `sortie plan` shows a person.

use std::fmt::Write as _;

use super::style::Styles;
use super::text::visible;
use crate::report::plan::Comparison;
use crate::report::plan::Masked;
use crate::report::plan::PlanReport;
use crate::report::plan::PluginLine;
use crate::report::plan::TransformChange;
use crate::settings::shown::Row;
use crate::spec::ContainerSpec;
use crate::spec::diff;
use crate::spec::diff::Sign;

/// Columns of a list of grants: many variables stand on a few lines.
const WIDTH: usize = 90;

/// The plan as a person reads it.
pub fn render(report: &PlanReport, rows: &[Row], styles: &Styles) -> String {
    let mut text = String::new();
    let strong = styles.strong;
    let _ = writeln!(
        text,
        "{strong}Plan:{strong:#} {} on {}; nothing is launched",
        visible(&report.task.name),
        report.backend
    );
    for container in &report.task.containers {
        containers(&mut text, container, container.name == report.main_container);
    }
    if let Some(registers) = &report.registers {
        let _ = writeln!(text, "  registers {}", visible(registers));
    }
    if let Some(guard) = &report.guard {
        let _ = writeln!(text, "  guarded by {}", visible(guard));
    }
    if let Some(compared) = &report.compared {
        comparison(&mut text, compared, styles);
    }
    settings(&mut text, rows, styles);
    masked(&mut text, report, styles);
    plugins(&mut text, &report.plugins, styles);
    for change in &report.changes {
        changes(&mut text, change, styles);
    }
    for (operation, body) in &report.requests {
        heading(&mut text, &format!("Request {operation}"), styles);
        let body = serde_json::to_string_pretty(body).unwrap_or_default();
        for line in body.lines() {
            let _ = writeln!(text, "  {}", visible(line));
        }
    }
    if !report.warnings.is_empty() {
        heading(&mut text, "Warnings", styles);
        let warning = styles.warning;
        for message in &report.warnings {
            let _ = writeln!(text, "  {warning}!{warning:#} {}", visible(message));
        }
    }
    text
}

fn heading(text: &mut String, title: &str, styles: &Styles) {
    let strong = styles.strong;
    let _ = writeln!(text, "\n{strong}{}{strong:#}", visible(title));
}

/// What is registered on a line with `-`, what would be with `+`.
fn comparison(text: &mut String, compared: &Comparison, styles: &Styles) {
    heading(text, "Beside what is registered", styles);
    let _ = writeln!(text, "  {}", visible(&compared.said));
    for difference in &compared.differences {
        let _ = writeln!(text, "  {}", visible(&difference.path));
        for (sign, value) in [('-', &difference.registered), ('+', &difference.planned)] {
            if !value.is_null() {
                let _ = writeln!(text, "    {sign} {}", visible(&value.to_string()));
            }
        }
    }
}

fn containers(text: &mut String, container: &ContainerSpec, main: bool) {
    let role = match (main, container.essential) {
        (true, _) => " (its exit code counts)",
        (false, true) => " (essential)",
        (false, false) => "",
    };
    let _ = writeln!(text, "  container {}{role}", visible(&container.name));
    if !container.image.is_empty() {
        let _ = writeln!(text, "    image    {}", visible(&container.image));
    }
    if !container.command.is_empty() {
        let words: Vec<String> = container.command.iter().map(|word| quoted_word(word)).collect();
        let _ = writeln!(text, "    command  {}", words.join(" "));
    }
}

fn settings(text: &mut String, rows: &[Row], styles: &Styles) {
    // Values longer than this do not push the origin of all others to the right.
    const WIDEST: usize = 40;
    heading(text, "Settings", styles);
    let dim = styles.dim;
    let values: Vec<String> = rows.iter().map(|row| visible(&row.value)).collect();
    let keys = rows.iter().map(|row| row.key.chars().count()).max().unwrap_or_default();
    let widest = values.iter().map(|value| value.chars().count()).filter(|width| *width <= WIDEST);
    let widest = widest.max().unwrap_or_default();
    for (row, value) in rows.iter().zip(&values) {
        let _ = writeln!(
            text,
            "  {:<keys$}  {value:<widest$}  {dim}{}{dim:#}",
            visible(&row.key),
            visible(&row.origin)
        );
    }
}

fn masked(text: &mut String, report: &PlanReport, styles: &Styles) {
    if report.masked.is_empty() && report.unmasked.is_empty() {
        return;
    }
    heading(text, "Masked in the log", styles);
    let dim = styles.dim;
    let widest = report.masked.iter().map(|masked| masked.name.chars().count()).max().unwrap_or_default();
    for Masked { name, origin } in &report.masked {
        let _ = writeln!(text, "  {:<widest$}  {dim}{}{dim:#}", visible(name), visible(origin));
    }
    for note in &report.unmasked {
        let _ = writeln!(text, "  not: {}", visible(note));
    }
}

fn plugins(text: &mut String, plugins: &[PluginLine], styles: &Styles) {
    if plugins.is_empty() {
        return;
    }
    heading(text, "Plugins", styles);
    let (dim, warning) = (styles.dim, styles.warning);
    for plugin in plugins {
        let component = plugin.component.as_deref().map(|component| format!("{} ", visible(component)));
        let _ = writeln!(
            text,
            "  {} {}{} ({})  {dim}{}{dim:#}",
            visible(&plugin.name),
            component.unwrap_or_default(),
            visible(&plugin.version),
            plugin.kind,
            plugin.digest
        );
        if let Some(why) = &plugin.why {
            let _ = writeln!(text, "    taken for {}", visible(why));
        }
        listed(text, "granted", &plugin.grants);
        listed(text, &format!("{warning}not granted{warning:#}"), &plugin.missing);
    }
}

/// A label and its items, on as few lines as [`WIDTH`] allows.
fn listed(text: &mut String, label: &str, items: &[String]) {
    let mut line = String::new();
    for (index, item) in items.iter().enumerate() {
        let item = visible(item);
        if index == 0 {
            let _ = write!(text, "    {label}");
        } else if line.len() + item.len() + 2 > WIDTH {
            let _ = writeln!(text, " {line},");
            line.clear();
            text.push_str("     ");
        }
        if !line.is_empty() {
            line.push_str(", ");
        }
        line.push_str(&item);
    }
    if !line.is_empty() {
        let _ = writeln!(text, " {line}");
    }
}

fn changes(text: &mut String, change: &TransformChange, styles: &Styles) {
    heading(text, &format!("Changes by {}", change.plugin), styles);
    let lines = diff::diff(&change.before, &change.after);
    if lines.is_empty() {
        text.push_str("  none\n");
    }
    for note in &change.notes {
        let _ = writeln!(text, "  note: {}", visible(note));
    }
    for line in lines {
        let style = match line.sign {
            Sign::Removed => styles.bad,
            Sign::Added => styles.good,
            Sign::Same | Sign::Gap => styles.dim,
        };
        let row = format!("{} {}", line.sign.as_str(), visible(&line.text));
        let _ = writeln!(text, "  {style}{}{style:#}", row.trim_end());
    }
}

/// A word of a command, quoted as a shell needs it, so that it can be pasted.
fn quoted_word(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./=:,@%+".contains(&byte);
    match !word.is_empty() && word.bytes().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", visible(word).replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use serde_json::json;

    use super::*;
    use crate::output::json::Object;
    use crate::output::json::Stamp;
    use crate::output::json::plan::PlanObject;
    use crate::output::json::text;
    use crate::report::plan::Difference;
    use crate::spec::EnvValue;
    use crate::spec::EnvVar;
    use crate::spec::Pair;
    use crate::spec::TaskSpec;

    fn report() -> PlanReport {
        let app = ContainerSpec {
            name: "app".to_owned(),
            image: "alpine:3".to_owned(),
            command: ["sh", "-c", "echo it's \u{1b}[31m"].map(str::to_owned).to_vec(),
            env: vec![EnvVar { name: "TOKEN".to_owned(), value: EnvValue::Secret("hunter2".to_owned()) }],
            essential: true,
            ..ContainerSpec::default()
        };
        let sidecar = ContainerSpec { name: "proxy".to_owned(), image: "envoy".to_owned(), ..app.clone() };
        let before = TaskSpec {
            name: "deploy".to_owned(),
            containers: vec![app, ContainerSpec { essential: false, command: Vec::new(), ..sidecar }],
            cpu: Some(256),
            ..TaskSpec::default()
        };
        let after = TaskSpec { tags: vec![Pair::new("ci:run", "42")], ..before.clone() };
        PlanReport {
            backend: "fargate",
            task: after.clone(),
            main_container: "app".to_owned(),
            registers: Some("a revision of `deploy-sortie`".to_owned()),
            guard: Some("container `sortie-deadline-guard`".to_owned()),
            compared: Some(Comparison {
                revision: Some("arn:aws:ecs:eu-west-1:123456789012:task-definition/deploy-sortie:3".to_owned()),
                reused: Some(false),
                said: "a new revision of `deploy-sortie` would be registered: its newest, deploy-sortie:3, differs"
                    .to_owned(),
                differences: vec![Difference {
                    path: "containerDefinitions[app].image".to_owned(),
                    registered: json!("alpine:2"),
                    planned: json!("alpine:3"),
                }],
            }),
            requests: vec![("RunTask".to_owned(), json!({ "cluster": "ci", "count": 1 }))],
            policy: None,
            masked: vec![Masked { name: "TOKEN".to_owned(), origin: "--env".to_owned() }],
            unmasked: vec!["the value of STAGE (--env) is not masked: it is a word".to_owned()],
            warnings: vec!["awslogs drops lines in mode non-blocking".to_owned()],
            changes: vec![TransformChange {
                plugin: "ci-tags".to_owned(),
                before,
                after,
                notes: vec!["tags say which job runs the task".to_owned()],
                debug: Vec::new(),
            }],
            plugins: vec![PluginLine {
                name: "ci-tags".to_owned(),
                component: None,
                version: "0.1.0".to_owned(),
                kind: "transform",
                digest: "sha256:00ff".to_owned(),
                why: Some("--reporter auto, and GITHUB_ACTIONS is set".to_owned()),
                grants: vec!["env:GITHUB_RUN_ID".to_owned()],
                missing: vec!["env:CI_JOB_ID".to_owned()],
                notes: Vec::new(),
                debug: Vec::new(),
            }],
        }
    }

    fn object() -> String {
        text(&Object::Plan(PlanObject::new(&report(), &rows(), Stamp::since(Instant::now()))))
    }

    fn rows() -> Vec<Row> {
        let row = |key: &str, value: &str, origin: &str| Row {
            key: key.to_owned(),
            value: value.to_owned(),
            origin: origin.to_owned(),
        };
        vec![
            row("cluster", "ci", "sortie.toml"),
            row("env.TOKEN", "***", "--env"),
            row("image", &"x".repeat(60), "SORTIE_IMAGE"),
            row("log-settle", "auto", "default"),
        ]
    }

    #[test]
    fn a_person_sees_everything_that_would_happen() {
        insta::assert_snapshot!("plan", render(&report(), &rows(), &Styles::default()));
    }

    #[test]
    fn no_secret_is_in_any_form() {
        for text in [render(&report(), &rows(), &Styles::new(true)), object()] {
            assert!(!text.contains("hunter2"), "{text}");
        }
        assert!(!render(&report(), &rows(), &Styles::default()).contains('\u{1b}'));
    }

    #[test]
    fn json_is_one_object() {
        let document: serde_json::Value = serde_json::from_str(&object()).expect("JSON");
        assert_eq!(document["type"], "plan");
        assert_eq!(document["requests"][0]["operation"], "RunTask");
        assert_eq!(document["settings"][0]["origin"], "sortie.toml");
        assert_eq!(document["task"]["tags"][0]["name"], "ci:run");
    }
}
