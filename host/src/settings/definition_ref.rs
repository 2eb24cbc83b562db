//! How a task definition is named: registered ones by family, revision or ARN, files by their path.

use super::quantity::quoted;
use crate::error::Error;

/// Longest family. Source: Amazon ECS API reference, RegisterTaskDefinition, `family`.
const MAX_FAMILY: usize = 255;

/// Ends of names that only files have: a family has no point in it.
const FILE_ENDS: &[&str] = &[".json", ".jsonc", ".json5", ".yaml", ".yml", ".template"];

/// What a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// `FAMILY`, `FAMILY:REVISION` or an ARN.
    Registered(String),
    /// The path of a file; `-` is standard input.
    File(String),
}

/// Whether a text can be a family.
/// Source: Amazon ECS API reference, RegisterTaskDefinition, `family`: up to 255 letters (uppercase and
/// lowercase), numbers, underscores, and hyphens.
pub fn is_family(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_FAMILY
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// Reads the text of `--task-definition`. A path needs no `file:` before it where nothing else can be meant:
/// a family has neither a slash nor a point.
///
/// # Errors
///
/// A usage error: the text is neither, which is known before AWS is asked.
pub fn parse(text: &str) -> Result<Named, Error> {
    // `file://PATH` is how the AWS CLI is told to read a file.
    if let Some(path) = text.strip_prefix("file://").or_else(|| text.strip_prefix("file:")) {
        return match path {
            "" => Err(Error::usage("`file:` is not followed by a path").hint("is a variable in it empty?")),
            path => Ok(Named::File(path.to_owned())),
        };
    }
    if text.starts_with("arn:") {
        return arn(text);
    }
    let lower = text.to_ascii_lowercase();
    if text.contains(['/', '\\']) || FILE_ENDS.iter().any(|end| lower.ends_with(end)) {
        return Ok(Named::File(text.to_owned()));
    }
    match registered(text) {
        true => Ok(Named::Registered(text.to_owned())),
        false => Err(wrong(text)),
    }
}

/// `FAMILY` or `FAMILY:REVISION`.
fn registered(text: &str) -> bool {
    match text.rsplit_once(':') {
        None => is_family(text),
        Some((family, revision)) => {
            is_family(family) && revision.parse::<u32>().is_ok_and(|number| number > 0)
        }
    }
}

/// `arn:PARTITION:ecs:REGION:ACCOUNT:task-definition/FAMILY:REVISION`.
fn arn(text: &str) -> Result<Named, Error> {
    let mut parts = text.splitn(6, ':').skip(2);
    let (service, resource) = (parts.next().unwrap_or_default(), parts.nth(2).unwrap_or_default());
    if service == "ecs" && resource.strip_prefix("task-definition/").is_some_and(registered) {
        return Ok(Named::Registered(text.to_owned()));
    }
    let what = match (service, resource.split('/').next().unwrap_or_default()) {
        ("ecs", kind @ ("task" | "service" | "cluster" | "container-instance")) => {
            format!("that of a {kind}")
        }
        _ => "another one".to_owned(),
    };
    Err(Error::usage(format!("the ARN is not that of a task definition, but {what}"))
        .hint("it looks like arn:aws:ecs:REGION:ACCOUNT:task-definition/FAMILY:REVISION"))
}

fn wrong(text: &str) -> Error {
    let error = Error::usage(format!("{} is neither a registered task definition nor a file", quoted(text)));
    let error = match text.rsplit_once(':') {
        Some((family, "latest" | "")) if is_family(family) => {
            error.hint(format!("the newest revision of a family is named without one: {family}"))
        }
        _ if text.contains(['$', '{', '<']) => error.hint("is it a variable that was not replaced?"),
        _ => error,
    };
    error.hint("write FAMILY, FAMILY:REVISION or an ARN; or file:PATH for a file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_revisions_arns_and_paths() {
        let arn = "arn:aws-us-gov:ecs:us-gov-west-1:123456789012:task-definition/my_deploy:12";
        for name in ["deploy", "my_Deploy-1", "deploy:7", arn, "-"] {
            assert_eq!(parse(name), Ok(Named::Registered(name.to_owned())), "{name}");
        }
        for (text, path) in [
            ("file:task.json", "task.json"),
            ("file:-", "-"),
            ("file:/a/b", "/a/b"),
            ("file://task.json", "task.json"),
            ("file:///a/b", "/a/b"),
            ("./task", "./task"),
            ("v/x.json", "v/x.json"),
            ("task.JSON", "task.JSON"),
            ("task.yml", "task.yml"),
            ("a\\b", "a\\b"),
        ] {
            assert_eq!(parse(text), Ok(Named::File(path.to_owned())), "{text}");
        }
    }

    #[test]
    fn what_can_be_neither_is_said_without_asking_aws() {
        for (text, words) in [
            ("deploy:latest", "named without one: deploy"),
            ("deploy:", "named without one: deploy"),
            ("deploy:0", "FAMILY:REVISION"),
            ("my deploy", "FAMILY"),
            ("$TASK", "not replaced"),
            ("<family>", "not replaced"),
            ("file:", "variable in it empty"),
            ("arn:aws:ecs:r:1:task/ci/0123", "task-definition/FAMILY"),
            ("arn:aws:iam::1:role/x", "task-definition/FAMILY"),
            ("arn:aws:ecs:r:1:task-definition/a b:1", "task-definition/FAMILY"),
            (&"x".repeat(256), "FAMILY"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.is_usage() && error.advice().contains(words), "{text}: {error} {}", error.advice());
        }
        assert!(parse("arn:aws:ecs:r:1:task/ci/0123").expect_err("a task").to_string().contains("of a task"));
    }
}
