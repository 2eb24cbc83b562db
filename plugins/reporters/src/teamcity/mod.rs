//! TeamCity: blocks, messages, a build problem and parameters by service messages.
//!
//! Blocks nest. What the log says of files is a message of the log. The reason is a build problem, which
//! TeamCity shows on the build's page. Outputs are parameters `env.NAME`, which later steps have as variables.
//!
//! - [`message`]: service messages, byte for byte as `teamcity-messages` writes them.

pub mod message;

use sortie_plugin_sdk::Finding;
use sortie_story::Annotation;
use sortie_story::Level;
use sortie_story::Step;
use sortie_story::Story;
use sortie_story::plain;

use crate::config::Config;
use crate::form::Form;
use crate::variables;
use crate::variables::Shape;
use crate::variables::Variable;
use crate::voice::Voice;

/// Characters of one text. TeamCity keeps 4,000 of a build problem's description, and the host takes lines of
/// 16 KiB, in which a character is written as up to 6.
const MAX_TEXT: usize = 2_000;
/// Warnings and notices of the log that are written as messages.
const MAX_MESSAGES: usize = 100;

/// The reporter.
pub struct TeamCity {
    config: Config,
    prefix: String,
    /// Names of the blocks that are open, the outermost first.
    blocks: Vec<String>,
    messages: usize,
}

impl TeamCity {
    /// # Errors
    /// What is wrong with the configuration.
    pub fn new(config: &Config) -> Result<Self, Finding> {
        let prefix = config.variable_prefix()?;
        Ok(Self { config: config.clone(), prefix, blocks: Vec::new(), messages: 0 })
    }

    fn open(&mut self, name: &str, voice: &mut Voice<'_>) {
        if self.config.groups {
            let name = plain::cut(&plain::line(name), MAX_TEXT);
            voice.command(&message::line("blockOpened", &[("name", &name)]));
            self.blocks.push(name);
        }
    }

    fn close_to(&mut self, left: usize, voice: &mut Voice<'_>) {
        while self.blocks.len() > left
            && let Some(name) = self.blocks.pop()
        {
            voice.command(&message::line("blockClosed", &[("name", &name)]));
        }
    }

    fn message(&mut self, level: Level, text: &str, voice: &mut Voice<'_>) {
        if !self.config.annotations || self.messages >= MAX_MESSAGES {
            return;
        }
        self.messages += 1;
        let status = match level {
            // A message of the status ERROR can fail the build, which is the exit code's to do.
            Level::Error | Level::Warning => "WARNING",
            Level::Notice => "NORMAL",
        };
        let text = plain::cut(&plain::line(text), MAX_TEXT);
        voice.command(&message::line("message", &[("text", &text), ("status", status)]));
    }
}

impl Form for TeamCity {
    fn planned(&mut self, story: &Story, voice: &mut Voice<'_>) {
        for warning in &story.planned.warnings {
            self.message(Level::Warning, warning, voice);
        }
    }

    fn launched(&mut self, story: &Story, voice: &mut Voice<'_>) {
        self.close_to(0, voice);
        self.open(&format!("{} ({})", story.title(), story.launched.id), voice);
    }

    /// A block within that of the task. Other containers' lines come in between, so their steps have none.
    fn step(&mut self, story: &Story, step: &Step, voice: &mut Voice<'_>) {
        if story.is_main(&step.container) {
            self.close_to(1, voice);
            self.open(&step.title, voice);
        }
    }

    fn annotation(&mut self, _: &Story, annotation: &Annotation, voice: &mut Voice<'_>) {
        let place = annotation.place();
        let separator = if place.is_empty() { "" } else { ": " };
        let text = format!("{}: {place}{separator}{}", annotation.level.as_str(), annotation.message);
        self.message(annotation.level, &text, voice);
    }

    fn finished(&mut self, story: &Story, voice: &mut Voice<'_>) {
        self.close_to(0, voice);
        if let (true, Some(failure)) = (self.config.annotations, story.failure()) {
            let text =
                plain::cut(&plain::lines(&format!("{}\n{}", failure.title, failure.message)), MAX_TEXT);
            voice.command(&message::line("buildProblem", &[("description", &text)]));
        }
        if !self.config.outputs {
            return;
        }
        let fits = |value: &str| value.chars().count() <= MAX_TEXT;
        let variables = variables::of(story, &self.prefix, Shape::Lines, fits);
        for Variable { name, value } in &variables.given {
            let name = format!("env.{name}");
            voice.command(&message::line("setParameter", &[("name", &name), ("value", value)]));
        }
        variables.apology("too long").iter().for_each(|apology| voice.say(apology));
    }
}
