//! The table. Source, unless another is named: Amazon ECS Developer Guide, stopped task error messages, and
//! how to resolve each.

use super::Rule;
use crate::backend::EndCause;
use crate::backend::EndCause::Exited;
use crate::backend::EndCause::Interrupted;
use crate::backend::EndCause::NeverStarted;
use crate::backend::EndCause::NoCapacity;
use crate::backend::EndCause::Stopped;

/// A failure to start that does not pass by itself.
const fn never(begins: &'static [&'static str], holds: &'static [&'static str], hint: &'static str) -> Rule {
    Rule { begins, holds, cause: NeverStarted, passing: false, hint }
}

/// A failure to start that passes.
const fn passing(
    begins: &'static [&'static str],
    holds: &'static [&'static str],
    hint: &'static str,
) -> Rule {
    Rule { begins, holds, cause: NeverStarted, passing: true, hint }
}

/// Something else than a failure to start.
const fn ended(cause: EndCause, begins: &'static [&'static str], holds: &'static [&'static str]) -> Rule {
    Rule { begins, holds, cause, passing: false, hint: "" }
}

const PULL: &[&str] = &["cannotpull"];
const START: &[&str] = &["cannotstartcontainererror", "cannotstartcontainer", "containerruntimeerror"];
const CREATE: &[&str] = &["cannotcreatecontainer"];
const INIT: &[&str] = &["resourceinitializationerror"];
/// The agent's own time limits for a container's steps.
const AGENT_TIMEOUT: &[&str] = &["dockertimeouterror", "containerruntimetimeouterror"];
const EC2: &[&str] = &["unexpected ec2 error"];

/// Words of Go's network code, in the agent and its libraries, for a host that is not reached.
const UNREACHED: &[&str] = &[
    "i/o timeout",
    "dial tcp",
    "request canceled while waiting for connection",
    "context deadline exceeded",
    "requestcanceled",
    "no such host",
    "connection issue between the task and",
    "check your task network configuration",
    "check your network connection between the task and",
    "network is unreachable",
    "connect: connection refused",
];

/// The same for a host that was reached, and had a bad moment.
const BAD_MOMENT: &[&str] = &[
    "context canceled",
    "503 slow down",
    "503 service unavailable",
    "status code 503",
    "status code 500",
    "status code 502",
    "status code 504",
    "500 internal server error",
    "502 bad gateway",
    "504 gateway time",
    "status from head request: 5",
    "status from get request: 5",
    "connection reset by peer",
    "unexpected eof",
    ": eof",
    "tls handshake timeout",
    "http2: server sent goaway",
    "invalid argument",
];

const AGAIN: &str = "this passes: run it again";
const MEMORY: &str = "raise --memory (or the container's `memory`), or make the program use less";
const ARCHITECTURE: &str = "the image is not built for the task's CPU architecture (runtimePlatform)";
const LIMITED: &str = "the registry limits pulls: use a mirror such as an ECR pull-through cache, or sign in \
     (repositoryCredentials)";
const IMAGE_NAME: &str = "check the image's name and tag, and the registry's region and account";
const PULL_DENIED: &str = "the execution role may not pull: allow ecr:GetAuthorizationToken, ecr:BatchGetImage and \
     ecr:GetDownloadUrlForLayer, and in another account the repository's policy; for other registries set \
     `repositoryCredentials`";
const STORAGE: &str = "the image and what it unpacks to do not fit: raise --ephemeral-storage";
const LAYERS: &str = "the image's layers come from S3: the subnets need a gateway endpoint for S3, a NAT gateway, or a \
     public IP address (--assign-public-ip); `sortie doctor` with the same flags looks at the routes";
const REGISTRY_ROUTE: &str = "the subnets do not reach the registry: they need a NAT gateway, a public IP address \
     (--assign-public-ip), or VPC endpoints for ecr.api, ecr.dkr and s3 whose security group lets the task in (443); \
     `sortie doctor` with the same flags looks at the routes";
const SECRETS_ROUTE: &str = "the subnets do not reach Secrets Manager, or SSM: they need a NAT gateway, a public IP address \
     (--assign-public-ip), or VPC endpoints for secretsmanager, ssm and kms whose security group lets the task in (443); \
     `sortie doctor` with the same flags looks at the routes";
const LOGS_ROUTE: &str = "the subnets do not reach CloudWatch Logs: they need a NAT gateway, a public IP address \
     (--assign-public-ip), or a VPC endpoint for logs whose security group lets the task in (443); `sortie doctor` with the \
     same flags looks at the routes";
