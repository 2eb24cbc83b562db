//! How requests reach AWS: the SDK's own HTTP client with TLS by rustls.
//!
//! It is the SDK's default in all but three things. The cryptography beneath rustls is ring: the default,
//! AWS-LC, is a twentieth of sortie's whole build. `NO_PROXY` may name a port. And `AWS_CA_BUNDLE` is honoured
//! ([`super::ca_bundle`]).

use aws_sdk_ecs::config::RuntimeComponents;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::TlsContext;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::HttpClient;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::http::HttpConnectorFuture;
use aws_smithy_runtime_api::client::http::HttpConnectorSettings;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

use super::calls::route::Proxies;

/// A client that trusts the machine's certificates (`SSL_CERT_FILE` and `SSL_CERT_DIR` name others), or those
/// of `tls`, and goes through the proxy that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` tell.
pub(super) fn http_client(tls: &TlsContext, proxies: Proxies) -> SharedHttpClient {
    let (proxied, direct) = (client(tls, ProxyConfig::from_env()), client(tls, ProxyConfig::disabled()));
    SharedHttpClient::new(ByPort { proxied, direct, proxies })
}

fn client(tls: &TlsContext, proxy: ProxyConfig) -> SharedHttpClient {
    let tls = tls.clone();
    Builder::new().build_with_connector_fn(move |settings, components| {
        let provider = Provider::Rustls(CryptoMode::Ring);
        let mut connector = Connector::builder().tls_provider(provider).tls_context(tls.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        connector.set_proxy_config(Some(proxy.clone()));
        connector.build()
    })
}

/// Passes the proxy by where `NO_PROXY` names host and port.
#[derive(Debug)]
struct ByPort<C> {
    proxied: C,
    direct: C,
    proxies: Proxies,
}

impl HttpClient for ByPort<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(ByPort {
            proxied: self.proxied.http_connector(settings, components),
            direct: self.direct.http_connector(settings, components),
            proxies: self.proxies.clone(),
        })
    }
}

impl HttpConnector for ByPort<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let excepted = request.uri().parse().is_ok_and(|uri| self.proxies.excepts(&uri));
        if excepted { self.direct.call(request) } else { self.proxied.call(request) }
    }
}
