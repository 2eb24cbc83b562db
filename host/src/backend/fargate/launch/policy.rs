//! What whoever runs sortie must be allowed for one run, as an IAM policy.
//!
//! Each statement is as narrow as its action can be. Sources: Service Authorization Reference, Amazon ECS
//! (resource types and condition keys of each action), Amazon CloudWatch Logs; Amazon ECS Developer Guide,
//! "Grant permission to tag resources on creation" (`ecs:CreateAction`) and the IAM roles of a task
//! (`iam:PassRole`).

use std::collections::BTreeSet;

use serde_json::Value;
use serde_json::json;

use crate::backend::fargate::aws::arn;
use crate::backend::fargate::logs::streams::LogSource;

/// What a policy is made of.
pub(super) struct Asked<'a> {
    /// Region of the task.
    pub(super) region: &'a str,
    /// Cluster as the user named it.
    pub(super) cluster: &'a str,
    /// Families that RunTask may name: of an existing definition, or of one that is registered.
    pub(super) family: &'a str,
    /// A revision may be registered.
    pub(super) registers: bool,
    /// RunTask sends tags.
    pub(super) tags: bool,
    /// Task role and execution role, as ARNs or names.
    pub(super) roles: Vec<&'a str>,
    /// ARN of the role of a schedule that guards the task.
    pub(super) schedule_role: Option<&'a str>,
    /// Where each container's lines are.
    pub(super) logs: Vec<&'a LogSource>,
    /// ARNs that say which account it is.
    pub(super) arns: Vec<&'a str>,
}

