//! Who reads what a step prints, written from the sources of each CI system, apart from the code that breaks
//! their commands: nothing of the host is used here.
//!
//! - [`github`]: GitHub's runner, with its state.
//! - [`azure`], [`teamcity`], [`gitlab`], [`buildkite`]: the others that obey.
//! - [`screen`]: a terminal, and whoever shows a log as one does.
//! - [`hostile`]: lines for all of them.

pub mod azure;
pub mod buildkite;
pub mod github;
pub mod gitlab;
pub mod hostile;
pub mod screen;
pub mod teamcity;

/// The lines of .NET's `StreamReader.ReadLine`, as GitHub's runner and Azure's agent read them
/// (`ProcessInvoker.cs`): a line ends with a line feed, a carriage return, or both.
fn dot_net_lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.find(['\n', '\r']) {
        lines.push(&rest[..end]);
        let both = rest[end..].starts_with("\r\n");
        rest = &rest[end + if both { 2 } else { 1 }..];
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_three_ways() {
        assert_eq!(dot_net_lines("a\nb\rc\r\nd\n\re"), ["a", "b", "c", "d", "", "e"]);
    }

    /// A reader that found nothing could not fail a test.
    #[test]
    fn every_reader_finds_what_it_obeys_in_hostile_lines() {
        let lines = hostile::lines(1, 2000);
        let share = |finds: fn(&str) -> bool| {
            let found = lines.iter().filter(|line| finds(&String::from_utf8_lossy(line))).count();
            found * 100 / lines.len()
        };
        for (name, found) in [
            ("github", share(|line| !github::Runner::obeying_always().read(line).is_empty())),
            ("azure", share(|line| !azure::commands(line).is_empty())),
            ("teamcity", share(|line| !teamcity::messages(line).is_empty())),
            ("gitlab", share(|line| !gitlab::sections(line).is_empty())),
            ("buildkite", share(|line| !buildkite::obeyed(line).is_empty())),
            ("screen", share(|line| !screen::done(line.as_bytes()).is_empty())),
        ] {
            assert!(found >= 5, "{name} obeys {found} % of the lines");
        }
    }
}
