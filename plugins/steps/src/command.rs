//! Which commands of a trace are steps.

/// What a shell traces and nobody waits for: its own small commands, and the heads of its loops. Sources: POSIX
/// Shell Command Language, "Special Built-In Utilities"; Bash Reference Manual, "Shell Builtin Commands",
/// "Compound Commands".
const SMALL: &[&str] = &[
    "!",
    "((",
    ".",
    ":",
    "[",
    "[[",
    "alias",
    "break",
    "builtin",
    "case",
    "cd",
    "continue",
    "declare",
    "dirs",
    "echo",
    "exit",
    "export",
    "false",
    "for",
    "function",
    "getopts",
    "hash",
    "if",
    "let",
    "local",
    "mapfile",
    "popd",
    "printf",
    "pushd",
    "pwd",
    "read",
    "readarray",
    "readonly",
    "return",
    "select",
    "set",
    "setopt",
    "shift",
    "shopt",
    "source",
    "test",
    "trap",
    "true",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unset",
    "until",
    "while",
];

/// Which commands are steps.
#[derive(Debug)]
pub(crate) struct Commands {
    /// First words of those that are not.
    ignore: Vec<String>,
    /// Beginnings of the only ones that are; empty: all others.
    only: Vec<String>,
}

impl Commands {
    /// Those that the user names, where he does.
    pub(crate) fn new(ignore: Option<Vec<String>>, only: Vec<String>) -> Self {
        let small = || SMALL.iter().map(|&word| word.to_owned()).collect();
        Self { ignore: ignore.unwrap_or_else(small), only }
    }

    /// The title of the step that a traced command is, if it is one.
    pub(crate) fn step(&self, traced: &str) -> Option<String> {
        let command = without_assignments(traced);
        let word = command.split([' ', '\t']).next().unwrap_or_default();
        if !may_be_a_command(word) || self.ignore.iter().any(|ignored| ignored == word) {
            return None;
        }
        let wanted = |only: &String| {
            let rest = command.strip_prefix(only.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
        };
        if !self.only.is_empty() && !self.only.iter().any(wanted) {
            return None;
        }
        let title = command.trim_end();
        // An argument with a line break in it goes on in the next line, which is no trace.
        let goes_on = has_an_open_quote(title);
        Some(if goes_on { format!("{title} …") } else { title.to_owned() })
    }
}

/// A command without the variables that are set for it, which dash traces with it. Their values may be
/// anything, and are not what the step does.
fn without_assignments(mut command: &str) -> &str {
    while let Some(equals) = command.find('=') {
        let name = command[..equals].strip_suffix('+').unwrap_or(&command[..equals]);
        // Also of an element of an array.
        let name = name.split('[').next().unwrap_or_default();
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !begins || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            break;
        }
        command = after_word(&command[equals + 1..]);
    }
    command
}

/// What follows a word and the blank after it. Quotes and parentheses hold it together.
fn after_word(text: &str) -> &str {
    let (mut quote, mut depth, mut escaped) = (None, 0_usize, false);
    for (at, c) in text.char_indices() {
        match (c, quote) {
            _ if escaped => escaped = false,
            ('\\', None | Some('"')) => escaped = true,
            (_, Some(open)) => quote = quote.filter(|_| c != open),
            ('\'' | '"', None) => quote = Some(c),
            ('(', None) => depth += 1,
            (')', None) => depth = depth.saturating_sub(1),
            (' ', None) if depth == 0 => return &text[at + 1..],
            _ => {}
        }
    }
    ""
}

/// Whether a shell may have traced a command whose first word this is. What tools print with a `+` in front
/// (the lines that a diff adds, items of a list, `key:` of YAML) mostly has none.
fn may_be_a_command(word: &str) -> bool {
    let begins = |c: char| c.is_alphanumeric() || "./~_$'\"[({:!\\%@".contains(c);
    word.starts_with(begins) && (word == ":" || !word.ends_with([':', ',', ';']))
}

/// Whether a quote is open at the end of a text.
fn has_an_open_quote(text: &str) -> bool {
    let (mut quote, mut escaped) = (None, false);
    for c in text.chars() {
        match (c, quote) {
            _ if escaped => escaped = false,
            ('\\', None | Some('"')) => escaped = true,
            (_, Some(open)) => quote = quote.filter(|_| c != open),
            ('\'' | '"', None) => quote = Some(c),
            _ => {}
        }
    }
    quote.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(traced: &str) -> Option<String> {
        Commands::new(None, Vec::new()).step(traced)
    }

    #[test]
    fn what_takes_time_is_a_step() {
        for command in [
            "./kops.sh validate cluster --wait 10m",
            "terraform plan -out=tfplan",
            "'./my script' x",
            "sleep 5",
            "docker run --rm -e A=b x",
            "/bin/echo hi",
            "exec ./app",
            "~/bin/x",
        ] {
            assert_eq!(step(command).as_deref(), Some(command));
        }
    }

    #[test]
    fn small_commands_are_none() {
        for command in [
            "cd /work",
            "echo ==> hi",
            "[ -f x ]",
            "[[ -n '' ]]",
            "test -d x",
            "export A=b",
            "set +x",
            ":",
            "true",
            "for i in 1 2 3",
            "case x in",
            "(( i++ ))",
            "A=b",
            "A=b B='c d'",
            "arr=(a b c)",
            "a[1]=x",
            "PATH+=:/x",
            "local x=1",
            "exit 3",
            "return 1",
        ] {
            assert_eq!(step(command), None, "{command}");
        }
    }

    #[test]
    fn variables_that_are_set_for_a_command_are_left_out() {
        for (traced, want) in [
            ("AWS_PROFILE=ci terraform plan", "terraform plan"),
            ("A='x y' B=\"z \\\" w\" C=$'q' make -j2", "make -j2"),
            ("TOKEN=s3cr3t ./x", "./x"),
            ("env A=b make", "env A=b make"),
            ("./x --a=b", "./x --a=b"),
            ("2=3 x", "2=3 x"),
        ] {
            assert_eq!(step(traced).as_deref(), Some(want));
        }
    }

    #[test]
    fn what_no_shell_traces_is_no_step() {
        for line in
            ["", " x", "- name: x", "replicas: 3", "key:", "\"a\",", "# x", "* x", "=> x", "<tag>", "|", "}"]
        {
            assert_eq!(step(line), None, "{line:?}");
        }
    }

    #[test]
    fn an_argument_of_several_lines_goes_on() {
        assert_eq!(step("sh -c 'a").as_deref(), Some("sh -c 'a …"));
        assert_eq!(step("x 'a' \"b'\" \\'").as_deref(), Some("x 'a' \"b'\" \\'"));
    }

    #[test]
    fn the_user_says_which_are_steps() {
        let only = Commands::new(None, vec!["./kops.sh".to_owned(), "make all".to_owned()]);
        for (command, is) in [
            ("./kops.sh edit", true),
            ("./kops.sh", true),
            ("./kops.shx", false),
            ("make all", true),
            ("make", false),
        ] {
            assert_eq!(only.step(command).is_some(), is, "{command}");
        }
        let ignore = Commands::new(Some(vec!["sleep".to_owned()]), Vec::new());
        assert_eq!((ignore.step("sleep 5"), ignore.step("echo x").is_some()), (None, true));
    }
}
