//! What begins and ends a private key, and whether a line may be one of its.
//!
//! A line that begins a key may only mention one: an error message, a search. What follows is then an ordinary
//! log. Key material is base64 in long lines, which hardly any ordinary line holds, between a few headers.

/// White space, and colour.
macro_rules! space {
    () => {
        r"(?: |\x1b\[[0-9;]*[mK])+"
    };
}

/// What begins a private key: PKCS #1, PKCS #8, SEC 1, OpenSSH, PGP (RFC 7468, RFC 9580); SSH2 (RFC 4716); the
/// private lines of PuTTY's files; base64 of the first of these that goes on on the next line.
pub(crate) const BEGIN: &str = concat!(
    r"(?:-----(?:\x1b\[[0-9;]*[mK])*|---- )BEGIN",
    space!(),
    "(?:[A-Z0-9]+",
    space!(),
    "){0,4}PRIVATE",
    space!(),
    "KEY",
    "|Private-Lines: [0-9]",
    "|(?:LS0tLS1CRUdJTi|0tLS0tQkVHSU4g|tLS0tLUJFR0lO)[A-Za-z0-9]{0,22}",
    "(?:UFJJVkFURSBLRV|BSSVZBVEUgS0VZ|QUklWQVRFIEtFW)[A-Za-z0-9+/]{0,50}\r?$",
);

/// What is in every match of [`BEGIN`].
pub(crate) const ANCHORS: [&str; 5] =
    ["BEGIN", "Private-Lines: ", "LS0tLS1CRUdJTi", "0tLS0tQkVHSU4g", "tLS0tLUJFR0lO"];

/// What ends one.
pub(crate) const END: &str = concat!(
    r"----(?:-|\x1b\[[0-9;]*[mK])* ?END",
    space!(),
    "(?:[A-Z0-9]+",
    space!(),
    "){0,4}PRIVATE",
    space!(),
    "KEY(?:",
    space!(),
    "BLOCK)?(?:",
    space!(),
    ")?-----?",
    "|Private-MAC: [0-9A-Fa-f]+",
);

/// What a line looks like, inside of a private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Key material, or a header of a key.
    Key,
    /// It may be the short last line of a key, or a word.
    MayBeKey,
    /// Nothing of a key.
    Other,
}

/// Bytes of base64 in a row that only key material has. Lines of keys have 64 (RFC 7468, section 2; PuTTY,
/// PGP) or 70 (OpenSSH), but for the last one.
const LONG: usize = 40;

/// Headers inside of a block: RFC 1421 (encrypted keys), RFC 9580 (PGP).
const HEADERS: [&str; 9] = [
    "Proc-Type:",
    "DEK-Info:",
    "Version:",
    "Comment:",
    "Hash:",
    "Charset:",
    "MessageID:",
    "Subject:",
    "Key-Derivation:",
];

/// What a line looks like.
pub(crate) fn look(line: &[u8]) -> Look {
    let trimmed = trim(line);
    if runs(trimmed).any(|run| run.len() >= LONG && is_dense(run)) {
        return Look::Key;
    }
    if HEADERS.iter().any(|header| trimmed.starts_with(header.as_bytes())) {
        return Look::Key;
    }
    // After whatever a logger puts before it.
    let last = trimmed.rsplit(u8::is_ascii_whitespace).next().unwrap_or_default();
    let is_alone = last.len() == trimmed.len();
    let is_base64 = !last.is_empty() && last.iter().all(|byte| is_in_alphabet(*byte));
    match is_base64 && (is_alone || last.ends_with(b"=") || is_dense(last)) {
        true => Look::MayBeKey,
        false => Look::Other,
    }
}

/// Whether a line begins something else: what follows a key is often a certificate.
pub(crate) fn begins_other(line: &[u8]) -> bool {
    memchr::memmem::find(line, b"-----BEGIN ").is_some()
}

/// Without what stands around a line in source code, YAML or a shell's trace.
fn trim(line: &[u8]) -> &[u8] {
    let around = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`\\,;|>#".contains(byte);
    let start = line.iter().position(|byte| !around(byte)).unwrap_or(line.len());
    let end = line.iter().rposition(|byte| !around(byte)).map_or(start, |last| last + 1);
    &line[start..end]
}

/// Runs of the letters of base64.
fn runs(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| !is_in_alphabet(*byte)).filter(|run| !run.is_empty())
}

fn is_in_alphabet(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// Letters of both cases and digits, and few slashes: no word, path or hash. A line of 64 letters of base64
/// lacks one of the three once in ten thousand.
fn is_dense(run: &[u8]) -> bool {
    let has = |kind: fn(&u8) -> bool| run.iter().any(kind);
    let slashes = run.iter().filter(|byte| **byte == b'/').count();
    has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
        && slashes * 8 <= run.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_keys_look_like_it_whatever_stands_around_them() {
        let line = "MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7MhgwMbRvI0MBZhpI";
        for around in
            [("", ""), ("  ", "\r"), ("2026-11-25T10:00:00Z app | ", ""), ("\"", "\\n\" +"), ("+ ", "")]
        {
            let line = format!("{}{line}{}", around.0, around.1);
            assert_eq!(look(line.as_bytes()), Look::Key, "{line}");
        }
        assert_eq!(look(b"DEK-Info: AES-256-CBC,0123"), Look::Key);
        for last in ["nQ==", "=aB3d", "app | Zk3Qw8==", "    Zk3Qw8", "word"] {
            assert_eq!(look(last.as_bytes()), Look::MayBeKey, "{last}");
        }
    }

    #[test]
    fn ordinary_lines_do_not() {
        for line in [
            "",
            "Applying 3 changes",
            "error: expected -----BEGIN PRIVATE KEY-----",
            "commit 0123456789abcdef0123456789abcdef01234567",
            "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 done.",
            "at src/main/java/com/Example/service/impl/FooServiceImpl2/bar/baz/qux.java",
            "GET https://example.com/a?b=c 200",
            "{\"level\":\"info\",\"msg\":\"ready\"}",
        ] {
            assert_eq!(look(line.as_bytes()), Look::Other, "{line}");
        }
    }
}
