//! The flags of a command, made from the settings' reference: a flag's name, its help and where else
//! it can be set stand there, once.

use std::marker::PhantomData;

use clap::Arg;
use clap::ArgAction;
use clap::ArgMatches;
use clap::Args;
use clap::Command;
use clap::FromArgMatches;

use super::completion;
use crate::settings::Origin;
use crate::settings::layer::Layer;
use crate::settings::layer::RawValue;
use crate::settings::reference;
use crate::settings::reference::CommandKind;
use crate::settings::reference::Kind;
use crate::settings::reference::Setting;

/// The flags of the command `C`, as a layer of settings.
#[derive(Debug, Clone)]
pub(super) struct Flags<C> {
    /// What the flags set.
    pub(super) layer: Layer,
    command: PhantomData<C>,
}

/// A kind of command as a type.
pub(super) trait FlagsOf {
    /// The kind.
    const COMMAND: CommandKind;
    /// Whether the command itself shows what is to be said of the settings.
    const SHOWS_WARNINGS: bool = false;
}

/// Flags of `run`.
#[derive(Debug, Clone)]
pub(super) struct RunFlags;
/// Flags of `plan`: the same.
#[derive(Debug, Clone)]
pub(super) struct PlanFlags;
/// Flags of `launch`.
#[derive(Debug, Clone)]
pub(super) struct LaunchFlags;
/// Flags of `wait`.
#[derive(Debug, Clone)]
pub(super) struct WaitFlags;
/// Flags of `attach`.
#[derive(Debug, Clone)]
pub(super) struct AttachFlags;
/// Flags of `logs`.
#[derive(Debug, Clone)]
pub(super) struct LogsFlags;
/// Flags of `ps`.
#[derive(Debug, Clone)]
pub(super) struct ListFlags;
/// Flags of `reap`.
#[derive(Debug, Clone)]
pub(super) struct ReapFlags;
/// Flags of `stop`.
#[derive(Debug, Clone)]
pub(super) struct FindFlags;

impl FlagsOf for RunFlags {
    const COMMAND: CommandKind = CommandKind::Run;
}
impl FlagsOf for PlanFlags {
    const COMMAND: CommandKind = CommandKind::Run;
    const SHOWS_WARNINGS: bool = true;
}
impl FlagsOf for LaunchFlags {
    const COMMAND: CommandKind = CommandKind::Launch;
}
impl FlagsOf for WaitFlags {
    const COMMAND: CommandKind = CommandKind::Wait;
}
impl FlagsOf for AttachFlags {
    const COMMAND: CommandKind = CommandKind::Attach;
}
impl FlagsOf for LogsFlags {
    const COMMAND: CommandKind = CommandKind::Logs;
}
impl FlagsOf for ListFlags {
    const COMMAND: CommandKind = CommandKind::List;
}
impl FlagsOf for ReapFlags {
    const COMMAND: CommandKind = CommandKind::Reap;
}
impl FlagsOf for FindFlags {
    const COMMAND: CommandKind = CommandKind::Find;
}

/// Settings that the command has flags for.
fn settings_of<C: FlagsOf>() -> impl Iterator<Item = &'static Setting> {
    reference::all().filter(|setting| setting.commands.contains(&C::COMMAND))
}

