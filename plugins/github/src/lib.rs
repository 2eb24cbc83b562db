//! `github`: tells GitHub Actions what happened.
//!
//! On the command channel: the task's log in groups, one for each of its steps; a warning for each of the
//! plan's; what the log says of files; an error with the reason when the run failed. In files: the step's
//! summary and its outputs. Each part does without the others, and without what was not granted. Outside of a
//! job it does nothing.
//!
//! It adds no masks (`add-mask`): sortie has masked the task's secrets before they reach the log, the
//! summary or an output, a command with the value in it would be the one place where it is written, and the
//! runner would replace a short value wherever it stands in the logs of all later steps.
//!
//! - [`command`]: workflow commands, byte for byte as `@actions/core` writes them.
//! - [`output`]: the step's outputs.
//! - `sortie_story`: what there is to tell, and the summary's Markdown.

pub mod command;
pub mod output;

use serde::Deserialize;
use sortie_plugin_sdk::About;
use sortie_plugin_sdk::Effects;
use sortie_plugin_sdk::Error;
use sortie_plugin_sdk::Event;
use sortie_plugin_sdk::Finding;
use sortie_plugin_sdk::Need;
use sortie_plugin_sdk::Reporter;
use sortie_plugin_sdk::Setup;
use sortie_story::Annotation;
use sortie_story::Heard;
use sortie_story::Level;
use sortie_story::Step;
use sortie_story::Story;
use sortie_story::summary;

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

/// The configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Folds the task's log into groups.
    pub groups: bool,
    /// Shows errors and warnings on the run's page.
    pub annotations: bool,
    /// Writes the step's summary.
    pub summary: bool,
    /// Sets the step's outputs.
    pub outputs: bool,
    /// Before every output's name.
    pub output_prefix: String,
    /// Title of the group and the summary.
    pub title: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            groups: true,
            annotations: true,
            summary: true,
            outputs: true,
            output_prefix: String::new(),
            title: None,
        }
    }
}

/// The plugin.
pub struct GitHub {
    config: Config,
    story: Story,
    group_open: bool,
    /// How many annotations of each level there are: errors, warnings, notices.
    annotated: [usize; 3],
    /// Nobody else obeys workflow commands, and there they are noise.
    is_job: bool,
    /// What could not be done was said already, once.
    complained: bool,
}

impl Reporter for GitHub {
    type Config = Config;
    const ABOUT: About = About::new(
        "github",
        env!("CARGO_PKG_VERSION"),
        "Groups, annotations, step summary and outputs for GitHub Actions.",
    )
    .needs(&[
        Need::commands().because("Groups and annotations are workflow commands in the step's log."),
        Need::file(SUMMARY_FILE).because("The step's summary is a file."),
        Need::file(OUTPUT_FILE).because("The step's outputs are lines of a file."),
        Need::env("GITHUB_ACTIONS").because("It says whether this is a job of GitHub Actions."),
    ])
    .config_schema(include_str!("../config.schema.json"));

    fn configure(config: Config, setup: &mut Setup<'_>) -> Result<Self, Finding> {
        if !sortie_story::outputs::is_name_part(&config.output_prefix) {
            let why = "a prefix is made of letters, digits, `-` and `_`";
            return Err(Finding::error("/output-prefix", why));
        }
        // Whoever does not let it look knows that it is one.
        let is_job = setup.env("GITHUB_ACTIONS") != Ok(None);
        if !is_job {
            setup.report(Finding::note("", "GITHUB_ACTIONS is not set: this is no GitHub Actions job"));
        }
        let story = Story::titled(config.title.clone());
        Ok(Self { config, story, group_open: false, annotated: [0; 3], is_job, complained: false })
    }

    fn events(&self) -> Option<Vec<&'static str>> {
        Some(if self.is_job { sortie_story::EVENTS.to_vec() } else { Vec::new() })
    }

    fn report(&mut self, event: &Event, effects: &mut dyn Effects) -> Result<(), Error> {
        match self.story.hear(event) {
            Heard::Planned => self.planned(effects),
            Heard::Launched => self.launched(effects),
            Heard::Step(step) => self.step(effects, &step),
            Heard::Annotation(annotation) => self.annotation(effects, &annotation),
            Heard::Finished => self.finished(effects),
            Heard::Else => {}
        }
        Ok(())
    }
}

