//! URLs of HTTP requests.
//!
//! Whether a request is allowed is decided on the text that is sent, and a server may read that text more
//! kindly than we do. So nothing is normalised here: what has a second spelling, or a second reading, is
//! refused. A URL has no user name, no fragment, no `.` or `..` among its segments (encoded or not), no
//! encoded separators, and no address in any notation but the usual one.

use std::fmt;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

/// Bytes of a URL.
const MAX_URL: usize = 8 * 1024;

/// An absolute URL with the scheme `http` or `https`, in a form with one reading.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HttpUrl {
    /// As it was written.
    text: String,
    https: bool,
    host: Host,
    port: u16,
    /// Where in the text the path begins; nothing may be there.
    path_at: usize,
    /// Where the path ends: at the `?` of the query, or at the end.
    path_end: usize,
}

/// Where a URL leads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Host {
    /// A name, in lower case.
    Name(String),
    /// An address.
    Address(IpAddr),
}

impl fmt::Display for HttpUrl {
    /// As it was written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl HttpUrl {
    /// Reads a URL.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as the rest of a sentence about it.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        if text.len() > MAX_URL {
            return Err("it is longer than 8 KiB");
        }
        let (https, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err("a URL begins with https:// or http://"),
        };
        // A backslash is a slash to some; it is refused as part of the host.
        let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
        let (host, port) = read_authority(authority)?;
        let path_at = text.len() - rest.len() + authority.len();
        let path_end = text[path_at..].find('?').map_or(text.len(), |at| path_at + at);
        let path = &text[path_at..path_end];
        check_path(path)?;
        if let Some(query) = text[path_end..].strip_prefix('?') {
            if path.is_empty() {
                return Err("it has a query, but no path");
            }
            check_characters(query, b"/?")?;
        }
        let port = port.unwrap_or(if https { 443 } else { 80 });
        Ok(Self { text: text.to_owned(), https, host, port, path_at, path_end })
    }

    /// Whether it is reached through TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.https
    }

    /// Where it leads.
    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    /// The port there.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The path; where none is written, it is `/`.
    pub(crate) fn path(&self) -> &str {
        match &self.text[self.path_at..self.path_end] {
            "" => "/",
            path => path,
        }
    }

    /// Whether it has a query.
    pub(crate) fn has_query(&self) -> bool {
        self.path_end < self.text.len()
    }

    /// The path and the query, as a request begins.
    pub(crate) fn target(&self) -> &str {
        match &self.text[self.path_at..] {
            "" => "/",
            target => target,
        }
    }

    /// Host and port, as the header `Host` has them: the port only where it is not the scheme's own.
    pub(crate) fn authority(&self) -> String {
        match (self.https, self.port) {
            (true, 443) | (false, 80) => self.host.to_string(),
            (_, port) => format!("{}:{port}", self.host),
        }
    }

    /// What a person may be shown of it: a query often has a key in it.
    pub(crate) fn without_query(&self) -> &str {
        &self.text[..self.path_end]
    }

    /// Whether `url` is this one or beneath it: the same scheme, host and port, and a path that begins with
    /// all segments of this one's. One with a query has nothing beneath it.
    pub(crate) fn contains(&self, url: &Self) -> bool {
        let (prefix, path) = (self.path(), url.path());
        let is_beneath = |rest: &str| rest.is_empty() || rest.starts_with('/') || prefix.ends_with('/');
        (self.https, &self.host, self.port) == (url.https, &url.host, url.port)
            && !self.has_query()
            && path.strip_prefix(prefix).is_some_and(is_beneath)
    }
}

impl fmt::Display for Host {
    /// As in a URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(address)) => write!(f, "{address}"),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

/// The host and the port between the scheme and the path.
fn read_authority(authority: &str) -> Result<(Host, Option<u16>), &'static str> {
    if authority.contains('@') {
        return Err("it has a user name in it");
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']').ok_or("its host begins with [ and has no ]")?;
            let address: Ipv6Addr = address.parse().map_err(|_| "its host is not an IPv6 address")?;
            if address.to_ipv4_mapped().is_some() {
                return Err("its host is an IPv4 address in the clothes of an IPv6 one");
            }
            (Host::Address(address.into()), port)
        }
        None => {
            let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
            (read_host(host)?, port)
        }
    };
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => None,
        Some(digits) if !digits.starts_with(['0', '+']) => {
            Some(digits.parse().map_err(|_| "its port is not a number up to 65535")?)
        }
        _ => return Err("its port is not a number up to 65535"),
    };
    Ok((host, port))
}

