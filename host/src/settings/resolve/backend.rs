//! Which back end was asked for.

use super::reader::Reader;
use crate::error::Error;
use crate::settings::BackendKind;
use crate::settings::Origin;
use crate::settings::merge::Layers;
use crate::settings::merge::Source;
use crate::settings::merge::Winner;
use crate::settings::quantity::quoted;
use crate::settings::reference::CommandKind;

/// A reader for the back end that was asked for, and whether any container engine will do.
///
/// The highest source that names a back end wins; in one source, `backend` and `local` win over what
/// `cluster` implies. The id of a run that ECS gave names it too.
///
/// # Errors
///
/// No back end is asked for, or flags contradict each other.
pub(super) fn reader<'a>(
    layers: &'a Layers,
    command: CommandKind,
    id: Option<&str>,
) -> Result<(Reader<'a>, bool), Error> {
    // What names a back end has a meaning on all of them, so any will do to read it.
    let mut reader = Reader::new(layers, command, BackendKind::Fargate);
    let (backend, any_engine) = backend(&mut reader, id)?;
    Ok((reader.on(backend), any_engine))
}

fn backend(reader: &mut Reader<'_>, id: Option<&str>) -> Result<(BackendKind, bool), Error> {
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
fn local(reader: &mut Reader<'_>) -> Result<Option<(Source, Origin)>, Error> {
    let on = reader.switch("local")?;
    let winner = reader.layers().winner("local");
    Ok(winner.filter(|_| on).map(|winner| (winner.source, winner.values[0].origin.clone())))
}
