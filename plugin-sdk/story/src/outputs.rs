//! Values for later steps.

use crate::Story;

/// Begins the names of what the task itself gives, among what sortie tells of a run's end.
const OF_TASK: &str = "output.";

/// Bytes of all values of the task that are told; one that exceeds it is left out.
const MAX_BYTES: usize = 256 << 10;

/// A value for later steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Letters, digits, `-` and `_`, such as `exit-code`.
    pub name: String,
    /// Any text; `reason` and what the task gives are from outside.
    pub value: String,
    /// The task's log gave it, and not sortie.
    pub of_task: bool,
}

/// What a run gives to later steps: of sortie `task-arn`, `exit-code`, `verdict`, `reason`, `log-url`,
/// `log-lines`, `log-bytes` and `logs-complete`, and what the task's log gave. A name of sortie's stays sortie's.
pub fn outputs(story: &Story) -> Vec<Output> {
    let finished = &story.finished;
    let own = [
        ("task-arn", story.id().unwrap_or_default().to_owned()),
        ("exit-code", finished.exit_code.to_string()),
        ("verdict", finished.verdict.clone()),
        ("reason", finished.reason.clone()),
        ("log-url", story.log_url().unwrap_or_default().to_owned()),
        ("log-lines", finished.log_lines().to_string()),
        ("log-bytes", finished.log_bytes().to_string()),
        ("logs-complete", finished.logs_complete().to_string()),
    ];
    let mut outputs: Vec<Output> = own
        .into_iter()
        .map(|(name, value)| Output { name: name.to_owned(), value, of_task: false })
        .collect();
    let mut bytes = 0;
    for pair in &finished.more {
        let Some(name) = pair.name.strip_prefix(OF_TASK).filter(|name| is_name(name)) else { continue };
        bytes += pair.value.len();
        if bytes <= MAX_BYTES
            && !outputs.iter().any(|output| variable("", &output.name) == variable("", name))
        {
            outputs.push(Output { name: name.to_owned(), value: pair.value.clone(), of_task: true });
        }
    }
    outputs
}

/// Whether a text can be an output's name.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && is_name_part(text)
}

/// Whether a text may be part of an output's name.
pub fn is_name_part(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// The output's name as that of an environment variable: `exit-code` with the prefix `TASK_` is
/// `TASK_EXIT_CODE`, and `task-arn` is `TASK_ARN`. The prefix is never `SORTIE_`, whose variables are settings.
pub fn variable(prefix: &str, name: &str) -> String {
    let name = name.to_ascii_uppercase().replace('-', "_");
    let once = if prefix == "TASK_" { name.strip_prefix(prefix).unwrap_or(&name) } else { &name };
    format!("{prefix}{once}")
}

/// Whether a text may begin the name of a variable: letters, digits and `_`, no digit first, and no setting
/// of sortie's.
pub fn is_variable_prefix(text: &str) -> bool {
    let is_part = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_part && text.starts_with(|first: char| first.is_ascii_alphabetic()) && !text.starts_with("SORTIE_")
}

#[cfg(test)]
mod tests {
    use sortie_plugin_sdk::Event;
    use sortie_plugin_sdk::Pair;
    use sortie_plugin_sdk::reporter::Finished;
    use sortie_plugin_sdk::reporter::Link;

    use super::*;

    fn told(more: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut finished = Finished::new("failed", 3);
        finished.main_container = "app".to_owned();
        finished.links = vec![Link::new("task", "https://t"), Link::new("log of app", "https://l")];
        finished.more = more.iter().map(|(name, value)| Pair::new(*name, *value)).collect();
        let mut story = Story::default();
        story.hear(&Event::new(finished));
        outputs(&story).into_iter().map(|output| (output.name, output.value)).collect()
    }

    #[test]
    fn the_task_adds_to_what_sortie_tells_and_changes_nothing_of_it() {
        let outputs = told(&[
            ("output.version", "1.2"),
            ("output.exit-code", "0"),
            ("output.EXIT_CODE", "0"),
            ("output.a b", "x"),
            ("log-tails", "[]"),
        ]);
        let of = |name: &str| -> Vec<&str> {
            outputs.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str()).collect()
        };
        assert_eq!((of("exit-code"), of("EXIT_CODE"), of("version")), (vec!["3"], vec![], vec!["1.2"]));
        assert_eq!((of("log-url"), outputs.len()), (vec!["https://l"], 9));
    }

    #[test]
    fn values_without_end_are_left_out() {
        let big = "x".repeat(MAX_BYTES - 1);
        let outputs = told(&[("output.a", &big), ("output.b", "yy"), ("output.c", "")]);
        assert!(!outputs.iter().any(|(name, _)| name == "b"));
    }

    #[test]
    fn names_become_variables() {
        assert_eq!(variable("TASK_", "task-arn"), "TASK_ARN");
        assert_eq!(variable("TASK_", "exit-code"), "TASK_EXIT_CODE");
        assert_eq!(variable("DEPLOY_", "task-arn"), "DEPLOY_TASK_ARN");
        for prefix in ["", "1A", "A-", "SORTIE_", "SORTIE_X"] {
            assert!(!is_variable_prefix(prefix), "{prefix}");
        }
        assert!(is_variable_prefix("TASK_"));
    }
}
