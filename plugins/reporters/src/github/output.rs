//! The step's outputs, in the form that takes any value: `NAME<<DELIMITER`, the value,
//! `DELIMITER`, each on lines of its own.

use sortie_story::Story;
use sortie_story::outputs::outputs;

/// All outputs of a run, each with the prefix before its name.
pub fn render(prefix: &str, story: &Story) -> String {
    outputs(story).iter().map(|output| entry(&format!("{prefix}{}", output.name), &output.value)).collect()
}

pub(crate) fn entry(name: &str, value: &str) -> String {
    let delimiter = delimiter(value);
    format!("{name}<<{delimiter}\n{value}\n{delimiter}\n")
}

/// A delimiter that the value does not hold. A value is known before its delimiter is chosen, so
/// no value can be made to end early, and no randomness is needed.
pub(crate) fn delimiter(value: &str) -> String {
    let mut delimiter = "SORTIE_END".to_owned();
    let mut number = 0_u64;
    while value.contains(&delimiter) {
        number += 1;
        delimiter = format!("SORTIE_END_{number}");
    }
    delimiter
}

#[cfg(test)]
mod tests {
    use sortie_plugin_sdk::Event;
    use sortie_plugin_sdk::Pair;
    use sortie_plugin_sdk::reporter::ContainerEnd;
    use sortie_plugin_sdk::reporter::Finished;

    use super::*;

    /// What the runner reads (`FileCommandManager.cs`): lines end in `\n`; whichever of `=` and
    /// `<<` comes first decides; a value ends at a line that is the delimiter.
    fn parse(file: &str) -> Vec<(String, String)> {
        let mut lines = file.split('\n');
        let mut outputs = Vec::new();
        while let Some(line) = lines.next() {
            if line.is_empty() {
                continue;
            }
            let (name, delimiter) = line.split_once("<<").expect("a heredoc");
            assert!(!name.contains('='));
            let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
            outputs.push((name.to_owned(), value.join("\n")));
        }
        outputs
    }

    #[test]
    fn a_hostile_reason_stays_one_value() {
        let mut finished = Finished::new("failed", 7);
        finished.id = "arn:aws:ecs:eu-west-1:1:task/ci/1".to_owned();
        finished.reason = "x\nSORTIE_END\nexit-code<<SORTIE_END\n0\nSORTIE_END_1\ny=z".to_owned();
        finished.containers = vec![ContainerEnd::new("a", Some(7)), ContainerEnd::new("b", None)];
        (finished.containers[0].log_lines, finished.containers[1].log_lines) = (2.0, 1.0);
        finished.more = vec![Pair::new("output.version", "1.2\nrun-exit-code=0")];
        let mut story = Story::default();
        story.hear(&Event::new(finished.clone()));
        let outputs = parse(&render("run-", &story));
        let names: Vec<&str> = outputs.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "run-task-arn",
                "run-exit-code",
                "run-verdict",
                "run-reason",
                "run-log-url",
                "run-log-lines",
                "run-log-bytes",
                "run-logs-complete",
                "run-version"
            ]
        );
        assert_eq!(outputs[1].1, "7");
        assert_eq!(outputs[3].1, finished.reason);
        assert_eq!((outputs[5].1.as_str(), outputs[7].1.as_str()), ("3", "true"));
        assert_eq!(outputs[8].1, "1.2\nrun-exit-code=0");
    }

    #[test]
    fn a_delimiter_is_never_in_the_value() {
        for value in ["", "SORTIE_END", "SORTIE_END\nSORTIE_END_1", "xSORTIE_END_1SORTIE_ENDx"] {
            assert!(!value.contains(&delimiter(value)), "{value:?}");
        }
    }
}
