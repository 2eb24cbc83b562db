//! bash, with a script of sortie's own: that of `clap_complete` completes nothing behind `=` and `:`.

use std::ffi::OsString;
use std::io::Error;
use std::io::Write;
use std::path::Path;

use clap_complete::env;
use clap_complete::env::EnvCompleter;

/// Asks sortie, by the name of the variable in place of `VARIABLE`.
const SCRIPT: &str = include_str!("bash.sh");

pub(super) struct Bash;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        "bash"
    }

    fn is(&self, name: &str) -> bool {
        name == self.name()
    }

    fn write_registration(
        &self,
        variable: &str,
        _name: &str,
        _binary: &str,
        _completer: &str,
        script: &mut dyn Write,
    ) -> Result<(), Error> {
        script.write_all(SCRIPT.replace("VARIABLE", variable).as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut clap::Command,
        words: Vec<OsString>,
        directory: Option<&Path>,
        answer: &mut dyn Write,
    ) -> Result<(), Error> {
        env::Bash.write_complete(command, words, directory, answer)
    }
}
