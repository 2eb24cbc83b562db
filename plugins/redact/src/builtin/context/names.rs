//! Which names say that a value is secret.

/// What a name says of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A password: a person may have chosen it, so it can be a word.
    Password,
    /// A token or key: a machine has made it.
    Token,
    /// As a token, but the name says little: it must be long.
    Long,
}

/// Words that may follow and change nothing.
const AFTER: [&str; 44] = [
    "value",
    "base",
    "string",
    "text",
    "plain",
    "plaintext",
    "raw",
    "b64",
    "base64",
    "encoded",
    "prod",
    "production",
    "staging",
    "stage",
    "dev",
    "test",
    "live",
    "ci",
    "new",
    "old",
    "current",
    "previous",
    "confirm",
    "confirmation",
    "again",
    "admin",
    "root",
    "primary",
    "secondary",
    "default",
    "key",
    "token",
    "secret",
    "password",
    "access",
    "auth",
    "api",
    "app",
    "org",
    "com",
    "eu",
    "us",
    "write",
    "sha256",
];

/// What a key must be called to be secret: others sort, cache, index or are public.
const KEYS: [&str; 50] = [
    "api",
    "app",
    "application",
    "access",
    "secret",
    "private",
    "priv",
    "signing",
    "encryption",
    "encrypt",
    "decryption",
    "master",
    "account",
    "auth",
    "shared",
    "subscription",
    "license",
    "licence",
    "admin",
    "service",
    "role",
    "webhook",
    "deploy",
    "integration",
    "ingest",
    "ingestion",
    "insert",
    "write",
    "client",
    "storage",
    "functions",
    "function",
    "session",
    "cipher",
    "aes",
    "hmac",
    "jwt",
    "crypto",
    "fastly",
    "unseal",
    "recovery",
    "root",
    "project",
    "org",
    "server",
    "team",
    "bot",
    "rest",
    "routing",
    "apm",
];

/// Those that leave no doubt.
const SECRET_KEYS: [&str; 17] = [
    "api",
    "app",
    "application",
    "access",
    "secret",
    "private",
    "signing",
    "encryption",
    "master",
    "account",
    "auth",
    "admin",
    "license",
    "jwt",
    "webhook",
    "hmac",
    "unseal",
];

/// What only machines make.
const OF_MACHINES: [&str; 8] =
    ["token", "secret", "credential", "credentials", "cred", "auth", "apikey", "creds"];

/// Words before that make a name harmless: pages of lists, units of language models, public keys.
const HARMLESS: [&str; 24] = [
    "next",
    "page",
    "continuation",
    "pagination",
    "start",
    "pad",
    "eos",
    "bos",
    "unk",
    "sep",
    "cls",
    "mask",
    "stop",
    "max",
    "min",
    "total",
    "prompt",
    "completion",
    "num",
    "count",
    "public",
    "publishable",
    "cancellation",
    "unexpected",
];

/// What the name says whose word of secrecy is `keyword`, with what is before it and behind it.
pub(super) fn kind(before: &[u8], keyword: &[u8], after: &[u8]) -> Option<Kind> {
    // `tokens`, `tokenizer`, `Keyboard`, `passed`.
    let is_upper = keyword.last().is_some_and(u8::is_ascii_uppercase);
    if let Some(next) = after.first()
        && next.is_ascii_alphabetic()
        && (is_upper || next.is_ascii_lowercase())
    {
        return None;
    }
    let is_known = |word: &[u8]| word.iter().all(u8::is_ascii_digit) || is_one_of(word, &AFTER);
    let mut rest = after;
    while let Some((word, more)) = last_word(rest) {
        if !is_known(word) {
            return None;
        }
        rest = more;
    }
    let (last, rest) = last_word(before).unwrap_or_default();
    let (second, _) = last_word(rest).unwrap_or_default();
    if is_one_of(last, &HARMLESS) || is_one_of(second, &HARMLESS) {
        return None;
    }
    match () {
        () if keyword.eq_ignore_ascii_case(b"key") => key(last, before),
        // `pass=3 fail=0` counts tests.
        () if keyword.eq_ignore_ascii_case(b"pass") => (!last.is_empty()).then_some(Kind::Password),
        () if is_one_of(keyword, &OF_MACHINES) => Some(Kind::Token),
        () => Some(Kind::Password),
    }
}

fn key(last: &[u8], before: &[u8]) -> Option<Kind> {
    let ends = |names: &[&str]| {
        // `storageaccountkey`: in one word.
        let begins = |name: &&str| name.len() > 4 && last.len() > name.len();
        is_one_of(last, names)
            || names
                .iter()
                .filter(|name| begins(name))
                .any(|name| is_one_of(&last[last.len() - name.len()..], &[name]))
    };
    match () {
        () if ends(&SECRET_KEYS) => Some(Kind::Token),
        () if ends(&KEYS) || before.starts_with(b"X-") || before.starts_with(b"x-") => Some(Kind::Long),
        () => None,
    }
}

fn is_one_of(word: &[u8], names: &[&str]) -> bool {
    names.iter().any(|name| name.len() == word.len() && name.as_bytes().eq_ignore_ascii_case(word))
}

/// The last word of a name, and what is before it: `fooBar`, `FOO_BAR`, `foo-bar` and `foo.bar` have two.
fn last_word(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = name.iter().rposition(u8::is_ascii_alphanumeric)? + 1;
    let mut start = end - 1;
    while start > 0 && name[start - 1].is_ascii_alphanumeric() {
        if name[start - 1].is_ascii_lowercase() && name[start].is_ascii_uppercase() {
            break;
        }
        start -= 1;
    }
    Some((&name[start..end], &name[..start]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets() {
        for (before, keyword, after, expected) in [
            ("", "password", "", Some(Kind::Password)),
            ("db_", "password", "_2", Some(Kind::Password)),
            ("SMTP_", "PASS", "", Some(Kind::Password)),
            ("", "SECRET", "_KEY_BASE", Some(Kind::Token)),
            ("client", "Secret", "", Some(Kind::Token)),
            ("api_", "key", "", Some(Kind::Token)),
            ("X-Functions-", "Key", "", Some(Kind::Long)),
            ("storageAccount", "Key", "", Some(Kind::Token)),
            ("identity", "token", "", Some(Kind::Token)),
            ("", "pass", "", None),
            ("", "token", "s", None),
            ("", "token", "izer", None),
            ("", "TOKEN", "IZERS_PARALLELISM", None),
            ("", "password", "_length", None),
            ("", "SECRET", "_NAME", None),
            ("", "PASSWORD", "_FILE", None),
            ("sort_", "key", "", None),
            ("public_", "key", "", None),
            ("next", "Token", "", None),
            ("AWS_ACCESS_", "KEY", "_ID", None),
        ] {
            assert_eq!(
                kind(before.as_bytes(), keyword.as_bytes(), after.as_bytes()),
                expected,
                "{before}{keyword}{after}"
            );
        }
    }
}
