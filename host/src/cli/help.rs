//! `sortie help`: the commands, and topics that belong to none of them.

use std::fmt::Write as _;

use clap::CommandFactory;

use super::Cli;
use super::error;
use super::print_document;
use super::unwritable;
use crate::environment::Environment;
use crate::error::Error;
use crate::exit;
use crate::exit::ExitCode;
use crate::nearest::nearest;
use crate::output::streams::Streams;
use crate::output::surroundings::Surroundings;
use crate::settings::ColorChoice;
use crate::settings::quantity::quoted;
use crate::settings::reference;

/// Explain a command, or a topic: exit-codes, settings
#[derive(Debug, clap::Args)]
pub(super) struct Help {
    /// A command, `exit-codes` or `settings`
    #[arg(value_name = "TOPIC")]
    topic: Option<String>,
}

impl Help {
    pub(super) fn execute(self, environment: Environment) -> ExitCode {
        let surroundings = Surroundings::of(&environment);
        let text = match self.topic.as_deref() {
            None => Cli::command().render_long_help().to_string(),
            Some("exit-codes") => exit_codes(),
            Some("settings") => settings(),
            Some(name) => match command_help(name) {
                Some(text) => text,
                None => return error::print(&unknown(name), ColorChoice::Auto, surroundings),
            },
        };
        match print_document(&text, Streams::of_process(surroundings)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(reason) => error::print(&unwritable(&reason), ColorChoice::Auto, surroundings),
        }
    }
}

/// The long help of one command.
fn command_help(name: &str) -> Option<String> {
    let mut command = Cli::command();
    command.build();
    Some(command.find_subcommand_mut(name)?.render_long_help().to_string())
}

fn unknown(name: &str) -> Error {
    let command = Cli::command();
    let topics = command.get_subcommands().map(clap::Command::get_name).chain(["exit-codes", "settings"]);
    let hint = match nearest(name, topics) {
        Some(near) => format!("did you mean `sortie help {near}`?"),
        None => "`sortie help` lists the commands".to_owned(),
    };
    Error::usage(format!("no command or topic {}", quoted(name))).hint(hint)
}

/// The exit contract.
fn exit_codes() -> String {
    let mut text = "What sortie's exit code means:\n\n".to_owned();
    for (code, meaning) in exit::TABLE {
        let _ = writeln!(text, "  {code:<7}{meaning}");
    }
    text.push_str(
        "\nReasons come before codes: a task killed for its memory is not a success, whatever code it \
         reported,\nand a missing exit code is never success.\n",
    );
    text
}

/// All settings, with the names that set them.
fn settings() -> String {
    let mut text = "Every setting: flag, environment variable, key of sortie.toml.\n\
                    Flags win over the environment, which wins over the file.\n"
        .to_owned();
    let mut heading = "";
    for setting in reference::all() {
        if setting.heading != heading {
            heading = setting.heading;
            let _ = writeln!(text, "\n{heading}:");
        }
        let variable = setting.variable().unwrap_or_else(|| "-".to_owned());
        let key = match (setting.sources.file(), setting.key) {
            (true, "plugin") => "[[plugin]]",
            (true, key) => key,
            (false, _) => "-",
        };
        let _ = writeln!(text, "  {:<26}{variable:<32}{key}", setting.flag());
        let default = setting.default.map(|default| format!(" [default: {default}]")).unwrap_or_default();
        let several = match setting.variable().is_some() && setting.kind.is_by_line() {
            true => " [in the variable: one per line]",
            false => "",
        };
        let _ = writeln!(text, "      {}{several}{default}", setting.help);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_is_what_it_was() {
        insta::assert_snapshot!("sortie", Cli::command().term_width(100).render_long_help().to_string());
        for name in ["run", "plan", "launch", "wait", "logs", "stop", "reap"] {
            let mut command = Cli::command().term_width(100);
            command.build();
            let subcommand = command.find_subcommand_mut(name).unwrap();
            insta::assert_snapshot!(format!("{name}-short"), subcommand.clone().render_help().to_string());
            if name == "run" || name == "stop" {
                insta::assert_snapshot!(format!("{name}-long"), subcommand.render_long_help().to_string());
            }
        }
    }

    #[test]
    fn topics_are_what_they_were() {
        insta::assert_snapshot!("exit-codes", exit_codes());
        insta::assert_snapshot!("settings", settings());
        for (code, meaning) in exit::TABLE {
            assert!(exit_codes().contains(code) && exit_codes().contains(meaning));
        }
    }

    #[test]
    fn an_unknown_topic_is_a_usage_error_with_a_suggestion() {
        let error = unknown("exit-code");
        assert!(error.is_usage());
        assert_eq!(error.advice(), "did you mean `sortie help exit-codes`?");
    }
}
