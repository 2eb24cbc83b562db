//! Where secrets come from, and which of them can be masked.
//!
//! - What the user hands on as a secret: `--env NAME`, `--secret-from-env`, `--mask NAME`.
//! - What is handed on under a name that says secret ([`names`]): `--env NAME=VALUE`, files of variables, the
//!   task definition, what a transform adds; on the process back end all that the process inherits.
//! - The password in an address that is handed on or used: a database's, a proxy's, the engine's.
//! - The credentials that sortie itself uses: for AWS, wherever the SDK finds them, and for registries.
//!
//! Everything in this process's environment whose name says secret is masked in texts, too: an error may quote
//! the word that was given in the wrong place.

use percent_encoding::percent_decode_str;

use super::Secret;
use super::address::password;
use super::names::is_public;
use super::names::says_secret;
use super::words::MIN_LENGTH;
use super::words::is_ordinary;
use super::words::is_switch;
use crate::environment::Environment;
use crate::settings::BackendKind;
use crate::settings::Settings;
use crate::spec::EnvValue;
use crate::spec::EnvVar;
use crate::spec::TaskSpec;

/// Variables with credentials for AWS, as far as they are secret.
/// Source: AWS SDKs and Tools Reference Guide, "AWS access keys"; the Rust SDK also takes the last.
const AWS_CREDENTIALS: &[&str] =
    &["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "SECRET_ACCESS_KEY"];

/// Variables with addresses that sortie itself uses.
const ADDRESSES: &[&str] = &[
    "ALL_PROXY",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
    "AWS_ENDPOINT_URL_EC2",
    "AWS_ENDPOINT_URL_ECS",
    "AWS_ENDPOINT_URL_STS",
    "DOCKER_HOST",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "all_proxy",
    "http_proxy",
    "https_proxy",
];

/// What a source holds.
#[derive(Debug, Default)]
pub struct Found {
    /// What is to be masked.
    pub secrets: Vec<Secret>,
    /// What the user takes for a secret and is not masked; one line each.
    pub warnings: Vec<String>,
    /// What is handed on like a secret and is none; one line each.
    pub notes: Vec<String>,
}

/// How a variable came to be one of the task's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The user says that it is secret, and means that.
    Named,
    /// The user copies it by its name alone: a secret, but people copy all kinds of things so.
    Copied,
    /// It was given with its value.
    Given,
    /// It was there.
    Inherited,
}

/// Of a process's environment: for texts.
pub fn of_environment(environment: &Environment) -> Vec<Secret> {
    let mut found = Found::default();
    for (name, value) in environment.iter() {
        if let (Some(name), Some(value)) = (name.to_str(), value.to_str()) {
            found.variable(name, value, "environment", Way::Inherited, false);
        }
    }
    found.secrets
}

/// Of the settings: what the user names, and what sortie uses to reach the back end.
pub fn of_settings(settings: &Settings, environment: &Environment) -> Found {
    let mut found = Found::default();
    for EnvVar { name, value } in &settings.secrecy.mask {
        found.variable(name, value.reveal(), "--mask", Way::Named, true);
    }
    for EnvVar { name, value } in &settings.docker.secrets {
        found.variable(name, value.reveal(), "--secret-from-env", Way::Named, true);
    }
    if let Some(engine) = &settings.docker.engine {
        found.address("engine", engine, "engine", true);
    }
    for EnvVar { name, value } in &settings.task.env {
        let (origin, way) = (origin(settings, name), way(value));
        found.variable(name, value.reveal(), &origin, way, true);
    }
    for name in ADDRESSES {
        if let Some(value) = environment.var(name) {
            found.address(name, &value, "environment", true);
        }
    }
    if settings.backend == BackendKind::Fargate {
        for name in AWS_CREDENTIALS {
            if let Some(value) = environment.var(name) {
                found.variable(name, &value, "environment", Way::Inherited, true);
            }
        }
    }
    found
}

/// Of what a task is given that this process launches or has launched: its containers' environment, and on the
/// process back end this process's own.
pub fn of_task(task: &TaskSpec, settings: &Settings, environment: &Environment) -> Found {
    let mut found = Found::default();
    for container in &task.containers {
        for EnvVar { name, value } in &container.env {
            let of_settings = |set: &EnvVar| set.name == *name && set.value.reveal() == value.reveal();
            // Told of already.
            if settings.task.env.iter().any(of_settings) {
                continue;
            }
            found.variable(name, value.reveal(), &format!("container {}", container.name), way(value), true);
        }
    }
    if settings.backend == BackendKind::Process {
        found.inherited(environment);
    }
    found
}

/// Of a task that another process has launched, of which only this environment tells.
pub fn of_launched(environment: &Environment) -> Found {
    let mut found = Found::default();
    found.inherited(environment);
    found
}

/// Of a task that was found, with this environment. `masked` are names of variables of which it is known that they
/// are secret: those that it does not tell are looked for in this process's own.
pub fn of_found(told: &[EnvVar], masked: &[String], environment: &Environment) -> Found {
    let mut found = Found::default();
    for EnvVar { name, value } in told {
        let way = if masked.contains(name) { Way::Named } else { Way::Given };
        found.variable(name, value.reveal(), "the task", way, true);
    }
    for name in masked {
        if let Some(value) = environment.var(name) {
            found.variable(name, &value, "environment", Way::Named, true);
        }
    }
    found
}

/// A credential that sortie uses, unless it is a word that any log may hold, as emulators take.
pub fn of_credential(name: &str, origin: &str, value: &str) -> Option<Secret> {
    let value = value.trim();
    (value.len() >= MIN_LENGTH && !is_ordinary(value))
        .then(|| Secret::new(name, origin, value).also_in_lines())
}