const ROLE_PERMISSION: &str = "the execution role lacks a permission; the reason names it";
const SECRET_NAME: &str = "check the secret's name or ARN (valueFrom), and its region";
const SECRET_KEY: &str =
    "the secret has no such JSON key; check the end of valueFrom (SECRET-ARN:KEY:STAGE:VERSION)";
const LOG_GROUP: &str = "create the log group, or set awslogs-create-group to true and allow the execution role \
     logs:CreateLogGroup, logs:CreateLogStream and logs:PutLogEvents";
const EFS: &str = "EFS could not be mounted: a mount target in each subnet's zone, its security group open to the task (port \
     2049), DNS in the VPC, and with IAM the task role's elasticfilesystem:ClientMount";
const EFS_DENIED: &str = "EFS refused the mount: check the access point, the file system's policy, and with IAM the task \
     role's elasticfilesystem:ClientMount and ClientWrite";
const COMMAND: &str = "the command does not exist in the image: check it, the entry point, and the interpreter that a \
     script names in its first line";
const NOT_EXECUTABLE: &str =
    "the command is not executable in the image (chmod +x), or the user may not run it";
const WRONG_PROGRAM: &str = "the program is not built for the task's CPU architecture, or a script has no first line such \
     as #!/bin/sh";
const USER: &str = "the image has no such user; check `user` of the container";
const DIRECTORY: &str = "check `workingDirectory`, `readonlyRootFilesystem` and the mount points";
const ASSUME: &str = "the role's trust policy must let ecs-tasks.amazonaws.com assume it, and it must exist; check --task-role \
     and --execution-role";
const SUBNET_FULL: &str =
    "the subnet has no free addresses: add subnets (--subnet, repeated), or larger ones";
const NO_ROOM: &str = "try again later, add subnets in other availability zones, or another size";
const QUOTA: &str = "a quota of the account is used up (network interfaces, vCPUs): raise it in Service Quotas, or run fewer tasks";
const RUN_AGAIN: &str = "run it again";
const SPOT: &str = "run it again, or without FARGATE_SPOT (--capacity-provider FARGATE)";

