//! Credentials in addresses: `scheme://user:password@host`.

/// An address without user and password: a token may stand in the place of either. Where it is not clear how
/// far they go, more is hidden.
pub fn without_credentials(address: &str) -> String {
    match credentials(address) {
        Some(found) => address.replacen(&format!("://{found}@"), "://***@", 1),
        None => address.to_owned(),
    }
}

/// The password in an address. It may hold what should have been encoded.
pub(super) fn password(address: &str) -> Option<&str> {
    let (_, password) = credentials(address)?.split_once(':')?;
    (!password.is_empty()).then_some(password)
}

/// What stands between the scheme and the `@` before the host.
fn credentials(address: &str) -> Option<&str> {
    let (scheme, rest) = address.trim().split_once("://")?;
    let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    if scheme.is_empty() || !scheme.bytes().all(is_scheme) || rest.contains(char::is_whitespace) {
        return None;
    }
    let before_query = rest.split(['?', '#']).next().unwrap_or_default();
    let authority = before_query.split('/').next().unwrap_or_default();
    // A password may hold an unencoded slash, a user alone does not.
    let within = if authority.contains(':') { before_query } else { authority };
    within.rsplit_once('@').map(|(credentials, _)| credentials)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_found_and_hidden() {
        for (address, found, shown) in [
            ("postgres://app:hunter2@db/x", Some("hunter2"), "postgres://***@db/x"),
            ("postgres://app:hun/t@er2@db/x?sslmode=on", Some("hun/t@er2"), "postgres://***@db/x?sslmode=on"),
            ("http://:hunter2@proxy:3128", Some("hunter2"), "http://***@proxy:3128"),
            ("https://hunter2@example.com/a@b", None, "https://***@example.com/a@b"),
            ("https://hunter2:@h", None, "https://***@h"),
            ("https://me:hun@ter2@h:1/x@y", Some("hun@ter2@h:1/x"), "https://***@y"),
            ("ssh://me@host", None, "ssh://***@host"),
            ("tcp://host:2375", None, "tcp://host:2375"),
            ("https://me@example.com/a:b", None, "https://***@example.com/a:b"),
            ("https://example.com/?to=a:b@c", None, "https://example.com/?to=a:b@c"),
            ("unix:///run/a@b.sock", None, "unix:///run/a@b.sock"),
            ("see https://x:y@z now", None, "see https://x:y@z now"),
            ("hunter2:x@y", None, "hunter2:x@y"),
        ] {
            assert_eq!(password(address), found, "{address}");
            assert_eq!(without_credentials(address), shown);
        }
    }
}
