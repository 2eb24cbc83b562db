//! What each failure means, and where that is known from: one table for API errors
//! ([`API_ERRORS`]), one for the `failures` of RunTask ([`RUN_TASK_FAILURES`]).

use super::credentials::CREDENTIALS_HINT;
use super::credentials::RENEW_HINT;

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Too many calls: try again, more slowly.
    Throttled,
    /// The network or the service: try again.
    Transient,
    /// The service did what it was asked, and its answer cannot be understood. Asking again may help
    /// once or twice.
    Unreadable,
    /// The request was signed with a wrong time, or so it seems: try again with the right one.
    Clock,
    /// No capacity now: try again later, as a new attempt.
    Capacity,
    /// A quota of the account is used up, or too small.
    Quota,
    /// The caller is not known, or may not do this.
    Denied,
    /// The request is wrong.
    Invalid,
    /// The thing does not exist (or not yet).
    Missing,
    /// The client token was used before.
    Conflict,
    /// Anything else; trying again is not known to help.
    Other,
}

/// One line of a table: what the service says, and what it means.
pub(crate) struct Rule {
    /// Operations. Empty: any.
    pub(super) calls: &'static [&'static str],
    /// Error codes or failure reasons, whole. Empty: any.
    pub(super) codes: &'static [&'static str],
    /// Texts of which one must stand in the message, any case. Empty: any message.
    pub(super) messages: &'static [&'static str],
    /// What it means.
    pub(super) class: Class,
    /// What a person can do; empty when nothing is known.
    pub(super) hint: &'static str,
    /// Where the entry comes from.
    #[allow(dead_code, reason = "for whoever reads the table; a test demands it")]
    pub(super) source: &'static str,
}

const CAPACITY_HINT: &str = "try again later, add subnets in other availability zones, another --cpu/--memory, or \
     --capacity-provider FARGATE beside FARGATE_SPOT";
const CAPACITY_SOURCE: &str =
    "AWS re:Post knowledge centre, ecs-fargate-runtask-capacity: retry, more zones, other sizes";

const QUOTA_HINT: &str = "ask for more Fargate vCPUs in Service Quotas, or run fewer or smaller tasks";

/// Codes of a caller who may not do that.
const DENIED: &[&str] = &["AccessDeniedException", "AccessDenied", "UnauthorizedOperation"];
const DENIED_SOURCE: &str = "Amazon ECS API reference, AccessDeniedException; Service Authorization Reference for ECS and CloudWatch Logs";

const CLOCK_HINT: &str = "this machine's clock is off by more than AWS tolerates (5 minutes): check it (timedatectl, \
     chronyc tracking), and that of a virtual machine's host";

const SIGNATURE_HINT: &str = "the secret access key does not belong to the access key id, or something on the way changes requests; \
     check AWS_SECRET_ACCESS_KEY or the profile, and this machine's clock";

const PROVISIONING_HINT: &str = "too many tasks of the cluster are in PROVISIONING: try again later, or spread the tasks \
     over several clusters";
const PROVISIONING_SOURCE: &str = "Amazon ECS Developer Guide, service quotas (tasks in PROVISIONING state per cluster); \
     aws-sdk-ruby issue 3047; DIAGNijmegen/rse-grand-challenge PR 2013";

