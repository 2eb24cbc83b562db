//! From what the three places say to checked [`Settings`].

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use super::BackendKind;
use super::ColorChoice;
use super::DockerSettings;
use super::FargateSettings;
use super::LogSettle;
use super::Origin;
use super::OutputFormat;
use super::OutputSettings;
use super::Pull;
use super::RunSettings;
use super::Settings;
use super::TaskDefinitionRef;
use super::TaskRequest;
use super::Volume;
use super::env_file;
use super::environment::Environment;
use super::environment::Lookup;
use super::file;
use super::layer::Layer;
use super::layer::Said;
use super::merge::Layers;
use super::merge::Place;
use super::merge::Winner;
use super::plugins;
use super::quantity;
use super::quantity::quoted;
use super::reference;
use super::reference::CommandKind;
use super::reference::Kind;
use super::reference::SETTINGS;
use super::reference::Setting;
use super::volume;
use crate::error::Error;
use crate::spec::EnvValue;
use crate::spec::EnvVar;
use crate::spec::Pair;

/// What a command wants to know.
#[derive(Debug)]
pub struct Request {
    /// What the command line says.
    pub flags: Layer,
    /// Settings beyond it are not looked at: `sortie stop` must not fail for the want of a
    /// variable that `env` copies.
    pub command: CommandKind,
    /// The run that the command is about, for commands that are about one.
    pub id: Option<String>,
}

/// Settings, and what a person should know about them.
#[derive(Debug)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// One line each.
    pub warnings: Vec<String>,
}

/// Reads the file that `--config` or `SORTIE_CONFIG` names, or else `sortie.toml` in the working
/// directory where there is one, and makes the settings.
pub fn load(request: Request, environment: &Environment) -> Result<Loaded, Error> {
    let (from_environment, mut warnings) = environment.layer();
    let named = request.flags.get("config").or(from_environment.get("config")).and_then(<[Said]>::last);
    let file = match named {
        Some(said) => {
            let text = std::fs::read_to_string(&said.text).map_err(|error| {
                Error::usage(format!("cannot read {}: {error}", quoted(&said.text))).on(&said.at)
            })?;
            file::parse(&text, Path::new(&said.text))?
        }
        None => match std::fs::read_to_string(file::DEFAULT_NAME) {
            Ok(text) => file::parse(&text, Path::new(file::DEFAULT_NAME))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Layer::default(),
            Err(error) => {
                return Err(Error::usage(format!("cannot read {}: {error}", file::DEFAULT_NAME)));
            }
        },
    };
    let layers = Layers { flags: request.flags, environment: from_environment, file };
    let mut loaded = resolve(&layers, request.command, request.id.as_deref(), environment)?;
    warnings.append(&mut loaded.warnings);
    Ok(Loaded { settings: loaded.settings, warnings })
}

/// Makes settings from what the places say.
pub fn resolve(
    layers: &Layers,
    command: CommandKind,
    id: Option<&str>,
    environment: &Environment,
) -> Result<Loaded, Error> {
    let mut reader = Reader { layers, command, backend: BackendKind::Fargate, origins: BTreeMap::new() };
    let any_engine;
    (reader.backend, any_engine) = backend(&mut reader, id)?;

    let output = OutputSettings {
        color: reader.choice("color", &[ColorChoice::Auto, ColorChoice::Always, ColorChoice::Never])?,
        format: reader.choice("output", &[OutputFormat::Text, OutputFormat::Json])?,
        verbosity: reader.value("verbosity", verbosity)?.unwrap_or_default(),
    };
    let fargate = FargateSettings {
        cluster: reader.text("cluster")?,
        region: reader.text("region")?,
        capacity_providers: reader.list("capacity-provider")?,
        platform_version: reader.text("platform-version")?,
        log_group: reader.text("log-group")?,
    };
    let docker = DockerSettings {
        any_engine,
        engine: reader.text("engine")?,
        network: reader.text("network")?,
        pull: reader.choice("pull", &[Pull::Missing, Pull::Always, Pull::Never])?,
        volumes: volumes(&mut reader)?,
        secrets: secrets(&mut reader, environment)?,
    };
    let run = RunSettings {
        timeout: reader.value("timeout", quantity::duration)?.filter(|timeout| *timeout > Duration::ZERO),
        stop_timeout: stop_timeout(&mut reader)?,
        log_settle: reader.value("log-settle", log_settle)?.unwrap_or(LogSettle::Auto),
        require_complete_logs: reader.switch("require-complete-logs")?,
        capacity_budget: reader.value("capacity-timeout", quantity::duration)?.unwrap_or_default(),
        stop_on_plugin_failure: reader.switch("stop-on-plugin-failure")?,
    };
    let task = task(&mut reader, environment)?;
    let plugins = match command.has_plugins() {
        true => plugins::resolve(layers)?,
        false => Vec::new(),
    };
    if command.makes_a_task() {
        something_to_run(reader.backend, &task)?;
    }
    let warnings = reader.ignored_flags();
    let settings = Settings {
        backend: reader.backend,
        task,
        fargate,
        docker,
        run,
        output,
        plugins,
        origins: reader.origins,
    };
    Ok(Loaded { settings, warnings })
}

