//! The table, tried on what the platform has really said. Ids and accounts are made up.

use super::*;
use crate::backend::EndCause::Exited;
use crate::backend::EndCause::Interrupted;
use crate::backend::EndCause::NeverStarted;
use crate::backend::EndCause::NoCapacity;
use crate::backend::EndCause::Stopped;

const ONCE: bool = false;
const AGAIN: bool = true;

/// A reason, what it says, whether the task is launched again, and a word of the hint.
/// Sources: Amazon ECS Developer Guide, stopped task error messages; reports to amazon-ecs-agent,
/// containers-roadmap, nextflow, airflow, dagster and others.
const CORPUS: &[(&str, EndCause, bool, &str)] = &[
    // The registry.
    (
        "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref docker.io/library/nginx:latest: failed to do request: Head \"https://registry-1.docker.io/v2/library/nginx/manifests/latest\": dial tcp 34.237.244.67:443: i/o timeout",
        NeverStarted,
        ONCE,
        "NAT gateway",
    ),
    (
        "CannotPullContainerError: Error response from daemon: Get https://111122223333.dkr.ecr.us-east-1.amazonaws.com/v2/: net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)",
        NeverStarted,
        ONCE,
        "ecr.dkr",
    ),
    (
        "CannotPullContainerError: ref pull has been retried 1 time(s): failed to copy: httpReadSeeker: failed open: failed to do request: Get \"https://prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com/x\": dial tcp 52.216.1.2:443: i/o timeout",
        NeverStarted,
        ONCE,
        "from S3",
    ),
    (
        "CannotPullContainerError: inspect image has been retried 1 time(s): failed to resolve ref \"docker.io/library/invalid-name:non-existenttag\": docker.io/library/invalid-name:non-existenttag: not found",
        NeverStarted,
        ONCE,
        "name and tag",
    ),
    (
        "CannotPullContainerError: Error response from daemon: manifest for 1.dkr.ecr.eu-west-1.amazonaws.com/app:v2 not found: manifest unknown: Requested image not found",
        NeverStarted,
        ONCE,
        "name and tag",
    ),
    (
        "CannotPullContainerError: Error response from daemon: toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading",
        NeverStarted,
        ONCE,
        "limits pulls",
    ),
    (
        "CannotPullContainerError: inspect image has been retried 5 time(s): httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/x: 429 Too Many Requests - Server message: toomanyrequests",
        NeverStarted,
        ONCE,
        "limits pulls",
    ),
    (
        "CannotPullContainerError: image Manifest does not contain descriptor matching platform 'linux/amd64'",
        NeverStarted,
        ONCE,
        "architecture",
    ),
    (
        "CannotPullContainerError: write /var/lib/containerd/io.containerd.content.v1.content/ingest/x/data: no space left on device",
        NeverStarted,
        ONCE,
        "--ephemeral-storage",
    ),
    (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 1.dkr.ecr.us-east-1.amazonaws.com/app:1: pulling from host 1.dkr.ecr.us-east-1.amazonaws.com failed with status code [manifests 1]: 403 Forbidden",
        NeverStarted,
        ONCE,
        "may not pull",
    ),
    (
        "CannotPullContainerError: Error response from daemon: pull access denied for team/app, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
        NeverStarted,
        ONCE,
        "may not pull",
    ),
    ("CannotPullContainerError: no basic auth credentials", NeverStarted, ONCE, "may not pull"),
    (
        "CannotPullContainerError: ref pull has been retried 1 time(s): failed to copy: httpReadSeeker: failed open: context canceled",
        NeverStarted,
        AGAIN,
        "run it again",
    ),
    ("CannotPullContainerError: context canceled", NeverStarted, AGAIN, "run it again"),
    (
        "CannotPullContainerError: pull image manifest has been retried 5 time(s): unexpected status from HEAD request to https://1.dkr.ecr.us-east-1.amazonaws.com/v2/app/manifests/1: 503 Service Unavailable",
        NeverStarted,
        AGAIN,
        "run it again",
    ),
    (
        "CannotPullContainerError: httpReadSeeker: failed open: unexpected status code https://quay.io/x: 503 Slow Down",
        NeverStarted,
        AGAIN,
        "run it again",
    ),
    (
        "CannotPullContainerError: failed to copy: read tcp 10.0.0.5:443->52.216.1.2:443: read: connection reset by peer",
        NeverStarted,
        AGAIN,
        "run it again",
    ),
    (
        "CannotPullContainerError: error pulling image configuration: unexpected EOF",
        NeverStarted,
        AGAIN,
        "run it again",
    ),
    ("CannotPullContainerError: net/http: TLS handshake timeout", NeverStarted, AGAIN, "run it again"),
    ("CannotPullContainerError: something new", NeverStarted, ONCE, "way to the registry"),
    // Secrets, and the registry's credentials, in one sentence.
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 3 time(s): RequestError: send request failed caused by: Post \"https://api.ecr.us-east-1.amazonaws.com/\": dial tcp 52.46.146.144:443: i/o timeout",
        NeverStarted,
        ONCE,
        "ecr.api",
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task network configuration. RequestError: send request failed",
        NeverStarted,
        ONCE,
        "ecr.api",
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 5 time(s): failed to fetch secret arn:aws:secretsmanager:us-east-1:1:secret:x from secrets manager: RequestCanceled: request context canceled caused by: context deadline exceeded. Please check your task network configuration.",
        NeverStarted,
        ONCE,
        "secretsmanager",
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 5 time(s): RequestError: send request failed caused by: Post \"https://ssm.us-east-1.amazonaws.com/\": net/http: request canceled",
        NeverStarted,
        ONCE,
        "secretsmanager",
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secret from asm: There is a connection issue between the task and AWS Secrets Manager. Check your task network configuration.",
        NeverStarted,
        ONCE,
        "secretsmanager",
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret x from secrets manager: AccessDeniedException: User: arn:aws:sts::1:assumed-role/exec/x is not authorized to perform: secretsmanager:GetSecretValue on resource: x",
        NeverStarted,
        ONCE,
        "lacks a permission",
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: failed to fetch secret x from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.",
        NeverStarted,
        ONCE,
        "valueFrom",
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid ssm parameters: /db/password",
        NeverStarted,
        ONCE,
        "valueFrom",
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: retrieved secret from Secrets Manager did not contain json key username",
        NeverStarted,
        ONCE,
        "JSON key",
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: pull command failed: : signal: killed",
        NeverStarted,
        ONCE,
        "execution role",
    ),
    // Logs.
    (
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1",
        NeverStarted,
        ONCE,
        "create the log group",
    ),
    (
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: AccessDeniedException: User is not authorized to perform: logs:CreateLogStream",
        NeverStarted,
        ONCE,
        "lacks a permission",
    ),
    (
        "ResourceInitializationError: failed to validate logger args: : signal: killed",
        NeverStarted,
        ONCE,
        "CloudWatch Logs",
    ),
    (
        "ResourceInitializationError: failed to initialize logging driver: failed to create Cloudwatch log stream: There is a connection issue between the task and Cloudwatch. Check your network configuration.",
        NeverStarted,
        ONCE,
        "CloudWatch Logs",
    ),
    // EFS.
    (
        "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: Failed to resolve \"fs-0123.efs.us-east-1.amazonaws.com\" - check that your file system ID is correct",
        NeverStarted,
        ONCE,
        "2049",
    ),
    (
        "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: mount.nfs4: Connection reset by peer",
        NeverStarted,
        ONCE,
        "2049",
    ),
    (
        "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: b'mount.nfs4: access denied by server while mounting 127.0.0.1:/' : unsuccessful EFS utils command execution; code: 32",
        NeverStarted,
        ONCE,
        "EFS refused",
    ),
    // The command.
    (
        "CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"/opt/run.sh\": stat /opt/run.sh: no such file or directory: unknown",
        NeverStarted,
        ONCE,
        "does not exist in the image",
    ),
    (
        "CannotStartContainerError: Error response from daemon: OCI runtime create failed: container_linux.go:370: starting container process caused: exec: \"deploy\": executable file not found in $PATH: unknown",
        NeverStarted,
        ONCE,
        "does not exist in the image",
    ),
    (
        "ResourceInitializationError: failed to create new container runtime task: failed to create shim: OCI runtime create failed: exec: \"migrate\": executable file not found in $PATH: unknown",
        NeverStarted,
        ONCE,
        "does not exist in the image",
    ),
    ("CannotStartContainerError: exec /app/run: exec format error", NeverStarted, ONCE, "architecture"),
    (
        "CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: exec: \"./run.sh\": permission denied: unknown",
        NeverStarted,
        ONCE,
        "chmod +x",
    ),
    (
        "CannotStartContainerError: unable to find user node: no matching entries in passwd file",
        NeverStarted,
        ONCE,
        "no such user",
    ),
    (
        "CannotStartContainerError: OCI runtime create failed: mkdir /work: read-only file system",
        NeverStarted,
        ONCE,
        "workingDirectory",
    ),
    ("CannotStartContainerError: something new", NeverStarted, ONCE, ""),
    // The agent.
    (
        "DockerTimeoutError: Could not transition to created; timed out after waiting 4m0s",
        NeverStarted,
        AGAIN,
        "run it again",
    ),
    (
        "ContainerRuntimeTimeoutError: Could not transition to running; timed out after waiting 1m0s",
        NeverStarted,
        AGAIN,
        "run it again",
    ),
    (
        "CannotCreateVolumeError: failed to copy: context deadline exceeded",
        NeverStarted,
        AGAIN,
        "run it again",
    ),
    (
        "CannotCreateContainerError: Could not transition to created; timed out after waiting 4m0s",
        NeverStarted,
        AGAIN,
        "run it again",
    ),
    // The network and the role.
    ("Timeout waiting for network interface provisioning to complete.", NeverStarted, AGAIN, "run it again"),
    ("Timeout waiting for EphemeralStorage provisioning to complete.", NeverStarted, AGAIN, "run it again"),
    (
        "Unexpected EC2 error while attempting to Create Network Interface with public IP assignment disabled in subnet 'subnet-0123': InsufficientFreeAddressesInSubnet",
        NeverStarted,
        AGAIN,
        "no free addresses",
    ),
    (
        "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-0123': AuthFailure",
        NeverStarted,
        AGAIN,
        "run it again",
    ),
    (
        "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-0123': NetworkInterfaceLimitExceeded",
        NeverStarted,
        ONCE,
        "Service Quotas",
    ),
    (
        "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-0123': InvalidSubnetID.NotFound",
        NeverStarted,
        ONCE,
        "--subnet",
    ),
    (
        "ECS was unable to assume the role 'arn:aws:iam::1:role/deploy' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.",
        NeverStarted,
        ONCE,
        "ecs-tasks.amazonaws.com",
    ),
    ("The Service Discovery instance could not be registered.", NeverStarted, AGAIN, "run it again"),
    (
        "Capacity is unavailable at this time. Please try again later or in a different availability zone",
        NoCapacity,
        ONCE,
        "other availability zones",
    ),
    // Taken away.
    ("Your Spot Task was interrupted.", Interrupted, ONCE, "FARGATE_SPOT"),
    (
        "ECS is performing maintenance on the underlying infrastructure hosting the task.",
        Interrupted,
        ONCE,
        "run it again",
    ),
    ("Host EC2 (instance i-0123456789abcdef0) terminated.", Interrupted, ONCE, "run it again"),
    ("Host EC2 (instance i-0123456789abcdef0) stopped.", Interrupted, ONCE, "run it again"),
    ("Fargate task retirement", Interrupted, ONCE, "run it again"),
    // The rest.
    ("OutOfMemoryError: Container killed due to memory usage", Exited, ONCE, "--memory"),
    ("Task failed to start", NeverStarted, ONCE, ""),
    ("Task stopped by user", Stopped, ONCE, ""),
    ("Essential container in task exited", Exited, ONCE, ""),
];

