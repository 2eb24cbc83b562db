//! `github`: tells GitHub Actions what happened.
//!
//! On the command channel: the task's log in a group, a warning for each of the plan's, an error
//! with the reason when the run failed. In files: the step's summary and its outputs. Each part
//! does without the others, and without what was not granted. Outside of a job it does nothing.
//!
//! - [`command`]: workflow commands, byte for byte as `@actions/core` writes them.
//! - [`summary`]: the step's summary, in Markdown.
//! - [`output`]: the step's outputs.

pub mod command;
pub mod output;
pub mod summary;

use serde::Deserialize;
use sortie_plugin_sdk::About;
use sortie_plugin_sdk::Effects;
use sortie_plugin_sdk::Error;
use sortie_plugin_sdk::Event;
use sortie_plugin_sdk::Finding;
use sortie_plugin_sdk::Need;
use sortie_plugin_sdk::Reporter;
use sortie_plugin_sdk::Setup;
use sortie_plugin_sdk::reporter::Finished;
use sortie_plugin_sdk::reporter::Launched;
use sortie_plugin_sdk::reporter::Planned;
use sortie_plugin_sdk::reporter::StateChanged;

/// Name of the file for the summary, as the grant calls it.
pub const SUMMARY_FILE: &str = "summary";
/// Name of the file for the outputs, as the grant calls it.
pub const OUTPUT_FILE: &str = "output";

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
    /// Folds the task's log into a group.
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
    planned: Planned,
    launched: Launched,
    states: Vec<summary::State>,
    group_open: bool,
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
        if !output::is_name_part(&config.output_prefix) {
            let why = "a prefix is made of letters, digits, `-` and `_`";
            return Err(Finding::error("/output-prefix", why));
        }
        // Whoever does not let it look knows that it is one.
        let is_job = setup.env("GITHUB_ACTIONS") != Ok(None);
        if !is_job {
            setup.report(Finding::note("", "GITHUB_ACTIONS is not set: this is no GitHub Actions job"));
        }
        Ok(Self {
            config,
            planned: Planned::default(),
            launched: Launched::default(),
            states: Vec::new(),
            group_open: false,
            is_job,
            complained: false,
        })
    }

    fn events(&self) -> Option<Vec<&'static str>> {
        match self.is_job {
            true => Some(vec!["planned", "launched", "state", "finished"]),
            false => Some(Vec::new()),
        }
    }

    fn planned(&mut self, _: &Event, planned: &Planned, effects: &mut dyn Effects) -> Result<(), Error> {
        self.planned = planned.clone();
        if !self.config.annotations {
            return Ok(());
        }
        let shown = planned.warnings.len().min(MAX_ANNOTATIONS);
        for warning in &planned.warnings[..shown] {
            let line = command::line("warning", &[("title", "sortie")], clipped(warning));
            self.command(effects, &line);
        }
        Ok(())
    }

    fn launched(&mut self, _: &Event, launched: &Launched, effects: &mut dyn Effects) -> Result<(), Error> {
        self.launched = launched.clone();
        if self.config.groups {
            // A task that could not start was launched again.
            if self.group_open {
                self.command(effects, &command::line("endgroup", &[], ""));
            }
            self.group_open = true;
            let title = self.title().to_owned();
            self.command(effects, &command::line("group", &[], &format!("{title} ({})", launched.id)));
        }
        Ok(())
    }

    fn state_changed(
        &mut self,
        event: &Event,
        change: &StateChanged,
        _: &mut dyn Effects,
    ) -> Result<(), Error> {
        self.states.push(summary::State { name: change.state.clone(), elapsed_ms: event.elapsed_ms });
        Ok(())
    }

    fn finished(&mut self, _: &Event, finished: &Finished, effects: &mut dyn Effects) -> Result<(), Error> {
        if std::mem::take(&mut self.group_open) {
            self.command(effects, &command::line("endgroup", &[], ""));
        }
        if self.config.annotations && !finished.succeeded() {
            let title = format!("{}: {}", self.title(), finished.verdict);
            let message = match finished.hint.as_str() {
                "" => finished.reason.clone(),
                hint => format!("{}\n{hint}", finished.reason),
            };
            self.command(effects, &command::line("error", &[("title", &title)], clipped(&message)));
        }
        if self.config.annotations && !finished.logs_complete() && finished.verdict != "logs-incomplete" {
            let message = "The task's log may be incomplete.";
            self.command(effects, &command::line("warning", &[("title", self.title())], message));
        }
        if self.config.summary {
            let summary = summary::render(&summary::Run {
                title: self.title(),
                planned: &self.planned,
                launched: &self.launched,
                states: &self.states,
                finished,
            });
            let written = effects.append(SUMMARY_FILE, summary.as_bytes());
            self.complain(effects, "the step's summary", written);
        }
        if self.config.outputs {
            let outputs = output::render(&self.config.output_prefix, finished);
            let written = effects.append(OUTPUT_FILE, outputs.as_bytes());
            self.complain(effects, "the step's outputs", written);
        }
        Ok(())
    }
}

impl GitHub {
    fn title(&self) -> &str {
        match &self.config.title {
            Some(title) => title,
            None if self.planned.name.is_empty() => "sortie",
            None => &self.planned.name,
        }
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
