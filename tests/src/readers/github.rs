//! GitHub's runner.
//!
//! Sources in actions/runner: `OutputManager.cs` (`OnDataReceived`), `ActionCommand.cs` (`TryParseV2`,
//! `TryParse`), `ActionCommandManager.cs` (`TryProcessCommand`). Both streams of a step go to one manager.

use super::dot_net_lines;

/// Commands that the runner has registered, the internal ones too.
const REGISTERED: [&str; 16] = [
    "internal-set-repo-path",
    "set-env",
    "set-output",
    "save-state",
    "add-mask",
    "add-path",
    "add-matcher",
    "remove-matcher",
    "debug",
    "warning",
    "error",
    "notice",
    "group",
    "endgroup",
    "echo",
    STOP,
];

const STOP: &str = "stop-commands";

/// What the runner was told and obeys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obeyed {
    /// The command's name as it was written; the token, where one lets commands be obeyed again.
    pub name: String,
    /// What follows it.
    pub data: String,
}

/// The runner, at one step.
#[derive(Debug, Default)]
pub struct Runner {
    stopped: Option<String>,
    /// It knows no `stop-commands`, and takes every word for a token.
    obeys_always: bool,
    /// Lines that were looked at for commands, while they were obeyed, and held none.
    pub looked_at: Vec<String>,
}

impl Runner {
    /// One that nothing stops, and to which every word is a command: it might be a token.
    pub fn obeying_always() -> Self {
        Self { obeys_always: true, ..Self::default() }
    }

    /// Whether commands are stopped.
    pub fn is_stopped(&self) -> bool {
        self.stopped.is_some()
    }

    /// Reads what a step prints; answers what is obeyed of it.
    pub fn read(&mut self, text: &str) -> Vec<Obeyed> {
        dot_net_lines(text).into_iter().filter_map(|line| self.line(line)).collect()
    }

    fn line(&mut self, line: &str) -> Option<Obeyed> {
        if !line.contains("##[") && !line.contains("::") {
            return None;
        }
        let parsed = parse_v2(line).filter(|command| self.knows(&command.name));
        let parsed = parsed.or_else(|| parse(line).filter(|command| self.knows(&command.name)));
        let Some(command) = parsed else {
            if self.stopped.is_none() {
                self.looked_at.push(line.to_owned());
            }
            return None;
        };
        if self.obeys_always {
            return Some(command);
        }
        if let Some(token) = &self.stopped {
            let resumes = command.name.eq_ignore_ascii_case(token);
            if resumes {
                self.stopped = None;
            }
            return resumes.then_some(command);
        }
        if command.name.eq_ignore_ascii_case(STOP) {
            self.stopped = Some(command.data.clone());
        }
        Some(command)
    }

    fn knows(&self, name: &str) -> bool {
        let is_token = self.stopped.as_ref().is_some_and(|token| token.eq_ignore_ascii_case(name));
        is_token || self.obeys_always || REGISTERED.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

/// `TryParseV2`: `::name properties::data`, after white space.
fn parse_v2(line: &str) -> Option<Obeyed> {
    let rest = line.trim_start().strip_prefix("::")?;
    let end = rest.find("::")?;
    Some(command(&rest[..end], &rest[end + 2..]))
}

/// `TryParse`: `##[name properties]data`, anywhere.
fn parse(line: &str) -> Option<Obeyed> {
    let rest = &line[line.find("##[")? + 3..];
    let end = rest.find(']')?;
    Some(command(&rest[..end], &rest[end + 1..]))
}

fn command(information: &str, data: &str) -> Obeyed {
    let name = information.split(' ').next().unwrap_or_default();
    Obeyed { name: name.to_owned(), data: data.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(runner: &mut Runner, text: &str) -> Vec<String> {
        runner.read(text).into_iter().map(|obeyed| obeyed.name).collect()
    }

    #[test]
    fn it_obeys_as_the_runner_does() {
        let mut runner = Runner::default();
        assert_eq!(
            names(&mut runner, "::add-mask::x\n \u{a0}::ERROR file=a::b\nx\r::group::y"),
            ["add-mask", "ERROR", "group"]
        );
        assert_eq!(
            names(&mut runner, "a ##[set-output name=x]y\n::nothing::x\nstd::vec\n##[error"),
            ["set-output"]
        );
        assert_eq!(runner.looked_at, ["::nothing::x", "std::vec", "##[error"]);
    }

    #[test]
    fn it_stops_until_the_token_comes_in_either_syntax() {
        let mut runner = Runner::default();
        assert_eq!(names(&mut runner, "::stop-commands::Tok\n::error::x\n##[group]"), ["stop-commands"]);
        assert!(runner.is_stopped());
        assert_eq!(names(&mut runner, "x ##[tok]\n::error::x"), ["tok", "error"]);
        assert!(!runner.is_stopped() && runner.looked_at.is_empty());
    }
}
