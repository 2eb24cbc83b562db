//! What went wrong in a call, and whether trying again can help: one table for API errors
//! ([`API_ERRORS`]), one for the `failures` of RunTask ([`RUN_TASK_FAILURES`]), and the pauses
//! between tries ([`Backoff`]).

use std::fmt;
use std::time::Duration;

use aws_sdk_ecs::error::DisplayErrorContext;
use aws_sdk_ecs::error::ProvideErrorMetadata;
use aws_sdk_ecs::error::SdkError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::client::CREDENTIALS_HINT;
use crate::backend::BackendError;

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Too many calls: try again, more slowly.
    Throttled,
    /// The network or the service: try again.
    Transient,
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
pub(super) struct Rule {
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

/// API errors; the first rule that fits counts.
pub(super) const API_ERRORS: &[Rule] = &[
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
               ecs:RegisterTaskDefinition where a task definition is registered",
        source: "Amazon ECS API reference, AccessDeniedException; Service Authorization Reference for ECS",
    },
    Rule {
        codes: &[
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "IncompleteSignature",
            "ExpiredToken",
            "ExpiredTokenException",
            "RequestExpired",
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
        hint: "ask for more Fargate vCPUs in Service Quotas, or run fewer or smaller tasks",
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
pub(super) const RUN_TASK_FAILURES: &[Rule] = &[
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
        messages: &["above your limit", "limit on the number of vcpus", "you've reached the limit"],
        class: Class::Quota,
        hint: "ask for more Fargate vCPUs in Service Quotas, or run fewer or smaller tasks",
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
pub(super) fn classify(table: &[Rule], code: &str, message: &str) -> (Class, &'static str) {
    let message = message.to_lowercase();
    table
        .iter()
        .find(|rule| {
            (rule.codes.is_empty() || rule.codes.contains(&code))
                && (rule.messages.is_empty() || rule.messages.iter().any(|text| message.contains(text)))
        })
        .map_or((Class::Other, ""), |rule| (rule.class, rule.hint))
}

/// A call that failed.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    /// What it means.
    pub(super) class: Class,
    /// The operation.
    pub(super) operation: &'static str,
    /// The service's error code; empty when it never answered.
    pub(super) code: String,
    /// The service's words, or what happened on the way.
    pub(super) message: String,
    /// What a person can do; may be empty.
    pub(super) hint: &'static str,
    /// The service may have done what it was asked: the request may have arrived, and no answer
    /// of the service says otherwise.
    pub(super) ambiguous: bool,
}

impl Failure {
    /// Understands what the SDK returned.
    pub(super) fn new<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let metadata = error.as_service_error().map(ProvideErrorMetadata::meta);
        let code = metadata.and_then(|metadata| metadata.code()).unwrap_or_default();
        let message = metadata.and_then(|metadata| metadata.message()).unwrap_or_default();
        if !code.is_empty() {
            let (mut class, hint) = classify(API_ERRORS, code, message);
            let broken = status.is_some_and(|status| status >= 500);
            if class == Class::Other && broken {
                class = Class::Transient;
            }
            return Self {
                class,
                operation,
                code: code.to_owned(),
                message: message.to_owned(),
                hint,
                ambiguous: broken,
            };
        }
        // No error that the service wrote: a broken answer, a connection that failed, a time limit.
        let text = DisplayErrorContext(error).to_string();
        let failed = |class, hint, ambiguous, message: String| Self {
            class,
            operation,
            code: String::new(),
            message,
            hint,
            ambiguous,
        };
        match error {
            // The body broke off, whatever the status line before it said.
            SdkError::ResponseError(_) if status != Some(429) => {
                failed(Class::Transient, "", true, "the answer could not be read".to_owned())
            }
            SdkError::ServiceError(_) | SdkError::ResponseError(_) => match status {
                Some(429) => failed(Class::Throttled, "", false, "HTTP status 429".to_owned()),
                Some(status) if status >= 500 => {
                    failed(Class::Transient, "", true, format!("HTTP status {status}"))
                }
                // A success whose body was cut off or garbled: the call may have worked.
                Some(status) if status < 300 => {
                    failed(Class::Transient, "", true, "the answer could not be read".to_owned())
                }
                Some(status) => failed(Class::Other, "", false, format!("HTTP status {status}")),
                None => failed(Class::Other, "", true, text),
            },
            _ if mentions_credentials(&text) => failed(
                if refresh_may_pass(error) { Class::Transient } else { Class::Denied },
                CREDENTIALS_HINT,
                false,
                format!("no AWS credentials could be loaded: {}", innermost(error)),
            ),
            SdkError::TimeoutError(_) => {
                failed(Class::Transient, "", true, "no answer within the time limit".to_owned())
            }
            SdkError::DispatchFailure(_) => failed(
                Class::Transient,
                "check the network, proxies, VPC endpoints, and AWS_ENDPOINT_URL if it is set",
                true,
                innermost(error),
            ),
            _ => failed(Class::Other, "", false, innermost(error)),
        }
    }

    /// A failure that an answer holds in its `failures` list.
    pub(super) fn of_run_task(reason: &str, detail: &str) -> Self {
        let message = if detail.is_empty() { reason.to_owned() } else { format!("{reason}: {detail}") };
        let (class, hint) = classify(RUN_TASK_FAILURES, reason, &message);
        Self { class, operation: "RunTask", code: String::new(), message, hint, ambiguous: false }
    }

    /// Whether the same call may be made again at once.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self.class, Class::Throttled | Class::Transient)
    }

    /// The failure as the back end's error. `about` is the thing it happened on.
    pub(super) fn error(&self, about: &str) -> BackendError {
        BackendError {
            message: format!("{} {about}: {self}", self.operation),
            hint: self.hint.to_owned(),
            usage: matches!(self.class, Class::Invalid | Class::Missing),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code.is_empty(), self.message.is_empty()) {
            (true, _) => f.write_str(&self.message),
            (false, true) => f.write_str(&self.code),
            (false, false) => write!(f, "{} ({})", self.message, self.code),
        }
    }
}

/// Whether credentials may load the next time. A provider that was asked and not reached may answer
/// then; one that is absent never will. Only causes below the provider's own error count, since
/// the outermost one is a "dispatch failure" in any case.
fn refresh_may_pass(error: &dyn std::error::Error) -> bool {
    let mut below = false;
    let mut cause = Some(error);
    while let Some(error) = cause {
        let text = error.to_string().to_lowercase();
        let unreachable = ["dispatch failure", "timed out", "timeout", "throttl"];
        if text.contains("credentials provider timed out")
            || below && unreachable.iter().any(|word| text.contains(word))
        {
            return true;
        }
        below |= text.contains("loading credentials");
        cause = error.source();
    }
    false
}

/// The SDK reports missing credentials as a failure to construct or to send the request, and
/// keeps the type of the cause private.
fn mentions_credentials(text: &str) -> bool {
    let text = text.to_lowercase();
    text.contains("credential") || text.contains("no providers in chain")
}

/// The last cause of an error: the SDK's outer layers say only "dispatch failure".
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// Growing pauses with jitter.
#[derive(Debug, Clone)]
pub(super) struct Backoff {
    next: Duration,
    most: Duration,
}

impl Backoff {
    /// Pauses from `first` on, doubling, to at most `most`.
    pub(super) fn new(first: Duration, most: Duration) -> Self {
        Self { next: first, most }
    }