#[test]
fn the_corpus_is_understood() {
    for (reason, cause, passing, hint) in CORPUS {
        let said = said(reason).unwrap_or_else(|| panic!("nothing is known of {reason}"));
        assert_eq!((said.cause, said.passing), (*cause, *passing), "{reason}");
        assert!(
            said.hint.contains(hint) && said.hint.is_empty() == hint.is_empty(),
            "{reason}: {}",
            said.hint
        );
        let (of_routes, leads) = (said.hint.contains("NAT gateway"), said.hint.contains("`sortie doctor`"));
        assert_eq!(of_routes, leads, "doctor looks at routes: {}", said.hint);
    }
}

#[test]
fn words_are_compared_in_lower_case_and_every_rule_can_be_met() {
    for rule in table::RULES {
        for text in rule.begins.iter().chain(rule.holds) {
            assert_eq!(*text, text.to_lowercase());
        }
        assert!(!(rule.begins.is_empty() && rule.holds.is_empty()));
    }
    assert_eq!(said("something new"), None);
}

/// What is pulled, or read, may have any name.
#[test]
fn names_inside_a_reason_are_not_taken_for_the_platforms_words() {
    for (reason, hint) in [
        ("CannotPullContainerError: pull access denied for registry.example/retirement-api", "may not pull"),
        ("CannotPullContainerError: ref registry.example/outofmemoryerror: not found", "name and tag"),
        ("CannotPullContainerError: ref registry.example/capacity is unavailable: not found", "name and tag"),
        (
            "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve ecr registry auth of secret/efs",
            "ecr.api",
        ),
        (
            "CannotStartContainerError: exec: \"./your spot task was interrupted\": stat: no such file or directory",
            "does not exist",
        ),
    ] {
        let said = said(reason).expect("it is known");
        assert!(
            said.cause == NeverStarted && !said.passing && said.hint.contains(hint),
            "{reason}: {said:?}"
        );
    }
}

#[test]
fn the_most_telling_of_several_reasons_counts() {
    let reasons = ["Task failed to start", "CannotPullContainerError: context canceled", ""];
    let said = most_telling(reasons).expect("it is known");
    assert!(said.passing && said.cause == NeverStarted);
    assert_eq!(most_telling(["", "x"]), None);
}
