//! Where the task definition comes from: one that is registered, a file, or an image.

use serde_json::Value;
use serde_json::json;

use super::sizes;
use crate::backend::fargate::aws::arn;
use crate::backend::fargate::aws::clients::Ecs;
use crate::backend::fargate::aws::failure::Failure;
use crate::backend::fargate::aws::retry::with_retries;
use crate::backend::fargate::aws::wire::ResponseBody;
use crate::ecs_definition::file;
use crate::ecs_definition::mapping;
use crate::error::Error;
use crate::settings::FargateSettings;
use crate::settings::Settings;
use crate::settings::TaskDefinitionRef;
use crate::settings::TaskRequest;
use crate::spec::DEFAULT_CONTAINER;
use crate::spec::Extra;
use crate::spec::TaskSpec;
use crate::spec::image_name;

/// How long a read is tried again. Nothing has been launched yet, so failing is cheap.
pub(crate) const READ_BUDGET: std::time::Duration = std::time::Duration::from_secs(30);

/// Task definitions that sortie names itself begin or end with this word.
const WORD: &str = "sortie";

/// Longest family name. Source: Amazon ECS API reference, RegisterTaskDefinition, `family`.
const MAX_FAMILY: usize = 255;

/// Where a task definition comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Origin {
    /// It is registered: its ARN, and its family.
    Registered {
        /// ARN with revision, so that plan and launch mean the same.
        arn: String,
        /// Family.
        family: String,
    },
    /// sortie registers it, from a file or for an image.
    Ours {
        /// Family under which it does.
        family: String,
    },
}

/// A task definition before the command line is applied to it.
#[derive(Debug, Clone)]
pub(crate) struct Definition {
    /// Where it comes from.
    pub(crate) origin: Origin,
    /// What it says.
    pub(crate) spec: TaskSpec,
}

/// Reads or makes the task definition that the settings name.
pub(crate) async fn read(ecs: &Ecs, settings: &Settings) -> Result<Definition, Error> {
    let request = &settings.task;
    match (&request.task_definition, &request.image) {
        (None, None) => Err(Error::usage("neither --task-definition nor --image is given").hint(
            "name what runs on Fargate: --task-definition FAMILY[:REVISION], --task-definition file:PATH, or \
             --image IMAGE",
        )),
        (Some(TaskDefinitionRef::Registered(name)), _) => describe(ecs, name).await,
        (Some(TaskDefinitionRef::File(file)), _) => {
            let mut spec = file::read(file, request.name.as_deref()).await?;
            for_fargate(&mut spec.extra);
            Ok(Definition { origin: Origin::Ours { family: family_of_file(&spec.name) }, spec })
        }
        (None, Some(image)) => Ok(for_image(image, request, &settings.fargate)),
    }
}

/// Describes a registered task definition.
pub(crate) async fn describe(ecs: &Ecs, name: &str) -> Result<Definition, Error> {
    let body = with_retries(READ_BUDGET, || describe_once(ecs, name, false))
        .await
        .map_err(|failure| failure.error(&format!("of task definition `{name}`")))?;
    let object = body.get("taskDefinition").and_then(Value::as_object).ok_or_else(|| {
        Error::platform(format!(
            "DescribeTaskDefinition of task definition `{name}`: the answer holds no definition"
        ))
    })?;
    // An emulator describes what is not set as an empty text.
    let object: Extra = object
        .iter()
        .filter(|(_, value)| value.as_str() != Some(""))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    let spec = mapping::task_spec(&object)
        .map_err(|what| Error::platform(format!("task definition `{name}` cannot be understood: {what}")))?;
    let arn = object.get("taskDefinitionArn").and_then(Value::as_str).unwrap_or(name).to_owned();
    let family = spec.name.clone();
    Ok(Definition { origin: Origin::Registered { arn, family }, spec })
}

