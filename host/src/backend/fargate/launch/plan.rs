//! The requests that a launch sends, made from the task after transforms.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use serde_json::json;
use sha2::Digest as _;
use sha2::Sha256;
use tokio::sync::OnceCell;
use tokio::sync::watch;

use super::client_token;
use super::own_tags::OwnTags;
use super::policy;
use super::policy::Asked;
use super::run_task;
use super::run_task::is_cancelled;
use super::run_task::refusal;
use crate::backend::LaunchError;
use crate::backend::Placement;
use crate::backend::Plan;
use crate::backend::Task;
use crate::backend::fargate::aws::arn;
use crate::backend::fargate::aws::clients::Clients;
use crate::backend::fargate::aws::clients::Ecs;
use crate::backend::fargate::definition;
use crate::backend::fargate::definition::check;
use crate::backend::fargate::definition::register::Registration;
use crate::backend::fargate::definition::rules;
use crate::backend::fargate::definition::source::Definition;
use crate::backend::fargate::definition::source::Origin;
use crate::backend::fargate::definition::source::derived_family;
use crate::backend::fargate::definition::split;
use crate::backend::fargate::examine;
use crate::backend::fargate::examine::Needs;
use crate::backend::fargate::guard::Guard;
use crate::backend::fargate::guard::command::Guarded;
use crate::backend::fargate::guard::schedule::Lease;
use crate::backend::fargate::guard::schedule::Schedule;
use crate::backend::fargate::guard::sidecar::Sidecar;
use crate::backend::fargate::handle::FargateHandle;
use crate::backend::fargate::logs::streams::LogSource;
use crate::backend::fargate::network;
use crate::backend::fargate::stop;
use crate::backend::fargate::task::FargateTask;
use crate::ecs_definition::mapping;
use crate::ecs_definition::rules::judge;
use crate::error::Error;
use crate::error::Kind;
use crate::event::EventKind;
use crate::report::examination::Check;
use crate::report::plan::Comparison;
use crate::secrecy::shown;
use crate::settings::LogSettle;
use crate::settings::Settings;
use crate::settings::capacity_provider;
use crate::settings::capacity_provider::Provider;
use crate::spec::EnvVar;
use crate::spec::Extra;
use crate::spec::TaskSpec;
use crate::spec::time_to_stop;
use crate::stream::EventSender;

/// What stands in a plan where the launch puts a fresh client token.
const TOKEN_PLACE: &str = "(a fresh token for each attempt)";

/// What will be sent to ECS.
pub(crate) struct FargatePlan {
    clients: Clients,
    /// The task definition to find by its content or to register; `None`: it exists.
    pub(crate) registration: Option<Registration>,
    /// RunTask, with secret values, without client token and (if one is registered) without the
    /// task definition.
    run_task: Extra,
    /// Tags that nobody asked for.
    own_tags: OwnTags,
    /// What is sent, in a form that can be compared.
    request: String,
    /// RunTask for a person.
    shown: Extra,
    /// Containers in the task's order, and where each one's lines will be.
    pub(crate) sources: Vec<(String, LogSource)>,
    /// Containers whose end ends the task.
    pub(crate) essential: Vec<String>,
    /// ARN of what `registration` found or registered.
    registered: OnceCell<String>,
    log_settle: LogSettle,
    /// Cluster as the user named it.
    pub(crate) cluster: String,
    /// Who starts it.
    pub(crate) started_by: String,
    /// Nobody else has this `startedBy`, so a task that has it is this launch's.
    pub(crate) started_by_is_unique: bool,
    warnings: Vec<String>,
    time_to_stop: Duration,
    /// What must be known of its guard when it is launched.
    guard: Option<Guard>,
    schedule: Option<Schedule>,
    guard_said: Option<String>,
    policy: Value,
    /// Log groups that the task makes itself.
    made_groups: Vec<String>,
    network: network::Needs,
}

