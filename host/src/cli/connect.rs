//! From flags to settings, and to the back end that a command's job runs on.

use super::flags::Flags;
use super::flags::FlagsOf;
use super::process::Process;
use crate::backend::Backend;
use crate::backend::registry;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::output::surroundings::Surroundings;
use crate::run::EarlyOutput;
use crate::run::Job;
use crate::run::warn;
use crate::secrecy::Secrets;
use crate::secrecy::sources;
use crate::settings::resolve;
use crate::settings::resolve::Request;

/// Makes the settings, connects to the back end and does what the command does with it. `id` is the
/// run that the command is about, if it is about one.
pub(super) fn execute<C: FlagsOf>(
    flags: Flags<C>,
    id: Option<String>,
    process: Process,
    command: impl AsyncFnOnce(&dyn Backend, Job<'_>) -> Result<ExitCode, Error>,
) -> ExitCode {
    with_settings(flags, id, process, async |job| {
        let backend = registry::connect(job.settings, job.environment, job.secrets, job.announcer).await?;
        command(backend.as_ref(), job).await
    })
}

/// Makes the settings and does what is to be done with them.
pub(super) fn with_settings<C: FlagsOf>(
    flags: Flags<C>,
    id: Option<String>,
    process: Process,
    command: impl AsyncFnOnce(Job<'_>) -> Result<ExitCode, Error>,
) -> ExitCode {
    let request = Request { flags: flags.layer, command: C::COMMAND, id };
    let mut loaded = match resolve::load(request, &process.environment) {
        Ok(loaded) => loaded,
        Err(error) => return process.fail(&error),
    };
    let surroundings = Surroundings::of(&process.environment, loaded.settings.output.ci);
    let off = loaded.settings.secrecy.off;
    let secrets = if off { Secrets::off() } else { process.secrets.clone() };
    let found = sources::of_settings(&loaded.settings, &process.environment);
    secrets.learn(found.secrets);
    loaded.warnings.extend(found.warnings);
    if off && C::SHOWS_WARNINGS {
        loaded.warnings.push(NOTHING_IS_MASKED.to_owned());
    }
    let early = EarlyOutput::new(loaded.settings.output, surroundings, &secrets);
    let announcer = early.announcer();
    let job = Job {
        settings: &loaded.settings,
        environment: &process.environment,
        secrets: &secrets,
        announcer: &announcer,
        warnings: &loaded.warnings,
        started: process.started,
    };
    if !C::SHOWS_WARNINGS {
        warn(job);
        // However quiet sortie was told to be.
        if off {
            job.audience().warn(NOTHING_IS_MASKED, 0);
        }
    }
    on_runtime(command(job)).unwrap_or_else(|error| job.audience().tell(&job.settings.place(error)))
}

/// What is said of `--no-redact`.
const NOTHING_IS_MASKED: &str =
    "NO SECRET IS MASKED (--no-redact): the log, errors, and what reporters are told hold them as they are";

/// Runs a future to its end.
fn on_runtime(future: impl Future<Output = Result<ExitCode, Error>>) -> Result<ExitCode, Error> {
    // Two workers: one that waits for the task's state and one for its logs; the output and the
    // plugins have threads of their own.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime
        .map_err(|error| Error::internal(format!("cannot start the asynchronous runtime: {error}")))?;
    let result = runtime.block_on(future);
    // What still blocks a thread (a name lookup, a read) must not keep the exit code waiting.
    runtime.shutdown_background();
    result
}
