//! What is a secret, and what only stands where one could: references, placeholders, types, states.

use super::super::token;
use super::names::Kind;
use super::value::Value;

/// What stands for no value, for one that is hidden, for a type or a state; in lower case and in order.
const NO_VALUES: &[&str] = &[
    "accepted",
    "any",
    "ask",
    "async",
    "await",
    "basic",
    "bearer",
    "bool",
    "boolean",
    "buffer",
    "bytes",
    "changed",
    "char",
    "configured",
    "const",
    "correct",
    "created",
    "default",
    "deleted",
    "denied",
    "digest",
    "disable",
    "disabled",
    "empty",
    "enable",
    "enabled",
    "encrypted",
    "env",
    "environment",
    "expired",
    "failed",
    "failure",
    "false",
    "file",
    "filtered",
    "forgot",
    "forgotten",
    "found",
    "function",
    "generated",
    "hidden",
    "incorrect",
    "inherit",
    "int",
    "integer",
    "invalid",
    "let",
    "loaded",
    "masked",
    "missing",
    "new",
    "nil",
    "no",
    "none",
    "null",
    "number",
    "oauth",
    "oauth2",
    "object",
    "off",
    "ok",
    "on",
    "option",
    "optional",
    "passwd",
    "password",
    "pending",
    "prompt",
    "protected",
    "provided",
    "read",
    "read-only",
    "ready",
    "redacted",
    "ref",
    "refreshed",
    "rejected",
    "removed",
    "required",
    "reset",
    "return",
    "revoked",
    "rotated",
    "self",
    "sensitive",
    "set",
    "stdin",
    "str",
    "string",
    "success",
    "text",
    "this",
    "true",
    "unauthorized",
    "unavailable",
    "undefined",
    "unknown",
    "unset",
    "updated",
    "valid",
    "var",
    "varchar",
    "void",
    "write",
    "wrong",
    "yes",
];

/// Words that go on a sentence, and never are a password that a flag is given.
const OF_SENTENCES: &[&str] = &[
    "a", "an", "the", "is", "are", "was", "be", "must", "may", "can", "will", "should", "has", "have", "not",
    "no", "via", "on", "in", "for", "and", "or", "to", "of", "from", "with", "if", "when", "as", "at", "by",
    "option", "flag", "it", "you", "your",
];

/// What begins a text that says where a value is.
const REFERENCES: [&str; 13] = [
    "arn:",
    "http://",
    "https://",
    "file:",
    "vault:",
    "ref+",
    "op://",
    "ssm:",
    "env[",
    "env(",
    "process.env",
    "secrets.",
    "\\u003c",
];

/// What may be in a name that refers to a secret.
const WORDS_OF_SECRECY: [&str; 8] =
    ["password", "passwd", "secret", "token", "apikey", "api_key", "credential", "access_key"];

/// Whether a value can be secret, behind a name of this kind.
pub(super) fn is_secret(kind: Kind, line: &[u8], value: &Value) -> bool {
    let text = &line[value.span.0..value.span.1];
    if is_reference(text) || is_placeholder(text) || (!value.is_quoted && is_object(text)) {
        return false;
    }
    match kind {
        Kind::Password => {
            // A quote that is not closed may be one that closes.
            (!value.is_open || is_made_by_machine(text))
                && !is_code(text, value.is_quoted)
                && !is_location(text)
        }
        Kind::Token => is_made_by_machine(text) && !is_location(text),
        Kind::Long => text.len() >= 16 && is_made_by_machine(text) && !is_location(text),
    }
}

/// Whether it refers to a value: a variable, a template, a tag of YAML, a call.
pub(super) fn is_reference(text: &[u8]) -> bool {
    match text {
        [b'$', b'{' | b'(' | b'[', ..] | [b'{' | b'[' | b'(' | b'`', ..] | [b'#', b'{', ..] => {
            // Maven encloses what it encrypts.
            !matches!(text, [b'{', inner @ .., b'}'] if inner.len() >= 24 && inner.iter().all(|byte| is_base64(*byte)))
        }
        [b'$', name @ ..] if !name.is_empty() => {
            name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') || name.starts_with(b"env:")
        }
        [b'%', name @ .., b'%'] => name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_'),
        [b'%', b'(' | b'{', ..]
        | [b'%', b's' | b'v' | b'd' | b'q' | b'@']
        | [b'<', ..]
        | [b'&' | b'*', b'a'..=b'z', ..] => true,
        [b'!', b'0' | b'1'] | [b'!', b'A'..=b'Z', b'a'..=b'z', ..] | [b'!', b'!', ..] => true,
        _ => {
            let begins = |prefix: &&str| {
                text.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix.as_bytes()))
            };
            REFERENCES.iter().any(begins)
        }
    }
}

