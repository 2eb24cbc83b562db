//! `sortie doctor`: whether a run would find what it needs.

use super::connect;
use super::flags::Flags;
use super::flags::PlanFlags;
use super::print_document;
use super::print_object;
use super::process::Process;
use super::unwritable;
use crate::backend::registry;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::output::json;
use crate::output::json::Object;
use crate::output::json::Stamp;
use crate::output::json::examination::CheckObject;
use crate::output::render::examination;
use crate::report::examination::Check;
use crate::report::examination::Outcome;
use crate::run;
use crate::run::Job;
use crate::settings::OutputFormat;

/// Look at everything that a run needs, and say what to do about what is missing
///
/// Takes the flags of `sortie run`: settings, plugins and their grants, credentials, the cluster, permissions,
/// the log groups, whether the subnets lead to the image, the log and the secrets (`sortie help aws`), the
/// engine. Launches nothing and changes nothing. Ends with 1 where a run would fail.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Doctor {
    #[command(flatten)]
    flags: Flags<PlanFlags>,
}

const EXAMPLES: &str = "\
Examples:
  sortie doctor --cluster ci --task-definition deploy

  sortie doctor --backend docker --image alpine";

/// What it ends with where a run would fail.
const PROBLEMS: ExitCode = ExitCode(1);

impl Doctor {
    pub(super) fn execute(self, process: Process) -> ExitCode {
        connect::with_settings(self.flags, None, process, async |job| examine(job).await)
    }
}

async fn examine(job: Job<'_>) -> Result<ExitCode, Error> {
    let Job { settings, environment, secrets, announcer, .. } = job;
    let connected = registry::connect(settings, environment, secrets, announcer).await;
    let mut checks = run::doctor(connected, job).await;
    for check in &mut checks {
        secrets.mask(&mut check.said);
        check.remedy.iter_mut().for_each(|remedy| secrets.mask(remedy));
    }
    print(&checks, job).map_err(|error| unwritable(&error))?;
    let fails = checks.iter().any(|check| check.outcome == Outcome::Problem);
    Ok(if fails { PROBLEMS } else { ExitCode::SUCCESS })
}

fn print(checks: &[Check], job: Job<'_>) -> Result<(), std::io::Error> {
    match job.settings.output.format {
        OutputFormat::Json => checks.iter().try_for_each(|check| {
            let object = Object::Check(CheckObject::new(check, Stamp::since(job.started)));
            print_object(&json::text(&object), job.streams())
        }),
        OutputFormat::Text => {
            let streams = job.streams();
            let styles = streams.stdout_styles(job.settings.output.color);
            print_document(&examination::render(checks, &styles), streams)
        }
    }
}
