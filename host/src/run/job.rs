//! What a command is given to work with.

use std::time::Instant;

use crate::environment::Environment;
use crate::error::Error;
use crate::output::failure::Audience;
use crate::output::log_file::LogFile;
use crate::output::streams::Streams;
use crate::output::surroundings::Surroundings;
use crate::secrecy::Secrets;
use crate::settings::Settings;
use crate::stream::Announcer;

/// The settings of a command, and the environment of the process it runs in.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// What the user wants.
    pub settings: &'a Settings,
    /// What the settings were read from, and what plugins may be granted of.
    pub environment: &'a Environment,
    /// What is masked in all that leaves sortie.
    pub secrets: &'a Secrets,
    /// Where back ends say what keeps a person waiting.
    pub announcer: &'a Announcer,
    /// What a person should know of the settings, one line each. It has been said, except by
    /// `sortie plan`, which has a place for it.
    pub warnings: &'a [String],
    /// When sortie began.
    pub started: Instant,
}

impl<'a> Job<'a> {
    /// The streams of this process.
    pub fn streams(self) -> Streams {
        Streams::of_process(self.surroundings(), self.secrets)
    }

    /// The file for the whole log of these containers, if one is wanted.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn log_file(self, containers: &[String]) -> Result<Option<LogFile>, Error> {
        let path = self.settings.run.log_file.as_deref();
        let timestamps = self.settings.output.timestamps;
        path.map(|path| LogFile::create(path, containers.to_vec(), timestamps)).transpose()
    }

    /// Who reads what sortie writes.
    pub fn surroundings(self) -> Surroundings {
        Surroundings::of(self.environment, self.settings.output.ci)
    }

    /// Who is told what ends the command.
    pub fn audience(self) -> Audience<'a> {
        let output = self.settings.output;
        let surroundings = self.surroundings();
        let Self { secrets, started, .. } = self;
        Audience { color: output.color, format: output.format, surroundings, secrets, started }
    }
}
