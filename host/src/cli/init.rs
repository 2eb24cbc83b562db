//! `sortie init`: the step of a CI system and a `sortie.toml`, with what is known of the run.

use std::io::BufRead as _;
use std::io::IsTerminal as _;
use std::path::Path;

use super::connect;
use super::flags::Flags;
use super::flags::ListFlags;
use super::print_document;
use super::process::Process;
use super::unwritable;
use crate::backend::registry;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::init;
use crate::init::System;
use crate::init::Values;
use crate::init::write;
use crate::output::render::notices;
use crate::output::render::text;
use crate::run::Job;
use crate::settings::definition_ref;

/// Write a step for a CI system, and a sortie.toml for this machine
///
/// What the flags say stands in both. What they do not say is looked for in the account, on a
/// terminal after a question, with --yes without one: clusters, families of task definitions, and the networks
/// of services. What is still not known stands there as a comment that says how to find it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Init {
    /// The CI system
    system: System,
    /// Ask the account without a question, and take what there is only one of
    #[arg(long)]
    yes: bool,
    /// Print the files instead of writing them
    #[arg(long, conflicts_with = "force")]
    print: bool,
    /// Write over files that are there
    #[arg(long)]
    force: bool,
    /// ARN of the role that the CI job takes (OpenID Connect)
    #[arg(long, value_name = "ARN")]
    role: Option<String>,
    /// Task definition, as for `sortie run`
    #[arg(long, short = 't', value_name = "NAME")]
    task_definition: Option<String>,
    /// Image, where there is no task definition
    #[arg(long, conflicts_with = "task_definition")]
    image: Option<String>,
    /// Subnets of the task (repeatable)
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    subnet: Vec<String>,
    /// Security groups of the task (repeatable)
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    security_group: Vec<String>,
    #[command(flatten)]
    flags: Flags<ListFlags>,
    /// What runs in the container
    #[arg(last = true, value_name = "CMD")]
    command: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  sortie init github --cluster ci --task-definition deploy -- ./deploy.sh --env dev

  sortie init gitlab --yes --print";

/// Candidates that are shown.
const SHOWN: usize = 20;

impl Init {
    pub(super) fn execute(self, process: Process) -> ExitCode {
        let Self { system, yes, print, force, flags, .. } = self;
        connect::with_settings(flags, None, process, async |job| {
            let here = Path::new(".");
            if let Some(name) = &self.task_definition {
                definition_ref::parse(name).map_err(|error| error.on("--task-definition"))?;
            }
            let mut values = Values {
                cluster: job.settings.fargate.cluster.clone(),
                region: job.settings.fargate.region.clone(),
                task_definition: self.task_definition,
                image: self.image,
                subnets: self.subnet,
                security_groups: self.security_group,
                role: self.role,
                command: self.command,
            };
            if !print && !force {
                write::check(here, &init::files(system, &values))?;
            }
            let is_asked = std::io::stdin().is_terminal() && std::io::stderr().is_terminal() && !yes;
            if yes || (is_asked && agrees(job)) {
                fill(job, &mut values, is_asked).await?;
            }
            let files = init::files(system, &values);
            if print {
                let all: String =
                    files.iter().map(|file| format!("# {}\n{}\n", file.path.display(), file.text)).collect();
                print_document(&all, job.streams()).map_err(|error| unwritable(&error))?;
                return Ok(ExitCode::SUCCESS);
            }
            write::write(here, &files, force)?;
            let written: String =
                files.iter().map(|file| format!("wrote {}\n", file.path.display())).collect();
            let next = format!(
                "{written}next:\n  fill in what is not known, where a comment says so\n  \
                 the step is that of {}: put in your own, where you have released one\n  \
                 sortie doctor: looks whether a run would find what it needs\n  \
                 sortie plan --iam: prints the policy of the job's role; {}\n",
                init::REPOSITORY,
                system.next()
            );
            print_document(&next, job.streams()).map_err(|error| unwritable(&error))?;
            Ok(ExitCode::SUCCESS)
        })
    }
}

/// Takes from the account what is not known.
async fn fill(job: Job<'_>, values: &mut Values, is_asked: bool) -> Result<(), Error> {
    let backend =
        registry::connect_to_survey(job.settings, job.environment, job.secrets, job.announcer).await?;
    let Some(surveyor) = backend.surveyor() else { return Ok(()) };
    let survey = surveyor.survey(values.cluster.as_deref()).await?;
    values.fill(&survey, |what, all| match all {
        [_] => Some(0),
        _ if is_asked => chosen(job, what, all),
        _ => {
            let names =
                all.iter().take(SHOWN).map(|name| text::one_line(name)).collect::<Vec<_>>().join(", ");
            let said = format!("{} which {what}? there are {}: {names}", notices::PREFIX, all.len());
            job.streams().say(&said);
            None
        }
    });
    Ok(())
}

/// Whether the account may be asked.
fn agrees(job: Job<'_>) -> bool {
    job.streams().say("Look for clusters, task definitions and networks in the AWS account? [y/N]");
    matches!(answer().as_deref(), Some("y" | "yes" | "Y"))
}

/// Which of them a person takes.
fn chosen(job: Job<'_>, what: &str, all: &[String]) -> Option<usize> {
    let mut streams = job.streams();
    for (index, name) in all.iter().take(SHOWN).enumerate() {
        streams.say(&format!("{:3}  {}", index + 1, text::one_line(name)));
    }
    streams.say(&format!("Which {what}? A number, a name, or nothing to leave it open:"));
    let answer = answer()?;
    match answer.parse::<usize>() {
        Ok(number) => number.checked_sub(1).filter(|index| *index < all.len()),
        Err(_) => all.iter().position(|name| *name == answer),
    }
}

/// A line of standard input.
fn answer() -> Option<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).ok()?;
    Some(line.trim().to_owned()).filter(|line| !line.is_empty())
}
