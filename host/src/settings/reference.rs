//! Every setting there is, once: flags, environment variables, keys of `sortie.toml`, their help
//! and the suggestions for misspelt names are all made from [`SETTINGS`].
//!
//! One name serves all three places: `log-group` is `--log-group`, `SORTIE_LOG_GROUP` and
//! `log-group = "…"`.

use super::BackendKind;

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Its name: the flag without `--`, and the key of `sortie.toml`.
    pub key: &'static str,
    /// What its value looks like.
    pub kind: Kind,
    /// The commands it concerns, which have a flag for it.
    pub commands: &'static [CommandKind],
    /// Where it can be said.
    pub places: Places,
    /// Heading under which `--help` shows it.
    pub heading: &'static str,
    /// What stands for its value in `--help`; empty for a switch.
    pub value_name: &'static str,
    /// The value when nobody says one.
    pub default: Option<&'static str>,
    /// The back ends on which it has a meaning.
    pub backends: &'static [BackendKind],
    /// One line.
    pub help: &'static str,
    /// What `--help` says beyond the line; may be empty.
    pub more: &'static str,
}

/// What a value looks like, and what a second one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One text; the higher place wins.
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// `true` or `false`; the flag alone says `true`.
    Switch,
    /// Several texts, repeated or separated by commas. The highest place that says any replaces
    /// the others.
    List,
    /// As [`Kind::List`], for `NAME=WEIGHT,BASE`: a number after a comma belongs to the text before.
    Providers,
    /// `NAME=VALUE`, repeated. The places are merged by name, the highest winning.
    Pairs,
    /// Several texts, repeated, commas being part of them. The places add up.
    Many,
    /// The words of a command, never split.
    Words,
    /// −1 to 3, as a count of `-q` and `-v`.
    Verbosity,
}

/// A command, as far as settings are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandKind {
    /// `run`, and `plan`, which shows what it would do: everything at once.
    Run,
    /// `launch`: makes a task and leaves it.
    Launch,
    /// `wait`: watches a task that is there.
    Wait,
    /// `logs`: prints its lines.
    Logs,
    /// `stop`, `reap`: find what is there.
    Find,
}

impl CommandKind {
    /// Whether the command makes a task.
    pub fn makes_a_task(self) -> bool {
        TASK.contains(&self)
    }

    /// Whether plugins act in the command.
    pub fn has_plugins(self) -> bool {
        LINES_AND_TASK.contains(&self)
    }
}

/// What speaking to a back end and to a person needs.
const ALL: &[CommandKind] =
    &[CommandKind::Run, CommandKind::Launch, CommandKind::Wait, CommandKind::Logs, CommandKind::Find];
/// What a task is made of.
const TASK: &[CommandKind] = &[CommandKind::Run, CommandKind::Launch];
/// What is about a task, and about its exit code.
const TASK_AND_END: &[CommandKind] = &[CommandKind::Run, CommandKind::Launch, CommandKind::Wait];
/// What is about a task's end.
const END: &[CommandKind] = &[CommandKind::Run, CommandKind::Wait];
/// What is about log lines.
const LINES: &[CommandKind] = &[CommandKind::Run, CommandKind::Logs];
/// What acts on a task before its launch, or on its lines.
const LINES_AND_TASK: &[CommandKind] = &[CommandKind::Run, CommandKind::Launch, CommandKind::Logs];
/// What needs the whole run.
const WHOLE: &[CommandKind] = &[CommandKind::Run];

/// Where a setting can be said, besides its flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Places {
    /// Environment and file.
    All,
    /// Environment only.
    Environment,
    /// File only.
    File,
    /// Nowhere else.
    FlagOnly,
}

impl Places {
    /// Whether an environment variable can say it.
    pub fn environment(self) -> bool {
        matches!(self, Self::All | Self::Environment)
    }

    /// Whether `sortie.toml` can say it.
    pub fn file(self) -> bool {
        matches!(self, Self::All | Self::File)
    }
}

/// Prefix of sortie's environment variables.
pub const PREFIX: &str = "SORTIE_";

