//! The command line, applied to a task definition: what it changes on every platform that runs
//! containers.

use std::time::Duration;

use crate::error::Error;
use crate::nearest::nearest;
use crate::settings::ImageChange;
use crate::settings::Settings;
use crate::spec::EnvVar;
use crate::spec::TaskSpec;
use crate::spec::main_container::main_container;

/// Images go to the containers they are for; command, environment and stop timeout go to the main container; sizes, tags and `startedBy` to
/// the task.
///
/// # Errors
///
/// Something is set for the main container, and it is not clear which one that is; or for a container that
/// the task does not have.
pub fn apply(task: &mut TaskSpec, settings: &Settings) -> Result<(), Error> {
    let request = &settings.task;
    for change in &request.images {
        set_image(task, change, request.container.as_deref())?;
    }
    let about_main = request.container.is_some()
        || !request.command.is_empty()
        || !request.env.is_empty()
        || settings.run.stop_timeout.is_some();
    if about_main {
        let main = main_container(task, request.container.as_deref())?;
        if let Some(container) = task.containers.iter_mut().find(|container| container.name == main) {
            if !request.command.is_empty() {
                container.command.clone_from(&request.command);
            }
            for variable in &request.env {
                set_variable(&mut container.env, variable);
            }
            if let Some(timeout) = settings.run.stop_timeout {
                container.stop_timeout = Some(whole_seconds(timeout));
            }
        }
    }
    task.cpu = request.cpu.or(task.cpu);
    task.memory = request.memory.or(task.memory);
    task.tags.clone_from(&request.tags);
    task.started_by.clone_from(&request.started_by);
    Ok(())
}

/// Gives a container another image.
fn set_image(task: &mut TaskSpec, change: &ImageChange, main: Option<&str>) -> Result<(), Error> {
    let name = match &change.container {
        Some(name) => name.clone(),
        None => main_container(task, main)?,
    };
    match task.containers.iter_mut().find(|container| container.name == name) {
        Some(container) => container.image.clone_from(&change.image),
        None => {
            let names: Vec<&str> = task.containers.iter().map(|container| container.name.as_str()).collect();
            let error = Error::usage(format!("`{}` has no container `{name}` (--image)", task.name));
            return Err(match nearest(&name, names.iter().copied()) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(format!("its containers are: {}", names.join(", "))),
            });
        }
    }
    Ok(())
}

/// Sets a variable, in place of one of the same name.
pub fn set_variable(env: &mut Vec<EnvVar>, variable: &EnvVar) {
    match env.iter_mut().find(|old| old.name == variable.name) {
        Some(old) => old.value = variable.value.clone(),
        None => env.push(variable.clone()),
    }
}

/// Rounded up: a program never gets less time than was asked for.
fn whole_seconds(duration: Duration) -> u32 {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    u32::try_from(seconds).unwrap_or(u32::MAX)
}
