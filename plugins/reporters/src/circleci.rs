//! CircleCI: the reason in colour, and the outputs as variables of later steps.
//!
//! Its log has no groups, and there are no annotations. Outputs are lines of the file in `$BASH_ENV`, which
//! bash reads at the beginning of each later step of the job (CircleCI's "Set an environment variable"):
//! shell code, so every value stands in single quotes.

use sortie_plugin_sdk::Finding;
use sortie_story::Story;

use crate::config::Config;
use crate::form::Form;
use crate::variables;
use crate::variables::Shape;
use crate::voice::Voice;

/// Name of the file for the outputs, as the grant calls it.
pub const OUTPUT_FILE: &str = "output";

/// The reporter.
pub struct CircleCi {
    /// Whether the reason is told.
    says_why: bool,
    /// `None` when no outputs are wanted.
    prefix: Option<String>,
}

impl CircleCi {
    /// # Errors
    /// What is wrong with the configuration.
    pub fn new(config: &Config) -> Result<Self, Finding> {
        let prefix = config.variable_prefix()?;
        Ok(Self { says_why: config.annotations, prefix: config.outputs.then_some(prefix) })
    }
}

impl Form for CircleCi {
    fn files(&self) -> &'static [&'static str] {
        &[OUTPUT_FILE]
    }

    fn finished(&mut self, story: &Story, voice: &mut Voice<'_>) {
        if self.says_why {
            voice.say_why(story);
        }
        let Some(prefix) = &self.prefix else { return };
        let variables = variables::of(story, prefix, Shape::OneLine, |_| true);
        let lines = variables.given.iter().map(|one| format!("export {}={}\n", one.name, quoted(&one.value)));
        voice.append(OUTPUT_FILE, &lines.collect::<String>());
        if let Some(apology) = variables.apology("a value of several lines") {
            voice.say(&apology);
        }
    }
}

/// A word of a shell (POSIX, XCU 2.2.2): nothing means anything between single quotes but the second one.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_quotes_is_obeyed() {
        assert_eq!(quoted("$(rm) `x` \\ \"y\" 'z'"), r#"'$(rm) `x` \ "y" '\''z'\'''"#);
    }
}
