//! How sortie talks to AWS: region, credentials and endpoints from the SDK's own chain, and our
//! own time limits and retries.
//!
//! The SDK's retries are off. Every retry of sortie is decided by [`super::retry`], so that it
//! can be shown, stopped by a signal, and made with the client token of the attempt it repeats.

use std::time::Duration;

use aws_config::AppName;
use aws_config::BehaviorVersion;
use aws_config::Region;
use aws_config::SdkConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::error::Error;
use crate::settings::Settings;

/// Longest time for a connection to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest time for one call. RunTask is the slowest of ours; it answers within a few seconds.
/// A call in flight is never dropped, so this also bounds how long a cancelled launch lasts.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// The clients of a run.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    /// ECS, in the run's region.
    pub(crate) ecs: aws_sdk_ecs::Client,
    /// Region of the run.
    pub(crate) region: String,
    config: SdkConfig,
}

impl Clients {
    /// Reads the SDK's configuration. No service is called, except those that the SDK's chain
    /// itself needs to find a region.
    pub(crate) async fn connect(settings: &Settings) -> Result<Self, Error> {
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
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
        if config.credentials_provider().is_none() {
            return Err(Error::usage("no AWS credentials are configured").hint(CREDENTIALS_HINT.to_owned()));
        }
        let ecs = aws_sdk_ecs::Client::from_conf(
            aws_sdk_ecs::config::Builder::from(&config)
                .retry_config(RetryConfig::disabled())
                .timeout_config(timeouts())
                .build(),
        );
        Ok(Self { ecs, region, config })
    }

    /// CloudWatch Logs in a region, which a container's log configuration may name on its own.
    pub(crate) fn logs(&self, region: &str) -> aws_sdk_cloudwatchlogs::Client {
        aws_sdk_cloudwatchlogs::Client::from_conf(
            aws_sdk_cloudwatchlogs::config::Builder::from(&self.config)
                .region(Region::new(region.to_owned()))
                .retry_config(RetryConfig::disabled())
                .timeout_config(timeouts())
                .build(),
        )
    }
}

/// What to do when AWS does not know who is calling.
pub(crate) const CREDENTIALS_HINT: &str = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the CI job a role \
     (web identity or container credentials)";

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_attempt_timeout(CALL_TIMEOUT).build()
}
