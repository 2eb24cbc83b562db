//! Whether ECS and CloudWatch Logs would take a run, and whether its task would reach what it needs, found out by
//! calls that change nothing.
//!
//! Whether an action is allowed is asked with an id that no task has: ECS looks at the caller's permissions
//! before it looks for the task. RunTask and `iam:PassRole` cannot be tried so.

use super::aws::arn;
use super::aws::clients::Clients;
use super::aws::failure::Class;
use super::aws::failure::Failure;
use super::logs::streams::LogSource;
use super::network;
use crate::report::examination::Check;

/// An id that ECS gives to no task: its own are random.
const NO_TASK: &str = "00000000000000000000000000000000";

/// What to do about a permission that is missing.
const POLICY: &str = "`sortie plan --iam` with the same flags prints the policy that this run needs";

/// What a run needs.
pub(super) struct Needs<'a> {
    /// Cluster as the user named it.
    pub(super) cluster: &'a str,
    /// Names of the capacity providers that are asked for.
    pub(super) providers: Vec<&'a str>,
    /// Containers, and where each one's lines will be.
    pub(super) sources: &'a [(String, LogSource)],
    /// Log groups that the task makes itself.
    pub(super) made: &'a [String],
    /// Where the task is attached, and what it must reach from there.
    pub(super) network: &'a network::Needs,
}

/// Everything that can be looked at.
pub(super) async fn examine(clients: &Clients, needs: &Needs<'_>) -> Vec<Check> {
    let (cluster, tasks, logs, network) = tokio::join!(
        cluster(clients, needs),
        permissions(clients, needs.cluster),
        logs(clients, needs),
        network(clients, needs.network),
    );
    let mut checks = cluster;
    checks.extend(tasks);
    checks.extend(logs);
    checks.push(Check::unsure(
        "launch",
        "ecs:RunTask and iam:PassRole cannot be tried without a launch",
        POLICY,
    ));
    checks.extend(network);
    checks
}

async fn cluster(clients: &Clients, needs: &Needs<'_>) -> Vec<Check> {
    const NAME: &str = "cluster";
    const OPERATION: &str = "DescribeClusters";
    let name = needs.cluster;
    let call = clients.ecs.client.describe_clusters().clusters(name).send();
    let asked = async { call.await.map_err(|error| Failure::new(OPERATION, &error)) };
    let answer = match clients.ecs.calls.ask(OPERATION, asked).await {
        Ok(answer) => answer,
        // A run does without.
        Err(failure) if is_denied(&failure) => {
            return vec![Check::unsure(
                NAME,
                "ecs:DescribeClusters is not allowed; a run does not need it",
                "",
            )];
        }
        Err(failure) => return vec![Check::of_error(NAME, &failure.error(&format!("of {name}")))],
    };
    let region = &clients.region;
    let Some(found) = answer.clusters().first() else {
        return vec![Check::problem(
            NAME,
            format!("there is no cluster {name} in {region}"),
            format!(
                "check --cluster and --region; aws ecs list-clusters --region {region} lists those that there are"
            ),
        )];
    };
    let status = found.status().unwrap_or_default();
    if status != "ACTIVE" {
        let said = format!("{name} is {}", status.to_lowercase());
        return vec![Check::problem(NAME, said, "take another cluster, or make it anew")];
    }
    let there = found.capacity_providers();
    let lacking = needs.providers.iter().filter(|provider| !there.iter().any(|one| one == *provider));
    let mut checks = vec![Check::ok(NAME, format!("{name} in {region} is active"))];
    checks.extend(lacking.map(|provider| {
        Check::problem(
            NAME,
            format!("{name} has no capacity provider {provider}"),
            format!(
                "add it with aws ecs put-cluster-capacity-providers --cluster {name}, or leave out \
                 --capacity-provider {provider}"
            ),
        )
    }));
    checks
}

/// Waiting, stopping, and finding a task whose launch was not answered.
async fn permissions(clients: &Clients, cluster: &str) -> Vec<Check> {
    let client = &clients.ecs.client;
    let describe = client.describe_tasks().cluster(cluster).tasks(NO_TASK).send();
    let stop = client.stop_task().cluster(cluster).task(NO_TASK).reason("sortie doctor").send();
    let list = client.list_tasks().cluster(cluster).started_by("sortie-doctor").send();
    let (describe, stop, list) = tokio::join!(
        allowed(clients, "DescribeTasks", async {
            describe.await.map(drop).map_err(|error| Failure::new("DescribeTasks", &error))
        }),
        allowed(clients, "StopTask", async {
            stop.await.map(drop).map_err(|error| Failure::new("StopTask", &error))
        }),
        allowed(clients, "ListTasks", async {
            list.await.map(drop).map_err(|error| Failure::new("ListTasks", &error))
        }),
    );
    let mut checks = Vec::new();
    let mut good = Vec::new();
    for (action, answer) in [("ecs:DescribeTasks", describe), ("ecs:StopTask", stop), ("ecs:ListTasks", list)]
    {
        match answer {
            Ok(true) => good.push(action),
            Ok(false) if action == "ecs:ListTasks" => checks.push(Check::unsure(
                "permissions",
                "ecs:ListTasks is not allowed: a task whose launch was not answered would not be found",
                POLICY,
            )),
            Ok(false) => {
                checks.push(Check::problem("permissions", format!("{action} is not allowed"), POLICY))
            }
            Err(failure) => {
                checks.push(Check::of_error("permissions", &failure.error(&format!("of {cluster}"))))
            }
        }
    }
    if !good.is_empty() {
        checks.insert(0, Check::ok("permissions", format!("{} allowed", good.join(", "))));
    }
    checks
}

