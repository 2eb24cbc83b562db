//! `sortie plan`: shows what would be sent, checks it, and launches nothing.

use clap::Args;

use super::connect;
use super::flags::Flags;
use super::flags::RunFlags;
use super::print_document;
use super::print_json;
use super::unwritable;
use crate::environment::Environment;
use crate::exit::ExitCode;
use crate::output::render::plan;
use crate::run;
use crate::settings::OutputFormat;
use crate::settings::shown;

/// Show what would be sent, check it, and launch nothing
///
/// Takes the flags of `sortie run`, applies the transforms, and prints the task, where each
/// setting came from, the plugins with what they may do, what each transform changed, and the
/// requests. Secrets are shown as `***`.
#[derive(Debug, Args)]
pub(super) struct Plan {
    /// Print one JSON document (as --output json)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    flags: Flags<RunFlags>,
}

impl Plan {
    pub(super) fn execute(self, environment: Environment) -> ExitCode {
        connect::execute(self.flags, None, environment, async |backend, job| {
            let settings = job.settings;
            let report = run::plan(backend, job).await?;
            let rows = shown::rows(settings);
            let printed = match self.json || settings.output.format == OutputFormat::Json {
                true => print_json(&plan::document(&report, &rows), job.streams()),
                false => {
                    let streams = job.streams();
                    let styles = streams.stdout_styles(settings.output.color);
                    print_document(&plan::render(&report, &rows, &styles), streams)
                }
            };
            printed.map_err(|error| unwritable(&error))?;
            Ok(ExitCode::SUCCESS)
        })
    }
}
