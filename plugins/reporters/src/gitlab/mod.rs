//! GitLab CI: sections of the log, the reason in colour, and reports in files.
//!
//! GitLab takes reports from files that the job names in its `artifacts`; where they are written is said by
//! variables of the job, and what is not named is not written. There are no annotations of lines in its log
//! and no summary page; what the log says of files is a code quality report. Masking is set in the project.
//!
//! - [`section`]: parts of the log that fold.
//! - [`dotenv`]: outputs, as variables of later jobs.
//! - [`report`]: links, and what the log says of files.

pub mod dotenv;
pub mod report;
pub mod section;

use sortie_plugin_sdk::Finding;
use sortie_story::Step;
use sortie_story::Story;

use crate::config::Config;
use crate::form::Form;
use crate::voice::Voice;
use section::Sections;

/// Name of the file for the outputs (`artifacts:reports:dotenv`), as the grant calls it.
pub const DOTENV_FILE: &str = "dotenv";
/// Name of the file for links (`artifacts:reports:annotations`).
pub const ANNOTATIONS_FILE: &str = "annotations";
/// Name of the file for what the log says of files (`artifacts:reports:codequality`).
pub const CODE_QUALITY_FILE: &str = "codequality";

/// The reporter.
pub struct GitLab {
    config: Config,
    prefix: String,
    sections: Sections,
}

impl GitLab {
    /// # Errors
    /// What is wrong with the configuration.
    pub fn new(config: &Config) -> Result<Self, Finding> {
        let prefix = config.variable_prefix()?;
        Ok(Self { config: config.clone(), prefix, sections: Sections::default() })
    }
}

impl Form for GitLab {
    fn files(&self) -> &'static [&'static str] {
        &[DOTENV_FILE, ANNOTATIONS_FILE, CODE_QUALITY_FILE]
    }

    fn launched(&mut self, story: &Story, voice: &mut Voice<'_>) {
        if self.config.groups {
            self.sections.close_all(voice);
            self.sections.open(&format!("{} ({})", story.title(), story.launched.id), voice);
        }
    }

    /// A section within that of the task. Other containers' lines come in between, so their steps have none.
    fn step(&mut self, story: &Story, step: &Step, voice: &mut Voice<'_>) {
        if self.config.groups && story.is_main(&step.container) {
            self.sections.close_to(1, voice);
            self.sections.open(&step.title, voice);
        }
    }

    fn finished(&mut self, story: &Story, voice: &mut Voice<'_>) {
        self.sections.close_all(voice);
        if self.config.annotations {
            voice.say_why(story);
            voice.write(ANNOTATIONS_FILE, &report::links(story));
            voice.write(CODE_QUALITY_FILE, &report::code_quality(story));
        }
        if self.config.outputs {
            let variables = dotenv::variables(story, &self.prefix);
            let lines = variables.given.iter().map(|one| format!("{}={}\n", one.name, one.value));
            if voice.append(DOTENV_FILE, &lines.collect::<String>()) {
                let why =
                    "GitLab keeps 20 variables of one line, less than 5 KB, and would expand $NAME in them";
                variables.apology(why).iter().for_each(|apology| voice.say(apology));
            }
        }
    }
}