/// The password in an address that sortie uses, if there is one.
pub fn of_address(name: &str, origin: &str, address: &str) -> Vec<Secret> {
    let mut found = Found::default();
    found.address(name, address, origin, true);
    found.secrets
}

impl Found {
    fn inherited(&mut self, environment: &Environment) {
        for (name, value) in environment.iter() {
            if let (Some(name), Some(value)) = (name.to_str(), value.to_str()) {
                self.variable(name, value, "environment", Way::Inherited, true);
            }
        }
    }

    /// Adds the value of a variable, or what of it is secret.
    fn variable(&mut self, name: &str, value: &str, origin: &str, way: Way, in_lines: bool) {
        let says_secret = says_secret(name);
        if value.trim().is_empty() {
            if way == Way::Named {
                self.warnings.push(format!("{name} is empty: nothing is masked for it"));
            }
            return;
        }
        let meant = way == Way::Named || says_secret && way != Way::Inherited;
        let spared = if value.trim().len() < MIN_LENGTH {
            Some(format!("it has fewer than {MIN_LENGTH} bytes, and would wreck the log"))
        } else if is_switch(value.trim()) {
            Some("it is a word that any log may hold".to_owned())
        } else if meant {
            None
        } else if is_public(name) {
            Some("its name says that it is not secret".to_owned())
        } else if is_ordinary(value.trim()) {
            Some("it is a word that any log may hold".to_owned())
        } else {
            None
        };
        match spared {
            // A switch says nothing of a secret, whatever it is called.
            Some(why) if meant && !is_switch(value.trim()) || way == Way::Named => {
                self.warnings.push(format!("the value of {name} ({origin}) is not masked: {why}"));
            }
            Some(why) if way == Way::Copied => {
                self.notes.push(format!("the value of {name} ({origin}) is not masked: {why}"));
            }
            Some(_) => {}
            None if says_secret || matches!(way, Way::Named | Way::Copied) => {
                self.add(Secret::new(name, origin, value), in_lines);
            }
            None => {}
        }
        self.address(name, value, origin, in_lines);
    }

    /// Adds the password of an address, if `value` is one with a password.
    fn address(&mut self, name: &str, value: &str, origin: &str, in_lines: bool) {
        let Some(password) = password(value) else { return };
        let decoded = percent_decode_str(password).decode_utf8().unwrap_or_default();
        for password in [password, &decoded] {
            if password.len() >= MIN_LENGTH && !is_ordinary(password) {
                self.add(Secret::new(format!("password in {name}"), origin, password), in_lines);
            }
        }
    }

    fn add(&mut self, secret: Secret, in_lines: bool) {
        self.secrets.push(if in_lines { secret.also_in_lines() } else { secret });
    }
}

fn way(value: &EnvValue) -> Way {
    match value {
        EnvValue::Secret(_) => Way::Copied,
        EnvValue::Plain(_) => Way::Given,
    }
}

/// Where a variable of the settings was set.
fn origin(settings: &Settings, name: &str) -> String {
    settings.origins.get(&format!("env.{name}")).map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, value: &str, way: Way) -> (usize, usize, usize) {
        let mut found = Found::default();
        found.variable(name, value, "--env", way, true);
        for said in found.warnings.iter().chain(&found.notes) {
            assert!(said.contains(name) && (value.len() < 4 || !said.contains(value)), "{said}");
        }
        (found.secrets.len(), found.warnings.len(), found.notes.len())
    }

    #[test]
    fn what_is_handed_on_as_a_secret_is_one() {
        const MASKED: (usize, usize, usize) = (1, 0, 0);
        const WARNED: (usize, usize, usize) = (0, 1, 0);
        const NOTED: (usize, usize, usize) = (0, 0, 1);
        const NOTHING: (usize, usize, usize) = (0, 0, 0);
        for (name, value, way, want) in [
            ("WHATEVER", "hunter2", Way::Copied, MASKED),
            ("WHATEVER", "hunter2", Way::Named, MASKED),
            ("WHATEVER", "hunter2", Way::Given, NOTHING),
            ("WHATEVER", "hunter2", Way::Inherited, NOTHING),
            ("DB_PASSWORD", "hunter2", Way::Given, MASKED),
            ("DB_PASSWORD", "hunter2", Way::Inherited, MASKED),
            ("DB_PASSWORD", "production", Way::Given, MASKED),
            ("DB_PASSWORD", "production", Way::Inherited, NOTHING),
            ("DB_PASSWORD", "abc", Way::Given, WARNED),
            ("DB_PASSWORD", "abc", Way::Copied, WARNED),
            ("DB_PASSWORD", "", Way::Given, NOTHING),
            ("REQUIRE_PASSWORD", "true", Way::Given, NOTHING),
            ("STAGE", "production", Way::Copied, NOTED),
            ("STAGE", "production", Way::Named, MASKED),
            ("STAGE", "true", Way::Named, WARNED),
            ("STAGE", "", Way::Named, WARNED),
            ("PORT", "8080", Way::Copied, NOTED),
            ("AWS_REGION", "eu-west-1", Way::Copied, NOTED),
            ("GITHUB_SHA", "0123456789abcdef0123456789abcdef01234567", Way::Copied, NOTED),
        ] {
            assert_eq!(found(name, value, way), want, "{name}={value} {way:?}");
        }
    }

    #[test]
    fn passwords_of_addresses_are_secrets_of_their_own() {
        let mut found = Found::default();
        found.variable("DATABASE_URL", "postgres://app:hun%2Fter2@db/x", "--env", Way::Given, true);
        let values: Vec<String> =
            found.secrets.iter().flat_map(Secret::for_redactor).map(|secret| secret.value).collect();
        assert_eq!(values, ["hun%2Fter2", "hun/ter2"]);
    }
}