/// Whether a call is allowed, whatever else is said of what it asks for.
async fn allowed(
    clients: &Clients,
    operation: &'static str,
    asked: impl Future<Output = Result<(), Failure>>,
) -> Result<bool, Failure> {
    match clients.ecs.calls.ask(operation, asked).await {
        Ok(()) => Ok(true),
        Err(failure) if is_denied(&failure) => Ok(false),
        // There is no such task, or no such cluster, which is said elsewhere.
        Err(failure) if matches!(failure.class, Class::Missing | Class::Invalid | Class::Other) => Ok(true),
        Err(failure) => Err(failure),
    }
}

async fn logs(clients: &Clients, needs: &Needs<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for (container, source) in needs.sources {
        match source {
            LogSource::Unreadable(why) => {
                checks.push(Check::unsure("log", format!("the log of {container} is not read: {why}"), ""))
            }
            LogSource::CloudWatch { group, .. } if seen.contains(&group.as_str()) => {}
            LogSource::CloudWatch { group, prefix, region } => {
                seen.push(group);
                checks.push(log(clients, group, prefix, region, needs.made.contains(group)).await);
            }
        }
    }
    checks
}

/// A log group, and whether it may be read, by a stream that is not there.
async fn log(clients: &Clients, group: &str, prefix: &str, region: &str, is_made: bool) -> Check {
    const NAME: &str = "log";
    const OPERATION: &str = "GetLogEvents";
    let logs = clients.logs(region);
    let stream = format!("{prefix}/sortie-doctor/{NO_TASK}");
    let call = logs.client.get_log_events().log_group_name(group).log_stream_name(stream).limit(1).send();
    let asked = async { call.await.map(drop).map_err(|error| Failure::new(OPERATION, &error)) };
    let failure = match logs.calls.ask(OPERATION, asked).await {
        Ok(()) => return Check::ok(NAME, format!("{group} can be read")),
        Err(failure) => failure,
    };
    let is_of_stream = failure.message.to_lowercase().contains("log stream");
    match failure.class {
        _ if is_denied(&failure) => {
            Check::problem(NAME, format!("logs:GetLogEvents is not allowed for {group}"), POLICY)
        }
        Class::Missing if is_of_stream => Check::ok(NAME, format!("{group} can be read")),
        Class::Missing if is_made => {
            Check::ok(NAME, format!("{group} is not there, and made by the task (awslogs-create-group)"))
        }
        Class::Missing => Check::problem(
            NAME,
            format!("there is no log group {group} in {region}: the task would not start"),
            format!("aws logs create-log-group --region {region} --log-group-name {group}"),
        ),
        _ => Check::of_error(NAME, &failure.error(&format!("of {group}"))),
    }
}

/// A run does without what is asked here, so that what cannot be asked is no problem.
async fn network(clients: &Clients, needs: &network::Needs) -> Vec<Check> {
    const NAME: &str = "network";
    match network::examine(clients, needs).await {
        Ok(checks) => checks,
        Err(failure) if is_denied(&failure) => vec![Check::unsure(
            NAME,
            format!("the network is not looked at: ec2:{} is not allowed", failure.operation),
            format!(
                "allow {} on * for whoever runs `sortie doctor`; a run does not need them",
                network::ACTIONS
            ),
        )],
        Err(failure) => {
            vec![Check::unsure(NAME, format!("the network is not looked at: {failure}"), failure.hint)]
        }
    }
}

/// Whether the caller is known and may not do this.
fn is_denied(failure: &Failure) -> bool {
    let code = &failure.code;
    failure.class == Class::Denied && (code.contains("AccessDenied") || **code == *"UnauthorizedOperation")
}

/// Names of the providers that a plan asks for; the launch type needs none.
pub(super) fn providers_of(run_task: &serde_json::Map<String, serde_json::Value>) -> Vec<&str> {
    let strategy = run_task.get("capacityProviderStrategy").and_then(serde_json::Value::as_array);
    let names = strategy.into_iter().flatten().filter_map(|item| item.get("capacityProvider")?.as_str());
    names.map(arn::last_part).collect()
}