/// Whether it is how a program prints an object that has no text of its own: `android.os.Binder@2bd79ce`,
/// `Token{a64f992`.
fn is_object(text: &[u8]) -> bool {
    let name = text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.$".contains(byte)).count();
    let class = text[..name].rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    let is_class =
        class.first().is_some_and(u8::is_ascii_uppercase) && class.iter().all(|b| !b.is_ascii_digit());
    let (is_in_package, rest) = (class.len() < name, &text[name..]);
    match rest {
        [b'@', hash @ ..] => {
            let digits = hash.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
            is_class
                && is_in_package
                && (1..=16).contains(&digits)
                && matches!(hash.get(digits), None | Some(b','))
        }
        [b'{', ..] => is_class,
        _ => false,
    }
}

/// Whether it stands for a value: a mask, a word that says so, a name that refers to one.
pub(super) fn is_placeholder(text: &[u8]) -> bool {
    let trimmed = text.trim_ascii();
    let Some(first) = trimmed.first() else { return true };
    let is_one_letter = trimmed.iter().all(|byte| byte == first || b",;.".contains(byte));
    if is_one_letter && (trimmed.len() < 4 || !first.is_ascii_digit()) {
        return true;
    }
    if trimmed.iter().all(|byte| b"*.xX-_~?#".contains(byte))
        || trimmed.starts_with(b"***")
        || trimmed.ends_with(b"...")
    {
        return true;
    }
    if trimmed.iter().any(u8::is_ascii_digit) {
        return trimmed.eq_ignore_ascii_case(b"oauth2");
    }
    is_no_value(trimmed)
        || is_no_value(without_signs(trimmed))
        || WORDS_OF_SECRECY.iter().any(|of| holds(trimmed, of.as_bytes()))
}

/// Without what is around a word that stands for a value: `__REDACTED__`, `*hidden*`.
fn without_signs(text: &[u8]) -> &[u8] {
    let is_sign = |byte: &u8| b"_*<>[](){}#-".contains(byte);
    let start = text.iter().take_while(|byte| is_sign(byte)).count();
    let end = text.len() - text[start..].iter().rev().take_while(|byte| is_sign(byte)).count();
    text[start..end].trim_ascii()
}

fn is_no_value(text: &[u8]) -> bool {
    let end = text.iter().rposition(|byte| !b",;.!".contains(byte)).map_or(0, |last| last + 1);
    let mut lower = [0; 16];
    let Some(lower) = lower.get_mut(..end) else { return false };
    lower.copy_from_slice(&text[..end]);
    lower.make_ascii_lowercase();
    NO_VALUES.binary_search_by(|word| word.as_bytes().cmp(lower)).is_ok()
}

/// Whether a text holds a word, in any case.
fn holds(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
}

/// Whether it is a word that goes on a sentence.
pub(super) fn is_of_sentence(text: &[u8]) -> bool {
    let end = text.iter().rposition(|byte| !b",.".contains(byte)).map_or(0, |last| last + 1);
    OF_SENTENCES.iter().any(|word| text[..end].eq_ignore_ascii_case(word.as_bytes()))
}

/// Whether it looks like an expression of a programming language.
fn is_code(text: &[u8], is_quoted: bool) -> bool {
    let calls = text.iter().position(|byte| matches!(byte, b'(' | b'[')).is_some_and(|at| {
        at > 0 && text[..at].iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.:!".contains(byte))
    });
    !is_quoted && calls
}

/// Whether a machine has made it: at least 8 characters, letters and digits or both cases, not words.
pub(super) fn is_made_by_machine(text: &[u8]) -> bool {
    let has = |kind: fn(&u8) -> bool| text.iter().any(kind);
    let (digits, lower, upper) =
        (has(u8::is_ascii_digit), has(u8::is_ascii_lowercase), has(u8::is_ascii_uppercase));
    if text.len() < 8 || text.contains(&b' ') || text.contains(&b'(') || !(lower || upper || text.len() >= 20)
    {
        return false;
    }
    match text.len() {
        8..16 => digits && !is_words(text),
        _ => (digits || (lower && upper)) && !is_words(text) && token::is_random(text),
    }
}

