//! How requests reach AWS: the SDK's own HTTP client with TLS by rustls.
//!
//! It is the SDK's default in all but the cryptography beneath rustls, which is ring here: the default,
//! AWS-LC, is a twentieth of sortie's whole build.

use aws_smithy_http_client::Builder;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// A client that trusts the machine's certificates (`SSL_CERT_FILE` and `SSL_CERT_DIR` name others) and
/// goes through the proxy that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` tell, as the SDK's default does.
pub(super) fn http_client() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::Ring));
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        connector.set_proxy_config(Some(ProxyConfig::from_env()));
        connector.build()
    })
}
