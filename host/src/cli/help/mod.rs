//! `sortie help`: the commands, and topics that belong to none of them.
//!
//! - [`json`]: what `--output json` prints.
//! - [`settings`]: all settings.
//! - [`plugins`]: what plugins there are, and what they may be granted.
//! - [`man`]: manual pages.
//! - [`flow`]: how wide a topic's text is.
//!
//! Topics that are text alone lie in `topics/`.

mod flow;
mod json;
mod man;
mod plugins;
mod settings;

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::CommandFactory;
use clap::ValueHint;
use clap_complete::engine::ArgValueCandidates;
use clap_complete::engine::CompletionCandidate;

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
const TOPICS: [(&str, &str); 13] = [
    ("exit-codes", "what sortie's exit code means"),
    ("settings", "every flag, environment variable and key of sortie.toml"),
    ("definitions", "what a task definition may be, and what is registered"),
    ("aws", "who calls AWS, on which way, with which permissions"),
    ("engines", "tasks in Docker and Podman, and what is not as on Fargate"),
    ("logging", "how a log is read, and when it is complete"),
    ("killed", "what survives when sortie or its CI runner is killed, and how to go on"),
    ("ci", "what the CI system and the terminal are spared that read the output"),
    ("secrets", "what is masked, and what is not"),
    ("plugins", "the plugins inside, and how to ask for others"),
    ("grants", "what a plugin may be granted"),
    ("json", "what --output json prints"),
    ("man", "the manual page; with --out, one for every command"),
];

/// Explain a command, or a topic: exit-codes, settings, definitions, aws, engines, logging, killed, ci,
/// secrets, plugins, grants, json, man
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Help {
    /// A command, or exit-codes, settings, definitions, aws, engines, logging, killed, ci, secrets, plugins, grants, json, man
    #[arg(value_name = "TOPIC", add = ArgValueCandidates::new(candidates))]
    topic: Option<String>,
    /// Print the JSON Schema of what the topic is about: json, or settings for sortie.toml
    #[arg(long, requires = "topic")]
    schema: bool,
    /// Write manual pages of all commands into a directory (topic man)
    #[arg(long, requires = "topic", conflicts_with = "schema", value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  sortie help exit-codes

  sortie help settings --schema > sortie.schema.json

  sortie help man --out ~/.local/share/man/man1";

impl Help {
    pub(super) fn execute(self, process: Process) -> ExitCode {
        let text = match self.topic.as_deref() {
            None => Ok(Cli::command().render_long_help().to_string()),
            Some(name) => match (self.schema, &self.out) {
                (true, _) => schema(name),
                (false, None) => topic(name, flow::columns()),
                (false, Some(directory)) if name == "man" => match man::pages(directory) {
                    Ok(()) => return ExitCode::SUCCESS,
                    Err(error) => Err(error),
                },
                (false, Some(_)) => {
                    Err(Error::usage("--out is for manual pages").hint("sortie help man --out DIR"))
                }
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

/// The text of a topic, for a terminal of so many columns.
fn topic(name: &str, columns: usize) -> Result<String, Error> {
    let text = match name {
        "exit-codes" => exit_codes(),
        "settings" => settings::text(),
        "definitions" => include_str!("topics/definitions.txt").to_owned(),
        "aws" => include_str!("topics/aws.txt").to_owned(),
        "engines" => include_str!("topics/engines.txt").to_owned(),
        "logging" => include_str!("topics/logging.txt").to_owned(),
        "killed" => include_str!("topics/killed.txt").to_owned(),
        "ci" => include_str!("topics/ci.txt").to_owned(),
        "secrets" => include_str!("topics/secrets.txt").to_owned(),
        "plugins" => plugins::plugins()?,
        "grants" => plugins::grants(),
        "json" => json::text(),
        "man" => return man::page(),
        name => return command_help(name).ok_or_else(|| unknown(name)),
    };
    Ok(flow::flow(&text, columns))
}

/// The JSON Schema of what a topic is about.
fn schema(name: &str) -> Result<String, Error> {
    match name {
        "json" => Ok(SCHEMA.to_owned()),
        "settings" => Ok(settings::schema_text()),
        name => {
            // A topic that there is not is told as such.
            topic(name, flow::WIDEST)?;
            Err(Error::usage(format!("{} has no schema", quoted(name))).hint("json and settings have one"))
        }
    }
}

/// What can be explained, for completions.
fn candidates() -> Vec<CompletionCandidate> {
    let commands: Vec<String> =
        Cli::command().get_subcommands().map(|one| one.get_name().to_owned()).collect();
    let commands = commands.into_iter().map(CompletionCandidate::new);
    let topic = |(name, about): (&str, &'static str)| CompletionCandidate::new(name).help(Some(about.into()));
    commands.chain(TOPICS.map(topic)).collect()
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
         reported, and a missing exit code is never success.\n",
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
        for name in
            ["run", "plan", "doctor", "init", "launch", "attach", "wait", "logs", "stop", "ps", "reap"]
        {
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
        let names =
            ["exit-codes", "settings", "definitions", "aws", "engines", "logging", "killed", "ci", "secrets"];
        for name in names {
            insta::assert_snapshot!(name, topic(name, 80).unwrap());
        }
        for (code, meaning) in exit::TABLE {
            assert!(exit_codes().contains(code) && exit_codes().contains(meaning));
        }
    }

    /// What stands in the help of `help` is the table.
    #[test]
    fn every_topic_is_named_and_has_a_text() {
        let help = command_help("help").unwrap();
        for (name, _) in TOPICS {
            assert!(help.contains(name) && topic(name, 80).is_ok(), "{name}");
        }
    }

    #[test]
    fn the_help_of_every_command_has_an_example() {
        for command in Cli::command().get_subcommands() {
            let help = command_help(command.get_name()).unwrap();
            assert!(help.contains("Example"), "{}", command.get_name());
        }
    }

    #[test]
    fn an_unknown_topic_is_a_usage_error_with_a_suggestion() {
        let error = unknown("exit-code");
        assert!(error.is_usage());
        assert_eq!(error.advice(), "did you mean `sortie help exit-codes`?");
    }
}
