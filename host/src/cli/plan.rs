//! `sortie plan`: shows what would be sent, checks it, and launches nothing.

use clap::Args;

use super::connect;
use super::flags::Flags;
use super::flags::PlanFlags;
use super::print_document;
use super::print_object;
use super::process::Process;
use super::unwritable;
use crate::exit::ExitCode;
use crate::output::json;
use crate::output::json::Object;
use crate::output::json::Stamp;
use crate::output::json::plan::PlanObject;
use crate::output::render::plan;
use crate::run;
use crate::settings::OutputFormat;
use crate::settings::choice::Choice as _;
use crate::settings::shown;

/// Show what would be sent, check it, and launch nothing
///
/// Takes the flags of `sortie run`, applies the transforms, and prints the task, where each
/// setting came from, the plugins with what they may do, what each transform changed, and the
/// requests. Secrets are shown as `***`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Plan {
    /// Print one JSON object (the same as --output json)
    #[arg(long)]
    json: bool,
    /// Ask ECS what is registered already: which revision would be used again, or where it differs
    ///
    /// Reads with ecs:DescribeTaskDefinition and changes nothing. Where that is not allowed, the plan
    /// says so.
    #[arg(long)]
    diff: bool,
    #[command(flatten)]
    flags: Flags<PlanFlags>,
}

const EXAMPLES: &str = "\
Examples:
  sortie plan --cluster ci --task-definition deploy -- ./deploy.sh --env dev

  sortie plan --task-definition file:task.json --register-as deploy --diff

  sortie plan --output json | jq '.requests[-1].body'";

impl Plan {
    pub(super) fn execute(self, process: Process) -> ExitCode {
        let (mut flags, diff) = (self.flags, self.diff);
        if self.json {
            flags.set("output", OutputFormat::Json.word(), "--json");
        }
        connect::execute(flags, None, process, async |backend, job| {
            let settings = job.settings;
            let mut report = run::plan(backend, job, diff).await?;
            report.warnings.extend_from_slice(job.warnings);
            let mut rows = shown::rows(settings);
            // Before they are set in columns.
            rows.iter_mut().for_each(|row| job.secrets.mask(&mut row.value));
            let printed = match settings.output.format {
                OutputFormat::Json => {
                    let plan = PlanObject::new(&report, &rows, Stamp::since(job.started));
                    print_object(&json::text(&Object::Plan(plan)), job.streams())
                }
                OutputFormat::Text => {
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