    /// For throttled and failed calls. Jobs that began together must not come back together.
    pub(super) fn for_calls() -> Self {
        Self::new(Duration::from_millis(250), Duration::from_secs(10))
    }

    /// For launches without capacity: Fargate's advice is to try again later.
    pub(super) fn for_capacity() -> Self {
        Self::new(Duration::from_secs(2), Duration::from_secs(60))
    }

    /// The next pause: half of it fixed, half random.
    pub(super) fn pause(&mut self) -> Duration {
        let pause = self.next.mul_f64(rand::random_range(0.5..1.0));
        self.next = (self.next * 2).min(self.most);
        pause
    }
}

/// Makes a call again while its failures are passing ones, for at most `budget`.
pub(super) async fn with_retries<T, F>(budget: Duration, call: impl Fn() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let start = tokio::time::Instant::now();
    let mut backoff = Backoff::for_calls();
    loop {
        match call().await {
            Err(failure) if failure.is_passing() => {
                let pause = backoff.pause();
                if start.elapsed() + pause > budget {
                    return Err(failure);
                }
                tokio::time::sleep(pause).await;
            }
            result => return result,
        }
    }
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
            ("You've reached the limit on the number of vCPUs you can run concurrently", Class::Quota),
            ("surprise", Class::Other),
        ];
        for (reason, class) in cases {
            assert_eq!(Failure::of_run_task(reason, "").class, class, "{reason}");
        }
    }

    #[test]
    fn pauses_grow_within_their_bounds() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(4));
        for most in [1, 2, 4, 4, 4] {
            let pause = backoff.pause();
            assert!(
                pause >= Duration::from_secs(most) / 2 && pause <= Duration::from_secs(most),
                "{pause:?}"
            );
        }
    }
}
