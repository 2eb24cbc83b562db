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
    /// Error codes or failure reasons, whole. Empty: any.
    codes: &'static [&'static str],
    /// Texts of which one must stand in the message, any case. Empty: any message.
    messages: &'static [&'static str],
    /// What it means.
    class: Class,
    /// What a person can do; empty when nothing is known.
    hint: &'static str,
    /// Where the entry comes from.
    #[allow(dead_code, reason = "for whoever reads the table; a test demands it")]
    source: &'static str,
}

const CAPACITY_HINT: &str = "try again later, add subnets in other availability zones, another --cpu/--memory, or \
     --capacity-provider FARGATE beside FARGATE_SPOT";
const CAPACITY_SOURCE: &str =
    "AWS re:Post knowledge centre, ecs-fargate-runtask-capacity: retry, more zones, other sizes";

const QUOTA_HINT: &str = "ask for more Fargate vCPUs in Service Quotas, or run fewer or smaller tasks";

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
        codes: &[],
        messages: &["capacity is unavailable at this time"],
        class: Class::Capacity,
        hint: CAPACITY_HINT,
        source: CAPACITY_SOURCE,
    },
    Rule {
        codes: &[],
        messages: &["provisioning capacity limit exceeded"],
        class: Class::Capacity,
        hint: PROVISIONING_HINT,
        source: PROVISIONING_SOURCE,
    },
    Rule {
        // EC2's throttling of the network interface look-up, wrapped by ECS.
        codes: &["InvalidParameterException", "ClientException", "LimitExceededException"],
        messages: &["rate exceeded", "request limit exceeded"],
        class: Class::Throttled,
        hint: "",
        source: "reproio/wrapbox issues 32 and 43; dagster issue 33439",
    },
    Rule {
        codes: &["InvalidParameterException"],
        messages: &["internalerror"],
        class: Class::Transient,
        hint: "",
        source: "dagster issue 33439 (Error retrieving subnet information: InternalError)",
    },
    Rule {
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
        codes: &["ClientException"],
        messages: &["too many concurrent attempts to create a new revision"],
        class: Class::Throttled,
        hint: "",
        source: "hashicorp/terraform-provider-aws issue 9777; PrefectHQ/prefect issues 15865 and 21351",
    },
    Rule {
        codes: &["AccessDeniedException", "ClientException", "AccessDenied"],
        messages: &["iam:passrole"],
        class: Class::Denied,
        hint: "allow iam:PassRole on the task role and the execution role for whoever runs sortie",
        source: "aws-sdk-js issue 3686: RunTask without iam:PassRole",
    },
    Rule {
        codes: &["AccessDeniedException", "AccessDenied", "UnauthorizedOperation"],
        messages: &[],
        class: Class::Denied,
        hint: "allow the action for whoever runs sortie: ecs:RunTask, ecs:DescribeTasks, ecs:StopTask, \
               ecs:DescribeTaskDefinition, iam:PassRole and logs:GetLogEvents; ecs:TagResource with --tag; \
               ecs:RegisterTaskDefinition and ecs:TagResource where a task definition is registered",
        source: "Amazon ECS API reference, AccessDeniedException; Service Authorization Reference for ECS",
    },
    Rule {
        codes: &["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "ExpiredTokenId"],
        messages: &[],
        class: Class::Denied,
        hint: RENEW_HINT,
        source: "Amazon ECS API reference, Common Errors; aws-actions/configure-aws-credentials issue 359",
    },
    Rule {
        codes: &["UnrecognizedClientException", "InvalidClientTokenId", "AccessDeniedException"],
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
        codes: &["RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed"],
        messages: &[],
        class: Class::Clock,
        hint: CLOCK_HINT,
        source: "AWS SDK retry specification, clock skew errors",
    },
    Rule {
        // Also what a clock that jumped in between leads to: worth one more try.
        codes: &["InvalidSignatureException", "SignatureDoesNotMatch"],
        messages: &[],
        class: Class::Clock,
        hint: SIGNATURE_HINT,
        source: "AWS SDK retry specification, clock skew errors; aws-sdk-js-v3 issue 7605",
    },
    Rule {
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
        codes: &["ClusterNotFoundException"],
        messages: &[],
        class: Class::Invalid,
        hint: "check --cluster, --region and the account of the credentials; a cluster is not shared between \
               regions",
        source: "Amazon ECS API reference, ClusterNotFoundException",
    },
    Rule {
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
        codes: &[],
        messages: &["container overrides length must be at most 8192"],
        class: Class::Invalid,
        hint: "move environment variables into the task definition or a file in S3 (environmentFiles)",
        source: "Amazon ECS API reference, RunTask, overrides",
    },
    Rule {
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
        codes: &["ConflictException"],
        messages: &[],
        class: Class::Conflict,
        hint: "",
        source: "Amazon ECS API reference, ConflictException (resourceIds: tasks of the client token)",
    },
    Rule {
        codes: &["ResourceNotFoundException"],
        messages: &[],
        class: Class::Missing,
        hint: "",
        source: "CloudWatch Logs API reference, GetLogEvents",
    },
    Rule {
        codes: &["BlockedException"],
        messages: &[],
        class: Class::Other,
        hint: "the AWS account is blocked; contact AWS Support",
        source: "Amazon ECS API reference, BlockedException",
    },
    Rule {
        codes: &["PlatformUnknownException"],
        messages: &[],
        class: Class::Invalid,
        hint: "check --platform-version; leave it out for the newest",
        source: "Amazon ECS API reference, PlatformUnknownException",
    },
    Rule {
        codes: &["PlatformTaskDefinitionIncompatibilityException"],
        messages: &[],
        class: Class::Invalid,
        hint: "the platform version lacks something that the task definition asks for; use --platform-version \
               LATEST",
        source: "Amazon ECS API reference, PlatformTaskDefinitionIncompatibilityException",
    },
    Rule {
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
        codes: &[],
        messages: &["capacity is unavailable at this time"],
        class: Class::Capacity,
        hint: CAPACITY_HINT,
        source: CAPACITY_SOURCE,
    },
    Rule {
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
        codes: &[],
        messages: &["rate exceeded", "request limit exceeded"],
        class: Class::Throttled,
        hint: "",
        source: "reproio/wrapbox issue 43",
    },
    Rule {
        codes: &[],
        messages: &["provisioning capacity limit exceeded"],
        class: Class::Capacity,
        hint: PROVISIONING_HINT,
        source: PROVISIONING_SOURCE,
    },
    Rule {
        codes: &[],
        messages: &["above your limit", "limit on the number of vcpus", "you've reached the limit"],
        class: Class::Quota,
        hint: QUOTA_HINT,
        source: "gitlab-org fargate driver issue 41",
    },
    Rule {
        codes: &["MISSING", "INACTIVE", "ATTRIBUTE", "LOCATION"],
        messages: &[],
        class: Class::Invalid,
        hint: "no place in the cluster fits the task; check --cluster, --capacity-provider and the task \
               definition's requirements",
        source: "Amazon ECS Developer Guide, API failure reasons",
    },
];