/// One DescribeTaskDefinition, as JSON.
pub(crate) async fn describe_once(ecs: &Ecs, name: &str, tags: bool) -> Result<Value, Failure> {
    let body = ResponseBody::default();
    let call = ecs
        .client
        .describe_task_definition()
        .task_definition(name)
        .set_include(tags.then(|| vec![aws_sdk_ecs::types::TaskDefinitionField::Tags]))
        .customize()
        .interceptor(body.clone());
    const OPERATION: &str = "DescribeTaskDefinition";
    let asked = async { call.send().await.map_err(|error| Failure::new(OPERATION, &error)) };
    ecs.calls.ask(OPERATION, asked).await?;
    Ok(body.json().unwrap_or(Value::Null))
}

/// A definition for one image. What the command line gives stands in it where it is about the
/// definition (sizes, roles); command and environment become overrides, so that one revision
/// serves every command.
fn for_image(image: &str, request: &TaskRequest, fargate: &FargateSettings) -> Definition {
    let name = request.name.as_deref().unwrap_or_else(|| image_name::base_name(image));
    let (cpu, memory) = sizes::complete(request.cpu, request.memory);
    let mut extra = Extra::new();
    for_fargate(&mut extra);
    let container = crate::spec::ContainerSpec {
        name: request.container.clone().unwrap_or_else(|| DEFAULT_CONTAINER.to_owned()),
        image: image.to_owned(),
        essential: true,
        ..crate::spec::ContainerSpec::default()
    };
    let name = family(&format!("{WORD}-{name}"));
    Definition {
        origin: Origin::Ours { family: name.clone() },
        spec: TaskSpec {
            name,
            containers: vec![container],
            cpu,
            memory,
            ephemeral_storage: fargate.ephemeral_storage,
            task_role: fargate.task_role.clone(),
            execution_role: fargate.execution_role.clone(),
            extra,
            ..TaskSpec::default()
        },
    }
}

/// What every definition for Fargate says, where it says nothing else.
fn for_fargate(extra: &mut Extra) {
    extra.entry("networkMode").or_insert_with(|| json!("awsvpc"));
    extra.entry("requiresCompatibilities").or_insert_with(|| json!(["FARGATE"]));
}

/// Family of the revisions that sortie derives from a registered definition.
pub(crate) fn derived_family(registered: &str) -> String {
    let (family, _) = arn::family_and_revision(registered);
    let room = MAX_FAMILY - WORD.len() - 1;
    let kept: String = family.chars().take(room).collect();
    format!("{kept}-{WORD}")
}

/// Family under which a file's definition is registered. The file's own may be one whose latest revision
/// a service, a schedule or another pipeline uses: it gets no revision unless that is asked for.
fn family_of_file(own: &str) -> String {
    let is_ours = own.starts_with(&format!("{WORD}-")) || own.ends_with(&format!("-{WORD}"));
    if is_ours { own.to_owned() } else { family(&format!("{WORD}-{own}")) }
}

/// Letters, digits, hyphens and underscores; everything else becomes a hyphen.
/// Source: Amazon ECS API reference, RegisterTaskDefinition, `family`.
fn family(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' })
        .take(MAX_FAMILY)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_follow_the_image() {
        for (image, wanted) in [
            ("alpine", "sortie-alpine"),
            ("alpine:3.20", "sortie-alpine"),
            ("localhost:5000/team/my.tool:1@sha256:00", "sortie-my-tool"),
            ("1.dkr.ecr.eu-west-1.amazonaws.com/a/b@sha256:00", "sortie-b"),
        ] {
            assert_eq!(
                for_image(image, &TaskRequest::default(), &FargateSettings::default()).spec.name,
                wanted,
                "{image}"
            );
        }
        let named = TaskRequest { name: Some("nightly job".to_owned()), ..TaskRequest::default() };
        assert_eq!(for_image("alpine", &named, &FargateSettings::default()).spec.name, "sortie-nightly-job");
    }

    #[test]
    fn a_file_is_never_registered_in_its_own_family() {
        assert_eq!(family_of_file("deploy"), "sortie-deploy");
        assert_eq!(family_of_file(&"x".repeat(255)).len(), 255);
        for ours in ["sortie-deploy", "deploy-sortie"] {
            assert_eq!(family_of_file(ours), ours);
        }
    }

    #[test]
    fn derived_families_stay_within_the_limit() {
        assert_eq!(derived_family("deploy"), "deploy-sortie");
        assert_eq!(derived_family(&"x".repeat(255)).len(), 255);
    }
}
