//! Values that logs hold for other reasons too.

/// Words of configuration and of what CI prints. Whoever keeps one secret has every other one masked too.
const WORDS: [&str; 72] = [
    "access",
    "admin",
    "administrator",
    "app",
    "apps",
    "bash",
    "branch",
    "build",
    "cache",
    "changeme",
    "client",
    "config",
    "container",
    "database",
    "debug",
    "default",
    "deploy",
    "deployment",
    "dev",
    "develop",
    "development",
    "disabled",
    "docker",
    "enabled",
    "error",
    "example",
    "false",
    "github",
    "gitlab",
    "guest",
    "hello",
    "http",
    "https",
    "image",
    "info",
    "latest",
    "live",
    "local",
    "localhost",
    "login",
    "main",
    "master",
    "name",
    "none",
    "null",
    "pass",
    "password",
    "postgres",
    "private",
    "prod",
    "production",
    "public",
    "qwerty",
    "redis",
    "release",
    "root",
    "secret",
    "server",
    "service",
    "shell",
    "stage",
    "staging",
    "start",
    "stop",
    "test",
    "tests",
    "token",
    "true",
    "user",
    "username",
    "version",
    "yes",
];

/// Digits of a number that is nothing else.
const FEW_DIGITS: usize = 5;

/// Whether a value stands in many lines that do not mean it: a common word, a short number, one character again
/// and again.
pub(crate) fn is_ordinary(value: &str) -> bool {
    let value = value.trim();
    let same = value.bytes().all(|byte| Some(byte) == value.bytes().next());
    let is_number = value.len() <= FEW_DIGITS && value.bytes().all(|byte| byte.is_ascii_digit());
    same || is_number || WORDS.iter().any(|word| word.eq_ignore_ascii_case(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_from_secrets() {
        for value in ["test", "Production", " true\n", "8080", "aaaaaaaa", "----"] {
            assert!(is_ordinary(value), "{value}");
        }
        for value in ["test1-X", "hunter2", "123456", "testtest", "correct-horse"] {
            assert!(!is_ordinary(value), "{value}");
        }
        assert!(WORDS.is_sorted_by_key(|word| word.as_bytes()[0]));
    }
}
