//! `sortie plan`: shows what would be sent, checks it, and launches nothing.

use clap::Args;

use super::connect;
use super::flags::Flags;
use super::flags::PlanFlags;
use super::print_document;
use super::print_object;
use super::process::Process;
use super::unwritable;
use crate::error::Error;
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
    /// Print the IAM policy that allows this very run and no more, and nothing else
    ///
    /// As narrow as each action can be: this cluster, this family, these roles and log groups. `*` stands
    /// for an account that nothing names; it is known where the cluster is given as an ARN.
    #[arg(long, conflicts_with_all = ["json", "diff"])]
    iam: bool,
    #[command(flatten)]
    flags: Flags<PlanFlags>,
}

const EXAMPLES: &str = "\
Examples:
  sortie plan --cluster ci --task-definition deploy -- ./deploy.sh --env dev

  sortie plan --task-definition file:task.json --register-as deploy --diff

  sortie plan --cluster arn:aws:ecs:eu-west-1:123456789012:cluster/ci --task-definition deploy --iam

  sortie plan --output json | jq '.requests[-1].body'";

impl Plan {
    pub(super) fn execute(self, process: Process) -> ExitCode {
        let (mut flags, diff, iam) = (self.flags, self.diff, self.iam);
        if self.json {
            flags.set("output", OutputFormat::Json.word(), "--json");
        }
        connect::execute(flags, None, process, async |backend, job| {
            let settings = job.settings;
            let mut report = run::plan(backend, job, diff).await?;
            if iam {
                let policy = report.policy.ok_or_else(|| no_policy(report.backend))?;
                let text = format!("{policy:#}\n");
                print_document(&text, job.streams()).map_err(|error| unwritable(&error))?;
                return Ok(ExitCode::SUCCESS);
            }
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

fn no_policy(backend: &str) -> Error {
    Error::usage(format!("the back end `{backend}` asks for no permissions in AWS"))
        .hint("--iam is for a run on Fargate: give it the flags of that one")
}
