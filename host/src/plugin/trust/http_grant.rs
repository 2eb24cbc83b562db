//! What a user lets a plugin request by HTTP.
//!
//! A grant is `http:METHOD:URL`, then optional parts that each begin with `#`:
//!
//! | Part                 | What it does                                                             |
//! |----------------------|--------------------------------------------------------------------------|
//! | `#Header-Name=VALUE` | the host adds this header; `$NAME` and `${NAME}` in VALUE are variables  |
//! | `#address=IP`        | this address may be connected to although it is private                  |
//! | `#address=IP/BITS`   | the same for a range                                                     |
//!
//! - METHOD is one of GET, HEAD, POST, PUT, PATCH and DELETE.
//! - URL is `https://host[:port]/path` (or `http://`), which stands for itself and all that is beneath it,
//!   from one `/` to the next. It is neither a pattern nor a template.
//! - URL may be `$NAME` instead: the URL in this variable, and nothing beneath it; or `$NAME/PATH`, the one
//!   that has this path behind what is in the variable. The plugin writes it in this way as well, and never
//!   learns what it stands for.
//! - An address that the URL itself names is granted with it.
//! - Where several grants fit a request, the one with the longest path decides what is added to it.
//! - The value of a variable is taken out of all that the plugin gets back, whatever it is and however
//!   short; what is written out in the grant is not.

use std::ffi::OsString;
use std::fmt;
use std::str::FromStr;

use super::grant::Unresolved;
use super::hidden::Hidden;
use super::http_header::GrantedHeader;
use super::http_url::Host;
use super::http_url::HttpUrl;
use super::http_variable::VariableUrl;
use super::ip_range::IpRange;
use crate::secrecy::looks_random;

/// A method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// `GET`
    Get,
    /// `HEAD`
    Head,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl Method {
    /// All of them.
    const ALL: [Self; 6] = [Self::Get, Self::Head, Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// The method of this very name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }
}

/// What a method must be, for errors.
pub(crate) const METHODS: &str = "the method is one of GET, HEAD, POST, PUT, PATCH and DELETE";

/// Requests that are granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpGrant {
    method: Method,
    url: GrantedUrl,
    /// In the order in which they were written.
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum GrantedUrl {
    /// This one and all beneath it.
    Prefix(HttpUrl),
    /// One that a variable tells.
    Variable(VariableUrl),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Header(GrantedHeader),
    Address(IpRange),
}

/// Requests that a plugin asks for: `METHOD:URL`, `METHOD:$VARIABLE`, `METHOD:$VARIABLE/PATH`, or `*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum HttpNeed {
    /// Requests which only its configuration tells. Each still has to be granted.
    Any,
    /// Requests of this URL and of what is beneath it.
    Prefix {
        /// Their method.
        method: Method,
        /// The URL.
        url: HttpUrl,
    },
    /// Requests of a URL that a variable tells, and only the grant.
    Variable {
        /// Their method.
        method: Method,
        /// The URL.
        url: VariableUrl,
    },
}

