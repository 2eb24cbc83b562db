//! From what the sources set to checked [`Settings`].
//!
//! - [`reader`]: one value at a time, from the source that wins.
//! - [`backend`]: which back end was asked for.
//! - [`task`]: what runs.
//! - [`docker`]: what only a container engine on this machine takes.
//! - [`secrecy`]: what is masked.

mod backend;
mod docker;
mod reader;
mod secrecy;
mod task;

use std::path::PathBuf;
use std::time::Duration;

use super::BackendKind;
use super::DeadlineGuard;
use super::FargateSettings;
use super::LogLimit;
use super::LogSettle;
use super::Origin;
use super::OutputFormat;
use super::OutputSettings;
use super::RunSettings;
use super::Settings;
use super::capacity_provider;
use super::choice::Choice as _;
use super::config_file;
use super::environment;
use super::file;
use super::layer::Layer;
use super::layer::RawValue;
use super::merge::Layers;
use super::plugins;
use super::quantity;
use super::quantity::quoted;
use super::reference::CommandKind;
use super::reference::Kind;
use super::reference::LOUDEST;
use super::reference::QUIETEST;
use super::reporters;
use super::reporters::Around;
use super::reporters::Chosen;
use super::task_id::TaskId;
use crate::ci::Ci;
use crate::ci::CiRun;
use crate::environment::Environment;
use crate::error::Error;

/// What a command asks for.
#[derive(Debug)]
pub struct Request {
    /// What the command line sets.
    pub flags: Layer,
    /// Settings that do not concern it are not looked at: `sortie stop` must not fail for want of a
    /// variable that `env` copies.
    pub command: CommandKind,
    /// The id of the task that the command is about, for commands that are about one.
    pub id: Option<String>,
}

/// Settings, with what a person should know about them.
#[derive(Debug)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// One line each.
    pub warnings: Vec<String>,
}

/// Reads the file that `--config` or `SORTIE_CONFIG` names, or else the one that is found
/// ([`config_file`]), and makes the settings.
///
/// # Errors
///
/// A usage error that names the flag, the variable, or the file and its line. None shows a secret.
pub fn load(request: Request, environment: &Environment) -> Result<Loaded, Error> {
    let (from_environment, mut warnings) = environment::layer(environment);
    let named = request.flags.get("config").or(from_environment.get("config")).and_then(<[RawValue]>::last);
    let config_file = config_file::choose(named)?;
    let file = config_file.as_ref().map(|file| file::parse(&file.text, &file.path)).transpose()?;
    let file = file.unwrap_or_default();
    let config_origin = named.map_or(Origin::Default, |named| named.origin.clone());
    let layers = Layers { flags: request.flags, environment: from_environment, file };
    let id = request.id.as_deref().map(TaskId::parse).transpose()?;
    let Resolved { mut settings, warnings: more } = resolve(&layers, request.command, id, environment)?;
    settings.config_file = config_file.map(|file| file.path);
    settings.origins.insert("config".to_owned(), config_origin);
    warnings.extend(more);
    Ok(Loaded { settings, warnings })
}

/// The output format that the environment or the file asks for, as far as that can be seen: for errors
/// about the very settings. `config` is the file that a flag names.
pub fn told_output(config: Option<&str>, environment: &Environment) -> Option<OutputFormat> {
    let (from_environment, _) = environment::layer(environment);
    let last = |key: &str| Some(from_environment.get(key)?.last()?.text.as_str());
    if let Some(word) = last("output") {
        return OutputFormat::from_word(word);
    }
    let named = config.or(last("config")).map(|text| RawValue {
        text: text.to_owned(),
        origin: Origin::Default,
        at: String::new(),
    });
    let file = config_file::choose(named.as_ref()).ok()??;
    OutputFormat::from_word(&file::text_of("output", &file.text)?)
}

/// The CI system that the environment names in sortie's own variable.
pub fn told_ci(environment: &Environment) -> Option<Ci> {
    let (from_environment, _) = environment::layer(environment);
    Ci::from_word(&from_environment.get("ci")?.last()?.text)
}

/// Settings, and what a person should know about them.
#[derive(Debug)]
pub struct Resolved {
    /// The settings.
    pub settings: Settings,
    /// One line each.
    pub warnings: Vec<String>,
}

