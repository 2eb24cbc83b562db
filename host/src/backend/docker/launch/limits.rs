//! Limits that an engine would refuse, or would set differently, as they are asked for.

use bollard::models::ContainerCreateBody;
use bollard::models::HostConfig;
use bollard::models::ResourcesUlimits;

use super::super::engine::Engine;
use crate::os;

/// Limits that podman sets together, and the most that is asked for the one that the definition does
/// not name. Source: Amazon ECS API reference, Ulimit: 65535 files on Fargate; Linux, `pid_max`: 32768.
const MAX_LIMITS: [(&str, i64); 2] = [("nofile", 65_535), ("nproc", 32_768)];

/// Changes the request's limits to what this engine takes.
pub(super) async fn adapt(engine: &Engine, body: &mut ContainerCreateBody) {
    let Some(host) = &mut body.host_config else { return };
    limit_cpus(engine, host).await;
    limit_both(engine, host).await;
}

/// Engines refuse more CPUs than the machine has, which a task of Fargate may well ask for:
/// such a limit limits nothing here. And they refuse any where they may not limit CPUs (podman
/// without root, unless the system delegates that).
async fn limit_cpus(engine: &Engine, host: &mut HostConfig) {
    if host.nano_cpus.is_none() {
        return;
    }
    // An engine that does not tell says so itself when it creates the container.
    let Ok(machine) = engine.machine().await else { return };
    host.nano_cpus = host
        .nano_cpus
        .filter(|nanos| machine.limits_cpus && *nanos <= machine.cpus.saturating_mul(1_000_000_000));
}

/// Podman gives a container that has one of these limits the highest value there is for the other
/// one, and may not be allowed to. What this process may have is, up to what kernels and Fargate
/// give by default.
async fn limit_both(engine: &Engine, host: &mut HostConfig) {
    let Some(limits) = host.ulimits.as_mut().filter(|limits| !limits.is_empty()) else { return };
    if !engine.facts().await.is_ok_and(|facts| facts.podman) {
        return;
    }
    for (name, usual) in MAX_LIMITS {
        if limits.iter().any(|limit| limit.name.as_deref() == Some(name)) {
            continue;
        }
        let own = os::max_limit(name).and_then(|max| i64::try_from(max).ok());
        let max = own.map_or(usual, |max| max.min(usual));
        limits.push(ResourcesUlimits { name: Some(name.to_owned()), soft: Some(max), hard: Some(max) });
    }
}