/// Words, numbers and versions with separators between, such as names of things.
fn is_words(text: &[u8]) -> bool {
    let mut pieces = text.split(|byte| b"-_./:@,+=".contains(byte)).filter(|piece| !piece.is_empty());
    let is_word = |piece: &[u8]| {
        let digits = piece.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let (letters, number) = piece.split_at(piece.len() - digits);
        let one_case = letters.iter().all(u8::is_ascii_lowercase)
            || letters.iter().all(u8::is_ascii_uppercase)
            || (letters[0].is_ascii_uppercase() && letters[1..].iter().all(u8::is_ascii_lowercase));
        (letters.is_empty() && number.len() <= 4)
            || (!letters.is_empty() && one_case && number.len() <= 3 && letters.len() < 16)
    };
    pieces.all(|piece| is_word_or_camel(piece, is_word))
}

/// `fooBar`, as well as `foo`.
fn is_word_or_camel(piece: &[u8], is_word: impl Fn(&[u8]) -> bool) -> bool {
    let mut start = 0;
    for at in 1..piece.len() {
        if piece[at - 1].is_ascii_lowercase() && piece[at].is_ascii_uppercase() {
            // Words have some letters; what is random changes its case more often.
            if at - start < 3 || !is_word(&piece[start..at]) {
                return false;
            }
            start = at;
        }
    }
    is_word(&piece[start..])
}

/// Whether it says where a secret is: a path.
fn is_location(text: &[u8]) -> bool {
    let slashes = text.iter().filter(|byte| **byte == b'/').count();
    let begins = text.starts_with(b"/") || text.starts_with(b"./") || text.starts_with(b"~/");
    begins && slashes * 12 >= text.len() && !is_random_path(text)
}

/// Base64 may begin with a slash, and hold more; but its pieces are no words.
fn is_random_path(text: &[u8]) -> bool {
    let is_word = |piece: &[u8]| {
        let has = |kind: fn(&u8) -> bool| piece.iter().any(kind);
        !(has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase))
    };
    text.len() >= 24 && text.split(|byte| *byte == b'/').filter(|piece| !is_word(piece)).count() >= 2
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_a_value_is_none() {
        for text in [
            "",
            "null",
            "True",
            "***",
            "xxxxxxxx",
            "<redacted>",
            "[FILTERED]",
            "${X}",
            "$X",
            "$(x)",
            "{{ .x }}",
            "%(x)s",
            "!Ref",
            "expired",
            "your-password-here",
            "var.db_password",
            "arn:aws:x",
            "TokenParameter",
            "{}",
            "%s",
            "********",
            "__REDACTED__",
            "-- hidden --",
        ] {
            assert!(is_reference(text.as_bytes()) || is_placeholder(text.as_bytes()), "{text}");
        }
        for text in [
            "hunter2",
            "$ecret1!",
            "123456",
            "pa$$word1",
            "correct horse",
            "!x9",
            "{bm90IGEgcGFzc3dvcmQgYXQgYWxs=}",
        ] {
            assert!(!is_reference(text.as_bytes()) && !is_placeholder(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn objects_are_no_values() {
        for text in [
            "android.os.BinderProxy@2bd79ce",
            "com.x.Token@1f",
            "Token{a64f992",
            "a.B$C@00ff00ff",
            "a.B@2b,E25",
        ] {
            assert!(is_object(text.as_bytes()), "{text}");
        }
        for text in ["Passw0rd@1a2b3c", "Secret@cafe", "hunter2{x", "a.b@cd.ef", "{a}"] {
            assert!(!is_object(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn machines_make_no_words() {
        for text in ["aB3dE5gH", "0a1b2c3d", "k7Qz-pX2m-9Lr4", "dXNlcjpwYXNzd29yZA==", "AbCdEfGhIjKlMnOp"] {
            assert!(is_made_by_machine(text.as_bytes()), "{text}");
        }
        for text in [
            "expired",
            "12345678",
            "my-app-tls-2",
            "SomeClassName",
            "release-2026",
            "read-write-admin",
            "1.2.3.4",
        ] {
            assert!(!is_made_by_machine(text.as_bytes()), "{text}");
        }
    }
}
