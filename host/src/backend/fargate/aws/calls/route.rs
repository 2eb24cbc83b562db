//! Where requests go: an endpoint's host and port, and the proxy before it.

use std::fmt;
use std::sync::Arc;

use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;

use crate::environment::Environment;

/// Where requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    /// Host and port.
    host: String,
    /// Host and port of the proxy that they go through.
    proxy: Option<String>,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.proxy {
            None => f.write_str(&self.host),
            Some(proxy) => write!(f, "{} (through the proxy {proxy})", self.host),
        }
    }
}

/// The proxies that the environment names, and for which hosts they are not.
#[derive(Clone, Default)]
pub(in crate::backend::fargate::aws) struct Proxies {
    proxies: Option<Arc<Matcher>>,
    /// `NO_PROXY` entries with a port: host in lower case (a leading dot means all below it), and port. Go
    /// and curl take such; the SDK's own reading does not know them.
    without: Arc<Vec<(String, u16)>>,
}

impl fmt::Debug for Proxies {
    /// Addresses of proxies may hold passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxies").field("without", &self.without).finish_non_exhaustive()
    }
}

impl Proxies {
    /// What the SDK takes from this process' environment, and what it does not.
    pub(in crate::backend::fargate::aws) fn of(environment: &Environment) -> Self {
        let without = environment.var_os("NO_PROXY").or_else(|| environment.var_os("no_proxy"));
        let without = without.and_then(|list| list.to_str()).unwrap_or_default();
        Self { proxies: Some(Arc::new(Matcher::from_env())), without: Arc::new(entries(without)) }
    }

    /// Whether a `NO_PROXY` entry with a port keeps this address from the proxy.
    pub(in crate::backend::fargate::aws) fn excepts(&self, uri: &Uri) -> bool {
        let (Some(host), Some(port)) = (uri.host(), port(uri)) else { return false };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        self.without.iter().any(|(name, only)| {
            let below = host.strip_suffix(name.trim_start_matches('.'));
            *only == port
                && below.is_some_and(|rest| rest.is_empty() && !name.is_empty() || rest.ends_with('.'))
        })
    }

    /// Where a request to this address goes.
    pub(super) fn route(&self, address: &str) -> Route {
        let Ok(uri) = address.parse::<Uri>() else {
            return Route { host: "an address that is none".to_owned(), proxy: None };
        };
        let proxies = self.proxies.as_ref().filter(|_| !self.excepts(&uri));
        let proxy =
            proxies.and_then(|proxies| proxies.intercept(&uri)).map(|proxy| host_and_port(proxy.uri()));
        Route { host: host_and_port(&uri), proxy }
    }
}

fn entries(list: &str) -> Vec<(String, u16)> {
    let entry = |entry: &str| {
        let (host, port) = entry.trim().rsplit_once(':')?;
        // An IPv6 address has colons of its own, unless it is in brackets.
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = bare.or(Some(host).filter(|host| !host.contains(':')))?;
        Some((host.trim_start_matches('*').to_ascii_lowercase(), port.parse().ok()?))
    };
    list.split(',').filter_map(entry).collect()
}

/// The port of an address, or its scheme's own.
fn port(uri: &Uri) -> Option<u16> {
    uri.port_u16().or_else(|| match uri.scheme_str() {
        Some("https") => Some(443),
        Some("http") => Some(80),
        _ => None,
    })
}

fn host_and_port(uri: &Uri) -> String {
    let host = uri.host().unwrap_or("an address without a host");
    match port(uri) {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(no_proxy: &str) -> Proxies {
        let matcher = Matcher::builder().all("http://me:hunter2@proxy:3128").no(no_proxy).build();
        Proxies { proxies: Some(Arc::new(matcher)), without: Arc::new(entries(no_proxy)) }
    }

    #[test]
    fn a_route_names_host_and_port_and_the_proxy_and_no_password() {
        let route = |no_proxy: &str, address: &str| proxies(no_proxy).route(address).to_string();
        assert_eq!(
            route("", "https://ecs.eu-west-1.amazonaws.com/"),
            "ecs.eu-west-1.amazonaws.com:443 (through the proxy proxy:3128)"
        );
        assert_eq!(route("", "http://h:4577/x"), "h:4577 (through the proxy proxy:3128)");
        assert_eq!(route("h", "http://h:4577/x"), "h:4577");
        assert_eq!(Proxies::default().route("http://[::1]:4577/").to_string(), "[::1]:4577");
        assert!(!format!("{:?}", proxies("")).contains("hunter2"));
    }

    #[test]
    fn an_exception_with_a_port_holds_for_this_port_alone() {
        let excepts =
            |list: &str, address: &str| proxies(list).excepts(&address.parse().expect("an address"));
        for (list, address) in [
            ("localhost:4577", "http://localhost:4577/"),
            ("a, LOCALHOST:4577 ,b", "http://localhost:4577/"),
            (".internal:443", "https://ecs.internal/"),
            ("internal:443", "https://ecs.internal/"),
            ("*.internal:443", "https://ecs.internal/"),
            ("[::1]:80", "http://[::1]/"),
        ] {
            assert!(excepts(list, address), "{list} {address}");
        }
        for (list, address) in [
            ("localhost:4577", "http://localhost:4578/"),
            ("localhost", "http://localhost:4577/"),
            ("internal:443", "https://notinternal/"),
            (":443", "https://h/"),
            ("::1", "http://[::1]:1/"),
            ("h:x", "http://h/"),
        ] {
            assert!(!excepts(list, address), "{list} {address}");
        }
    }
}
