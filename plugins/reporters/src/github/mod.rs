//! GitHub Actions: groups and annotations by workflow commands, the step's summary and its outputs in files.
//!
//! On the command channel: the task's log in groups, one for each of its steps; a warning for each of the
//! plan's; what the log says of files; an error with the reason when the run failed. Each part does without
//! the others, and without what was not granted.
//!
//! It adds no masks (`add-mask`): sortie has masked the task's secrets before they reach the log, the
//! summary or an output, a command with the value in it would be the one place where it is written, and the
//! runner would replace a short value wherever it stands in the logs of all later steps.
//!
//! - [`command`]: workflow commands, byte for byte as `@actions/core` writes them.
//! - [`output`]: the step's outputs.

pub mod command;
pub mod output;

use sortie_plugin_sdk::Finding;
use sortie_story::Annotation;
use sortie_story::Level;
use sortie_story::Step;
use sortie_story::Story;
use sortie_story::outputs;
use sortie_story::summary;

use crate::config::Config;
use crate::form::Form;
use crate::voice::Voice;

/// Name of the file for the summary, as the grant calls it.
pub const SUMMARY_FILE: &str = "summary";
/// Name of the file for the outputs, as the grant calls it.
pub const OUTPUT_FILE: &str = "output";

/// GitHub throws a whole summary away that is above 1 MiB (actions/runner,
/// `CreateStepSummaryCommand`); others may have written to the same one.
const MAX_SUMMARY: usize = 1_000_000;
/// Annotations of one severity that GitHub shows for one step (actions/runner,
/// `ExecutionContext`: `_maxCountPerIssueType`).
const MAX_ANNOTATIONS: usize = 10;
/// Bytes that a message is cut to, so that GitHub, which cuts at 4096 characters
/// (`_maxIssueMessageLength`), never has to.
const MAX_MESSAGE: usize = 4000;

/// The reporter.
pub struct GitHub {
    config: Config,
    group_open: bool,
    /// How many annotations of each level there are: errors, warnings, notices.
    annotated: [usize; 3],
}

impl GitHub {
    /// # Errors
    /// What is wrong with the configuration.
    pub fn new(config: &Config) -> Result<Self, Finding> {
        if !config.output_prefix.as_deref().is_none_or(outputs::is_name_part) {
            let why = "a prefix is made of letters, digits, `-` and `_`";
            return Err(Finding::error("/output-prefix", why));
        }
        Ok(Self { config: config.clone(), group_open: false, annotated: [0; 3] })
    }
}

impl Form for GitHub {
    fn files(&self) -> &'static [&'static str] {
        &[SUMMARY_FILE, OUTPUT_FILE]
    }

    fn planned(&mut self, story: &Story, voice: &mut Voice<'_>) {
        for warning in &story.planned.warnings {
            self.annotate(voice, Level::Warning, &[("title", "sortie")], warning);
        }
    }

    fn launched(&mut self, story: &Story, voice: &mut Voice<'_>) {
        self.open_group(voice, &format!("{} ({})", story.title(), story.launched.id));
    }

    /// Groups are flat: the one before ends where a step of the task begins. Other containers' lines come
    /// in between, so their steps have none.
    fn step(&mut self, story: &Story, step: &Step, voice: &mut Voice<'_>) {
        if story.is_main(&step.container) {
            self.open_group(voice, &step.title);
        }
    }

    fn annotation(&mut self, _: &Story, annotation: &Annotation, voice: &mut Voice<'_>) {
        let Annotation { level, file, line, column, message, container: _ } = annotation;
        let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
        let (line, column) = (number(*line), number(*column));
        let file = file.as_deref().unwrap_or_default();
        let mut place = vec![("file", file), ("line", line.as_str()), ("col", column.as_str())];
        place.retain(|(_, value)| !value.is_empty());
        self.annotate(voice, *level, &place, message);
    }

    fn finished(&mut self, story: &Story, voice: &mut Voice<'_>) {
        self.close_group(voice);
        if let Some(failure) = story.failure() {
            // The last of the errors is kept for it.
            self.annotated[Level::Error as usize] = 0;
            self.annotate(voice, Level::Error, &[("title", &failure.title)], &failure.message);
        }
        let finished = &story.finished;
        if !finished.logs_complete() && finished.verdict != "logs-incomplete" {
            let message = "The task's log may be incomplete.";
            self.annotate(voice, Level::Warning, &[("title", story.title())], message);
        }
        if self.config.summary {
            voice.append(SUMMARY_FILE, &summary::render(story, MAX_SUMMARY));
        }
        if self.config.outputs {
            let prefix = self.config.output_prefix.as_deref().unwrap_or_default();
            voice.append(OUTPUT_FILE, &output::render(prefix, story));
        }
    }
}

impl GitHub {
    fn open_group(&mut self, voice: &mut Voice<'_>, title: &str) {
        if self.config.groups {
            self.close_group(voice);
            self.group_open = true;
            command(voice, &command::line("group", &[], clipped(title)));
        }
    }

    fn close_group(&mut self, voice: &mut Voice<'_>) {
        if std::mem::take(&mut self.group_open) {
            command(voice, &command::line("endgroup", &[], ""));
        }
    }

    /// An annotation, as long as GitHub shows it. The last error of all is the reason.
    fn annotate(&mut self, voice: &mut Voice<'_>, level: Level, properties: &[(&str, &str)], message: &str) {
        let max = if level == Level::Error { MAX_ANNOTATIONS - 1 } else { MAX_ANNOTATIONS };
        let count = &mut self.annotated[level as usize];
        if !self.config.annotations || *count >= max {
            return;
        }
        *count += 1;
        command(voice, &command::line(level.as_str(), properties, clipped(message)));
    }
}

/// A line on the command channel, as sortie takes it.
fn command(voice: &mut Voice<'_>, line: &str) {
    voice.command(&command::accepted(line));
}

/// At most [`MAX_MESSAGE`] bytes.
fn clipped(message: &str) -> &str {
    &message[..message.floor_char_boundary(MAX_MESSAGE)]
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
