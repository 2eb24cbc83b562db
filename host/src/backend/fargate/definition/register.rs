//! Task definitions that sortie registers: found again by their content, so that a pipeline
//! that runs a thousand times leaves one revision and not a thousand.
//!
//! The hash of the registration's body stands in the tag [`HASH_TAG`] of the revision. Before
//! registering, the newest revisions of the family are looked at. One with the same hash is used
//! if it also *is* what would be registered: a tag can be written by anybody who may tag, and what
//! runs must not depend on it. Two jobs that register the same content at the same moment leave two
//! equal revisions, which harms nobody.

use std::time::Duration;

use serde_json::Value;
use serde_json::json;
use sha2::Digest;
use sha2::Sha256;

use super::source::READ_BUDGET;
use super::source::describe_once;
use crate::backend::fargate::aws::clients::Ecs;
use crate::backend::fargate::aws::failure::Class;
use crate::backend::fargate::aws::failure::Failure;
use crate::backend::fargate::aws::retry::with_retries;
use crate::backend::fargate::aws::wire::with_body;
use crate::ecs_definition::canonical::canonical;
use crate::ecs_definition::canonical::differences;
use crate::report::plan::Comparison;
use crate::report::plan::Difference;
use crate::secrecy::shown;
use crate::spec::Extra;

/// Tag that holds a revision's content hash.
const HASH_TAG: &str = "sortie:content-hash";

/// How many revisions of the family are looked at, newest first. More than one, because jobs
/// that run two contents in turn (two branches) would register each time otherwise.
const REVISIONS_LOOKED_AT: u32 = 5;

/// How long these calls are retried.
const BUDGET: Duration = Duration::from_secs(60);

/// A revision that is there.
#[derive(Debug)]
pub(crate) struct Ensured {
    /// Its ARN.
    pub(crate) arn: String,
    /// Whether it was registered just now.
    pub(crate) is_new: bool,
    /// What a person should know of those that were looked at.
    pub(crate) warnings: Vec<String>,
}

/// A task definition to find or to register.
#[derive(Debug)]
pub(crate) struct Registration {
    family: String,
    hash: String,
    body: Value,
}

impl Registration {
    /// Takes a body of RegisterTaskDefinition, and adds the tag.
    pub(crate) fn new(mut body: Extra) -> Self {
        // An emulator describes what is not set as an empty text, which AWS would refuse.
        body.retain(|_, value| value.as_str() != Some(""));
        let family = body.get("family").and_then(Value::as_str).unwrap_or_default().to_owned();
        let hash = content_hash(&Value::Object(body.clone()));
        let mut tags = match body.remove("tags") {
            Some(Value::Array(tags)) => tags,
            _ => Vec::new(),
        };
        tags.retain(|tag| tag.get("key").and_then(Value::as_str) != Some(HASH_TAG));
        tags.push(json!({ "key": HASH_TAG, "value": hash }));
        body.insert("tags".to_owned(), Value::Array(tags));
        Self { family, hash, body: Value::Object(body) }
    }

    /// The body of RegisterTaskDefinition. It holds no secret values.
    pub(crate) fn body(&self) -> &Value {
        &self.body
    }

    /// What stands in a plan for the revision that is not known yet.
    pub(crate) fn place(&self) -> String {
        format!("{}:(its revision with this content)", self.family)
    }

    /// What a person is told of it before the launch.
    pub(crate) fn said(&self) -> String {
        format!(
            "a revision of `{}`, unless one of its newest {REVISIONS_LOOKED_AT} is the same: then that one is used",
            self.family
        )
    }

    /// A revision with this content: one that exists, or a new one.
    pub(crate) async fn ensure(&self, ecs: &Ecs) -> Result<Ensured, Failure> {
        let mut warnings = Vec::new();
        if let Some(arn) = self.find(ecs, &mut warnings).await {
            return Ok(Ensured { arn, is_new: false, warnings });
        }
        const OPERATION: &str = "RegisterTaskDefinition";
        let arn = with_retries(BUDGET, || async {
            let call = ecs.client.register_task_definition().family(&self.family).customize();
            let call = call.mutate_request(with_body(&self.body)).send();
            let asked = async { call.await.map_err(|error| Failure::new(OPERATION, &error)) };
            let answer = ecs.calls.ask(OPERATION, asked).await?;
            let arn = answer.task_definition().and_then(|definition| definition.task_definition_arn());
            Ok(arn.unwrap_or(&self.family).to_owned())
        })
        .await?;
        Ok(Ensured { arn, is_new: true, warnings })
    }

