//! The tables of failures, tried on what AWS has really said. Ids and accounts are made up.

use super::table::API_ERRORS;
use super::table::Class;
use super::table::RUN_TASK_FAILURES;
use super::table::classify;

/// A call, a code, a message, what they mean, and a word of the hint.
/// Sources: Amazon ECS API reference; reports to the AWS SDKs, terraform-provider-aws, prefect, dagster, airflow
/// and others.
const CORPUS: &[(&str, &str, &str, Class, &str)] = &[
    ("DescribeTasks", "ThrottlingException", "Rate exceeded", Class::Throttled, ""),
    ("GetLogEvents", "ThrottlingException", "Rate exceeded", Class::Throttled, ""),
    ("RunTask", "ServerException", "Service Unavailable. Please try again later.", Class::Transient, ""),
    (
        "RunTask",
        "InvalidParameterException",
        "Error retrieving security group information for [sg-1]: Request limit exceeded.",
        Class::Throttled,
        "",
    ),
    (
        "RunTask",
        "InvalidParameterException",
        "Error retrieving subnet information: InternalError",
        Class::Transient,
        "",
    ),
    (
        "RunTask",
        "InvalidParameterException",
        "No Fargate configuration exists for given values.",
        Class::Invalid,
        "",
    ),
    (
        "RunTask",
        "InvalidParameterException",
        "Container Overrides length must be at most 8192",
        Class::Invalid,
        "environmentFiles",
    ),
    (
        "RunTask",
        "InvalidParameterException",
        "TaskDefinition not found.",
        Class::Missing,
        "--task-definition",
    ),
    ("RunTask", "ClientException", "TaskDefinition is inactive", Class::Missing, "--task-definition"),
    (
        "DescribeTaskDefinition",
        "ClientException",
        "Unable to describe task definition.",
        Class::Missing,
        "--task-definition",
    ),
    ("RunTask", "ClusterNotFoundException", "Cluster not found.", Class::Invalid, "--cluster"),
    (
        "RunTask",
        "ServiceUnavailableException",
        "Capacity is unavailable at this time. Please try again later or in a different availability zone",
        Class::Capacity,
        "other availability zones",
    ),
    (
        "RunTask",
        "ClientException",
        "Tasks provisioning capacity limit exceeded.",
        Class::Capacity,
        "several clusters",
    ),
    (
        "RunTask",
        "ClientException",
        "You've reached the limit on the number of tasks you can run concurrently",
        Class::Quota,
        "Service Quotas",
    ),
    (
        "RunTask",
        "InvalidParameterException",
        "The requested CPU configuration is above your limit",
        Class::Quota,
        "Service Quotas",
    ),
    (
        "RegisterTaskDefinition",
        "ClientException",
        "Too many concurrent attempts to create a new revision of the specified family.",
        Class::Throttled,
        "",
    ),
    ("RunTask", "ConflictException", "", Class::Conflict, ""),
    (
        "GetLogEvents",
        "ResourceNotFoundException",
        "The specified log stream does not exist.",
        Class::Missing,
        "",
    ),
    (
        "RunTask",
        "AccessDeniedException",
        "User: arn:aws:sts::1:assumed-role/ci/x is not authorized to perform: ecs:RunTask on resource: arn:aws:ecs:eu-west-1:1:task-definition/deploy:7 because no identity-based policy allows the ecs:RunTask action",
        Class::Denied,
        "ecs:RunTask",
    ),
    (
        "RunTask",
        "AccessDeniedException",
        "User: x is not authorized to perform: iam:PassRole on resource: y",
        Class::Denied,
        "iam:PassRole on the task role",
    ),
    (
        "RegisterTaskDefinition",
        "ClientException",
        "User: x is not authorized to perform: iam:PassRole on resource: y",
        Class::Denied,
        "iam:PassRole on the task role",
    ),
    ("DescribeTasks", "AccessDeniedException", "not authorized", Class::Denied, "ecs:DescribeTasks"),
    ("StopTask", "AccessDeniedException", "not authorized", Class::Denied, "ecs:StopTask"),
    ("GetLogEvents", "AccessDeniedException", "not authorized", Class::Denied, "logs:GetLogEvents"),
    ("RegisterTaskDefinition", "AccessDeniedException", "not authorized", Class::Denied, "ecs:TagResource"),
    ("SomethingNew", "AccessDenied", "not authorized", Class::Denied, "ecs:StopTask"),
    (
        "RunTask",
        "ExpiredTokenException",
        "The security token included in the request is expired",
        Class::Denied,
        "aws sso login",
    ),
    ("DescribeTasks", "ExpiredToken", "The provided token has expired.", Class::Denied, "aws sso login"),
    (
        "RunTask",
        "UnrecognizedClientException",
        "The security token included in the request is expired",
        Class::Denied,
        "aws sso login",
    ),
    (
        "RunTask",
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
        Class::Denied,
        "AWS_PROFILE",
    ),
    (
        "RunTask",
        "InvalidSignatureException",
        "Signature expired: 20261201T010000Z is now earlier than 20261201T015500Z (20261201T020000Z - 5 min.)",
        Class::Clock,
        "clock",
    ),
    (
        "RunTask",
        "InvalidSignatureException",
        "Signature not yet current: 20261201T030000Z is still later than 20261201T020500Z",
        Class::Clock,
        "clock",
    ),
    (
        "RunTask",
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
        Class::Clock,
        "secret access key",
    ),
    ("GetLogEvents", "RequestExpired", "Request has expired.", Class::Clock, "clock"),
    (
        "RunTask",
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
        Class::Clock,
        "clock",
    ),
    ("RunTask", "BlockedException", "Your account is currently blocked.", Class::Other, "AWS Support"),
    ("RunTask", "PlatformUnknownException", "", Class::Invalid, "--platform-version"),
    ("RunTask", "ValidationException", "1 validation error detected", Class::Invalid, ""),
    ("RunTask", "SomethingNew", "", Class::Other, ""),
];

/// Reasons in the `failures` of RunTask.
const FAILURES: &[(&str, Class)] = &[
    (
        "Capacity is unavailable at this time. Please try again later or in a different availability zone",
        Class::Capacity,
    ),
    ("RESOURCE:ENI", Class::Capacity),
    ("RESOURCE:MEMORY", Class::Capacity),
    ("AGENT", Class::Capacity),
    ("MISSING", Class::Invalid),
    ("ATTRIBUTE", Class::Invalid),
    ("Tasks provisioning capacity limit exceeded.", Class::Capacity),
    ("You've reached the limit on the number of vCPUs you can run concurrently", Class::Quota),
    ("The requested CPU configuration is above your limit", Class::Quota),
    ("Request limit exceeded.", Class::Throttled),
    ("surprise", Class::Other),
];

#[test]
fn the_corpus_is_understood() {
    for (call, code, message, class, hint) in CORPUS {
        let (is, advice) = classify(API_ERRORS, call, code, message);
        assert_eq!(is, *class, "{call} {code}: {message}");
        assert!(advice.contains(hint) && advice.is_empty() == hint.is_empty(), "{call} {code}: {advice}");
    }
    for (reason, class) in FAILURES {
        assert_eq!(classify(RUN_TASK_FAILURES, "RunTask", reason, reason).0, *class, "{reason}");
    }
}

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
