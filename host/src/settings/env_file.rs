//! Environment variables: the `NAME[=VALUE]` of `--env`, and files of them (`--env-file`).

use std::path::Path;

use crate::environment::Environment;
use crate::environment::Lookup;
use crate::error::Error;
use crate::spec::EnvValue;
use crate::spec::EnvVar;

/// One variable from `NAME=VALUE`, or from `NAME` alone, which copies a secret.
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
    if text.contains('\0') || name.contains(char::is_whitespace) {
        return Err(Error::usage("the name of an environment variable has a space in it, or a NUL byte"));
    }
    let value = match value {
        Some(value) => EnvValue::Plain(value.to_owned()),
        None => EnvValue::Secret(copied(name, environment)?),
    };
    Ok(EnvVar { name: name.to_owned(), value })
}

/// The variables of a file in docker's syntax: one per line, values verbatim (quotes are part of
/// them); blank lines and lines that begin with `#` are ignored. Unlike docker, a `NAME` alone that is
/// not set is an error, since a task without its credential fails later and worse.
pub fn parse(content: &[u8], path: &Path, environment: &Environment) -> Result<Vec<EnvVar>, Error> {
    let mut variables = Vec::new();
    // docker skips a byte order mark, which editors on Windows write.
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    for (index, line) in content.split(|byte| *byte == b'\n').enumerate() {
        let at = || format!("{}:{}", path.display(), index + 1);
        let line = std::str::from_utf8(line).map_err(|_| Error::usage("not valid UTF-8").on(&at()))?;
        let line = line.strip_suffix('\r').unwrap_or(line).trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        variables.push(variable(line, environment).map_err(|error| error.on(&at()))?);
    }
    Ok(variables)
}

/// The value of the variable that is to be copied.
fn copied(name: &str, environment: &Environment) -> Result<String, Error> {
    let conventional =
        name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    let shown = if conventional && name.len() <= 64 {
        format!("`{name}`")
    } else {
        format!("a name of {} characters (not shown, since it may be a value)", name.chars().count())
    };
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
        parse(content.as_bytes(), Path::new("ci.env"), &environment())
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
            prop_assert_eq!(read(&format!("{name}={value}\n")), Ok(vec![plain(&name, &value)]));
        }
    }
}
