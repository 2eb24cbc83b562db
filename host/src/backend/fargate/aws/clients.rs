//! How sortie talks to AWS: region, credentials and endpoints from the SDK's own chain, and our
//! own time limits and retries.
//!
//! The SDK's retries are off. Every retry of sortie is decided by [`super::retry`], so that it
//! can be shown, stopped by a signal, and made with the client token of the attempt it repeats.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use aws_config::AppName;
use aws_config::BehaviorVersion;
use aws_config::Region;
use aws_config::SdkConfig;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use super::ca_bundle;
use super::calls::Calls;
use super::calls::Line;
use super::calls::route::Proxies;
use super::credentials;
use super::credentials::Checked;
use super::ec2::Ec2;
use super::endpoint;
use super::failure::credentials::CREDENTIALS_HINT;
use super::http_client::http_client;
use super::limiter::Limiter;
use super::server_clock::ServerClock;
use crate::environment::Environment;
use crate::error::Error;
use crate::secrecy::Secrets;
use crate::secrecy::sources;
use crate::settings::Settings;
use crate::settings::quantity::quoted;
use crate::stream::Announcer;

/// Max time for a connection to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Max time for one call. RunTask is the slowest of ours; it answers within a few seconds.
/// A call in flight is never dropped, so this also bounds how long a cancelled launch lasts.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// The clients of a connection. Clones share their connections and their limits.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    /// ECS, in the region of the connection.
    pub(crate) ecs: Ecs,
    /// Holds back DescribeTasks.
    pub(crate) describe_tasks: Arc<Limiter>,
    /// Region of the connection.
    pub(crate) region: String,
    config: SdkConfig,
    line: Line,
    /// CloudWatch Logs, by region.
    logs: Arc<Mutex<BTreeMap<String, LogsClient>>>,
}

/// ECS in one region.
#[derive(Debug, Clone)]
pub(crate) struct Ecs {
    /// The client.
    pub(crate) client: aws_sdk_ecs::Client,
    /// Makes its calls.
    pub(crate) calls: Calls,
}

/// EventBridge Scheduler in the region of the connection.
#[derive(Debug, Clone)]
pub(crate) struct Scheduler {
    /// The client.
    pub(crate) client: aws_sdk_scheduler::Client,
    /// Makes its calls.
    pub(crate) calls: Calls,
}

/// CloudWatch Logs in one region.
#[derive(Debug, Clone)]
pub(crate) struct LogsClient {
    /// The client, for all readers of the region.
    pub(crate) client: aws_sdk_cloudwatchlogs::Client,
    /// Makes its calls.
    pub(crate) calls: Calls,
    /// Holds back GetLogEvents.
    pub(crate) get_log_events: Arc<Limiter>,
}

/// DescribeTasks and ListTasks, calls at once and calls a second, for an account and region.
/// Source: Amazon ECS API reference, request throttling.
const DESCRIBE_TASKS: (u32, u32) = (100, 20);

/// GetLogEvents, calls a second, for an account and region. It cannot be raised.
/// Source: Amazon CloudWatch Logs User Guide, CloudWatch Logs quotas.
fn get_log_events_quota(region: &str) -> u32 {
    match region {
        "us-west-2" | "eu-central-1" | "eu-west-1" | "ap-northeast-3" | "ap-southeast-3" | "ca-west-1"
        | "il-central-1" => 10,
        "eu-west-3" => 30,
        _ => 25,
    }
}

