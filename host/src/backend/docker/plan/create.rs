//! A container of the task to the engine's request.

use std::collections::HashMap;
use std::time::Duration;

use bollard::models::ContainerCreateBody;
use bollard::models::HealthConfig;
use bollard::models::HostConfig;
use bollard::models::HostConfigLogConfig;
use bollard::models::ResourcesUlimits;
use serde::Deserialize;
use serde_json::Value;

use super::health_check::HealthCheck;
use crate::error::Error;
use crate::spec::ContainerSpec;
use crate::spec::EnvVar;
use crate::spec::TaskSpec;

const MIB: i64 = 1024 * 1024;

/// Capabilities that a container of Fargate may add; a definition gets no more here than there.
/// Source: Amazon ECS API reference, KernelCapabilities.
pub(crate) const ADDABLE: &[&str] = &["SYS_PTRACE"];

/// The fewest CPU shares that Linux knows: what the ECS agent makes of 1.
/// Source: Amazon ECS API reference, ContainerDefinition, `cpu`.
const MIN_SHARES: i64 = 2;

/// Nanoseconds of CPU time a second for so many CPU units (1/1024 of a vCPU).
fn nanos(units: u32) -> i64 {
    i64::from(units) * 1_000_000_000 / 1024
}

/// Members of a container definition beyond the neutral model, as far as an engine can honour
/// them. Source: Amazon ECS API reference, ContainerDefinition.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Definition {
    health_check: Option<HealthCheck>,
    /// Seconds.
    start_timeout: Option<u32>,
    mount_points: Vec<MountPoint>,
    readonly_root_filesystem: Option<bool>,
    docker_labels: Option<HashMap<String, String>>,
    ulimits: Vec<Ulimit>,
    system_controls: Vec<SystemControl>,
    linux_parameters: Option<LinuxParameters>,
    hostname: Option<String>,
}

/// A volume of the task in a container.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MountPoint {
    pub(crate) source_volume: String,
    pub(crate) container_path: String,
    #[serde(default)]
    pub(crate) read_only: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ulimit {
    name: String,
    soft_limit: i64,
    hard_limit: i64,
}

