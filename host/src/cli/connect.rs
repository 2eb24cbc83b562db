//! From flags to settings, and to the back end that a command's job runs on.

use super::error;
use super::flags::Flags;
use super::flags::FlagsOf;
use crate::backend::Backend;
use crate::backend::registry;
use crate::environment::Environment;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::output::surroundings::Surroundings;
use crate::run::EarlyOutput;
use crate::run::Job;
use crate::settings::ColorChoice;
use crate::settings::choice::Choice as _;
use crate::settings::layer::Layer;
use crate::settings::resolve;
use crate::settings::resolve::Request;

/// Makes the settings, connects to the back end and does what the command does with it. `id` is the
/// run that the command is about, if it is about one.
pub(super) fn execute<C: FlagsOf>(
    flags: Flags<C>,
    id: Option<String>,
    environment: Environment,
    command: impl AsyncFnOnce(&dyn Backend, Job<'_>) -> Result<ExitCode, Error>,
) -> ExitCode {
    with_settings(flags, id, environment, async |job| {
        let backend = registry::connect(job.settings, job.environment, job.announcer).await?;
        command(backend.as_ref(), job).await
    })
}

/// Makes the settings and does what is to be done with them.
pub(super) fn with_settings<C: FlagsOf>(
    flags: Flags<C>,
    id: Option<String>,
    environment: Environment,
    command: impl AsyncFnOnce(Job<'_>) -> Result<ExitCode, Error>,
) -> ExitCode {
    let color = color_flag(&flags.layer);
    let surroundings = Surroundings::of(&environment);
    let request = Request { flags: flags.layer, command: C::COMMAND, id };
    let loaded = match resolve::load(request, environment) {
        Ok(loaded) => loaded,
        Err(error) => return error::print(&error, color, surroundings),
    };
    let settings = loaded.settings;
    if settings.output.verbosity >= 0 {
        let color = settings.output.color;
        loaded.warnings.iter().for_each(|warning| error::warn(warning, color, surroundings));
    }
    let early = EarlyOutput::new(settings.output, surroundings);
    let announcer = early.announcer();
    let job = Job { settings: &settings, environment: &loaded.environment, announcer: &announcer };
    on_runtime(command(job)).unwrap_or_else(|error| error::print(&error, settings.output.color, surroundings))
}

/// `--color`, for errors in the settings themselves.
fn color_flag(flags: &Layer) -> ColorChoice {
    let value = flags.get("color").and_then(|values| values.last());
    value.and_then(|value| ColorChoice::from_word(&value.text)).unwrap_or_default()
}

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
