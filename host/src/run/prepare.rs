//! Settings to a checked plan. Nothing is launched here, and nothing is changed anywhere.

use std::sync::Arc;
use std::time::Duration;

use super::Job;
use super::plugins;
use super::plugins::Loaded;
use crate::backend::Backend;
use crate::backend::Plan;
use crate::error::Error;
use crate::plugin::Kind;
use crate::report::plan::TransformChange;
use crate::spec::TaskSpec;
use crate::spec::check;
use crate::spec::main_container::main_container;

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
}

/// Resolves the task, loads the plugins of these kinds, applies the transforms and makes the plan. `notice`
/// is told what takes long.
///
/// # Errors
///
/// The input is wrong, a plugin refuses or fails, or the platform cannot be asked.
pub async fn prepare(
    backend: &dyn Backend,
    job: Job<'_>,
    kinds: &'static [Kind],
    notice: impl Fn(&str),
) -> Result<Prepared, Error> {
    let settings = job.settings;
    let (wanted, environment) = (settings.plugins.clone(), job.environment.clone());
    // Plugins are compiled and configured while the platform is asked what the task is.
    let mut loading = tokio::task::spawn_blocking(move || plugins::load(&wanted, kinds, &environment));
    let resolved = backend.resolve(settings).await;
    let loaded = match tokio::time::timeout(LONG, &mut loading).await {
        Ok(loaded) => loaded,
        Err(_) => {
            notice("compiling plugins; the next run takes them from the cache");
            loading.await
        }
    };
    let mut plugins = loaded.map_err(|error| Error::internal("loading plugins").caused_by(error))??;
    let resolved = resolved?;
    let base = resolved.task();
    check::check(base).map_err(|error| {
        Error::usage(error.to_string()).hint("the task is wrong before any plugin saw it")
    })?;
    // Said before transforms, so that a missing choice is not blamed on one of them.
    let main = main_container(base, settings.task.container.as_deref())?;

    let mut warnings = std::mem::take(&mut plugins.warnings);
    let (task, changes, plugins) = transform(base.clone(), plugins).await?;
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
    Ok(Prepared { task, main, plan, changes, plugins, warnings })
}

/// The transform that was given a good task and left one that is not.
fn culprit(changes: &[TransformChange], good: impl Fn(&TaskSpec) -> bool) -> Option<&str> {
    let change = changes.iter().rev().find(|change| good(&change.before))?;
    Some(&change.plugin)
}

/// Applies the transforms, on a thread that may block.
async fn transform(
    task: TaskSpec,
    mut plugins: Loaded,
) -> Result<(TaskSpec, Vec<TransformChange>, Loaded), Error> {
    if plugins.transforms.is_empty() {
        return Ok((task, Vec::new(), plugins));
    }
    let applied = tokio::task::spawn_blocking(move || {
        let mut task = task;
        let mut changes = Vec::new();
        for transform in &mut plugins.transforms {
            let after = plugins::transform(transform, &task)?;
            changes.push(TransformChange {
                plugin: transform.name().to_owned(),
                before: std::mem::replace(&mut task, after.clone()),
                after,
            });
        }
        Ok((task, changes, plugins))
    });
    applied.await.map_err(|error| Error::internal("transforms").caused_by(error))?
}