impl FargatePlan {
    /// Makes and checks the requests.
    pub(crate) fn new(
        clients: Clients,
        definition: &Definition,
        task: &TaskSpec,
        main: &str,
        settings: &Settings,
        default_log_mode: Option<&str>,
    ) -> Result<Self, Error> {
        check::check(task)?;
        let guarded = Guarded::new(task, main, &settings.fargate, settings.run.timeout)?;
        let task = guarded.as_ref().map_or(task, |guarded| &guarded.task);
        let providers = capacity_provider::providers(&settings.fargate.capacity_providers)?;
        let cluster = settings.fargate.cluster.clone().filter(|name| !name.is_empty());
        let cluster = cluster.ok_or_else(|| {
            Error::usage("no cluster is given (--cluster)")
                .hint("name the ECS cluster: --cluster NAME, SORTIE_CLUSTER, or `cluster` in sortie.toml")
        })?;
        check::check_cluster(&cluster)?;
        let mut parts = split::split(&definition.spec, task);
        let sidecar = Sidecar::new(task, &settings.fargate, settings.run.timeout)?;
        if let Some(Sidecar { container, command }) = sidecar.clone() {
            parts.add(container, command);
        }
        let overrides = parts.overrides(EnvVar::reveal);
        if let Some(overrides) = &overrides {
            split::check_length(overrides)?;
        }
        let mut findings = rules::launch(task);
        let mut register = |family: String| {
            let family = settings.task.register_as.clone().unwrap_or(family);
            // Without these a definition for Fargate is refused, whatever the overrides say.
            let definition = TaskSpec {
                name: family,
                cpu: parts.definition.cpu.or(task.cpu),
                memory: parts.definition.memory.or(task.memory),
                execution_role: parts
                    .definition
                    .execution_role
                    .clone()
                    .or_else(|| task.execution_role.clone()),
                ..parts.definition.clone()
            };
            let body = mapping::definition(&definition);
            findings.extend(rules::registration(&definition, &Value::Object(body.clone())));
            let registration = Registration::new(body);
            let place = registration.place();
            (Some(registration), place)
        };
        let (registration, definition_name) = match &definition.origin {
            Origin::Registered { arn, family } => {
                let existing = split::definition_part(&definition.spec);
                let wanted = TaskSpec { name: existing.name.clone(), ..parts.definition.clone() };
                match wanted == existing {
                    true => (None, arn.clone()),
                    false => register(derived_family(family)),
                }
            }
            Origin::Ours { family } => register(family.clone()),
        };
        let mut warnings = judge(findings)?;
        warnings.extend(definition::warnings::warnings(task, default_log_mode));
        let started_by = task.started_by.clone().or_else(|| settings.task.started_by_ci());
        let started_by_is_unique = started_by.is_none();
        let started_by = started_by.unwrap_or_else(|| format!("sortie-{}", client_token::short()));

        let mut body = Extra::new();
        body.insert("cluster".to_owned(), json!(cluster));
        body.insert("count".to_owned(), json!(1));
        body.insert("startedBy".to_owned(), json!(started_by));
        put_providers(&mut body, &providers);
        if let Some(version) = &settings.fargate.platform_version {
            body.insert("platformVersion".to_owned(), json!(version));
        }
        body.insert("networkConfiguration".to_owned(), network_configuration(task));
        if !task.tags.is_empty() {
            body.insert("tags".to_owned(), json!(mapping::pairs(&task.tags, "key", "value")));
        }
        let mut shown = body.clone();
        if let Some(overrides) = overrides {
            body.insert("overrides".to_owned(), overrides);
        }
        if let Some(overrides) = parts.overrides(EnvVar::shown) {
            shown.insert("overrides".to_owned(), overrides);
        }
        if registration.is_none() {
            body.insert("taskDefinition".to_owned(), json!(definition_name));
        }
        shown.insert("taskDefinition".to_owned(), json!(definition_name));
        let request = fingerprint(&shown, registration.as_ref());
        let own_tags = OwnTags::new(task, settings, &request, started_by_is_unique);
        let guard = guarded.as_ref().map(|guarded| Guard::Command(guarded.limit.clone()));
        let guard_said = sidecar.as_ref().map(Sidecar::said).or(guarded.as_ref().map(Guarded::said));
        let schedule = Schedule::new(&settings.fargate, settings.run.timeout)?;
        let guard_said = guard_said.or(schedule.as_ref().map(Schedule::said));
        own_tags.add_to(&mut shown, TOKEN_PLACE, guard.as_ref(), OwnTags::deadline_shown);
        shown.insert("clientToken".to_owned(), json!(TOKEN_PLACE));

        let sources: Vec<(String, LogSource)> = task
            .containers
            .iter()
            .map(|container| (container.name.clone(), LogSource::of(container, &clients.region)))
            .collect();
        let policy = policy::policy(&Asked {
            region: &clients.region,
            cluster: &cluster,
            family: arn::family_and_revision(&definition_name).0,
            registers: registration.is_some(),
            tags: !task.tags.is_empty() || !own_tags.are_none(),
            roles: [&task.task_role, &task.execution_role]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect(),
            schedule_role: schedule.as_ref().map(|schedule| schedule.role.as_str()),
            logs: sources.iter().map(|(_, source)| source).collect(),
            arns: [
                Some(&cluster),
                Some(&definition_name),
                task.task_role.as_ref(),
                task.execution_role.as_ref(),
                schedule.as_ref().map(|schedule| &schedule.role),
            ]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect(),
        });
        let essential = task.containers.iter().filter(|container| container.essential);
        let essential = essential.map(|container| container.name.clone()).collect();
        Ok(Self {
            registration,
            run_task: body,
            own_tags,
            request,
            shown,
            sources,
            essential,
            registered: OnceCell::new(),
            log_settle: settings.run.log_settle,
            cluster,
            started_by,
            started_by_is_unique,
            warnings,
            guard,
            schedule,
            guard_said,
            policy,
            made_groups: made_groups(task),
            network: network::Needs::of(task, &clients.region),
            clients,
            time_to_stop: time_to_stop(
                task.containers.iter().map(|container| (&*container.depends_on, container.time_to_stop())),
            ),
        })
    }

