//! What a shell writes before a command that it traces.
//!
//! Bash repeats the first character of `PS4` once for each level of nesting: a command substitution, `eval`, a
//! sourced file (Bash Reference Manual, "Bash Variables", `PS4`). dash, busybox and zsh do not, so that there
//! a command of `$(…)` looks like one of the script's own.

/// A `PS4`, with what varies in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prompt {
    /// What does not vary; between each two of them anything may stand. The first one is not empty.
    parts: Vec<String>,
}

impl Prompt {
    /// Reads `+*: `, in which `*` is whatever varies.
    ///
    /// # Errors
    ///
    /// It begins or ends with what varies, or has a line break in it.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        let parts: Vec<String> = text.split('*').map(str::to_owned).collect();
        if text.contains(['\n', '\r']) {
            return Err("a trace's prompt is on one line".to_owned());
        }
        match (parts.first(), parts.last()) {
            (Some(first), Some(last)) if !first.is_empty() && !last.is_empty() => Ok(Self { parts }),
            _ => Err("`*` is neither at its start nor at its end: any line would be a trace".to_owned()),
        }
    }

    /// What the host searches for: lines that may begin with it.
    pub(crate) fn expression(&self) -> String {
        let mut expression = "^".to_owned();
        for (index, part) in self.parts.iter().enumerate() {
            if index > 0 {
                expression.push_str(".*?");
            }
            for c in part.chars() {
                if c.is_ascii_punctuation() {
                    expression.push('\\');
                }
                expression.push(c);
            }
        }
        expression
    }

    /// The command that a line traces, if it traces one that is not nested.
    pub(crate) fn command<'a>(&self, line: &'a [u8]) -> Option<&'a [u8]> {
        let (first, varying) = self.parts.split_first()?;
        let mut rest = line.strip_prefix(first.as_bytes())?;
        // The first character once more: a level deeper.
        let deeper = first.chars().next().and_then(|c| line.get(c.len_utf8()..));
        if deeper.is_some_and(|line| line.starts_with(first.as_bytes())) {
            return None;
        }
        for part in varying {
            let part = part.as_bytes();
            let at = rest.windows(part.len()).position(|window| window == part)?;
            rest = &rest[at + part.len()..];
        }
        let rest = rest.strip_suffix(b"\r").unwrap_or(rest);
        (!rest.is_empty()).then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(ps4: &str, line: &str) -> Option<String> {
        let prompt = Prompt::new(ps4).expect("a prompt");
        prompt.command(line.as_bytes()).map(|command| String::from_utf8_lossy(command).into_owned())
    }

    #[test]
    fn a_command_stands_behind_its_prompt() {
        for (ps4, line, want) in [
            ("+ ", "+ ./kops.sh validate", Some("./kops.sh validate")),
            ("+ ", "++ date", None),
            ("+ ", "+++ date", None),
            ("+ ", "+", None),
            ("+ ", "+ ", None),
            ("+ ", " + a", None),
            ("+ ", "+ a\r", Some("a")),
            // PS4='+ ${BASH_SOURCE}:${LINENO}: '
            ("+ *:*: ", "+ ./x.sh:12: make all", Some("make all")),
            ("+ *:*: ", "++ ./x.sh:12: date", None),
            ("+(*): ", "+(x.sh:3): a: b", Some("a: b")),
            ("+(*): ", "++(x.sh:3): a", None),
            // zsh's own, `+%N:%i> `
            ("+*> ", "+./x.zsh:3> make > log", Some("make > log")),
            ("ci> ", "ci> make", Some("make")),
            ("ci> ", "cci> make", None),
            ("++ ", "++ make", Some("make")),
            ("++ ", "+++ make", None),
            ("$ ", "$ make", Some("make")),
        ] {
            assert_eq!(command(ps4, line).as_deref(), want, "{ps4:?} {line:?}");
        }
    }

    #[test]
    fn a_prompt_that_any_line_has_is_refused() {
        for bad in ["", "*", "* ", "+*", "+\n"] {
            assert!(Prompt::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_host_searches_for_what_is_written() {
        assert_eq!(Prompt::new("+(*): ").unwrap().expression(), r"^\+\(.*?\)\: ");
        assert_eq!(Prompt::new("é{1} ").unwrap().expression(), r"^é\{1\} ");
    }
}
