//! Environment variables: the `NAME[=VALUE]` of `--env`, and files of them (`--env-file`).

use std::path::Path;

use crate::environment::Environment;
use crate::environment::Lookup;
use crate::error::Error;
use crate::secrecy::names::is_conventional;
use crate::secrecy::names::says_secret;
use crate::spec::EnvValue;
use crate::spec::EnvVar;

/// One variable from `NAME=VALUE`, or from `NAME` alone, which copies a secret. A value whose name says that it
/// is secret ([`says_secret`]) is one, too.
///
/// No error shows more than a name, and a name only when it looks like one: `--env $TOKEN`
/// (for `--env TOKEN`) makes the value the name.
pub fn variable(text: &str, environment: &Environment) -> Result<EnvVar, Error> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    };
    if name.is_empty() {
        return Err(Error::usage("an environment variable without a name").hint("write NAME=VALUE or NAME"));
    }
    if name.contains('\0') {
        return Err(Error::usage("the name of an environment variable has a NUL byte in it"));
    }
    if text.contains('\0') {
        return Err(Error::usage(format!("the value of {} has a NUL byte in it", shown(name))));
    }
    if name.contains(char::is_whitespace) {
        return Err(spaced(name, value.is_some()));
    }
    let value = match value {
        Some(value) if says_secret(name) => EnvValue::Secret(value.to_owned()),
        Some(value) => EnvValue::Plain(value.to_owned()),
        None => EnvValue::Secret(copied(name, environment)?),
    };
    Ok(EnvVar { name: name.to_owned(), value })
}

/// The error for a name with a space in or around it.
fn spaced(name: &str, has_value: bool) -> Error {
    if let Some(exported) = name.strip_prefix("export").filter(|rest| rest.starts_with(char::is_whitespace)) {
        let error = Error::usage(format!("`export` stands before {}", shown(exported.trim())));
        return error.hint("leave it out: only a shell knows it");
    }
    let trimmed = name.trim();
    if has_value && !trimmed.contains(char::is_whitespace) {
        let error = Error::usage(format!("the name {} has a space beside it", shown(trimmed)));
        return error
            .hint("write NAME=VALUE without spaces around the `=`; one behind it belongs to the value");
    }
    let error = Error::usage("the name of an environment variable has a space in it");
    error.hint("a line is NAME=VALUE, or NAME alone; a value ends with its line")
}

/// A name, if it looks like one: it may be a value that stands in the wrong place.
pub(super) fn shown(name: &str) -> String {
    match is_conventional(name) {
        true => format!("`{name}`"),
        false => {
            let characters = match name.chars().count() {
                1 => "1 character".to_owned(),
                many => format!("{many} characters"),
            };
            format!("a name of {characters} (not shown, since it may be a value)")
        }
    }
}

/// What a file holds.
#[derive(Debug, Default, PartialEq)]
pub struct EnvFile {
    /// Its variables.
    pub variables: Vec<EnvVar>,
    /// What a person should know of them, on one line each.
    pub warnings: Vec<String>,
}

/// The variables of a file in docker's syntax: one per line, values verbatim (quotes are part of
/// them); blank lines and lines that begin with `#` are ignored. Unlike docker, a `NAME` alone that is
/// not set is an error, since a task without its credential fails later and worse.
///
/// # Errors
///
/// A line is no variable, or a value in quotes goes on over several lines, whose further lines would be
/// taken for names.
pub fn parse(content: &[u8], path: &Path, environment: &Environment) -> Result<EnvFile, Error> {
    let mut variables: Vec<EnvVar> = Vec::new();
    let mut quoted = Vec::new();
    // docker skips a byte order mark, which editors on Windows write.
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let lines: Vec<&[u8]> = content.split(|byte| *byte == b'\n').collect();
    for (index, line) in lines.iter().enumerate() {
        let at = || format!("{}:{}", path.display(), index + 1);
        let line = std::str::from_utf8(line).map_err(|_| Error::usage("not valid UTF-8").on(&at()))?;
        let line = line.strip_suffix('\r').unwrap_or(line).trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = line.split_once('=').unwrap_or((line, ""));
        if goes_on(value, &lines[index + 1..]) {
            let what = format!("the value of {} is in quotes and goes on over several lines", shown(name));
            let hint = "here a value ends with its line; set the variable where sortie runs, and write its NAME alone";
            return Err(Error::usage(what).hint(hint).on(&at()));
        }
        if in_quotes(value) {
            quoted.push(shown(name));
        }
        variables.push(variable(line, environment).map_err(|error| error.on(&at()))?);
    }
    let mut warnings = Vec::new();
    if !quoted.is_empty() {
        let (count, place) = (quoted.len(), path.display());
        quoted.truncate(3);
        let more = if count > quoted.len() { ", …" } else { "" };
        let names = quoted.join(", ");
        warnings
            .push(format!("{place}: quotes are part of a value, as with docker, so of {names}{more} too"));
    }
    Ok(EnvFile { variables, warnings })
}