/// The policy. `*` stands for an account that nothing names.
pub(super) fn policy(asked: &Asked<'_>) -> Value {
    let (region, cluster) = (asked.region, arn::last_part(asked.cluster));
    let partition = arn::partition(region);
    let account = asked.arns.iter().find_map(|arn| account(arn)).unwrap_or("*");
    let ecs = |resource: String| format!("arn:{partition}:ecs:{region}:{account}:{resource}");
    let in_cluster = json!({ "ArnLike": { "ecs:cluster": ecs(format!("cluster/{cluster}")) } });
    let definitions = ecs(format!("task-definition/{}:*", asked.family));
    let tasks = ecs(format!("task/{cluster}/*"));
    let mut statements = vec![
        json!({
            "Sid": "Launch", "Effect": "Allow", "Action": "ecs:RunTask",
            "Resource": definitions, "Condition": in_cluster,
        }),
        json!({
            "Sid": "WaitAndStop", "Effect": "Allow", "Action": ["ecs:DescribeTasks", "ecs:StopTask"],
            "Resource": tasks, "Condition": in_cluster,
        }),
        // A launch whose answer was lost is found by who started it.
        json!({
            "Sid": "FindTasks", "Effect": "Allow", "Action": "ecs:ListTasks",
            "Resource": "*", "Condition": in_cluster,
        }),
    ];
    // These know no resources.
    let mut anywhere = vec!["ecs:DescribeTaskDefinition"];
    if asked.registers {
        anywhere.push("ecs:RegisterTaskDefinition");
    }
    statements.push(json!({
        "Sid": "Definitions", "Effect": "Allow", "Action": anywhere, "Resource": "*",
    }));
    let mut tagged = Vec::new();
    let mut created_by = Vec::new();
    if asked.registers {
        tagged.push(definitions.clone());
        created_by.push("RegisterTaskDefinition");
    }
    if asked.tags {
        tagged.push(tasks.clone());
        created_by.push("RunTask");
    }
    if !tagged.is_empty() {
        statements.push(json!({
            "Sid": "Tag", "Effect": "Allow", "Action": "ecs:TagResource", "Resource": tagged,
            "Condition": { "StringEquals": { "ecs:CreateAction": created_by } },
        }));
    }
    let roles: BTreeSet<String> = asked
        .roles
        .iter()
        .filter(|role| !role.is_empty())
        .map(|role| match role.starts_with("arn:") {
            true => (*role).to_owned(),
            false => format!("arn:{partition}:iam::{account}:role/{role}"),
        })
        .collect();
    if !roles.is_empty() {
        statements.push(json!({
            "Sid": "PassRoles", "Effect": "Allow", "Action": "iam:PassRole", "Resource": roles,
            "Condition": { "StringEquals": { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
        }));
    }
    if let Some(role) = asked.schedule_role {
        let actions = ["scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule"];
        statements.push(json!({
            "Sid": "GuardDeadline", "Effect": "Allow", "Action": actions,
            "Resource": format!("arn:{partition}:scheduler:{region}:{account}:schedule/default/sortie-*"),
        }));
        statements.push(json!({
            "Sid": "PassGuardRole", "Effect": "Allow", "Action": "iam:PassRole", "Resource": role,
            "Condition": { "StringEquals": { "iam:PassedToService": "scheduler.amazonaws.com" } },
        }));
    }
    let streams: BTreeSet<String> = asked
        .logs
        .iter()
        .filter_map(|source| match source {
            LogSource::CloudWatch { group, prefix, region } => Some(format!(
                "arn:{partition}:logs:{region}:{account}:log-group:{group}:log-stream:{prefix}/*"
            )),
            LogSource::Unreadable(_) => None,
        })
        .collect();
    if !streams.is_empty() {
        statements.push(json!({
            "Sid": "ReadLogs", "Effect": "Allow", "Action": "logs:GetLogEvents", "Resource": streams,
        }));
    }
    // What the account's default of a log driver is, for a warning; without it sortie only cannot say.
    statements.push(json!({
        "Sid": "Advice", "Effect": "Allow", "Action": "ecs:ListAccountSettings", "Resource": "*",
    }));
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// The account in an ARN.
fn account(arn: &str) -> Option<&str> {
    let account = arn.strip_prefix("arn:")?.split(':').nth(3)?;
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(account)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked<'a>(logs: Vec<&'a LogSource>) -> Asked<'a> {
        Asked {
            region: "eu-west-1",
            cluster: "ci",
            family: "deploy",
            registers: false,
            tags: false,
            roles: Vec::new(),
            schedule_role: None,
            logs,
            arns: Vec::new(),
        }
    }

    fn statement<'a>(policy: &'a Value, sid: &str) -> Option<&'a Value> {
        policy["Statement"].as_array()?.iter().find(|statement| statement["Sid"] == sid)
    }

    #[test]
    fn what_is_not_needed_is_not_asked_for() {
        let policy = policy(&asked(Vec::new()));
        let sids: Vec<&str> = policy["Statement"]
            .as_array()
            .map(|all| all.iter().filter_map(|one| one["Sid"].as_str()).collect())
            .unwrap_or_default();
        assert_eq!(sids, ["Launch", "WaitAndStop", "FindTasks", "Definitions", "Advice"]);
        let launch = statement(&policy, "Launch").expect("it is there");
        assert_eq!(launch["Resource"], "arn:aws:ecs:eu-west-1:*:task-definition/deploy:*");
        assert_eq!(
            launch["Condition"]["ArnLike"]["ecs:cluster"], "arn:aws:ecs:eu-west-1:*:cluster/ci",
            "the account is not known"
        );
        let definitions = statement(&policy, "Definitions").expect("it is there");
        assert_eq!(definitions["Action"], json!(["ecs:DescribeTaskDefinition"]));
    }

    #[test]
    fn everything_is_named_as_narrowly_as_it_is_known() {
        let of = |region: &str, prefix: &str| LogSource::CloudWatch {
            group: "/ecs/deploy".to_owned(),
            prefix: prefix.to_owned(),
            region: region.to_owned(),
        };
        let (here, there) = (of("cn-north-1", "app"), of("cn-northwest-1", "side"));
        let policy = policy(&Asked {
            region: "cn-north-1",
            cluster: "arn:aws-cn:ecs:cn-north-1:123456789012:cluster/ci",
            registers: true,
            tags: true,
            roles: vec!["execution", "arn:aws-cn:iam::123456789012:role/app/task", "", "execution"],
            schedule_role: Some("arn:aws-cn:iam::123456789012:role/stops"),
            arns: vec!["deploy", "arn:aws-cn:ecs:cn-north-1:123456789012:cluster/ci"],
            ..asked(vec![&here, &there, &here])
        });
        let resource = |sid: &str| statement(&policy, sid).map(|one| one["Resource"].clone());
        assert_eq!(
            resource("PassRoles"),
            Some(json!([
                "arn:aws-cn:iam::123456789012:role/app/task",
                "arn:aws-cn:iam::123456789012:role/execution",
            ]))
        );
        assert_eq!(
            resource("GuardDeadline"),
            Some(json!("arn:aws-cn:scheduler:cn-north-1:123456789012:schedule/default/sortie-*"))
        );
        assert_eq!(resource("PassGuardRole"), Some(json!("arn:aws-cn:iam::123456789012:role/stops")));
        assert_eq!(
            resource("ReadLogs"),
            Some(json!([
                "arn:aws-cn:logs:cn-north-1:123456789012:log-group:/ecs/deploy:log-stream:app/*",
                "arn:aws-cn:logs:cn-northwest-1:123456789012:log-group:/ecs/deploy:log-stream:side/*",
            ]))
        );
        assert_eq!(
            resource("Tag"),
            Some(json!([
                "arn:aws-cn:ecs:cn-north-1:123456789012:task-definition/deploy:*",
                "arn:aws-cn:ecs:cn-north-1:123456789012:task/ci/*",
            ]))
        );
        assert_eq!(resource("WaitAndStop"), Some(json!("arn:aws-cn:ecs:cn-north-1:123456789012:task/ci/*")));
    }
}
