//! Settings to a checked plan. Nothing is launched here, and nothing is changed anywhere.

use std::sync::Arc;
use std::time::Duration;

use super::Job;
use super::plugins;
use super::plugins::Loaded;
use super::plugins::Transformed;
use crate::backend::Backend;
use crate::backend::Plan;
use crate::error::Error;
use crate::plugin::Context;
use crate::plugin::Described;
use crate::plugin::Kind;
use crate::report::plan::Masked;
use crate::report::plan::TransformChange;
use crate::secrecy::sources;
use crate::secrecy::sources::Found;
use crate::spec::TaskSpec;
use crate::spec::check;
use crate::spec::main_container::main_container;
use crate::spec::one_word;

/// A person who has seen nothing for so long wonders.
const LONG: Duration = Duration::from_secs(2);

/// A task that is ready to be launched.
pub struct Prepared {
    /// The task after transforms.
    pub task: TaskSpec,
    /// The container whose exit code counts.
    pub main: String,
    /// What will be sent.
    pub plan: Arc<dyn Plan>,
    /// What each transform changed.
    pub changes: Vec<TransformChange>,
    /// Plugins that act during the run.
    pub plugins: Loaded,
    /// What a person should know before the launch.
    pub warnings: Vec<String>,
    /// What is masked in the log, and where it comes from.
    pub masked: Vec<Masked>,
    /// What is handed on like a secret and is not masked.
    pub unmasked: Vec<String>,
}

/// Resolves the task, loads the plugins of these kinds, applies the transforms and makes the plan, for this
/// command. `notice` is told what takes long.
///
/// # Errors
///
/// The input is wrong, a plugin refuses or fails, or the platform cannot be asked.
pub async fn prepare(
    command: &'static str,
    backend: &dyn Backend,
    job: Job<'_>,
    kinds: &'static [Kind],
    notice: impl Fn(&str),
) -> Result<Prepared, Error> {
    let settings = job.settings;
    let (wanted, environment) = (settings.plugins.clone(), job.environment.clone());
    // Plugins are compiled while the platform is asked what the task is.
    let mut loading = tokio::task::spawn_blocking(move || plugins::load(&wanted, kinds, &environment));
    let resolved = backend.resolve(settings).await;
    let loaded = match tokio::time::timeout(LONG, &mut loading).await {
        Ok(loaded) => loaded,
        Err(_) => {
            notice("compiling plugins, which takes its time when they are new");
            loading.await
        }
    };
    let loaded = loaded.map_err(|error| Error::internal("loading plugins").caused_by(error))?;
    let (described, not_kept) = loaded?;
    let resolved = resolved?;
    let base = resolved.task();
    check::check(base).map_err(|error| {
        let is_changed = described.iter().any(|plugin| plugin.description().kind == Kind::Transform);
        let hint = if is_changed { "the task is wrong before any plugin saw it" } else { "" };
        Error::usage(error.to_string()).hint(hint)
    })?;
    // Said before transforms, so that a missing choice is not blamed on one of them.
    let main = main_container(base, settings.task.container.as_deref())?;

    let context = Context {
        backend: backend.name().to_owned(),
        ci: job.surroundings().ci.name(),
        main_container: base.containers.iter().position(|container| container.name == main),
        containers: base.containers.iter().map(|container| container.name.clone()).collect(),
        ..Context::new(command)
    };
    let (task, changes, mut plugins) = configure_and_transform(base.clone(), described, context).await?;
    let mut warnings = std::mem::take(&mut plugins.warnings);
    warnings.extend(not_kept);
    let planned = |task: &TaskSpec| -> Result<Arc<dyn Plan>, Error> {
        check::check(task).map_err(|error| Error::usage(error.to_string()))?;
        if !task.containers.iter().any(|container| container.name == main) {
            return Err(Error::usage(format!("it has no container `{main}`, whose exit code counts")));
        }
        resolved.plan(task, &main)
    };
    let plan = planned(&task).map_err(|error| {
        if !error.is_usage() {
            return error;
        }
        let Some(plugin) = culprit(&changes, |task| planned(task).is_ok()) else { return error };
        Error::plugin(format!("transform `{plugin}` made a task that cannot run: {error}"))
            .hint("sortie plan without the plugin shows the task it was given")
    })?;
    warnings.splice(0..0, plan.warnings());
    warnings.extend(one_word_caution(&task, &main));
    let known = known(&task, job);
    warnings.extend(known.warnings);
    plugins.filters = plugins.filters.after_mask(job.secrets)?;
    Ok(Prepared { task, main, plan, changes, plugins, warnings, masked: masked(job), unmasked: known.notes })
}

/// Adds what the task is given of secrets to what is known.
fn known(task: &TaskSpec, job: Job<'_>) -> Found {
    let of_settings = sources::of_settings(job.settings, job.environment);
    let mut found = sources::of_task(task, job.settings, job.environment);
    job.secrets.learn(std::mem::take(&mut found.secrets));
    // Warnings about the settings were said when these were read.
    found.notes.splice(0..0, of_settings.notes);
    found
}

/// What is masked in the log.
fn masked(job: Job<'_>) -> Vec<Masked> {
    job.secrets.in_lines().into_iter().map(|(name, origin)| Masked { name, origin }).collect()
}

/// A whole line given as one word would be looked for as a program in the image, after its launch.
fn one_word_caution(task: &TaskSpec, main: &str) -> Option<String> {
    let container = task.containers.iter().find(|container| container.name == main)?;
    // A process is started at once, and says so itself; an entry point may well be a shell.
    let looked_for = !container.image.is_empty() && container.entry_point.is_empty();
    (looked_for && one_word::is_whole_line(&container.command)).then(|| {
        format!("the command is one word, which is taken for a program's name: {}", one_word::ADVICE)
    })
}

/// The transform that was given a good task and left one that is not.
fn culprit(changes: &[TransformChange], good: impl Fn(&TaskSpec) -> bool) -> Option<&str> {
    let change = changes.iter().rev().find(|change| good(&change.before))?;
    Some(&change.plugin)
}

/// Configures the plugins and applies the transforms, on a thread that may block.
async fn configure_and_transform(
    task: TaskSpec,
    described: Vec<Described>,
    context: Context,
) -> Result<(TaskSpec, Vec<TransformChange>, Loaded), Error> {
    let applied = tokio::task::spawn_blocking(move || {
        let mut plugins = plugins::configure(described, &context)?;
        let mut task = task;
        let mut changes = Vec::new();
        for transform in &mut plugins.transforms {
            let Transformed { task: after, notes, debug, warnings } = plugins::transform(transform, &task)?;
            plugins.warnings.extend(warnings);
            changes.push(TransformChange {
                plugin: transform.name().to_owned(),
                before: std::mem::replace(&mut task, after.clone()),
                after,
                notes,
                debug,
            });
        }
        Ok((task, changes, plugins))
    });
    applied.await.map_err(|error| Error::internal("configuring plugins").caused_by(error))?
}