/// The first rule of a table that fits.
pub(crate) fn classify(table: &[Rule], code: &str, message: &str) -> (Class, &'static str) {
    let message = message.to_lowercase();
    table
        .iter()
        .find(|rule| {
            (rule.codes.is_empty() || rule.codes.contains(&code))
                && (rule.messages.is_empty() || rule.messages.iter().any(|text| message.contains(text)))
        })
        .map_or((Class::Other, ""), |rule| (rule.class, rule.hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_has_a_source_and_says_what_it_matches() {
        for rule in API_ERRORS.iter().chain(RUN_TASK_FAILURES) {
            assert!(!rule.source.is_empty());
            assert!(!(rule.codes.is_empty() && rule.messages.is_empty()), "{}", rule.source);
            for message in rule.messages {
                assert_eq!(*message, message.to_lowercase(), "compared in lower case");
            }
        }
    }

    #[test]
    fn api_errors_are_told_apart() {
        let cases = [
            ("ThrottlingException", "Rate exceeded", Class::Throttled),
            ("ServerException", "", Class::Transient),
            (
                "InvalidParameterException",
                "Error retrieving security group information for [sg-1]: Request limit exceeded.",
                Class::Throttled,
            ),
            (
                "InvalidParameterException",
                "Error retrieving subnet information: InternalError",
                Class::Transient,
            ),
            ("InvalidParameterException", "No Fargate configuration exists for given values", Class::Invalid),
            ("InvalidParameterException", "Container Overrides length must be at most 8192", Class::Invalid),
            ("ClientException", "Unable to describe task definition.", Class::Missing),
            ("ClusterNotFoundException", "Cluster not found.", Class::Invalid),
            (
                "ServiceUnavailableException",
                "Capacity is unavailable at this time. Please try again later or in a different availability \
                 zone",
                Class::Capacity,
            ),
            (
                "InvalidParameterException",
                "The requested CPU configuration is above your limit",
                Class::Quota,
            ),
            ("ClientException", "Tasks provisioning capacity limit exceeded.", Class::Capacity),
            (
                "ClientException",
                "You've reached the limit on the number of tasks you can run concurrently",
                Class::Quota,
            ),
            ("ExpiredTokenException", "The security token included in the request is expired", Class::Denied),
            ("ConflictException", "", Class::Conflict),
            ("SomethingNew", "", Class::Other),
        ];
        for (code, message, class) in cases {
            assert_eq!(classify(API_ERRORS, code, message).0, class, "{code}: {message}");
        }
        let (_, hint) = classify(
            API_ERRORS,
            "AccessDeniedException",
            "User: x is not authorized to perform: iam:PassRole on resource: y",
        );
        assert!(hint.contains("iam:PassRole on the task role"), "{hint}");
    }

    #[test]
    fn failures_of_run_task_are_told_apart() {
        let cases = [
            (
                "Capacity is unavailable at this time. Please try again later or in a different availability zone",
                Class::Capacity,
            ),
            ("RESOURCE:ENI", Class::Capacity),
            ("AGENT", Class::Capacity),
            ("MISSING", Class::Invalid),
            ("ATTRIBUTE", Class::Invalid),
            ("Tasks provisioning capacity limit exceeded.", Class::Capacity),
            ("You've reached the limit on the number of vCPUs you can run concurrently", Class::Quota),
            ("The requested CPU configuration is above your limit", Class::Quota),
            ("surprise", Class::Other),
        ];
        for (reason, class) in cases {
            assert_eq!(classify(RUN_TASK_FAILURES, reason, reason).0, class, "{reason}");
        }
    }
}
