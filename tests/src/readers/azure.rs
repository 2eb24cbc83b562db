//! Azure's agent.
//!
//! Source: microsoft/azure-pipelines-agent, `Command.cs` (`TryParse`). The log's view shows lines with
//! `##[group]` and its kind as headings (Azure Pipelines, "Logging commands", formatting commands).

use super::dot_net_lines;

/// Words of the view.
const FORMATS: [&str; 7] =
    ["##[group]", "##[endgroup]", "##[section]", "##[command]", "##[warning]", "##[error]", "##[debug]"];

/// What is obeyed of what a step prints.
pub fn commands(text: &str) -> Vec<String> {
    let obeyed = |line: &&str| is_command(line) || FORMATS.iter().any(|format| line.contains(format));
    dot_net_lines(text).into_iter().filter(obeyed).map(str::to_owned).collect()
}

fn is_command(line: &str) -> bool {
    let Some(start) = line.find("##vso[") else { return false };
    let rest = &line[start + "##vso[".len()..];
    let Some(end) = rest.find(']') else { return false };
    let name = rest[..end].split(' ').next().unwrap_or_default();
    // An area and an event.
    name.split('.').filter(|part| !part.is_empty()).count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_obeys_as_the_agent_does() {
        let text = "x ##vso[task.complete result=Failed]\r##vso[task]\n##vso[a.b\n##[error]x\n##[x]";
        assert_eq!(commands(text), ["x ##vso[task.complete result=Failed]", "##[error]x"]);
    }
}
