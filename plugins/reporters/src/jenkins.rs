//! Jenkins: outputs in a properties file.
//!
//! Its console obeys nothing that a reporter could write, and shows colours with a plugin only. What it shows
//! of a run is a test report: `--reporter junit` writes one for its step `junit`. Outputs are lines of the
//! file that `JENKINS_PROPERTIES_FILE` names, if the job sets it, for the step `readProperties`
//! (`java.util.Properties`).

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
pub struct Jenkins {
    /// `None` when no outputs are wanted.
    prefix: Option<String>,
}

impl Jenkins {
    /// # Errors
    /// What is wrong with the configuration.
    pub fn new(config: &Config) -> Result<Self, Finding> {
        let prefix = config.variable_prefix()?;
        Ok(Self { prefix: config.outputs.then_some(prefix) })
    }
}

impl Form for Jenkins {
    fn files(&self) -> &'static [&'static str] {
        &[OUTPUT_FILE]
    }

    fn finished(&mut self, story: &Story, voice: &mut Voice<'_>) {
        let Some(prefix) = &self.prefix else { return };
        let variables = variables::of(story, prefix, Shape::Lines, |_| true);
        let lines = variables.given.iter().map(|one| format!("{}={}\n", one.name, escaped(&one.value)));
        voice.append(OUTPUT_FILE, &lines.collect::<String>());
    }
}

/// A value as `java.util.Properties.load` reads it: what is not plain ASCII is an escape, and so is a blank,
/// which would be skipped where the value begins.
fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    let mut units = [0; 2];
    for character in value.chars() {
        match character {
            '\\' => escaped.push_str(r"\\"),
            '\n' => escaped.push_str(r"\n"),
            ' ' => escaped.push_str(r"\ "),
            '!'..='~' => escaped.push(character),
            other => {
                for unit in other.encode_utf16(&mut units) {
                    escaped.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_one_line_of_ascii() {
        assert_eq!(escaped(" a=b\\\nü🚀"), "\\ a=b\\\\\\n\\u00fc\\ud83d\\ude80");
    }
}
