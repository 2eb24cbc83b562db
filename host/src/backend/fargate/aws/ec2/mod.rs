//! EC2, of which sortie asks how a network is made: a client of a few Describe calls.
//!
//! `aws-sdk-ec2` would compile for minutes, for a few answers of a few members. This client is made of the SDK's
//! own parts instead: its orchestrator, signer, HTTP client, credentials, time limits and configuration.
//!
//! - [`endpoint`]: where EC2 is.
//! - [`answer`]: what it answers, in XML.
//!
//! Source of the protocol: Amazon EC2 API reference, "Query requests"; smithy.io, "AWS EC2 query protocol".

mod answer;
mod endpoint;

use std::sync::Arc;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::SdkConfig;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4;
use aws_runtime::auth::sigv4::SigV4AuthScheme;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::SharedAuthScheme;
use aws_smithy_runtime_api::client::auth::SharedAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::identity::SharedIdentityCache;
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SigningName;
use aws_types::region::Region;
use aws_types::region::SigningRegion;
use percent_encoding::NON_ALPHANUMERIC;
use percent_encoding::utf8_percent_encode;
use serde::de::DeserializeOwned;

use super::calls::Calls;
use super::failure::Failure;
use super::retry::with_retries;
use answer::Page;
use answer::Refusal;
pub(crate) use answer::items;

/// Version of the API. Source: EC2's service model (botocore), `apiVersion`.
const VERSION: &str = "2016-11-15";

/// How long a call is made again: whoever asks waits for it.
const BUDGET: Duration = Duration::from_secs(10);

/// Pages of an answer that are read: 1,000 items each, more than any network of which a task is a part has.
const MAX_PAGES: usize = 10;

/// EC2 in one region. Clones are one.
#[derive(Debug, Clone)]
pub(crate) struct Ec2 {
    config: Arc<SdkConfig>,
    region: String,
    timeouts: TimeoutConfig,
    calls: Calls,
}

impl Ec2 {
    pub(super) fn new(config: SdkConfig, region: &str, timeouts: TimeoutConfig, calls: Calls) -> Self {
        Self { config: Arc::new(config), region: region.to_owned(), timeouts, calls }
    }

    /// All that an operation lists, of what the filters say: names, each with the values of which it may have one.
    pub(crate) async fn list<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        filters: &[(&str, &[&str])],
    ) -> Result<Vec<T>, Failure> {
        let (mut items, mut token) = (Vec::new(), String::new());
        for _ in 0..MAX_PAGES {
            let body = body(operation, filters, &token);
            let call = || self.calls.ask(operation, self.page::<T>(operation, body.clone()));
            let page = with_retries(BUDGET, call).await?;
            items.extend(page.items);
            token = page.next_token;
            if token.is_empty() {
                break;
            }
        }
        Ok(items)
    }

    async fn page<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        body: String,
    ) -> Result<Page<T>, Failure> {
        let made = self.operation(operation).ok_or_else(|| Failure::unreadable(operation, "no client"))?;
        let answer = made.invoke(body).await.map_err(|error| Failure::new(operation, &error))?;
        answer::read(&answer).map_err(|why| Failure::unreadable(operation, &why))
    }

    /// A call, signed as EC2 demands it. `None`: the configuration lacks what [`super::clients`] puts into it.
    fn operation(&self, operation: &'static str) -> Option<Operation<String, String, Refusal>> {
        let config = &self.config;
        let signing = SigV4OperationSigningConfig {
            region: Some(SigningRegion::from(Region::new(self.region.clone()))),
            name: Some(SigningName::from_static("ec2")),
            ..Default::default()
        };
        let mut layer = Layer::new("EC2");
        layer.store_put(signing);
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        let schemes = StaticAuthSchemeOptionResolver::new(vec![sigv4::SCHEME_ID]);
        let cache = config
            .identity_cache()
            .unwrap_or_else(|| SharedIdentityCache::new(IdentityCache::lazy().build()));
        let components = RuntimeComponentsBuilder::new("EC2")
            .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
            .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(schemes)))
            .with_identity_cache(Some(cache))
            .with_identity_resolver(
                sigv4::SCHEME_ID,
                SharedIdentityResolver::new(config.credentials_provider()?),
            );
        let signer =
            StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components);
        let made = Operation::builder()
            .service_name("EC2")
            .operation_name(operation)
            .behavior_version(BehaviorVersion::latest())
            .http_client(config.http_client()?)
            .endpoint_url(&endpoint::endpoint(config, &self.region))
            .time_source(config.time_source()?)
            .sleep_impl(config.sleep_impl()?)
            .timeout_config(self.timeouts.clone())
            .no_retry()
            .interceptor(self.calls.interceptor())
            .runtime_plugin(signer)
            .serializer(|body: String| {
                let mut request = HttpRequest::new(SdkBody::from(body));
                request.set_method("POST")?;
                let headers = request.headers_mut();
                headers.insert("content-type", "application/x-www-form-urlencoded; charset=utf-8");
                headers.insert("user-agent", concat!("sortie/", env!("CARGO_PKG_VERSION")));
                Ok(request)
            })
            .deserializer(answer::text)
            .build();
        Some(made)
    }
}

/// The parameters of a call.
fn body(operation: &str, filters: &[(&str, &[&str])], token: &str) -> String {
    let mut parameters = vec![("Action".to_owned(), operation), ("Version".to_owned(), VERSION)];
    for (filter, (name, values)) in (1..).zip(filters) {
        parameters.push((format!("Filter.{filter}.Name"), name));
        parameters.extend(
            (1..).zip(*values).map(|(value, text)| (format!("Filter.{filter}.Value.{value}"), *text)),
        );
    }
    if !token.is_empty() {
        parameters.push(("NextToken".to_owned(), token));
    }
    let encoded =
        |(name, value): (String, &str)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC));
    parameters.into_iter().map(encoded).collect::<Vec<_>>().join("&")
}

/// Reads an answer that somebody else wrote: the items, and the token of the next page.
#[cfg(test)]
pub(crate) fn read_page<T: DeserializeOwned>(text: &str) -> Result<(Vec<T>, String), String> {
    answer::read::<Page<T>>(text).map(|page| (page.items, page.next_token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_a_form() {
        let filters: &[(&str, &[&str])] = &[("vpc-id", &["vpc-1"]), ("group-name", &["a&b", "c d"])];
        assert_eq!(
            body("DescribeSubnets", filters, "t="),
            "Action=DescribeSubnets&Version=2016%2D11%2D15&Filter.1.Name=vpc%2Did&Filter.1.Value.1=vpc%2D1\
             &Filter.2.Name=group%2Dname&Filter.2.Value.1=a%26b&Filter.2.Value.2=c%20d&NextToken=t%3D"
        );
    }
}
