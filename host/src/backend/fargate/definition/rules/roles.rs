//! The execution role, without which Fargate can neither pull from ECR nor read secrets and environment
//! files nor write logs; and what names roles, secrets and those files.

use serde_json::Value;

use crate::ecs_definition::rules::Finding;
use crate::ecs_definition::rules::items;
use crate::ecs_definition::rules::placeholder;
use crate::ecs_definition::rules::pointed;
use crate::spec::ContainerSpec;
use crate::spec::TaskSpec;
use crate::spec::image_name;

/// Most environment files of a container.
const MAX_ENVIRONMENT_FILES: usize = 10;

pub(super) fn check(task: &TaskSpec, found: &mut Vec<Finding>) {
    for (role, member, flag) in [
        (&task.task_role, "taskRoleArn", "--task-role"),
        (&task.execution_role, "executionRoleArn", "--execution-role"),
    ] {
        if let Some((what, hint)) = role.as_deref().and_then(role_problem) {
            found.push(Finding::refused(format!("`{member}` ({flag}) {what}"), hint));
        }
    }
    for container in &task.containers {
        secrets(container, found);
        environment_files(container, found);
        if task.execution_role.is_none()
            && let Some(what) = needs_role(container)
        {
            found.push(Finding::refused(
                format!(
                    "container `{}` {what}, and the task has no execution role, with which Fargate does that",
                    container.name
                ),
                "give --execution-role, or set `executionRoleArn`",
            ));
        }
    }
}

/// What a container has that needs the execution role. ECS says: "Fargate requires task definition to have
/// execution role ARN to support ECR images", the same of "log driver awslogs", and "When you are specifying
/// container secrets, you must also specify a value for 'executionRoleArn'", and "Private repository
/// authentication requires that the task definition specify a value for executionRoleArn".
fn needs_role(container: &ContainerSpec) -> Option<&'static str> {
    let registry = image_name::registry(&container.image);
    let is_ecr = registry.contains(".dkr.ecr") && registry.contains(".amazonaws.com");
    let secret_options =
        pointed(&container.extra, "logConfiguration/secretOptions").and_then(Value::as_array);
    if is_ecr {
        Some("has an image of ECR")
    } else if !container.secrets.is_empty() || secret_options.is_some_and(|list| !list.is_empty()) {
        Some("has secrets")
    } else if container.log.as_ref().is_some_and(|log| log.driver == "awslogs") {
        Some("logs through awslogs")
    } else if pointed(&container.extra, "repositoryCredentials").is_some() {
        Some("has credentials of a registry in a store")
    } else if items(&container.extra, "environmentFiles").next().is_some() {
        Some("has environment files")
    } else {
        None
    }
}

/// A role is named by its ARN (`arn:PARTITION:iam::ACCOUNT:role/PATH`) or by its name.
/// Source: AWS Identity and Access Management API reference, Role, `Arn` and `RoleName`.
fn role_problem(role: &str) -> Option<(String, &'static str)> {
    let hint = "write the role's name, or arn:aws:iam::ACCOUNT:role/NAME";
    if role.is_empty() {
        return Some(("is empty".to_owned(), "leave it out, or name a role"));
    }
    let placed = match role.starts_with("arn:") {
        true => placeholder::of_arn(role),
        false => placeholder::placeholder(role),
    };
    if let Some(what) = placed {
        return Some((format!("holds {what}"), placeholder::HINT));
    }
    let path = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&byte))
    };
    let fits = match role.strip_prefix("arn:") {
        None => path(role),
        Some(rest) => {
            let parts: Vec<&str> = rest.splitn(5, ':').collect();
            let [_, "iam", "", account, resource] = parts.as_slice() else {
                return Some(("is no ARN of a role".to_owned(), hint));
            };
            account.bytes().all(|byte| byte.is_ascii_digit())
                && !account.is_empty()
                && resource.strip_prefix("role/").is_some_and(path)
        }
    };
    (!fits).then(|| ("is neither a role's name nor its ARN".to_owned(), hint))
}

/// A secret comes from Secrets Manager or the Parameter Store, by its ARN or (there) its name.
fn secrets(container: &ContainerSpec, found: &mut Vec<Finding>) {
    for secret in &container.secrets {
        let what = match placeholder::of_arn(&secret.value) {
            Some(what) => format!("holds {what}"),
            None if secret.value.trim().is_empty() => "is empty".to_owned(),
            None if secret.value.chars().any(char::is_whitespace) => "has white space in it".to_owned(),
            None => continue,
        };
        let message =
            format!("container `{}`: `valueFrom` of the secret `{}` {what}", container.name, secret.name);
        found.push(Finding::refused(message, "the ARN of a secret or of a parameter, or a parameter's name"));
    }
}

/// Source: Amazon ECS API reference, ContainerDefinition, `environmentFiles`: up to ten, each with the
/// extension `.env`.
fn environment_files(container: &ContainerSpec, found: &mut Vec<Finding>) {
    let name = &container.name;
    let hint = "arn:aws:s3:::BUCKET/PATH.env";
    let files: Vec<&str> = items(&container.extra, "environmentFiles")
        .filter_map(|file| file.get("value").and_then(Value::as_str))
        .collect();
    if files.len() > MAX_ENVIRONMENT_FILES {
        let message = format!("container `{name}` has more than {MAX_ENVIRONMENT_FILES} environment files");
        found.push(Finding::refused(message, "join some of them"));
    }
    for file in files {
        if let Some(what) = placeholder::mark(file) {
            let message = format!("container `{name}`: the ARN of an environment file holds {what}");
            found.push(Finding::refused(message, placeholder::HINT));
        } else if !(file.starts_with("arn:") && file.contains(":s3:::")) {
            let message =
                format!("container `{name}`: an environment file is not named by the ARN of an object in S3");
            found.push(Finding::refused(message, hint));
        } else if !file.ends_with(".env") {
            let message = format!("container `{name}`: an environment file's name does not end in `.env`");
            found.push(Finding::refused(message, hint));
        }
    }
}
