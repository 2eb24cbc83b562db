//! `sortie version`: what this sortie is, for a person who asks for help and for a program that checks.

use std::fmt::Write as _;

use super::print_document;
use super::print_object;
use super::process::Process;
use super::unwritable;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::output::json;
use crate::output::json::Object;
use crate::output::json::Stamp;
use crate::output::json::version::BundledPlugin;
use crate::output::json::version::VersionObject;
use crate::plugin;
use crate::settings::OutputFormat;
use crate::settings::choice::Choice as _;
use crate::settings::quantity::quoted;

/// Print version, commit, platform and the plugins inside
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Version {
    /// text, or json: one object
    #[arg(long, value_name = "FORMAT")]
    output: Option<String>,
}

const EXAMPLES: &str = "\
Example:
  sortie version --output json | jq -r .version";

/// The commit that it was built from; empty where the build did not know it.
const COMMIT: &str = env!("SORTIE_COMMIT");

impl Version {
    pub(super) fn execute(self, process: Process) -> ExitCode {
        if let Some(word) = self.output.as_deref().filter(|word| OutputFormat::from_word(word).is_none()) {
            let error = Error::usage(format!("--output: {} is not one of text, json", quoted(word)));
            return process.fail(&error);
        }
        let object = VersionObject {
            stamp: Stamp::since(process.started),
            version: env!("CARGO_PKG_VERSION"),
            commit: Some(COMMIT).filter(|commit| !commit.is_empty()),
            target: env!("SORTIE_TARGET"),
            plugin_interfaces: plugin::INTERFACES,
            plugins: plugin::first_party()
                .map(|plugin| BundledPlugin {
                    name: plugin.name,
                    version: plugin.version,
                    digest: plugin.digest,
                })
                .collect(),
        };
        let printed = match process.audience().format {
            OutputFormat::Json => {
                print_object(&json::text(&Object::Version(object)), process.streams_for_help())
            }
            OutputFormat::Text => print_document(&text(&object), process.streams_for_help()),
        };
        match printed {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => process.fail(&unwritable(&error)),
        }
    }
}

fn text(version: &VersionObject<'_>) -> String {
    let mut text = format!("sortie {}\n", version.version);
    let _ = writeln!(text, "commit:            {}", version.commit.unwrap_or("not known"));
    let _ = writeln!(text, "platform:          {}", version.target);
    let _ = writeln!(text, "plugin interface:  sortie:plugin {}", version.plugin_interfaces.join(", "));
    for (index, plugin) in version.plugins.iter().enumerate() {
        let lead = if index == 0 { "plugins:" } else { "" };
        let _ = writeln!(text, "{lead:<19}{} {} ({})", plugin.name, plugin.version, plugin.digest);
    }
    text
}
