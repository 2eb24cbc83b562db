//! Values that stand in any log: to mask them would wreck it, and would hide nothing.

/// Bytes that a value must have to be masked: as the plugin `redact` has it.
pub(super) const MIN_LENGTH: usize = sortie_plugin_redact::config::DEFAULT_MIN_LENGTH;

/// What switches something, or says that there is nothing. No secret is one of these, whatever its name is.
const SWITCHES: &[&str] = &["disabled", "enabled", "false", "none", "null", "true", "undefined"];

/// Words of logs that are values of ordinary variables too.
const WORDS: &[&str] = &[
    "admin",
    "alpha",
    "always",
    "application",
    "auto",
    "beta",
    "build",
    "canary",
    "cluster",
    "container",
    "continue",
    "database",
    "debug",
    "default",
    "deploy",
    "deployment",
    "develop",
    "development",
    "docker",
    "error",
    "example",
    "fargate",
    "fatal",
    "github",
    "gitlab",
    "info",
    "json",
    "latest",
    "linux",
    "live",
    "local",
    "localhost",
    "main",
    "master",
    "never",
    "node",
    "preprod",
    "preview",
    "prod",
    "production",
    "public",
    "python",
    "release",
    "root",
    "runner",
    "sandbox",
    "server",
    "service",
    "stable",
    "stage",
    "staging",
    "test",
    "testing",
    "text",
    "trace",
    "trunk",
    "ubuntu",
    "user",
    "verbose",
    "warn",
    "warning",
    "worker",
];

/// Whether a value is nobody's secret.
pub(super) fn is_switch(value: &str) -> bool {
    SWITCHES.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Whether a value is one that logs are full of: a word, a small number such as a port, an AWS region, a
/// version, an address of this machine.
pub(super) fn is_ordinary(value: &str) -> bool {
    let small_number = (1..=5).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit());
    is_switch(value)
        || WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
        || small_number
        || is_region(value)
        || is_version(value)
        || value == "127.0.0.1"
}

/// Whether a text looks as if it was made at random: one long word in which letters of both cases and digits
/// are mixed. Names, paths and amounts are not; what stands behind a path may be.
pub fn looks_random(text: &str) -> bool {
    match text.starts_with(['.', '/', '~']) {
        true => text.split([':', '=', ',']).skip(1).any(is_random_word),
        false => is_random_word(text),
    }
}

fn is_random_word(text: &str) -> bool {
    const SHORTEST: usize = 12;
    const MIN_CHANGES: usize = 3;
    let kind = |byte: u8| match byte {
        b'0'..=b'9' => Some(0),
        b'a'..=b'z' => Some(1),
        b'A'..=b'Z' => Some(2),
        _ => None,
    };
    let kinds: Vec<u8> = text.bytes().filter_map(kind).collect();
    let changes = kinds.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let is_mixed = kinds.contains(&0) && (kinds.contains(&1) || kinds.contains(&2));
    text.len() >= SHORTEST
        && !text.contains(char::is_whitespace)
        && !text.starts_with(['.', '/', '~'])
        && is_mixed
        && changes >= MIN_CHANGES
}

/// `eu-west-1`, `us-gov-east-1`.
fn is_region(value: &str) -> bool {
    let parts: Vec<&str> = value.split('-').collect();
    let letters = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    match parts.as_slice() {
        [area, middle @ .., number] => {
            area.len() == 2
                && (1..=2).contains(&middle.len())
                && letters(area)
                && middle.iter().all(letters)
                && matches!(number.as_bytes(), [b'1'..=b'9'])
        }
        _ => false,
    }
}

/// `1.28.3`, `v2.0`.
fn is_version(value: &str) -> bool {
    let numbers = value.strip_prefix('v').unwrap_or(value);
    let number = |part: &str| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    (2..=3).contains(&numbers.split('.').count()) && numbers.split('.').all(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_logs_are_full_of_is_ordinary() {
        for value in
            ["true", "False", "prod", "MAIN", "8080", "eu-west-1", "us-gov-east-1", "v1.28.3", "3.12"]
        {
            assert!(is_ordinary(value), "{value}");
        }
        for value in
            ["hunter2", "123456", "correct-horse-1", "eu-west-one", "s3cr3t", "1.2.3.4", "10.20.30000", ""]
        {
            assert!(!is_ordinary(value), "{value}");
        }
        assert!(is_switch("TRUE") && !is_switch("prod"));
    }

    #[test]
    fn secrets_look_random_and_what_people_write_does_not() {
        for text in [
            "Xk9-zq_77Lm.pQ2w",
            "s3cr3t-Value-0815",
            "9f86d081884c7d659a2feaa0c55ad015",
            "hunter2hunter2hunter2",
            "/data:Xk9-zq_77Lm.pQ2w",
        ] {
            assert!(looks_random(text), "{text}");
        }
        for text in [
            "2XB",
            "deploy-2026",
            "registry.example.com/app",
            "./target/e2e/x1y2z3/a4b5.json",
            "/srv/a1b2c3d4e5f6/x:/data/a1b2c3d4e5f6:ro",
            "1h 30m 20s 10ms",
            "task-definition:17",
        ] {
            assert!(!looks_random(text), "{text}");
        }
    }
}
