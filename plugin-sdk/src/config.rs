//! Configuration: from the user's table to a plugin's own type, with findings for a person.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Context;
use crate::Environment;
use crate::Error;
use crate::Finding;
use crate::Need;
use crate::Severity;
use crate::about::OwnedNeed;

/// The configuration of a plugin that has none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoConfig {}

/// What a plugin has at hand while it is configured: the environment, the run, and where to put what it
/// finds.
pub struct Setup<'a> {
    environment: &'a dyn Environment,
    context: &'a Context,
    findings: Vec<Finding>,
    needs: Vec<OwnedNeed>,
}

impl<'a> Setup<'a> {
    /// A setup that reads `environment`.
    pub fn new(environment: &'a dyn Environment, context: &'a Context) -> Self {
        Self { environment, context, findings: Vec::new(), needs: Vec::new() }
    }

    /// An environment variable of the sortie process; `None` when it is granted but not set.
    ///
    /// # Errors
    /// `denied` when the name was not granted, `invalid` when the value is not UTF-8.
    pub fn env(&self, name: &str) -> Result<Option<String>, Error> {
        self.environment.get(name)
    }

    /// The run that the plugin is part of.
    pub fn context(&self) -> &'a Context {
        self.context
    }

    /// Adds a finding. After an error the run does not start, whatever `configure` returns.
    pub fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Says what this configuration needs, of what [`crate::About::needs`] asks for with `*`: the user is
    /// told what to grant before anything is launched.
    pub fn need(&mut self, need: Need<'_>) {
        self.needs.push(need.into());
    }

    /// Whether an error has been reported.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// What came of a configuration.
#[derive(Debug)]
#[non_exhaustive]
pub struct Configured<P> {
    /// The plugin; `None` when a finding is an error.
    pub plugin: Option<P>,
    /// What was found, in order.
    pub findings: Vec<Finding>,
    /// What this configuration needs.
    pub needs: Vec<OwnedNeed>,
}

/// Configures a plugin from JSON text: the one path that the guest glue and native tests share.
pub fn configure<C, P>(
    json: &str,
    environment: &dyn Environment,
    context: &Context,
    build: impl FnOnce(C, &mut Setup<'_>) -> Result<P, Finding>,
) -> Configured<P>
where
    C: DeserializeOwned + Default,
{
    let mut setup = Setup::new(environment, context);
    let plugin = match parse(json) {
        Ok(config) => build(config, &mut setup).map_err(|refusal| setup.report(refusal)).ok(),
        Err(finding) => {
            setup.report(finding);
            None
        }
    };
    let plugin = if setup.has_errors() { None } else { plugin };
    Configured { plugin, findings: setup.findings, needs: setup.needs }
}

/// Reads a configuration. Empty text and `null` are the default.
///
/// # Errors
/// What is wrong, with a JSON pointer to the smallest part of the configuration that shows it.
pub fn parse<C: DeserializeOwned + Default>(json: &str) -> Result<C, Finding> {
    if json.trim().is_empty() {
        return Ok(C::default());
    }
    let value: Value = serde_json::from_str(json)
        .map_err(|error| Finding::error("", format!("the configuration is not JSON: {error}")))?;
    if value.is_null() {
        return Ok(C::default());
    }
    // serde takes a list for a struct; a person never means that.
    if !value.is_object() {
        return Err(Finding::error("", "the configuration must be a table"));
    }
    serde_json::from_value(value.clone()).map_err(|error| {
        let message = error.to_string();
        let mut steps = Vec::new();
        descend::<C>(&value, &message, &mut steps, &|part| part);
        // Of an unknown key the key itself is wrong, not what is below it.
        if let Some(key) = unknown_key(&message) {
            match steps.iter().position(|step| step == key) {
                Some(index) => steps.truncate(index + 1),
                // A table that only its siblings make valid is not found by shrinking.
                None if steps.is_empty() && value.get(key).is_some() => steps.push(key.to_owned()),
                None => {}
            }
        }
        let path: String = steps.iter().map(|step| format!("/{}", escape(step))).collect();
        Finding::error(path, with_suggestion(&without_value(&message)))
    })
}

/// Finds the smallest part of `value` that alone fails with the same message: follows the child
/// that fails as its parent does. `wrap` puts a part back into the place it was taken from.
fn descend<C: DeserializeOwned>(
    value: &Value,
    message: &str,
    path: &mut Vec<String>,
    wrap: &dyn Fn(Value) -> Value,
) {
    let fails = |document: Value| {
        serde_json::from_value::<C>(document).is_err_and(|error| error.to_string() == message)
    };
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let inner = |part: Value| wrap(Value::Object(std::iter::once((key.clone(), part)).collect()));
                if fails(inner(member.clone())) {
                    path.push(key.clone());
                    return descend::<C>(member, message, path, &inner);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let inner = |part: Value| wrap(Value::Array(vec![part]));
                if fails(inner(item.clone())) {
                    path.push(index.to_string());
                    return descend::<C>(item, message, path, &inner);
                }
            }
        }
        _ => {}
    }
}