/// A text that is not a need.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write METHOD:URL or *: {0}")]
pub struct HttpNeedError(&'static str);

impl HttpGrant {
    /// Reads what follows `http:`.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut parts = text.split('#');
        let request = parts.next().unwrap_or_default();
        let (method, url) = split_method(request)?;
        let url = match url.strip_prefix('$') {
            Some(variable) => GrantedUrl::Variable(VariableUrl::parse(variable)?),
            None => GrantedUrl::Prefix(prefix(url)?),
        };
        let mut grant = Self { method, url, parts: Vec::new() };
        for part in parts {
            grant.parts.push(match part.strip_prefix("address=") {
                Some(range) => Part::Address(IpRange::parse(range)?),
                None => {
                    let header = GrantedHeader::parse(part)?;
                    if grant.headers().any(|other| other.name().eq_ignore_ascii_case(header.name())) {
                        return Err("a header is granted twice");
                    }
                    Part::Header(header)
                }
            });
        }
        Ok(grant)
    }

    fn headers(&self) -> impl Iterator<Item = &GrantedHeader> {
        self.parts.iter().filter_map(|part| match part {
            Part::Header(header) => Some(header),
            Part::Address(_) => None,
        })
    }

    /// Whether requests that a plugin asks for may be among these. What stands in a variable may be anything.
    pub(crate) fn may_meet(&self, need: &HttpNeed) -> bool {
        match (need, &self.url) {
            (HttpNeed::Any, _) => true,
            (HttpNeed::Prefix { method, .. }, GrantedUrl::Variable(_)) => *method == self.method,
            (HttpNeed::Variable { method, url }, GrantedUrl::Variable(granted)) => {
                *method == self.method && url == granted
            }
            (HttpNeed::Variable { .. }, GrantedUrl::Prefix(_)) => false,
            (HttpNeed::Prefix { method, url }, GrantedUrl::Prefix(granted)) => {
                *method == self.method && (granted.contains(url) || url.contains(granted))
            }
        }
    }

    /// The grant with the values of the variables in it.
    ///
    /// # Errors
    ///
    /// The first variable that is of no use.
    pub(crate) fn resolve(
        &self,
        variable: &impl Fn(&str) -> Option<OsString>,
    ) -> Result<HttpAllowance, Unresolved> {
        let target = match &self.url {
            GrantedUrl::Prefix(url) => Target::Prefix(url.clone()),
            GrantedUrl::Variable(from) => {
                Target::Variable { from: from.clone(), url: Hidden::new(from.resolve(variable)?) }
            }
        };
        let mut allowance = HttpAllowance {
            method: self.method,
            headers: Vec::new(),
            addresses: Vec::new(),
            secrets: Vec::new(),
            target,
        };
        if let Host::Address(address) = allowance.target.url().host() {
            allowance.addresses.push(IpRange::of(*address));
        }
        for part in &self.parts {
            match part {
                Part::Address(range) => allowance.addresses.push(*range),
                Part::Header(header) => {
                    let (value, secrets) = header.resolve(variable)?;
                    allowance.headers.push((header.name().to_owned(), Hidden::new(value)));
                    allowance.secrets.extend(secrets.into_iter().map(Hidden::new));
                }
            }
        }
        Ok(allowance)
    }
}

fn split_method(text: &str) -> Result<(Method, &str), &'static str> {
    let (method, url) = text.split_once(':').ok_or("write http:METHOD:URL")?;
    Ok((Method::named(method).ok_or(METHODS)?, url))
}

/// A URL that stands for what is beneath it, too.
fn prefix(text: &str) -> Result<HttpUrl, &'static str> {
    let url = HttpUrl::parse(text)?;
    if url.has_query() {
        return Err("a URL that is granted ends before the query");
    }
    // Somebody may think otherwise.
    if text.contains('*') {
        return Err(
            "a URL that is granted stands for all that is beneath it, and is no pattern; leave out the *",
        );
    }
    if text.contains('$') {
        return Err("a variable stands for the whole URL, or in the value of a header");
    }
    Ok(url)
}

impl fmt::Display for HttpGrant {
    /// What follows `http:`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.method.as_str())?;
        match &self.url {
            GrantedUrl::Prefix(url) => f.write_str(&without_random(&url.to_string()))?,
            GrantedUrl::Variable(url) => write!(f, "{url}")?,
        }
        self.parts.iter().try_for_each(|part| match part {
            Part::Header(header) => write!(f, "#{header}"),
            Part::Address(range) => write!(f, "#address={range}"),
        })
    }
}

/// An address with a mark in the place of whatever in its path may be a secret: many a webhook is told by
/// nothing else.
fn without_random(url: &str) -> String {
    let host = url.find("://").map_or(0, |at| at + 3);
    let path = url[host..].find(['/', '?']).map_or(url.len(), |at| host + at);
    let mut shown = url[..path].to_owned();
    for piece in url[path..].split_inclusive(['/', '?', '&', '=']) {
        let word = piece.trim_end_matches(['/', '?', '&', '=']);
        match looks_random(word) {
            true => shown.push_str(&piece.replacen(word, "…", 1)),
            false => shown.push_str(piece),
        }
    }
    shown
}

