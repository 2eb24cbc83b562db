//! Which back end was asked for.

use super::reader::Reader;
use crate::error::Error;
use crate::settings::BackendKind;
use crate::settings::Origin;
use crate::settings::layer::RawValue;
use crate::settings::merge::Layers;
use crate::settings::merge::Source;
use crate::settings::merge::Winner;
use crate::settings::quantity::quoted;
use crate::settings::reference::CommandKind;
use crate::settings::task_id::TaskId;

/// A reader for the back end that was asked for, and whether any container engine will do.
///
/// The highest source that names a back end wins; in one source, `backend` and `local` win over what
/// `cluster` implies. The id of a task wins over them all: only a flag may not contradict it.
///
/// # Errors
///
/// No back end is asked for, or flags contradict each other.
pub(super) fn reader<'a>(
    layers: &'a Layers,
    command: CommandKind,
    id: Option<&TaskId>,
) -> Result<(Reader<'a>, bool), Error> {
    // What names a back end has a meaning on all of them, so any will do to read it.
    let mut reader = Reader::new(layers, command, BackendKind::Fargate);
    let (backend, any_engine) = backend(&mut reader, id)?;
    Ok((reader.on(backend), any_engine))
}

fn backend(reader: &mut Reader<'_>, id: Option<&TaskId>) -> Result<(BackendKind, bool), Error> {
    if let Some(id) = id {
        agree(reader.layers(), id)?;
        // A task may be in any engine of this machine, whichever of them is asked for otherwise.
        return Ok((id.backend(), id.backend() == BackendKind::Docker));
    }
    // What is left is left on this machine, wherever tasks run otherwise, unless this very command is pointed at a
    // cluster: by a flag, or by its environment, as a clean-up step is.
    let is_pointed = flag_names_one(reader.layers()) || environment_names_a_cluster(reader.layers());
    if reader.command() == CommandKind::Reap && !is_pointed {
        let only_docker =
            reader.layers().winner("backend").is_some_and(|winner| winner.values[0].text == "docker");
        return Ok((BackendKind::Docker, !only_docker));
    }
    let local = local(reader)?;
    let backend = reader.layers().winner("backend");
    let cluster = reader.layers().winner("cluster");
    let by_flag = |winner: &Option<Winner<'_>>| winner.as_ref().is_some_and(|w| w.source == Source::Flag);
    let contradiction = |one: &str, other: &str| {
        Error::usage(format!("{one} and {other} contradict each other")).hint("leave one of them out")
    };
    let named = backend.as_ref().map(|backend| backend.source).max(local.as_ref().map(|local| local.0));
    if let Some(cluster) = &cluster
        && named.is_none_or(|source| source < cluster.source)
    {
        reader.note("backend", &cluster.values[0].origin);
        return Ok((BackendKind::Fargate, false));
    }
    if let Some((source, origin)) = local
        && backend.as_ref().is_none_or(|backend| backend.source <= source)
    {
        if source == Source::Flag && by_flag(&backend) {
            return Err(contradiction("--local", "--backend"));
        }
        if source == Source::Flag && by_flag(&cluster) {
            return Err(contradiction("--local", "--cluster"));
        }
        reader.note("backend", &origin);
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
        if kind.0 != BackendKind::Fargate && by_flag(&backend) && by_flag(&cluster) {
            return Err(contradiction(&format!("--backend {}", kind.0.as_str()), "--cluster"));
        }
        return Ok(kind);
    }
    if reader.command() == CommandKind::List {
        return Ok((BackendKind::Docker, true));
    }
    Err(Error::usage("no back end is configured").hint(
        "on AWS Fargate:   --cluster NAME      (or SORTIE_CLUSTER, or `cluster` in sortie.toml)\n\
         on this machine:  --backend process   (or SORTIE_BACKEND, or `backend` in sortie.toml)\n\
         in a container:   --local             (or SORTIE_LOCAL, or `local` in sortie.toml)",
    ))
}

/// Whether a flag names a back end.
fn flag_names_one(layers: &Layers) -> bool {
    ["backend", "local", "cluster"].iter().any(|key| layers.flags.get(key).is_some())
}

/// Whether the environment names a cluster, and no back end besides.
fn environment_names_a_cluster(layers: &Layers) -> bool {
    let is_set = |key: &str| layers.environment.get(key).is_some();
    is_set("cluster") && !is_set("backend") && !is_set("local")
}

/// Checks that no flag says something else of where the task is than its id.
fn agree(layers: &Layers, id: &TaskId) -> Result<(), Error> {
    let flag =
        |key: &str| layers.flags.get(key).and_then(<[RawValue]>::last).map(|value| value.text.as_str());
    let on_fargate = id.backend() == BackendKind::Fargate;
    let is_arn_of_other_region = |cluster: &str| {
        cluster.starts_with("arn:")
            && id.region().is_some_and(|region| cluster.split(':').nth(3) != Some(region))
    };
    let cluster_name = |cluster: &str| cluster.rsplit('/').next().unwrap_or_default().to_owned();
    let differs = |key: &str, text: &str| match key {
        "backend" => match text {
            "fargate" => !on_fargate,
            "docker" | "auto" => on_fargate,
            _ => true,
        },
        "local" => on_fargate && text != "false",
        "engine" => id.engine().is_some_and(|engine| path_of(engine) != path_of(text)),
        "region" => id.region().is_some_and(|region| region != text),
        _ if !on_fargate => true,
        _ => {
            let other = |cluster: &str| cluster_name(cluster) != cluster_name(text);
            id.cluster().is_some_and(other) || is_arn_of_other_region(text)
        }
    };
    for key in ["backend", "local", "engine", "region", "cluster"] {
        let Some(text) = flag(key).filter(|text| differs(key, text)) else { continue };
        let flag = match key {
            "local" => "--local".to_owned(),
            _ => format!("--{key} {}", quoted(text)),
        };
        return Err(Error::usage(format!("{flag} contradicts the id {id}"))
            .hint("leave it out: the id says where the task is"));
    }
    Ok(())
}

/// An engine's address without the scheme that a path need not have.
fn path_of(engine: &str) -> &str {
    engine.strip_prefix("unix://").unwrap_or(engine)
}

/// Where `local` is switched on, if it is.
fn local(reader: &mut Reader<'_>) -> Result<Option<(Source, Origin)>, Error> {
    let on = reader.switch("local")?;
    let winner = reader.layers().winner("local");
    Ok(winner.filter(|_| on).map(|winner| (winner.source, winner.values[0].origin.clone())))
}
