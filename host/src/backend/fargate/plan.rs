//! The requests that a launch sends, made from the task after transforms.

use serde_json::Value;
use serde_json::json;

use super::check;
use super::register::Registration;
use super::source::Definition;
use super::source::Origin;
use super::source::derived_family;
use super::split;
use super::streams::LogSource;
use super::token;
use super::warnings::warnings;
use crate::backend::Plan;
use crate::ecs_definition::mapping;
use crate::error::Error;
use crate::settings::Settings;
use crate::spec::EnvValue;
use crate::spec::Extra;
use crate::spec::TaskSpec;

/// What stands in a plan where the launch puts a fresh client token.
const TOKEN_PLACE: &str = "(a fresh token for each attempt)";

/// What will be sent to ECS.
pub struct FargatePlan {
    /// The task definition to find by its content or to register; `None`: it exists.
    pub(super) registration: Option<Registration>,
    /// RunTask, with secret values, without client token and (if one is registered) without the
    /// task definition.
    run_task: Extra,
    /// RunTask for a person.
    shown: Extra,
    /// Containers in the task's order, and where each one's lines will be.
    pub(super) sources: Vec<(String, LogSource)>,
    /// Containers whose end ends the task.
    pub(super) essential: Vec<String>,
    /// Region of the run.
    region: String,
    /// Cluster as the user named it.
    pub(super) cluster: String,
    /// Who starts it.
    pub(super) started_by: String,
    /// Nobody else has this `startedBy`, so a task that has it is this launch's.
    pub(super) started_by_is_unique: bool,
    warnings: Vec<String>,
}

impl FargatePlan {
    /// Makes and checks the requests.
    pub(super) fn new(
        definition: &Definition,
        task: &TaskSpec,
        settings: &Settings,
        region: &str,
    ) -> Result<Self, Error> {
        check::check(task)?;
        let providers = check::providers(&settings.fargate)?;
        let cluster = settings.fargate.cluster.clone().filter(|name| !name.is_empty());
        let cluster = cluster.ok_or_else(|| {
            Error::usage("no cluster is given (--cluster)")
                .hint("name the ECS cluster: --cluster NAME, SORTIE_CLUSTER, or `cluster` in sortie.toml")
        })?;
        let parts = split::split(&definition.spec, task);
        let overrides = parts.overrides(EnvValue::reveal);
        if let Some(overrides) = &overrides {
            split::check_length(overrides)?;
        }
        let mut warnings = warnings(task);
        let (registration, definition_name) = match &definition.origin {
            Origin::Registered { arn, family } => {
                let existing = split::definition_part(&definition.spec);
                let wanted = TaskSpec { name: existing.name.clone(), ..parts.definition.clone() };
                if wanted == existing {
                    (None, arn.clone())
                } else {
                    let family = derived_family(family);
                    warnings.push(format!(
                        "RunTask cannot override everything that was changed: a revision of `{family}` is \
                         registered, or one with the same content is used again"
                    ));
                    let body = mapping::definition(&TaskSpec { name: family, ..wanted });
                    let registration = Registration::new(body);
                    let place = registration.place();
                    (Some(registration), place)
                }
            }
            Origin::Ours => {
                let registration = Registration::new(mapping::definition(&parts.definition));
                let place = registration.place();
                (Some(registration), place)
            }
        };
        let started_by_is_unique = task.started_by.is_none();
        let started_by = task.started_by.clone().unwrap_or_else(|| format!("sortie-{}", token::short()));

        let mut body = Extra::new();
        body.insert("cluster".to_owned(), json!(cluster));
        body.insert("count".to_owned(), json!(1));
        body.insert("startedBy".to_owned(), json!(started_by));
        // The two exclude each other; Spot is reached through a provider only.
        // Source: Amazon ECS API reference, RunTask, `launchType` and `capacityProviderStrategy`.
        if providers.is_empty() {
            body.insert("launchType".to_owned(), json!("FARGATE"));
        } else {
            let strategy: Vec<Value> = providers.iter().map(strategy_item).collect();
            body.insert("capacityProviderStrategy".to_owned(), json!(strategy));
        }
        if let Some(version) = &settings.fargate.platform_version {
            body.insert("platformVersion".to_owned(), json!(version));
        }
        body.insert("networkConfiguration".to_owned(), network(task));
        if !task.tags.is_empty() {
            body.insert("tags".to_owned(), json!(mapping::pairs(&task.tags, "key", "value")));
        }
        let mut shown = body.clone();
        if let Some(overrides) = overrides {
            body.insert("overrides".to_owned(), overrides);
        }
        if let Some(overrides) = parts.overrides(EnvValue::shown) {
            shown.insert("overrides".to_owned(), overrides);
        }
        if registration.is_none() {
            body.insert("taskDefinition".to_owned(), json!(definition_name));
        }
        shown.insert("taskDefinition".to_owned(), json!(definition_name));
        shown.insert("clientToken".to_owned(), json!(TOKEN_PLACE));

        let sources = task
            .containers
            .iter()
            .map(|container| (container.name.clone(), LogSource::of(container, region)))
            .collect();
        let essential = task.containers.iter().filter(|container| container.essential);
        let essential = essential.map(|container| container.name.clone()).collect();
        Ok(Self {
            registration,
            run_task: body,
            shown,
            sources,
            essential,
            region: region.to_owned(),
            cluster,
            started_by,
            started_by_is_unique,
            warnings,
        })
    }

    /// The body of RunTask for one attempt.
    pub(super) fn run_task(&self, registered: Option<&str>, client_token: &str) -> Value {
        let mut body = self.run_task.clone();
        if let Some(registered) = registered {
            body.insert("taskDefinition".to_owned(), json!(registered));
        }
        body.insert("clientToken".to_owned(), json!(client_token));
        Value::Object(body)
    }
}

fn strategy_item(provider: &check::Provider) -> Value {
    let mut item = Extra::new();
    item.insert("capacityProvider".to_owned(), json!(provider.name));
    if let Some(weight) = provider.weight {
        item.insert("weight".to_owned(), json!(weight));
    }
    if let Some(base) = provider.base {
        item.insert("base".to_owned(), json!(base));
    }
    Value::Object(item)
}

fn network(task: &TaskSpec) -> Value {
    let network = &task.network;
    let mut configuration = Extra::new();
    configuration.insert("subnets".to_owned(), json!(network.subnets));
    if !network.security_groups.is_empty() {
        configuration.insert("securityGroups".to_owned(), json!(network.security_groups));
    }
    let public = if network.assign_public_ip { "ENABLED" } else { "DISABLED" };
    configuration.insert("assignPublicIp".to_owned(), json!(public));
    json!({ "awsvpcConfiguration": configuration })
}

impl Plan for FargatePlan {
    fn requests(&self) -> Vec<(String, Value)> {
        let registration = self
            .registration
            .iter()
            .map(|registration| ("RegisterTaskDefinition".to_owned(), registration.body().clone()));
        registration.chain([("RunTask".to_owned(), Value::Object(self.shown.clone()))]).collect()
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    fn find_command(&self) -> Option<String> {
        let (region, cluster, started_by) = (&self.region, &self.cluster, &self.started_by);
        Some(format!("aws ecs list-tasks --region {region} --cluster {cluster} --started-by {started_by}"))
    }
}
