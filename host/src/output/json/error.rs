//! The object of an error.

use serde::Serialize;

use super::Stamp;
use crate::error::Error;
use crate::exit::ExitCode;

/// Why a command failed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ErrorObject<'a> {
    #[serde(flatten)]
    stamp: Stamp,
    /// What sortie ends with.
    exit_code: ExitCode,
    /// Who can fix it.
    #[cfg_attr(test, schemars(extend("enum" = crate::error::Kind::WORDS)))]
    kind: &'static str,
    /// The thing that it is about: a place in a file, a flag, a variable, a task.
    on: Option<&'a str>,
    /// What failed and why, on one line, as standard error has it.
    message: String,
    /// What to do next, the most useful first; each may be several lines.
    hints: &'a [String],
}

impl<'a> ErrorObject<'a> {
    /// The object of this error.
    pub fn new(error: &'a Error, stamp: Stamp) -> Self {
        Self {
            stamp,
            exit_code: ExitCode::of(error.kind()),
            kind: error.kind().as_str(),
            on: error.thing(),
            message: error.to_string(),
            hints: error.hints(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use serde_json::json;

    use super::*;
    use crate::error::Kind;
    use crate::output::json::Object;
    use crate::output::json::text;
    use crate::signal::Signal;

    fn object(error: &Error) -> serde_json::Value {
        let text = text(&Object::Error(ErrorObject::new(error, Stamp::since(Instant::now()))));
        assert!(text.starts_with("{\"type\":\"error\","), "{text}");
        let mut object: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let members = object.as_object_mut().expect("an object");
        assert!(members.remove("at").is_some() && members.remove("elapsedMs").is_some());
        object
    }

    #[test]
    fn an_error_says_all_that_a_person_reads_and_what_a_program_needs() {
        let error = Error::usage("unknown key `x`").on("sortie.toml:3").hint("did you mean `y`?");
        assert_eq!(
            object(&error),
            json!({
                "type": "error", "exitCode": 2, "kind": "usage", "on": "sortie.toml:3",
                "message": "sortie.toml:3: unknown key `x`", "hints": ["did you mean `y`?"],
            })
        );
        let cancelled = Error::new(Kind::Cancelled(Signal::Term), "cancelled");
        assert_eq!(object(&cancelled)["kind"], "cancelled");
        assert_eq!(object(&cancelled)["exitCode"], 143);
        assert_eq!(object(&cancelled)["on"], serde_json::Value::Null);
    }
}