    /// A revision that exists. Failing to look is no reason to fail: registering still works.
    async fn find(&self, ecs: &Ecs, warnings: &mut Vec<String>) -> Option<String> {
        let newest = with_retries(BUDGET, || describe_once(ecs, &self.family, true)).await.ok()?;
        self.find_from(&newest, ecs, warnings).await
    }

    /// The same, from the newest revision backwards.
    async fn find_from(&self, newest: &Value, ecs: &Ecs, warnings: &mut Vec<String>) -> Option<String> {
        if let Some(arn) = self.matching(newest, warnings) {
            return Some(arn);
        }
        let revision = newest.get("taskDefinition")?.get("revision")?.as_u64()?;
        for back in 1..u64::from(REVISIONS_LOOKED_AT) {
            let earlier = revision.checked_sub(back).filter(|revision| *revision > 0)?;
            let name = format!("{}:{earlier}", self.family);
            // A revision that was deregistered or deleted is an error or inactive; go on.
            if let Ok(described) = describe_once(ecs, &name, true).await
                && let Some(arn) = self.matching(&described, warnings)
            {
                return Some(arn);
            }
        }
        None
    }

    /// What [`ensure`](Self::ensure) would do, and how the newest revision differs; nothing is changed.
    pub(crate) async fn compare(&self, ecs: &Ecs) -> Comparison {
        let family = &self.family;
        let known = |revision: Option<String>, reused, said| Comparison {
            revision,
            reused,
            said,
            differences: Vec::new(),
        };
        let newest = match with_retries(READ_BUDGET, || describe_once(ecs, family, true)).await {
            Ok(newest) => newest,
            Err(failure) if failure.class == Class::Missing => {
                let said = format!("there is no revision of `{family}`: the first would be registered");
                return known(None, Some(false), said);
            }
            Err(failure) => {
                let hint = if failure.hint.is_empty() { "" } else { ": " };
                let said = format!(
                    "it is not known what is registered of `{family}`: DescribeTaskDefinition: {failure}{hint}{}",
                    failure.hint
                );
                return known(None, None, said);
            }
        };
        if let Some(arn) = self.find_from(&newest, ecs, &mut Vec::new()).await {
            let said = format!("{arn} is the same and would be used; nothing would be registered");
            return known(Some(arn), Some(true), said);
        }
        let definition = newest.get("taskDefinition").and_then(Value::as_object).cloned().unwrap_or_default();
        let arn = definition.get("taskDefinitionArn").and_then(Value::as_str).unwrap_or(family).to_owned();
        let differences = self.differences_from(&arn, &definition);
        let why = match differences.is_empty() {
            true => "differs in its tags, or was not registered by sortie",
            false => "differs",
        };
        let said = format!("a new revision of `{family}` would be registered: its newest, {arn}, {why}");
        Comparison { differences, ..known(Some(arn), Some(false), said) }
    }

    /// Where a revision differs from what would be registered; secrets are hidden by their names.
    fn differences_from(&self, arn: &str, described: &Extra) -> Vec<Difference> {
        let account = account_of(arn);
        let mut planned = self.body.as_object().map(|body| canonical(body, account)).unwrap_or_default();
        let mut registered = canonical(described, account);
        let found = differences(&planned, &registered);
        shown::hide(&mut planned);
        shown::hide(&mut registered);
        let shown = differences(&planned, &registered);
        found
            .into_iter()
            .map(|found| match shown.iter().find(|shown| shown.path == found.path) {
                Some(shown) => Difference {
                    path: found.path,
                    registered: shown.other.clone(),
                    planned: shown.one.clone(),
                },
                // Two secrets that differ look the same now.
                None => Difference {
                    path: found.path,
                    registered: json!(shown::MASK),
                    planned: json!(shown::MASK),
                },
            })
            .collect()
    }

