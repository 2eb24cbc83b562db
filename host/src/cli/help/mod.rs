//! `sortie help`: the commands, and topics that belong to none of them.
//!
//! - [`json`]: what `--output json` prints.
//! - [`settings`]: all settings.

mod json;
mod settings;

use std::fmt::Write as _;

use clap::CommandFactory;

use crate::cli::Cli;
use crate::cli::print_document;
use crate::cli::process::Process;
use crate::cli::unwritable;
use crate::error::Error;
use crate::exit;
use crate::exit::ExitCode;
use crate::nearest::nearest;
use crate::output::json::SCHEMA;
use crate::settings::quantity::quoted;

/// Topics that are no command, and what they are about.
const TOPICS: [(&str, &str); 3] = [
    ("exit-codes", "what sortie's exit code means"),
    ("json", "what --output json prints"),
    ("settings", "every flag, environment variable and key of sortie.toml"),
];

/// Explain a command, or a topic: exit-codes, json, settings
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Help {
    /// A command, or exit-codes, json, settings
    #[arg(value_name = "TOPIC")]
    topic: Option<String>,
    /// Print the JSON Schema of what the topic is about: json
    #[arg(long, requires = "topic")]
    schema: bool,
}

const EXAMPLES: &str = "\
Examples:
  sortie help exit-codes

  sortie help json --schema > output.schema.json";

impl Help {
    pub(super) fn execute(self, process: Process) -> ExitCode {
        let text = match self.topic.as_deref() {
            None => Ok(Cli::command().render_long_help().to_string()),
            Some(name) => match self.schema {
                true => schema(name),
                false => topic(name),
            },
        };
        let text = match text {
            Ok(text) => text,
            Err(error) => return process.fail(&error),
        };
        match print_document(&text, process.streams_for_help()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(reason) => process.fail(&unwritable(&reason)),
        }
    }
}

/// The text of a topic.
fn topic(name: &str) -> Result<String, Error> {
    match name {
        "exit-codes" => Ok(exit_codes()),
        "json" => Ok(json::text()),
        "settings" => Ok(settings::text()),
        name => command_help(name).ok_or_else(|| unknown(name)),
    }
}

/// The JSON Schema of what a topic is about.
fn schema(name: &str) -> Result<String, Error> {
    match name {
        "json" => Ok(SCHEMA.to_owned()),
        name => {
            // A topic that there is not is told as such.
            topic(name)?;
            Err(Error::usage(format!("{} has no schema", quoted(name))).hint("sortie help json --schema"))
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
    let topics = command.get_subcommands().map(clap::Command::get_name).chain(TOPICS.map(|(topic, _)| topic));
    let hint = match nearest(name, topics) {
        Some(near) => format!("did you mean `sortie help {near}`?"),
        None => {
            let topics: Vec<&str> = TOPICS.iter().map(|(topic, _)| *topic).collect();
            format!("`sortie help` lists the commands; topics are {}", topics.join(", "))
        }
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
        for name in ["run", "plan", "launch", "wait", "logs", "stop", "ps", "reap"] {
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
        insta::assert_snapshot!("settings", settings::text());
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