    /// The task definition's ARN, where one must be found by its content or registered.
    pub(super) async fn registered(
        &self,
        ecs: &Ecs,
        events: &EventSender,
        cancelled: &mut watch::Receiver<bool>,
    ) -> Result<Option<String>, LaunchError> {
        let Some(registration) = &self.registration else { return Ok(None) };
        if *cancelled.borrow() {
            return Err(LaunchError::Cancelled);
        }
        let ensure = self.registered.get_or_try_init(async || {
            let ensured =
                registration.ensure(ecs).await.map_err(|failure| refusal(&failure, &self.cluster))?;
            ensured.warnings.iter().for_each(|warning| events.send(EventKind::warning(warning)));
            let (task_definition, reused) = (ensured.arn.clone(), !ensured.is_new);
            events.send(EventKind::Registered { task_definition, reused });
            Ok(ensured.arn)
        });
        // A registration costs nothing and runs nothing, so this one may be dropped half-way.
        tokio::select! {
            arn = ensure => arn.cloned().map(Some),
            () = is_cancelled(cancelled) => Err(LaunchError::Cancelled),
        }
    }

    /// The schedule that guards the task of one attempt, where one is asked for. It stops no task yet.
    async fn lease(&self, mut cancelled: watch::Receiver<bool>) -> Result<Option<Lease>, LaunchError> {
        let Some(schedule) = &self.schedule else { return Ok(None) };
        if *cancelled.borrow() {
            return Err(LaunchError::Cancelled);
        }
        let name = client_token::fresh();
        // One that was made, and of which nobody heard, deletes itself.
        tokio::select! {
            lease = schedule.make(&self.clients, &self.cluster, name) => match lease {
                Ok(lease) => Ok(Some(lease)),
                Err(failure) => Err(LaunchError::Failed(failure.error("of the task's deadline guard"))),
            },
            () = is_cancelled(&mut cancelled) => Err(LaunchError::Cancelled),
        }
    }

