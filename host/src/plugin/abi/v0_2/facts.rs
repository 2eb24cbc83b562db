//! What a component says of itself in a custom section, which `wit/types.wit` describes at `description`.

use serde::Deserialize;

use super::shared::asked;
use crate::plugin::kind::Description;
use crate::plugin::kind::Kind;
use crate::plugin::kind::checked_description;
use crate::plugin::runtime::error::Failure;
use crate::plugin::runtime::limits::Limits;

/// Name of the section.
pub(crate) const SECTION: &str = "sortie:plugin";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Facts {
    name: String,
    version: String,
    summary: String,
    #[serde(default)]
    needs: Vec<NeedFact>,
    #[serde(default)]
    config_schema: String,
}

#[derive(Deserialize)]
struct NeedFact {
    capability: String,
    #[serde(default)]
    argument: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    reason: String,
}

/// The description in the section of a component of this kind, checked as the one that the component answers.
pub(crate) fn description(section: &[u8], kind: Kind, limits: &Limits) -> Result<Description, Failure> {
    let facts: Facts = serde_json::from_slice(section)
        .map_err(|error| Failure::Protocol(format!("its section `{SECTION}` is malformed: {error}")))?;
    let needs = facts.needs.into_iter();
    let raw = Description {
        name: facts.name,
        version: facts.version,
        kind,
        summary: facts.summary,
        needs: needs
            .map(|need| asked(&need.capability, &need.argument, need.required, need.reason))
            .collect(),
        config_schema: facts.config_schema,
    };
    checked_description(raw, limits)
}

/// What differs between the section and what the component answers, in one word; `None` when they agree.
pub(crate) fn difference(section: &Description, answer: &Description) -> Option<&'static str> {
    [
        ("name", section.name == answer.name),
        ("version", section.version == answer.version),
        ("summary", section.summary == answer.summary),
        ("needs", section.needs == answer.needs),
        ("configuration schema", section.config_schema == answer.config_schema),
    ]
    .into_iter()
    .find_map(|(what, same)| (!same).then_some(what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::trust::Need;

    const SECTION_TEXT: &str = r#"{"name":"x","version":"1.0.0","summary":"s","needs":[{"capability":"env",
        "argument":"A","required":true,"reason":"to sign"}],"configSchema":"{}"}"#;

    #[test]
    fn a_section_is_read_as_an_answer_is() {
        let limits = Limits::default();
        let read = description(SECTION_TEXT.as_bytes(), Kind::Filter, &limits).expect("it is well-formed");
        assert_eq!(read.needs[0].need, Need::Env("A".to_owned()));
        assert!(read.needs[0].required);
        assert_eq!(difference(&read, &read), None);
        let other = Description { needs: Vec::new(), ..read.clone() };
        assert_eq!(difference(&read, &other), Some("needs"));
        for bad in ["", "{}", r#"{"name":"A B","version":"1.0.0","summary":""}"#] {
            assert!(description(bad.as_bytes(), Kind::Filter, &limits).is_err(), "{bad}");
        }
    }
}
