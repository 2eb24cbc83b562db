//! What runs: a task definition or an image, command, environment, tags.

use std::io::Read as _;
use std::path::PathBuf;

use super::reader::Reader;
use super::reader::filled;
use super::reader::split;
use crate::ci::CiRun;
use crate::environment::Environment;
use crate::error::Error;
use crate::settings::BackendKind;
use crate::settings::DefinitionFile;
use crate::settings::ImageChange;
use crate::settings::TaskDefinitionRef;
use crate::settings::TaskRequest;
use crate::settings::definition_ref;
use crate::settings::definition_ref::Named;
use crate::settings::env_file;
use crate::settings::layer::Layer;
use crate::settings::layer::RawValue;
use crate::settings::merge::Source;
use crate::settings::quantity;
use crate::settings::quantity::quoted;
use crate::settings::reference::Kind;
use crate::settings::words;
use crate::spec::EnvVar;
use crate::spec::Pair;

/// What runs.
///
/// # Errors
///
/// A value is wrong, or the command launches a task and nothing says what.
pub(super) fn task(
    reader: &mut Reader<'_>,
    environment: &Environment,
    ci_run: Option<CiRun>,
) -> Result<TaskRequest, Error> {
    let WhatRuns { task_definition, image, images } = what_runs(reader, environment)?;
    let task = TaskRequest {
        task_definition,
        image,
        images,
        register_as: reader.value("register-as", family)?,
        name: reader.text("name")?,
        container: reader.text("container")?,
        command: command(reader)?,
        env: env(reader, environment)?,
        cpu: reader.value("cpu", quantity::cpu)?,
        memory: reader.value("memory", quantity::memory)?,
        tags: tags(reader)?,
        started_by: reader.text("started-by")?,
        ci_run,
    };
    if reader.command().makes_a_task() {
        something_to_run(reader.backend(), &task)?;
    }
    Ok(task)
}

/// A task definition with other images, or one image.
struct WhatRuns {
    task_definition: Option<TaskDefinitionRef>,
    image: Option<String>,
    images: Vec<ImageChange>,
}

/// A task definition, with the images that take the place of its own; or one image alone. An image that
/// a lower source than the definition's sets is not meant for it.
fn what_runs(reader: &mut Reader<'_>, environment: &Environment) -> Result<WhatRuns, Error> {
    let source = |key: &str| reader.layers().winner(key).map(|winner| winner.source);
    let (definition, image) = (source("task-definition"), source("image"));
    let images = if image >= definition { images(reader)? } else { Vec::new() };
    match task_definition(reader, environment)? {
        Some(reference) => Ok(WhatRuns { task_definition: Some(reference), image: None, images }),
        None => Ok(WhatRuns { task_definition: None, image: one_image(images)?, images: Vec::new() }),
    }
}

fn task_definition(
    reader: &mut Reader<'_>,
    environment: &Environment,
) -> Result<Option<TaskDefinitionRef>, Error> {
    let expand = reader.switch("expand")?;
    for value in reader.ignored("task-definition") {
        definition_ref::parse(&value.text).map_err(|error| error.on(&value.at))?;
    }
    let Some(text) = reader.text("task-definition")? else { return Ok(None) };
    let Some((_, winner)) = reader.winner("task-definition") else { return Ok(None) };
    let place = winner.values.last().map(|value| value.at.as_str()).unwrap_or_default();
    match definition_ref::parse(&text).map_err(|error| error.on(place))? {
        Named::Registered(name) => Ok(Some(TaskDefinitionRef::Registered(name))),
        Named::File(path) => Ok(Some(TaskDefinitionRef::File(DefinitionFile {
            path: if path == "-" { PathBuf::from(path) } else { winner.layer.path(&path) },
            variables: expand.then(|| environment.clone()),
        }))),
    }
}

fn images(reader: &mut Reader<'_>) -> Result<Vec<ImageChange>, Error> {
    for value in reader.ignored("image") {
        let mut texts = Vec::new();
        split(Kind::List, &value.text, &mut texts);
        image_changes(texts).map_err(|error| error.on(&value.at))?;
    }
    image_changes(reader.list("image")?)
}

