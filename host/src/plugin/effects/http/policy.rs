//! Whether a request may be sent, and as what.

use std::time::Duration;

use hyper::HeaderMap;
use hyper::Method;
use hyper::body::Bytes;
use hyper::header::ACCEPT_ENCODING;
use hyper::header::CONNECTION;
use hyper::header::HOST;
use hyper::header::HeaderName;
use hyper::header::HeaderValue;
use hyper::header::USER_AGENT;

use super::HttpRequest;
use super::secrets::Secrets;
use crate::plugin::effects::EffectCode;
use crate::plugin::effects::EffectError;
use crate::plugin::runtime::limits::Limits;
use crate::plugin::runtime::text::clean;
use crate::plugin::trust::grant::GrantSet;
use crate::plugin::trust::http_grant::HttpAllowance;
use crate::plugin::trust::http_grant::METHODS;
use crate::plugin::trust::http_grant::Method as GrantedMethod;
use crate::plugin::trust::http_grant::Target;
use crate::plugin::trust::http_header::is_header_name;
use crate::plugin::trust::http_header::is_header_value;
use crate::plugin::trust::http_header::is_hosts_own;
use crate::plugin::trust::http_url::HttpUrl;
use crate::plugin::trust::ip_range::IpRange;

/// A request that may be sent, as it is sent.
pub(super) struct Checked {
    /// Method and URL, for errors. A URL that is a secret is named by its variable.
    pub(super) tried: String,
    pub(super) method: Method,
    pub(super) url: HttpUrl,
    /// All of them, but those about the body, which the client adds.
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// How long it may take.
    pub(super) time: Duration,
    /// Addresses that it may lead to although they are private.
    pub(super) addresses: Vec<IpRange>,
    /// What the answer must not have in it.
    pub(super) secrets: Secrets,
}

/// The request in the form in which it is sent, if it is granted and within the limits. Where several grants
/// fit, the one with the longest path decides, and of several with the same path the first.
pub(super) fn check(
    grants: &GrantSet,
    limits: &Limits,
    plugin: Option<&str>,
    request: HttpRequest,
) -> Result<Checked, EffectError> {
    let tried = format!("{} `{}`", clean(&request.method, 20), shown(&request.url));
    let error = |(code, reason): Refusal| EffectError::new(code, &tried, reason);
    let method = GrantedMethod::named(&request.method)
        .ok_or_else(|| error((EffectCode::Invalid, METHODS.to_owned())))?;
    let (allowance, url) = granted(grants, method, &request.url).map_err(error)?;
    if !grants.http_needs.iter().any(|need| need.includes(allowance, &url)) {
        let reason = "it is not among what the plugin says it needs".to_owned();
        return Err(error((EffectCode::Denied, reason)));
    }
    if request.body.len() > limits.http_request_bytes {
        let (has, may) = (request.body.len(), limits.http_request_bytes);
        let reason = format!("its body has {has} bytes, {may} are allowed");
        return Err(error((EffectCode::TooLarge, reason)));
    }
    let headers = headers(allowance, limits, plugin, &url, &request.headers).map_err(error)?;
    let secrets = Secrets::of(allowance).map_err(|reason| error((EffectCode::Unsupported, reason)))?;
    let method = Method::from_bytes(method.as_str().as_bytes())
        .map_err(|_| error((EffectCode::Invalid, METHODS.to_owned())))?;
    let time = match request.timeout_ms {
        0 => limits.http_time,
        milliseconds => limits.http_time.min(Duration::from_millis(milliseconds.into())),
    };
    let addresses = allowance.addresses.clone();
    Ok(Checked { method, url, headers, body: request.body.into(), time, addresses, secrets, tried })
}

type Refusal = (EffectCode, String);

/// What a person may see of a URL that may be anything.
fn shown(url: &str) -> String {
    let without_query = url.split(['?', '#']).next().unwrap_or_default();
    // There may be a password before it.
    let without_user = without_query.rsplit('@').next().unwrap_or_default();
    clean(without_user, 200)
}