/// API errors; the first rule that fits counts.
pub(crate) const API_ERRORS: &[Rule] = &[
    Rule {
        calls: &[],
        codes: &[
            "ThrottlingException",
            "Throttling",
            "ThrottledException",
            "RequestThrottled",
            "RequestThrottledException",
            "TooManyRequestsException",
            "RequestLimitExceeded",
            "SlowDown",
            "BandwidthLimitExceeded",
            "ProvisionedThroughputExceededException",
        ],
        messages: &[],
        class: Class::Throttled,
        hint: "",
        source: "AWS SDK retry specification, throttling error codes",
    },
    Rule {
        calls: &[],
        codes: &[],
        messages: &["capacity is unavailable at this time"],
        class: Class::Capacity,
        hint: CAPACITY_HINT,
        source: CAPACITY_SOURCE,
    },
    Rule {
        calls: &[],
        codes: &[],
        messages: &["provisioning capacity limit exceeded"],
        class: Class::Capacity,
        hint: PROVISIONING_HINT,
        source: PROVISIONING_SOURCE,
    },
    Rule {
        calls: &[],
        // EC2's throttling of the network interface look-up, wrapped by ECS.
        codes: &["InvalidParameterException", "ClientException", "LimitExceededException"],
        messages: &["rate exceeded", "request limit exceeded"],
        class: Class::Throttled,
        hint: "",
        source: "reproio/wrapbox issues 32 and 43; dagster issue 33439",
    },
    Rule {
        calls: &[],
        codes: &["InvalidParameterException"],
        messages: &["internalerror"],
        class: Class::Transient,
        hint: "",
        source: "dagster issue 33439 (Error retrieving subnet information: InternalError)",
    },
    Rule {
        calls: &[],
        codes: &[
            "ServerException",
            "ServiceUnavailableException",
            "ServiceUnavailable",
            "InternalServerError",
            "InternalServerException",
            "InternalFailure",
            "InternalError",
            "RequestTimeout",
            "RequestTimeoutException",
            "PriorRequestNotComplete",
        ],
        messages: &[],
        class: Class::Transient,
        hint: "",
        source: "Amazon ECS API reference, ServerException; AWS SDK retry specification, transient codes",
    },
    Rule {
        calls: &[],
        codes: &["ClientException"],
        messages: &["too many concurrent attempts to create a new revision"],
        class: Class::Throttled,
        hint: "",
        source: "hashicorp/terraform-provider-aws issue 9777; PrefectHQ/prefect issues 15865 and 21351",
    },
    Rule {
        calls: &["CreateSchedule", "UpdateSchedule"],
        codes: DENIED,
        messages: &[],
        class: Class::Denied,
        hint: "allow scheduler:CreateSchedule, scheduler:UpdateSchedule and scheduler:DeleteSchedule on \
               schedule/default/sortie-*, and iam:PassRole on --deadline-guard-role, for whoever runs sortie",
        source: "Service Authorization Reference, Amazon EventBridge Scheduler",
    },
    Rule {
        calls: &["CreateSchedule", "UpdateSchedule"],
        codes: &["ValidationException"],
        messages: &["execution role"],
        class: Class::Invalid,
        hint: "scheduler.amazonaws.com must be allowed to assume the role of --deadline-guard-role (its trust policy)",
        source: "Amazon EventBridge Scheduler User Guide, setting up the execution role",
    },
    Rule {
        calls: &[],
        codes: &["AccessDeniedException", "ClientException", "AccessDenied"],
        messages: &["iam:passrole"],
        class: Class::Denied,
        hint: "allow iam:PassRole on the task role and the execution role for whoever runs sortie",
        source: "aws-sdk-js issue 3686: RunTask without iam:PassRole",
    },
    Rule {
        calls: &["RunTask"],
        codes: DENIED,
        messages: &[],
        class: Class::Denied,
        hint: "allow ecs:RunTask on the task definition and in the cluster, iam:PassRole on its roles, and ecs:TagResource \
               with --tag, for whoever runs sortie",
        source: DENIED_SOURCE,
    },
    Rule {
        calls: &["DescribeTasks"],
        codes: DENIED,
        messages: &[],
        class: Class::Denied,
        hint: "allow ecs:DescribeTasks in the cluster for whoever runs sortie",
        source: DENIED_SOURCE,
    },
    Rule {
        calls: &["StopTask"],
        codes: DENIED,
        messages: &[],
        class: Class::Denied,
        hint: "allow ecs:StopTask in the cluster for whoever runs sortie",
        source: DENIED_SOURCE,
    },
    Rule {
        calls: &["DescribeTaskDefinition"],
        codes: DENIED,
        messages: &[],
        class: Class::Denied,
        hint: "allow ecs:DescribeTaskDefinition (it knows no resources: on *) for whoever runs sortie",
        source: DENIED_SOURCE,
    },
    Rule {
        calls: &["RegisterTaskDefinition"],
        codes: DENIED,
        messages: &[],
        class: Class::Denied,
        hint: "allow ecs:RegisterTaskDefinition, ecs:TagResource, and iam:PassRole on the roles in it, for whoever runs sortie",
        source: DENIED_SOURCE,
    },
    Rule {
        calls: &["ListTasks"],
        codes: DENIED,
        messages: &[],
        class: Class::Denied,
        hint: "allow ecs:ListTasks in the cluster for whoever runs sortie",
        source: DENIED_SOURCE,
    },
    Rule {
        calls: &["GetLogEvents"],
        codes: DENIED,
        messages: &[],
        class: Class::Denied,
        hint: "allow logs:GetLogEvents for whoever runs sortie",
        source: DENIED_SOURCE,
    },
    Rule {
        calls: &[],
        codes: DENIED,
        messages: &[],
        class: Class::Denied,
        hint: "allow the action for whoever runs sortie: ecs:RunTask, ecs:DescribeTasks, ecs:StopTask, \
               ecs:DescribeTaskDefinition, iam:PassRole and logs:GetLogEvents; ecs:TagResource with --tag; \
               ecs:RegisterTaskDefinition and ecs:TagResource where a task definition is registered",
        source: DENIED_SOURCE,
    },
    Rule {
        calls: &[],
        codes: &["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "ExpiredTokenId"],
        messages: &[],
        class: Class::Denied,
        hint: RENEW_HINT,
        source: "Amazon ECS API reference, Common Errors; aws-actions/configure-aws-credentials issue 359",
    },
    Rule {
        calls: &[],
        codes: &["UnrecognizedClientException", "InvalidClientTokenId"],
        messages: &[
            "token included in the request is expired",
            "security token expired",
            "token has expired",
        ],
        class: Class::Denied,
        hint: RENEW_HINT,
        source: "aws-sdk-java-v2 and boto3 reports of expired sessions",
    },
    Rule {
        calls: &[],
        codes: &[
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "RequestExpired",
            "RequestInTheFuture",
            "RequestTimeTooSkewed",
            "AuthFailure",
        ],
        messages: &[
            "signature expired",
            "signature not yet current",
            "too skewed",
            "request expired",
            "time too skewed",
        ],
        class: Class::Clock,
        hint: CLOCK_HINT,
        source: "AWS SDK retry specification, clock skew errors; convox/rack issue 235",
    },
    Rule {
        calls: &[],
        codes: &["RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed"],
        messages: &[],
        class: Class::Clock,
        hint: CLOCK_HINT,
        source: "AWS SDK retry specification, clock skew errors",
    },
    Rule {
        calls: &[],
        // Also what a clock that jumped in between leads to: worth one more try.
        codes: &["InvalidSignatureException", "SignatureDoesNotMatch"],
        messages: &[],
        class: Class::Clock,
        hint: SIGNATURE_HINT,
        source: "AWS SDK retry specification, clock skew errors; aws-sdk-js-v3 issue 7605",
    },
    Rule {
        calls: &[],
        codes: &[
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "IncompleteSignature",
            "OptInRequired",
        ],
        messages: &[],
        class: Class::Denied,
        hint: CREDENTIALS_HINT,
        source: "Amazon ECS API reference, Common Errors",
    },
    Rule {
        calls: &[],
        codes: &["ClusterNotFoundException"],
        messages: &[],
        class: Class::Invalid,
        hint: "check --cluster, --region and the account of the credentials; a cluster is not shared between \
               regions",
        source: "Amazon ECS API reference, ClusterNotFoundException",
    },
    Rule {
        calls: &[],
        codes: &[],
        messages: &[
            "requested cpu configuration is above your limit",
            "limit on the number of vcpus",
            "reached the limit on the number of tasks",
            "you've reached the limit",
        ],
        class: Class::Quota,
        hint: QUOTA_HINT,
        source: "gitlab-org fargate driver issue 41; Amazon ECS Developer Guide, Fargate quotas",
    },
    Rule {
        calls: &[],
        codes: &[],
        messages: &["container overrides length must be at most 8192"],
        class: Class::Invalid,
        hint: "move environment variables into the task definition or a file in S3 (environmentFiles)",
        source: "Amazon ECS API reference, RunTask, overrides",
    },
    Rule {
        calls: &[],
        codes: &["ClientException", "InvalidParameterException"],
        messages: &[
            "unable to describe task definition",
            "taskdefinition not found",
            "taskdefinition is inactive",
        ],
        class: Class::Missing,
        hint: "check --task-definition, --region and the account; `aws ecs list-task-definitions` shows what \
               there is",
        source: "Amazon ECS Developer Guide, API failure reasons; observed texts of DescribeTaskDefinition",
    },
    Rule {
        calls: &[],
        codes: &["ConflictException"],
        messages: &[],
        class: Class::Conflict,
        hint: "",
        source: "Amazon ECS API reference, ConflictException (resourceIds: tasks of the client token)",
    },
    Rule {
        calls: &[],
        codes: &["ResourceNotFoundException"],
        messages: &[],
        class: Class::Missing,
        hint: "",
        source: "CloudWatch Logs API reference, GetLogEvents",
    },
    Rule {
        calls: &[],
        codes: &["BlockedException"],
        messages: &[],
        class: Class::Other,
        hint: "the AWS account is blocked; contact AWS Support",
        source: "Amazon ECS API reference, BlockedException",
    },
    Rule {
        calls: &[],
        codes: &["PlatformUnknownException"],
        messages: &[],
        class: Class::Invalid,
        hint: "check --platform-version; leave it out for the newest",
        source: "Amazon ECS API reference, PlatformUnknownException",
    },
    Rule {
        calls: &[],
        codes: &["PlatformTaskDefinitionIncompatibilityException"],
        messages: &[],
        class: Class::Invalid,
        hint: "the platform version lacks something that the task definition asks for; use --platform-version \
               LATEST",
        source: "Amazon ECS API reference, PlatformTaskDefinitionIncompatibilityException",
    },
    Rule {
        calls: &[],
        codes: &[
            "InvalidParameterException",
            "ClientException",
            "UnsupportedFeatureException",
            "ValidationException",
            "SerializationException",
        ],
        messages: &[],
        class: Class::Invalid,
        hint: "",
        source: "Amazon ECS API reference, RunTask, Errors",
    },
];

/// Reasons in the `failures` list of RunTask. On EC2 capacity these are about container
/// instances, but a named capacity provider may lead there too.
pub(crate) const RUN_TASK_FAILURES: &[Rule] = &[
    Rule {
        calls: &[],
        codes: &[],
        messages: &["capacity is unavailable at this time"],
        class: Class::Capacity,
        hint: CAPACITY_HINT,
        source: CAPACITY_SOURCE,
    },
    Rule {
        calls: &[],
        codes: &[
            "RESOURCE:CPU",
            "RESOURCE:MEMORY",
            "RESOURCE:ENI",
            "RESOURCE:PORTS",
            "RESOURCE:GPU",
            "AGENT",
        ],
        messages: &[],
        class: Class::Capacity,
        hint: "the cluster's container instances are full or not ready",
        source: "Amazon ECS Developer Guide, API failure reasons",
    },
    Rule {
        calls: &[],
        codes: &[],
        messages: &["rate exceeded", "request limit exceeded"],
        class: Class::Throttled,
        hint: "",
        source: "reproio/wrapbox issue 43",
    },
    Rule {
        calls: &[],
        codes: &[],
        messages: &["provisioning capacity limit exceeded"],
        class: Class::Capacity,
        hint: PROVISIONING_HINT,
        source: PROVISIONING_SOURCE,
    },
    Rule {
        calls: &[],
        codes: &[],
        messages: &["above your limit", "limit on the number of vcpus", "you've reached the limit"],
        class: Class::Quota,
        hint: QUOTA_HINT,
        source: "gitlab-org fargate driver issue 41",
    },
    Rule {
        calls: &[],
        codes: &["MISSING", "INACTIVE", "ATTRIBUTE", "LOCATION"],
        messages: &[],
        class: Class::Invalid,
        hint: "no place in the cluster fits the task; check --cluster, --capacity-provider and the task \
               definition's requirements",
        source: "Amazon ECS Developer Guide, API failure reasons",
    },
];

/// The first rule of a table that fits.
pub(crate) fn classify(table: &[Rule], call: &str, code: &str, message: &str) -> (Class, &'static str) {
    let message = message.to_lowercase();
    table
        .iter()
        .find(|rule| {
            (rule.calls.is_empty() || rule.calls.contains(&call))
                && (rule.codes.is_empty() || rule.codes.contains(&code))
                && (rule.messages.is_empty() || rule.messages.iter().any(|text| message.contains(text)))
        })
        .map_or((Class::Other, ""), |rule| (rule.class, rule.hint))
}
