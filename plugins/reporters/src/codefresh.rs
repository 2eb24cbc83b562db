//! Codefresh: the reason in colour, the outputs as variables of later steps, and a link on the step.
//!
//! Its log has no groups, and annotations of a build are set by its own steps (`on_finish`, `annotations`).
//! Variables are lines `NAME=VALUE` of a file on the shared volume (Codefresh's "Variables", "Exporting
//! environment variables in your freestyle step"); a value of several lines is cut there, so it is left out.
//! A variable `STEP_CF_OUTPUT_URL` shows a link on the step (the same, "Output URL").

use sortie_plugin_sdk::Finding;
use sortie_plugin_sdk::Setup;
use sortie_story::Story;
use sortie_story::outputs;

use crate::config::Config;
use crate::form::Form;
use crate::variables;
use crate::variables::Shape;
use crate::voice::Voice;

/// Name of the file for the outputs, as the grant calls it.
pub const OUTPUT_FILE: &str = "output";

/// The variable that names the step.
const STEP: &str = "CF_STEP_NAME";

/// The reporter.
pub struct Codefresh {
    /// Whether the reason is told.
    says_why: bool,
    /// `None` when no outputs are wanted.
    prefix: Option<String>,
    /// Name of the step, if it is known.
    step: Option<String>,
}

impl Codefresh {
    /// # Errors
    /// What is wrong with the configuration.
    pub fn new(config: &Config, setup: &mut Setup<'_>) -> Result<Self, Finding> {
        let prefix = config.variable_prefix()?;
        // A variable that is not there may be the literal `${{CF_STEP_NAME}}`, which is no name.
        let step = setup.env(STEP).ok().flatten().filter(|name| outputs::is_name(name));
        Ok(Self { says_why: config.annotations, prefix: config.outputs.then_some(prefix), step })
    }
}

impl Form for Codefresh {
    fn files(&self) -> &'static [&'static str] {
        &[OUTPUT_FILE]
    }

    fn finished(&mut self, story: &Story, voice: &mut Voice<'_>) {
        if self.says_why {
            voice.say_why(story);
        }
        let Some(prefix) = &self.prefix else { return };
        let variables = variables::of(story, prefix, Shape::OneLine, |_| true);
        let mut lines: String =
            variables.given.iter().map(|one| format!("{}={}\n", one.name, one.value)).collect();
        if let (Some(step), Some(url)) =
            (&self.step, story.log_url().filter(|url| url.starts_with("https://")))
        {
            lines.push_str(&format!("{step}_CF_OUTPUT_URL={}\n", sortie_story::plain::line(url)));
        }
        voice.append(OUTPUT_FILE, &lines);
        if let Some(apology) = variables.apology("a value of several lines") {
            voice.say(&apology);
        }
    }
}