/// The grant that allows the request, and the URL that is sent.
fn granted<'a>(
    grants: &'a GrantSet,
    method: GrantedMethod,
    url: &str,
) -> Result<(&'a HttpAllowance, HttpUrl), Refusal> {
    let of_method = grants.http.iter().filter(|allowance| allowance.method == method);
    let denied = |url: &str| {
        let grant = format!("http:{}:{url}", method.as_str());
        (EffectCode::Denied, format!("it is not granted; `{grant}` would grant it"))
    };
    if url.starts_with('$') {
        for allowance in of_method {
            match &allowance.target {
                Target::Variable { from, url: granted } if from.to_string() == url => {
                    return Ok((allowance, granted.reveal().clone()));
                }
                _ => {}
            }
        }
        return Err(denied(&shown(url)));
    }
    let url = HttpUrl::parse(url).map_err(|reason| (EffectCode::Invalid, reason.to_owned()))?;
    let fitting = of_method.filter_map(|allowance| match &allowance.target {
        Target::Prefix(prefix) if prefix.contains(&url) => Some((prefix.path().len(), allowance)),
        _ => None,
    });
    // Of several that are equal, `max_by_key` takes the last.
    let fitting: Vec<(usize, &HttpAllowance)> = fitting.collect();
    match fitting.into_iter().rev().max_by_key(|(length, _)| *length) {
        Some((_, allowance)) => Ok((allowance, url)),
        None => Err(denied(url.without_query())),
    }
}

/// The guest's headers, the grant's and the host's own.
fn headers(
    allowance: &HttpAllowance,
    limits: &Limits,
    plugin: Option<&str>,
    url: &HttpUrl,
    of_guest: &[(String, String)],
) -> Result<HeaderMap, Refusal> {
    if of_guest.len() > limits.http_headers {
        let (has, may) = (of_guest.len(), limits.http_headers);
        return Err((EffectCode::TooLarge, format!("it has {has} headers, {may} are allowed")));
    }
    let bytes = of_guest.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
    if bytes > limits.http_header_bytes {
        let may = limits.http_header_bytes;
        return Err((EffectCode::TooLarge, format!("its headers have {bytes} bytes, {may} are allowed")));
    }
    let mut headers = HeaderMap::new();
    headers.insert(HOST, header_value("host", &url.authority())?);
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    // In another encoding, a secret would not be found in the answer.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    for (name, value) in of_guest {
        let shown = clean(name, 80);
        if !is_header_name(name) {
            return Err((EffectCode::Invalid, format!("`{shown}` is not the name of a header")));
        }
        if is_hosts_own(name) {
            return Err((EffectCode::Denied, format!("the header `{shown}` is not the plugin's to set")));
        }
        if allowance.headers.iter().any(|(granted, _)| granted.eq_ignore_ascii_case(name)) {
            return Err((EffectCode::Denied, format!("the header `{shown}` is filled in by the grant")));
        }
        headers.append(header_name(name)?, header_value(name, value)?);
    }
    for (name, value) in &allowance.headers {
        let mut value = header_value(name, value.reveal())?;
        value.set_sensitive(true);
        headers.insert(header_name(name)?, value);
    }
    if !headers.contains_key(USER_AGENT) {
        let version = env!("CARGO_PKG_VERSION");
        let agent = match plugin {
            Some(plugin) => format!("sortie/{version} (plugin {plugin})"),
            None => format!("sortie/{version}"),
        };
        headers.insert(USER_AGENT, header_value("user-agent", &agent)?);
    }
    Ok(headers)
}

fn header_name(name: &str) -> Result<HeaderName, Refusal> {
    let wrong = |_| (EffectCode::Invalid, format!("`{}` is not the name of a header", clean(name, 80)));
    HeaderName::from_bytes(name.as_bytes()).map_err(wrong)
}

