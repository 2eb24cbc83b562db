//! The settings as `sortie plan` shows them: key, value, and where the value came from.

use std::fmt;

use super::ImageChange;
use super::LogLimit;
use super::LogSettle;
use super::Origin;
use super::Settings;
use super::TaskDefinitionRef;
use super::Volume;
use super::choice::Choice as _;
use super::config_file::NONE;
use crate::secrecy::without_credentials;

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Row {
    /// As written in `sortie.toml`.
    pub key: String,
    /// For a person; `***` for a secret.
    pub value: String,
    /// Where it was set.
    pub origin: String,
}

/// All settings that have a value, by key.
pub fn rows(settings: &Settings) -> Vec<Row> {
    let row = |(key, origin): (&String, &Origin)| {
        let value = value(settings, key)?;
        Some(Row { key: key.clone(), value, origin: origin.to_string() })
    };
    settings.origins.iter().filter_map(row).collect()
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => f.write_str(flag),
            Self::Environment(variable) => f.write_str(variable),
            Self::File(path) => path.display().fmt(f),
            Self::Default => f.write_str("default"),
        }
    }
}

impl fmt::Display for Volume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.source, self.target)?;
        match (self.read_only, self.label) {
            (false, None) => Ok(()),
            (true, None) => f.write_str(":ro"),
            (false, Some(label)) => write!(f, ":{label}"),
            (true, Some(label)) => write!(f, ":ro,{label}"),
        }
    }
}

/// The value of one key; `None` when there is none, or no such key.
fn value(settings: &Settings, key: &str) -> Option<String> {
    let Settings { task, fargate, docker, run, output, secrecy, .. } = settings;
    if let Some(name) = key.strip_prefix("env.") {
        return task.env.iter().find(|env| env.name == name).map(|env| env.shown().to_owned());
    }
    if let Some(name) = key.strip_prefix("tag.") {
        return task.tags.iter().find(|tag| tag.name == name).map(|tag| tag.value.clone());
    }
    let list = |items: &[String], separator: &str| (!items.is_empty()).then(|| items.join(separator));
    let time = |time| humantime::format_duration(time).to_string();
    match key {
        "backend" => Some(settings.backend.as_str().to_owned()),
        "local" => Some(docker.any_engine.to_string()),
        "engine" => docker.engine.as_deref().map(without_credentials),
        "network" => docker.network.clone(),
        "pull" => Some(docker.pull.word().to_owned()),
        "volume" => list(&docker.volumes.iter().map(ToString::to_string).collect::<Vec<_>>(), ", "),
        "secret-from-env" => {
            list(&docker.secrets.iter().map(|secret| secret.name.clone()).collect::<Vec<_>>(), ", ")
        }
        "cluster" => fargate.cluster.clone(),
        "region" => fargate.region.clone(),
        "subnet" => list(&fargate.subnets, ", "),
        "security-group" => list(&fargate.security_groups, ", "),
        "assign-public-ip" => Some(fargate.assign_public_ip.to_string()),
        "capacity-provider" => list(&fargate.capacity_providers, ", "),
        "platform-version" => fargate.platform_version.clone(),
        "task-definition" => task.task_definition.as_ref().map(|reference| match reference {
            TaskDefinitionRef::Registered(name) => name.clone(),
            TaskDefinitionRef::File(file) => format!("file:{}", file.path.display()),
        }),
        "image" => {
            task.image.clone().or_else(|| list(&task.images.iter().map(image).collect::<Vec<_>>(), ", "))
        }
        "register-as" => task.register_as.clone(),
        "expand" => match &task.task_definition {
            Some(TaskDefinitionRef::File(file)) => Some(file.variables.is_some().to_string()),
            _ => None,
        },
        "name" => task.name.clone(),
        "container" => task.container.clone(),
        "command" => (!task.command.is_empty()).then(|| words(&task.command)),
        "started-by" => task.started_by.clone(),
        "log-group" => fargate.log_group.clone(),
        "cpu" => task.cpu.map(|units| format!("{units} ({} vCPU)", f64::from(units) / 1024.0)),
        "memory" => task.memory.map(|mib| format!("{mib} MiB")),
        "ephemeral-storage" => fargate.ephemeral_storage.map(|gib| format!("{gib} GiB")),
        "task-role" => fargate.task_role.clone(),
        "execution-role" => fargate.execution_role.clone(),
        "timeout" => Some(run.timeout.map_or_else(|| "none".to_owned(), time)),
        "deadline-guard" => Some(fargate.deadline_guard.word().to_owned()),
        "deadline-guard-role" => fargate.deadline_guard_role.clone(),
        "deadline-guard-image" => fargate.deadline_guard_image.clone(),
        "stop-timeout" => run.stop_timeout.map(time),
        "log-settle" => Some(match run.log_settle {
            LogSettle::Auto => "auto".to_owned(),
            LogSettle::AtLeast(settle) => time(settle),
        }),
        "reattach" => Some(run.reattach.to_string()),
        "require-complete-logs" => Some(run.require_complete_logs.to_string()),
        "capacity-timeout" => Some(time(run.capacity_budget)),
        "stop-on-plugin-failure" => Some(run.stop_on_plugin_failure.to_string()),
        "mask" => list(&secrecy.mask.iter().map(|masked| masked.name.clone()).collect::<Vec<_>>(), ", "),
        "no-redact" => Some(secrecy.off.to_string()),
        "reporter" => list(&settings.reporters, ", "),
        "config" => Some(match &settings.config_file {
            Some(path) => path.display().to_string(),
            None => NONE.to_owned(),
        }),
        "color" => Some(output.color.word().to_owned()),
        "output" => Some(output.format.word().to_owned()),
        "ci" => output.ci.map(|ci| ci.word().to_owned()),
        "log-file" => run.log_file.as_ref().map(|path| path.display().to_string()),
        "outputs" => Some(run.outputs.to_string()),
        "id-file" => run.id_file.as_ref().map(|path| path.display().to_string()),
        "log-limit" => Some(match output.log_limit {
            LogLimit::Auto => "auto".to_owned(),
            LogLimit::None => "none".to_owned(),
            LogLimit::Bytes(bytes) => format!("{} KB", bytes >> 10),
        }),
        "heartbeat" => Some(output.heartbeat.map_or_else(|| "auto".to_owned(), time)),
        "timestamps" => Some(output.timestamps.to_string()),
        "verbosity" => Some(output.verbosity.to_string()),
        _ => None,
    }
}

