//! GitLab's view of a job's log.
//!
//! Sources in gitlabhq: `lib/gitlab/regex.rb` (`build_trace_section_regex`) and
//! `lib/gitlab/ci/ansi2json/converter.rb` (`consume_token`): a section begins or ends anywhere in a line, and
//! a carriage return clears what the line has shown so far.

/// The sections that begin or end in what a job prints.
pub fn sections(text: &str) -> Vec<String> {
    text.match_indices("section_").filter_map(|(at, _)| section(&text[at..])).collect()
}

/// `section_(start|end):(\d+):([a-zA-Z0-9_.-]+)(\[…\])?\r\e\[0K`
fn section(text: &str) -> Option<String> {
    let rest = text.strip_prefix("section_")?;
    let rest = rest.strip_prefix("start:").or_else(|| rest.strip_prefix("end:"))?;
    let rest = after(rest, |c| c.is_ascii_digit())?.strip_prefix(':')?;
    let rest = after(rest, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))?;
    // The options' own grammar is narrower.
    let options = rest.strip_prefix('[').and_then(|options| Some(&options[options.find(']')? + 1..]));
    let rest = options.unwrap_or(rest).strip_prefix("\r\u{1b}[0K")?;
    Some(text[..text.len() - rest.len()].to_owned())
}

/// What follows one or more of these characters.
fn after(text: &str, is_one: fn(char) -> bool) -> Option<&str> {
    let rest = text.trim_start_matches(is_one);
    (rest.len() < text.len()).then_some(rest)
}

/// What was shown, and is cleared before its line has ended.
pub fn hidden(text: &str) -> Vec<String> {
    let mut hidden = Vec::new();
    for line in text.split('\n') {
        let parts: Vec<&str> = line.strip_suffix('\r').unwrap_or(line).split('\r').collect();
        let (_, cleared) = parts.split_last().unwrap_or((&"", &[]));
        hidden.extend(cleared.iter().filter(|part| !part.is_empty()).map(|part| (*part).to_owned()));
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_found_as_the_expression_finds_them() {
        let text = "x section_start:17:a.b-C[collapsed=true]\r\u{1b}[0Ky section_end:1:a\r\u{1b}[K section_end:2:z\r\u{1b}[0K";
        assert_eq!(sections(text).len(), 2);
        assert_eq!(sections("section_start::a\r\u{1b}[0K section_start:1:a\u{1b}[0K"), Vec::<String>::new());
    }

    #[test]
    fn a_carriage_return_hides_what_stands_before_it() {
        assert_eq!(hidden("a\rb\r\nc\r\n\rd"), ["a"]);
    }
}
