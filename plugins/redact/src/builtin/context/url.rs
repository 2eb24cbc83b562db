//! User and password in a URL.

use super::super::Span;
use super::super::token;
use super::judgement;

/// Schemes whose passwords stand in URLs unescaped more often than not, since their clients read them so.
const DATABASES: [&str; 13] = [
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "redis",
    "rediss",
    "mongodb",
    "amqp",
    "amqps",
    "clickhouse",
    "sqlserver",
    "mssql",
    "nats",
];

/// The password, or the user where this is a token. The match is `://` to the last `@` that may belong to it.
pub(super) fn credentials(line: &[u8], (start, end): Span) -> Option<Span> {
    let begin = start + 3;
    let scheme_length = line[..start]
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
        .count();
    let scheme = &line[start - scheme_length..start];
    // Another URL may follow, and have its own.
    let region = &line[begin..end];
    let region = match region.windows(3).position(|window| window == b"://") {
        Some(next) => &region[..next],
        None => region,
    };
    let authority = region.iter().position(|byte| b"/?#".contains(byte)).unwrap_or(region.len());
    match region[..authority].iter().rposition(|byte| *byte == b'@') {
        Some(at) => {
            let is_digest = line[begin + at + 1..].starts_with(b"sha256:");
            if is_digest { None } else { of_user(line, begin, begin + at) }
        }
        // A password with a slash, a question mark or a number sign in it.
        None => {
            let colon = region[..authority].iter().position(|byte| *byte == b':')?;
            if is_port(&region[colon + 1..]) {
                return None;
            }
            let is_database = DATABASES
                .iter()
                .any(|name| scheme.split(|byte| *byte == b'+').next() == Some(name.as_bytes()));
            let mut ats = region.iter().enumerate().filter(|(at, byte)| **byte == b'@' && *at > authority);
            let (at, _) = if is_database { ats.next_back() } else { ats.next() }?;
            of_user(line, begin, begin + at)
        }
    }
}

/// The password before `@tcp(`: from the colon on.
pub(super) fn before(line: &[u8], (start, _): Span) -> Option<Span> {
    let is_of_word = |byte: &&u8| !matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'`' | b'=' | b'/' | b'<');
    let word = line[..start].iter().rev().take_while(is_of_word).count();
    let colon = line[start - word..start].iter().position(|byte| *byte == b':')?;
    let begin = start - word + colon + 1;
    (begin < start && !is_hidden(&line[begin..start])).then_some((begin, start))
}

/// What is secret in `user:password` or `user`.
fn of_user(line: &[u8], begin: usize, end: usize) -> Option<Span> {
    let user_info = &line[begin..end];
    let Some(colon) = user_info.iter().position(|byte| *byte == b':') else {
        return is_token(user_info).then_some((begin, end));
    };
    let password = &user_info[colon + 1..];
    if is_port(password) {
        return None;
    }
    if matches!(password, b"" | b"x-oauth-basic" | b"x") && is_token(&user_info[..colon]) {
        return Some((begin, begin + colon));
    }
    (!is_hidden(password)).then_some((begin + colon + 1, end))
}

/// A user's name that is none.
fn is_token(user: &[u8]) -> bool {
    // An address of e-mail has its own `@`.
    let is_address = user.windows(3).any(|part| part == b"%40");
    !is_address && user.len() >= 16 && token::is_random(user) && judgement::is_made_by_machine(user)
}

/// A port, and what follows one: the `@` belongs to something else.
fn is_port(text: &[u8]) -> bool {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (1..=5).contains(&digits) && text.get(digits).is_some_and(|byte| b"/?#,;)]}&|".contains(byte))
}

/// A variable, or a mask.
fn is_hidden(password: &[u8]) -> bool {
    password.is_empty() || judgement::is_reference(password) || password.iter().all(|byte| *byte == b'*')
}
