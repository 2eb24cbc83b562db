//! A container's health check, as its definition has it.

use serde::Deserialize;

/// A health check. Source of the defaults: Amazon ECS API reference, HealthCheck.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HealthCheck {
    /// `CMD` and words, or `CMD-SHELL` and a script.
    command: Vec<String>,
    /// Seconds between two checks.
    #[serde(default = "thirty")]
    pub(crate) interval: u32,
    /// Seconds until a check counts as failed.
    #[serde(default = "five")]
    pub(crate) timeout: u32,
    /// Failures in a row that make a container unhealthy.
    #[serde(default = "three")]
    pub(crate) retries: u32,
    /// Seconds after the start in which failures do not count.
    #[serde(default)]
    pub(crate) start_period: u32,
}

fn thirty() -> u32 {
    30
}

fn five() -> u32 {
    5
}

fn three() -> u32 {
    3
}

impl HealthCheck {
    /// The words to run in the container; `None`: no check at all (`NONE`).
    pub(crate) fn words(&self) -> Option<Vec<String>> {
        match self.command.split_first() {
            Some((first, script)) if first == "CMD-SHELL" => Some(
                ["/bin/sh".to_owned(), "-c".to_owned()].into_iter().chain(script.iter().cloned()).collect(),
            ),
            Some((first, words)) if first == "CMD" && !words.is_empty() => Some(words.to_vec()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(command: &[&str]) -> HealthCheck {
        serde_json::from_value(json!({ "command": command })).expect("a check")
    }

    #[test]
    fn both_forms_of_a_command_and_the_defaults() {
        let shell = check(&["CMD-SHELL", "test -e /ready"]);
        assert_eq!(shell.words().expect("words"), ["/bin/sh", "-c", "test -e /ready"]);
        assert_eq!((shell.interval, shell.timeout, shell.retries, shell.start_period), (30, 5, 3, 0));
        assert_eq!(check(&["CMD", "ready", "-q"]).words().expect("words"), ["ready", "-q"]);
        assert_eq!(check(&["NONE"]).words(), None);
    }
}