/// The quote that a value begins with.
fn opening(value: &str) -> Option<char> {
    value.chars().next().filter(|first| matches!(first, '"' | '\''))
}

/// Whether a value stands in quotes as a shell would take away.
fn in_quotes(value: &str) -> bool {
    opening(value).is_some_and(|quote| value.len() > 1 && value.trim_end().ends_with(quote))
}

/// Whether the quote that a value begins with ends on a later line, with a line between that cannot be a
/// variable by itself.
fn goes_on(value: &str, later: &[&[u8]]) -> bool {
    let Some(quote) = opening(value).filter(|quote| !value[1..].contains(*quote)) else { return false };
    let mut strange = false;
    for line in later {
        let line = String::from_utf8_lossy(line);
        let name = line.split_once('=').map(|(name, _)| name);
        let line = line.trim_start();
        strange |= !line.is_empty()
            && !line.starts_with('#')
            && !name.is_some_and(|name| {
                !name.is_empty()
                    && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
            });
        if line.contains(quote) {
            return strange;
        }
    }
    false
}

/// The value of the variable that is to be copied.
pub(super) fn copied(name: &str, environment: &Environment) -> Result<String, Error> {
    let shown = shown(name);
    match environment.get(name) {
        Lookup::Found(value) => Ok(value),
        Lookup::Missing => Err(Error::usage(format!("{shown} is not set in the environment"))
            .hint("set it, or write NAME=VALUE")),
        Lookup::NotUtf8 => Err(Error::usage(format!("the value of {shown} is not valid UTF-8"))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn environment() -> Environment {
        [("TOKEN", "hunter2")].into_iter().collect()
    }

    fn read(content: &str) -> Result<Vec<EnvVar>, Error> {
        parse(content.as_bytes(), Path::new("ci.env"), &environment()).map(|file| file.variables)
    }

    fn plain(name: &str, value: &str) -> EnvVar {
        EnvVar { name: name.to_owned(), value: EnvValue::Plain(value.to_owned()) }
    }

    #[test]
    fn a_name_alone_copies_a_secret() {
        let variable = variable("TOKEN", &environment()).unwrap();
        assert_eq!(variable.value, EnvValue::Secret("hunter2".to_owned()));
        assert!(!format!("{variable:?}").contains("hunter2"));
    }

    #[test]
    fn a_name_says_that_its_value_is_secret() {
        let variable = variable("DB_PASSWORD=hunter2", &environment()).unwrap();
        assert_eq!(variable.value, EnvValue::Secret("hunter2".to_owned()));
    }

    #[test]
    fn a_file_is_read_as_docker_reads_it() {
        let variables = read("\u{feff}# comment\r\nA=1\r\n\n  B= x=\"y\" \nEMPTY=\n # also\nTOKEN").unwrap();
        assert_eq!(variables[..3], [plain("A", "1"), plain("B", " x=\"y\" "), plain("EMPTY", "")]);
        assert_eq!(variables[3].value, EnvValue::Secret("hunter2".to_owned()));
        assert_eq!(variables.len(), 4);
    }

    #[test]
    fn errors_name_the_line_and_no_value() {
        assert_eq!(
            read("A=1\nMISSING\n").unwrap_err().to_string(),
            "ci.env:2: `MISSING` is not set in the environment"
        );
        assert_eq!(read("=x").unwrap_err().to_string(), "ci.env:1: an environment variable without a name");
        let error = read("\n\nmy secret=hunter2").unwrap_err();
        assert!(error.to_string().starts_with("ci.env:3: "), "{error}");
        assert!(!error.to_string().contains("hunter2"));
        assert_eq!(
            parse(b"A=\xff", Path::new("f"), &environment()).unwrap_err().to_string(),
            "f:1: not valid UTF-8"
        );
    }

    #[test]
    fn what_other_formats_allow_is_named_for_what_it_is() {
        let said = |content: &str| {
            let error = read(content).unwrap_err();
            format!("{error} / {}", error.advice())
        };
        let spaces = "write NAME=VALUE without spaces around the `=`; one behind it belongs to the value";
        assert_eq!(
            said("A=1\nTOPIC = arn"),
            format!("ci.env:2: the name `TOPIC` has a space beside it / {spaces}")
        );
        assert_eq!(
            said("TOPIC\t=arn"),
            format!("ci.env:1: the name `TOPIC` has a space beside it / {spaces}")
        );
        assert_eq!(
            said("export D=4"),
            "ci.env:1: `export` stands before `D` / leave it out: only a shell knows it"
        );
        assert!(said("export TOKEN").starts_with("ci.env:1: `export` stands before `TOKEN`"));
        assert!(said("A=x\0y").starts_with("ci.env:1: the value of `A` has a NUL byte in it"));
        assert!(
            said("hunter2 is my=word").starts_with("ci.env:1: the name of an environment variable has a")
        );
        assert!(said("x").contains("a name of 1 character ("));
    }

    #[test]
    fn a_value_in_quotes_over_several_lines_is_an_error_at_its_first() {
        for rest in [
            "-----BEGIN KEY-----\nMIIEhunter2\nabc==\n-----END KEY-----\"\n",
            "MIIEhunter2==\nqq/x+y=\n\"\nB=1\n",
            "two\nwords\"",
        ] {
            let error = read(&format!("A=1\nKEY=\"{rest}")).unwrap_err();
            assert!(error.to_string().starts_with("ci.env:2: the value of `KEY` is in quotes"), "{error}");
            assert!(!format!("{error}{}", error.advice()).contains("hunter2"));
        }
        // As docker takes them: each line by itself.
        let kept =
            [("A=\"\nB=2\"\n", 2), ("HEIGHT=5\"\nB=1", 2), ("A='\n# it's\nB=1", 2), ("A=\"x\" y\"", 1)];
        for (content, count) in kept {
            assert_eq!(read(content).map(|variables| variables.len()), Ok(count), "{content}");
        }
    }

    #[test]
    fn quotes_are_kept_and_that_is_said() {
        let file = |content: &str| parse(content.as_bytes(), Path::new("ci.env"), &environment()).unwrap();
        let read = file("A=\"x\"\nB='y'\nC=z\nD=\"1\"\nE=\"2\"\n");
        assert_eq!(read.variables[0], plain("A", "\"x\""));
        assert_eq!(
            read.warnings,
            ["ci.env: quotes are part of a value, as with docker, so of `A`, `B`, `D`, … too"]
        );
        assert_eq!(file("A=x\nB=\"\nC=say \"hi\"\n").warnings, Vec::<String>::new());
    }

    #[test]
    fn a_value_in_place_of_a_name_is_not_shown() {
        let error = variable("ghp_0123456789abcdef", &environment()).unwrap_err();
        assert!(!error.to_string().contains("ghp_"), "{error}");
    }

    proptest! {
        #[test]
        fn no_input_panics(content in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&content, Path::new("f"), &environment());
        }

        #[test]
        fn a_pair_survives(name in "[A-Za-z_][A-Za-z0-9_.]{0,10}", value in "[^\\r\\n\\x00]{0,30}") {
            let read = read(&format!("{name}={value}\n")).unwrap();
            prop_assert_eq!((read.len(), &read[0].name, read[0].reveal()), (1, &name, value.as_str()));
        }
    }
}