impl FromStr for HttpNeed {
    type Err = HttpNeedError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let (method, url) = split_method(text).map_err(HttpNeedError)?;
        if let Some(variable) = url.strip_prefix('$') {
            let url = VariableUrl::parse(variable).map_err(HttpNeedError)?;
            return Ok(Self::Variable { method, url });
        }
        Ok(Self::Prefix { method, url: prefix(url).map_err(HttpNeedError)? })
    }
}

impl fmt::Display for HttpNeed {
    /// What follows `http:` in the grant that it asks for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("METHOD:URL"),
            Self::Prefix { method, url } => write!(f, "{}:{url}", method.as_str()),
            Self::Variable { method, url } => write!(f, "{}:{url}", method.as_str()),
        }
    }
}

impl HttpNeed {
    /// Whether it asks for this request, which was granted as this.
    pub(crate) fn includes(&self, allowance: &HttpAllowance, url: &HttpUrl) -> bool {
        match (self, &allowance.target) {
            (Self::Any, _) => true,
            (Self::Prefix { method, url: prefix }, _) => *method == allowance.method && prefix.contains(url),
            (Self::Variable { method, url }, Target::Variable { from, .. }) => {
                *method == allowance.method && url == from
            }
            (Self::Variable { .. }, Target::Prefix(_)) => false,
        }
    }
}

/// A grant in the form in which requests are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HttpAllowance {
    /// The method.
    pub(crate) method: Method,
    /// The URLs.
    pub(crate) target: Target,
    /// Headers that the host adds.
    pub(crate) headers: Vec<(String, Hidden<String>)>,
    /// Addresses that may be connected to although they are private.
    pub(crate) addresses: Vec<IpRange>,
    /// The values of the variables in the headers.
    pub(crate) secrets: Vec<Hidden<String>>,
}

/// URLs that are granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// This one and all beneath it.
    Prefix(HttpUrl),
    /// This one only, of which the guest knows from which variable it is.
    Variable { from: VariableUrl, url: Hidden<HttpUrl> },
}

impl Target {
    /// The URL, which may be a secret.
    pub(crate) fn url(&self) -> &HttpUrl {
        match self {
            Self::Prefix(url) => url,
            Self::Variable { url, .. } => url.reveal(),
        }
    }
}