/// Reads values of the winning places, keeping where they came from.
struct Reader<'a> {
    layers: &'a Layers,
    command: CommandKind,
    backend: BackendKind,
    origins: BTreeMap<String, Origin>,
}

impl<'a> Reader<'a> {
    /// Whether the command and the back end want to know the setting.
    fn wanted(&self, setting: &Setting) -> bool {
        setting.commands.contains(&self.command) && setting.backends.contains(&self.backend)
    }

    /// The winning texts of a wanted setting. Notes their origin.
    fn winner(&mut self, key: &str) -> Option<(&'static Setting, Winner<'a>)> {
        let setting = reference::find(key)?;
        let winner = self.layers.winner(key).filter(|_| self.wanted(setting))?;
        self.origins.insert(key.to_owned(), winner.said[0].origin.clone());
        Some((setting, winner))
    }

    /// One value: the winning place's last text (a flag given twice: the last one), or the default.
    fn value<T>(&mut self, key: &str, parse: impl Fn(&str) -> Result<T, Error>) -> Result<Option<T>, Error> {
        if let Some((_, winner)) = self.winner(key)
            && let Some(said) = winner.said.last()
        {
            return filled(said).and_then(&parse).map(Some).map_err(|error| error.on(&said.at));
        }
        match reference::find(key).filter(|setting| self.wanted(setting)).and_then(|setting| setting.default)
        {
            Some(default) => {
                self.origins.insert(key.to_owned(), Origin::Default);
                parse(default).map(Some)
            }
            None => Ok(None),
        }
    }

    fn text(&mut self, key: &str) -> Result<Option<String>, Error> {
        self.value(key, |text| Ok(text.to_owned()))
    }

    fn switch(&mut self, key: &str) -> Result<bool, Error> {
        let parse = |text: &str| match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Ok(true),
            "false" | "0" | "no" => Ok(false),
            _ => Err(Error::usage(format!("{} is neither true nor false", quoted(text)))),
        };
        Ok(self.value(key, parse)?.unwrap_or_default())
    }

    fn choice<T: clap::ValueEnum + Default>(&mut self, key: &str, values: &[T]) -> Result<T, Error> {
        let word = |value: &T| value.to_possible_value().map(|value| value.get_name().to_owned());
        let parse = |text: &str| {
            let found = values.iter().find(|value| word(value).as_deref() == Some(text));
            found.cloned().ok_or_else(|| {
                let words: Vec<String> = values.iter().filter_map(word).collect();
                Error::usage(format!("{} is not one of {}", quoted(text), words.join(", ")))
            })
        };
        Ok(self.value(key, parse)?.unwrap_or_default())
    }

    /// All texts of the winning place, split at commas.
    fn list(&mut self, key: &str) -> Result<Vec<String>, Error> {
        let Some((setting, winner)) = self.winner(key) else { return Ok(Vec::new()) };
        let mut items: Vec<String> = Vec::new();
        for said in winner.said {
            for (index, piece) in filled(said).map_err(|error| error.on(&said.at))?.split(',').enumerate() {
                let piece = piece.trim();
                let number = !piece.is_empty() && piece.bytes().all(|byte| byte.is_ascii_digit());
                match items.last_mut() {
                    // `NAME=WEIGHT,BASE`
                    Some(last) if setting.kind == Kind::Providers && index > 0 && number => {
                        last.push(',');
                        last.push_str(piece);
                    }
                    _ if piece.is_empty() => {}
                    _ => items.push(piece.to_owned()),
                }
            }
        }
        Ok(items)
    }

    /// Flags that have no meaning on the chosen back end. From the environment and the file they
    /// are ignored without a word: that one sortie.toml serves all back ends is the point.
    fn ignored_flags(&self) -> Vec<String> {
        let ignored: Vec<String> = SETTINGS
            .iter()
            .filter(|setting| {
                !setting.backends.contains(&self.backend) && self.layers.flags.get(setting.key).is_some()
            })
            .map(Setting::flag)
            .collect();
        match ignored.is_empty() {
            true => Vec::new(),
            false => {
                let backend = self.backend.as_str();
                vec![format!("ignored on the {backend} back end: {}", ignored.join(", "))]
            }
        }
    }
}