    /// Has the schedule stop this task. A task that was to be guarded and is not does not go on.
    async fn aimed(&self, lease: &Lease, known: FargateHandle) -> Result<FargateHandle, LaunchError> {
        let Err(failure) = lease.renew(&self.clients, &self.cluster, &known.id).await else {
            return Ok(known);
        };
        let id = &known.id;
        let stopped = stop::stop(&self.clients.ecs, &known, "sortie: it has no deadline guard").await;
        let came_to = match &stopped {
            Ok(()) => format!("{id} was stopped again, since it has no deadline guard"),
            Err(error) => format!("{id} has no deadline guard and could not be stopped: {error}"),
        };
        lease.give_up(&self.clients).await;
        let error = failure.error("of the task's deadline guard").of_kind(Kind::Platform);
        let error = error.reworded(|what| format!("{what}; {came_to}"));
        Err(LaunchError::Failed(match stopped {
            Ok(()) => error,
            Err(_) => error.hint(format!("stop it by hand: {}", known.write().stop_command)),
        }))
    }

    /// Whether there are tags that nobody asked for.
    pub(super) fn has_own_tags(&self) -> bool {
        !self.own_tags.are_none()
    }

    /// The body of RunTask for one attempt; with the tags that nobody asked for, or without.
    pub(super) fn run_task(
        &self,
        registered: Option<&str>,
        placement: &Placement,
        client_token: &str,
        guard: Option<&Guard>,
        own_tags: bool,
    ) -> Result<Value, LaunchError> {
        let mut body = self.run_task.clone();
        if own_tags {
            self.own_tags.add_to(&mut body, client_token, guard, OwnTags::deadline_from_now);
        }
        if let Some(registered) = registered {
            body.insert("taskDefinition".to_owned(), json!(registered));
        }
        if !placement.capacity_providers.is_empty() {
            let providers =
                capacity_provider::providers(&placement.capacity_providers).map_err(LaunchError::Failed)?;
            put_providers(&mut body, &providers);
        }
        if !placement.subnets.is_empty()
            && let Some(network) = body.get_mut("networkConfiguration")
        {
            network["awsvpcConfiguration"]["subnets"] = json!(placement.subnets);
        }
        body.insert("clientToken".to_owned(), json!(client_token));
        Ok(Value::Object(body))
    }
}