impl HttpAllowance {
    /// Whether there is a request that is granted here and asked for there.
    pub(crate) fn meets(&self, need: &HttpNeed) -> bool {
        match (need, &self.target) {
            (HttpNeed::Any, _) => true,
            (HttpNeed::Prefix { method, url }, Target::Prefix(granted)) => {
                *method == self.method && (granted.contains(url) || url.contains(granted))
            }
            (HttpNeed::Prefix { method, url }, Target::Variable { url: granted, .. }) => {
                *method == self.method && url.contains(granted.reveal())
            }
            (HttpNeed::Variable { method, url }, Target::Variable { from, .. }) => {
                *method == self.method && url == from
            }
            (HttpNeed::Variable { .. }, Target::Prefix(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowance(text: &str) -> Result<HttpAllowance, Unresolved> {
        let variable = |name: &str| match name {
            "TOKEN" => Some(OsString::from("hunter2")),
            "HOOK" => Some(OsString::from("https://hooks.example.com/services/T0/hunter2?x=1")),
            "BASE" => Some(OsString::from("https://otlp.example.com")),
            "BAD" => Some(OsString::from("https://user:hunter2@h/")),
            _ => None,
        };
        HttpGrant::parse(text).expect(text).resolve(&variable)
    }

    #[test]
    fn a_grant_is_written_as_it_was_read() {
        for text in [
            "POST:https://chat.example.com/hooks/#Authorization=Bearer $CHAT_TOKEN",
            "POST:$SLACK_URL",
            "POST:$BASE/v1/traces#address=127.0.0.1",
            "GET:$URL#X-A=1#address=10.0.0.7",
            "POST:http://10.0.0.7:8080/ci",
            "PUT:https://metrics.corp/#address=10.0.0.0/8#address=fd00::/8#X-B=a=${B}c#X-C=d:e",
            "DELETE:https://H:443",
        ] {
            assert_eq!(HttpGrant::parse(text).expect(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_grant_is_refused() {
        for text in [
            "",
            "POST",
            "POST:",
            "post:https://h/",
            "*:https://h/",
            "CONNECT:https://h/",
            "TRACE:https://h/",
            "POST:https://*/",
            "POST:https://*.h/",
            "POST:https://h/*",
            "POST:https://h/?x=1",
            "POST:https://h/?",
            "POST:https://h/$X",
            "POST:https://$X/",
            "POST:$",
            "POST:$X/y?z",
            "POST:$X/",
            "POST:${X}",
            "POST:https://user@h/",
            "POST:https://h/#",
            "POST:https://h/#fragment",
            "POST:https://h/#X=",
            "POST:https://h/#address=",
            "POST:https://h/#address=h",
            "POST:https://h/#Address=10.0.0.1",
            "POST:https://h/#X=1#x=2",
            "POST:https://h/#Host=i",
            " POST:https://h/",
        ] {
            assert!(HttpGrant::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn no_value_of_a_variable_is_printed() {
        for text in ["POST:https://h/#Authorization=Bearer $TOKEN", "POST:$HOOK"] {
            let shown = format!("{:?}", allowance(text).expect("resolves"));
            assert!(!shown.contains("hunter2") && shown.contains("***"), "{shown}");
        }
        let lack = allowance("POST:$BAD").expect_err("a user name");
        assert!(!lack.unset && lack.reason.contains("$BAD") && !lack.reason.contains("hunter2"), "{lack:?}");
        for text in ["POST:$MISSING", "POST:https://h/#X=$MISSING"] {
            let lack = allowance(text).expect_err("not set");
            assert!(lack.unset && lack.reason.ends_with("is not set"), "{lack:?}");
        }
    }

    #[test]
    fn an_address_in_the_url_is_granted_with_it() {
        let addresses = allowance("POST:http://10.0.0.7/#address=10.1.0.0/16").expect("resolves").addresses;
        assert_eq!(
            addresses.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["10.0.0.7", "10.1.0.0/16"]
        );
        assert!(allowance("POST:http://localhost/").expect("resolves").addresses.is_empty());
    }

    #[test]
    fn a_need_is_met_where_one_of_both_is_beneath_the_other() {
        for (grant, need, meets) in [
            ("POST:https://h/a/", "POST:https://h/a/b", true),
            ("POST:https://h/a/b", "POST:https://h/a/", true),
            ("POST:https://h/a", "POST:https://h/b", false),
            ("PUT:https://h/a", "POST:https://h/a", false),
            ("POST:https://h/a", "*", true),
            ("POST:$HOOK", "*", true),
            ("POST:$HOOK", "POST:https://hooks.example.com/", true),
            ("POST:$HOOK", "POST:https://hooks.example.com/services/T1", false),
            ("POST:$HOOK", "POST:$HOOK", true),
            ("POST:$HOOK", "PUT:$HOOK", false),
            ("POST:$HOOK", "POST:$OTHER", false),
            ("POST:$HOOK", "POST:$HOOK/x", false),
            ("POST:$BASE/x", "POST:$BASE/x", true),
            ("POST:$BASE/x", "POST:$BASE", false),
            ("POST:https://hooks.example.com/", "POST:$HOOK", false),
        ] {
            let parsed: HttpNeed = need.parse().expect(need);
            let shown = if need == "*" { "METHOD:URL" } else { need };
            assert_eq!(parsed.to_string(), shown);
            assert_eq!(allowance(grant).expect("resolves").meets(&parsed), meets, "{grant} {need}");
        }
        for text in [
            "",
            "POST",
            "POST:",
            "POST:$",
            "POST:$A B",
            "POST:https://h/#X=1",
            "POST:https://h/?x",
            "**",
            "*:*",
        ] {
            assert!(text.parse::<HttpNeed>().is_err(), "{text}");
        }
    }
}
