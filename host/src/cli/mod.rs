//! The command line: one file per command, and what they share.
//!
//! - [`run`], [`launch`], [`wait`], [`logs`], [`stop`], [`reap`], [`plan`], [`help`]: the commands.
//! - [`flags`]: the flags, made from [`crate::settings::reference`].
//! - [`connect`]: from flags to settings to the back end that a command's job runs on.
//! - [`error`]: how an error is printed.

mod connect;
mod error;
mod flags;
mod help;
mod launch;
mod logs;
mod plan;
mod reap;
mod run;
mod stop;
mod wait;

use std::io::Write;

use clap::Parser;
use clap::Subcommand;

use crate::error::Error;
use crate::exit::ExitCode;
use crate::settings::ColorChoice;

/// Run one process in a private VPC from CI, and get back what a local process gives.
///
/// sortie launches a task, prints its log lines as they come, and exits with the container's
/// exit code. Log lines go to standard output; everything sortie itself says goes to standard
/// error.
#[derive(Debug, Parser)]
#[command(
    name = "sortie",
    version,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Most flags can also be set by an environment variable (SORTIE_LOG_GROUP for --log-group) \
                  or in sortie.toml (log-group = \"…\"). `sortie help settings` lists them all, and \
                  `sortie help exit-codes` explains sortie's exit code."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Run),
    Plan(plan::Plan),
    Launch(launch::Launch),
    Wait(wait::Wait),
    Logs(logs::Logs),
    Stop(stop::Stop),
    Reap(reap::Reap),
    Help(help::Help),
}

/// Runs the command that the process was started with.
pub fn main() -> std::process::ExitCode {
    let code = match Cli::try_parse() {
        Ok(cli) => match cli.command {
            Command::Run(command) => command.execute(),
            Command::Plan(command) => command.execute(),
            Command::Launch(command) => command.execute(),
            Command::Wait(command) => command.execute(),
            Command::Logs(command) => command.execute(),
            Command::Stop(command) => command.execute(),
            Command::Reap(command) => command.execute(),
            Command::Help(command) => command.execute(),
        },
        Err(error) => {
            let printed = error.print();
            if let Some(hint) = forgotten_dashes(&error) {
                error::hint(&hint);
            }
            match printed {
                // Nobody is left to tell when standard error is closed.
                _ if error.use_stderr() => ExitCode::USAGE,
                // Help and version are not errors.
                Err(reason) if reason.kind() != std::io::ErrorKind::BrokenPipe => {
                    error::print(&unwritable(&reason), ColorChoice::Auto)
                }
                _ => ExitCode::SUCCESS,
            }
        }
    };
    code.into()
}

/// Advice for `sortie run ./deploy.sh`, which lacks the `--` before the command.
fn forgotten_dashes(error: &clap::Error) -> Option<String> {
    let unknown = error.kind() == clap::error::ErrorKind::UnknownArgument;
    match error.get(clap::error::ContextKind::InvalidArg).filter(|_| unknown)? {
        clap::error::ContextValue::String(word) if !word.starts_with('-') => {
            Some("the command to run and its arguments go after `--`, behind all flags".to_owned())
        }
        _ => None,
    }
}

/// Writes a whole document to standard output. A reader that has gone away (`sortie plan | head`)
/// is not an error.
fn print_document(text: &str) -> Result<(), std::io::Error> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// The error when a document cannot be written.
fn unwritable(reason: &std::io::Error) -> Error {
    Error::internal(format!("cannot write to standard output: {reason}"))
}
