//! `sortie completions`: what a shell needs to complete sortie's command lines.
//!
//! The script that it prints asks sortie itself, so that names of plugins and values of settings are those
//! of the sortie that is there. It asks by setting [`VARIABLE`], which nothing else does.

mod bash;

use std::ffi::OsStr;
use std::ffi::OsString;

use bash::Bash;
use clap::Arg;
use clap::CommandFactory as _;
use clap::ValueHint;
use clap_complete::engine::ArgValueCandidates;
use clap_complete::engine::ArgValueCompleter;
use clap_complete::engine::CompletionCandidate;
use clap_complete::engine::PathCompleter;
use clap_complete::engine::ValueCompleter;
use clap_complete::env;
use clap_complete::env::Shells;

use super::Cli;
use super::print_document;
use super::process::Process;
use super::unwritable;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::plugin;
use crate::settings::quantity::quoted;
use crate::settings::reference::Kind;
use crate::settings::reference::Setting;
use crate::settings::reporters;

/// The variable by which a shell's script asks for completions; it holds the shell's name.
const VARIABLE: &str = "_SORTIE_COMPLETE";

/// Print what a shell needs to complete sortie's command lines
///
/// Names of plugins and values of settings are completed, too.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Completions {
    /// bash, zsh, fish, powershell or elvish
    #[arg(value_name = "SHELL", add = ArgValueCandidates::new(|| shells().map(CompletionCandidate::new).collect()))]
    shell: String,
}

const EXAMPLES: &str = "\
Examples:
  echo 'source <(sortie completions bash)' >> ~/.bashrc

  echo 'source <(sortie completions zsh)' >> ~/.zshrc

  sortie completions fish > ~/.config/fish/completions/sortie.fish

  sortie completions powershell | Out-String | Invoke-Expression";

/// The shells that there are scripts for.
const SHELLS: Shells<'static> = Shells(&[&Bash, &env::Elvish, &env::Fish, &env::Powershell, &env::Zsh]);

fn shells() -> impl Iterator<Item = &'static str> {
    SHELLS.0.iter().map(|shell| shell.name())
}

impl Completions {
    pub(super) fn execute(self, process: Process) -> ExitCode {
        let written = script(&self.shell).and_then(|script| {
            print_document(&script, process.streams_for_help()).map_err(|error| unwritable(&error))
        });
        written.map_or_else(|error| process.fail(&error), |()| ExitCode::SUCCESS)
    }
}

/// The script for a shell.
fn script(shell: &str) -> Result<String, Error> {
    let Some(completer) = SHELLS.completer(shell) else {
        let names: Vec<&str> = shells().collect();
        let error = Error::usage(format!("no completions for the shell {}", quoted(shell)));
        return Err(error.hint(format!("write one of {}", names.join(", "))));
    };
    let mut script = Vec::new();
    // By name: the sortie that is on the PATH then is asked.
    completer
        .write_registration(VARIABLE, "sortie", "sortie", "sortie", &mut script)
        .map_err(|error| Error::internal("the completion script").caused_by(error))?;
    Ok(String::from_utf8_lossy(&script).into_owned())
}

/// Answers a shell that asks for completions; `None` where none does. What cannot be completed is not: a
/// person who types has no use for an error.
pub(super) fn answer(process: &Process) -> Option<ExitCode> {
    let shell = process.environment.var(VARIABLE)?;
    let completer = SHELLS.completer(&shell)?;
    let words: Vec<OsString> =
        process.args.iter().skip_while(|word| *word != "--").skip(1).cloned().collect();
    let mut command = Cli::command();
    command.build();
    let mut answer = Vec::new();
    let directory = std::env::current_dir().ok();
    let _ = completer.write_complete(&mut command, words, directory.as_deref(), &mut answer);
    let _ = process.streams_for_help().print(&String::from_utf8_lossy(&answer));
    Some(ExitCode::SUCCESS)
}