impl GitHub {
    fn planned(&mut self, effects: &mut dyn Effects) {
        for warning in self.story.planned.warnings.clone() {
            self.annotate(effects, Level::Warning, &[("title", "sortie")], &warning);
        }
    }

    fn launched(&mut self, effects: &mut dyn Effects) {
        let title = format!("{} ({})", self.story.title(), self.story.launched.id);
        self.open_group(effects, &title);
    }

    /// Groups are flat: the one before ends where a step of the task begins. Other containers' lines come
    /// in between, so their steps have none.
    fn step(&mut self, effects: &mut dyn Effects, step: &Step) {
        if self.story.is_main(&step.container) {
            self.open_group(effects, &step.title);
        }
    }

    fn annotation(&mut self, effects: &mut dyn Effects, annotation: &Annotation) {
        let Annotation { level, file, line, column, message, container: _ } = annotation;
        let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
        let (line, column) = (number(*line), number(*column));
        let file = file.as_deref().unwrap_or_default();
        let mut place = vec![("file", file), ("line", line.as_str()), ("col", column.as_str())];
        place.retain(|(_, value)| !value.is_empty());
        self.annotate(effects, *level, &place, message);
    }

    fn finished(&mut self, effects: &mut dyn Effects) {
        self.close_group(effects);
        if let Some(failure) = self.story.failure() {
            // The last of the errors is kept for it.
            self.annotated[Level::Error as usize] = 0;
            self.annotate(effects, Level::Error, &[("title", &failure.title)], &failure.message);
        }
        let finished = &self.story.finished;
        if !finished.logs_complete() && finished.verdict != "logs-incomplete" {
            let title = self.story.title().to_owned();
            let message = "The task's log may be incomplete.";
            self.annotate(effects, Level::Warning, &[("title", &title)], message);
        }
        if self.config.summary {
            let summary = summary::render(&self.story, MAX_SUMMARY);
            let written = effects.append(SUMMARY_FILE, summary.as_bytes());
            self.complain(effects, "the step's summary", written);
        }
        if self.config.outputs {
            let outputs = output::render(&self.config.output_prefix, &self.story);
            let written = effects.append(OUTPUT_FILE, outputs.as_bytes());
            self.complain(effects, "the step's outputs", written);
        }
    }

    fn open_group(&mut self, effects: &mut dyn Effects, title: &str) {
        if self.config.groups {
            self.close_group(effects);
            self.group_open = true;
            self.command(effects, &command::line("group", &[], clipped(title)));
        }
    }

    fn close_group(&mut self, effects: &mut dyn Effects) {
        if std::mem::take(&mut self.group_open) {
            self.command(effects, &command::line("endgroup", &[], ""));
        }
    }

    /// An annotation, as long as GitHub shows it. The last error of all is the reason.
    fn annotate(
        &mut self,
        effects: &mut dyn Effects,
        level: Level,
        properties: &[(&str, &str)],
        message: &str,
    ) {
        let max = if level == Level::Error { MAX_ANNOTATIONS - 1 } else { MAX_ANNOTATIONS };
        let count = &mut self.annotated[level as usize];
        if !self.config.annotations || *count >= max {
            return;
        }
        *count += 1;
        self.command(effects, &command::line(level.as_str(), properties, clipped(message)));
    }

    /// A line on the command channel. Without the grant the log itself says nothing less: sortie
    /// prints the reason anyway.
    fn command(&mut self, effects: &mut dyn Effects, line: &str) {
        let written = effects.command(&command::accepted(line));
        self.complain(effects, "a workflow command", written);
    }

    /// Says once what could not be done. sortie itself says what is not granted, and a file whose variable is
    /// not set is one that the runner does not have.
    fn complain(&mut self, effects: &mut dyn Effects, what: &str, result: Result<(), Error>) {
        let Err(error) = result else { return };
        if error.is_denied() {
            return;
        }
        if std::mem::replace(&mut self.complained, true) {
            return;
        }
        let message = format!("github could not write {what}: {}", error.message());
        // Nothing is left to try when this cannot be written either.
        let line = command::line("warning", &[("title", "sortie")], &message);
        let _ = effects.command(&command::accepted(&line));
    }
}

/// At most [`MAX_MESSAGE`] bytes.
fn clipped(message: &str) -> &str {
    &message[..message.floor_char_boundary(MAX_MESSAGE)]
}

sortie_plugin_sdk::export!(reporter: GitHub);

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
