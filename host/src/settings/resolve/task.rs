//! What runs: a task definition or an image, command, environment, tags.

use std::path::PathBuf;

use super::reader::Reader;
use super::reader::filled;
use crate::environment::Environment;
use crate::error::Error;
use crate::settings::BackendKind;
use crate::settings::TaskDefinitionRef;
use crate::settings::TaskRequest;
use crate::settings::env_file;
use crate::settings::quantity;
use crate::settings::quantity::quoted;
use crate::spec::EnvVar;
use crate::spec::Pair;

/// What runs.
///
/// # Errors
///
/// A value is wrong, or the command launches a task and nothing says what.
pub(super) fn task(reader: &mut Reader<'_>, environment: &Environment) -> Result<TaskRequest, Error> {
    let (task_definition, image) = definition_or_image(reader)?;
    let task = TaskRequest {
        task_definition,
        image,
        name: reader.text("name")?,
        container: reader.text("container")?,
        command: command(reader)?,
        env: env(reader, environment)?,
        cpu: reader.value("cpu", quantity::cpu)?,
        memory: reader.value("memory", quantity::memory)?,
        tags: tags(reader)?,
        started_by: reader.text("started-by")?,
    };
    if reader.command().makes_a_task() {
        something_to_run(reader.backend(), &task)?;
    }
    Ok(task)
}

/// A task definition or an image: the one that the higher source sets; a source sets only one.
fn definition_or_image(
    reader: &mut Reader<'_>,
) -> Result<(Option<TaskDefinitionRef>, Option<String>), Error> {
    let source = |key: &str| reader.layers().winner(key).map(|winner| winner.source);
    let (definition, image) = (source("task-definition"), source("image"));
    if definition.is_some() && definition == image && reader.backend() != BackendKind::Process {
        return Err(Error::usage("both a task definition and an image are asked for")
            .hint("leave one of them out: --image runs in a task definition that sortie registers"));
    }
    if definition < image {
        return Ok((None, reader.text("image")?));
    }
    let Some(text) = reader.text("task-definition")? else { return Ok((None, None)) };
    let reference = match text.strip_prefix("file:") {
        None => TaskDefinitionRef::Registered(text),
        Some("") => {
            return Err(Error::usage("`file:` is not followed by a path").on("task-definition"));
        }
        Some(path) => {
            let layer = reader.layers().winner("task-definition").map(|winner| winner.layer);
            TaskDefinitionRef::File(layer.map_or_else(|| PathBuf::from(path), |layer| layer.path(path)))
        }
    };
    Ok((Some(reference), None))
}

fn command(reader: &mut Reader<'_>) -> Result<Vec<String>, Error> {
    let Some((_, winner)) = reader.winner("command") else { return Ok(Vec::new()) };
    if winner.values[0].text.is_empty() {
        return Err(Error::usage("the command's first word is empty").on(&winner.values[0].at));
    }
    Ok(winner.values.iter().map(|word| word.text.clone()).collect())
}

/// The environment of the main container: source by source, files before variables.
fn env(reader: &mut Reader<'_>, environment: &Environment) -> Result<Vec<EnvVar>, Error> {
    let mut variables: Vec<EnvVar> = Vec::new();
    if !reader.command().makes_a_task() {
        return Ok(variables);
    }
    for (_, layer) in reader.layers().ascending() {
        for value in layer.get("env-file").unwrap_or_default() {
            let path = layer.path(filled(value).map_err(|error| error.on(&value.at))?);
            let content = std::fs::read(&path).map_err(|error| {
                Error::usage(format!("cannot read {}: {error}", quoted(&path.display().to_string())))
                    .on(&value.at)
            })?;
            for variable in env_file::parse(&content, &path, environment)? {
                reader.note(format!("env.{}", variable.name), &value.origin);
                put(&mut variables, variable, |old, new| old.name == new.name);
            }
        }
        for value in layer.get("env").unwrap_or_default() {
            let variable =
                env_file::variable(&value.text, environment).map_err(|error| error.on(&value.at))?;
            reader.note(format!("env.{}", variable.name), &value.origin);
            put(&mut variables, variable, |old, new| old.name == new.name);
        }
    }
    Ok(variables)
}

fn tags(reader: &mut Reader<'_>) -> Result<Vec<Pair>, Error> {
    let mut tags: Vec<Pair> = Vec::new();
    if !reader.command().makes_a_task() {
        return Ok(tags);
    }
    for (_, layer) in reader.layers().ascending() {
        for value in layer.get("tag").unwrap_or_default() {
            let (key, text) =
                value.text.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or_else(|| {
                    Error::usage(format!("{} is not a tag", quoted(&value.text)))
                        .hint("write KEY=VALUE")
                        .on(&value.at)
                })?;
            reader.note(format!("tag.{key}"), &value.origin);
            put(&mut tags, Pair::new(key, text), |old, new| old.name == new.name);
        }
    }
    Ok(tags)
}

/// Replaces the item that is the same, or adds one.
pub(super) fn put<T>(items: &mut Vec<T>, item: T, same: impl Fn(&T, &T) -> bool) {
    match items.iter_mut().find(|old| same(old, &item)) {
        Some(old) => *old = item,
        None => items.push(item),
    }
}

fn something_to_run(backend: BackendKind, task: &TaskRequest) -> Result<(), Error> {
    let nothing = || Error::usage("nothing to run: neither a task definition nor an image");
    let named = task.task_definition.is_some() || task.image.is_some();
    match backend {
        BackendKind::Process if task.command.is_empty() => Err(Error::usage("no command to run")
            .hint("write it after `--`: sortie run --backend process -- ./deploy.sh")),
        BackendKind::Docker if !named => {
            Err(nothing().hint("--image IMAGE runs an image, --task-definition file:task.json a definition"))
        }
        BackendKind::Fargate if !named => Err(nothing().hint(
            "--task-definition FAMILY runs one that is registered; --image IMAGE registers one for the image",
        )),
        _ => Ok(()),
    }
}