/// A name, or an IPv4 address. What ends in a number is an address to every resolver (`127.1`, `0x7f.1` and
/// `2130706433` are the same one), so it must be one in the usual notation.
fn read_host(host: &str) -> Result<Host, &'static str> {
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_number = |text: &str| {
        let text = text.to_ascii_lowercase();
        let hexadecimal = text.strip_prefix("0x").map(|digits| digits.bytes().all(|c| c.is_ascii_hexdigit()));
        hexadecimal.unwrap_or(!text.is_empty() && text.bytes().all(|c| c.is_ascii_digit()))
    };
    if is_number(last) {
        let address: Ipv4Addr =
            host.parse().map_err(|_| "its host is a number, but not an IPv4 address as 10.0.0.7 is one")?;
        return Ok(Host::Address(address.into()));
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_')
    };
    match host.len() <= 253 && host.split('.').all(is_label) {
        true => Ok(Host::Name(host.to_ascii_lowercase())),
        false => Err("its host is not a name of letters, digits and hyphens with dots between them"),
    }
}

/// A path that no server reads as another one.
fn check_path(path: &str) -> Result<(), &'static str> {
    check_characters(path, b"/")?;
    let lower = path.to_ascii_lowercase();
    // A dot, a slash or a backslash; and a per cent sign, which is any of these to whoever decodes twice.
    if ["%2e", "%2f", "%5c", "%25"].iter().any(|encoded| lower.contains(encoded)) {
        return Err("its path has an encoded `.`, `/`, `\\` or `%` in it");
    }
    let decoded = decoded(path).ok_or("its path does not decode to UTF-8")?;
    if decoded.chars().any(char::is_control) {
        return Err("its path has an encoded control character in it");
    }
    let mut segments = decoded.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        if segment.is_empty() && segments.peek().is_some() {
            return Err("its path has an empty segment in it");
        }
        // What follows a semicolon are parameters to some servers, which look at the rest alone.
        if matches!(segment.split(';').next(), Some("." | "..")) {
            return Err("its path has `.` or `..` in it");
        }
    }
    Ok(())
}

/// RFC 3986, section 3.3 (`pchar`), and what else is allowed; each `%` begins an encoded byte.
fn check_characters(text: &str, also: &[u8]) -> Result<(), &'static str> {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let digits = [bytes.next(), bytes.next()];
                if !digits.iter().all(|digit| digit.is_some_and(|digit| digit.is_ascii_hexdigit())) {
                    return Err("it has a `%` that encodes nothing");
                }
            }
            b'#' => return Err("it has a fragment"),
            _ if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte) => {}
            _ if also.contains(&byte) => {}
            _ => return Err("it has a character in it that is not one of a URL; encode it with %"),
        }
    }
    Ok(())
}