/// The argument of a setting, with what its values can be.
pub(super) fn values(setting: &'static Setting, arg: Arg) -> Arg {
    match (setting.kind, setting.key) {
        (Kind::Choice(words), _) => {
            arg.add(ArgValueCandidates::new(|| words.iter().copied().map(CompletionCandidate::new).collect()))
        }
        (Kind::Switch, _) => {
            arg.add(ArgValueCandidates::new(|| ["true", "false"].map(CompletionCandidate::new).into()))
        }
        (_, "plugin") => arg.add(ArgValueCompleter::new(|current: &OsStr| {
            let mut all = plugins("");
            all.extend(PathCompleter::file().complete(current));
            all.retain(|one| one.get_value().as_encoded_bytes().starts_with(current.as_encoded_bytes()));
            all
        })),
        (_, "reporter") => arg.add(ArgValueCandidates::new(|| {
            let words =
                [reporters::AUTO, reporters::NONE].into_iter().chain(reporters::NAMES.iter().copied());
            words.map(CompletionCandidate::new).collect()
        })),
        (_, "plugin-config" | "grant") => arg.add(ArgValueCandidates::new(|| plugins("="))),
        (_, "task-definition") => arg.add(ArgValueCompleter::new(definitions)),
        (_, "env-file" | "config") => arg.value_hint(ValueHint::FilePath),
        (_, "volume") => arg.value_hint(ValueHint::DirPath),
        (_, "command") => arg.value_hint(ValueHint::AnyPath),
        _ => arg,
    }
}

/// Files with a task definition: `file:PATH`, and a path that can be nothing else. Which are registered is not
/// asked.
fn definitions(current: &OsStr) -> Vec<CompletionCandidate> {
    const FILE: &str = "file:";
    let text = current.to_string_lossy();
    match text.strip_prefix(FILE) {
        Some(path) => {
            let found = PathCompleter::file().complete(OsStr::new(path));
            found.into_iter().map(|one| one.add_prefix(FILE)).collect()
        }
        None if text.contains('/') => PathCompleter::file().complete(current),
        None if FILE.starts_with(&*text) => vec![CompletionCandidate::new(FILE)],
        None => Vec::new(),
    }
}

/// Names of first-party plugins, each with what follows it.
fn plugins(then: &str) -> Vec<CompletionCandidate> {
    plugin::first_party().map(|plugin| CompletionCandidate::new(format!("{}{then}", plugin.name))).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn completed(line: &str) -> String {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let mut command = Cli::command();
        command.build();
        let at = words.len() - 1;
        let all = clap_complete::engine::complete(&mut command, words, at, Some(Path::new("."))).unwrap();
        let mut all: Vec<String> =
            all.iter().map(|one| one.get_value().to_string_lossy().into_owned()).collect();
        all.sort();
        all.join(" ")
    }

    #[test]
    fn commands_flags_and_values_are_completed() {
        assert_eq!(completed("sortie la"), "launch");
        assert_eq!(completed("sortie run --output "), "json text");
        assert_eq!(completed("sortie run --plugin re"), "redact");
        assert_eq!(completed("sortie logs --grant re"), "redact=");
        assert_eq!(completed("sortie run --reporter gi"), "github gitlab");
        assert_eq!(completed("sortie completions p"), "powershell");
        assert_eq!(completed("sortie plan --task-definition f"), "file:");
        assert_eq!(completed("sortie run --task-definition file:src/cli/mo"), "file:src/cli/mod.rs");
        assert_eq!(completed("sortie run --task-definition ./src/mai"), "./src/main.rs");
        assert_eq!(completed("sortie run -- ./src/mai"), "./src/main.rs");
        assert!(completed("sortie run --ca").contains("--capacity-provider"));
        assert!(completed("sortie help ").contains("exit-codes"));
    }

    #[test]
    fn every_shell_has_a_script_and_no_other_word() {
        for shell in shells() {
            let script = script(shell).unwrap();
            assert!(script.contains(VARIABLE) && script.contains("sortie"), "{script}");
        }
        assert!(script("tcsh").unwrap_err().advice().contains("bash"));
    }
}