/// The text, unless it is empty: `--cluster "$CLUSTER"` with no CLUSTER is a mistake.
fn filled(said: &Said) -> Result<&str, Error> {
    match said.text.trim().is_empty() {
        true => Err(Error::usage("the value is empty")),
        false => Ok(&said.text),
    }
}

/// The back end that was asked for by name, and whether any container engine will do. The highest
/// place that names one wins; in one place, `backend` and `local` win over what `cluster` implies.
/// The id of a run that ECS gave names it too.
fn backend(reader: &mut Reader<'_>, id: Option<&str>) -> Result<(BackendKind, bool), Error> {
    let local = local(reader)?;
    let said = reader.layers.winner("backend");
    let cluster = reader.layers.winner("cluster");
    let by_flag = |winner: &Option<Winner<'_>>| winner.as_ref().is_some_and(|w| w.place == Place::Flag);
    let contradiction = |one: &str, other: &str| {
        Error::usage(format!("{one} and {other} contradict each other")).hint("leave one of them out")
    };
    let named = said.as_ref().map(|said| said.place).max(local.as_ref().map(|local| local.0));
    if let Some(cluster) = &cluster
        && named.is_none_or(|place| place < cluster.place)
    {
        reader.origins.insert("backend".to_owned(), cluster.said[0].origin.clone());
        return Ok((BackendKind::Fargate, false));
    }
    if let Some((place, origin)) = local
        && said.as_ref().is_none_or(|said| said.place <= place)
    {
        if place == Place::Flag && by_flag(&said) {
            return Err(contradiction("--local", "--backend"));
        }
        if place == Place::Flag && by_flag(&cluster) {
            return Err(contradiction("--local", "--cluster"));
        }
        reader.origins.insert("backend".to_owned(), origin);
        return Ok((BackendKind::Docker, true));
    }
    let parse = |text: &str| match text {
        "fargate" => Ok((BackendKind::Fargate, false)),
        "docker" => Ok((BackendKind::Docker, false)),
        "auto" => Ok((BackendKind::Docker, true)),
        "process" => Ok((BackendKind::Process, false)),
        _ => Err(Error::usage(format!("{} is not a back end", quoted(text)))
            .hint("write `fargate`, `docker`, `process` or `auto`")),
    };
    if let Some(kind) = reader.value("backend", parse)? {
        if kind.0 != BackendKind::Fargate && by_flag(&said) && by_flag(&cluster) {
            return Err(contradiction(&format!("--backend {}", kind.0.as_str()), "--cluster"));
        }
        return Ok(kind);
    }
    if id.is_some_and(|id| id.starts_with("arn:") && id.contains(":ecs:")) {
        return Ok((BackendKind::Fargate, false));
    }
    Err(Error::usage("no back end is configured").hint(
        "on AWS Fargate:   --cluster NAME      (or SORTIE_CLUSTER, or `cluster` in sortie.toml)\n\
         on this machine:  --backend process   (or SORTIE_BACKEND, or `backend` in sortie.toml)\n\
         in a container:   --local             (or SORTIE_LOCAL, or `local` in sortie.toml)",
    ))
}

