//! The command line: one file per command, and what they share.
//!
//! - [`run`], [`attach`], [`launch`], [`wait`], [`logs`], [`stop`], [`ps`], [`reap`], [`plan`], [`doctor`],
//!   [`init`], [`help`]: the commands.
//! - [`version`], [`completion`]: what this sortie is, and what shells need of it.
//! - [`flags`]: the flags, made from [`crate::settings::reference`].
//! - [`connect`]: from flags to settings to the back end that a command's job runs on.
//! - [`process`]: what the process was started with, and how an early error is told.
//! - [`error`]: what the parser of the command line says.

mod attach;
mod completion;
mod connect;
mod doctor;
mod error;
mod flags;
mod help;
mod init;
mod launch;
mod logs;
mod plan;
mod process;
mod ps;
mod reap;
mod run;
mod stop;
mod version;
mod wait;

use clap::Parser;
use clap::Subcommand;

#[cfg(unix)]
use crate::backend::process::keeper;
use crate::error::Error;
use crate::output::streams::Streams;
use process::Process;

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
    Doctor(doctor::Doctor),
    Init(init::Init),
    Launch(launch::Launch),
    Attach(attach::Attach),
    Wait(wait::Wait),
    Logs(logs::Logs),
    Stop(stop::Stop),
    Ps(ps::Ps),
    Reap(reap::Reap),
    Version(version::Version),
    Completions(completion::Completions),
    Help(help::Help),
}

/// Runs the command that the process was started with.
pub fn main() -> std::process::ExitCode {
    #[cfg(unix)]
    if keeper::is_wanted() {
        keeper::keep();
        return std::process::ExitCode::SUCCESS;
    }
    let process = Process::new();
    if let Some(code) = completion::answer(&process) {
        return code.into();
    }
    let code = match Cli::try_parse() {
        Ok(cli) => match cli.command {
            Command::Run(command) => command.execute(process),
            Command::Plan(command) => command.execute(process),
            Command::Doctor(command) => command.execute(process),
            Command::Init(command) => command.execute(process),
            Command::Launch(command) => command.execute(process),
            Command::Attach(command) => command.execute(process),
            Command::Wait(command) => command.execute(process),
            Command::Logs(command) => command.execute(process),
            Command::Stop(command) => command.execute(process),
            Command::Ps(command) => command.execute(process),
            Command::Reap(command) => command.execute(process),
            Command::Version(command) => command.execute(process),
            Command::Completions(command) => command.execute(process),
            Command::Help(command) => command.execute(process),
        },
        Err(error) => error::tell(&error, &process),
    };
    code.into()
}

/// Writes a whole document to standard output. A reader that has gone away (`sortie plan | head`)
/// is not an error.
fn print_document(text: &str, mut streams: Streams) -> Result<(), std::io::Error> {
    in_peace(streams.print(text))
}

/// The same for an object of JSON.
fn print_object(object: &str, mut streams: Streams) -> Result<(), std::io::Error> {
    in_peace(streams.print_object(object))
}

fn in_peace(written: Result<(), std::io::Error>) -> Result<(), std::io::Error> {
    written.or_else(|error| match error.kind() {
        std::io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error),
    })
}

/// The error when a document cannot be written.
fn unwritable(reason: &std::io::Error) -> Error {
    Error::internal(format!("cannot write to standard output: {reason}"))
}
