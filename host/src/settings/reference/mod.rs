//! Every setting there is, once: flags, environment variables, keys of `sortie.toml`, their help
//! and the suggestions for misspelt names are all made from [`all`].
//!
//! One name serves all three sources: `log-group` is `--log-group`, `SORTIE_LOG_GROUP` and
//! `log-group = "…"`. There is a file for each heading of `--help`:
//!
//! - [`platform`]: where it runs.
//! - [`task`]: what runs.
//! - [`resources`]: size and identity.
//! - [`run`]: waiting and stopping.
//! - [`plugins`]: which plugins act, and what they may do.
//! - [`output`]: output and configuration.

mod output;
mod platform;
mod plugins;
mod resources;
mod run;
mod task;

use super::BackendKind;

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Its name: the flag without `--`, and the key of `sortie.toml`.
    pub key: &'static str,
    /// Its short flag, if it has one: what people type who know `docker run`.
    pub short: Option<char>,
    /// What its value looks like.
    pub kind: Kind,
    /// The commands it concerns, which have a flag for it.
    pub commands: &'static [CommandKind],
    /// Where it can be set, besides its flag.
    pub sources: Sources,
    /// Heading under which `--help` shows it.
    pub heading: &'static str,
    /// What stands for its value in `--help`; empty for a switch.
    pub value_name: &'static str,
    /// The value when it is not set.
    pub default: Option<&'static str>,
    /// The back ends on which it has a meaning.
    pub backends: &'static [BackendKind],
    /// One line.
    pub help: &'static str,
    /// What `--help` adds to the line; may be empty.
    pub more: &'static str,
}

/// What a value looks like, and what a second one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One text; the higher source wins.
    Text,
    /// One amount: a text, or a number alone; the higher source wins.
    Amount,
    /// One of these words; the higher source wins.
    Choice(&'static [&'static str]),
    /// `true` or `false`; the flag alone means `true`.
    Switch,
    /// Several texts, repeated or separated by commas. The highest source that sets any replaces
    /// the others.
    List,
    /// As [`Kind::List`], for `NAME=WEIGHT,BASE`: a number after a comma belongs to the text before.
    Providers,
    /// `NAME=VALUE`, repeated; in an environment variable one per line. Commas are part of the value.
    /// The sources are merged by name, the highest winning.
    Pairs,
    /// Several texts, repeated; in an environment variable one per line. Commas are part of them. The
    /// sources add up.
    Many,
    /// The words of a command, never split.
    Words,
    /// [`QUIETEST`] to [`LOUDEST`], as a count of `-q` and `-v`.
    Verbosity,
}

impl Kind {
    /// Whether an environment variable holds one value per line: where there can be several and a comma
    /// may be part of each.
    pub fn is_by_line(self) -> bool {
        matches!(self, Self::Pairs | Self::Many)
    }

    /// Whether its values are separated by commas, wherever they are set.
    pub fn is_by_comma(self) -> bool {
        matches!(self, Self::List | Self::Providers)
    }
}

/// A command, as far as settings are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandKind {
    /// `run`, and `plan`, which shows what it would do: everything at once.
    Run,
    /// `launch`: starts a task and leaves it running.
    Launch,
    /// `wait`: watches a task that exists.
    Wait,
    /// `attach`: goes on with a run.
    Attach,
    /// `logs`: prints its lines.
    Logs,
    /// `stop`: finds a task that exists.
    Find,
    /// `ps`: lists the tasks that there are.
    List,
    /// `reap`: removes what is left on this machine.
    Reap,
}

impl CommandKind {
    /// Whether the command launches a task.
    pub fn makes_a_task(self) -> bool {
        TASK.contains(&self)
    }

    /// Whether plugins act in the command.
    pub fn has_plugins(self) -> bool {
        LINES_AND_TASK.contains(&self)
    }
}