/// The text without percent encoding, which has been checked.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        bytes.push(u8::from_str_radix(after.get(..2)?, 16).ok()?);
        rest = after.get(2..)?;
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn url(text: &str) -> HttpUrl {
        HttpUrl::parse(text).unwrap_or_else(|reason| panic!("{text}: {reason}"))
    }

    #[test]
    fn a_url_is_taken_apart() {
        let written = url("https://Chat.example.com/hooks/a%20b?x=1&y=/%2e");
        assert_eq!(written.host(), &Host::Name("chat.example.com".to_owned()));
        assert_eq!((written.port(), written.is_https(), written.has_query()), (443, true, true));
        assert_eq!(written.path(), "/hooks/a%20b");
        assert_eq!(written.target(), "/hooks/a%20b?x=1&y=/%2e");
        assert_eq!(written.without_query(), "https://Chat.example.com/hooks/a%20b");
        for (text, target, authority) in [
            ("http://h", "/", "h"),
            ("http://h:80/", "/", "h"),
            ("http://h:8080", "/", "h:8080"),
            ("https://h:80/a/", "/a/", "h:80"),
            ("http://10.0.0.7:1/x", "/x", "10.0.0.7:1"),
            ("https://[fd00::1]/x?", "/x?", "[fd00::1]"),
            ("http://[fd00:0:0::1]:8080/x", "/x", "[fd00::1]:8080"),
            ("http://a_b.xn--c-0ga", "/", "a_b.xn--c-0ga"),
        ] {
            assert_eq!((url(text).target(), &*url(text).authority()), (target, authority), "{text}");
            assert_eq!(url(text).to_string(), text);
        }
    }

    #[test]
    fn what_has_a_second_reading_is_refused() {
        for text in [
            "",
            "h/x",
            "ftp://h/",
            "HTTPS://h/",
            "https:/h/",
            "https:///h",
            "https://",
            "//h/",
            // Hosts.
            "https://*.h/",
            "https://h./",
            "https://.h/",
            "https://a..b/",
            "https://-a/",
            "https://a-/",
            "https://a b/",
            "https://ä/",
            "https://a%2eb/",
            "https://h\\@evil/",
            "https://user@h/",
            "https://user:password@h/",
            "https://h:/",
            "https://h:0/",
            "https://h:080/",
            "https://h:+80/",
            "https://h:65536/",
            "https://h:x/",
            "http://127.1/",
            "http://0x7f.1/",
            "http://0x7f000001/",
            "http://127.0.0.0x1/",
            "http://0x/",
            "http://2130706433/",
            "http://0177.0.0.1/",
            "http://127.0.0.01/",
            "http://127.0.0.1./",
            "http://1.2.3.4.5/",
            "http://a.256/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[::1/",
            "http://[::1]x/",
            "http://[fe80::1%25eth0]/",
            "http://[fe80::1%eth0]/",
            "http://[127.0.0.1]/",
            "http://::1/",
            // Paths.
            "https://h/../x",
            "https://h/a/..",
            "https://h/./x",
            "https://h/a/..;x/b",
            "https://h/a/..%3Bx/b",
            "https://h/%2e%2E/x",
            "https://h/.%2e/x",
            "https://h/a%2Fb",
            "https://h/a%5cb",
            "https://h/a\\b",
            "https://h/%252e%252e/x",
            "https://h/%c0%ae%c0%ae/x",
            "https://h/%00",
            "https://h/%0d%0a",
            "https://h/%7f",
            "https://h/%c2%85",
            "https://h/%",
            "https://h/%2",
            "https://h/%zz",
            "https://h//x",
            "https://h/a//x",
            "https://h/a b",
            "https://h/ä",
            "https://h/a\r\nHost: evil",
            "https://h/a\0",
            "https://h/<",
            "https://h/a#b",
            // Queries.
            "https://h?x",
            "https://h/?a b",
            "https://h/?a#b",
            "https://h/?%",
            "https://h/?\n",
        ] {
            assert!(HttpUrl::parse(text).is_err(), "{text:?}");
        }
        assert!(HttpUrl::parse(&format!("https://h/{}", "a".repeat(MAX_URL))).is_err());
    }

    #[test]
    fn a_prefix_ends_between_segments() {
        for (prefix, inside, outside) in [
            (
                "https://h/hooks",
                &["https://h/hooks", "https://H:443/hooks/", "https://h/hooks/x", "https://h/hooks?x=1"][..],
                &["https://h/hooksx", "https://h/hooks;x", "https://h/", "https://h/hook", "https://h/Hooks"]
                    [..],
            ),
            ("https://h/hooks/", &["https://h/hooks/", "https://h/hooks/x"], &["https://h/hooks"]),
            (
                "https://h",
                &["https://h/", "https://h", "https://h/x"],
                &["http://h/", "https://h:444/", "https://h.evil/", "https://hevil/", "http://h:443/"],
            ),
            ("http://10.0.0.7:80/", &["http://10.0.0.7/x"], &["http://10.0.0.70/x", "http://10.0.0.7:8/"]),
            ("http://[fd00::1]", &["http://[fd00:0::1]/x"], &["http://[fd00::2]/x"]),
            ("https://h/a?b=1", &[], &["https://h/a?b=1", "https://h/a?b=1&c"]),
        ] {
            for text in inside {
                assert!(url(prefix).contains(&url(text)), "{prefix} {text}");
            }
            for text in outside {
                assert!(!url(prefix).contains(&url(text)), "{prefix} {text}");
            }
        }
    }

    /// The directory that a server ends in which decodes and resolves a path as often as it can.
    fn resolved(path: &str) -> Vec<String> {
        let mut path = path.to_owned();
        while let Some(once) = decoded(&path).filter(|once| *once != path) {
            path = once;
        }
        let mut segments = Vec::new();
        for segment in path.split(['/', '\\']) {
            match segment.split(';').next().unwrap_or_default() {
                "" | "." => {}
                ".." => drop(segments.pop()),
                segment => segments.push(segment.to_owned()),
            }
        }
        segments
    }

    proptest! {
        #[test]
        fn a_url_is_written_as_it_was_read(
            text in "https?://[a-zA-Z0-9.:%\\[\\]@*-]{0,12}[/a-z0-9.%?#;\\\\-]{0,20}",
        ) {
            if let Ok(url) = HttpUrl::parse(&text) {
                prop_assert_eq!(url.to_string(), text);
                prop_assert_eq!(HttpUrl::parse(&url.to_string()), Ok(url));
            }
        }

        #[test]
        fn no_url_that_is_allowed_leads_out_of_the_prefix(
            rest in "(/|a|b|x|\\.|;|%2e|%2f|%5c|%25|%3b|%61|\\\\|\\?|%|é){0,12}",
            prefix in "https://h(/|/a|/a/|/a/b)",
        ) {
            let prefix = url(&prefix);
            for begin in [&*prefix.to_string(), "https://h", "https://h/a"] {
                let text = format!("{begin}{rest}");
                let Ok(url) = HttpUrl::parse(&text) else { continue };
                if prefix.contains(&url) {
                    let wanted: Vec<String> = resolved(prefix.path());
                    prop_assert!(resolved(url.path()).starts_with(&wanted), "{}", text);
                    prop_assert!(url.path().starts_with(prefix.path()), "{}", text);
                }
            }
        }
    }
}