/// Where `local` is switched on, if it is.
fn local(reader: &mut Reader<'_>) -> Result<Option<(Place, Origin)>, Error> {
    let on = reader.switch("local")?;
    let winner = reader.layers.winner("local");
    Ok(winner.filter(|_| on).map(|winner| (winner.place, winner.said[0].origin.clone())))
}

fn verbosity(text: &str) -> Result<i8, Error> {
    text.trim()
        .parse()
        .ok()
        .filter(|level| (-1..=3).contains(level))
        .ok_or_else(|| Error::usage(format!("{} is not a verbosity", quoted(text))).hint("write -1 to 3"))
}

fn log_settle(text: &str) -> Result<LogSettle, Error> {
    match text {
        "auto" => Ok(LogSettle::Auto),
        text => quantity::duration(text).map(LogSettle::AtLeast),
    }
}

/// `--stop-timeout`, within what Fargate takes: 2 s to 120 s (ECS `ContainerDefinition$stopTimeout`).
fn stop_timeout(reader: &mut Reader<'_>) -> Result<Option<Duration>, Error> {
    let bounds = Duration::from_secs(2)..=Duration::from_secs(120);
    let fargate = reader.backend == BackendKind::Fargate;
    reader.value("stop-timeout", |text| {
        let duration = quantity::duration(text)?;
        match fargate && !bounds.contains(&duration) {
            true => Err(Error::usage(format!("{} is outside of what Fargate takes", quoted(text)))
                .hint("write 2s to 120s")),
            false => Ok(duration),
        }
    })
}

fn task(reader: &mut Reader<'_>, environment: &Environment) -> Result<TaskRequest, Error> {
    let (task_definition, image) = definition_or_image(reader)?;
    Ok(TaskRequest {
        task_definition,
        image,
        name: reader.text("name")?,
        container: reader.text("container")?,
        command: command(reader)?,
        env: env(reader, environment)?,
        cpu: reader.value("cpu", quantity::cpu)?,
        memory: reader.value("memory", quantity::memory)?,
        ephemeral_storage: reader.value("ephemeral-storage", quantity::storage)?,
        task_role: reader.text("task-role")?,
        execution_role: reader.text("execution-role")?,
        subnets: reader.list("subnet")?,
        security_groups: reader.list("security-group")?,
        assign_public_ip: reader.switch("assign-public-ip")?,
        tags: tags(reader)?,
        started_by: reader.text("started-by")?,
    })
}

/// A task definition or an image: the one said in the higher place; in one place, only one.
fn definition_or_image(
    reader: &mut Reader<'_>,
) -> Result<(Option<TaskDefinitionRef>, Option<String>), Error> {
    let place = |key: &str| reader.layers.winner(key).map(|winner| winner.place);
    let (definition, image) = (place("task-definition"), place("image"));
    if definition.is_some() && definition == image && reader.backend != BackendKind::Process {
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
            let layer = reader.layers.winner("task-definition").map(|winner| winner.layer);
            TaskDefinitionRef::File(layer.map_or_else(|| PathBuf::from(path), |layer| layer.path(path)))
        }
    };
    Ok((Some(reference), None))
}

fn command(reader: &mut Reader<'_>) -> Result<Vec<String>, Error> {
    let Some((_, winner)) = reader.winner("command") else { return Ok(Vec::new()) };
    if winner.said[0].text.is_empty() {
        return Err(Error::usage("the command's first word is empty").on(&winner.said[0].at));
    }
    Ok(winner.said.iter().map(|said| said.text.clone()).collect())
}

/// The environment of the main container: place by place, files before variables.
fn env(reader: &mut Reader<'_>, environment: &Environment) -> Result<Vec<EnvVar>, Error> {
    let mut variables: Vec<EnvVar> = Vec::new();
    if !reader.command.makes_a_task() {
        return Ok(variables);
    }
    for (_, layer) in reader.layers.ascending() {
        for said in layer.get("env-file").unwrap_or_default() {
            let path = layer.path(filled(said).map_err(|error| error.on(&said.at))?);
            let content = std::fs::read(&path).map_err(|error| {
                Error::usage(format!("cannot read {}: {error}", quoted(&path.display().to_string())))
                    .on(&said.at)
            })?;
            for variable in env_file::parse(&content, &path, environment)? {
                reader.origins.insert(format!("env.{}", variable.name), said.origin.clone());
                put(&mut variables, variable, |old, new| old.name == new.name);
            }
        }
        for said in layer.get("env").unwrap_or_default() {
            let variable = env_file::variable(&said.text, environment).map_err(|error| error.on(&said.at))?;
            reader.origins.insert(format!("env.{}", variable.name), said.origin.clone());
            put(&mut variables, variable, |old, new| old.name == new.name);
        }
    }
    Ok(variables)
}