fn header_value(name: &str, value: &str) -> Result<HeaderValue, Refusal> {
    let value = is_header_value(value).then(|| HeaderValue::from_str(value).ok()).flatten();
    value.ok_or_else(|| {
        let reason = format!("the value of the header `{}` is not ASCII on one line", clean(name, 80));
        (EffectCode::Invalid, reason)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plugin::trust::grant::Need;
    use crate::plugin::trust::http_grant::HttpNeed;

    fn set(grants: &[&str], needs: &[&str]) -> GrantSet {
        let grants: Vec<_> = grants.iter().map(|text| text.parse().expect(text)).collect();
        let needs: Vec<_> = needs.iter().map(|text| Need::Http(text.parse().expect(text))).collect();
        let (set, unresolved) = GrantSet::resolve(&grants, |name| match name {
            "HOOK" => Some("https://hooks.example.com/services/T0/hunter2?k=1".into()),
            "BASE" => Some("https://otlp.example.com/".into()),
            "TOKEN" => Some("hunter2".into()),
            _ => None,
        });
        assert_eq!(unresolved, []);
        set.narrowed_to(&needs)
    }

    fn request(method: &str, url: &str) -> HttpRequest {
        HttpRequest { method: method.to_owned(), url: url.to_owned(), ..HttpRequest::default() }
    }

    fn check(set: &GrantSet, request: HttpRequest) -> Result<Checked, EffectError> {
        super::check(set, &Limits::default(), Some("chat"), request)
    }

    fn code(set: &GrantSet, request: HttpRequest) -> Option<EffectCode> {
        check(set, request).err().map(|error| error.code)
    }

    #[test]
    fn a_request_is_granted_and_asked_for_or_denied() {
        let set = set(
            &[
                "http:POST:https://h/a",
                "http:POST:https://h/b",
                "http:GET:https://h/a",
                "http:POST:$HOOK",
                "http:POST:$BASE/v1/traces",
            ],
            &[
                "POST:https://h/a/in",
                "POST:https://h/c",
                "POST:https://hooks.example.com/",
                "POST:$BASE/v1/traces",
            ],
        );
        for (method, url, expected) in [
            ("POST", "https://h/a/in", None),
            ("POST", "https://H:443/a/in/x?y=1", None),
            ("POST", "$HOOK", None),
            // Granted, but not asked for.
            ("POST", "https://h/a", Some(EffectCode::Denied)),
            ("GET", "https://h/a/in", Some(EffectCode::Denied)),
            // Asked for, but not granted.
            ("POST", "https://h/c", Some(EffectCode::Denied)),
            ("POST", "https://hooks.example.com/services/T0/hunter2?k=1", Some(EffectCode::Denied)),
            ("GET", "$HOOK", Some(EffectCode::Denied)),
            ("POST", "$HOOK/x", Some(EffectCode::Denied)),
            ("POST", "$BASE/v1/traces", None),
            ("POST", "$BASE", Some(EffectCode::Denied)),
            ("POST", "$BASE/v1", Some(EffectCode::Denied)),
            ("POST", "$BASE/v1/traces/x", Some(EffectCode::Denied)),
            ("POST", "$TOKEN", Some(EffectCode::Denied)),
            ("POST", "${HOOK}", Some(EffectCode::Denied)),
            // No requests.
            ("POST", "https://h/a/in/../x", Some(EffectCode::Invalid)),
            ("POST", "https://h\\@evil/a/in", Some(EffectCode::Invalid)),
            ("POST", "", Some(EffectCode::Invalid)),
            ("post", "https://h/a/in", Some(EffectCode::Invalid)),
            ("CONNECT", "https://h/a/in", Some(EffectCode::Invalid)),
            ("POST /a HTTP/1.1\r\n\r\n", "https://h/a/in", Some(EffectCode::Invalid)),
        ] {
            assert_eq!(code(&set, request(method, url)), expected, "{method} {url}");
        }
        assert_eq!(code(&GrantSet::default(), request("GET", "https://h/")), Some(EffectCode::Denied));
    }

    #[test]
    fn nothing_may_be_sent_before_the_plugin_says_what_it_needs() {
        let grants = ["http:POST:https://h/".parse().expect("a grant")];
        let (set, _) = GrantSet::resolve(&grants, |_| None);
        assert_eq!(code(&set, request("POST", "https://h/")), Some(EffectCode::Denied));
    }

    #[test]
    fn an_error_says_what_was_tried_but_no_secret() {
        let set = set(&["http:POST:$HOOK"], &["*"]);
        let message = |url: &str| check(&set, request("POST", url)).err().map(|error| error.message);
        assert_eq!(
            message("https://h/x?key=hunter2").as_deref(),
            Some("POST `https://h/x`: it is not granted; `http:POST:https://h/x` would grant it")
        );
        assert_eq!(
            message("https://user:hunter2@h/x").as_deref(),
            Some("POST `h/x`: it has a user name in it")
        );
        let checked = check(&set, request("POST", "$HOOK")).expect("allowed");
        assert_eq!(checked.tried, "POST `$HOOK`");
        assert_eq!(checked.url.target(), "/services/T0/hunter2?k=1");
    }

    #[test]
    fn the_longest_path_decides_what_is_filled_in() {
        let set = set(
            &["http:GET:https://h/#X=1", "http:GET:https://h/a/#X=2", "http:GET:https://h/a/#X=3"],
            &["*"],
        );
        for (url, value) in [("https://h/b", "1"), ("https://h/a/b", "2")] {
            let checked = check(&set, request("GET", url)).expect("allowed");
            assert_eq!(checked.headers["x"], value, "{url}");
        }
    }

    #[test]
    fn headers_that_are_not_the_guests_to_set_are_refused() {
        let set = set(&["http:GET:https://h/#Authorization=Bearer $TOKEN"], &["*"]);
        let with = |name: &str, value: &str| HttpRequest {
            headers: vec![(name.to_owned(), value.to_owned())],
            ..request("GET", "https://h/")
        };
        for (name, value, expected) in [
            ("Content-Type", "application/json", None),
            ("X-Empty", "", None),
            ("User-Agent", "mine", None),
            ("Host", "evil", Some(EffectCode::Denied)),
            ("content-length", "0", Some(EffectCode::Denied)),
            ("Transfer-Encoding", "chunked", Some(EffectCode::Denied)),
            ("Connection", "keep-alive", Some(EffectCode::Denied)),
            ("Upgrade", "h2c", Some(EffectCode::Denied)),
            ("TE", "trailers", Some(EffectCode::Denied)),
            ("Trailer", "x", Some(EffectCode::Denied)),
            ("Expect", "100-continue", Some(EffectCode::Denied)),
            ("Keep-Alive", "1", Some(EffectCode::Denied)),
            ("PROXY-Authorization", "x", Some(EffectCode::Denied)),
            ("Accept-Encoding", "gzip", Some(EffectCode::Denied)),
            ("Range", "bytes=0-1", Some(EffectCode::Denied)),
            ("X-HTTP-Method-Override", "DELETE", Some(EffectCode::Denied)),
            ("X-Forwarded-Host", "evil", Some(EffectCode::Denied)),
            ("aUTHORIZATION", "Bearer other", Some(EffectCode::Denied)),
            ("", "x", Some(EffectCode::Invalid)),
            ("X Y", "x", Some(EffectCode::Invalid)),
            ("X:", "x", Some(EffectCode::Invalid)),
            ("X\r\nY", "x", Some(EffectCode::Invalid)),
            ("X", "a\r\nHost: evil", Some(EffectCode::Invalid)),
            ("X", "a\nb", Some(EffectCode::Invalid)),
            ("X", "a\0", Some(EffectCode::Invalid)),
            ("X", "ä", Some(EffectCode::Invalid)),
            ("X", " a", Some(EffectCode::Invalid)),
        ] {
            assert_eq!(code(&set, with(name, value)), expected, "{name:?}: {value:?}");
        }
        let checked = check(&set, with("X-Tab", "a\tb")).expect("allowed");
        assert_eq!(checked.headers["x-tab"], "a\tb");
        assert_eq!(checked.headers["authorization"], "Bearer hunter2");
        assert!(!format!("{:?}", checked.headers).contains("hunter2"));
        let agent = concat!("sortie/", env!("CARGO_PKG_VERSION"), " (plugin chat)");
        assert_eq!(checked.headers["user-agent"], agent);
        let checked = check(&set, with("User-Agent", "mine")).expect("allowed");
        assert_eq!(checked.headers["user-agent"], "mine");
    }

    #[test]
    fn what_is_beyond_a_limit_is_refused() {
        let set = set(&["http:GET:https://h/"], &["*"]);
        let limits = Limits::default();
        let get = || request("GET", "https://h/");
        let body = |bytes| HttpRequest { body: vec![b'x'; bytes], ..get() };
        assert_eq!(code(&set, body(limits.http_request_bytes)), None);
        assert_eq!(code(&set, body(limits.http_request_bytes + 1)), Some(EffectCode::TooLarge));
        let headers = |count, length| HttpRequest {
            headers: vec![("X".to_owned(), "x".repeat(length)); count],
            ..get()
        };
        assert_eq!(code(&set, headers(limits.http_headers, 1)), None);
        assert_eq!(code(&set, headers(limits.http_headers + 1, 1)), Some(EffectCode::TooLarge));
        assert_eq!(code(&set, headers(1, limits.http_header_bytes)), Some(EffectCode::TooLarge));
        for (asked, given) in
            [(0, limits.http_time), (50, Duration::from_millis(50)), (u32::MAX, limits.http_time)]
        {
            let checked = check(&set, HttpRequest { timeout_ms: asked, ..get() }).expect("allowed");
            assert_eq!(checked.time, given);
        }
    }

    proptest! {
        #[test]
        fn whatever_is_sent_was_granted(
            url in "https?://(h|H|i|h\\.|1)(:443|:80|)(/|a|b|hooks|\\.\\.|;|%2e|%2f|\\?|#|@|\\$|\\\\){0,8}",
            method in "(GET|POST|HEAD)",
        ) {
            let set = set(&["http:POST:https://h/hooks", "http:GET:https://h/a/b/"], &["*"]);
            prop_assert_eq!(&set.http_needs, &[HttpNeed::Any]);
            if let Ok(checked) = check(&set, request(&method, &url)) {
                let path = checked.url.path();
                prop_assert_eq!(checked.url.to_string(), url);
                prop_assert_eq!(&*checked.url.authority(), "h");
                prop_assert!(checked.url.is_https());
                match checked.method {
                    Method::POST => prop_assert!(path == "/hooks" || path.starts_with("/hooks/")),
                    _ => prop_assert!(checked.method == Method::GET && path.starts_with("/a/b/")),
                }
            }
        }
    }
}
