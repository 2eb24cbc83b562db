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
}