fn volumes(reader: &mut Reader<'_>) -> Result<Vec<Volume>, Error> {
    if reader.winner("volume").is_none() {
        return Ok(Vec::new());
    }
    let mut volumes: Vec<Volume> = Vec::new();
    for (_, layer) in reader.layers.ascending() {
        for said in layer.get("volume").unwrap_or_default() {
            let base = layer.path("");
            let text = filled(said).map_err(|error| error.on(&said.at))?;
            let volume = volume::parse(text, &base).map_err(|error| error.on(&said.at))?;
            put(&mut volumes, volume, |old, new| old.target == new.target);
        }
    }
    Ok(volumes)
}

/// Secrets that `--secret-from-env` takes from this environment.
fn secrets(reader: &mut Reader<'_>, environment: &Environment) -> Result<Vec<EnvVar>, Error> {
    if reader.winner("secret-from-env").is_none() {
        return Ok(Vec::new());
    }
    let mut secrets = Vec::new();
    for (_, layer) in reader.layers.ascending() {
        for said in layer.get("secret-from-env").unwrap_or_default() {
            let text = filled(said).map_err(|error| error.on(&said.at))?;
            let (name, variable) = text.split_once('=').unwrap_or((text, text));
            let wrong = |what: &str| Error::usage(format!("the variable {variable} {what}")).on(&said.at);
            let value = match environment.get(variable) {
                Lookup::Found(value) => EnvValue::Secret(value),
                Lookup::Missing => return Err(wrong("is not set")),
                Lookup::NotUtf8 => return Err(wrong("is not UTF-8")),
            };
            let secret = EnvVar { name: name.to_owned(), value };
            put(&mut secrets, secret, |old: &EnvVar, new: &EnvVar| old.name == new.name);
        }
    }
    Ok(secrets)
}

fn tags(reader: &mut Reader<'_>) -> Result<Vec<Pair>, Error> {
    let mut tags: Vec<Pair> = Vec::new();
    if !reader.command.makes_a_task() {
        return Ok(tags);
    }
    for (_, layer) in reader.layers.ascending() {
        for said in layer.get("tag").unwrap_or_default() {
            let (key, value) =
                said.text.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or_else(|| {
                    Error::usage(format!("{} is not a tag", quoted(&said.text)))
                        .hint("write KEY=VALUE")
                        .on(&said.at)
                })?;
            reader.origins.insert(format!("tag.{key}"), said.origin.clone());
            put(&mut tags, Pair::new(key, value), |old, new| old.name == new.name);
        }
    }
    Ok(tags)
}

/// Replaces the item that is the same, or adds one.
fn put<T>(items: &mut Vec<T>, item: T, same: impl Fn(&T, &T) -> bool) {
    match items.iter_mut().find(|old| same(old, &item)) {
        Some(old) => *old = item,
        None => items.push(item),
    }
}

fn something_to_run(backend: BackendKind, task: &TaskRequest) -> Result<(), Error> {
    match backend {
        BackendKind::Process if task.command.is_empty() => Err(Error::usage("no command to run")
            .hint("write it after `--`: sortie run --backend process -- ./deploy.sh")),
        BackendKind::Fargate | BackendKind::Docker
            if task.task_definition.is_none() && task.image.is_none() =>
        {
            let hint = match backend {
                BackendKind::Docker => {
                    "--image IMAGE runs an image, --task-definition file:task.json a definition"
                }
                _ => {
                    "--task-definition FAMILY runs one that is registered; --image IMAGE registers one for the image"
                }
            };
            Err(Error::usage("nothing to run: neither a task definition nor an image").hint(hint))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