/// Escapes one step of a JSON pointer (RFC 6901, section 3).
pub fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The key in serde's "unknown field `x`, expected …".
fn unknown_key(message: &str) -> Option<&str> {
    message.strip_prefix("unknown field `")?.split('`').next()
}

/// serde's message without the value that it quotes, which may be a secret: "invalid type: string "x", expected
/// a sequence". A word that is none of those known is kept where it is near to one of them.
fn without_value(message: &str) -> String {
    for lead in ["invalid type: ", "invalid value: "] {
        if let Some(rest) = message.strip_prefix(lead)
            && let Some((value, expected)) = rest.rsplit_once(", expected ")
        {
            let kind = value.split(['`', '"']).next().unwrap_or_default().trim_end();
            return format!("{lead}{kind}, expected {expected}");
        }
    }
    if let Some(rest) = message.strip_prefix("unknown variant `")
        && let Some((variant, expected)) = rest.rsplit_once("`, expected ")
        && nearest(variant, expected.split('`').skip(1).step_by(2)).is_none()
    {
        return format!("unknown variant, expected {expected}");
    }
    message.to_owned()
}

/// Puts the nearest known name behind serde's "unknown field" and "unknown variant".
fn with_suggestion(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    if !message.starts_with("unknown ") {
        return message.to_owned();
    }
    let Some(unknown) = quoted.next() else { return message.to_owned() };
    match nearest(unknown, quoted) {
        Some(known) => format!("{message}; did you mean `{known}`?"),
        None => message.to_owned(),
    }
}

/// The candidate that is fewest edits away, if that is near enough to be a slip.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().max(3) / 3 + 1)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance in characters.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, r) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(l != *r);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
    struct Sample {
        min_length: u32,
        values: Vec<String>,
        nested: Nested,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Nested {
        list: Vec<u8>,
    }

    fn refusal(json: &str) -> Finding {
        parse::<Sample>(json).expect_err("a refusal")
    }

    #[test]
    fn nothing_is_the_default() {
        for json in ["", "  ", "null", "{}"] {
            assert_eq!(parse::<Sample>(json), Ok(Sample::default()));
        }
    }

    #[test]
    fn an_unknown_key_is_answered_with_the_nearest() {
        let refusal = refusal(r#"{"values":["x"],"min-lenght":4}"#);
        assert_eq!(refusal.path, "/min-lenght");
        assert!(refusal.message.ends_with("did you mean `min-length`?"), "{}", refusal.message);
    }

    #[test]
    fn no_value_is_told() {
        #[derive(Debug, Default, PartialEq, Deserialize)]
        #[serde(default, rename_all = "kebab-case")]
        struct Word {
            level: Level,
        }
        #[derive(Debug, Default, PartialEq, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        enum Level {
            #[default]
            Debug,
            Warning,
        }
        for json in [
            r#"{"values":"hunter2, expected"}"#,
            r#"{"min-length":"hunter2"}"#,
            r#"{"nested":{"list":["hunter2"]}}"#,
        ] {
            let refusal = refusal(json);
            assert!(
                !refusal.message.contains("hunter2") && refusal.message.contains("string, expected"),
                "{refusal:?}"
            );
        }
        let message = |json| parse::<Word>(json).expect_err("a refusal").message;
        assert_eq!(message(r#"{"level":"hunter2"}"#), "unknown variant, expected `debug` or `warning`");
        assert!(message(r#"{"level":"warnin"}"#).ends_with("did you mean `warning`?"));
    }

    #[test]
    fn nothing_near_is_not_guessed() {
        assert!(!refusal(r#"{"colour":4}"#).message.contains("did you mean"));
    }

    #[test]
    fn an_error_points_to_the_smallest_part() {
        assert_eq!(refusal(r#"{"values":["a",7,"b"]}"#).path, "/values/1");
        assert_eq!(refusal(r#"{"nested":{"list":[1,2,300]}}"#).path, "/nested/list/2");
        assert_eq!(refusal(r#"{"nested":{"lst":[1]}}"#).path, "/nested/lst");
        assert_eq!(refusal(r#"[1]"#).path, "");
    }

    #[test]
    fn text_that_is_not_json_is_refused() {
        assert!(refusal("{").message.starts_with("the configuration is not JSON"));
    }

    #[test]
    fn distances() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
    }
}