/// The table; the first rule that fits counts.
pub(super) const RULES: &[Rule] = &[
    // Memory, wherever it is said.
    Rule { begins: &["outofmemory"], holds: &[], cause: Exited, passing: false, hint: MEMORY },
    // --- pulling an image ---------------------------------------------------------------------------
    never(PULL, &["toomanyrequests", "429 too many requests", "pull rate limit"], LIMITED),
    never(PULL, &["no space left on device"], STORAGE),
    never(
        PULL,
        &["no matching manifest", "descriptor matching platform", "does not match the specified platform"],
        ARCHITECTURE,
    ),
    never(
        PULL,
        &[
            "no basic auth credentials",
            "403 forbidden",
            "accessdenied",
            "is not authorized to perform",
            "insufficient_scope",
            "pull access denied",
            "401 unauthorized",
            "authorization failed",
            "denied: ",
        ],
        PULL_DENIED,
    ),
    never(
        PULL,
        &[
            ": not found",
            "manifest unknown",
            "name unknown",
            "does not exist",
            "repositorynotfound",
            "invalid reference format",
            "imagenotfound",
        ],
        IMAGE_NAME,
    ),
    // Layers come from another host than manifests. Source: Amazon ECR User Guide, VPC endpoints.
    Rule {
        begins: PULL,
        holds: &["starport-layer-bucket"],
        cause: NeverStarted,
        passing: false,
        hint: LAYERS,
    },
    passing(PULL, BAD_MOMENT, AGAIN),
    never(PULL, UNREACHED, REGISTRY_ROUTE),
    never(PULL, &[], "check the image's name, the execution role and the way to the registry"),
    // --- the container itself; also as the cause within a ResourceInitializationError --------------------
    passing(AGENT_TIMEOUT, &[], AGAIN),
    passing(
        &["cannotcreatevolume", "cannotinspectcontainer", "cannotcreatecontainererror: dockertimeout"],
        &["context deadline exceeded", "timed out", "timeout"],
        AGAIN,
    ),
    never(START, &["executable file not found", "no such file or directory"], COMMAND),
    never(START, &["exec format error"], WRONG_PROGRAM),
    never(START, &["permission denied", "is a directory"], NOT_EXECUTABLE),
    never(START, &["unable to find user", "no matching entries in passwd", "unable to find group"], USER),
    never(START, &["read-only file system", "chdir to cwd", "not a directory"], DIRECTORY),
    passing(START, &["timed out after waiting", "context deadline exceeded"], AGAIN),
    passing(CREATE, &["timed out after waiting", "context deadline exceeded"], AGAIN),
    // --- what a task needs before its containers ----------------------------------------------------------
    never(INIT, &["\": permission denied"], NOT_EXECUTABLE),
    never(INIT, &["executable file not found", "exec: \""], COMMAND),
    never(INIT, &["exec format error"], WRONG_PROGRAM),
    never(INIT, &["access denied by server while mounting"], EFS_DENIED),
    never(INIT, &["efs utils", "efs volumes", "mount.nfs4", "fs-utils"], EFS),
    never(INIT, &["did not contain json key", "does not contain json key"], SECRET_KEY),
    never(INIT, &["log group does not exist"], LOG_GROUP),
    never(INIT, &["accessdenied", "is not authorized to perform", "not authorized"], ROLE_PERMISSION),
    never(
        INIT,
        &["can't find the specified secret", "invalid ssm parameters", "parameternotfound", "unexpected arn"],
        SECRET_NAME,
    ),
    // The registry comes before the stores: both stand in one sentence, "unable to pull secrets or registry
    // auth", and the words that follow tell which.
    never(
        INIT,
        &[
            "unable to retrieve ecr registry auth",
            "cannot pull registry auth",
            "between the task and amazon ecr",
        ],
        REGISTRY_ROUTE,
    ),
    never(
        INIT,
        &[
            "secret from asm",
            "secrets from ssm",
            "secret from ssm",
            "from secrets manager",
            "from aws secrets manager",
            "between the task and aws secrets manager",
            "from aws systems manager",
            "between the task and aws systems manager",
        ],
        SECRETS_ROUTE,
    ),
    never(INIT, &["cloudwatch log stream", "logging driver", "logger args", "cloudwatch logs"], LOGS_ROUTE),
    passing(INIT, &["timed out after waiting", "context canceled"], AGAIN),
    never(
        INIT,
        &["secrets or registry auth"],
        "check the execution role's permissions, the secrets' names, and that the subnets reach ECR, Secrets Manager and SSM",
    ),
    never(INIT, &["no space left on device"], STORAGE),
    never(INIT, &[], "check the execution role, and that the subnets reach the AWS services"),
    never(START, &[], ""),
    never(CREATE, &[], ""),
    never(&["cannotcreatevolume", "cannotinspectcontainer"], &[], ""),
    // --- the network and the place ------------------------------------------------------------------------
    passing(&["timeout waiting for network interface", "timeout waiting for ephemeralstorage"], &[], AGAIN),
    // Addresses become free as other tasks end.
    passing(EC2, &["insufficientfreeaddresses", "does not have enough free addresses"], SUBNET_FULL),
    never(EC2, &["networkinterfacelimitexceeded", "limitexceeded"], QUOTA),
    never(
        EC2,
        &["invalidsubnetid", "invalidgroup", "invalidsecuritygroupid", "invalidparametervalue"],
        "check --subnet and --security-group: they must exist and be of one VPC",
    ),
    passing(EC2, &[], AGAIN),
    never(&["ecs was unable to assume the role"], &[], ASSUME),
    // Dagster, `is_transient_task_stopped_reason`.
    passing(&["the service discovery instance could not be registered"], &[], AGAIN),
    // AWS re:Post, ecs-fargate-runtask-capacity: also as the reason of a stopped task.
    Rule {
        begins: &[],
        holds: &["capacity is unavailable"],
        cause: NoCapacity,
        passing: false,
        hint: NO_ROOM,
    },
    // --- taken away -----------------------------------------------------------------------------------------
    // Amazon ECS Developer Guide, Fargate Spot: comes with any exit code (wrapbox PR 53).
    Rule { begins: &[], holds: &[YOUR_SPOT_TASK], cause: Interrupted, passing: false, hint: SPOT },
    // Amazon ECS Developer Guide, task retirement: "ECS is performing maintenance on the underlying
    // infrastructure hosting the task."
    Rule {
        begins: &[],
        holds: &["underlying infrastructure"],
        cause: Interrupted,
        passing: false,
        hint: RUN_AGAIN,
    },
    // "Host EC2 (instance i-0123) terminated." Source: apache/airflow PR 3938.
    Rule {
        begins: &["host ec2"],
        holds: &["terminated", "stopped"],
        cause: Interrupted,
        passing: false,
        hint: RUN_AGAIN,
    },
    Rule {
        begins: &["fargate task retirement", "task retirement"],
        holds: &[],
        cause: Interrupted,
        passing: false,
        hint: RUN_AGAIN,
    },
    // --- the rest ---------------------------------------------------------------------------------------------
    never(&["task failed to start"], &[], ""),
    ended(Stopped, &["task stopped by user", "stopped by user"], &[]),
    ended(Exited, &["essential container"], &[]),
];

/// The words for a task that Spot took away.
pub(super) const YOUR_SPOT_TASK: &str = "your spot task was interrupted";
