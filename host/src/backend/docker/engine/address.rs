//! An engine's address as it may be shown.

/// The address without user and password.
pub(super) fn shown(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let authority = rest.find('/').unwrap_or(rest.len());
    match rest[..authority].rfind('@') {
        Some(at) => format!("{scheme}://***@{}", &rest[at + 1..]),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_passwords_are_not_shown() {
        for (address, want) in [
            ("tcp://me:hunter2@10.0.0.1:2375", "tcp://***@10.0.0.1:2375"),
            ("https://me:hun@ter2@h:1/x@y", "https://***@h:1/x@y"),
            ("ssh://me@host", "ssh://***@host"),
            ("unix:///run/a@b.sock", "unix:///run/a@b.sock"),
            ("x", "x"),
        ] {
            assert_eq!(shown(address), want);
        }
    }
}