fn image(change: &ImageChange) -> String {
    change.container.iter().fold(change.image.clone(), |image, container| format!("{container}={image}"))
}

/// A command on one line, words with spaces in quotes.
fn words(command: &[String]) -> String {
    let word = |word: &String| match word.is_empty() || word.contains(char::is_whitespace) {
        true => format!("{word:?}"),
        false => word.clone(),
    };
    command.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;
    use crate::settings::BackendKind;
    use crate::settings::file;
    use crate::settings::merge::Layers;
    use crate::settings::reference;
    use crate::settings::reference::CommandKind;
    use crate::settings::reference::Setting;
    use crate::settings::resolve::resolve;

    fn rows_of(toml: &str) -> Vec<Row> {
        let layers = Layers { file: file::parse(toml, "sortie.toml".as_ref()).unwrap(), ..Layers::default() };
        let environment: Environment = [("TOKEN", "hunter2")].into_iter().collect();
        rows(&resolve(&layers, CommandKind::Run, None, &environment).unwrap().settings)
    }

    fn can_be_set_on(backend: BackendKind, setting: &Setting) -> bool {
        setting.sources.file() && setting.backends.contains(&backend) && setting.key != "local"
    }

    #[test]
    fn settings_of_a_container_engine_are_shown() {
        let toml = "local = true\nengine = '/e.sock'\nnetwork = 'none'\npull = 'never'\nvolume = ['cache:/c:ro']\n\
                    secret-from-env = ['PW=TOKEN']\nimage = 'x'\n";
        let rows = rows_of(toml);
        let value = |key: &str| rows.iter().find(|row| row.key == key).map(|row| row.value.as_str());
        for setting in reference::all().filter(|setting| setting.backends == [BackendKind::Docker]) {
            assert!(
                can_be_set_on(BackendKind::Docker, setting) && value(setting.key).is_some(),
                "{}",
                setting.key
            );
        }
        assert_eq!((value("backend"), value("local")), (Some("docker"), Some("true")));
        assert_eq!((value("volume"), value("secret-from-env")), (Some("cache:/c:ro"), Some("PW")));
        assert!(rows.iter().all(|row| !row.value.contains("hunter2")), "{rows:?}");
    }

    #[test]
    fn every_setting_that_is_set_is_shown_with_its_origin_and_no_secret() {
        let toml = "cluster = 'ci'\nregion = 'r'\nsubnet = 'a'\nsecurity-group = 'b'\nassign-public-ip = true\n\
                    capacity-provider = 'FARGATE'\nplatform-version = 'LATEST'\nimage = 'x'\nname = 'n'\n\
                    container = 'c'\ncommand = ['sh', '-c', 'a b']\nstarted-by = 's'\nlog-group = 'l'\n\
                    cpu = 512\nmemory = 1024\nephemeral-storage = 30\ntask-role = 't'\nexecution-role = 'e'\n\
                    timeout = '10m'\nstop-timeout = 30\nlog-settle = 0\nrequire-complete-logs = true\n\
                    capacity-timeout = '1m'\nstop-on-plugin-failure = true\ncolor = 'never'\noutput = 'json'\n\
                    verbosity = 1\nregister-as = 'f'\nenv = ['TOKEN']\ntag = { a = 'b' }\n\
                    mask = ['TOKEN']\ntimestamps = true\noutputs = true\nlog-limit = '3MB'\nheartbeat = 60\n\
                    reporter = ['github', 'auto']\nreattach = true\ndeadline-guard = 'sidecar'\n\
                    deadline-guard-image = 'g'\ndeadline-guard-role = 'r'\n";
        let rows = rows_of(toml);
        let value = |key: &str| rows.iter().find(|row| row.key == key).map(|row| row.value.as_str());
        // The image is set, so a task definition in a file is not; files, plugins and maps have rows of their own.
        let without = ["task-definition", "expand", "env-file", "plugin", "env", "tag"];
        for setting in reference::all().filter(|s| can_be_set_on(BackendKind::Fargate, s)) {
            assert_eq!(value(setting.key).is_some(), !without.contains(&setting.key), "{}", setting.key);
        }
        assert_eq!(value("env.TOKEN"), Some("***"));
        assert_eq!(value("tag.a"), Some("b"));
        assert_eq!((value("log-limit"), value("heartbeat")), (Some("3072 KB"), Some("1m")));
        assert_eq!(value("reporter"), Some("github, auto"));
        assert_eq!(value("command"), Some("sh -c \"a b\""));
        assert!(rows.iter().all(|row| row.origin == "sortie.toml"), "{rows:?}");
    }
}
