//! Addresses that somebody set in place of AWS's own, looked at before the SDK calls them.

use hyper::Uri;

use crate::environment::Environment;
use crate::error::Error;

/// Variables that name the address of a service that sortie calls.
/// Source: AWS SDKs and Tools Reference Guide, service-specific endpoints.
const VARIABLES: [&str; 6] = [
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_ECS",
    "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
    "AWS_ENDPOINT_URL_EC2",
    "AWS_ENDPOINT_URL_SCHEDULER",
    "AWS_ENDPOINT_URL_STS",
];

/// Refuses variables that hold no address.
pub(super) fn check_environment(environment: &Environment) -> Result<(), Error> {
    VARIABLES.iter().try_for_each(|name| match environment.var(name) {
        Some(address) => check(name, &address),
        None => Ok(()),
    })
}

/// Refuses what is no address with a scheme and a host. It may hold a password, so it is not shown.
pub(super) fn check(set_by: &str, address: &str) -> Result<(), Error> {
    let uri = address.parse::<Uri>();
    let scheme = uri.as_ref().ok().and_then(|uri| uri.scheme_str());
    let problem = match (&uri, scheme) {
        (Err(_), _) if !address.contains("://") => "has no scheme",
        (Err(_), _) => "is no address",
        (Ok(uri), Some("http" | "https")) if uri.host().is_some_and(|host| !host.is_empty()) => return Ok(()),
        (Ok(_), Some("http" | "https")) => "names no host",
        (Ok(_), Some(_)) => "begins with neither http:// nor https://",
        (Ok(_), None) => "has no scheme",
    };
    Err(Error::usage(format!("{set_by} {problem}"))
        .hint("write http://HOST:PORT or https://HOST:PORT, or unset it for AWS itself"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_no_endpoint_is_refused_by_its_name_and_not_shown() {
        for good in ["http://localhost:4577", "https://ecs.example", "http://[::1]:1/x"] {
            assert!(check("AWS_ENDPOINT_URL", good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("localhost:4577", "has no scheme"),
            ("hunter2", "has no scheme"),
            ("127.0.0.1:4577/x", "has no scheme"),
            ("ftp://hunter2", "begins with neither http://"),
            ("http://", "is no address"),
            ("http://me:hunter2@ho st", "is no address"),
        ] {
            let environment = [("AWS_ENDPOINT_URL_ECS", bad)].into_iter().collect();
            let error = check_environment(&environment).expect_err(bad);
            assert!(error.is_usage() && !error.to_string().contains("hunter2"), "{error}");
            assert!(error.to_string().starts_with(&format!("AWS_ENDPOINT_URL_ECS {why}")), "{bad}: {error}");
        }
        let empty = [("AWS_ENDPOINT_URL", "")].into_iter().collect();
        assert!(check_environment(&empty).is_ok());
    }
}
