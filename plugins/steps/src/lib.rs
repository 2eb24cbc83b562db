//! `steps`: makes steps of a shell's trace (`set -x`).
//!
//! A script that runs under `bash -x` or `set -x` prints each command before it runs it, after its `PS4`
//! (`+ `). Each command of the outermost level becomes a step: its line is labelled `phase`, with the command
//! as the title. No line is changed.
//!
//! Whoever can print a line can print one that looks like a trace. What no shell writes is left out (a second
//! blank, a list item, `key:`), so that most of what tools print with a `+` in front is; but a script that
//! must not be fooled sets a `PS4` of its own that nothing else prints, and names it in `ps4`.
//!
//! - [`prompt`]: what stands before a command.
//! - [`command`]: which commands are steps.

mod command;
mod prompt;

use sortie_plugin_sdk::About;
use sortie_plugin_sdk::Batch;
use sortie_plugin_sdk::Edits;
use sortie_plugin_sdk::Error;
use sortie_plugin_sdk::Filter;
use sortie_plugin_sdk::Finding;
use sortie_plugin_sdk::Hit;
use sortie_plugin_sdk::Interest;
use sortie_plugin_sdk::Setup;

use command::Commands;
use prompt::Prompt;

/// Bytes of a title. sortie shows 200 characters of it, and takes 4 KiB of a label.
const TITLE: usize = 1_000;

/// Makes steps of a trace.
pub struct Steps {
    prompts: Vec<Prompt>,
    commands: Commands,
    /// The step that the script is in.
    last: String,
}

/// Which lines are a trace, and which commands are steps.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `PS4`, with `*` for what varies.
    pub ps4: Option<Vec<String>>,
    /// Commands that are no steps.
    pub ignore: Option<Vec<String>>,
    /// Beginnings of the only commands that are.
    pub only: Vec<String>,
}

impl Filter for Steps {
    type Config = Config;
    const ABOUT: About =
        About::new("steps", env!("CARGO_PKG_VERSION"), "Makes steps of a shell's trace (set -x).")
            .config_schema(include_str!("../config.schema.json"));

    fn configure(config: Config, _: &mut Setup<'_>) -> Result<Self, Finding> {
        let ps4 = config.ps4.unwrap_or_else(|| vec!["+ ".to_owned()]);
        let prompt = |(index, ps4): (usize, &String)| {
            Prompt::new(ps4).map_err(|why| Finding::error(format!("/ps4/{index}"), why))
        };
        let prompts = ps4.iter().enumerate().map(prompt).collect::<Result<_, _>>()?;
        Ok(Self { prompts, commands: Commands::new(config.ignore, config.only), last: String::new() })
    }

    fn interests(&self) -> Option<Vec<Interest>> {
        Some(self.prompts.iter().map(|prompt| Interest::regex(prompt.expression())).collect())
    }

    fn process(&mut self, batch: Batch<'_>, _: Option<&[Hit]>, edits: &mut Edits) -> Result<(), Error> {
        for index in 0..batch.len() {
            // The rest of an overlong line begins no command.
            if !batch.is_continued(index)
                && let Some(title) = self.step(batch.line(index))
            {
                edits.label(index, "phase", title);
            }
        }
        Ok(())
    }
}

impl Steps {
    /// The step that begins with this line, if one does.
    fn step(&mut self, line: &[u8]) -> Option<String> {
        let traced = self.prompts.iter().find_map(|prompt| prompt.command(line))?;
        let traced = &traced[..traced.len().min(TITLE)];
        let title = self.commands.step(&String::from_utf8_lossy(traced))?;
        // What is tried again and again is one step.
        (title != self.last).then(|| {
            self.last.clone_from(&title);
            title
        })
    }
}

sortie_plugin_sdk::export!(filter: Steps);

#[cfg(test)]
mod tests;