#[derive(Debug, Deserialize)]
struct SystemControl {
    namespace: String,
    value: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct LinuxParameters {
    init_process_enabled: Option<bool>,
    /// MiB.
    shared_memory_size: Option<i64>,
    tmpfs: Vec<Tmpfs>,
    capabilities: Option<Capabilities>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tmpfs {
    container_path: String,
    /// MiB.
    size: i64,
    #[serde(default)]
    mount_options: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Capabilities {
    add: Vec<String>,
    drop: Vec<String>,
}

impl Definition {
    /// Reads what the container's definition has beyond the neutral model.
    pub(crate) fn of(container: &ContainerSpec) -> Result<Self, Error> {
        // `null` says the same as absence.
        let given = container.extra.iter().filter(|(_, value)| !value.is_null());
        let given = given.map(|(member, value)| (member.clone(), value.clone())).collect();
        serde_json::from_value(Value::Object(given)).map_err(|error| {
            Error::usage(format!(
                "container `{}`: its definition cannot be understood: {error}",
                container.name
            ))
            .hint("see the ECS API reference, ContainerDefinition")
        })
    }

    /// The check that other containers may wait for.
    pub(crate) fn health_check(&self) -> Option<HealthCheck> {
        self.health_check.clone()
    }

    /// How long others wait for this container; `None`: as long as it takes.
    pub(crate) fn start_timeout(&self) -> Option<Duration> {
        self.start_timeout.map(|seconds| Duration::from_secs(seconds.into()))
    }

    /// The task's volumes in it.
    pub(crate) fn mount_points(&self) -> &[MountPoint] {
        &self.mount_points
    }
}

/// The request without what only a launch knows: name, labels of the run, network, volumes. Each
/// variable's value is what `value` makes of it.
pub(crate) fn body(
    container: &ContainerSpec,
    definition: &Definition,
    task: &TaskSpec,
    value: fn(&EnvVar) -> &str,
) -> ContainerCreateBody {
    let env = container.env.iter().map(|variable| format!("{}={}", variable.name, value(variable)));
    ContainerCreateBody {
        image: Some(container.image.clone()),
        entrypoint: filled(&container.entry_point),
        cmd: filled(&container.command),
        env: filled(&env.collect::<Vec<_>>()),
        user: container.user.clone(),
        working_dir: container.working_directory.clone(),
        hostname: definition.hostname.clone(),
        labels: definition.docker_labels.clone(),
        // sortie asks itself whether a container is healthy, where another one waits for it.
        healthcheck: Some(HealthConfig { test: Some(vec!["NONE".to_owned()]), ..Default::default() }),
        tty: Some(false),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        open_stdin: Some(false),
        host_config: Some(host_config(container, definition, task)),
        ..Default::default()
    }
}

fn host_config(container: &ContainerSpec, definition: &Definition, task: &TaskSpec) -> HostConfig {
    let linux = definition.linux_parameters.as_ref();
    let capabilities = linux.and_then(|linux| linux.capabilities.as_ref());
    let memory = container.memory.or(task.memory).map(|mib| i64::from(mib) * MIB);
    let tmpfs = linux.map(|linux| linux.tmpfs.as_slice()).unwrap_or_default();
    let tmpfs: HashMap<String, String> = tmpfs
        .iter()
        .map(|tmpfs| {
            let size = format!("size={}m", tmpfs.size);
            let options = std::iter::once(size).chain(tmpfs.mount_options.iter().cloned());
            (tmpfs.container_path.clone(), options.collect::<Vec<_>>().join(","))
        })
        .collect();
    let ulimits: Vec<ResourcesUlimits> = definition
        .ulimits
        .iter()
        .map(|limit| ResourcesUlimits {
            name: Some(limit.name.clone()),
            soft: Some(limit.soft_limit),
            hard: Some(limit.hard_limit),
        })
        .collect();
    let sysctls: HashMap<String, String> = definition
        .system_controls
        .iter()
        .map(|control| (control.namespace.clone(), control.value.clone()))
        .collect();
    HostConfig {
        // The hard limit of the container, or of the whole task: no container has more than that.
        memory,
        // No swap on top, as on Fargate: what is killed for its memory there is killed here.
        memory_swap: memory,
        memory_reservation: container.memory_reservation.map(|mib| i64::from(mib) * MIB),
        nano_cpus: task.cpu.map(nanos),
        cpu_shares: container.cpu.map(|units| i64::from(units).max(MIN_SHARES)),
        readonly_rootfs: definition.readonly_root_filesystem,
        init: linux.and_then(|linux| linux.init_process_enabled),
        shm_size: linux.and_then(|linux| linux.shared_memory_size).map(|mib| mib.saturating_mul(MIB)),
        cap_add: capabilities.and_then(|capabilities| {
            let may = |name: &&String| ADDABLE.contains(&name.as_str());
            filled(&capabilities.add.iter().filter(may).cloned().collect::<Vec<_>>())
        }),
        cap_drop: capabilities.and_then(|capabilities| filled(&capabilities.drop)),
        tmpfs: (!tmpfs.is_empty()).then_some(tmpfs),
        ulimits: (!ulimits.is_empty()).then_some(ulimits),
        sysctls: (!sysctls.is_empty()).then_some(sysctls),
        // Everything is read while it is written, whatever the engine's default would keep.
        log_config: Some(HostConfigLogConfig { typ: Some("none".to_owned()), config: None }),
        ..Default::default()
    }
}

fn filled(list: &[String]) -> Option<Vec<String>> {
    (!list.is_empty()).then(|| list.to_vec())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ecs_definition::mapping;

    fn task(container: Value) -> TaskSpec {
        let definition =
            json!({ "family": "f", "cpu": "512", "memory": "1 GB", "containerDefinitions": [container] });
        mapping::task_spec(definition.as_object().expect("an object")).expect("a task")
    }

    #[test]
    fn what_a_definition_says_reaches_the_engine() {
        let task = task(json!({
            "name": "app",
            "image": "busybox",
            "entryPoint": ["/bin/sh", "-c"],
            "command": ["exit 3"],
            "environment": [{ "name": "A", "value": "1" }],
            "user": "65534:65534",
            "workingDirectory": "/tmp",
            "memory": 64,
            "cpu": 128,
            "readonlyRootFilesystem": true,
            "dockerLabels": { "team": "shop" },
            "ulimits": [{ "name": "nofile", "softLimit": 1024, "hardLimit": 2048 }],
            "systemControls": [{ "namespace": "net.core.somaxconn", "value": "512" }],
            "mountPoints": [{ "sourceVolume": "v", "containerPath": "/v" }],
            "startTimeout": 7,
            "linuxParameters": {
                "initProcessEnabled": true,
                "sharedMemorySize": 8,
                "tmpfs": [{ "containerPath": "/t", "size": 16, "mountOptions": ["noexec"] }],
                "capabilities": { "add": ["SYS_PTRACE", "SYS_ADMIN"], "drop": ["ALL"] },
            },
            "privileged": true,
            "portMappings": [{ "containerPort": 80 }],
        }));
        let definition = Definition::of(&task.containers[0]).expect("understood");
        assert_eq!(definition.start_timeout(), Some(Duration::from_secs(7)));
        assert_eq!(definition.mount_points().len(), 1);
        let body = body(&task.containers[0], &definition, &task, EnvVar::reveal);
        insta::assert_snapshot!(serde_json::to_string_pretty(&body).expect("JSON"));
    }

    #[test]
    fn a_container_without_a_limit_has_the_tasks() {
        let task = task(json!({ "name": "app", "image": "x", "mountPoints": null }));
        let definition = Definition::of(&task.containers[0]).expect("null is nothing");
        let host = body(&task.containers[0], &definition, &task, EnvVar::shown).host_config.expect("there");
        assert_eq!((host.memory, host.nano_cpus), (Some(1024 * MIB), Some(500_000_000)));
    }

    #[test]
    fn the_fewest_shares_are_two() {
        for (cpu, shares) in [(1, 2), (2, 2), (3, 3)] {
            let task = task(json!({ "name": "app", "image": "x", "cpu": cpu }));
            let definition = Definition::of(&task.containers[0]).expect("understood");
            let host = body(&task.containers[0], &definition, &task, EnvVar::shown).host_config;
            assert_eq!(host.expect("there").cpu_shares, Some(shares), "{cpu}");
        }
    }

    #[test]
    fn numbers_beyond_measure_end_nothing_but_the_launch() {
        let seconds = task(json!({ "name": "app", "image": "x", "startTimeout": u64::MAX }));
        assert!(Definition::of(&seconds.containers[0]).expect_err("no such time").is_usage());
        let check = json!({ "command": ["CMD", "x"], "startPeriod": u64::MAX });
        let check = task(json!({ "name": "app", "image": "x", "healthCheck": check }));
        assert!(Definition::of(&check.containers[0]).expect_err("no such time").is_usage());
        let linux = json!({ "sharedMemorySize": i64::MAX });
        let memory = task(json!({ "name": "app", "image": "x", "linuxParameters": linux }));
        let definition = Definition::of(&memory.containers[0]).expect("a number");
        let host = body(&memory.containers[0], &definition, &memory, EnvVar::shown).host_config;
        assert_eq!(host.expect("there").shm_size, Some(i64::MAX), "the engine refuses it");
    }

    #[test]
    fn a_wrong_member_is_named_with_its_container() {
        let task = task(json!({ "name": "app", "image": "x", "ulimits": [{ "name": "nofile" }] }));
        let error = Definition::of(&task.containers[0]).expect_err("no limits");
        assert!(
            error.is_usage()
                && error.to_string().contains("`app`")
                && error.to_string().contains("softLimit"),
            "{error}"
        );
    }
}