impl<C: FlagsOf> Args for Flags<C> {
    fn augment_args(command: Command) -> Command {
        settings_of::<C>().flat_map(arguments).fold(command, Command::arg)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<C: FlagsOf> FromArgMatches for Flags<C> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut layer = Layer::default();
        for setting in settings_of::<C>() {
            if setting.kind == Kind::Verbosity {
                let level = i16::from(matches.get_count("verbose")) - i16::from(matches.get_count("quiet"));
                if level != 0 {
                    push(&mut layer, setting, level.clamp(-2, 3).to_string());
                }
                continue;
            }
            for text in matches.get_many::<String>(setting.key).into_iter().flatten() {
                push(&mut layer, setting, text.clone());
            }
        }
        Ok(Self { layer, command: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<C> Flags<C> {
    /// Sets a value as if its flag had been given; `flag` is the one that has.
    pub(super) fn set(&mut self, key: &'static str, text: &str, flag: &str) {
        let (origin, at) = (Origin::Flag(flag.to_owned()), flag.to_owned());
        self.layer.push(key, RawValue { text: text.to_owned(), origin, at });
    }
}

fn push(layer: &mut Layer, setting: &Setting, text: String) {
    let flag = setting.flag();
    layer.push(setting.key, RawValue { text, origin: Origin::Flag(flag.clone()), at: flag });
}

/// The arguments of one setting: one, or two for `-q` and `-v`.
fn arguments(setting: &'static Setting) -> Vec<Arg> {
    let arg =
        Arg::new(setting.key).help_heading(setting.heading).help(setting.help).long_help(long_help(setting));
    let arg = match setting.short {
        Some(short) => arg.short(short),
        None => arg,
    };
    let arg = completion::values(setting, arg);
    match setting.kind {
        Kind::Words => {
            vec![arg.value_name(setting.value_name).num_args(1..).last(true).action(ArgAction::Append)]
        }
        Kind::Verbosity => vec![
            count(
                "quiet",
                'q',
                setting.heading,
                "Print only what went wrong; -qq nothing but the task's lines",
            )
            .conflicts_with("verbose"),
            count(
                "verbose",
                'v',
                setting.heading,
                "Also print which plugins and task definition are used, and which calls are retried",
            ),
        ],
        Kind::Switch => vec![
            arg.long(setting.key)
                .value_name("true|false")
                .num_args(0..=1)
                .require_equals(true)
                .default_missing_value("true")
                .action(ArgAction::Set)
                .overrides_with(setting.key),
        ],
        Kind::Text | Kind::Amount | Kind::Choice(_) => vec![
            // Given twice, the last one counts: a wrapper's flags can be overridden by appending.
            arg.long(setting.key)
                .value_name(setting.value_name)
                .allow_negative_numbers(setting.kind == Kind::Amount)
                .action(ArgAction::Set)
                .overrides_with(setting.key),
        ],
        Kind::List | Kind::Providers | Kind::Pairs | Kind::Many => {
            vec![arg.long(setting.key).value_name(setting.value_name).action(ArgAction::Append)]
        }
    }
}

fn count(name: &'static str, short: char, heading: &'static str, help: &'static str) -> Arg {
    Arg::new(name).short(short).long(name).action(ArgAction::Count).help_heading(heading).help(help)
}

/// The text of `--help`: the line, the rest, and where else it can be set.
fn long_help(setting: &Setting) -> String {
    let mut text = setting.help.to_owned();
    if !setting.more.is_empty() {
        text.push_str(".\n\n");
        text.push_str(setting.more);
    }
    let mut sources = Vec::new();
    if let Some(variable) = setting.variable() {
        let several = match setting.kind {
            kind if kind.is_by_line() => ", one per line",
            kind if kind.is_by_comma() => ", separated by commas",
            Kind::Words => ", as words",
            _ => "",
        };
        sources.push(format!("[env: {variable}{several}]"));
    }
    if setting.sources.file() {
        sources.push(match setting.key {
            "plugin" => "[file: [[plugin]]]".to_owned(),
            key => format!("[file: {key}]"),
        });
    }
    if let Some(default) = setting.default {
        sources.push(format!("[default: {default}]"));
    }
    if !sources.is_empty() {
        text.push_str("\n\n");
        text.push_str(&sources.join(" "));
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        flags: Flags<RunFlags>,
    }

    fn texts(arguments: &[&str], key: &str) -> Vec<String> {
        let cli = Cli::try_parse_from([&["sortie"], arguments].concat()).unwrap();
        cli.flags.layer.get(key).unwrap_or_default().iter().map(|value| value.text.clone()).collect()
    }

    #[test]
    fn flags_become_a_layer() {
        let arguments =
            &["--memory", "1GB", "--memory=2GB", "--env", "A=1,2", "--env=B", "-vv", "--", "sh", "-c", "--x"];
        assert_eq!(texts(arguments, "memory"), ["2GB"], "the last one counts");
        assert_eq!(texts(arguments, "env"), ["A=1,2", "B"]);
        assert_eq!(texts(arguments, "verbosity"), ["2"]);
        assert_eq!(texts(arguments, "command"), ["sh", "-c", "--x"]);
        assert_eq!(texts(arguments, "cluster"), Vec::<String>::new());
    }

    #[test]
    fn a_switch_can_be_turned_off() {
        assert_eq!(texts(&["--assign-public-ip"], "assign-public-ip"), ["true"]);
        assert_eq!(texts(&["--assign-public-ip=false"], "assign-public-ip"), ["false"]);
        assert_eq!(texts(&["-q"], "verbosity"), ["-1"]);
        assert_eq!(
            (texts(&["-qq"], "verbosity"), texts(&["-qqq"], "verbosity")),
            (vec!["-2".to_owned()], vec!["-2".to_owned()])
        );
        assert!(Cli::try_parse_from(["sortie", "-q", "-v"]).is_err());
    }

    #[test]
    fn a_command_needs_its_dashes() {
        let error = Cli::try_parse_from(["sortie", "./deploy.sh"]).unwrap_err().to_string();
        assert!(error.contains("./deploy.sh"), "{error}");
    }
}
