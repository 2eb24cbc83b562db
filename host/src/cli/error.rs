//! What the parser of the command line says, in sortie's own words: an error, or the help that was asked
//! for.
//!
//! The parser's own advice is not used: "to pass '-e' as a value, use '-- -e'" would make a misspelt flag
//! the task's command, and the flag that is most like `--timeout` is `--stop-timeout`, which does another
//! thing.

use std::ffi::OsStr;

use clap::Command;
use clap::CommandFactory as _;
use clap::error::ContextKind;
use clap::error::ContextValue;
use clap::error::ErrorKind;

use super::Cli;
use super::print_document;
use super::process::Process;
use super::unwritable;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::settings::ColorChoice;
use crate::settings::OutputFormat;
use crate::settings::quantity::quoted;

/// Tells an error as sortie tells its own, or prints the help.
pub(super) fn tell(error: &clap::Error, process: &Process) -> ExitCode {
    let rendered = error.render();
    match error.kind() {
        // Neither is an error.
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let streams = process.streams_for_help();
            let text = match streams.stdout_styles(ColorChoice::Auto).is_colored() {
                true => rendered.ansi().to_string(),
                false => rendered.to_string(),
            };
            match print_document(&text, streams) {
                Ok(()) => ExitCode::SUCCESS,
                Err(reason) => process.fail(&unwritable(&reason)),
            }
        }
        // `sortie` alone shows what there is.
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            if process.audience().format == OutputFormat::Text =>
        {
            process.audience().say(rendered.to_string().trim_end().to_owned());
            ExitCode::USAGE
        }
        _ => process.fail(&in_our_words(error, &process.args)),
    }
}

/// The error for a person. `args` are the words after the program's name.
fn in_our_words(error: &clap::Error, args: &[impl AsRef<OsStr>]) -> Error {
    let mut all = Cli::command();
    all.build();
    let words: Vec<&OsStr> = args.iter().map(AsRef::as_ref).collect();
    let command = words.iter().find_map(|word| all.find_subcommand(word.to_str()?));
    let invalid = text(error, ContextKind::InvalidArg);
    match (error.kind(), command) {
        (ErrorKind::InvalidSubcommand, _) => {
            no_command(&all, &text(error, ContextKind::InvalidSubcommand).unwrap_or_default())
        }
        (ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand, _) => {
            Error::usage("no command is given").hint(commands(&all))
        }
        (ErrorKind::UnknownArgument, Some(command))
            if words.first().is_some_and(|first| *first == command.get_name()) =>
        {
            let word = invalid.unwrap_or_default();
            match word.starts_with('-') {
                true => no_flag(&all, command, &word),
                false => stray_word(command, &word, &words),
            }
        }
        (ErrorKind::UnknownArgument, _) => {
            let word = invalid.unwrap_or_default();
            let error = Error::usage(format!("{} comes before the command", quoted(flag_of(&word))));
            error.hint("write the command first, then its flags: sortie run --cluster ci …")
        }
        (ErrorKind::MissingRequiredArgument, Some(command)) => missing(error, command),
        (ErrorKind::InvalidValue | ErrorKind::NoEquals | ErrorKind::WrongNumberOfValues, Some(command)) => {
            no_value(command, &invalid.unwrap_or_default())
        }
        (ErrorKind::ValueValidation, _) => {
            let value = text(error, ContextKind::InvalidValue).unwrap_or_default();
            let flag = invalid.unwrap_or_default();
            let why = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            Error::usage(format!("{}: {} is {why}", flag_of(&flag), quoted(&value)))
        }
        (ErrorKind::TooManyValues, _) => {
            Error::usage(format!("{} takes no value", flag_of(&invalid.unwrap_or_default())))
        }
        (ErrorKind::ArgumentConflict, _) => {
            let (one, other) = (invalid.unwrap_or_default(), text(error, ContextKind::PriorArg));
            let other = other.unwrap_or_else(|| "another flag".to_owned());
            let message = match one == other {
                true => format!("{} is given twice", flag_of(&one)),
                false => format!("{} and {} contradict each other", flag_of(&one), flag_of(&other)),
            };
            Error::usage(message).hint("leave one of them out")
        }
        (ErrorKind::InvalidUtf8, _) => not_text(&words),
        _ => {
            let text = error.render().to_string();
            let message = text.strip_prefix("error: ").unwrap_or(&text).split("\n\n").next();
            Error::usage(message.unwrap_or_default().trim())
        }
    }
}

/// The first text of a context.
fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => texts.first().cloned(),
        _ => None,
    }
}