/// `IMAGE` and `CONTAINER=IMAGE`: no image has a `=` in its name.
fn image_changes(texts: Vec<String>) -> Result<Vec<ImageChange>, Error> {
    let mut images: Vec<ImageChange> = Vec::new();
    for text in texts {
        let change = match text.split_once('=') {
            None => ImageChange { container: None, image: text },
            Some((container, image)) if !container.is_empty() && !image.is_empty() => {
                ImageChange { container: Some(container.to_owned()), image: image.to_owned() }
            }
            Some(_) => {
                return Err(Error::usage(format!("{} is not CONTAINER=IMAGE (--image)", quoted(&text)))
                    .hint("is a variable in it empty?"));
            }
        };
        if images.iter().any(|before| before.container == change.container) {
            let whose = change.container.map_or_else(
                || "the main container".to_owned(),
                |container| format!("the container `{container}`"),
            );
            return Err(Error::usage(format!("two images are given for {whose} (--image)"))
                .hint("give one for each container: --image CONTAINER=IMAGE"));
        }
        images.push(change);
    }
    Ok(images)
}

/// The image that runs without a task definition.
fn one_image(images: Vec<ImageChange>) -> Result<Option<String>, Error> {
    match images.as_slice() {
        [] => Ok(None),
        [ImageChange { container: None, image }] => Ok(Some(image.clone())),
        _ => Err(Error::usage("an image for a container is given (--image CONTAINER=IMAGE), and no task definition that has it")
            .hint("--task-definition names the definition; one image alone is --image IMAGE, its container's name --container NAME")),
    }
}

fn family(text: &str) -> Result<String, Error> {
    match definition_ref::is_family(text) {
        true => Ok(text.to_owned()),
        false => Err(Error::usage(format!("{} cannot be a family", quoted(text)))
            .hint("a family has 1 to 255 letters, digits, hyphens and underscores")),
    }
}

fn command(reader: &mut Reader<'_>) -> Result<Vec<String>, Error> {
    let Some((_, winner)) = reader.winner("command") else { return Ok(Vec::new()) };
    let first = &winner.values[0];
    let words = match winner.source {
        Source::Environment => filled(first).and_then(words::parse).map_err(|error| error.on(&first.at))?,
        Source::File | Source::Flag => winner.values.iter().map(|word| word.text.clone()).collect(),
    };
    match words.first() {
        Some(program) if program.is_empty() => {
            Err(Error::usage("the command's first word is empty").on(&first.at))
        }
        _ => Ok(words),
    }
}

/// The environment of the main container: source by source, files before variables.
fn env(reader: &mut Reader<'_>, environment: &Environment) -> Result<Vec<EnvVar>, Error> {
    let mut variables: Vec<EnvVar> = Vec::new();
    if !reader.command().makes_a_task() {
        return Ok(variables);
    }
    for (_, layer) in reader.layers().ascending() {
        for value in layer.get("env-file").unwrap_or_default() {
            let (content, path) = env_file(layer, value).map_err(|error| error.on(&value.at))?;
            let file = env_file::parse(&content, &path, environment)?;
            file.warnings.into_iter().for_each(|warning| reader.warn(warning));
            for variable in file.variables {
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

/// What an `--env-file` holds, and what it is called in errors. `-` is standard input.
fn env_file(layer: &Layer, value: &RawValue) -> Result<(Vec<u8>, PathBuf), Error> {
    let text = filled(value)?;
    if text == "-" {
        let mut content = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut content);
        read.map_err(|error| Error::usage(format!("cannot read standard input: {error}")))?;
        return Ok((content, PathBuf::from("standard input")));
    }
    let path = layer.path(text);
    let content = std::fs::read(&path).map_err(|error| {
        Error::usage(format!("cannot read {}: {error}", quoted(&path.display().to_string())))
    })?;
    Ok((content, path))
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
                    Error::usage("a tag without a key before a `=`").hint("write KEY=VALUE").on(&value.at)
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
