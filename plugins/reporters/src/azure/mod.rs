//! Azure Pipelines: groups, issues and variables by logging commands.
//!
//! Groups are flat, as GitHub's. Variables are outputs of the step (`isOutput=true`): a later step of the job
//! reads `$(STEP.TASK_ARN)`, where STEP is the name of this one. A summary is uploaded from a file by its
//! absolute path, which a reporter does not know: `--reporter markdown` writes the file, and the job uploads
//! it (`##vso[task.uploadsummary]`).
//!
//! - [`command`]: logging commands, byte for byte as `azure-pipelines-task-lib` writes them.

pub mod command;

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

/// Issues of one severity that are kept for one task (microsoft/azure-pipelines-agent, `ExecutionContext`:
/// `_maxIssueCount`).
const MAX_ISSUES: usize = 10;
/// Characters of one text: the host takes lines of 16 KiB, and a character is written as up to 6.
const MAX_TEXT: usize = 2_000;

/// The reporter.
pub struct Azure {
    config: Config,
    prefix: String,
    group_open: bool,
    /// How many errors and warnings there are.
    issues: [usize; 2],
}

impl Azure {
    /// # Errors
    /// What is wrong with the configuration.
    pub fn new(config: &Config) -> Result<Self, Finding> {
        let prefix = config.variable_prefix()?;
        Ok(Self { config: config.clone(), prefix, group_open: false, issues: [0; 2] })
    }

    fn open_group(&mut self, title: &str, voice: &mut Voice<'_>) {
        if self.config.groups {
            self.close_group(voice);
            self.group_open = true;
            voice.command(&format!("##[group]{}", plain::cut(&plain::unobeyed(title), MAX_TEXT)));
        }
    }

    fn close_group(&mut self, voice: &mut Voice<'_>) {
        if std::mem::take(&mut self.group_open) {
            voice.command("##[endgroup]");
        }
    }

    /// An issue, as long as it is kept. The last error of all is the reason.
    fn issue(&mut self, level: Level, place: &[(&str, &str)], message: &str, voice: &mut Voice<'_>) {
        let (kind, count, max) = match level {
            Level::Error => ("error", &mut self.issues[0], MAX_ISSUES - 1),
            Level::Warning => ("warning", &mut self.issues[1], MAX_ISSUES),
            // There is no third kind.
            Level::Notice => return,
        };
        if !self.config.annotations || *count >= max {
            return;
        }
        *count += 1;
        let properties: Vec<(&str, &str)> = [("type", kind)].iter().chain(place).copied().collect();
        let message = plain::cut(&plain::lines(message), MAX_TEXT);
        voice.command(&command::line("task.logissue", &properties, &message));
    }
}

impl Form for Azure {
    fn planned(&mut self, story: &Story, voice: &mut Voice<'_>) {
        for warning in &story.planned.warnings {
            self.issue(Level::Warning, &[], warning, voice);
        }
    }

    fn launched(&mut self, story: &Story, voice: &mut Voice<'_>) {
        self.open_group(&format!("{} ({})", story.title(), story.launched.id), voice);
    }

    fn step(&mut self, story: &Story, step: &Step, voice: &mut Voice<'_>) {
        if story.is_main(&step.container) {
            self.open_group(&step.title, voice);
        }
    }

    fn annotation(&mut self, _: &Story, annotation: &Annotation, voice: &mut Voice<'_>) {
        let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
        let (line, column) = (number(annotation.line), number(annotation.column));
        let file = plain::line(annotation.file.as_deref().unwrap_or_default());
        let place = [("sourcepath", file.as_str()), ("linenumber", &line), ("columnnumber", &column)];
        self.issue(annotation.level, &place, &annotation.message, voice);
    }

    fn finished(&mut self, story: &Story, voice: &mut Voice<'_>) {
        self.close_group(voice);
        if let Some(failure) = story.failure() {
            // The last of the errors is kept for it.
            self.issues[0] = 0;
            self.issue(Level::Error, &[], &format!("{}\n{}", failure.title, failure.message), voice);
        }
        if !self.config.outputs {
            return;
        }
        let fits = |value: &str| value.chars().count() <= MAX_TEXT;
        let variables = variables::of(story, &self.prefix, Shape::Lines, fits);
        for Variable { name, value } in &variables.given {
            let properties = [("variable", name.as_str()), ("isOutput", "true")];
            voice.command(&command::line("task.setvariable", &properties, value));
        }
        variables.apology("too long").iter().for_each(|apology| voice.say(apology));
    }
}
