//! What a command is given to work with.

use crate::environment::Environment;
use crate::output::streams::Streams;
use crate::output::surroundings::Surroundings;
use crate::settings::Settings;
use crate::stream::Announcer;

/// The settings of a command, and the environment of the process it runs in.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// What the user wants.
    pub settings: &'a Settings,
    /// What the settings were read from, and what plugins may be granted of.
    pub environment: &'a Environment,
    /// Where back ends say what keeps a person waiting.
    pub announcer: &'a Announcer,
}

impl Job<'_> {
    /// The streams of this process.
    pub fn streams(self) -> Streams {
        Streams::of_process(Surroundings::of(self.environment))
    }
}