/// Makes settings from what the sources set.
///
/// # Errors
///
/// A usage error that names the flag, the variable, or the file and its line. None shows a secret.
pub fn resolve(
    layers: &Layers,
    command: CommandKind,
    id: Option<TaskId>,
    environment: &Environment,
) -> Result<Resolved, Error> {
    let (mut reader, any_engine) = backend::reader(layers, command, id.as_ref())?;
    let output = OutputSettings {
        color: reader.choice("color")?,
        format: reader.choice("output")?,
        timestamps: reader.switch("timestamps")?,
        verbosity: reader.value("verbosity", verbosity)?.unwrap_or_default(),
        log_limit: reader.value("log-limit", log_limit)?.unwrap_or_default(),
        heartbeat: reader.value("heartbeat", heartbeat)?.flatten(),
        ci: reader.chosen("ci")?,
    };
    // What the id says wins over every source.
    let said = |of: fn(&TaskId) -> Option<&str>| id.as_ref().and_then(of).map(str::to_owned);
    let fargate = FargateSettings {
        cluster: said(TaskId::cluster).or(reader.text("cluster")?),
        region: said(TaskId::region).or(reader.text("region")?),
        subnets: reader.list("subnet")?,
        security_groups: reader.list("security-group")?,
        assign_public_ip: reader.switch("assign-public-ip")?,
        capacity_providers: reader.list("capacity-provider")?,
        platform_version: reader.text("platform-version")?,
        ephemeral_storage: reader.value("ephemeral-storage", quantity::storage)?,
        task_role: reader.text("task-role")?,
        execution_role: reader.text("execution-role")?,
        log_group: reader.text("log-group")?,
        deadline_guard: reader.choice("deadline-guard")?,
        deadline_guard_image: reader.text("deadline-guard-image")?,
        deadline_guard_role: reader.text("deadline-guard-role")?,
    };
    capacity_provider::providers(&fargate.capacity_providers)
        .map_err(|error| reader.at_its_place("capacity-provider", error))?;
    for value in reader.ignored("capacity-provider") {
        let mut items = Vec::new();
        reader::split(Kind::Providers, &value.text, &mut items);
        capacity_provider::providers(&items).map_err(|error| error.on(&value.at))?;
    }
    let mut docker = docker::docker(&mut reader, any_engine, environment)?;
    docker.engine = said(TaskId::engine).or(docker.engine);
    if let (Some(id), BackendKind::Fargate, None) = (&id, reader.backend(), &fargate.cluster) {
        return Err(Error::usage(format!("the id {id} does not say in which cluster the task is"))
            .hint("give --cluster NAME, or the whole ARN that `sortie launch` printed"));
    }
    let run = RunSettings {
        timeout: reader.value("timeout", quantity::duration)?.filter(|timeout| *timeout > Duration::ZERO),
        stop_timeout: reader.value("stop-timeout", quantity::duration)?,
        log_settle: reader.value("log-settle", log_settle)?.unwrap_or(LogSettle::Auto),
        require_complete_logs: reader.switch("require-complete-logs")?,
        log_file: reader.text("log-file")?.map(PathBuf::from),
        outputs: reader.switch("outputs")?,
        id_file: reader.text("id-file")?.map(PathBuf::from),
        capacity_budget: reader.value("capacity-timeout", quantity::duration)?.unwrap_or_default(),
        stop_on_plugin_failure: reader.switch("stop-on-plugin-failure")?,
        detached: command == CommandKind::Launch,
        reattach: reader.switch("reattach")?,
    };
    if fargate.deadline_guard != DeadlineGuard::None && run.timeout.is_none() {
        let error = Error::usage("a deadline guard needs a time limit, and none is given (--timeout)");
        let error = error.hint("say after how long the task is to be over: --timeout 20m");
        return Err(reader.at_its_place("deadline-guard", error));
    }
    let ci = output.ci.unwrap_or_else(|| Ci::detect(environment));
    let task = task::task(&mut reader, environment, CiRun::of(ci, environment))?;
    let secrecy = secrecy::secrecy(&mut reader, environment)?;
    let around = Around { told: output.ci, environment, is_silent: output.verbosity <= QUIETEST };
    let Chosen { words: reporters, plugins: told } = match reader.all("reporter") {
        Some(values) => reporters::chosen(&values, around)?,
        None => Chosen::default(),
    };
    let plugins = match command.has_plugins() {
        true => plugins::resolve(layers, told)?,
        false => Vec::new(),
    };
    let warnings = reader.take_warnings();
    let backend = reader.backend();
    let (origins, places) = reader.finish();
    let settings = Settings {
        backend,
        id,
        task,
        fargate,
        docker,
        run,
        output,
        secrecy,
        reporters,
        plugins,
        config_file: None,
        origins,
        places,
    };
    Ok(Resolved { settings, warnings })
}

fn verbosity(text: &str) -> Result<i8, Error> {
    text.trim().parse().ok().filter(|level| (QUIETEST..=LOUDEST).contains(level)).ok_or_else(|| {
        Error::usage(format!("{} is not a verbosity", quoted(text)))
            .hint(format!("write {QUIETEST} to {LOUDEST}"))
    })
}

fn log_limit(text: &str) -> Result<LogLimit, Error> {
    match text {
        "auto" => Ok(LogLimit::Auto),
        "none" => Ok(LogLimit::None),
        text => quantity::bytes(text).map(LogLimit::Bytes),
    }
}

fn heartbeat(text: &str) -> Result<Option<Duration>, Error> {
    match text {
        "auto" => Ok(None),
        text => quantity::duration(text).map(Some),
    }
}

fn log_settle(text: &str) -> Result<LogSettle, Error> {
    match text {
        "auto" => Ok(LogSettle::Auto),
        text => quantity::duration(text).map(LogSettle::AtLeast),
    }
}

#[cfg(test)]
mod tests;
