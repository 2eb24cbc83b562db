//! Buildkite: headers in the log, and an annotation in a file.
//!
//! A header is a line that begins with `---`; the next one ends its group (Buildkite's "Managing log output").
//! `^^^ +++` opens the group before it: where a run failed, that of the step that failed. An annotation is
//! made by `buildkite-agent annotate`, which a reporter cannot run: what it takes is written to the file that
//! `BUILDKITE_ANNOTATION_FILE` names, if the job sets it. Values for later steps are set by
//! `buildkite-agent meta-data`.

use sortie_plugin_sdk::Finding;
use sortie_story::Step;
use sortie_story::Story;
use sortie_story::plain;
use sortie_story::summary;

use crate::config::Config;
use crate::form::Form;
use crate::voice::Voice;

/// Name of the file for the annotation, as the grant calls it.
pub const ANNOTATION_FILE: &str = "annotation";

/// Bytes of an annotation's body: 1 MiB, less a reserve for what others write to the same file.
const MAX_ANNOTATION: usize = 1_000_000;
/// Characters of a header.
const MAX_HEADER: usize = 200;

/// The reporter.
pub struct Buildkite {
    config: Config,
}

impl Buildkite {
    /// # Errors
    /// What is wrong with the configuration.
    pub fn new(config: &Config) -> Result<Self, Finding> {
        Ok(Self { config: config.clone() })
    }

    fn header(&self, text: &str, voice: &mut Voice<'_>) {
        if self.config.groups {
            voice.command(&format!("--- {}", plain::cut(&plain::unobeyed(text), MAX_HEADER)));
        }
    }
}

impl Form for Buildkite {
    fn files(&self) -> &'static [&'static str] {
        &[ANNOTATION_FILE]
    }

    fn launched(&mut self, story: &Story, voice: &mut Voice<'_>) {
        self.header(&format!("{} ({})", story.title(), story.launched.id), voice);
    }

    fn step(&mut self, story: &Story, step: &Step, voice: &mut Voice<'_>) {
        if story.is_main(&step.container) {
            self.header(&step.title, voice);
        }
    }

    fn finished(&mut self, story: &Story, voice: &mut Voice<'_>) {
        if self.config.groups && !story.finished.succeeded() {
            voice.command("^^^ +++");
        }
        if self.config.annotations {
            voice.say_why(story);
        }
        if self.config.summary {
            voice.append(ANNOTATION_FILE, &summary::render(story, MAX_ANNOTATION));
        }
    }
}
