//! What a user may set, the same for all reporters. What a CI system does not have means nothing there.

use serde::Deserialize;
use sortie_plugin_sdk::Finding;
use sortie_story::outputs;

/// The configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Folds the task's log.
    pub groups: bool,
    /// Shows errors and warnings where the system has a place for them.
    pub annotations: bool,
    /// Writes a summary.
    pub summary: bool,
    /// Gives values to later steps.
    pub outputs: bool,
    /// Before every output's name; `None`: nothing in GitHub, `TASK_` elsewhere.
    pub output_prefix: Option<String>,
    /// What the run is called; `None`: the task's name.
    pub title: Option<String>,
    /// What a webhook is sent.
    pub format: Format,
    /// Where a trace is sent, the whole URL; `None`: where the variables of OpenTelemetry say.
    pub endpoint: Option<String>,
    /// A trace has the last lines of the log.
    pub log_tails: bool,
}

/// What a webhook is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// All that is known.
    #[default]
    Json,
    /// A message for Slack.
    Slack,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            groups: true,
            annotations: true,
            summary: true,
            outputs: true,
            output_prefix: None,
            title: None,
            format: Format::Json,
            endpoint: None,
            log_tails: false,
        }
    }
}

impl Config {
    /// What begins the names of variables for later steps.
    ///
    /// # Errors
    /// It cannot begin a variable's name, or would make settings of sortie's.
    pub fn variable_prefix(&self) -> Result<String, Finding> {
        let prefix = self.output_prefix.as_deref().unwrap_or("TASK_");
        match outputs::is_variable_prefix(prefix) {
            true => Ok(prefix.to_owned()),
            false => {
                let why = "a prefix is made of letters, digits and `_`, of which the first is a letter, and is \
                           not `SORTIE_`, with which settings begin";
                Err(Finding::error("/output-prefix", why))
            }
        }
    }
}