/// `--timeout`, of `--timeout <DURATION>` and of `--timeout=1m`.
fn flag_of(usage: &str) -> &str {
    usage.split([' ', '=', '[', '.']).next().unwrap_or_default()
}

fn commands(all: &Command) -> String {
    let names: Vec<&str> =
        all.get_subcommands().filter(|one| !one.is_hide_set()).map(Command::get_name).collect();
    format!("commands are {}; `sortie help` explains them", names.join(", "))
}

fn no_command(all: &Command, word: &str) -> Error {
    let error = Error::usage(format!("there is no command {}", quoted(word)));
    let names = all.get_subcommands().map(Command::get_name);
    match misspelt(word, names) {
        Some(near) => error.hint(format!("did you mean `sortie {near}`?")),
        None => error.hint(commands(all)),
    }
}

/// A flag that the command does not have.
fn no_flag(all: &Command, command: &Command, word: &str) -> Error {
    let flag = flag_of(word);
    let name = command.get_name();
    let error = Error::usage(format!("{} is no flag of sortie {name}", quoted(flag)));
    let others: Vec<String> = all
        .get_subcommands()
        .filter(|other| flags(other).any(|known| known == flag))
        .map(|other| format!("sortie {}", other.get_name()))
        .collect();
    if !others.is_empty() {
        return error.hint(format!("it belongs to {}", others.join(", ")));
    }
    let known: Vec<String> = flags(command).collect();
    match misspelt(flag, known.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("`sortie {name} --help` lists its flags")),
    }
}

fn flags(command: &Command) -> impl Iterator<Item = String> {
    let long = command.get_arguments().filter_map(|arg| arg.get_long().map(|long| format!("--{long}")));
    let short = command.get_arguments().filter_map(|arg| arg.get_short().map(|short| format!("-{short}")));
    long.chain(short)
}

/// A word that belongs to no flag.
fn stray_word(command: &Command, word: &str, words: &[&OsStr]) -> Error {
    let name = command.get_name();
    let error = Error::usage(format!("{} belongs to no flag of sortie {name}", quoted(word)));
    let at = words.iter().position(|one| *one == word).unwrap_or_default();
    let before = at.checked_sub(1).and_then(|at| words[at].to_str());
    if let Some(before) = before.filter(|_| matches!(word, "true" | "false"))
        && flags(command).any(|flag| flag == before)
    {
        return error.hint(format!("write {before}={word}"));
    }
    match command.get_positionals().next() {
        Some(command_line) if command_line.is_last_set() => {
            error.hint("the command to run and its arguments go after `--`, behind all flags")
        }
        Some(positional) => {
            let value = positional.get_id().as_str().to_uppercase();
            error.hint(format!("sortie {name} takes one {value}"))
        }
        None => error.hint(format!("`sortie {name} --help` shows what it takes")),
    }
}

fn missing(error: &clap::Error, command: &Command) -> Error {
    let what = text(error, ContextKind::InvalidArg).unwrap_or_default();
    let what = what.trim_matches(['<', '>']);
    let name = command.get_name();
    let error = Error::usage(format!("sortie {name} needs {}", if what == "ID" { "an ID" } else { what }));
    match what {
        "ID" => error.hint("`sortie launch` prints the id of what it launches"),
        _ => error.hint(format!("`sortie {name} --help` shows what it takes")),
    }
}

/// A flag whose value is missing, or stands where it cannot.
fn no_value(command: &Command, usage: &str) -> Error {
    let flag = flag_of(usage);
    let arg = command.get_arguments().find(|arg| arg.get_long() == flag.strip_prefix("--"));
    let value = arg.and_then(|arg| arg.get_value_names()).and_then(|names| names.first());
    let error = Error::usage(format!("{flag} needs a value"));
    match value {
        Some(value) => error.hint(format!("write {flag} {value}; one that begins with a hyphen: {flag}=-…")),
        None => error,
    }
}

/// A word that is no text, named by where it stands: it may be a secret.
fn not_text(words: &[&OsStr]) -> Error {
    let Some(at) = words.iter().position(|word| word.to_str().is_none()) else {
        return Error::usage("a word of the command line is not valid UTF-8");
    };
    let before = at.checked_sub(1).and_then(|at| words[at].to_str()).filter(|word| word.starts_with("--"));
    let behind = match before {
        Some("--") => ", the first of the command".to_owned(),
        Some(flag) => format!(", behind {}", flag_of(flag)),
        None => String::new(),
    };
    Error::usage(format!("word {} of the command line{behind} is not valid UTF-8", at + 1))
}

