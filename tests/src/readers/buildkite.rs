//! Buildkite's agent and its view of a job's log.
//!
//! Sources: buildkite/agent, `header_times_streamer.go` (colours are taken away, then
//! `^(?:---|\+\+\+|~~~)\s(.+)?$`); Buildkite, "Managing log output" (`^^^ +++`); buildkite/terminal-to-html,
//! `parser.go` and `bk.go` (APC `bk;t=…`), `element.go` (OSC 8, 1337, 1338, 1339).

/// What is obeyed of what a job prints.
pub fn obeyed(text: &str) -> Vec<String> {
    let headers = text.split('\n').map(without_colors).filter(|line| is_header(line));
    let sequences = ["\u{1b}_bk;", "\u{1b}]8;", "\u{1b}]1337;", "\u{1b}]1338;", "\u{1b}]1339;"];
    let sequences = sequences.iter().filter(|sequence| text.contains(**sequence));
    headers.chain(sequences.map(|sequence| (*sequence).to_owned())).collect()
}

fn is_header(line: &str) -> bool {
    let rest = ["---", "+++", "~~~", "^^^"].iter().find_map(|mark| line.strip_prefix(mark));
    rest.is_some_and(|rest| rest.starts_with(['\t', '\n', '\u{c}', '\r', ' ']))
}

/// `\x1b\[([;\d]+)?[mK]`
fn without_colors(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("\u{1b}[") {
        out.push_str(&rest[..at]);
        let parameters = &rest[at + 2..];
        let end = parameters.find(|c: char| !c.is_ascii_digit() && c != ';');
        match end.and_then(|end| parameters[end..].strip_prefix(['m', 'K'])) {
            Some(after) => rest = after,
            None => {
                out.push_str("\u{1b}[");
                rest = parameters;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_obeys_as_the_agent_does() {
        assert_eq!(obeyed("\u{1b}[31m-\u{1b}[K-- x\n--- \n---x\n x ---\n^^^ +++").len(), 3);
        assert_eq!(obeyed("a\u{1b}_bk;t=1\u{7}\u{1b}]1339;url=x\u{7}").len(), 2);
    }
}