/// What is sent, as a short hash: without secret values, which nobody could guess from it, and without what differs
/// from one launch to the other.
fn fingerprint(run_task: &Extra, registration: Option<&Registration>) -> String {
    let mut request = run_task.clone();
    for each in ["startedBy", "tags"] {
        request.remove(each);
    }
    let mut all = json!([request, registration.map(Registration::body)]);
    shown::hide(&mut all);
    let digest = Sha256::digest(all.to_string().as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Which capacity the task is placed on. The launch type and a strategy exclude each other; Spot is
/// reached through a provider only.
/// Source: Amazon ECS API reference, RunTask, `launchType` and `capacityProviderStrategy`.
fn put_providers(body: &mut Extra, providers: &[Provider]) {
    body.remove("launchType");
    body.remove("capacityProviderStrategy");
    if providers.is_empty() {
        body.insert("launchType".to_owned(), json!("FARGATE"));
    } else {
        let strategy: Vec<Value> = providers.iter().map(strategy_item).collect();
        body.insert("capacityProviderStrategy".to_owned(), json!(strategy));
    }
}

fn strategy_item(provider: &Provider) -> Value {
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

/// Groups of which the awslogs driver is told to make them.
fn made_groups(task: &TaskSpec) -> Vec<String> {
    let logs = task.containers.iter().filter_map(|container| container.log.as_ref());
    let made = logs.filter(|log| log.option("awslogs-create-group") == Some("true"));
    made.filter_map(|log| log.option("awslogs-group").map(str::to_owned)).collect()
}

fn network_configuration(task: &TaskSpec) -> Value {
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

#[async_trait]
impl Plan for FargatePlan {
    fn requests(&self) -> Vec<(String, Value)> {
        let registration = self
            .registration
            .iter()
            .map(|registration| ("RegisterTaskDefinition".to_owned(), registration.body().clone()));
        let schedule =
            self.schedule.as_ref().map(|schedule| schedule.shown(&self.cluster, &self.clients.region));
        let (made, aimed) = schedule.map(|[made, aimed]| (made, aimed)).unzip();
        registration
            .chain(made)
            .chain([("RunTask".to_owned(), Value::Object(self.shown.clone()))])
            .chain(aimed)
            .map(|(operation, mut body)| {
                shown::hide(&mut body);
                (operation, body)
            })
            .collect()
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    fn registers(&self) -> Option<String> {
        self.registration.as_ref().map(Registration::said)
    }

    fn guard(&self) -> Option<String> {
        self.guard_said.clone()
    }

    fn policy(&self) -> Option<Value> {
        Some(self.policy.clone())
    }

    async fn examine(&self) -> Vec<Check> {
        let needs = Needs {
            cluster: &self.cluster,
            providers: examine::providers_of(&self.run_task),
            sources: &self.sources,
            made: &self.made_groups,
            network: &self.network,
        };
        let mut checks = examine::examine(&self.clients, &needs).await;
        checks.extend(self.guard_said.as_ref().map(|said| {
            let remedy = match &self.schedule {
                Some(_) => "`sortie plan --iam` with the same flags prints what it needs",
                None => "its image must have a shell, and be in reach of the task's subnets",
            };
            Check::unsure("guard", format!("not tried: {said}"), remedy)
        }));
        checks
    }

    async fn compare(&self) -> Comparison {
        match &self.registration {
            Some(registration) => registration.compare(&self.clients.ecs).await,
            None => Comparison {
                revision: self.run_task.get("taskDefinition").and_then(Value::as_str).map(str::to_owned),
                reused: Some(true),
                said: "the task definition is used as it is; nothing is registered".to_owned(),
                differences: Vec::new(),
            },
        }
    }

    fn fingerprint(&self) -> Option<&str> {
        Some(&self.request)
    }

    fn time_to_stop(&self) -> Duration {
        self.time_to_stop
    }

    fn reads_log_of(&self, container: &str) -> bool {
        let source = self.sources.iter().find(|(name, _)| name == container);
        source.is_some_and(|(_, source)| matches!(source, LogSource::CloudWatch { .. }))
    }

    fn find_command(&self) -> Option<String> {
        let (region, cluster, started_by) = (&self.clients.region, &self.cluster, &self.started_by);
        Some(format!("aws ecs list-tasks --region {region} --cluster {cluster} --started-by {started_by}"))
    }

    async fn launch(
        &self,
        placement: &Placement,
        events: &EventSender,
        cancelled: watch::Receiver<bool>,
    ) -> Result<Arc<dyn Task>, LaunchError> {
        let lease = self.lease(cancelled.clone()).await?;
        let guard = lease.clone().map(Guard::Schedule).or_else(|| self.guard.clone());
        let made = run_task::attempt(&self.clients, self, placement, guard.as_ref(), events, cancelled).await;
        let known = match (made, &lease) {
            (Ok(known), Some(lease)) => self.aimed(lease, known).await?,
            (Ok(known), None) => known,
            (Err(error), lease) => {
                if let Some(lease) = lease {
                    lease.give_up(&self.clients).await;
                }
                return Err(error);
            }
        };
        Ok(Arc::new(FargateTask::new(self.clients.clone(), known, self.log_settle)))
    }
}