/// Settings that every command needs, to reach a back end and to talk to a person.
const ALL: &[CommandKind] = &[
    CommandKind::Run,
    CommandKind::Launch,
    CommandKind::Wait,
    CommandKind::Attach,
    CommandKind::Logs,
    CommandKind::Find,
    CommandKind::List,
    CommandKind::Reap,
];
/// What a task is made of.
const TASK: &[CommandKind] = &[CommandKind::Run, CommandKind::Launch];
/// What is about a task, and about its exit code.
const TASK_AND_END: &[CommandKind] =
    &[CommandKind::Run, CommandKind::Launch, CommandKind::Wait, CommandKind::Attach];
/// What is about a task, and by which it is found.
const TASK_AND_LIST: &[CommandKind] = &[CommandKind::Run, CommandKind::Launch, CommandKind::List];
/// What is about a task's end.
const END: &[CommandKind] = &[CommandKind::Run, CommandKind::Wait, CommandKind::Attach];
/// What is about log lines.
const LINES: &[CommandKind] = &[CommandKind::Run, CommandKind::Attach, CommandKind::Logs];
/// What may take long.
const LONG: &[CommandKind] = &[CommandKind::Run, CommandKind::Wait, CommandKind::Attach, CommandKind::Logs];
/// What acts on a task before its launch, or on its lines.
const LINES_AND_TASK: &[CommandKind] =
    &[CommandKind::Run, CommandKind::Launch, CommandKind::Attach, CommandKind::Logs];
/// What needs the whole run.
const WHOLE: &[CommandKind] = &[CommandKind::Run];
/// What needs a task and its lines up to its end.
const RUN_AND_ATTACH: &[CommandKind] = &[CommandKind::Run, CommandKind::Attach];

/// Where a setting can be set, besides its flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sources {
    /// Environment and file.
    All,
    /// Environment only.
    Environment,
    /// Nowhere else.
    FlagOnly,
}

impl Sources {
    /// Whether an environment variable can set it.
    pub fn environment(self) -> bool {
        matches!(self, Self::All | Self::Environment)
    }

    /// Whether `sortie.toml` can set it.
    pub fn file(self) -> bool {
        self == Self::All
    }
}

/// The least that a verbosity can be.
pub const QUIETEST: i8 = -2;
/// The most that a verbosity can be.
pub const LOUDEST: i8 = 3;

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
        self.sources
            .environment()
            .then(|| format!("{PREFIX}{}", self.key.to_ascii_uppercase().replace('-', "_")))
    }
}

/// All settings, in the order in which `--help` shows them.
pub fn all() -> impl Iterator<Item = &'static Setting> {
    [
        platform::SETTINGS,
        task::SETTINGS,
        resources::SETTINGS,
        run::SETTINGS,
        plugins::SETTINGS,
        output::SETTINGS,
    ]
    .into_iter()
    .flatten()
}

/// The setting of that name.
pub fn find(key: &str) -> Option<&'static Setting> {
    all().find(|setting| setting.key == key)
}

/// Back ends of settings that are about AWS.
const FARGATE: &[BackendKind] = &[BackendKind::Fargate];
/// Back ends that run containers.
const CONTAINERS: &[BackendKind] = &[BackendKind::Fargate, BackendKind::Docker];
/// The back end of settings that are about a container engine on this machine.
const ENGINE: &[BackendKind] = &[BackendKind::Docker];

/// What most settings have in common.
const COMMON: Setting = Setting {
    key: "",
    short: None,
    kind: Kind::Text,
    commands: TASK,
    sources: Sources::All,
    heading: "",
    value_name: "",
    default: None,
    backends: &[BackendKind::Fargate, BackendKind::Docker, BackendKind::Process],
    help: "",
    more: "",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_fit_all_three_sources() {
        for (index, setting) in all().enumerate() {
            assert!(
                setting.key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
                "{}",
                setting.key
            );
            assert!(!setting.help.is_empty() && !setting.heading.is_empty(), "{}", setting.key);
            assert!(all().skip(index + 1).all(|other| other.key != setting.key), "{}", setting.key);
        }
    }

    #[test]
    fn a_default_is_one_of_the_words() {
        for setting in all() {
            if let (Kind::Choice(words), Some(default)) = (setting.kind, setting.default) {
                assert!(words.contains(&default), "{}", setting.key);
            }
        }
    }
}