    /// The ARN of a described revision, if it is this content.
    fn matching(&self, described: &Value, warnings: &mut Vec<String>) -> Option<String> {
        let definition = described.get("taskDefinition")?.as_object()?;
        let status = definition.get("status").and_then(Value::as_str);
        if status.is_some_and(|status| status != "ACTIVE") {
            return None;
        }
        let tags = described.get("tags")?.as_array()?;
        let same = tags.iter().any(|tag| {
            tag.get("key").and_then(Value::as_str) == Some(HASH_TAG)
                && tag.get("value").and_then(Value::as_str) == Some(&self.hash)
        });
        let arn = definition.get("taskDefinitionArn")?.as_str()?;
        if !same {
            return None;
        }
        let account = account_of(arn);
        let wanted = canonical(self.body.as_object()?, account);
        let found = differences(&wanted, &canonical(definition, account));
        let Some(first) = found.first() else { return Some(arn.to_owned()) };
        warnings.push(format!(
            "the tag {HASH_TAG} of {arn} does not tell the truth: the revision differs from what the tag stands \
             for, at {}; it is not used",
            first.path
        ));
        None
    }
}

/// The account in an ARN.
fn account_of(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

/// SHA-256 of a JSON value in one spelling: object members sorted.
fn content_hash(value: &Value) -> String {
    let mut hasher = Sha256::new();
    feed(value, &mut hasher);
    let digest = hasher.finalize();
    digest.iter().fold(String::from("sha256-"), |mut text, byte| {
        use std::fmt::Write;
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn feed(value: &Value, hasher: &mut Sha256) {
    match value {
        Value::Object(map) => {
            let mut members: Vec<(&String, &Value)> = map.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            hasher.update(b"{");
            for (name, value) in members {
                hasher.update(json!(name).to_string());
                hasher.update(b":");
                feed(value, hasher);
                hasher.update(b",");
            }
            hasher.update(b"}");
        }
        Value::Array(list) => {
            hasher.update(b"[");
            for value in list {
                feed(value, hasher);
                hasher.update(b",");
            }
            hasher.update(b"]");
        }
        scalar => hasher.update(scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registration(body: Value) -> Registration {
        Registration::new(body.as_object().cloned().unwrap_or_default())
    }

    #[test]
    fn equal_content_has_one_hash_and_different_content_another() {
        let one =
            registration(json!({ "family": "f", "cpu": "256", "tags": [{ "key": "k", "value": "v" }] }));
        let same =
            registration(json!({ "tags": [{ "value": "v", "key": "k" }], "cpu": "256", "family": "f" }));
        let other = registration(json!({ "family": "f", "cpu": "512" }));
        assert_eq!(one.hash, same.hash);
        assert_ne!(one.hash, other.hash);
        assert!(one.hash.len() <= 256 && one.body()["tags"][1]["value"] == json!(one.hash));
    }

    #[test]
    fn only_an_active_revision_with_the_hash_and_the_content_is_used_again() {
        let wanted = registration(json!({ "family": "f", "cpu": "256" }));
        let described = |status: &str, hash: &str, cpu: &str| {
            json!({
                "taskDefinition": { "family": "f", "cpu": cpu, "taskDefinitionArn": "arn:x:1", "status": status },
                "tags": [{ "key": HASH_TAG, "value": hash }],
            })
        };
        let mut warnings = Vec::new();
        let mut matching = |described: &Value| wanted.matching(described, &mut warnings);
        assert_eq!(matching(&described("ACTIVE", &wanted.hash, "256")), Some("arn:x:1".to_owned()));
        assert_eq!(matching(&described("INACTIVE", &wanted.hash, "256")), None);
        assert_eq!(matching(&described("ACTIVE", "sha256-0", "256")), None);
        assert_eq!(matching(&json!({ "taskDefinition": {} })), None);
        assert_eq!(matching(&described("ACTIVE", &wanted.hash, "512")), None);
        assert!(warnings.len() == 1 && warnings[0].contains("at cpu"), "{warnings:?}");
    }
}