impl Setting {
    /// As it is written on the command line.
    pub fn flag(&self) -> String {
        match self.kind {
            Kind::Words => "-- COMMAND".to_owned(),
            Kind::Verbosity => "-q/-v".to_owned(),
            _ => format!("--{}", self.key),
        }
    }

    /// Its environment variable, if it has one.
    pub fn variable(&self) -> Option<String> {
        self.places
            .environment()
            .then(|| format!("{PREFIX}{}", self.key.to_ascii_uppercase().replace('-', "_")))
    }
}

/// The setting of that name.
pub fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

/// The candidate that a person most likely meant, if any is near.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // 0.8 accepts a missing, doubled or swapped letter and a plural, and not another word.
    const NEAR: f64 = 0.8;
    let word = word.to_ascii_lowercase().replace('_', "-");
    candidates
        .into_iter()
        .map(|candidate| {
            (strsim::jaro_winkler(&word, &candidate.to_ascii_lowercase().replace('_', "-")), candidate)
        })
        .filter(|(score, _)| *score >= NEAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

const WHERE: &str = "Where it runs";
const WHAT: &str = "What runs";
const SIZE: &str = "Size and identity";
const WATCH: &str = "Waiting and stopping";
const PLUGINS: &str = "Plugins";
const OUTPUT: &str = "Output and configuration";

/// Back ends of settings that are about AWS.
const FARGATE: &[BackendKind] = &[BackendKind::Fargate];
/// Back ends that run containers.
const CONTAINERS: &[BackendKind] = &[BackendKind::Fargate, BackendKind::Docker];
/// The back end of settings that are about a container engine on this machine.
const ENGINE: &[BackendKind] = &[BackendKind::Docker];

/// What most settings have in common.
const COMMON: Setting = Setting {
    key: "",
    kind: Kind::Text,
    commands: TASK,
    places: Places::All,
    heading: "",
    value_name: "",
    default: None,
    backends: &[BackendKind::Fargate, BackendKind::Docker, BackendKind::Process],
    help: "",
    more: "",
};

/// All settings, in the order in which `--help` shows them.
pub const SETTINGS: &[Setting] = &[
    Setting {
        key: "backend",
        kind: Kind::Choice(&["fargate", "docker", "process", "auto"]),
        commands: ALL,
        heading: WHERE,
        value_name: "NAME",
        help: "Back end: `fargate`; `docker`, a container engine; `process`; `auto`, the first engine there is",
        more: "`docker` is any engine that speaks Docker's API, Podman too; `auto` takes the first one that \
               answers on this machine; `process` is a plain process on this machine. Always asked for by name: a forgotten --cluster must never run a deployment on the CI \
               machine itself. --cluster implies `fargate`. When the two are said in different places, \
               the higher place wins (flag, then environment, then file), so `--backend process` runs \
               locally what a sortie.toml with a cluster runs on Fargate.",
        ..COMMON
    },
    Setting {
        key: "local",
        kind: Kind::Switch,
        commands: ALL,
        heading: WHERE,
        help: "Run on this machine, in the first container engine that answers: --backend auto",
        ..COMMON
    },
    Setting {
        key: "engine",
        commands: ALL,
        heading: WHERE,
        value_name: "ADDRESS",
        backends: ENGINE,
        help: "Address of the container engine: unix:///run/user/1000/podman/podman.sock",
        more: "Otherwise DOCKER_HOST, the current docker context, or the engine's usual socket.",
        ..COMMON
    },
    Setting {
        key: "network",
        heading: WHERE,
        value_name: "NAME",
        backends: ENGINE,
        help: "Engine network of the task: a network's name, `none` or `host`",
        more: "The containers of one task share one network namespace, as on Fargate, and reach each \
               other on localhost, whatever the network.",
        ..COMMON
    },
    Setting {
        key: "cluster",
        commands: ALL,
        heading: WHERE,
        value_name: "NAME",
        backends: FARGATE,
        help: "ECS cluster, by name or ARN; implies --backend fargate",
        ..COMMON
    },
    Setting {
        key: "region",
        commands: ALL,
        heading: WHERE,
        value_name: "REGION",
        backends: FARGATE,
        help: "AWS region, if not the one that the AWS configuration names",
        ..COMMON
    },
    Setting {
        key: "subnet",
        kind: Kind::List,
        heading: WHERE,
        value_name: "ID",
        backends: FARGATE,
        help: "Subnets to attach the task to (repeatable, or separated by commas)",
        ..COMMON
    },
    Setting {
        key: "security-group",
        kind: Kind::List,
        heading: WHERE,
        value_name: "ID",
        backends: FARGATE,
        help: "Security groups of the task (repeatable, or separated by commas)",
        ..COMMON
    },
    Setting {
        key: "assign-public-ip",
        kind: Kind::Switch,
        heading: WHERE,
        backends: FARGATE,
        help: "Give the task a public address",
        more: "Without one, a task in a subnet with no NAT gateway and no VPC endpoints cannot pull its \
               image. `--assign-public-ip=false` turns off what the environment or the file turns on.",
        ..COMMON
    },
    Setting {
        key: "capacity-provider",
        kind: Kind::Providers,
        heading: WHERE,
        value_name: "NAME[=WEIGHT[,BASE]]",
        backends: FARGATE,
        help: "Capacity provider, for instance FARGATE_SPOT (repeatable)",
        more: "Without a weight its weight is 1.",
        ..COMMON
    },
    Setting {
        key: "platform-version",
        heading: WHERE,
        value_name: "VERSION",
        backends: FARGATE,
        help: "Fargate platform version, if not the platform's default",
        ..COMMON
    },
    Setting {
        key: "task-definition",
        heading: WHAT,
        value_name: "TASK",
        backends: CONTAINERS,
        help: "Task definition: FAMILY, FAMILY:REVISION, an ARN, or file:PATH",
        more: "file:PATH names a JSON file as `aws ecs register-task-definition --cli-input-json` takes \
               it, which sortie registers.",
        ..COMMON
    },
    Setting {
        key: "image",
        heading: WHAT,
        value_name: "IMAGE",
        backends: CONTAINERS,
        help: "Image to run in a task definition that sortie registers and reuses",
        ..COMMON
    },
    Setting {
        key: "pull",
        kind: Kind::Choice(&["missing", "always", "never"]),
        heading: WHAT,
        value_name: "WHEN",
        default: Some("missing"),
        backends: ENGINE,
        help: "When to pull images: missing, always or never",
        ..COMMON
    },
    Setting {
        key: "volume",
        kind: Kind::Many,
        heading: WHAT,
        value_name: "SOURCE:TARGET[:ro]",
        backends: ENGINE,
        help: "Directory of this machine, or named volume, in the main container (repeatable)",
        more: "For development. A SOURCE with a slash is a path, relative to the working directory (in \
               sortie.toml: to the file's directory); without one it names a volume of the engine. On a \
               host with SELinux, `:z` or `:Z` lets the container in, as with docker.",
        ..COMMON
    },
    Setting {
        key: "secret-from-env",
        kind: Kind::Many,
        heading: WHAT,
        value_name: "NAME[=VARIABLE]",
        backends: ENGINE,
        help: "Take a secret of the task definition from this environment (repeatable)",
        more: "On Fargate the platform reads `secrets` from their stores. Here the secret NAME gets the \
               value of VARIABLE (of the same name, if none is given), which is never shown.",
        ..COMMON
    },
    Setting {
        key: "name",
        heading: WHAT,
        value_name: "NAME",
        help: "Name of the run; the family of a task definition that sortie registers",
        ..COMMON
    },
    Setting {
        key: "container",
        commands: TASK_AND_END,
        heading: WHAT,
        value_name: "NAME",
        help: "Container that the command, the environment and the exit code are about",
        more: "Without it, the only essential container of the task definition.",
        ..COMMON
    },
    Setting {
        key: "command",
        kind: Kind::Words,
        places: Places::File,
        heading: WHAT,
        value_name: "COMMAND",
        help: "Command and its arguments, after `--`; if none, the image's own",
        more: "In sortie.toml a list of words: command = [\"./deploy.sh\", \"--env\", \"dev\"].",
        ..COMMON
    },
    Setting {
        key: "env",
        kind: Kind::Pairs,
        heading: WHAT,
        value_name: "NAME[=VALUE]",
        help: "Environment variable (repeatable); NAME alone copies a secret from this environment",
        more: "A copied value is never shown, and no plugin sees it. In sortie.toml a table or a list: \
               env = [\"TOKEN\", \"STAGE=dev\"]. The places are merged by name, the higher place winning; \
               in one place --env wins over --env-file.",
        ..COMMON
    },
    Setting {
        key: "env-file",
        kind: Kind::Many,
        heading: WHAT,
        value_name: "PATH",
        help: "File of environment variables in docker's syntax (repeatable)",
        more: "One NAME=VALUE a line, quotes being part of the value; `#` begins a comment line; NAME \
               alone copies a secret from this environment, and is an error where it is not set.",
        ..COMMON
    },
    Setting {
        key: "tag",
        kind: Kind::Pairs,
        heading: WHAT,
        value_name: "KEY=VALUE",
        help: "Tag of the task (repeatable)",
        more: "In sortie.toml a table: tag = { team = \"build\" }. The places are merged by key, the \
               higher place winning.",
        ..COMMON
    },
    Setting {
        key: "started-by",
        heading: WHAT,
        value_name: "TEXT",
        help: "Who started the task, for finding it again",
        ..COMMON
    },
    Setting {
        key: "log-group",
        heading: WHAT,
        value_name: "NAME",
        backends: FARGATE,
        help: "CloudWatch log group, in place of the task definition's",
        ..COMMON
    },
    Setting {
        key: "cpu",
        heading: SIZE,
        value_name: "CPU",
        backends: CONTAINERS,
        help: "CPU of the task: 256 (1/1024 of a vCPU), 0.25 or 1vcpu",
        more: "A whole number is in units of 1/1024 vCPU, as ECS writes it; a number with a point or \
               followed by `vcpu` is in vCPUs.",
        ..COMMON
    },
    Setting {
        key: "memory",
        heading: SIZE,
        value_name: "MEMORY",
        backends: CONTAINERS,
        help: "Memory of the task: 2048 (MiB), 512MB or 2GB",
        more: "As in ECS, 1GB is 1024 MiB; GiB and MiB mean the same.",
        ..COMMON
    },
    Setting {
        key: "ephemeral-storage",
        heading: SIZE,
        value_name: "GIB",
        backends: FARGATE,
        help: "Disk of the task: 50 (GiB) or 50GB",
        ..COMMON
    },
    Setting {
        key: "task-role",
        heading: SIZE,
        value_name: "ROLE",
        backends: FARGATE,
        help: "IAM role of the task's own code, by name or ARN",
        ..COMMON
    },
    Setting {
        key: "execution-role",
        heading: SIZE,
        value_name: "ROLE",
        backends: FARGATE,
        help: "IAM role that pulls the image, reads secrets and writes logs, by name or ARN",
        ..COMMON
    },
    Setting {
        key: "timeout",
        commands: END,
        heading: WATCH,
        value_name: "DURATION",
        help: "Stop the task when it has run longer: 10m, 1h 30m, or seconds; exit code 124",
        more: "Counted from the launch, or from when `sortie wait` began; 0 turns it off.",
        ..COMMON
    },
    Setting {
        key: "stop-timeout",
        heading: WATCH,
        value_name: "DURATION",
        help: "Time between the stop signal and the kill; on Fargate 2s to 120s",
        ..COMMON
    },
    Setting {
        key: "log-settle",
        commands: LINES,
        heading: WATCH,
        value_name: "DURATION",
        default: Some("auto"),
        help: "Least time between the end of the task and the end of its logs; 0 turns it off",
        more: "`auto` is 5 s, or less for a stream whose lines have shown up promptly or that has been \
               silent for long. CloudWatch Logs gives no bound for how late a line may show up. The time \
               is counted from the end of the task's execution, which Fargate tells about 10 s later, so \
               there it costs nothing.",
        ..COMMON
    },
    Setting {
        key: "require-complete-logs",
        kind: Kind::Switch,
        commands: LINES,
        heading: WATCH,
        help: "Make incomplete logs an error, exit code 126",
        ..COMMON
    },
    Setting {
        key: "capacity-timeout",
        heading: WATCH,
        value_name: "DURATION",
        // Longer than the minutes for which Fargate commonly lacks capacity in one zone, shorter
        // than a person's patience with a CI job that does nothing.
        default: Some("5m"),
        backends: FARGATE,
        help: "How long to try again while the platform has no capacity; exit code 122 after it",
        more: "A task that the platform could not start for a reason that passes (a network interface that did \
               not come) is launched again within this time too. Nothing of it had run.",
        ..COMMON
    },
    Setting {
        key: "plugin",
        kind: Kind::Many,
        commands: LINES_AND_TASK,
        heading: PLUGINS,
        value_name: "NAME|PATH",
        help: "Plugin, by first-party name (redact) or by path (./my.wasm) (repeatable)",
        more: "Plugins act in this order: [[plugin]] tables of sortie.toml, the environment, flags. The \
               places add up, so that a flag never takes away the redactor that the file asks for; \
               naming a plugin again changes nothing. PATH@sha256:HEX pins the file's content.",
        ..COMMON
    },
    Setting {
        key: "plugin-config",
        kind: Kind::Many,
        commands: LINES_AND_TASK,
        places: Places::FlagOnly,
        heading: PLUGINS,
        value_name: "PLUGIN=JSON",
        help: "Configuration of a plugin, in place of what its [[plugin]] table says (repeatable)",
        ..COMMON
    },
    Setting {
        key: "grant",
        kind: Kind::Many,
        commands: LINES_AND_TASK,
        places: Places::FlagOnly,
        heading: PLUGINS,
        value_name: "PLUGIN=GRANT",
        help: "Let a plugin do something, besides what its [[plugin]] table grants (repeatable)",
        more: "As soon as one grant is said for a plugin, it has exactly the grants that are said.",
        ..COMMON
    },
    Setting {
        key: "stop-on-plugin-failure",
        kind: Kind::Switch,
        commands: WHOLE,
        heading: PLUGINS,
        help: "Stop the task when a plugin fails during the run",
        more: "Without it the task goes on, the lines that the plugin should have seen are withheld, and \
               the exit code is 120.",
        ..COMMON
    },
    Setting {
        key: "color",
        kind: Kind::Choice(&["auto", "always", "never"]),
        commands: ALL,
        heading: OUTPUT,
        value_name: "WHEN",
        default: Some("auto"),
        help: "Colour: auto, always or never",
        ..COMMON
    },
    Setting {
        key: "output",
        kind: Kind::Choice(&["text", "json"]),
        commands: ALL,
        heading: OUTPUT,
        value_name: "FORMAT",
        default: Some("text"),
        help: "text, or json: one object a line",
        ..COMMON
    },
    Setting {
        key: "verbosity",
        kind: Kind::Verbosity,
        commands: ALL,
        heading: OUTPUT,
        value_name: "N",
        default: Some("0"),
        help: "-1 says only what went wrong; 1 also plugins, the task definition, and calls that are repeated",
        ..COMMON
    },
    Setting {
        key: "config",
        commands: ALL,
        places: Places::Environment,
        heading: OUTPUT,
        value_name: "PATH",
        help: "Configuration file, in place of sortie.toml in the working directory",
        more: "Relative paths in the file are relative to its directory.",
        ..COMMON
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_fit_all_three_places() {
        for (index, setting) in SETTINGS.iter().enumerate() {
            assert!(
                setting.key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
                "{}",
                setting.key
            );
            assert!(!setting.help.is_empty() && !setting.heading.is_empty(), "{}", setting.key);
            assert!(SETTINGS[index + 1..].iter().all(|other| other.key != setting.key), "{}", setting.key);
        }
    }

    #[test]
    fn a_misspelt_name_finds_its_neighbour_and_another_word_finds_none() {
        let keys = || SETTINGS.iter().map(|setting| setting.key);
        assert_eq!(nearest("tags", keys()), Some("tag"));
        assert_eq!(nearest("log_group", keys()), Some("log-group"));
        assert_eq!(nearest("subents", keys()), Some("subnet"));
        assert_eq!(nearest("zebra", keys()), None);
    }
}