impl Clients {
    /// Reads the SDK's configuration. No service is called, except those that the SDK's chain
    /// itself needs to find a region. What concerns no task is said on `announcer`; `secrets` learn the
    /// credentials as they are resolved.
    pub(crate) async fn connect(
        settings: &Settings,
        environment: &Environment,
        secrets: &Secrets,
        announcer: Announcer,
    ) -> Result<Self, Error> {
        let profiles = credentials::check_environment(environment).await?;
        endpoint::check_environment(environment)?;
        let profile = profiles.as_ref().and_then(|all| all.get_profile(all.selected_profile()));
        secrets.learn(profiles.iter().flat_map(credentials::of_profiles));
        let tls = ca_bundle::tls_context(environment, profile)?;
        let (proxies, clock) = (Proxies::of(environment), ServerClock::default());
        let http_client = http_client(&tls, proxies.clone());
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http_client)
            .time_source(clock.clone());
        if let Some(region) = &settings.fargate.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Ok(name) = AppName::new("sortie") {
            loader = loader.app_name(name);
        }
        let config = loader.load().await;
        let Some(region) = config.region().map(ToString::to_string) else {
            return Err(Error::usage("no AWS region is configured")
                .hint("give --region, or set AWS_REGION, or a region in the profile of AWS_PROFILE"));
        };
        check_region(&region)?;
        if let Some(address) = config.endpoint_url() {
            secrets.learn(sources::of_address("endpoint_url", "AWS configuration", address));
            endpoint::check("the profile's endpoint_url", address)?;
        }
        let Some(provider) = config.credentials_provider() else {
            return Err(Error::usage("no AWS credentials are configured").hint(CREDENTIALS_HINT));
        };
        let provider = SharedCredentialsProvider::new(Checked { provider, secrets: secrets.clone() });
        let config = config.into_builder().credentials_provider(provider).build();
        Ok(Self::new(config, region, Line::new(announcer, clock, proxies)))
    }

    fn new(config: SdkConfig, region: String, line: Line) -> Self {
        let calls = line.calls();
        let client = aws_sdk_ecs::Client::from_conf(
            aws_sdk_ecs::config::Builder::from(&config)
                .retry_config(RetryConfig::disabled())
                .timeout_config(timeouts())
                .interceptor(calls.interceptor())
                .build(),
        );
        let (burst, per_second) = DESCRIBE_TASKS;
        let describe_tasks = Arc::new(Limiter::new(burst, per_second));
        Self { ecs: Ecs { client, calls }, describe_tasks, region, config, line, logs: Arc::default() }
    }

    /// EventBridge Scheduler, made when it is asked for: few runs call it.
    pub(crate) fn scheduler(&self) -> Scheduler {
        let calls = self.line.calls();
        let config = aws_sdk_scheduler::config::Builder::from(&self.config)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts())
            .interceptor(calls.interceptor())
            .build();
        Scheduler { client: aws_sdk_scheduler::Client::from_conf(config), calls }
    }

    /// EC2, in the region of the connection.
    pub(crate) fn ec2(&self) -> Ec2 {
        Ec2::new(self.config.clone(), &self.region, timeouts(), self.line.calls())
    }

    /// CloudWatch Logs in a region, which a container's log configuration may name on its own.
    pub(crate) fn logs(&self, region: &str) -> LogsClient {
        let mut clients = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || {
            let calls = self.line.calls();
            let config = aws_sdk_cloudwatchlogs::config::Builder::from(&self.config)
                .region(Region::new(region.to_owned()))
                .retry_config(RetryConfig::disabled())
                .timeout_config(timeouts())
                .interceptor(calls.interceptor())
                .build();
            let quota = get_log_events_quota(region);
            LogsClient {
                client: aws_sdk_cloudwatchlogs::Client::from_conf(config),
                calls,
                get_log_events: Arc::new(Limiter::new(quota, quota)),
            }
        };
        clients.entry(region.to_owned()).or_insert_with(make).clone()
    }
}

/// A region becomes a part of host names: letters, digits and hyphens.
fn check_region(region: &str) -> Result<(), Error> {
    let is_label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    match !region.is_empty() && region.bytes().all(is_label) {
        true => Ok(()),
        false => Err(Error::usage(format!("{} is no AWS region", quoted(region))).hint(
            "a region is letters, digits and hyphens, as in eu-west-1, without blanks around it; \
                   look at --region, AWS_REGION, AWS_DEFAULT_REGION and the profile of AWS_PROFILE",
        )),
    }
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_attempt_timeout(CALL_TIMEOUT).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::announcer::tests::announcer;

    #[test]
    fn what_cannot_be_in_a_host_name_is_no_region() {
        for region in ["eu-west-1", "us-gov-east-1", "local"] {
            assert!(check_region(region).is_ok(), "{region}");
        }
        for region in ["", "eu-west-1 ", "eu-west-1\n", "eu west 1", "${{ vars.REGION }}", "eu.west"] {
            let error = check_region(region).expect_err(region);
            assert!(error.is_usage() && error.advice().contains("AWS_REGION"), "{error}");
        }
    }

    #[test]
    fn readers_of_a_region_share_client_and_limit() {
        let config = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build();
        let (announcer, _) = announcer();
        let line = Line::new(announcer, ServerClock::default(), Proxies::default());
        let clients = Clients::new(config, "eu-west-1".to_owned(), line);
        let (one, same) = (clients.logs("eu-west-1"), clients.clone().logs("eu-west-1"));
        assert!(Arc::ptr_eq(&one.get_log_events, &same.get_log_events));
        assert!(!Arc::ptr_eq(&one.get_log_events, &clients.logs("us-east-1").get_log_events));
        for (region, quota) in [("eu-west-1", 10), ("eu-west-3", 30), ("us-east-1", 25)] {
            assert_eq!(get_log_events_quota(region), quota, "{region}");
        }
    }
}
