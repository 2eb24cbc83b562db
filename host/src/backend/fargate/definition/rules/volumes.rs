//! Volumes of a task on Fargate: the task's own storage, EFS and S3 Files.

use serde_json::Value;

use crate::ecs_definition::rules::Finding;
use crate::ecs_definition::rules::items;
use crate::ecs_definition::rules::says_something;
use crate::spec::TaskSpec;

/// Members of a volume that Fargate does not take, and what to do.
const VOLUME: &[(&str, &str)] = &[
    ("host/sourcePath", "leave `sourcePath` out: there is no host to mount from; an EFS volume keeps data"),
    ("dockerVolumeConfiguration", "use an EFS volume, or one with a name alone"),
    ("fsxWindowsFileServerVolumeConfiguration", "use an EFS volume"),
];

pub(super) fn check(task: &TaskSpec, found: &mut Vec<Finding>) {
    for volume in items(&task.extra, "volumes") {
        let name = volume.get("name").and_then(Value::as_str).unwrap_or_default();
        for (member, hint) in VOLUME {
            if volume.pointer(&format!("/{member}")).is_some_and(says_something) {
                let member = member.replace('/', ".");
                let message = format!("the volume `{name}` has `{member}`, which Fargate does not take");
                found.push(Finding::refused(message, *hint));
            }
        }
        efs(volume, name, found);
        s3_files(task, volume, name, found);
    }
}

/// Source: Amazon ECS API reference, EFSVolumeConfiguration and EFSAuthorizationConfig.
fn efs(volume: &Value, name: &str, found: &mut Vec<Finding>) {
    let text = |pointer: &str| {
        volume
            .pointer(&format!("/efsVolumeConfiguration/{pointer}"))
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let port = volume.pointer("/efsVolumeConfiguration/transitEncryptionPort").and_then(Value::as_i64);
    if port.is_some_and(|port| !(1..=65_535).contains(&port)) {
        let message = format!("the volume `{name}`: `transitEncryptionPort` is no port (1 to 65535)");
        found.push(Finding::refused(message, ""));
    }
    let access_point = !text("authorizationConfig/accessPointId").is_empty();
    let iam = text("authorizationConfig/iam") == "ENABLED";
    if (access_point || iam) && text("transitEncryption") != "ENABLED" {
        let what = if iam { "IAM" } else { "an access point" };
        found.push(Finding::refused(
            format!("the volume `{name}` uses {what} of EFS without encryption in transit"),
            "set \"transitEncryption\": \"ENABLED\"",
        ));
    }
    if access_point && !matches!(text("rootDirectory"), "" | "/") {
        found.push(Finding::refused(
            format!("the volume `{name}` has an access point and a `rootDirectory`"),
            "leave `rootDirectory` out: the access point has its own",
        ));
    }
}

/// Source: Amazon ECS API reference, S3FilesVolumeConfiguration: "Your task definition must include a Task IAM
/// Role."
fn s3_files(task: &TaskSpec, volume: &Value, name: &str, found: &mut Vec<Finding>) {
    let Some(files) = volume.get("s3filesVolumeConfiguration").filter(|files| says_something(files)) else {
        return;
    };
    let text = |member: &str| files.get(member).and_then(Value::as_str).unwrap_or_default();
    if task.task_role.is_none() {
        found.push(Finding::refused(
            format!(
                "the volume `{name}` is one of S3 Files, and the task has no role, with which it is mounted"
            ),
            "give --task-role, or set `taskRoleArn`",
        ));
    }
    if !text("accessPointArn").is_empty() && !matches!(text("rootDirectory"), "" | "/") {
        found.push(Finding::refused(
            format!("the volume `{name}` has an access point and a `rootDirectory`"),
            "leave `rootDirectory` out: the access point has its own",
        ));
    }
}
