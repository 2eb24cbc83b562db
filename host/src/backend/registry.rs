//! From a back end's name to the back end. The only place that knows them all.

use super::Backend;
use super::docker::Docker;
use super::fargate::Fargate;
#[cfg(unix)]
use super::process::Process;
use crate::environment::Environment;
use crate::error::Error;
use crate::secrecy::Secrets;
use crate::settings::BackendKind;
use crate::settings::Origin;
use crate::settings::Settings;
use crate::stream::Announcer;

/// Connects to the back end that the settings ask for; for a command about a task, where that is.
/// `environment` says where a container engine is when the settings do not; `secrets` learn the credentials
/// that are used; what keeps a person waiting is said on `announcer`.
///
/// # Errors
///
/// It cannot be reached, or the settings do not say how.
pub async fn connect(
    settings: &Settings,
    environment: &Environment,
    secrets: &Secrets,
    announcer: &Announcer,
) -> Result<Box<dyn Backend>, Error> {
    Ok(match settings.backend {
        BackendKind::Fargate => {
            Box::new(Fargate::connect(settings, environment, secrets, announcer.clone()).await?)
        }
        BackendKind::Docker => Box::new(match &settings.id {
            Some(id) => Docker::with_task(settings, environment, secrets, announcer, id.name()).await?,
            None => Docker::connect(settings, environment, secrets, announcer).await?,
        }),
        BackendKind::Process => process()?,
    })
}

/// The back end of plain processes.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere there is none")]
fn process() -> Result<Box<dyn Backend>, Error> {
    Ok(Box::new(Process))
}

/// The back end of plain processes, which needs process groups and signals.
#[cfg(not(unix))]
fn process() -> Result<Box<dyn Backend>, Error> {
    Err(Error::usage("the process back end is not there on Windows")
        .about("backend")
        .hint("use --backend docker, or sortie in WSL"))
}

/// Connects to the back end whose account may be looked through.
///
/// # Errors
///
/// It cannot be reached, or the settings do not say how.
pub async fn connect_to_survey(
    settings: &Settings,
    environment: &Environment,
    secrets: &Secrets,
    announcer: &Announcer,
) -> Result<Box<dyn Backend>, Error> {
    Ok(Box::new(Fargate::connect(settings, environment, secrets, announcer.clone()).await?))
}

/// Connects to every place that the settings allow, for cleaning up: there may be several container
/// engines on a machine.
///
/// # Errors
///
/// None can be reached.
pub async fn connect_all(
    settings: &Settings,
    environment: &Environment,
    secrets: &Secrets,
    announcer: &Announcer,
) -> Result<Vec<Box<dyn Backend>>, Error> {
    match settings.backend {
        BackendKind::Docker => {
            let engines = Docker::connect_all(settings, environment, secrets, announcer).await?;
            Ok(engines.into_iter().map(|engine| Box::new(engine) as Box<dyn Backend>).collect())
        }
        BackendKind::Fargate | BackendKind::Process => {
            Ok(vec![connect(settings, environment, secrets, announcer).await?])
        }
    }
}

/// Connects to every place that may have tasks: the cluster and the container engines of this machine. With
/// one of them asked for by a flag, to that alone.
///
/// # Errors
///
/// The cluster cannot be reached, or no engine where only they are asked for.
pub async fn connect_to_list(
    settings: &Settings,
    environment: &Environment,
    secrets: &Secrets,
    announcer: &Announcer,
) -> Result<Vec<Box<dyn Backend>>, Error> {
    let by_flag = |key: &str| matches!(settings.origins.get(key), Some(Origin::Flag(_)));
    match settings.backend {
        BackendKind::Fargate => {
            let mut all = connect_all(settings, environment, secrets, announcer).await?;
            if !by_flag("backend") && !by_flag("cluster") {
                let mut any = settings.clone();
                any.docker.any_engine = true;
                // None need be there.
                let engines =
                    Docker::connect_all(&any, environment, secrets, announcer).await.unwrap_or_default();
                all.extend(engines.into_iter().map(|engine| Box::new(engine) as Box<dyn Backend>));
            }
            Ok(all)
        }
        BackendKind::Docker => connect_all(settings, environment, secrets, announcer).await,
        BackendKind::Process => {
            Err(Error::usage("the process back end keeps no task after sortie has ended")
                .hint("sortie ps --local lists those of this machine's container engines"))
        }
    }
}