/// The one of these words that was meant, if `word` is it but for one or two slips of the finger. Unlike in
/// [`nearest`](crate::nearest::nearest) a common beginning counts for nothing: `plugins` is not `plan`.
fn misspelt<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.trim_start_matches('-').chars().count();
    let slips = match length {
        0..=1 => return None,
        2..=5 => 1,
        _ => 2,
    };
    let transposed = known.into_iter().map(|known| (strsim::osa_distance(word, known), known));
    transposed.filter(|(distance, _)| *distance <= slips).min().map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::Parser as _;

    use super::*;
    use crate::output::render::notices;
    use crate::output::render::style::Styles;
    use crate::settings::file;
    use crate::settings::quantity;

    fn rendered(error: Error) -> String {
        assert!(error.is_usage());
        notices::error_lines(&error.to_string(), &error.advice(), &Styles::default())
    }

    #[test]
    fn an_error_says_where_what_and_what_next() {
        let unknown = file::parse("\ntags = { a = 'b' }", Path::new("sortie.toml")).unwrap_err();
        assert_eq!(
            rendered(unknown),
            "sortie: error: sortie.toml:2: unknown key `tags`\n  hint: did you mean `tag`?"
        );
        assert_eq!(
            rendered(quantity::memory("2XB").unwrap_err().on("--memory")),
            "sortie: error: --memory: `2XB` is not an amount of memory\n  \
             hint: write MiB (2048), or a number with MB or GB (512MB, 2GB)"
        );
    }

    /// What sortie says of a command line that is wrong.
    fn said(line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        let error = Cli::try_parse_from(["sortie"].iter().chain(&words)).unwrap_err();
        format!("$ sortie {line}\n{}\n", rendered(in_our_words(&error, &words)))
    }

    #[test]
    fn wrong_command_lines_are_explained_and_no_advice_is_dangerous() {
        let lines = [
            "rnu",
            "plugins",
            "lgos x",
            "frobnicate --cluster ci",
            "--cluster ci run",
            "run --clutser ci",
            "run --timeuot 1m",
            "run --zebra=stripes",
            "run ./deploy.sh --env dev",
            "run --require-complete-logs false -- x",
            "run --memory",
            "run --memory --cpu 1",
            "run -X -- x",
            "run -q -v -- x",
            "launch --timeout 1m",
            "wait",
            "wait id extra",
            "wait id --plugin redact",
            "wait id --timeout",
            "stop id --timeout 1m",
            "logs id --folow",
            "logs id --tail all",
            "logs id --tail=-1",
            "help json settings",
        ];
        let all: String = lines.iter().map(|line| said(line)).collect();
        insta::assert_snapshot!("command-lines", all);
        for dangerous in ["-- -", "--stop-timeout", "For more information", "tip:"] {
            assert!(!all.contains(dangerous), "{dangerous}\n{all}");
        }
    }

    #[test]
    fn a_negative_number_is_a_value() {
        let line = ["sortie", "run", "--timeout", "-1", "--", "x"];
        assert!(Cli::try_parse_from(line).is_ok(), "its setting says what is wrong with it");
    }

    #[test]
    #[cfg(unix)]
    fn a_word_that_is_no_text_is_named_by_its_place() {
        use std::os::unix::ffi::OsStrExt as _;
        let wrong = OsStr::from_bytes(b"hunter2\xff");
        let said = |before: &[&str]| {
            let words: Vec<&OsStr> = before.iter().map(OsStr::new).chain([wrong]).collect();
            let error = Cli::try_parse_from([OsStr::new("sortie")].iter().chain(&words)).unwrap_err();
            in_our_words(&error, &words).to_string()
        };
        assert_eq!(said(&["run", "--env"]), "word 3 of the command line, behind --env is not valid UTF-8");
        assert_eq!(said(&["wait"]), "word 2 of the command line is not valid UTF-8");
        assert_eq!(
            said(&["run", "--"]),
            "word 3 of the command line, the first of the command is not valid UTF-8"
        );
    }

    #[test]
    fn only_a_slip_is_corrected() {
        let names = || ["run", "plan", "launch", "wait", "logs", "stop", "reap", "help"];
        for (word, meant) in [
            ("rnu", Some("run")),
            ("rum", Some("run")),
            ("lauch", Some("launch")),
            ("watt", Some("wait")),
            ("log", Some("logs")),
            ("stpo", Some("stop")),
            ("plugins", None),
            ("ls", None),
            ("list", None),
            ("start", None),
            ("r", None),
        ] {
            assert_eq!(misspelt(word, names()), meant, "{word}");
        }
    }
}
