//! What the process was started with, and who is told of an error while the settings are not known.

use std::ffi::OsString;
use std::time::Instant;

use crate::ci::Ci;
use crate::environment::Environment;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::output::failure::Audience;
use crate::output::streams::Streams;
use crate::output::surroundings::Surroundings;
use crate::secrecy::Secrets;
use crate::secrecy::sources;
use crate::settings::ColorChoice;
use crate::settings::OutputFormat;
use crate::settings::choice::Choice;
use crate::settings::resolve;

/// What the process was started with.
#[derive(Debug)]
pub(super) struct Process {
    /// The words after its name.
    pub(super) args: Vec<OsString>,
    /// Its environment.
    pub(super) environment: Environment,
    /// What is secret in it, before any setting is known.
    pub(super) secrets: Secrets,
    /// When it began.
    pub(super) started: Instant,
}

impl Process {
    /// This process.
    pub(super) fn new() -> Self {
        let args = std::env::args_os().skip(1).collect();
        let (environment, secrets) = (Environment::of_process(), Secrets::new());
        secrets.learn(sources::of_environment(&environment));
        Self { args, environment, secrets, started: Instant::now() }
    }

    /// Its streams, for what holds no secret, such as help.
    pub(super) fn streams_for_help(&self) -> Streams {
        Streams::of_process(self.surroundings(), &Secrets::off())
    }

    /// Tells an error that ends the command before the settings are known, as the user wants to be told,
    /// as far as that can be seen: in the words of the command line, whatever is wrong with the others,
    /// else in the environment, else in the file.
    pub(super) fn fail(&self, error: &Error) -> ExitCode {
        self.audience().tell(error)
    }

    /// Who is told of it.
    pub(super) fn audience(&self) -> Audience<'_> {
        let color = self.flag("color");
        let format = self.flag("output").or_else(|| self.is_given("--json").then_some(OutputFormat::Json));
        let told = || resolve::told_output(self.flag_text("config"), &self.environment);
        Audience {
            color: color.unwrap_or(ColorChoice::Auto),
            format: format.or_else(told).unwrap_or_default(),
            surroundings: self.surroundings(),
            secrets: &self.secrets,
            started: self.started,
        }
    }

    /// Who reads the output.
    fn surroundings(&self) -> Surroundings {
        let told = self.flag::<Ci>("ci").or_else(|| resolve::told_ci(&self.environment));
        Surroundings::of(&self.environment, told)
    }

    /// The words before `--`, which are sortie's own.
    fn own(&self) -> impl DoubleEndedIterator<Item = &str> {
        let own = self.args.iter().take_while(|word| *word != "--");
        own.map(|word| word.to_str().unwrap_or_default()).collect::<Vec<_>>().into_iter()
    }

    fn is_given(&self, flag: &str) -> bool {
        self.own().any(|word| word == flag)
    }

    /// What a flag is set to last, if it is given.
    fn flag_text(&self, key: &str) -> Option<&str> {
        let words: Vec<&str> = self.own().collect();
        let value = |at: usize| {
            let rest = words[at].strip_prefix("--")?.strip_prefix(key)?;
            match rest.strip_prefix('=') {
                Some(value) => Some(value),
                None if rest.is_empty() => words.get(at + 1).copied(),
                None => None,
            }
        };
        (0..words.len()).rev().find_map(value)
    }

    fn flag<T: Choice>(&self, key: &str) -> Option<T> {
        self.flag_text(key).and_then(T::from_word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(args: &[&str]) -> Process {
        Process { args: args.iter().map(OsString::from).collect(), ..Process::new() }
    }

    #[test]
    fn a_wish_is_seen_whatever_else_is_wrong() {
        let json = |args: &[&str]| process(args).flag::<OutputFormat>("output") == Some(OutputFormat::Json);
        assert!(json(&["run", "--clutser", "x", "--output", "json"]));
        assert!(json(&["run", "--output=json", "--timeout"]));
        assert!(json(&["run", "--output", "text", "--output=json"]), "the last one counts");
        assert!(!json(&["run", "--output=json", "--output", "text"]));
        assert!(!json(&["run", "--", "--output=json"]), "that is the command's");
        assert!(!json(&["run", "--output"]) && !json(&["run", "--output-x", "json"]));
        assert!(process(&["plan", "--json", "--x"]).is_given("--json"));
    }
}
